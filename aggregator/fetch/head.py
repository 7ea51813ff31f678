"""Owns the head of HTTP messages: what we send, and what we believe of what comes. Pure."""

from __future__ import annotations

import re
from http import HTTPStatus

from aggregator.model import Validators

# Of a whole fetch, redirects and interim responses included: an endless row of them is one fetch, too.
MAX_HEAD_BYTES = 256 * 1024
MAX_HEAD_LINES = 1000
# Far above what anyone sends (the longest ETags are two SHA-256); we store and return them, so they must be harmless.
MAX_VALIDATOR = 256
MAX_VALUE = 256

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})(?![0-9])")
_HARMLESS = re.compile(r"[\x20-\x7e]+")


def request_fields(validators: Validators) -> list[str]:
    """Return the header lines of a conditional GET (RFC 9110, section 13.1); our codings are those ``body`` knows."""
    fields = [f"Accept: {_ACCEPT}", "Accept-Encoding: gzip, deflate"]
    usable = usable_validators(validators)
    if usable.etag:
        fields.append(f"If-None-Match: {usable.etag}")
    if usable.last_modified:
        fields.append(f"If-Modified-Since: {usable.last_modified}")
    return fields


def usable_validators(validators: Validators) -> Validators:
    """Drop what cannot safely be stored and sent back; the rest is opaque."""
    return Validators(etag=_harmless(validators.etag), last_modified=_harmless(validators.last_modified))


def _harmless(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_VALIDATOR and _HARMLESS.fullmatch(value) else None


class ResponseHead:
    """Status and fields of the response under way; each status line begins a new one and forgets the one before."""

    def __init__(self) -> None:
        """Begin before the first status line: *status* 0."""
        self.status = 0
        self.complete = False
        self._fields: dict[str, list[str]] = {}
        self._lines = 0
        self._bytes = 0

    def add(self, line: bytes) -> bool:
        """Take one line, line end included; say whether the head as a whole still is within bounds."""
        self._lines += 1
        self._bytes += len(line)
        if found := _STATUS_LINE.match(line):
            self.status, self.complete, self._fields = int(found[1]), False, {}
        elif not line.strip():
            self.complete = True
        elif not self.complete:  # what comes later is a trailer (RFC 9110, section 6.5), which may not replace a field
            name, _, value = line.decode("latin-1").partition(":")
            self._fields.setdefault(name.strip().lower(), []).append(value.strip())
        return self._lines <= MAX_HEAD_LINES and self._bytes <= MAX_HEAD_BYTES

    @property
    def redirects(self) -> bool:
        """Whether this response sends us elsewhere (RFC 9110, section 15.4)."""
        return 300 <= self.status < 400 and self.status != HTTPStatus.NOT_MODIFIED and "location" in self._fields  # noqa: PLR2004 - HTTP's own

    @property
    def stray_location(self) -> bool:
        """Whether this is a 304 with a Location: no redirect (RFC 9110, section 15.4.5), but libcurl would follow it."""
        return self.status == HTTPStatus.NOT_MODIFIED and "location" in self._fields

    @property
    def content_encoding(self) -> str:
        """All codings in order, as one list (RFC 9110, section 5.3)."""
        return ", ".join(self._fields.get("content-encoding", ()))

    @property
    def validators(self) -> Validators:
        """What to ask with next time; a field that comes twice contradicts itself and is dropped."""
        return usable_validators(
            Validators(etag=_only(self._fields.get("etag")), last_modified=_only(self._fields.get("last-modified"))),
        )

    def text(self, name: str) -> str | None:
        """The first value of a field for people and parsers, cut to a sane length."""
        values = self._fields.get(name)
        return values[0][:MAX_VALUE] or None if values else None


def _only(values: list[str] | None) -> str | None:
    return values[0] if values and len(values) == 1 else None
