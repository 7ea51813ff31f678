"""Links that are said to be the original, and what `seed show` tells of where a field came from."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aggregator.seeds import SeedRules
from aggregator.seeds.notes import Explained
from aggregator.seeds.posts import explain, parse

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
RULES = SeedRules(timezone=ZoneInfo("Asia/Shanghai"))


def url_of(body: str, rules: SeedRules = RULES) -> str | None:
    return parse("a.md", f"---\ntitle: t\n---\n{body}".encode(), rules).url


A = "http://a.example/x"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"text\n\n原文链接：<{A}>", id="a label and an autolink"),
        pytest.param(f"text\n\n原文链接：[标题]({A})", id="a label and a link"),
        pytest.param(f"text\n\n[原文链接]({A})", id="the link's own text"),
        pytest.param(f"text\n\n[阅读原文]({A}) | [下一篇](http://b.example/)", id="the link's own text, beside another"),
        pytest.param(f"text\n\n原文地址: {A}", id="a bare address"),
        pytest.param(f"text\n\n作者：张三\n转载自：[某博客]({A})\n版权所有", id="a line of its own"),
        pytest.param(f"text\n\n作者：张三  \n来源：<{A}>", id="after a hard break"),
        pytest.param(f"> 本文转自 [某博客]({A})。\n\ntext", id="a quotation at the start"),
        pytest.param(f"# 标题\n\n（原文：[The title]({A})）\n\ntext", id="in brackets below the heading"),
        pytest.param(f"text\n\nvia [Example]({A})", id="via"),
        pytest.param(f"*Original article:* [Title]({A})\n\ntext", id="an emphasised label"),
        pytest.param(f"text\n\nSource: <{A}>\n\n[返回首页](../)", id="before the footer"),
        pytest.param(f"<div>text</div><div><p>原文出处：<a href={A}><b>标题</b></a></p></div>", id="HTML"),
        pytest.param(f"<p>text</p>\n<p>\n  原文链接：\n  <a href={A}>\n   标题\n  </a>\n</p>", id="indented HTML"),
    ],
)
def test_a_link_that_is_said_to_be_the_original_is_the_source(body: str) -> None:
    assert url_of(body) == A


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"text\n\n来源于[某网站]({A})的数据表明，一切都会好起来。", id="a sentence about a source"),
        pytest.param(f"text\n\nvia [Twitter]({A}) I heard that all is well", id="via in a sentence"),
        pytest.param(f"text\n\n图片来源：[某网站]({A})", id="the source of a picture"),
        pytest.param(f"text\n\n原文链接：[![]({A})]({A})", id="an image"),
        pytest.param(f"text\n\n原文链接：<>\n\n{A}", id="an empty link"),
        pytest.param("text\n\n原文链接：$url", id="a template's leftover"),
        pytest.param("text\n\n原文链接：[x](/relative)", id="a relative address"),
        pytest.param(f"text\n\n原文链接：[x]({A})\n\nmore text", id="in the middle"),
        pytest.param(f"text\n\n[相关阅读]({A})", id="another link at the end"),
        pytest.param(f"text\n\nOriginally written for [x]({A})", id="another word"),
        pytest.param(f"text\n\n{'很' * 50}长的一段话 [原文]({A})", id="a link in a long paragraph"),
    ],
)
def test_a_decoy_is_no_source(body: str) -> None:
    assert url_of(body) is None


def test_the_operator_may_declare_keys_labels_footers_and_hidden_classes() -> None:
    rules = replace(RULES, source_keys=("from",), source_labels=("首发于",), footer_words=("Back",), hidden_classes=("share",))
    body = f"text <b class='x share'>no</b>\n\n首发于 [某网站]({A})\n\n[Back to all](/) · [返回首页](/)"

    assert (url_of(body), url_of(body, rules)) == (None, A)
    candidate = parse("a.md", f"---\nfrom: http://k.example/\nsource: http://s.example/\n---\n{body}".encode(), rules)
    assert (candidate.url, candidate.url_reason) == ("http://k.example/", "front matter: from")
    assert "no" not in (candidate.content or "")
    assert "Back" not in (candidate.content or "")


def test_the_named_source_comes_before_a_labelled_link_and_an_autolink_too() -> None:
    body = f"原文链接：[x]({A})\n\ntext\n\n<http://end.example/>"

    assert url_of(body) == "http://end.example/"


# --- explanations -------------------------------------------------------------------------------------------------------


def told(path: str, data: bytes, rules: SeedRules = RULES) -> list[tuple[str, str, str]]:
    return [(note.field, note.value, note.origin) for note in explain(path, data, rules)]


def test_explain_tells_of_the_mirrored_blogs_seed_where_everything_came_from() -> None:
    name = "2024-07-15-123342051.md"
    notes = told(name, (SEEDS / name).read_bytes())
    title = "前沿技术创新是人工智能发展的动力之源 不断拓展能力边界"

    assert [note for note in notes if note[0] != "removed"] == [
        ("encoding", "UTF-8", "the file's bytes"),
        ("date", "2024-07-15 09:34:01+08:00", "date in the front matter (line 5)"),
        (
            "source URL",
            "https://blog.csdn.net/slivegogo/article/details/123342051",
            "arturl_encode in the front matter (line 2): hexadecimal",
        ),
        ("title", title, "the first heading, which says the same as the front matter's title with its punctuation"),
        ("tags", "大数据, 人工智能, Data, Big", "tags in the front matter (line 9)"),
        ("category", "未分类", "categories in the front matter (line 8)"),
        ("summary", "–", "description in the front matter (line 6) is only the beginning of the text"),
        ("image", "–", "image in the front matter (line 11) is no picture of this article"),
        ("image", "–", "featuredImage in the front matter (line 15) is no picture of this article"),
    ]
    removed = [(value, origin) for field, value, origin in notes if field == "removed"]
    assert removed[0] == ("http://baijiahao.baidu.com/s?id=1726612689554183887", "link of one character")
    assert removed[-1] == (title, "heading")


def test_explain_tells_of_the_peoples_posts_seed_what_was_removed() -> None:
    name = "2021-12-17-202112172217919042.md"
    url = "http://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode=NW202112172217919042"
    notes = told(name, (SEEDS / name).read_bytes())

    assert ("source URL", url, "the autolink that ends the text, before the site's footer if any") in notes
    assert ("category", "人民邮电报", "categories in the front matter (line 5): renminyoudianbao, which a tag writes so") in notes
    assert [(value, origin) for field, value, origin in notes if field == "removed"] == [
        ("EM_StockImg_Start", "marked region"),
        ("EM_StockImg_Start", "marked region"),
        ("", "hidden element"),
        ("", "hidden element"),
        ("返回人民邮电报新闻｜返回首页", "footer"),
        (url, "link to the source"),
    ]


def test_explain_names_what_is_missing_and_each_remark() -> None:
    assert explain("a.md", b"---\ntitle: a: b\n---\n{{ x }}text", RULES) == (
        Explained(field="encoding", value="UTF-8", origin="the file's bytes"),
        Explained(field="removed", value="{{ x }}", origin="Liquid"),
        Explained(field="date", value="–", origin="unknown; the entry is dated by when it was first seen"),
        Explained(field="source URL", value="–", origin="no rule found one; the entry is known by its file"),
        Explained(field="title", value="a: b", origin="title in the front matter (line 2)"),
        Explained(
            field="remark",
            value="a.md:2: the front matter is not YAML: mapping values are not allowed in this context;"
            " quoting the value may help; it was read line by line instead",
            origin="rescued-front-matter",
        ),
        Explained(
            field="remark",
            value="a.md: no date, neither in the front matter nor in the file's name",
            origin="unknown-date",
        ),
    )
