"""Canonical URLs: what does not make another article, what does."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from w3lib.url import canonicalize_url

from aggregator import urls
from aggregator.urls import Alias, UrlRules, canonical_url

NONE_DECLARED = UrlRules()
NEWS = "https://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode=NW202112172217919042"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("http://a.example/x", "https://a.example/x", id="http and https"),
        pytest.param("https://A.Example/x", "https://a.example/x", id="host case"),
        pytest.param("https://a.example:443/x", "https://a.example/x", id="default port"),
        pytest.param("http://a.example:80/x", "https://a.example/x", id="default port of http"),
        pytest.param("https://a.example/b/../x", "https://a.example/x", id="dot segments"),
        pytest.param("https://a.example/x/", "https://a.example/x", id="trailing slash"),
        pytest.param("https://a.example", "https://a.example/", id="no path"),
        pytest.param("https://a.example/%7ex", "https://a.example/~x", id="escaped unreserved"),
        pytest.param("https://a.example/中", "https://a.example/%e4%b8%ad", id="escapes of Chinese"),
        pytest.param("https://例子.example/x", "https://xn--fsqu00a.example/x", id="international host"),
        pytest.param("https://a.example/x?b=2&a=1", "https://a.example/x?a=1&b=2", id="parameter order"),
        pytest.param("https://a.example/x?utm_source=f&utm_Medium=rss", "https://a.example/x", id="utm"),
        pytest.param("https://a.example/x?spm=1.2.3&id=7", "https://a.example/x?id=7", id="spm"),
        pytest.param("https://a.example/x?fbclid=1&gclid=2", "https://a.example/x", id="click ids"),
        pytest.param("https://a.example/x#comments", "https://a.example/x", id="fragment"),
        pytest.param("https://u:p@a.example/x", "https://a.example/x", id="user information"),
        pytest.param(f"http://{NEWS[8:]}", f"{NEWS}&utm_source=reader#anchor", id="the first seed"),
        pytest.param("http://[::1]:8080/x", "https://[::1]:8080/x/", id="IPv6 host"),
        pytest.param(" https://a.example/x\n", "https://a.example/x", id="white space around"),
    ],
)
def test_these_are_one_article(first: str, second: str) -> None:
    key = canonical_url(first, NONE_DECLARED)

    assert key is not None
    assert key == canonical_url(second, NONE_DECLARED)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("https://a.example/x", "https://a.example/X", id="path case"),
        pytest.param("https://a.example/?p=1", "https://a.example/?p=2", id="WordPress ids"),
        pytest.param("https://a.example/x?ref=1", "https://a.example/x", id="ref may address content"),
        pytest.param("https://a.example/x?source=1", "https://a.example/x", id="source may address content"),
        pytest.param("https://a.example/x?from=1", "https://a.example/x", id="from may address content"),
        pytest.param("https://a.example/#!/a", "https://a.example/#!/b", id="routes in the fragment"),
        pytest.param("https://a.example:8080/x", "https://a.example/x", id="another port"),
        pytest.param("https://www.a.example/x", "https://a.example/x", id="www, unless declared"),
        pytest.param("https://a.example//x", "https://a.example/x", id="empty path segment"),
    ],
)
def test_these_are_two_articles(first: str, second: str) -> None:
    keys = {canonical_url(first, NONE_DECLARED), canonical_url(second, NONE_DECLARED)}

    assert len(keys) == 2
    assert None not in keys


@pytest.mark.parametrize(
    "url",
    ["", "x", "/relative", "//a.example/x", "javascript:alert(1)", "data:,x", "file:///etc/passwd", "mailto:a@b.c", "http://",
     "http://[", "http://a b/", "https://a.example/" + "x" * 100_000],
)  # fmt: skip
def test_what_cannot_be_an_article_has_no_key(url: str) -> None:
    assert canonical_url(url, NONE_DECLARED) is None


def test_declared_rules_merge_hosts_parameters_and_shapes() -> None:
    rules = UrlRules(
        hosts={"m.a.example": "a.example"},
        tracking=("from_*", "Share".lower()),
        keep={"k.example": ("id",)},
        aliases=(Alias(match=r"https://a\.example/news/\d+,(\d+)\.html", canonical=r"https://a.example/a/\1.html"),),
    )
    keys = [
        canonical_url(url, rules)
        for url in (
            "http://m.a.example/news/1344,2021.html?from_app=1&share=2",
            "https://a.example/a/2021.html",
            "https://k.example/x?id=1&noise=2",
        )
    ]

    assert keys == ["https://a.example/a/2021.html", "https://a.example/a/2021.html", "https://k.example/x?id=1"]


@given(
    st.text(max_size=40).map(lambda text: f"https://a.example/{text}")
    | st.from_regex(r"https?://[a-zé中]{1,8}\.example(:[0-9]{2,4})?/[^\s]{0,30}", fullmatch=True)
    | st.text(max_size=60)
)
def test_a_canonical_url_is_its_own_canonical_url(url: str) -> None:
    key = canonical_url(url, NONE_DECLARED)

    assert key is None or canonical_url(key, NONE_DECLARED) == key


@given(
    st.from_regex(r"[a-z0-9.-]{1,12}(:[1-9][0-9]{1,3})?", fullmatch=True),
    st.lists(st.sampled_from(["a", "B9", ".a", ".", "..", "", "a.b~", ",-_", "%2e"]), max_size=5),
    st.just("") | st.text("aA0_-.~=&%+,", max_size=8).map("?{}".format),
)
@example("a.example", ["b", ".a", "."], "")  # can_ada leaves the last dot
def test_a_url_that_looks_plain_is_what_the_thorough_way_makes_of_it(host: str, path: list[str], query: str) -> None:
    key = canonical_url(f"https://{host}/{'/'.join(path)}{query}", NONE_DECLARED)

    assert key is None or canonicalize_url(key, keep_fragments=True) == key


@given(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(
            ["http://a.example", "https://A.example:8080", "https://[::1]", "https:", "http://1.2", "https://a.example."]
        ),
        st.lists(
            st.sampled_from(["/", "//", "/a", "/.", "/..", "/.x", "/x.html", "/~", "/%7e", "/%2F", "/中", "/a+b", "-_"])
        ).map("".join),
        st.sampled_from(
            ["", "?", "?p=1", "?p", "?p=", "?=1", "?b=1&a=2", "?a=%7e", "?a=+", "?utm_x=1", "?x=a=b", "?q=中", "?a;b=1"]
        ),
        st.sampled_from(["", "#x", "#!x"]),
    )
)
def test_an_address_that_is_normal_at_a_glance_is_what_w3lib_makes_of_it(url: str) -> None:
    short = canonical_url(url, NONE_DECLARED)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(urls, "_NORMAL", re.compile(r"(?!)"))

        assert canonical_url(url, NONE_DECLARED) == short
