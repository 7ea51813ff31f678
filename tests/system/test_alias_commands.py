"""Addresses and the articles they name, as a user asks about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aggregator.urls import UrlRules, Wrapper, rules_version

if TYPE_CHECKING:
    from own_site import OwnSite

CONFIG = """identity:
  wrappers: [{host: go.example.com, path: /out, parameter: url}]
  drop: {shop.example.com: [Ref, from_*]}
  aliases: [{match: 'https://www\\.a\\.example/(\\d+)', canonical: 'https://a.example/page/\\1'}]
  without: [reddit]
"""


def test_alias_test_tells_each_step_and_that_two_urls_are_one_article(site: OwnSite) -> None:
    site.configure(CONFIG)
    urls = ["http://go.example.com/out?url=http%3A%2F%2Fwww.a.example%2F7%3Futm_source%3Dx", "https://a.example/page/7"]

    assert site.run("alias", "test", *urls).splitlines() == [
        "http://go.example.com/out?url=http%3A%2F%2Fwww.a.example%2F7%3Futm_source%3Dx",
        "  spelling: written in one way; scheme, user information, default port and place in the page left out",
        "    https://go.example.com/out?url=http://www.a.example/7?utm_source%3Dx",
        "  wrappers: an address that only leads on",
        "    https://www.a.example/7?utm_source=x",
        "  www: a host with and without www. has the same articles",
        "    https://a.example/7?utm_source=x",
        "  parameters: these do not say which article: utm_source",
        "    https://a.example/7",
        r"  identity.aliases: fits https://www\.a\.example/(\d+)",
        "    https://a.example/page/7",
        "  = https://a.example/page/7",
        "https://a.example/page/7",
        "  = https://a.example/page/7",
        "one article",
    ]


def test_alias_test_as_json_names_the_version_of_the_rules(site: OwnSite) -> None:
    site.configure("identity: {wrappers: [{host: go.example.com, parameter: url}]}")
    rules = UrlRules(wrappers=(Wrapper(host="go.example.com", parameter="url"),))

    assert json.loads(site.run("alias", "test", "--json", "https://a.example/", "javascript:x", "http://a.example/")) == {
        "rules_version": rules_version(rules),
        "one_article": False,
        "urls": [
            {"url": "https://a.example/", "key": "https://a.example/", "steps": []},
            {
                "url": "javascript:x",
                "key": None,
                "steps": [
                    {"rule": "refused", "reason": "not an absolute http or https address that browsers understand", "url": ""}
                ],
            },
            {
                "url": "http://a.example/",
                "key": "https://a.example/",
                "steps": [
                    {
                        "rule": "spelling",
                        "reason": "written in one way; scheme, user information, default port and place in the page left out",
                        "url": "https://a.example/",
                    }
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("urls", "last"),
    [
        (["https://shop.example.com/x?ref=1&from_app=2", "https://shop.example.com/x"], "one article"),
        (["https://www.reddit.com/r/a/comments/1abc/b/", "https://reddit.com/comments/1abc"], "2 articles"),
        (["nonsense", "nonsense"], "2 articles"),
        (["nonsense"], "  = nothing: it names no article"),
        (["https://a.example/x"], "  = https://a.example/x"),
    ],
)
def test_alias_test_ends_with_the_number_of_articles(site: OwnSite, urls: list[str], last: str) -> None:
    site.configure(CONFIG)

    assert site.run("alias", "test", *urls).splitlines()[-1] == last


def test_alias_test_needs_no_store_and_lets_no_address_drive_a_terminal(site: OwnSite) -> None:
    site.configure("site: {title: x}")

    assert "\x1b" not in site.run("alias", "test", "https://a.example/\x1b[2J")
    assert not (site.folder / "aggregator.db").exists()
