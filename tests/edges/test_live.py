"""Pages made on request: what is at which address, who may see it, and what a browser keeps. Over HTTP, on a demo site."""

from __future__ import annotations

import gzip
import http.client
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from demo_site import demo
from starlette.requests import Request

from aggregator.web import StatusAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERYWHERE = "0.0.0.0"  # noqa: S104 - said, not bound to
TOKEN = "t0"  # noqa: S105 - nobody's


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


def ask_raw(site: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def ask(site: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    status, found, body = ask_raw(site, path, **headers)
    return status, found, body.decode()


def test_an_entry_has_a_page_with_its_text_and_all_its_carriers(site: str) -> None:
    status, headers, html = ask(site, "/entry?id=https://shanhe.example/1")

    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/html; charset=utf-8", "public, no-cache")
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src https: http: data:; media-src https: http:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    for said in ("<strong>山河大桥</strong>", "周晓", "江南观察", 'href="c/yuanlin/"', "1.mp3", "feeds/yuanlin.json"):
        assert said in html
    assert "secret" not in html


def test_a_page_that_did_not_change_is_not_sent_again(site: str) -> None:
    _, headers, _ = ask(site, "/entry?id=https://shanhe.example/1")

    assert ask(site, "/entry?id=https://shanhe.example/1", If_None_Match=headers["etag"])[::2] == (304, "")
    assert ask(site, "/entry?id=https://shanhe.example/1", If_None_Match='"another"')[0] == 200
    assert ask(site, "/entry?id=https://shanhe.example/1", If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT")[0] == 200


LIVE = ["/entry?id=https://shanhe.example/1", "/older?than=https://shanhe.example/1", "/search?q=x", "/status", "/entry?id=none"]


@pytest.mark.parametrize("path", LIVE)
def test_a_page_is_compressed_for_who_takes_that_and_is_the_same(site: str, path: str) -> None:
    plain_status, plain, html = ask_raw(site, path)
    status, packed, body = ask_raw(site, path, Accept_Encoding="br, gzip")

    assert (status, gzip.decompress(body)) == (plain_status, html)
    assert len(body) < len(html)
    assert [headers.get("content-encoding") for headers in (plain, packed)] == [None, "gzip"]
    assert [headers["vary"] for headers in (plain, packed)] == ["Accept-Encoding"] * 2
    assert (packed["content-length"], packed["content-type"]) == (str(len(body)), plain["content-type"])
    assert ask_raw(site, path, Accept_Encoding="gzip;q=0")[2] == html


def test_each_coding_of_a_page_has_a_tag_of_its_own_and_is_not_sent_again(site: str) -> None:
    tags = [ask_raw(site, LIVE[0], Accept_Encoding=coding)[1]["etag"] for coding in ("identity", "gzip")]
    found = [
        [ask_raw(site, LIVE[0], Accept_Encoding=coding, If_None_Match=tag)[0] for tag in tags] for coding in ("identity", "gzip")
    ]

    assert tags[0] != tags[1]
    assert found == [[304, 200], [200, 304]]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_says_what_get_says_and_sends_no_body(site: str, coding: str) -> None:
    answers = [ask_raw(site, LIVE[0], method, Accept_Encoding=coding) for method in ("GET", "HEAD")]
    fields = [{name: value for name, value in headers.items() if name != "date"} for _, headers, _ in answers]

    assert (answers[1][0], answers[1][2], fields[1]) == (200, b"", fields[0])


@pytest.mark.parametrize(
    "path", ["/entry", "/entry?id=", "/entry?id=1", "/entry?id=%00", "/older", "/older?than=x", "/entry/", "/e/1/"]
)
def test_what_is_not_there_is_not_found(site: str, path: str) -> None:
    assert ask(site, path)[0] == 404


def test_older_entries_are_shown_with_a_way_to_each(site: str) -> None:
    status, _, html = ask(site, "/older?than=https://shanhe.example/1")

    assert (status, html.count("<article"), html.count('href="entry?id=')) == (200, 8, 8)
    assert 'href="entry?id=https://shanhe.example/1"' not in html
    assert 'rel="next"' not in html
    assert ask(site, "/older?than=https://shanhe.example/1&in=yuanlin")[2].count("<article") == 2
    assert ask(site, "/older?than=https://shanhe.example/1&in=none")[0] == 404


def test_search_finds_two_characters_and_marks_them(site: str) -> None:
    status, _, html = ask(site, f"/search?q={quote('银杏')}")

    assert status == 200
    assert html.count("<article") == 1
    assert "<mark>银杏</mark>" in html
    assert f'value="{"银杏"}"' in html


def test_search_looks_in_one_category_and_leads_to_all(site: str) -> None:
    in_all = ask(site, f"/search?q={quote('桥')}&category=")[2]
    status, _, html = ask(site, f"/search?q={quote('桥')}&category=yuanlin")

    assert (status, in_all.count("<article"), html.count("<article")) == (200, 9, 4)
    assert f'<a href="search?q={quote("桥")}">在全部分类中搜索</a>' in html
    assert '<option value="yuanlin">园林</option>\n<option value="">全部分类</option>' in html
    assert "<select" not in in_all
    assert ask(site, "/search?q=x&category=none")[0] == 404
    assert '<option value="yuanlin">园林</option>' in ask(site, "/c/yuanlin/")[2]


@pytest.mark.parametrize("query", ["", "?q=", "?q=%00%ff", "?q=" + "a" * 5000, "?q=%22%3E%3Cscript%3E", "?q=x&before=abc"])
def test_search_answers_whatever_it_is_asked(site: str, query: str) -> None:
    status, _, html = ask(site, f"/search{query}")

    assert status == 200
    assert "<script" not in html


def test_the_status_page_shows_how_everything_is_and_no_secret(site: str) -> None:
    status, headers, html = ask(site, "/status")

    assert (status, headers["cache-control"]) == (200, "no-store")
    for said in ("silent.example", "出错", "no answer from silent.example within 60 s", "<svg", "<desc>"):
        assert said in html
    assert "secret" not in html
    assert "://silent" not in html


def test_the_status_page_is_not_there_for_who_asks_through_a_proxy_or_under_another_name(site: str) -> None:
    assert ask(site, "/status", X_Forwarded_For="203.0.113.9")[0] == 404
    assert ask(site, "/status", Host="news.example.org")[0] == 404


def request(*, client: str = "127.0.0.1", host: str = "127.0.0.1:8000", query: str = "", **headers: str) -> Request:
    fields = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope = {"type": "http", "method": "GET", "path": "/status", "query_string": query.encode()}
    return Request({**scope, "headers": fields, "client": (client, 1)})


@pytest.mark.parametrize(
    ("access", "asked", "admitted"),
    [
        pytest.param(StatusAccess(host="127.0.0.1"), request(), True, id="from here"),
        pytest.param(StatusAccess(host="localhost"), request(host="localhost"), True, id="by name"),
        pytest.param(StatusAccess(host="::1"), request(client="::1", host="[::1]:8000"), True, id="IPv6"),
        pytest.param(StatusAccess(host=EVERYWHERE), request(), False, id="open to all"),
        pytest.param(StatusAccess(host="127.0.0.1", site="news.example.org"), request(), False, id="behind a proxy, surely"),
        pytest.param(StatusAccess(host="127.0.0.1"), request(client="203.0.113.9"), False, id="from elsewhere"),
        pytest.param(StatusAccess(host="127.0.0.1"), request(host="evil.example"), False, id="rebound name"),
        pytest.param(StatusAccess(host="127.0.0.1"), request(host="["), False, id="no host"),
        pytest.param(StatusAccess(host="127.0.0.1"), request(forwarded="for=203.0.113.9"), False, id="proxied"),
        pytest.param(StatusAccess(host="127.0.0.1"), request(query="token=x"), True, id="a token nobody asked for"),
        pytest.param(StatusAccess(host=EVERYWHERE, token=TOKEN), request(query="token=t0"), True, id="token"),
        pytest.param(StatusAccess(host=EVERYWHERE, token=TOKEN), request(authorization="Bearer t0"), True, id="bearer"),
        pytest.param(StatusAccess(host=EVERYWHERE, token=TOKEN), request(query="token=t1"), False, id="wrong token"),
        pytest.param(StatusAccess(host=EVERYWHERE, token=TOKEN), request(query="token=%C3%A9"), False, id="no ASCII"),
        pytest.param(StatusAccess(host="127.0.0.1", token=TOKEN), request(), False, id="token needed here too"),
    ],
)
def test_who_may_see_the_status_page(access: StatusAccess, asked: Request, admitted: bool) -> None:  # noqa: FBT001 - a table
    assert access.admits(asked) is admitted


def test_the_token_is_not_shown_in_logs() -> None:
    assert "t0" not in repr(StatusAccess(host="::", token=TOKEN))
