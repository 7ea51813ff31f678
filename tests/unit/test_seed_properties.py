"""What holds for every seed: nothing crashes, nothing of the old site is shown, short ways give what long ways give."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.clean import clean_candidate, known, markup, safe_html, xml_legal
from aggregator.clean.bodies import BodyRules
from aggregator.clean.seed_body import SeedBody
from aggregator.clean.simple_body import SimpleBody, read_simple
from aggregator.errors import SeedError
from aggregator.seeds import SeedRules
from aggregator.seeds.markdown import to_html
from aggregator.seeds.posts import explain, parse

if TYPE_CHECKING:
    from aggregator.clean.bodies import Body
    from aggregator.model import Candidate

RULES = SeedRules(timezone=ZoneInfo("Asia/Shanghai"), site_url="https://old.example/", hidden_classes=("share",))
BODY_RULES = BodyRules()


def cleaned(data: bytes, path: str = "2024-07-15-a.md") -> Candidate:
    candidate = parse(path, data, RULES)
    return clean_candidate(candidate, base_url=candidate.url)


# --- composed posts -----------------------------------------------------------------------------------------------------

WORDS = [
    "SHOWN",
    "中文",
    "两行\n文字",
    "two\nwords",
    "**重点**",
    "`x`",
    "“q” & <",
    "1 < 2",
    "a  \nb",
    "[链接](http://l.example/)",
]
LIQUID = [
    "{{ LIQUID }}",
    "{% LIQUID %}",
    "{{ LIQUID",
    "{% LIQUID",
    "{%- if LIQUID -%}",
    "{{LIQUID | x: '}'}}",
    "{% comment %}LIQUID{% endcomment %}",
    "{{< LIQUID >}}",
    "{{% LIQUID x='}}' %}}",
    "{{< LIQUID",
    "{{< comment >}}LIQUID{{< /comment >}}",
]
HIDDEN = [
    "<p style='display:none'>HIDDEN</p>", "<span hidden>HIDDEN</span>", "<div class='a share'>HIDDEN</div>", "<!-- HIDDEN -->",
    "<p class=artid style=display:none>HIDDEN</p>", "<script>HIDDEN</script>", "<style>HIDDEN</style>",
    "<!-- EM_StockImg_Start --><p>HIDDEN</p><!-- EM_StockImg_End -->",
]  # fmt: skip
FOOTERS = [
    "[返回FOOTER](../x/)", "[返回FOOTER](//old.example/)｜[返回首页FOOTER](/)", "[返回FOOTER](../)\n[返回FOOTER](/)",
    "<p><a href='../'>FOOTER</a></p>", "[返回FOOTER](/x)\n\n[返回FOOTER](/y)",
]  # fmt: skip
PARAGRAPHS = st.one_of(
    st.lists(st.sampled_from(WORDS + LIQUID), min_size=1, max_size=4).map(" ".join),
    st.sampled_from(HIDDEN),
    st.builds("{} {}".format, st.sampled_from(["# ", "- ", "> ", ""]), st.sampled_from(WORDS + LIQUID)),
    st.builds("```\n{}\n```".format, st.sampled_from(LIQUID)),
)
LINES = [
    *("title: 题", 'title: "a: b"', "title: a: b", "date: 2024-07-15", "date: x", "tags: [a, b]", "tags:\n  - a", "\tx: y"),
    *(
        "description: 摘要",
        "image: /x.png",
        "permalink: pretty",
        "source: http://s.example/",
        "categories: renmin",
        "tag: 人民网",
    ),
    *("author: {name: A}", "? x", "lang: zh", "- x", "x: [", "arturl_encode: '6874'"),
]
HEADERS = st.lists(st.sampled_from(LINES), max_size=5, unique=True).map("\n".join)
POSTS = st.builds(
    "---\n{}\n---\n{}\n\n{}\n".format,
    HEADERS,
    st.lists(PARAGRAPHS, max_size=5).map("\n\n".join),
    st.sampled_from([*FOOTERS, *(f"<http://s.example/1>\n\n{footer}" for footer in FOOTERS), ""]),
)


@given(POSTS, st.sampled_from(["a.md", "a.html", "2024-07-15-x/index.txt"]), st.integers(0, 500), st.booleans())
@settings(max_examples=200)
def test_any_prefix_of_a_file_is_an_entry_or_has_a_reason(post: str, path: str, length: int, in_gb: bool) -> None:  # noqa: FBT001
    data = post.encode("gb18030" if in_gb else "utf-8")[:length]
    try:
        notes = explain(path, data, RULES)
        candidate = cleaned(data, path)
    except SeedError as error:
        assert error.code  # noqa: PT017 - either an entry or a reason, never anything else
    else:
        assert candidate.title
        assert notes[0].field == "encoding"


@given(POSTS)
@settings(max_examples=300)
def test_no_liquid_no_footer_and_nothing_hidden_is_ever_shown(post: str) -> None:
    try:
        candidate = cleaned(post.encode())
    except SeedError:
        return
    shown = f"{candidate.title} {candidate.summary} {candidate.content}"

    assert [word for word in ("LIQUID", "{{", "{%", "HIDDEN", "FOOTER") if word in shown] == []
    assert shown.count("SHOWN") == 0 or "SHOWN" in post


@pytest.mark.parametrize(("hidden", "footer"), list(product(HIDDEN, FOOTERS)))
def test_what_is_between_what_is_removed_stays(hidden: str, footer: str) -> None:
    body = f"{hidden}\n\nSHOWN 1\n\n{{{{ x }}}}SHOWN 2\n\n{hidden}\n\n<http://s.example/1>\n\n{footer}"
    candidate = cleaned(f"---\ntitle: t\n---\n{body}".encode())

    assert (candidate.url, (candidate.content or "").replace("\n", "")) == ("http://s.example/1", "<p>SHOWN 1</p><p>SHOWN 2</p>")


@given(POSTS.map(lambda post: post.replace("# ", "")))  # headings that repeat the title are dropped, each time one
@settings(max_examples=150)
def test_a_seed_written_from_an_entry_gives_that_entry(post: str) -> None:
    try:
        first = cleaned(post.encode())
    except SeedError:
        return

    assert essence(cleaned(serialised(first), "b.html")) == essence(first)


def essence(entry: Candidate) -> tuple[object, ...]:
    return entry.title, entry.url, entry.published, entry.tags, entry.categories, entry.content


def serialised(entry: Candidate) -> bytes:
    """Write an entry as a seed of HTML, as another program would."""
    quoted = {
        "title": entry.title.replace("&", "&amp;").replace("<", "&lt;"),
        "source_url": entry.url or "",
        "date": entry.published.isoformat() if entry.published else "",
        "render_with_liquid": "false",
    }
    lines = [f"{key}: '{value.replace(chr(39), chr(39) * 2)}'" for key, value in quoted.items() if value]
    lines += [f"tags: [{', '.join(tag.term for tag in entry.tags)}]", f"categories: [{', '.join(entry.categories)}]"]
    return "\n".join(["---", *lines, "---", entry.content or ""]).encode()


BOMBS = [
    ("category: " + "ian" * 3_000 + "g\ntag: 人民", ""),
    ("title: t", "\n\n".join(["# x"] * 3_000) + "\n\n- http://x"),
    ("title: t", "<p>" + "\n" * 300_000 + "原文：<a href=x>yy</a></p>"),
    ("title: t", "<p>" + "原文：<a href=x>yy</a><br>" * 12_000 + "</p>"),
    ("title: t", "来源" * 100_000 + "\n\n[a](http://x.example/)"),
    ("title: t", '"' * 1_900 + "x" * 200_000),
    ("title: t", "[返回](../)\n\n" * 5_000),
    ("title: t", "x" + "｜" * 200_000 + "[返回](../)"),
    ("title: a: b\n" + "x: y: z\n" * 5_000, ""),
    ("a: " + " " * 60_000 + "x: y", ""),
    ("a: " + "[" + "'x'," * 400 + "]", "> " * 100_000),
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_no_seed_stalls_its_reader(bomb: tuple[str, str]) -> None:
    before = time.process_time()
    for start in ("---\n", "", " "):
        with suppress(SeedError):
            cleaned(f"{start}{bomb[0]}\n---\n{bomb[1]}".encode())

    assert time.process_time() - before < 5  # what grows with the square of the length takes minutes


def test_blank_lines_before_a_late_front_matter_are_read_once() -> None:
    before = time.process_time()
    with suppress(SeedError):
        cleaned(b"title: x\n" + b"  \n" * 100_000 + b"!\n---\n")

    assert time.process_time() - before < 5


# --- short ways ---------------------------------------------------------------------------------------------------------

PIECES = [
    *(
        "中",
        "文字",
        "。",
        "，",
        "word",
        "x y",
        "“q”",
        "…",
        " ",
        "\n",
        "  \n",
        "\\\n",
        "**",
        "*e*",
        "`c`",
        "~~d~~",
        "\u3000",
        "\t",
    ),
    *("<http://a.example/x>", "[a](http://b.example/?a=b&c=d)", "[，](http://s/x)", "[返回](../)", "[t](../x/)", "｜", "[]()"),
    *(
        "![i](http://i/a.png)",
        '![i](a.png "t")',
        "\n\n",
        "\n\n# ",
        "\n\n- ",
        "\n\n> ",
        "\n\n1. ",
        "\n***\n\n",
        "&",
        "<",
        "&nbsp;",
    ),
    *(
        "\n\n原文链接：",
        "来源：",
        "via ",
        "http://c.example/y",
        "<b>",
        "</b>",
        "<p>",
        "</p>",
        "<br>",
        "<br />\n",
        "<strong>",
        '"',
    ),
    *(
        "</strong>",
        "<li>",
        "<ul>\n",
        "</li>\n",
        "</ul>\n",
        '<a href="x">',
        "</a>",
        "\ufeff",
        "&quot;",
        "&#39;",
        "<div>",
        "<hr />\n",
    ),
]
BLOCK_TEXTS = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
MARKUP = st.one_of(
    st.lists(st.sampled_from(PIECES[:35]), max_size=12).map(lambda pieces: to_html("".join(pieces))),
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join),
    st.lists(st.builds("<{0}>{1}</{0}>\n".format, st.sampled_from(["p", "h1", "p"]), BLOCK_TEXTS)).map("".join),
).map(xml_legal)


def facts(body: Body) -> tuple[object, ...]:
    text = "".join(body.text().split())
    return body.closing_link, body.original_link, body.heading, body.begins_with_heading, text, body.encoded_sources, body.html()


@given(MARKUP, st.booleans(), st.booleans())
@settings(max_examples=800)
def test_a_simple_body_gives_what_its_tree_gives(html: str, heading: bool, closing: bool) -> None:  # noqa: FBT001
    simple = read_simple(html, BODY_RULES)
    if simple is None:
        return
    tree = SeedBody(html, BODY_RULES)
    for body in (simple, tree):
        if heading:
            body.drop_heading()
        if closing:
            body.drop_closing_link()

    assert facts(simple) == facts(tree)
    assert sorted(simple.removed) == sorted(tree.removed)


@pytest.mark.parametrize(
    "markdown",
    [
        pytest.param(
            "第一段，\n两行 **重点**。\n\n二  \n行\n\n<http://s.example/1>\n\n[返回栏目](//o.example/c/)｜[返回](/)\n",
            id="a post",
        ),
        pytest.param(
            '# "题" & 目\n\n> 引\n\n- a\n- `b`\n\n1. x\n\n***\n\n![i](http://i.example/a.png) ~~d~~', id="many elements"
        ),
    ],
)
def test_plain_markdown_needs_no_tree(markdown: str) -> None:
    assert isinstance(read_simple(to_html(markdown), BODY_RULES), SimpleBody)


def test_a_plain_post_loads_no_library_that_it_does_not_need() -> None:
    script = """
import sys
from aggregator.clean import clean_candidate
from aggregator.decide import identify_file
from aggregator.seeds import SeedRules
from aggregator.seeds.posts import parse
from aggregator.urls import UrlRules, canonical_url

seed = "---\\ntitle: t\\ndate: 2024-07-15 09:34:01 +0800\\ntags: [a, b]\\n---\\n**一** 二\\n三\\n\\n<http://s.example/1.html>\\n"
candidate = clean_candidate(parse("2024-07-15-a.md", seed.encode(), SeedRules()), base_url=None)
identify_file(candidate, lambda url: canonical_url(url, UrlRules()), source_url="seeds/")
print(sorted({"lxml", "nh3", "yaml", "tomllib", "html.parser", "urllib.request"} & sys.modules.keys()))
"""

    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "[]\n"


@given(MARKUP, st.sampled_from([None, "http://base.example/a/"]))
@settings(max_examples=800)
def test_html_that_is_known_to_be_safe_is_what_the_sanitiser_makes_of_it(html: str, base_url: str | None) -> None:
    short = safe_html(html, base_url=base_url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(markup, "is_inert", lambda _: False)
        patched.setattr(markup, "sanitised", lambda *_: None)
        patched.setattr(markup, "has_ordinary_links_only", lambda _: False)
        patched.setattr(
            markup, "is_all_visible", lambda html: not any(w in html.lower() for w in ("style", "hidden", "th=", "ht="))
        )

        assert safe_html(html, base_url=base_url) == short


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<p>x</p><script>y</script>", id="a script"),
        pytest.param('<p>x <b onclick="y">z</b></p>', id="an attribute"),
        pytest.param("<p>x", id="an open element"),
        pytest.param("<p>x > y</p>", id="a bare sign"),
        pytest.param("<p>&#27;&nbsp;</p>", id="a reference"),
        pytest.param("<p>a\xa0b</p>", id="a no-break space"),
        pytest.param("\ufeff<p>x</p>", id="a byte order mark"),
        pytest.param("<p><b>x<i>y</b></i></p>", id="elements that overlap"),
        pytest.param("<h1>x<p>y</p></h1>", id="a block in a block"),
    ],
)
def test_what_the_sanitiser_might_change_is_not_inert(html: str) -> None:
    assert not known.is_inert(html)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<a href=http://a.example/>x</a>", id="without quotes"),
        pytest.param('<a href="/x">x</a>', id="relative"),
        pytest.param('<a HREF="javascript:x">x</a>', id="capitals"),
        pytest.param('<a href="http://u:p@a.example/">x</a>', id="a password"),
        pytest.param('<a href="http://a.example/&#10;x">x</a>', id="a reference"),
        pytest.param('<a href="http://a.example/"><img src = "x"></a>', id="one of two"),
        pytest.param(f'<a href="http://a.example/{"x" * 2048}">x</a>', id="too long"),
    ],
)
def test_links_that_need_a_look_are_not_ordinary(html: str) -> None:
    assert not known.has_ordinary_links_only(html)
