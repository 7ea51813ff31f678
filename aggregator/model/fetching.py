"""Owns what a fetch asks for and what comes back. Nothing here shows a secret when it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.discreet import Discreet
from aggregator.model.scheduling import Freshness

if TYPE_CHECKING:
    from datetime import timedelta

# Status codes as plain numbers: every command imports this room, and few need the rest of `http`.
_OK, _IM_USED, _REDIRECTION, _NOT_MODIFIED = 200, 226, 300, 304


class Validators(Struct, frozen=True, kw_only=True):
    """ETag and Last-Modified of a completely received and stored document, opaque to us (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


class FetchRequest(Discreet, frozen=True, kw_only=True):
    """One conditional GET to make.

    *user_agent* takes the place of the usual one. *secret_fields* are further header fields, such as ``("Authorization",
    "Basic …")``; like credentials in *url*, they are for the origin of *url* only (scheme, host and port), and no longer once
    a redirect has led elsewhere.
    """

    url: str  # it may hold a password
    validators: Validators = Validators()
    user_agent: str | None = None
    secret_fields: tuple[tuple[str, str], ...] = ()


class Hop(Struct, frozen=True, kw_only=True):
    """A redirect that was followed: the URL that answered, without credentials, and the status it answered with."""

    url: str
    status: int


class Document(Discreet, frozen=True, kw_only=True):
    """A completely received body, decoded from its content coding, with what is needed to read it.

    *url* is that of the request; *hops* led from there to *final_url*, which is without credentials. *links* are the values of
    its ``Link`` fields (RFC 8288). *duration* does not count the time in which other requests to the same hosts came first.
    *is_pushed*: a hub sent it, and nobody asked for it.
    """

    url: str
    final_url: str
    hops: tuple[Hop, ...] = ()
    status: int
    content_type: str | None
    content_language: str | None
    links: tuple[str, ...] = ()
    body: bytes
    validators: Validators
    freshness: Freshness = Freshness()
    wire_bytes: int = 0
    duration: timedelta
    is_pushed: bool = False

    @property
    def is_delta(self) -> bool:
        """Whether it leaves out entries of the document that we asked about (RFC 3229 with the manipulation ``feed``).

        What is not in it has not been removed. Its validators are those of the full document as it is now.
        """
        return self.status == _IM_USED


class NotModified(Discreet, frozen=True, kw_only=True):
    """The server said 304: what we have is current."""

    url: str
    final_url: str
    hops: tuple[Hop, ...] = ()
    status: int = _NOT_MODIFIED
    freshness: Freshness = Freshness()
    wire_bytes: int = 0
    duration: timedelta


class FetchFailure(Discreet, frozen=True, kw_only=True):
    """The fetch brought nothing we may use. *code* is stable and for machines, *message* is for people."""

    url: str
    code: str
    message: str
    final_url: str | None = None
    hops: tuple[Hop, ...] = ()
    status: int | None = None
    freshness: Freshness = Freshness()
    wire_bytes: int = 0
    duration: timedelta


FetchResult = Document | NotModified | FetchFailure


class Errand(Discreet, frozen=True, kw_only=True):
    """A request of another kind than for a feed: a GET, or with a *body* a POST of that media type and further *fields*.

    *key* is for the one who asks to know the answer by. Redirects of a status in *follows* are followed, with the same method and
    body, though never from https to http; any other is an answer.
    """

    key: int
    url: str
    body: bytes | None = None
    content_type: str = "application/x-www-form-urlencoded"
    fields: tuple[tuple[str, str], ...] = ()
    follows: frozenset[int] = frozenset()


def one_line(words: str) -> str:
    """Return the beginning of what a stranger says, in one printable line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words[:200]).split())


class Answer(Struct, frozen=True, kw_only=True):
    """What came of an errand: a *status* and the beginning of a *body*; without a status, *message* says why nothing came."""

    key: int
    status: int | None = None
    body: bytes = b""
    message: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the server agrees: 2xx (RFC 9110, section 15.3)."""
        return self.status is not None and _OK <= self.status < _REDIRECTION

    @property
    def told(self) -> str:
        """What to tell people about it, in one line."""
        if self.status is None:
            return self.message
        words = one_line(self.body.decode("utf-8", "replace"))
        return f"HTTP {self.status}{': ' if words else ''}{words}"
