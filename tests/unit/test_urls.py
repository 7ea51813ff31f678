"""Canonical URLs: what does not make another article, what does, and that each step is told."""

from __future__ import annotations

import hashlib
import random  # noqa: TC003 - hypothesis reads the annotation
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from aggregator.urls import (
    BUILT_IN,
    RULES_VERSION,
    TRACKING_PARAMETERS,
    Alias,
    Step,
    UrlRules,
    Wrapper,
    canonical_url,
    explain,
    rules_version,
)
from aggregator.urls.sites import AMP_FIRST, SITES
from aggregator.urls.tracking import TRACKING_BEGINNINGS, TRACKING_PREFIXES, TRACKING_VALUES
from aggregator.urls.unwrapping import BY_PARAMETER, BY_PATH

NONE_DECLARED = UrlRules()
LINES = Path(__file__).with_name("url_pairs.tsv").read_text(encoding="utf-8").splitlines()[1:]
PAIRS = [tuple(line.split("\t")) for line in LINES]

# Addresses made of what rules look at, plain and not.
HOSTS = [
    "a.example", "A.example:8080", "www.a.example", "www.www.a.example", "amp.a.example", "a.example.", "[::1]", "1.2", "u@a.b",
    "m.163.com", "youtube.com", "m.youtube.com", "youtu.be", "www.google.com", "link.zhihu.com", "medium.com", "x.com",
    "blog.csdn.net", "x.blog.csdn.net", "en.m.wikipedia.org", "new.qq.com", "x.feedsportal.com", "news.google.com", "新闻.中国",
    "x.cdn.ampproject.org", "www.cnbc.com", "news.sina.com.cn", "m.sohu.com", "go.example", "b.example", "t.example",
]  # fmt: skip
PATHS = [
    "/", "//", "/a", "/.", "/..", "/.x", "/x.html", "/~", "/%7e", "/%2F", "/%2e", "/中", "/a+b", "-_", ";jsessionid=1", ";a=1",
    ";", "/index.html", "/Default.aspx", "/INDEX.htm", "/amp", ".amp", "..amp", ".amp.html", "/url", "/out", "/c/s", "/%zz", "|^",
    "\\", "/article/details/12", "/watch", "/status/12", "/dQw4w9WgXcQ", "/a.example/x", "/H1RL9MDC0552X54L.html",
    "/2024", "/x.shtml",
]  # fmt: skip
PAIRED = [
    "", "p=1", "p", "p=", "=1", "b=1", "a=2", "a=%7e", "a=+", "utm_x=1", "x=a=b", "q=中", "a;b=1", "amp;c=1", "amp", "amp=1",
    "amp=2", "ref=rss", "ref=1", "%61=1", "v=dQw4w9WgXcQ", "url=https%3A%2F%2Fwww.b.example%2Fx%3Fa%3D1%26spm%3D1", "%zz",
    "'", "q=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttp%253A%252F%252Fd.example",
    "u=%2f%2fd.example", "q=%D6%D0", "target=http://c.example/%25", "to=https://b.example/amp/",
]  # fmt: skip
ADDRESSES = st.builds(
    "{}://{}{}?{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(HOSTS),
    st.lists(st.sampled_from(PATHS), max_size=4).map("".join),
    st.lists(st.sampled_from(PAIRED), max_size=4).map("&".join),
    st.sampled_from(["", "#x", "#!x", "#/", "#/a/%7e?b", "#!/中", "#:~:text=a"]),
)
PLAIN = st.builds(
    "{}://{}/{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(
        ["a.example", "www.a.example", "amp.a.example", "b-c.d.example", "a..example", "x.com", "1.2", "a_b.example"]
    ),
    st.lists(
        st.sampled_from(["a", "B9", ".a", ".", "..", "", "a.b~", ",-_", "%2e", "amp", "index.html", "x.amp", "Default.asp"]),
        max_size=4,
    ).map("/".join),
    st.just("")
    | st.lists(st.sampled_from(PAIRED) | st.text("aA0_-.~=&%+,", max_size=6), max_size=3).map("&".join).map("?{}".format),
    st.sampled_from(["", "#", "#x", "#!x", "#/x"]),
)
DECLARED = UrlRules(
    hosts={"www.mirror.example": "a.example", "b.example": "www.c.example"},
    tracking=("Ad_*", "Share"),
    keep={"www.k.example": ("id",)},
    drop={"shop.example": ("ref", "from_*")},
    aliases=(
        Alias(match=r"https://a\.example/news/\d+,(\d+)\.html", canonical=r"http://www.a.example/a/\1.html"),
        Alias(match=r"https://www\.t\.example/([a-z]+)", canonical=r"https://t.example/page?id=\1"),
    ),
    wrappers=(Wrapper(host="www.go.example", path="/out/", parameter="to"), Wrapper(host="any.example", parameter="u")),
)


@pytest.mark.parametrize(("verdict", "about", "first", "second"), PAIRS, ids=[pair[1] for pair in PAIRS])
def test_addresses_are_one_article_or_two_as_the_table_says(verdict: str, about: str, first: str, second: str) -> None:
    keys = canonical_url(first, NONE_DECLARED), canonical_url(second, NONE_DECLARED)

    assert verdict in {"same", "different"}, about
    assert None not in keys
    assert (keys[0] == keys[1]) == (verdict == "same"), keys


def test_the_table_is_large_and_says_nothing_twice() -> None:
    assert len(PAIRS) > 380
    assert len({frozenset(pair[2:]) for pair in PAIRS}) == len(PAIRS)
    assert len({pair[1] for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("url", sorted({url for pair in PAIRS for url in pair[2:]}))
def test_the_account_of_an_address_ends_with_its_key(url: str) -> None:
    steps = explain(url, NONE_DECLARED)
    key = canonical_url(url, NONE_DECLARED)

    assert key == (steps[-1].url if steps else url)
    assert canonical_url(str(key), NONE_DECLARED) == key
    assert all(step.rule and step.reason for step in steps)


@pytest.mark.parametrize(
    "url",
    ["", "x", "/relative", "//a.example/x", "javascript:alert(1)", "data:,x", "file:///etc/passwd", "mailto:a@b.c", "http://",
     "http://[", "http://a b/", "http://./", "https://a.example:99999/", "https://a.example/\x00x", "https://a.example/x\x1b[2J",
     "https://a.example/\ud800", "https://xn--a.example/", "ftp://a.example/x",
     f"https://{'a.' * 130}example/", "https://a.example/" + "x" * 100_000],
)  # fmt: skip
def test_what_cannot_be_an_article_has_no_key_and_is_told_so(url: str) -> None:
    assert canonical_url(url, NONE_DECLARED) is None
    assert explain(url, NONE_DECLARED) == (
        Step(rule="refused", reason="not an absolute http or https address that browsers understand", url=""),
    )


@pytest.mark.parametrize(
    ("url", "key"),
    [
        pytest.param("x.html?a=1", "https://a.example/news/2024/x.html?a=1", id="beside"),
        pytest.param("../x", "https://a.example/news/x", id="above"),
        pytest.param("/x", "https://a.example/x", id="from the root"),
        pytest.param("//www.b.example/x", "https://b.example/x", id="another host"),
        pytest.param("\\\\b.example\\x", "https://b.example/x", id="backslashes"),
        pytest.param("?p=1", "https://a.example/news/2024/list?p=1", id="query"),
        pytest.param("#!/x", "https://a.example/news/2024/list?page=2#!/x", id="fragment"),
        pytest.param("", "https://a.example/news/2024/list?page=2", id="nothing"),
        pytest.param(" x ", "https://a.example/news/2024/x", id="white space around"),
        pytest.param("http://b.example/x", "https://b.example/x", id="absolute"),
        pytest.param("javascript:x", None, id="no page"),
    ],
)
def test_a_relative_link_is_joined_to_its_base(url: str, key: str | None) -> None:
    base = "http://u:p@www.a.example/news/2024/list?page=2#top"

    assert canonical_url(url, NONE_DECLARED, base=base) == key
    assert canonical_url(url, NONE_DECLARED, base="nonsense") is None or url.startswith("http:")


def test_a_relative_link_keeps_the_port_of_its_base() -> None:
    assert canonical_url("x", NONE_DECLARED, base="http://a.example:8080/b/") == "https://a.example:8080/b/x"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        pytest.param("http://mirror.example/x?ad_1=2&share=3&id=4", "https://a.example/x?id=4", id="host and tracking"),
        pytest.param("https://b.example/x", "https://c.example/x", id="host, to one with www."),
        pytest.param("https://a.example/news/1344,2021.html", "https://a.example/a/2021.html", id="alias"),
        pytest.param("https://mirror.example/news/1344,2021.html", "https://a.example/a/2021.html", id="alias on another host"),
        pytest.param("https://t.example/abc", "https://t.example/page?id=abc", id="alias written with www."),
        pytest.param("https://www.t.example/abc", "https://t.example/page?id=abc", id="alias written with www., met with it"),
        pytest.param("https://k.example/x?id=1&noise=2&ID=3", "https://k.example/x?id=1", id="keep"),
        pytest.param("https://shop.example/x?ref=1&from_a=2&id=3", "https://shop.example/x?id=3", id="drop"),
        pytest.param("https://a.example/x?ref=1", "https://a.example/x?ref=1", id="drop, elsewhere"),
        pytest.param("https://go.example/out?to=http%3A%2F%2Fmirror.example%2Fx", "https://a.example/x", id="wrapper"),
        pytest.param(
            "https://go.example/in?to=http://x.example/", "https://go.example/in?to=http://x.example/", id="another path"
        ),
        pytest.param("https://any.example/1/2?u=//x.example/", "https://x.example/", id="wrapper with any path"),
        pytest.param(
            "https://any.example/1?u=javascript:1", "https://any.example/1?u=javascript:1", id="wrapper of what is no page"
        ),
    ],
)
def test_declared_rules_hold_beside_the_built_in_ones(url: str, key: str) -> None:
    assert canonical_url(url, DECLARED) == key
    assert explain(url, DECLARED)[-1:] == () or explain(url, DECLARED)[-1].url == key


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("www", "https://www.a.example/x"),
        ("amp", "https://amp.a.example/x/amp"),
        ("index", "https://a.example/index.html"),
        ("session", "https://a.example/x;jsessionid=1"),
        ("tracking", "https://a.example/x?utm_source=1"),
        ("wrappers", "https://link.zhihu.com/?target=https://a.example/x"),
        ("mobile", "https://m.36kr.com/p/1"),
        ("youtube", "https://youtube.com/shorts/dQw4w9WgXcQ"),
    ],
)
def test_built_in_rules_can_be_switched_off(name: str, url: str) -> None:
    assert canonical_url(url, UrlRules(without=(name,))) == url
    assert canonical_url(url, UrlRules(without=tuple(n for n in BUILT_IN if n != name))) != url


def test_aliases_that_lead_in_a_circle_end_at_the_same_address_wherever_it_was_entered() -> None:
    circle = [("a", "b"), ("b", "c"), ("c", "a"), ("z", "b")]
    rules = UrlRules(aliases=tuple(Alias(match=f"https://x.example/{a}", canonical=f"https://x.example/{b}") for a, b in circle))

    assert {canonical_url(f"https://x.example/{name}", rules) for name in "abcz"} == {"https://x.example/a"}


def test_hosts_that_lead_in_a_circle_end_somewhere() -> None:
    rules = UrlRules(hosts={"a.example": "b.example", "b.example": "a.example"})

    assert canonical_url("https://a.example/x", rules) == "https://b.example/x"


@pytest.mark.parametrize("canonical", [r"https://x.example/\1a", "nonsense", "javascript:1"])
def test_an_alias_that_leads_nowhere_leaves_the_address_as_it_was(canonical: str) -> None:
    rules = UrlRules(aliases=(Alias(match="https://x.example/(.*)", canonical=canonical),))

    assert canonical_url("http://www.x.example/1?b=1&a=2", rules) == "https://x.example/1?a=2&b=1"


def test_wrappers_in_wrappers_without_end_leave_the_address_as_it_was() -> None:
    nested = "https://link.zhihu.com/?target=" * 200 + "https://a.example/"
    key = canonical_url(nested, NONE_DECLARED)

    assert key is not None
    assert key.startswith("https://link.zhihu.com/~")
    assert canonical_url(key, NONE_DECLARED) == key


def test_a_key_fits_an_index_however_long_the_address_is() -> None:
    long, other = (f"https://www.a.example/{'中' * 2000}?id={number}" for number in (1, 2))
    keys = [canonical_url(url, NONE_DECLARED) for url in (long, f"{long}&utm_source=x", other)]

    assert keys[0] == keys[1] != keys[2]
    assert all(key is not None and len(key) < 100 and canonical_url(key, NONE_DECLARED) == key for key in keys)
    assert [step.rule for step in explain(long, NONE_DECLARED)] == ["spelling", "www", "length"]


def test_each_step_says_which_rule_did_what() -> None:
    url = "http://www.google.com/url?url=https%3A%2F%2Fm.blog.csdn.net%2Fme%2Farticle%2Fdetails%2F7%3Futm_source%3Dx&sa=t"

    assert [(step.rule, step.url) for step in explain(url, NONE_DECLARED)] == [
        ("spelling", "https://www.google.com/url?sa=t&url=https://m.blog.csdn.net/me/article/details/7?utm_source%3Dx"),
        ("www", "https://google.com/url?sa=t&url=https://m.blog.csdn.net/me/article/details/7?utm_source%3Dx"),
        ("wrappers", "https://m.blog.csdn.net/me/article/details/7?utm_source=x"),
        ("parameters", "https://m.blog.csdn.net/me/article/details/7"),
        ("csdn", "https://blog.csdn.net/article/details/7"),
    ]


@given(st.text() | st.text(st.characters()).map("https://a.example/{}".format) | st.text(max_size=30).map("http://{}".format))
@example("https://a.example/\ud800")
@example("http://\ufdd0")
@example("https://link.zhihu.com/?target=https://[")
@example("https://news.google.com/articles/C")
@example("https://www.bing.com/ck/a?u=a1%FF")
def test_no_text_whatever_is_an_error(text: str) -> None:
    key = canonical_url(text, DECLARED)
    assert canonical_url(text, DECLARED, base="https://b.example/") is not None or key is None

    assert key is None or (key.startswith("https://") and key.isascii() and canonical_url(key, DECLARED) == key)


@given(ADDRESSES | PLAIN)
@settings(max_examples=500)
@example("https://a/;/")
@example("https://a.example/%2e;jsessionid=1/")
@example("https://link.zhihu.com/?target=http://c.example/%25")
def test_a_key_is_its_own_key_and_the_end_of_its_account(url: str) -> None:
    for rules in (NONE_DECLARED, DECLARED):
        key = canonical_url(url, rules)
        steps = explain(url, rules)

        assert (steps[-1].url if steps else url) == (key or "")
        assert key is None or canonical_url(key, rules) == key


@given(PLAIN)
@example("https://a.example/b/.a/.")  # the parser leaves the last dot
@example("http://a.example/x?b=1&a=2&a=2")
def test_the_short_way_ends_where_the_long_one_does(url: str) -> None:
    canonical_url(url.partition("?")[0], NONE_DECLARED)  # after which its host is known
    key = canonical_url(url, NONE_DECLARED)
    steps = explain(url, NONE_DECLARED)

    assert key == ((steps[-1].url or None) if steps else url)


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "www.a.example", "例子.example:81", "x.example"]),
    st.sampled_from(["", "/", "/a/b.html", "/中", "/a%20b/"]),
    st.lists(st.tuples(st.text("abcé中 &=+%", min_size=1, max_size=4), st.text("123ü&=+%#", max_size=4)), max_size=4),
    st.lists(st.sampled_from([*sorted(TRACKING_PARAMETERS), "utm_x", "from=timeline", "amp=1"]), max_size=3),
    st.randoms(use_true_random=False),
)
def test_scheme_order_and_tracking_change_no_key(
    scheme: str, host: str, path: str, pairs: list[tuple[str, str]], tracking: list[str], chance: random.Random
) -> None:
    query = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]
    shuffled = [*query, *(name if "=" in name else f"{name}=1" for name in tracking)]
    chance.shuffle(shuffled)
    plain = f"{scheme}://{host}{path}?{'&'.join(query)}"

    assert canonical_url(plain, NONE_DECLARED) is not None
    assert canonical_url(f"http://{host}{path}?{'&'.join(shuffled)}", NONE_DECLARED) == canonical_url(plain, NONE_DECLARED)


@given(st.text(min_size=1), st.text(min_size=1))
def test_values_that_differ_make_keys_that_differ(first: str, second: str) -> None:
    assume(first != second)
    keys = [canonical_url(f"https://a.example/x?id={quote(value, safe='')}", NONE_DECLARED) for value in (first, second)]

    assert len(set(keys)) == 2
    assert None not in keys


@given(ADDRESSES)
def test_the_target_of_a_wrapper_is_what_it_is_by_itself(url: str) -> None:
    key = canonical_url(url, NONE_DECLARED)
    assume(key is not None and len(explain(url, NONE_DECLARED)) < 8)

    assert canonical_url(f"https://link.zhihu.com/?target={quote(url, safe='')}", NONE_DECLARED) == key


def test_a_version_names_all_that_decides() -> None:
    versions = [
        rules_version(rules)
        for rules in (
            NONE_DECLARED,
            UrlRules(hosts={"a.b": "b.b"}),
            UrlRules(tracking=("x",)),
            UrlRules(keep={"a.b": ("x",)}),
            UrlRules(drop={"a.b": ("x",)}),
            UrlRules(aliases=(Alias(match="x", canonical="y"),)),
            UrlRules(aliases=(Alias(match="y", canonical="x"),)),
            UrlRules(wrappers=(Wrapper(host="a.b", parameter="x"),)),
            UrlRules(without=("www",)),
        )
    ]

    assert len(set(versions)) == len(versions)
    assert rules_version(UrlRules()) == f"{RULES_VERSION}-c4b4ee8ade9e"  # the same in every process
    assert rules_version(UrlRules(hosts={"a.b": "c.d", "e.f": "c.d"}, tracking=("x", "y"))) == rules_version(
        UrlRules(hosts={"e.f": "c.d", "a.b": "c.d"}, tracking=("y", "x", "x"))
    )


def test_whoever_changes_what_is_built_in_raises_the_version() -> None:
    """Stores remember by which rules their keys were made: raise RULES_VERSION with every change of a table, then mend this."""
    tables = (
        SITES, BY_PARAMETER, [path[:2] for path in BY_PATH], sorted(TRACKING_PARAMETERS), TRACKING_PREFIXES,
        {name: sorted(values) for name, values in sorted(TRACKING_VALUES.items())}, TRACKING_BEGINNINGS, sorted(AMP_FIRST),
    )  # fmt: skip

    assert (RULES_VERSION, hashlib.blake2b(repr(tables).encode(), digest_size=6).hexdigest()) == (3, "5bc92d42bf37")


def test_every_built_in_shape_names_its_own_article_by_an_address_that_stays() -> None:
    """What a shape makes must lead nowhere else; else two shapes would disagree."""
    keys = {canonical_url(url, NONE_DECLARED) for pair in PAIRS for url in pair[2:]}

    assert [key for key in keys if key is None or explain(key, NONE_DECLARED) != ()] == []


def test_rules_that_are_never_needed_load_no_library() -> None:
    script = "import sys, aggregator.urls; print({'can_ada', 're2', 'hashlib', 'urllib.request', 'ssl'} & set(sys.modules))"

    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "set()\n"
