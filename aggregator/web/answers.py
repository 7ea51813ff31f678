"""Owns answers that are made once and sent many times, and those that are no file. Pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.web.policies import sealed

if TYPE_CHECKING:
    from aggregator.web.policies import Field


class Answer(Struct, frozen=True, kw_only=True):
    """A whole answer but for its date. *fields* are the header fields, *head* the same as they go over the wire."""

    status: int
    fields: tuple[Field, ...]
    head: bytes
    body: bytes = b""


def answer(status: HTTPStatus, fields: tuple[Field, ...], body: bytes = b"") -> Answer:
    """Return an answer with *fields* and those that every answer has."""
    fields = sealed(fields)
    return Answer(status=status.value, fields=fields, head=b"".join(b"%b: %b\r\n" % field for field in fields), body=body)


def refusal(status: HTTPStatus, text: str, *fields: Field) -> Answer:
    """Return a short plain text in place of a file."""
    body = text.encode("ascii")
    plain = ((b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)))
    return answer(status, (*plain, *fields), body)


NOT_FOUND = refusal(HTTPStatus.NOT_FOUND, "Not found.\n")
NOTHING_YET = refusal(HTTPStatus.NOT_FOUND, "Nothing is published here yet. Run: aggregator run\n")
NOT_AS_WISHED = refusal(HTTPStatus.PRECONDITION_FAILED, "The file is another by now.\n")
WRONG_METHOD = refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD.\n", (b"allow", b"GET, HEAD"))


def redirect(status: HTTPStatus, location: str, cache_control: bytes) -> Answer:
    """Return the way to *location*."""
    return refusal(status, "", (b"location", location.encode("ascii")), (b"cache-control", cache_control))
