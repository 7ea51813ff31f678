from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.clean import clean_candidate, text_of
from aggregator.errors import SeedError
from aggregator.model import Candidate, Enclosure, Person, Remark, Tag
from aggregator.seeds import SeedRules
from aggregator.seeds.dates import parse_date, path_date
from aggregator.seeds.fields import same_words
from aggregator.seeds.markdown import to_html
from aggregator.seeds.posts import parse
from aggregator.seeds.sources import decode_url

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = timezone(timedelta(hours=8))
RULES = SeedRules(timezone=SHANGHAI)
NO_SOURCE = "no rule found a source URL"
NO_DATE = Remark(code="unknown-date", message="a.md: no date, neither in the front matter nor in the file's name")


def seed(front_matter: str, body: str = "") -> bytes:
    return f"---\n{front_matter}\n---\n{body}".encode()


def parsed(front_matter: str, body: str = "", *, path: str = "2024-07-15-a.md", rules: SeedRules = RULES) -> Candidate:
    return parse(path, seed(front_matter, body), rules)


def content_of(body: str) -> str | None:
    return clean_candidate(parsed("title: t", body), base_url=None).content


# --- the two seeds of the mission ---------------------------------------------------------------------------------------


def test_the_seed_of_the_peoples_post() -> None:
    name = "2021-12-17-202112172217919042.md"
    candidate = clean_candidate(parse(name, (SEEDS / name).read_bytes(), RULES), base_url=None)

    assert replace(candidate, content=None) == Candidate(
        place=name,
        title="中国电信与上海人工智能实验室签署战略合作协议",
        url="http://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode=NW202112172217919042",
        url_reason="the autolink that ends the text",
        published=datetime(2021, 12, 17, 18, 33, 12, tzinfo=CHINA),
        tags=(Tag(term="人民邮电报新闻"),),
        categories=("人民邮电报",),
    )
    content = candidate.content or ""
    assert content.startswith("<p>12月15日，中国电信与上海人工智能实验室通过视频会议方式，举行战略合作签约仪式。")
    assert "<strong>一是联合开展全方位科技创新合作。</strong>双方围绕重大战略任务" in content
    assert content.endswith("共同推动人工智能产业发展。</p><p>（文章来源：人民邮电报）</p>")
    assert set(re.findall(r"<[^>]*>", content)) == {"<p>", "</p>", "<strong>", "</strong>", "<br>"}
    article = re.sub(
        r"<[^>]*>|\s", "", (SEEDS / name).read_text().partition("EM_StockImg_End --><p>12")[2].partition("\n\n<http")[0]
    )
    assert text_of(content).replace("\n", "") == "12" + article


def test_the_seed_of_the_mirrored_blog() -> None:
    name = "2024-07-15-123342051.md"
    candidate = clean_candidate(parse(name, (SEEDS / name).read_bytes(), RULES), base_url=None)

    assert replace(candidate, content=None) == Candidate(
        place=name,
        title="前沿技术创新是人工智能发展的动力之源 不断拓展能力边界",
        url="https://blog.csdn.net/slivegogo/article/details/123342051",
        url_reason="front matter: arturl_encode, decoded",
        published=datetime(2024, 7, 15, 9, 34, 1, tzinfo=CHINA),
        tags=(Tag(term="大数据"), Tag(term="人工智能"), Tag(term="Data"), Tag(term="Big")),
        categories=("未分类",),
    )
    content = candidate.content or ""
    assert content.startswith(
        "<p>近日，WAIC2022上海人工智能开发者大会在中国(上海)自由贸易试验区临港新片区举行。记者从会上获悉，"
        "上海将加大力度推动算法开源、数据开放、算力开发，与国内外知名开源社区互联互通，打造国际人工智能开发生态网络的关键节点。</p>\n"
        "<p>前沿技术创新是人工智能发展的动力之源。当前，大小算法模型协同，AI+绿色低碳等新技术"
    )
    assert content.endswith("初步形成了全覆盖的AI技术场景体系和全域人工智能自主创新生态体系。</p>")
    assert content.count("<p>") == 7
    assert set(re.findall(r"<[^>]*>", content)) == {"<p>", "</p>"}
    assert re.search(r" |baijiahao|qq\.com|arturl|vvhan", content) is None


# --- files and front matter ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "line", "message"),
    [
        pytest.param(b" \n\r\n", "empty", None, "write something", id="blank"),
        pytest.param(b"\n---\ntitle: x\n", "unterminated-front-matter", 2, "close it", id="no closing"),
        pytest.param(b"---", "unterminated-front-matter", 1, "close it", id="an opening only"),
        pytest.param(b"---\ntitle: caf\xe9\n---\n", "not-utf8", 2, "convert", id="Latin-1"),
        pytest.param(
            "---\ntitle: 中文标题很长\n---\n".encode()[:-7], "not-utf8", 2, "convert", id="UTF-8 cut within a character"
        ),
        pytest.param("---\ntitle: 繁體中文的標題\n---\n內容".encode("big5"), "not-utf8", 2, "convert", id="Big5"),
        pytest.param(seed("- a\n- b"), "bad-front-matter", 2, "list of `key: value`", id="a list"),
        pytest.param(seed("just text"), "bad-front-matter", 2, "list of `key: value`", id="a sentence"),
        pytest.param(seed("a: " + "[" * 30_000), "bad-front-matter", 2, "nested deeper than 20", id="too deep"),
        pytest.param(seed("a: b\n" * 1_100), "bad-front-matter", 1_001, "more than 2,000 parts", id="too many parts"),
        pytest.param(seed("a: " + "x" * 66_000), "bad-front-matter", 2, "longer than 64 KiB", id="too long"),
        pytest.param(seed("title: t", "<div>" * 300), "tangled-markup", None, "deeper than 200", id="a tangled body"),
        pytest.param(seed("layout: post\ndraft: True"), "draft", 3, "not published", id="a draft"),
        pytest.param(seed("drafts: 'yes'"), "draft", 2, "not published", id="drafts"),
        pytest.param(seed("title: t\npublished: false"), "draft", 3, "not published", id="not published"),
    ],
)
def test_a_file_that_is_no_seed_is_refused_with_its_reason_and_line(
    data: bytes, code: str, line: int | None, message: str
) -> None:
    with pytest.raises(SeedError, match=message) as caught:
        parse("a.md", data, RULES)

    assert (caught.value.code, caught.value.line) == (code, line)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("\ufeff---\ntitle: t\n---\nb\n", id="a byte order mark"),
        pytest.param("---\r\ntitle: t\r\n---\r\nb\r\n", id="CRLF"),
        pytest.param("\n \n---\ntitle: t\n---\nb", id="blank lines before it"),
        pytest.param("--- \ntitle: t\n...\nb", id="closed by dots"),
        pytest.param("---\ntitle: 't'\x07\n---\nb\x00", id="control characters"),
    ],
)
def test_harmless_oddities_of_files_are_accepted(data: str) -> None:
    assert parse("a.md", data.encode(), RULES) == Candidate(
        place="a.md", title="t", url_reason=NO_SOURCE, content="<p>b</p>", remarks=(NO_DATE,)
    )


def test_a_draft_is_told_by_its_folder_too() -> None:
    with pytest.raises(SeedError, match="by its folder"):
        parse("x/_drafts/a.md", seed("title: t"), RULES)


@pytest.mark.parametrize("front_matter", ["draft: false", "published: true", "drafts:", "draft: [x]"])
def test_what_is_not_said_to_be_a_draft_is_none(front_matter: str) -> None:
    assert parsed(front_matter, "x", path="_posts/a.md").content == "<p>x</p>"


def test_scalars_stay_what_was_written() -> None:
    assert parsed("title: no\ntags: [1:30, 0x10, 2024-13-45, yes, ~, '']").tags == tuple(
        Tag(term=term) for term in ("1:30", "0x10", "2024-13-45", "yes")
    )


@given(st.text(st.characters(codec=None), max_size=60), st.integers(0, 200))
def test_no_bytes_crash_the_parser(text: str, cut: int) -> None:
    whole = f"---\ntitle: {text}\ndate: 2024-07-15\n---\n{text}".encode(errors="replace")
    for data in (whole, whole[:cut], text.encode(errors="surrogatepass")):
        try:
            clean_candidate(parse("a.md", data, RULES), base_url=None)
        except SeedError as error:
            assert error.code  # noqa: PT017 - either an entry or a reason, never anything else


# --- fields -------------------------------------------------------------------------------------------------------------


def test_all_fields_of_a_seed() -> None:
    front_matter = """
title: '“题” & <i>it</i>'
date: 2024-07-15 09:34
last_modified_at: 2024-07-16T00:00:00Z
id: urn:uuid:1
lang: zh-CN
author: {name: A, email: a@a.example, url: "http://a.example/"}
authors: [B, [A2, {name: C}], {}, ""]
category: 一 二
categories: three
tags: x y
description: 摘要 & 要
link: https://s.example/a
image: http://i.example/a.PNG?x=1
"""
    assert parsed(front_matter, "正文", path="x/y.markdown") == Candidate(
        place="x/y.markdown",
        title="“题” & <i>it</i>",
        url="https://s.example/a",
        url_reason="front matter: link",
        guid="urn:uuid:1",
        summary="摘要 &amp; 要",
        content="<p>正文</p>",
        language="zh-CN",
        published=datetime(2024, 7, 15, 9, 34, tzinfo=SHANGHAI),
        updated=datetime(2024, 7, 16, tzinfo=UTC),
        authors=(
            Person(name="A", email="a@a.example", uri="http://a.example/"),
            Person(name="B"),
            Person(name="A2"),
            Person(name="C"),
        ),
        tags=(Tag(term="x"), Tag(term="y")),
        enclosures=(Enclosure(url="http://i.example/a.PNG?x=1", media_type="image/png"),),
        categories=("一 二",),
    )


@pytest.mark.parametrize(
    ("front_matter", "categories"),
    [
        pytest.param("category: a b", ("a b",), id="one"),
        pytest.param("categories: a  b a", ("a", "b"), id="words"),
        pytest.param("categories: 人工 智能", ("人工", "智能"), id="Chinese words"),
        pytest.param("categories: a b, c，d", ("a b", "c", "d"), id="separated by commas"),
        pytest.param("categories: [a b, c]", ("a b", "c"), id="a list"),
        pytest.param("categories: [[a, b], [c, a]]", ("a", "b", "c"), id="Hexo's lists of lists"),
        pytest.param("category: a\ncategories: [b]", ("a",), id="the singular first"),
        pytest.param("category:\ncategories: [b, ~, '']", ("b",), id="empty values"),
        pytest.param("category: {a: b}", (), id="a mapping"),
        pytest.param("title: x", (), id="none"),
    ],
)
def test_categories_are_read_as_jekyll_reads_them(front_matter: str, categories: tuple[str, ...]) -> None:
    assert parsed(front_matter).categories == categories


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2021-12-17 18:33:12 +0800", datetime(2021, 12, 17, 18, 33, 12, tzinfo=CHINA), id="zone"),
        pytest.param("2021-12-17T18:33:12+08:00", datetime(2021, 12, 17, 18, 33, 12, tzinfo=CHINA), id="ISO"),
        pytest.param("2021-12-17 18:33:12.5 -03", datetime(2021, 12, 17, 21, 33, 12, tzinfo=UTC), id="hours"),
        pytest.param("2021-12-17 18:33 Z", datetime(2021, 12, 17, 18, 33, tzinfo=UTC), id="Z"),
        pytest.param("2021-12-17 18:33:12", datetime(2021, 12, 17, 10, 33, 12, tzinfo=UTC), id="configured zone"),
        pytest.param("2021/1/7", datetime(2021, 1, 6, 16, tzinfo=UTC), id="midnight of the configured zone"),
        pytest.param("2024-13-45", None, id="no such day"),
        pytest.param("2024-07-15 24:00", None, id="no such hour"),
        pytest.param("2024-07-15 09:00 +25:00", None, id="no such zone"),
        pytest.param("0001-01-01", None, id="before the first day of UTC"),
        pytest.param("yesterday", None, id="words"),
        pytest.param("２０２４-07-15", None, id="full-width digits"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_parse_date(text: str, moment: datetime | None) -> None:
    found = parse_date(text, SHANGHAI)

    assert found == moment
    assert found is None or found.utcoffset() is not None


@pytest.mark.parametrize(
    ("path", "day"),
    [
        pytest.param("2024-07-15-a.md", (2024, 7, 15), id="Jekyll's names"),
        pytest.param("2024-07-15.md", (2024, 7, 15), id="nothing but the date"),
        pytest.param("x/_posts/2024-7-5-a-b.md", (2024, 7, 5), id="in a folder"),
        pytest.param("2024-07-15-x/index.md", (2024, 7, 15), id="a folder's name"),
        pytest.param("2023-01-01-x/2024-07-15-y/z/a.md", (2024, 7, 15), id="the nearest folder"),
        pytest.param("2023-01-01-x/2024-07-15-a.md", (2024, 7, 15), id="the file before the folder"),
        pytest.param("posts/2024/7/15/a.md", (2024, 7, 15), id="a tree by day"),
        pytest.param("2024-13-15-a.md", None, id="no date"),
        pytest.param("2024/13/15/a.md", None, id="no date in the tree"),
        pytest.param("2024-07-150.md", None, id="a longer number"),
        pytest.param("a.md", None, id="no number"),
    ],
)
def test_path_date(path: str, day: tuple[int, int, int] | None) -> None:
    assert path_date(path, SHANGHAI)[0] == (datetime(*day, tzinfo=SHANGHAI) if day else None)


BAD_DATE = "date: '2024-13-45' is no date such as 2024-07-15 09:34:01 +08:00"


@pytest.mark.parametrize(
    ("front_matter", "path", "published", "remarks"),
    [
        pytest.param("title: x", "2024-07-15-a.md", datetime(2024, 7, 15, tzinfo=SHANGHAI), (), id="from the file's name"),
        pytest.param("title: x", "a.md", None, (NO_DATE,), id="no date at all"),
        pytest.param(
            "title: x\ndate: 2024-13-45", "a.md", None, (Remark(code="unknown-date", message=f"a.md:3: {BAD_DATE}"),), id="bad"
        ),
        pytest.param(
            "title: x\ndate: 2024-13-45",
            "2024-07-15-a.md",
            datetime(2024, 7, 15, tzinfo=SHANGHAI),
            (Remark(code="unknown-date", message=f"2024-07-15-a.md:3: {BAD_DATE}"),),
            id="bad, but the file's name has one",
        ),
    ],
)
def test_an_unknown_date_is_a_remark(
    front_matter: str, path: str, published: datetime | None, remarks: tuple[Remark, ...]
) -> None:
    candidate = parsed(front_matter, path=path)

    assert (candidate.published, candidate.remarks) == (published, remarks)


@pytest.mark.parametrize(
    ("description", "summary"),
    [
        pytest.param("　　正文第一句。第二", None, id="the text's beginning"),
        pytest.param("正文 第一句…", None, id="cut off with an ellipsis"),
        pytest.param("正文第一句讲的是别的", "正文第一句讲的是别的", id="words of its own"),
        pytest.param("<b>摘要</b>", "<b>摘要</b>", id="HTML"),
        pytest.param("a < b & c", "a &lt; b &amp; c", id="text"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_description_is_a_summary_unless_it_is_the_beginning_of_the_text(description: str, summary: str | None) -> None:
    assert parsed(f"title: t\ndescription: '{description}'", "正文\n第一句。**第二**句。").summary == summary


# --- title --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "heading", "same"),
    [
        pytest.param("解决-报其他硬件-故障", "解决 报“其他硬件” 故障", True, id="punctuation"),
        pytest.param("2021-10-27-Python-三种方法", "Python 三种方法", True, id="a leading date"),
        pytest.param("ＶＳ Code", "vs-code", True, id="width and case"),
        pytest.param("三种方法", "四种方法", False, id="other words"),
        pytest.param("三种方法", "三种方法一", False, id="more words"),
        pytest.param("——", "", False, id="no heading"),
    ],
)
def test_same_words(title: str, heading: str, same: bool) -> None:  # noqa: FBT001 - the expected value
    assert same_words(title, heading) is same


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        pytest.param("# 题：目！\n\n正文", "题：目！", "<p>正文</p>", id="Markdown"),
        pytest.param("<div>\n <h1>\n  题 目\n </h1>\n</div>\n<p>正文</p>", "题 目", "<p>正文</p>", id="HTML"),
        pytest.param("前言\n\n## 题目", "题目", "<p>前言</p>", id="not the first words, nor the first level"),
        pytest.param("# 别的\n\n# 题目", "题-目", "<h1>别的</h1>\n<h1>题目</h1>", id="another heading comes first"),
        pytest.param("# 题 `<b>` 目", "题-目", "<h1>题 <code>&lt;b&gt;</code> 目</h1>", id="more words"),
        pytest.param("正文", "题-目", "<p>正文</p>", id="no heading"),
    ],
)
def test_the_heading_is_the_title_if_it_says_the_same(body: str, title: str, content: str) -> None:
    candidate = clean_candidate(parsed("title: 题-目", body), base_url=None)

    assert (candidate.title, candidate.content) == (title, content)


def test_a_heading_about_html_keeps_its_tags_as_text() -> None:
    candidate = clean_candidate(parsed("title: 使用 b 标签", "# 使用 `<b>` 标签"), base_url=None)

    assert (candidate.title, candidate.content) == ("使用 <b> 标签", None)


@pytest.mark.parametrize(
    ("body", "title", "content"),
    [
        pytest.param("# 标题\n\n正文", "标题", "<p>正文</p>", id="the heading it begins with"),
        pytest.param("<div>\n<h2>标题</h2>正文</div>", "标题", "<div>正文</div>", id="in HTML"),
        pytest.param("正文\n\n# 小节", "正文", "<p>正文</p>\n<h1>小节</h1>", id="the first line"),
        pytest.param("<div>正文<h2>小节</h2></div>", "正文", "<div>正文<h2>小节</h2></div>", id="the first line of HTML"),
        pytest.param("", "(untitled)", None, id="nothing at all"),
    ],
)
def test_without_a_title_the_first_line_stands_in_for_it(body: str, title: str, content: str | None) -> None:
    candidate = clean_candidate(parsed("layout: post", body), base_url=None)

    assert (candidate.title, candidate.content) == (title, content)
    assert [remark.code for remark in candidate.remarks] == ["empty-title"]


# --- source URL ---------------------------------------------------------------------------------------------------------

HEX = "https://s.example/路".encode().hex()
END = "\n\n<http://end.example/1,2.html?a=b&c=d>\n\n[返回新闻](//old.example/news/)｜[返回首页](../)"


@pytest.mark.parametrize(
    ("front_matter", "body", "url", "reason"),
    [
        pytest.param("source_url: http://a.example/", END, "http://a.example/", "front matter: source_url", id="explicit"),
        pytest.param(
            "source: 新华社\nlink: /a\nurl: http://a.example/", "", "http://a.example/", "front matter: url", id="no URL"
        ),
        pytest.param(
            f"arturl_encode: '{HEX[:9]}:{HEX[9:]}'", END, "https://s.example/路", "front matter: arturl_encode, decoded", id="hex"
        ),
        pytest.param(
            "arturl_encode: 123", END, "http://end.example/1,2.html?a=b&c=d", "the autolink that ends the text", id="bad hex"
        ),
        pytest.param(f"arturl_encode: {b'ftp://a/'.hex()}", "", None, NO_SOURCE, id="hex of no web address"),
        pytest.param(
            "a: b", f"<p class=artid hidden>{HEX}</p>", "https://s.example/路", "hidden element artid, decoded", id="hidden"
        ),
        pytest.param("a: b", "<p class=artid>$url</p>", None, NO_SOURCE, id="a template's leftover"),
        pytest.param("a: b", "x" + END, "http://end.example/1,2.html?a=b&c=d", "the autolink that ends the text", id="autolink"),
        pytest.param(
            "a: b",
            "<http://decoy.example/>\n\nx" + END,
            "http://end.example/1,2.html?a=b&c=d",
            "the autolink that ends the text",
            id="last",
        ),
        pytest.param("a: b", "<http://decoy.example/>\n\nx [y](http://decoy.example/)", None, NO_SOURCE, id="links in the text"),
        pytest.param(
            "a: b", "x http://decoy.example/\n\n![](http://decoy.example/a.png)", None, NO_SOURCE, id="bare address, image"
        ),
        pytest.param("a: b", "<>\n\n[返回](http://decoy.example/)", None, NO_SOURCE, id="a footer's link"),
    ],
)
def test_the_source_url_is_found_by_the_first_rule_with_an_answer(
    front_matter: str, body: str, url: str | None, reason: str
) -> None:
    candidate = parsed(front_matter, body)

    assert (candidate.url, candidate.url_reason) == (url, reason)


def test_the_source_is_no_part_of_the_text_but_another_address_at_its_end_is() -> None:
    assert parsed("a: b", "x" + END).content == "<p>x</p>"
    assert text_of(parsed("link: http://a.example/", "x" + END).content or "") == "x\nhttp://end.example/1,2.html?a=b&c=d"


@pytest.mark.parametrize("encoded", ["", "zz", "686", "ff", b"x".hex(), b"javascript:1".hex()])
def test_what_does_not_decode_to_a_web_address_is_none(encoded: str) -> None:
    assert decode_url(encoded) is None


# --- body ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content"),
    [
        pytest.param("中\n文 **「重点」**文字", "<p>中文 <strong>「重点」</strong>文字</p>", id="Chinese lines and emphasis"),
        pytest.param("a  \nb", "<p>a<br>b</p>", id="a hard break"),
        pytest.param("~~x~~", "<p><del>x</del></p>", id="strikethrough"),
        pytest.param("|a|\n|-|\n|b|", None, id="a table"),
        pytest.param("```\n中\n文\n```", "<pre><code>中\n文\n</code></pre>", id="code"),
        pytest.param("<div hidden>\n\n秘密\n\n</div>\n\nx", "<p>x</p>", id="hidden Markdown"),
        pytest.param("<b onclick=x>y</b><script>z</script>", "<p><b>y</b></p>", id="raw HTML"),
        pytest.param("见http://a.example/b，后面", "<p>见http://a.example/b，后面</p>", id="a bare address is text"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_body_is_markdown_with_raw_html(body: str, content: str | None) -> None:
    if body.startswith("|"):
        content = "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</tr>\n</tbody>\n</table>"

    assert content_of(body) == content


def test_the_body_of_an_html_file_is_not_markdown() -> None:
    assert parsed("title: t", "    *a*\n\n<p>b", path="a.HTML").content == "*a*<p>b</p>"


def test_a_table_cannot_grow_without_bound() -> None:
    bomb = "|a" * 300 + "\n" + "|-" * 300 + "\n" + "x\n" * 10_000

    assert len(to_html(bomb)) < 2 * len(bomb)


def test_equal_bytes_give_equal_candidates() -> None:
    data = seed("title: t", "中\n文 [x](y)" + END)

    assert parse("a.md", data, RULES) == parse("a.md", data, RULES)
