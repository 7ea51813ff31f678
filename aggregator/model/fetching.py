"""Owns what a fetch asks for and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified of a completely received and stored document, opaque to us (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A redirect that was followed: the URL that answered, without credentials, and the status it answered with."""

    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One conditional GET to make."""

    url: str
    validators: Validators = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A completely received body, decoded from its content coding, with what is needed to read it."""

    url: str
    final_url: str
    status: int
    content_type: str | None
    content_language: str | None
    body: bytes
    validators: Validators
    wire_bytes: int = 0
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304: what we have is current."""

    url: str
    final_url: str
    status: int = 304
    wire_bytes: int = 0
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """The fetch brought nothing we may use. *code* is stable and for machines, *message* is for people."""

    url: str
    code: str
    message: str
    final_url: str | None = None
    status: int | None = None
    wire_bytes: int = 0
    duration: timedelta


FetchResult = Document | NotModified | FetchFailure
