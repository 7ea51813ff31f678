"""Owns what a fetch asks for and what comes back. Nothing here shows a secret when it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.discreet import Discreet
from aggregator.model.scheduling import Freshness

if TYPE_CHECKING:
    from datetime import timedelta

# Status codes as plain numbers: every command imports this room, and few need the rest of `http`.
_IM_USED, _NOT_MODIFIED = 226, 304


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

    *url* is that of the request; *hops* led from there to *final_url*, which is without credentials. *duration* does not count
    the time in which other requests to the same hosts came first.
    """

    url: str
    final_url: str
    hops: tuple[Hop, ...] = ()
    status: int
    content_type: str | None
    content_language: str | None
    body: bytes
    validators: Validators
    freshness: Freshness = Freshness()
    wire_bytes: int = 0
    duration: timedelta

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
