"""Front matter: what encodes it, where it begins and ends, plain lines, YAML, and rescue."""

from __future__ import annotations

import pickle
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import SeedError
from aggregator.model import Candidate, Remark, Tag
from aggregator.seeds import SeedRules
from aggregator.seeds.plain_yaml import read_plain
from aggregator.seeds.posts import parse
from aggregator.seeds.yaml_events import read_yaml

RULES = SeedRules(timezone=ZoneInfo("Asia/Shanghai"))
NAME = "2024-07-15-a.md"


def parsed(text: str | bytes, path: str = NAME) -> Candidate:
    return parse(path, text.encode() if isinstance(text, str) else text, RULES)


def terms(candidate: Candidate) -> tuple[str, ...]:
    return tuple(tag.term for tag in candidate.tags)


def codes(candidate: Candidate) -> list[str]:
    return [remark.code for remark in candidate.remarks]


# --- bytes and envelope -------------------------------------------------------------------------------------------------

CHINESE = "---\ntitle: 中国电信与人工智能实验室\ntags: 新闻\n---\n签署战略合作协议，共同推动发展。\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CHINESE.encode("gb18030"), id="GB18030"),
        pytest.param(CHINESE.replace("\n", "\r\n").encode("gbk"), id="GBK with CRLF"),
        pytest.param(CHINESE.encode("utf-8-sig"), id="a byte order mark"),
        pytest.param(b"\n \r\n" + CHINESE.encode(), id="blank lines before it"),
        pytest.param(CHINESE.removeprefix("---\n").encode(), id="Hexo: no opening line"),
        pytest.param(("\n\n" + CHINESE.removeprefix("---\n")).encode(), id="Hexo with blank lines"),
    ],
)
def test_a_seed_is_read_however_it_was_saved(data: bytes) -> None:
    assert parsed(data) == parsed(CHINESE)
    assert (parsed(CHINESE).title, terms(parsed(CHINESE))) == ("中国电信与人工智能实验室", ("新闻",))


def test_hexo_front_matter_may_hold_lists_and_comments() -> None:
    text = "title: x\n# comment\ntags:\n  - a\n- b\n\n---\nbody"

    assert (parsed(text).title, codes(parsed(text.replace("- b\n", "  - b\n")))) == ("x", [])


@pytest.mark.parametrize(
    ("text", "title", "content"),
    [
        pytest.param("just text\n", "a", "<p>just text</p>", id="text"),
        pytest.param("# 标题\n\n正文", "标题", "<p>正文</p>", id="a heading"),
        pytest.param("Note: this\n---\ntext", "Note: this", "<p>text</p>", id="a heading with a colon is no front matter"),
        pytest.param("title\n---\ntext", "title", "<p>text</p>", id="a heading is none either"),
        pytest.param("text\n\n---\n\ntitle: x\n---\n", "a", "<p>text</p>\n<hr>\n<h2>title: x</h2>", id="nor what comes later"),
        pytest.param("---x\ntext", "a", "<p>---x text</p>", id="three hyphens and more"),
    ],
)
def test_a_file_without_front_matter_is_taken_and_marked(text: str, title: str, content: str) -> None:
    message = "no front matter; the title is the first heading or the file's name, the date is the file's name"

    assert parsed(text) == Candidate(
        place=NAME,
        title=title,
        url_reason="no rule found a source URL",
        content=content,
        published=parsed(CHINESE).published,
        remarks=(Remark(code="no-front-matter", message=f"{NAME}: {message}"),),
    )


def test_a_post_that_is_the_index_of_a_folder_has_the_folders_name_and_date() -> None:
    candidate = parsed("text", "x/2024-07-15-my-first_post/index.md")

    assert (candidate.title, candidate.published) == ("my first post", parsed(CHINESE).published)


def test_empty_front_matter_is_front_matter() -> None:
    assert (codes(parsed("---\n---\ntext")), parsed("---\n---\ntext").content) == ([], "<p>text</p>")


# --- plain lines --------------------------------------------------------------------------------------------------------

_KEYS = st.sampled_from(["title", "tags", "a-b", "_x", "image", "no", "title"])
_WORTHY = [
    *("x", "中文 标题", "a: b", "a:b", "a:", "x # y", "x#y", "~", "null", "no", "1:30", "'q'", '"q"', '"a\\"b"', "'it''s'", "''"),
    *(
        "-",
        "- x",
        "-x",
        "[a, b]",
        "['a', \"b\" , c d]",
        "[]",
        "[ ]",
        "[a,]",
        "[a, , b]",
        "[~]",
        "[a: b]",
        "[a#b]",
        "{a: b}",
        "&a",
    ),
    *(
        "*a",
        "!a",
        "|",
        ">",
        "%x",
        "@x",
        "`x`",
        "a\tb",
        "\u3000x",
        "x\u3000",
        "a\u2028b",
        "é",
        "",
        " ",
        '"x" y',
        "=",
        "<<",
        "[a]b",
    ),
    *("[a] # c", "a, b", "a]", "?x", "? x", ",x", "x\ufeff", "2024-07-15 09:00:00 +0800", '"a # b: c"', "[a?b]", "[?]"),
]
_SCALARS = st.one_of(st.sampled_from(_WORTHY), st.text("ab:#- '\"[],&~\u3000中?!{}\\\n", max_size=8))
_LINES = st.one_of(
    st.builds("{}:{}{}".format, _KEYS, st.sampled_from([" ", " ", "", "  "]), _SCALARS),
    st.builds("{}- {}".format, st.sampled_from(["", " ", "  ", "  "]), _SCALARS),
    st.builds("{}{}: {}".format, st.sampled_from([" ", "  ", "  ", "    "]), _KEYS, _SCALARS),
    st.builds("{}:".format, _KEYS),
    st.sampled_from(["", "  ", "# c", "  # c", "---", "- x", "x", "? a"]),
)


@given(st.lists(_LINES, max_size=7))
@settings(max_examples=600)
def test_the_plain_reader_gives_what_yaml_gives_or_declines(lines: list[str]) -> None:
    header = "".join(f"{line}\n" for line in lines)
    plain = read_plain(header, 2)

    if plain is not None:
        assert plain == read_yaml(header, 2)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param('layout: post\ntitle: "标题"\ndate: 2024-07-15 09:34:01 +0800\ncategories: c\ntags: 标签\n', id="Jekyll"),
        pytest.param("title: x\ntags:\n  - a\n  - 'b'\ncategories:\n- c\n\ndescription:\n", id="Hexo"),
        pytest.param("tags: ['a', \"b\", c d]\nimage:\n  path: https://x/?a=1&b\n  alt: y\n", id="the mirrored blog"),
    ],
)
def test_usual_front_matter_needs_no_yaml_parser(header: str) -> None:
    assert read_plain(header, 2) == read_yaml(header, 2)


# --- YAML and rescue ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("front_matter", "title", "tags"),
    [
        pytest.param("title: >\n  a\n  b\ntags: {a: b}", "a b", (), id="a folded text"),
        pytest.param('title: "a\\u4e2d"\ntags: [a, [b, c]]', "a中", ("a", "b", "c"), id="an escape and lists in lists"),
        pytest.param(
            "title: no\ntags: [1:30, 0x10, 2024-13-45, yes, ~, '']", "no", ("1:30", "0x10", "2024-13-45", "yes"), id="types"
        ),
    ],
)
def test_the_rest_of_yaml_is_understood(front_matter: str, title: str, tags: tuple[str, ...]) -> None:
    candidate = parsed(f"---\n{front_matter}\n---\n")

    assert (candidate.title, terms(candidate), candidate.remarks) == (title, tags, ())


@pytest.mark.parametrize(
    ("front_matter", "title", "tags", "line"),
    [
        pytest.param("title: a: b\ntags: [x, y]", "a: b", ("x", "y"), 2, id="a colon"),
        pytest.param("layout: post\n\ttitle: x\n\ttags: y", "x", ("y",), 3, id="tabs"),
        pytest.param('title: "a\ntags: x', "a", ("x",), 2, id="an open quote"),
        pytest.param('title: "a" b "c"\ntags: x', 'a" b "c', ("x",), 2, id="quotes within quotes"),
        pytest.param("title: 'it's'\ntags: x", "it's", ("x",), 2, id="an apostrophe"),
        pytest.param("title: [已解决] 问题\ntags: x", "[已解决] 问题", ("x",), 2, id="brackets"),
        pytest.param("title: *重要* 通知\ntags: x", "*重要* 通知", ("x",), 2, id="asterisks, which are YAML's aliases"),
        pytest.param("title: !重要\ntags: x", "!重要", ("x",), 2, id="an exclamation mark, which is YAML's tag"),
        pytest.param("a: &x [1]\ntitle: @x\ntags: x", "@x", ("x",), 2, id="an anchor"),
        pytest.param("title: x\ntags: [a, 'b'", "x", ("a", "b"), 3, id="an open list"),
        pytest.param('title: a: b\ntags:\n  - x: y: z\n  - "q', "a: b", ("x: y: z", "q"), 2, id="a list of items"),
        pytest.param("title：全角\ntags: x", "全角", ("x",), 2, id="a full-width colon"),
        pytest.param("title: x\n? [b]\n: c\ntags: y", "x", ("y",), 3, id="a key that is a list"),
        pytest.param("http://a.example/\ntitle: a: b\ntags: x # c", "a: b", ("x",), 2, id="a line that is no key"),
        pytest.param("title: x\n... # c\n--- {}", "x", (), 4, id="two documents"),
    ],
)
def test_what_is_no_yaml_is_rescued_line_by_line_and_marked(
    front_matter: str, title: str, tags: tuple[str, ...], line: int
) -> None:
    candidate = parsed(f"---\n{front_matter}\n---\nx")

    assert (candidate.title, terms(candidate), codes(candidate)) == (title, tags, ["rescued-front-matter"])
    assert candidate.remarks[0].message.startswith(f"{NAME}:{line}: ")
    assert candidate.remarks[0].message.endswith("; it was read line by line instead")


def test_rescue_keeps_the_lines_of_keys() -> None:
    candidate = parsed("---\ntitle: a: b\nlayout: x\ndate: tomorrow\n---\n")

    assert [remark.message.partition(": ")[0] for remark in candidate.remarks] == [f"{NAME}:2", f"{NAME}:4"]


def test_nothing_is_expanded_however_the_front_matter_is_read() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert terms(parsed(f"---\n{bomb}tags: *i\n---\n")) == ("*i",)


@given(st.lists(_LINES, max_size=8), st.text("ab: \n-#'\"中", max_size=20))
def test_any_front_matter_is_read_or_refused_with_a_reason(lines: list[str], body: str) -> None:
    data = "---\n{}\n---\n{}".format("\n".join(lines), body).encode(errors="replace")
    try:
        parse("a.md", data, RULES)
    except SeedError as error:
        assert error.code  # noqa: PT017 - either an entry or a reason


def test_seeds_travel_between_processes() -> None:
    candidate = parsed(CHINESE)
    error = SeedError("draft", "a draft", line=3)
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert pickle.loads(pickle.dumps((RULES, candidate))) == (RULES, candidate)  # noqa: S301 - our own bytes
    assert (type(arrived), arrived.code, arrived.line, str(arrived)) == (SeedError, "draft", 3, "a draft")
    assert candidate.tags == (Tag(term="新闻"),)
