"""The pages for people, read back by a strict parser of our own: what is a link, what is text, what is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import Category, Person, Provenance, PublishedEntry, Site, SourceKind, Story, Tag
from aggregator.pages import STYLE, render_categories, render_category, render_entry, render_index
from aggregator.pages.direction import contained
from aggregator.pages.excerpt import excerpt, shorten
from aggregator.pages.views import DateView, view_date, view_entries, web_address
from aggregator.pages.words import CHINESE, ENGLISH, words_for

SHANGHAI = ZoneInfo("Asia/Shanghai")
PUBLISHED = datetime(2021, 12, 17, 10, 33, 12, tzinfo=UTC)

SITE = Site(title="金融消息", url="https://news.example.org/", language="zh-CN", author=Person(name="Desk"))
TELECOM = Category(id=1, slug="renminyoudianbao", name="人民邮电报", atom_id="tag:x,1", entry_count=1234, newest=PUBLISHED)
EMPTY = Category(id=2, slug="c-2", name="C++ <b>", atom_id="tag:x,2")
ENTRY = PublishedEntry(
    id=1,
    atom_id="tag:x,e1",
    title="中国电信与上海人工智能实验室签署战略合作协议",
    url="https://example.org/a?b=1&c=2",
    summary=None,
    content="<p>12月15日，举行<strong>签约</strong>仪式。</p>\n<p>根据协议</p>",
    language="zh",
    published=PUBLISHED,
    updated=PUBLISHED + timedelta(days=1),
    tags=(Tag(term="ai", label="人工智能"), Tag(term="人民邮电报新闻")),
    source_url="https://feeds.example.org/x?token=secret",
    source_kind=SourceKind.FEED,
    provenance=Provenance(title="人民邮电报", site_url="https://example.org/"),
)

VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass
class Page(HTMLParser):
    """A page as a browser would take it. Fails on elements that are not closed in order."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def links(self, **attributes: str) -> list[str | None]:
        """Return the addresses of the elements that have all of *attributes*."""
        wanted = attributes.items()
        return [found.get("href") for _, found in self.elements if "href" in found and wanted <= found.items()]

    def attributes(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def read(html: bytes) -> Page:
    page = Page()
    page.feed(html.decode())
    page.close()
    assert page.open == []
    return page


def index(*entries: PublishedEntry, site: Site = SITE) -> Page:
    return read(render_index(site, SHANGHAI, [TELECOM, EMPTY], entries))


def category(*entries: PublishedEntry, site: Site = SITE) -> Page:
    return read(render_category(site, SHANGHAI, TELECOM, entries))


# --- what the pages say ------------------------------------------------------------------------------------------------


def test_the_index_offers_every_feed_to_browsers_and_to_people() -> None:
    page = index(ENTRY)
    feeds = ["feeds/all.atom", "feeds/renminyoudianbao.atom", "feeds/c-2.atom"]
    assert page.links(rel="alternate", type="application/atom+xml") == feeds
    assert page.links(**{"class": "subscribe"}) == feeds
    assert page.links(**{"class": "name"}) == ["c/renminyoudianbao/", "c/c-2/"]


def test_an_index_of_some_leads_to_the_list_of_all() -> None:
    some = read(render_index(SITE, SHANGHAI, [TELECOM, EMPTY], [ENTRY], count=3000))

    assert some.links(**{"class": "name"}) == ["c/renminyoudianbao/", "c/c-2/"]
    assert [link for link in some.links() if link and "categories" in link] == ["#categories", "categories/", "categories/"]
    assert "全部 3,000 个分类" in some.texts
    assert "categories/" not in index(ENTRY).links()


@pytest.mark.parametrize(("page", "root", "others"), [(1, "../", ["2", "3"]), (2, "../../", ["", "3"]), (3, "../../", ["", "2"])])
def test_a_page_of_the_list_shows_its_categories_and_leads_to_all_other_pages(page: int, root: str, others: list[str]) -> None:
    found = read(render_categories(SITE, SHANGHAI, [TELECOM, EMPTY], page, ["aaaaaa", "renminyoudianbao", "zzz"], live=True))

    assert found.links(**{"class": "name"}) == [f"{root}c/renminyoudianbao/", f"{root}c/c-2/"]
    assert found.links(**{"class": "subscribe"}) == [f"{root}feeds/renminyoudianbao.atom", f"{root}feeds/c-2.atom"]
    paths = [f"{root}categories/{number}/" if number else f"{root}categories/" for number in others]
    assert [link for link in found.links() if link and "/categories/" in link][:2] == paths
    assert found.links(rel="next") == ([f"{root}categories/{page + 1}/"] if page < 3 else [])
    assert [text for text in found.texts if re.match("[123] ", text)] == ["1 aaaa…", "2 renm…", "3 zzz…"]
    assert found.links(rel="stylesheet") == [f"{root}style.css"]


def test_a_category_offers_its_own_feed_first() -> None:
    page = category(ENTRY)
    feeds = ["../../feeds/renminyoudianbao.atom", "../../feeds/all.atom"]
    assert page.links(rel="alternate", type="application/atom+xml") == feeds
    assert page.links(**{"class": "subscribe"}) == feeds[:1]


def test_the_index_shows_counts_and_freshness_in_the_sites_time_zone() -> None:
    assert index().texts == [
        "金融消息",
        "跳到正文",
        "分类",
        "最新",
        "金融消息",
        "订阅方法：复制“订阅”链接的地址，粘贴到你的阅读器中。",
        "分类",
        "全部",
        "订阅",
        "人民邮电报",
        "1,234 篇",
        "·",
        "最新",
        "2021-12-17 18:33",
        "订阅",
        "C++ <b>",
        "0 篇",
        "订阅",
        "全部订阅列表（OPML）",
        "最新",
        "还没有内容。",
    ]


def test_a_category_shows_its_entries_and_how_many_there_are_more() -> None:
    assert category(ENTRY).texts == [
        "人民邮电报 · 金融消息",
        "跳到正文",
        "金融消息",
        "人民邮电报",
        "1,234 篇",
        "·",
        "最新",
        "2021-12-17 18:33",
        "订阅",
        "订阅方法：复制“订阅”链接的地址，粘贴到你的阅读器中。",
        "中国电信与上海人工智能实验室签署战略合作协议",
        "人民邮电报",
        "·",
        "2021-12-17 18:33",
        "12月15日，举行签约仪式。根据协议",
        "人工智能",
        "人民邮电报新闻",
        "显示最新 1 篇，共 1,234 篇；订阅源中也有这些内容。",
    ]


def test_an_entry_links_to_the_original_and_states_its_date_for_machines() -> None:
    page = category(ENTRY)
    assert page.links(rel="noopener") == ["https://example.org/a?b=1&c=2", "https://example.org/"]
    assert page.attributes("time")[-1] == {"datetime": "2021-12-17T18:33:12+08:00"}


def test_each_entry_declares_its_own_language() -> None:
    page = index(ENTRY, replace(ENTRY, language="en"), replace(ENTRY, language=None))
    assert [attributes.get("lang") for attributes in page.attributes("html", "article")] == ["zh-CN", "zh", "en", None]


def test_equal_input_gives_equal_bytes() -> None:
    assert render_index(SITE, SHANGHAI, [TELECOM], [ENTRY]) == render_index(SITE, SHANGHAI, [TELECOM], [ENTRY])
    assert render_category(SITE, SHANGHAI, TELECOM, [ENTRY]) == render_category(SITE, SHANGHAI, TELECOM, [ENTRY])


def test_entries_and_categories_keep_their_order() -> None:
    entries = [replace(ENTRY, title=name) for name in ("b", "c", "a")]
    assert [text for text in category(*entries).texts if text in {"a", "b", "c"}] == ["b", "c", "a"]


# --- languages of the interface ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("zh", CHINESE, id="zh"),
        pytest.param("zh-CN", CHINESE, id="zh-CN"),
        pytest.param("ZH_tw", CHINESE, id="as people write it"),
        pytest.param("en-GB", ENGLISH, id="en-GB"),
        pytest.param("fr", ENGLISH, id="no words for it"),
        pytest.param("zhuang", ENGLISH, id="only begins like it"),
    ],
)
def test_the_words_are_chosen_by_the_sites_language(language: str, words: object) -> None:
    assert words_for(language) is words


@pytest.mark.parametrize(("site_language", "page_language"), [("zh-CN", "zh-CN"), ("en-GB", "en-GB"), ("fr", "en")], ids=str)
def test_the_page_is_declared_in_the_language_of_its_words(site_language: str, page_language: str) -> None:
    page = index(site=replace(SITE, language=site_language))
    assert page.attributes("html") == [{"lang": page_language}]


def test_both_languages_have_every_word() -> None:
    for name in ENGLISH.__struct_fields__:
        english, chinese = getattr(ENGLISH, name), getattr(CHINESE, name)
        assert english
        assert chinese
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), name


def test_one_entry_is_not_plural() -> None:
    assert [ENGLISH.count(number) for number in (0, 1, 2, 1234)] == ["0 entries", "1 entry", "2 entries", "1,234 entries"]


# --- accessibility -----------------------------------------------------------------------------------------------------


LISTED = read(render_categories(SITE, SHANGHAI, [TELECOM, EMPTY], 1, ["a"]))


@pytest.mark.parametrize(
    "page", [index(ENTRY), category(ENTRY), index(), LISTED], ids=["index", "category", "empty", "categories"]
)
def test_a_page_has_landmarks_one_heading_and_a_way_past_them(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert [tags.count(tag) for tag in ("header", "nav", "main", "h1")] == [1, 1, 1, 1]
    assert page.links(**{"class": "skip"}) == ["#main"]
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)
    referred = {(href or "").removeprefix("#") for href in page.links() if href and href.startswith("#")}
    assert referred <= set(identifiers)
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_links_that_look_alike_have_names_of_their_own() -> None:
    names = [attributes.get("aria-label") for attributes in index().attributes("a") if attributes.get("class") == "subscribe"]
    assert names == ["订阅全部", "订阅人民邮电报", "订阅C++ <b>"]


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_all_text_has_enough_contrast_in_light_and_dark() -> None:
    schemes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root {(.*?)}", STYLE.decode(), re.DOTALL)]
    assert len(schemes) == 2
    for colours in schemes:
        paper = luminance(colours["paper"])
        for name in ("ink", "quiet", "link", "visited", "button"):
            dark, light = sorted([paper, luminance(colours[name])])
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name  # WCAG 2.2, 1.4.3
        for ground, name in (("found", "ink"), ("found", "link"), ("tint", "ink")):
            dark, light = sorted([luminance(colours[ground]), luminance(colours[name])])
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ground, name)


# --- hostile input -----------------------------------------------------------------------------------------------------

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\' onclick="{{ 7*7 }}{% raw %}'


def test_hostile_text_is_text_wherever_it_stands() -> None:
    site = replace(SITE, title=HOSTILE)
    named = replace(TELECOM, name=HOSTILE)
    entry = replace(
        ENTRY,
        title=HOSTILE,
        url="https://example.org/" + "\"'><script>",
        summary="&lt;script&gt;alert(2)&lt;/script&gt;",
        language=HOSTILE,
        tags=(Tag(term=HOSTILE),),
        provenance=Provenance(title=HOSTILE, site_url=HOSTILE),
    )
    harmless = replace(ENTRY, summary="x", tags=(Tag(term="x"),), provenance=Provenance(title="x"))
    for hostile, plain in [
        (render_index(site, SHANGHAI, [named], [entry]), render_index(SITE, SHANGHAI, [TELECOM], [harmless])),
        (render_category(site, SHANGHAI, named, [entry]), render_category(SITE, SHANGHAI, TELECOM, [harmless])),
    ]:
        page = read(hostile)
        assert [tag for tag, _ in page.elements] == [tag for tag, _ in read(plain).elements]
        assert HOSTILE in page.texts
        assert "<script>alert(2)</script>" in page.texts


def test_pages_need_no_script_and_no_inline_style() -> None:
    for page in (index(ENTRY), category(ENTRY)):
        assert {"script", "style"}.isdisjoint(tag for tag, _ in page.elements)
        assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name.startswith("on")]


def test_all_links_within_the_site_are_relative() -> None:
    """So that the site may live under a path, or in a folder."""
    pages = [index(), category()]
    assert not [link for page in pages for link in page.links() if link and link.startswith(("/", "http"))]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        pytest.param("https://example.org/a", "https://example.org/a", id="https"),
        pytest.param("HTTP://example.org", "HTTP://example.org", id="http in capitals"),
        pytest.param("https://例子.中国/路径?查询", "https://例子.中国/路径?查询", id="international"),
        pytest.param(None, None, id="none"),
        pytest.param("", None, id="empty"),
        pytest.param("javascript:alert(1)", None, id="script"),
        pytest.param("java\nscript:alert(1)", None, id="script in two lines"),
        pytest.param(" https://example.org/", None, id="blank before"),
        pytest.param("https://example.org/a b", None, id="blank within"),
        pytest.param("https://example.org/\n", None, id="line end"),
        pytest.param("https:///path", None, id="no host"),
        pytest.param("//example.org/", None, id="no scheme"),
        pytest.param("/path", None, id="relative"),
        pytest.param("data:text/html,x", None, id="data"),
        pytest.param("ftp://example.org/", None, id="ftp"),
    ],
)
def test_only_web_addresses_become_links(url: str | None, address: str | None) -> None:
    assert web_address(url) == address
    assert category(replace(ENTRY, url=url, provenance=Provenance(title="x"))).links(rel="noopener") == (
        [address] if address else []
    )


hostile_text = st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("<>\"'&/={}%#\u202e\x00\ud800"), max_size=60)


@settings(max_examples=60)
@given(title=hostile_text, html=hostile_text, url=hostile_text, language=hostile_text)
def test_no_entry_can_break_a_page(title: str, html: str, url: str, language: str) -> None:
    page = read(
        render_category(
            SITE,
            SHANGHAI,
            TELECOM,
            [
                replace(ENTRY, title=title, summary=html, content=html, url=url, language=language, tags=(Tag(term=title),)),
                replace(ENTRY, source_url=url, provenance=Provenance(title=title, site_url=url), title="the last entry"),
            ],
        )
    )
    assert "the last entry" in page.texts


bidi_text = st.text(alphabet="ab\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", max_size=12)


def turned(text: str) -> list[int]:
    """Return how many embeddings or isolates each letter stands in, by the rules of UAX #9 (BD9, X1 to X7)."""
    stack: list[bool] = []
    depths = []
    for character in text:
        if character in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068":
            stack.append(character >= "\u2066")
        elif character == "\u2069" and True in stack:
            while not stack.pop():
                pass
        elif character == "\u202c" and stack and not stack[-1]:
            stack.pop()
        elif character.isalpha():
            depths.append(len(stack))
    return depths


@given(bidi_text, st.sampled_from(["\u2068{}\u2069", "\u202e{}\u202c", "{}"]))
def test_a_text_turns_nothing_around_it_and_is_itself_as_it_was(text: str, around: str) -> None:
    within = turned(text)
    found = turned(f"x{around.format(contained(text))}x")

    assert (found[0], found[-1]) == (0, 0)
    assert found[1:-1] == [depth + (around != "{}") for depth in within]
    assert contained(contained(text)) == contained(text)


def test_no_title_turns_what_stands_beside_it() -> None:
    name = "a\u2069\u202eb"
    entry = replace(ENTRY, title=name, tags=(Tag(term=name),), provenance=Provenance(title=name))
    shelf = replace(TELECOM, name=name)
    pages = [render_index(SITE, SHANGHAI, [shelf], [entry]), render_category(SITE, SHANGHAI, shelf, [entry])]

    assert [name in page.decode() for page in pages] == [False, False]
    assert "<title>a\u202eb\u202c · 金融消息</title>" in pages[1].decode()
    assert 'title="a\u202eb\u202c · 金融消息"' in pages[0].decode()


def test_an_address_leads_where_the_feed_says_whatever_controls_it_holds() -> None:
    shown = web_address("https://a.example/q1\u202c/\u202aq2")

    assert shown == "https://a.example/q1%E2%80%AC/%E2%80%AAq2"


def test_half_a_character_costs_that_character() -> None:
    assert "a?b" in category(replace(ENTRY, title="a\ud800b")).texts


# --- views -------------------------------------------------------------------------------------------------------------


def test_an_entry_without_a_title_can_still_be_clicked() -> None:
    assert CHINESE.untitled in category(replace(ENTRY, title=" ")).texts


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        pytest.param(ENTRY, "人民邮电报", id="its title"),
        pytest.param(replace(ENTRY, provenance=Provenance(title=" \n")), "feeds.example.org", id="a blank title"),
        pytest.param(replace(ENTRY, provenance=Provenance(site_url="https://s.example/")), "s.example", id="its site"),
        pytest.param(replace(ENTRY, provenance=Provenance()), "feeds.example.org", id="the feed's host, not its token"),
        pytest.param(
            replace(ENTRY, provenance=Provenance(), source_url="seeds/", source_kind=SourceKind.SEEDS),
            "example.org",
            id="a seed's article",
        ),
        pytest.param(
            replace(ENTRY, provenance=Provenance(), source_url="seeds/", source_kind=SourceKind.SEEDS, url="http://["),
            None,
            id="nothing known",
        ),
    ],
)
def test_how_a_source_is_named(entry: PublishedEntry, source: str | None) -> None:
    assert view_entries([entry], SHANGHAI)[0].source == source


@pytest.mark.parametrize(
    ("provenance", "via", "named"),
    [
        (Provenance(title="B", site_url="https://b.example/"), Provenance(title="Planet <X>"), ("B", "Planet <X>")),
        (Provenance(self_url="https://b.example/f?token=x"), Provenance(), ("b.example", "feeds.example.org")),
        (Provenance(guid="urn:b"), Provenance(site_url="https://x.example/"), ("example.org", "x.example")),
    ],
)
def test_of_a_copied_entry_both_feeds_are_named(provenance: Provenance, via: Provenance, named: tuple[str, str]) -> None:
    copied = replace(ENTRY, provenance=provenance, via=via)
    (view,) = view_entries([copied], SHANGHAI)

    assert (view.source, view.via) == named
    assert CHINESE.via.format(name=named[1]) in category(copied).texts


def test_the_page_of_a_copied_entry_tells_both_feeds_and_its_rights() -> None:
    copied = replace(ENTRY, provenance=Provenance(guid="urn:b", title="B"), via=ENTRY.provenance, rights="© <B>")
    story = Story(entry=copied, first_seen_at=PUBLISHED, date_reason="", keys=(), sightings=(), shelves=())

    assert {"B", CHINESE.via.format(name="人民邮电报"), "© <B>"} <= {*read(render_entry(SITE, SHANGHAI, story)).texts}


def test_the_summary_comes_before_the_content_unless_it_says_nothing() -> None:
    entries = [
        replace(ENTRY, summary="<p>short</p>", content="<p>long</p>"),
        replace(ENTRY, summary="<p> </p>", content="<p>long</p>"),
        replace(ENTRY, summary=None, content=None),
        replace(ENTRY, title="note", summary="<p>note</p>"),
    ]
    assert [view.text for view in view_entries(entries, SHANGHAI)] == ["short", "long", "", ""]


def test_tags_are_shown_once_and_not_without_end() -> None:
    tags = [Tag(term="a"), Tag(term="x", label="a"), Tag(term=" "), *(Tag(term=f"t{number}") for number in range(20))]
    view = view_entries([replace(ENTRY, tags=tuple(tags))], SHANGHAI)[0]
    assert view.tags == ("a", "t0", "t1", "t2", "t3", "t4", "t5", "t6")


@pytest.mark.parametrize(
    ("moment", "zone", "view"),
    [
        pytest.param(
            datetime(2024, 7, 1, 23, 30, 59, tzinfo=UTC),
            "Europe/Berlin",
            DateView(machine="2024-07-02T01:30:59+02:00", people="2024-07-02 01:30"),
            id="summer time, next day",
        ),
        pytest.param(
            datetime(1, 1, 1, tzinfo=UTC),
            "America/New_York",
            DateView(machine="0001-01-01T00:00:00+00:00", people="0001-01-01 00:00"),
            id="before the beginning of time",
        ),
        pytest.param(
            datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
            "Asia/Shanghai",
            DateView(machine="9999-12-31T23:59:00+00:00", people="9999-12-31 23:59"),
            id="after its end",
        ),
    ],
)
def test_how_a_date_is_shown(moment: datetime, zone: str, view: DateView) -> None:
    assert view_date(moment, ZoneInfo(zone)) == view


# --- excerpts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("plain", "plain", id="plain text"),
        pytest.param("<p>one</p><p>two</p>", "one two", id="paragraphs"),
        pytest.param("<p>第一句。</p><p>第二句</p>", "第一句。第二句", id="Chinese paragraphs"),
        pytest.param("<p>人工<b>智能</b>实验室</p>", "人工智能实验室", id="inline"),
        pytest.param("a<br>b<img src=x>c", "a b c", id="breaks"),
        pytest.param("  a \n\t b  ", "a b", id="blanks"),
        pytest.param("AT&amp;T &lt;b&gt; &#x4e2d;", "AT&T <b> 中", id="references"),
        pytest.param("AT&T", "AT&T", id="an ampersand at the end"),
        pytest.param("a<script>b</script><style>c</style>d", "a d", id="what is never shown"),
        pytest.param("a<!-- b -->c", "ac", id="comment"),
        pytest.param("a <b", "a", id="half a tag"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_text_of_html(html: str, text: str) -> None:
    assert excerpt(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("字" * 201, "字" * 200 + "…", id="Chinese is cut anywhere"),
        pytest.param("字" * 200, "字" * 200, id="just fits"),
        pytest.param("word " * 60, "word " * 39 + "word…", id="between words"),
        pytest.param("a" * 195 + " incomplete", "a" * 195 + "…", id="not within a word"),
        pytest.param("a " + "b" * 300, "a " + "b" * 198 + "…", id="unless it is endless"),
    ],
)
def test_an_excerpt_is_short(html: str, text: str) -> None:
    assert excerpt(html) == text


def test_a_huge_document_costs_no_more_than_its_beginning() -> None:
    assert excerpt("<p>" + "<a <a <a" * 1_000_000) == ""
    assert excerpt("<p>beginning</p>" + "<i>" * 1_000_000 + "late") == "beginning"


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<b>", "字", "。", " a word", "&amp;", "AT&T ", "\n", "x" * 90, "<script>", "</script>"])
    )
)
def test_an_excerpt_of_a_long_document_is_that_of_its_whole(pieces: list[str]) -> None:
    """Reading stops as soon as there is enough; what comes later could not have changed the first lines."""
    html = "".join(pieces) * 8
    whole = excerpt(html, limit=100_000)

    assert excerpt(html, limit=50) == shorten(whole, limit=50)
