"""Errands: a GET or POST whose answer is a status and few words, under all the guards of a fetch."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from loopback_fetch import settings
from loopback_server import Loopback, Reply

from aggregator.fetch import send_all, unpacked
from aggregator.model import Answer, Errand

if TYPE_CHECKING:
    from collections.abc import Sequence

KEEPS_METHOD = frozenset({307, 308})


def send(loopback: Loopback, *errands: Errand, **limits: Any) -> Sequence[Answer]:
    return sorted(send_all(errands, settings(loopback, **limits)), key=lambda answer: answer.key)


def test_a_body_is_posted_with_its_type_and_fields_and_nothing_of_a_fetch(loopback: Loopback) -> None:
    loopback.replies["/x"] = Reply(status=202, body=b"taken")
    body = bytes(range(256)) * 8192  # 2 MB, of which libcurl would ask first whether to send it
    (answer,) = send(
        loopback, Errand(key=7, url=loopback.url("/x?a=b"), body=body, content_type="x/y", fields=(("X-Hub-Signature", "s"),))
    )

    assert (answer, answer.is_good, answer.told) == (Answer(key=7, status=202, body=b"taken"), True, "HTTP 202: taken")
    (seen,) = loopback.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/x?a=b", body)
    assert {name: value for name, value in seen.headers.items() if name != "host"} == {
        "accept": "*/*", "user-agent": "test/1", "content-type": "x/y", "x-hub-signature": "s", "content-length": str(len(body)),
    }  # fmt: skip


def test_gets_and_posts_may_follow_each_other_at_one_host(loopback: Loopback) -> None:
    loopback.replies["/x"] = lambda seen: Reply(body=f"{seen.method} {seen.body.decode()}".encode())
    errands = [Errand(key=n, url=loopback.url("/x"), body=None if n % 2 else str(n).encode()) for n in range(5)]

    assert [answer.body for answer in send(loopback, *errands)] == [b"POST 0", b"GET ", b"POST 2", b"GET ", b"POST 4"]


@pytest.mark.parametrize("status", [204, 301, 302, 303, 404, 410, 500])
def test_whatever_status_comes_is_the_answer_and_not_followed(loopback: Loopback, status: int) -> None:
    loopback.replies["/x"] = Reply(status=status, headers={"Location": "/y"})

    (answer,) = send(loopback, Errand(key=1, url=loopback.url("/x"), body=b"b", follows=KEEPS_METHOD))

    assert (answer.status, answer.is_good) == (status, status == 204)
    assert loopback.paths() == ["/x"]


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_is_followed_keeps_method_and_body(loopback: Loopback, status: int) -> None:
    loopback.replies["/x"] = Reply(status=status, headers={"Location": "/y"}, body=b"elsewhere")
    loopback.replies["/y"] = Reply(body=b"here")

    assert send(loopback, Errand(key=1, url=loopback.url("/x"), body=b"b", follows=KEEPS_METHOD)) == [
        Answer(key=1, status=200, body=b"here")
    ]
    assert [(seen.method, seen.path, seen.body) for seen in loopback.seen] == [("POST", "/x", b"b"), ("POST", "/y", b"b")]


def test_a_redirect_to_a_private_address_or_for_ever_is_refused(loopback: Loopback) -> None:
    loopback.replies["/x"] = Reply(status=307, headers={"Location": loopback.url("/y", host="127.0.0.2")})
    loopback.replies["/loop"] = Reply(status=307, headers={"Location": "/loop"})
    errands = [Errand(key=n, url=loopback.url(path), body=b"b", follows=KEEPS_METHOD) for n, path in enumerate(("/x", "/loop"))]

    private, loop = send(loopback, *errands)

    assert (private.status, loop.status) == (None, None)
    assert "not a public address" in private.message
    assert "redirected too often" in loop.message
    assert "127.0.0.2" not in loopback.contacts


def test_every_errand_has_one_answer_even_if_nobody_is_there(loopback: Loopback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    loopback.replies["/cut"] = Reply(raw=b"", then="close")
    loopback.replies["/no"] = Reply(raw=b"what?\r\n\r\n", then="close")
    urls = [f"http://127.0.0.1:{port}/", loopback.url("/cut"), loopback.url("/no"), "http://127.0.0.2/", "nonsense:"]

    allow = loopback.allow | {("127.0.0.1", port)}
    answers = send(loopback, *(Errand(key=n, url=url, body=b"b") for n, url in enumerate(urls)), allow=allow)

    assert [(answer.key, answer.status, bool(answer.message)) for answer in answers] == [(n, None, True) for n in range(5)]


def test_of_an_endless_answer_only_the_beginning_is_read(loopback: Loopback) -> None:
    loopback.replies["/x"] = Reply(body=b"begin", headers={"Content-Length": "9999999"}, then="flood")

    (answer,) = send(loopback, Errand(key=1, url=loopback.url("/x")))

    assert (answer.status, answer.body[:5], len(answer.body)) == (200, b"begin", 4096)


def test_a_field_that_would_break_the_request_is_not_sent(loopback: Loopback) -> None:
    (answer,) = send(loopback, Errand(key=1, url=loopback.url("/x"), body=b"b", fields=(("Link", "a\r\nX: y"),)))

    assert (answer.status, loopback.seen) == (None, [])


def test_what_is_sent_is_shown_to_nobody() -> None:
    assert "hidden" not in repr(Errand(key=1, url="https://hidden.example/", body=b"hidden"))


@pytest.mark.parametrize(
    ("body", "coding", "expected"), [(b"x", "", b"x"), (b"x", "gzip", None), (b"x" * 11, "", None), (b"x", "zstd", None)]
)
def test_a_body_that_came_is_unpacked_within_bounds(body: bytes, coding: str, expected: bytes | None) -> None:
    assert unpacked(body, coding, limit=10) == expected
