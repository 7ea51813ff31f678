"""Archives of Hugo, and what Zola and Hexo have of their own: TOML and JSON, keys, shortcodes, bundles, pages of sections."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clean import clean_candidate
from aggregator.errors import SeedError
from aggregator.model import Candidate, Enclosure, Person, Tag
from aggregator.seeds import SeedRules
from aggregator.seeds.liquid import render_liquid, render_shortcodes
from aggregator.seeds.posts import explain, parse
from aggregator.seeds.typed import read_json, read_toml

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = SeedRules(timezone=SHANGHAI)
HUGO = SeedRules(
    timezone=SHANGHAI, site_url="https://blog.example/", permalink="/:sections/:slugorcontentbasename/", liquid=False
)


def parsed(text: str, path: str = "posts/a.md", rules: SeedRules = HUGO) -> Candidate:
    return parse(path, text.encode(), rules)


def refused(text: str, path: str = "a.md") -> SeedError:
    with pytest.raises(SeedError) as caught:
        parsed(text, path)
    return caught.value


# --- TOML and JSON ------------------------------------------------------------------------------------------------------

YAML = """---
title: 'A: "b"'
date: 2024-07-15T09:34:01+08:00
lastmod: 2024-07-16
draft: false
slug: an-article
tags: [hugo, "2024"]
categories: [技术]
summary: In short.
cover: {image: /c.png, alt: x}
params: {author: 张三}
---
Text.
"""
TOML = """+++
# as Hugo's archetypes had it
Title = 'A: "b"'
date = 2024-07-15T09:34:01+08:00
lastmod = 2024-07-16
draft = false
slug = "an-article"
tags = ["hugo", 2024]
categories = [
  "技术",
]
summary = \"""\\
  In short.\"""
[cover]
image = "/c.png"
[params]
author = "张三"
+++
Text.
"""
JSON = """{
  "title": "A: \\"b\\"", "date": "2024-07-15T09:34:01+08:00", "lastmod": "2024-07-16", "draft": false,
  "slug": "an-article", "tags": ["hugo", 2024], "categories": ["\\u6280术"], "summary": "In short.",
  "cover": {"image": "/c.png", "x": {}}, "params": {"author": "张三"}, "menu": null
}

Text.
"""


@pytest.mark.parametrize("text", [YAML, TOML, JSON, f"\ufeff\n\n{TOML}", f"\n{JSON}", TOML.replace("\n", "\r\n")])
def test_front_matter_says_the_same_in_each_language(text: str) -> None:
    assert parsed(text) == Candidate(
        place="posts/a.md",
        title='A: "b"',
        url="https://blog.example/posts/an-article/",
        url_reason="the permalink on its own site",
        summary="In short.",
        content="<p>Text.</p>",
        published=datetime(2024, 7, 15, 1, 34, 1, tzinfo=UTC),
        updated=datetime(2024, 7, 16, tzinfo=SHANGHAI),
        authors=(Person(name="张三"),),
        tags=(Tag(term="hugo"), Tag(term="2024")),
        enclosures=(Enclosure(url="https://blog.example/c.png", media_type="image/png"),),
        categories=("技术",),
    )


@pytest.mark.parametrize(
    ("line", "value"),
    [
        pytest.param("a = 2024-07-15T09:34:01.5Z", "2024-07-15T09:34:01.500000+00:00", id="a moment"),
        pytest.param("a = 2024-07-15 09:34:01", "2024-07-15T09:34:01", id="without a zone"),
        pytest.param("a = 2024-07-15", "2024-07-15", id="a day"),
        pytest.param("a = 09:34:00", "09:34:00", id="a time"),
        pytest.param("a = true", "true", id="a boolean"),
        pytest.param("a = 1_000", "1000", id="a number"),
        pytest.param("a = 0.50", "0.5", id="a fraction"),
        pytest.param('a = "x\\u0000\\u0008y"', "xy", id="illegal characters"),
    ],
)
def test_values_of_toml_become_text(line: str, value: str) -> None:
    assert read_toml(line, 2) == ({"a": value}, {"a": 2})


def test_values_of_json_stay_what_was_written() -> None:
    values, lines = read_json('{"a": 1.50,\n "B": [true, null, "\\ud800x"],\n "c": 1e999}', 1)

    assert values == {"a": "1.50", "B": ["true", None, "x"], "b": ["true", None, "x"], "c": "1e999"}
    assert lines == {"a": 1, "B": 2, "b": 2, "c": 3}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=20)
VALUES = st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), VALUES, min_size=1, max_size=4), TEXTS)
def test_any_object_ends_where_it_ends_whatever_braces_are_in_it(values: dict[str, object], body: str) -> None:
    text = json.dumps({"title": "t", "x": values}, ensure_ascii=False) + f"\n{body}"

    assert read_json(text.rpartition("\n")[0], 1)[0]["x"] == read_json(json.dumps(values), 1)[0]
    assert (parsed(text).title, parsed(text).content) == ("t", parsed(f"---\ntitle: t\n---\n{body}").content)


@pytest.mark.parametrize(
    ("text", "code", "line", "message"),
    [
        pytest.param("+++\na = 1\nb = c\n+++\n", "bad-front-matter", 3, "not TOML: Invalid value; texts", id="TOML"),
        pytest.param(
            "\n+++\na = 1\nb = \n+++\n", "bad-front-matter", 4, "not TOML: Invalid value; texts", id="a value is missing"
        ),
        pytest.param("+++\na = '''x\n\n+++\n", "bad-front-matter", 2, "not TOML", id="TOML, at its end"),
        pytest.param("+++\na = 1\na = 2\n+++\n", "bad-front-matter", 3, "not TOML", id="a key twice"),
        pytest.param(f"+++\na = {'9' * 5000}\n+++\n", "bad-front-matter", 2, "a number is too long", id="a long number"),
        pytest.param("+++\ntitle = 'x'\n", "unterminated-front-matter", 1, "with a line of +++", id="no end of TOML"),
        pytest.param('{\n"a": 1\n"b": 2}\n', "bad-front-matter", 3, "not JSON: Expecting ',' delimiter", id="JSON"),
        pytest.param('\n{"a": {"b": "}"}\ntext', "unterminated-front-matter", 2, "with a brace", id="no end of JSON"),
        pytest.param(f'{{"a": "{"x" * 70_000}"}}', "unterminated-front-matter", 1, "within 64 KiB", id="a long object"),
        pytest.param(f'{{"a": "{"字" * 30_000}"}}', "bad-front-matter", 1, "longer than 64 KiB", id="JSON, too long"),
        pytest.param(f"+++\n#{'x' * 70_000}\n+++\n", "bad-front-matter", 2, "longer than 64 KiB", id="TOML, too long"),
        pytest.param(f'{{"a": {"[" * 21}{"]" * 21}}}', "bad-front-matter", 1, "nested deeper than 20", id="lists in lists"),
        pytest.param(f"+++\na = {'[' * 21}{']' * 21}\n+++\n", "bad-front-matter", 2, "nested deeper than 20", id="in TOML"),
        pytest.param(f"+++\nb = 1\n[a{'.a' * 20}]\n+++\n", "bad-front-matter", 3, "nested deeper than 20", id="a dotted key"),
        pytest.param('{"title": "t", "draft": true}', "draft", 1, "not published", id="a draft in JSON"),
        pytest.param("+++\ntitle = 't'\ndraft = true\n+++\n", "draft", 3, "not published", id="a draft in TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, code: str, line: int, message: str) -> None:
    error = refused(text)

    assert (error.code, error.line) == (code, line)
    assert message in str(error)


def test_as_deep_as_yaml_may_be_the_others_may_be() -> None:
    nested = "[" * 19 + "1" + "]" * 19

    assert parsed(f'{{"title": "t", "a": {nested}}}').title == "t"
    assert parsed(f"+++\ntitle = 't'\na = {nested}\n+++\n").title == "t"
    assert parsed(f"---\ntitle: t\na: {nested}\n---\n").title == "t"


BOMBS = [
    "+++\na" + ".a" * 32_000 + "=1\n+++\n",
    "+++\na={a" + ".a" * 32_000 + "=1}\n+++\n",
    "+++\n[a" + ".'a'" * 15_000 + "]\n+++\n",
    "+++\na=" + "[" * 60_000 + "\n+++\n",
    "+++\na=" + "{a=" * 20_000 + "\n+++\n",
    "+++\n" + "," * 60_000 + "\n+++\n",
    '{"a":' + "[" * 60_000 + "}",
    '{"a":' + '{"a":' * 9_000 + "1" + "}" * 9_001,
    '{"' + '\\"' * 500_000,
    '{"a' + "{" * 2_000_000,
    '{ "' + " " * 500_000,
    "{" + " " * 500_000,
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_no_front_matter_stalls_its_reader(bomb: str) -> None:
    before = time.process_time()
    with suppress(SeedError):
        parsed(bomb)

    assert time.process_time() - before < 5  # 64 KiB of dotted keys take tomllib 16 s


@given(st.text('+{}[]"=.a1\\ \n,:#', max_size=60), st.sampled_from(["+++\n{}\n+++\n", "{{{}}}", '{{"title": {}}}', "{}"]))
def test_any_text_is_an_entry_or_has_a_reason(text: str, form: str) -> None:
    try:
        parsed(form.format(text))
    except SeedError as error:
        assert error.code  # noqa: PT017 - either an entry or a reason


@pytest.mark.parametrize("text", ["{% x %}a", "{{< x >}}a", "{: .note}\na", "{a: b}", "+++x\na", "++\na"])
def test_a_text_that_begins_with_a_brace_or_a_plus_is_no_front_matter(text: str) -> None:
    assert [remark.code for remark in parsed(text, "2024-07-15-a.md").remarks] == ["no-front-matter"]


# --- keys ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("front_matter", "tags", "categories", "authors"),
    [
        pytest.param(
            "tags = 'a b'\n[taxonomies]\ntags = ['c']\ncategories = ['d']", ("a", "b"), ("d",), (), id="Zola's taxonomies"
        ),
        pytest.param("authors = ['A', 'B']\n[extra]\nauthor = 'C'", (), (), ("C", "A", "B"), id="Zola's extra"),
        pytest.param("Tags = ['a']\nCategories = ['b']\nAuthor = 'c'", ("a",), ("b",), ("c",), id="capitals"),
        pytest.param("params.author = 'A'\ntags = [1, 2.5]", ("1", "2.5"), (), ("A",), id="a dotted key, and numbers"),
        pytest.param("params = 'x'\nextra = []\n\"par\\u0061ms.x\" = 1", (), (), (), id="tables that are none"),
    ],
)
def test_what_is_in_a_known_table_counts_unless_it_is_outside_as_well(
    front_matter: str, tags: tuple[str, ...], categories: tuple[str, ...], authors: tuple[str, ...]
) -> None:
    found = parsed(f"+++\n{front_matter}\n+++\n")

    assert tuple(tag.term for tag in found.tags) == tags
    assert (found.categories, tuple(author.name for author in found.authors)) == (categories, authors)


def test_a_key_in_a_table_is_told_with_a_line() -> None:
    text = "+++\ntitle = 't'\n[params]\n  author = 'A'\n+++\n"

    assert ("authors", "author in the front matter (line 4)") in {
        (note.field, note.origin) for note in explain("a.md", text.encode(), HUGO)
    }
    assert "author in the front matter (line 3)" in {
        note.origin for note in explain("a.md", b"---\ntitle: t\nparams:\n  author: A\n---\n", HUGO)
    }


@pytest.mark.parametrize(
    ("front_matter", "published"),
    [
        pytest.param("publishDate: 2024-01-02\ndate: 2024-01-03", datetime(2024, 1, 3, tzinfo=SHANGHAI), id="date first"),
        pytest.param("publishDate: 2024-01-02", datetime(2024, 1, 2, tzinfo=SHANGHAI), id="without a date"),
    ],
)
def test_without_a_date_the_date_of_publication_counts(front_matter: str, published: datetime) -> None:
    assert parsed(f"---\n{front_matter}\n---\nx").published == published


@pytest.mark.parametrize(
    ("front_matter", "url"),
    [
        pytest.param("url: /custom/place/", "https://blog.example/custom/place/", id="a path is the post's own"),
        pytest.param("url: https://s.example/x", "https://s.example/x", id="an address is the source"),
        pytest.param("url: //s.example/x", "https://blog.example/posts/a/", id="neither"),
        pytest.param("url: /x/\npermalink: /y/", "https://blog.example/y/", id="a permalink comes first"),
        pytest.param("permalink: z/a.html", "https://blog.example/z/a.html", id="Hexo's permalink"),
        pytest.param("slug: s", "https://blog.example/posts/s/", id="a slug"),
    ],
)
def test_hugos_url_is_the_posts_own_path_unless_it_is_a_whole_address(front_matter: str, url: str) -> None:
    assert parsed(f"---\n{front_matter}\n---\nx").url == url


def test_the_pictures_of_a_bundle_are_beside_it() -> None:
    text = "+++\ntitle = 't'\ncover = 'c.jpg'\n+++\nx"
    sourced = text.replace("cover", "source_url = 'http://s.example/'\ncover")

    for post in (text, sourced):
        assert parsed(post, "posts/b/index.md").enclosures[0].url == "https://blog.example/posts/b/c.jpg"
        assert parsed(post, "posts/b.md").enclosures[0].url == "https://blog.example/c.jpg"
    assert parsed(sourced, "posts/b/index.md", RULES).enclosures == ()


@pytest.mark.parametrize("path", ["_index.md", "posts/_index.md", "posts/_index.zh-cn.html"])
def test_the_page_of_a_section_is_no_post(path: str) -> None:
    error = refused("+++\ntitle = 'Posts'\n+++\n", path)

    assert (error.code, error.line) == ("section-page", None)


# --- shortcodes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param('{{< figure src="/a.png" >}}', '<figure><img src="/a.png" alt=""></figure>\n\n', id="a picture"),
        pytest.param("{{% image src=`a.png` alt='b' %}}", '<figure><img src="a.png" alt="b"></figure>\n\n', id="quotes"),
        pytest.param("{{<img src=a.png/>}}", '<figure><img src="a.png/" alt=""></figure>\n\n', id="no quotes"),
        pytest.param(
            '{{< figure\n  src="a.png"\n  title="T" caption="*by* [A](/a) \\"b\\"" />}}',
            '<figure><img src="a.png" alt="T by A &quot;b&quot;"><figcaption>T <em>by</em> <a href="/a">A</a> &quot;b&quot;'
            "</figcaption></figure>\n\n",
            id="a caption",
        ),
        pytest.param(
            "{{< figure src='\"><script>' >}}", '<figure><img src="&quot;&gt;&lt;script&gt;" alt=""></figure>\n\n', id="hostile"
        ),
        pytest.param("a{{< figure >}}b{{< youtube x >}}c", "abc", id="what nobody can tell"),
        pytest.param("{{% note %}}\n**a**\n{{% /note %}}", "\n**a**\n", id="what is between two"),
        pytest.param("a{{< comment >}}b {{< x >}}{{< /comment >}}c", "ac", id="a comment"),
        pytest.param("`{{</* x y=1 */>}}` {{%/* z */%}}", "`{{< x y=1 >}}` {{% z %}}", id="shown as they are"),
        pytest.param(
            "{{< highlight go >}}\na <b {{< x >}}\n{{< /highlight >}}", "\n\n<pre><code>a &lt;b \n</code></pre>\n\n", id="code"
        ),
        pytest.param("{{< highlight go >}}a", "a", id="code without an end"),
        pytest.param("{{{< a >}}< b >}}", "{ < b >}}", id="what only removing makes a shortcode"),
    ],
)
def test_shortcodes_are_carried_out_or_removed(text: str, left: str) -> None:
    assert render_shortcodes(text)[0] == left
    assert "{{<" not in left or "`" in left


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('a {{< figure src="/a.png" >}} {{% b %}} {{</* c */>}}', id="one of each"),
        pytest.param("{{< highlight go >}}a{{< /highlight >}} {{< comment >}}b{{% /comment %}}", id="blocks"),
    ],
)
def test_shortcodes_are_the_same_among_liquid(text: str) -> None:
    assert render_liquid(text, lambda _tag, _name: None) == render_shortcodes(text)


def test_without_liquid_only_shortcodes_are_taken() -> None:
    text = "`{{ .Title }}` {% x %} {{< y >}}{{< highlight x >}}{{ z }}{{< /highlight >}}"

    assert render_shortcodes(text) == ("`{{ .Title }}` {% x %} \n\n<pre><code>{{ z }}\n</code></pre>\n\n", ("{{< y >}}",))


def test_text_after_a_picture_is_still_markdown() -> None:
    text = '---\ntitle: t\n---\n{{< figure src="https://i.example/a.png" >}}\nand *this*'

    assert clean_candidate(parsed(text), base_url=None).content == (
        '<figure><img src="https://i.example/a.png" alt=""></figure>\n<p>and <em>this</em></p>'
    )


def test_a_post_that_says_its_braces_are_text_keeps_its_shortcodes() -> None:
    assert parsed("---\ntitle: t\nrender_with_liquid: false\n---\n`{{< x >}}`").content == "<p><code>{{&lt; x &gt;}}</code></p>"


def test_what_was_removed_is_told() -> None:
    notes = explain("a.md", b"---\ntitle: t\n---\n{{< toc >}} {{ x }}", RULES)

    assert [(note.value, note.origin) for note in notes if note.field == "removed"] == [
        ("{{< toc >}}", "a shortcode"), ("{{ x }}", "Liquid"),
    ]  # fmt: skip
