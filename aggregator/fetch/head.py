"""Owns the head of HTTP messages: what we send, and what we believe of what comes. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.model import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
# Our codings are those that `body` knows.
_ALWAYS = (f"Accept: {_ACCEPT}", "Accept-Encoding: gzip, deflate, br")
# RFC 3229 with the manipulation `feed`: the server may send only the entries that are new since that ETag.
_DELTA = "feed"
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})  # RFC 9110, section 15.4: those that may say where to go instead
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})(?![0-9])")
_BLANK = (b"\r\n", b"\n")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
# Of the connection, or of what we can make sense of.
_OURS = {
    *("host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"),
    *("content-length", "accept-encoding", "a-im", "range", "if-range"),
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"),
}


class BadFieldError(ValueError):
    """A header field cannot be sent; the message says why, without the value."""


def request_fields(validators: Validators, user_agent: str) -> list[str]:
    """Return the header lines of a conditional GET (RFC 9110, section 13.1) with *validators* that are usable.

    Raises:
        BadFieldError: the user agent has line ends, control characters or letters beyond ASCII.
    """
    fields = [*_ALWAYS, _line("User-Agent", user_agent)]
    if validators.etag:
        fields += (f"If-None-Match: {validators.etag}", f"A-IM: {_DELTA}")
    if validators.last_modified:
        fields.append(f"If-Modified-Since: {validators.last_modified}")
    return fields


def further_fields(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines of header *fields* that the operator wants to be sent.

    Raises:
        BadFieldError: a name is no name or one of those that we need ourselves; or a value as in :func:`request_fields`.
    """
    lines = []
    for name, value in fields:
        if not _TOKEN.fullmatch(name):
            raise BadFieldError("the name of a header field may have letters, digits and hyphens only")
        if name.lower() in _OURS:
            raise BadFieldError(f"the header field {name} is ours to set; leave it out")
        lines.append(_line(name, value))
    return lines


def _line(name: str, value: str) -> str:
    if not _is_harmless(value):
        raise BadFieldError(f"the value of the header field {name} must be printable ASCII, in one line")
    return f"{name}: {value}"


def usable_validators(validators: Validators) -> Validators:
    """Drop what cannot safely be stored and sent back; the rest is opaque."""
    etag, last_modified = _harmless(validators.etag), _harmless(validators.last_modified)
    if (etag, last_modified) == (validators.etag, validators.last_modified):
        return validators
    return Validators(etag=etag, last_modified=last_modified)


def _harmless(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_VALIDATOR and _is_harmless(value) else None


def _is_harmless(value: str) -> bool:
    """Whether *value* stays on one line, whoever reads it: from space to tilde."""
    return value != "" and value.isascii() and value.isprintable()


class ResponseHead:
    """Status and fields of the response under way; each status line begins a new one and forgets the one before."""

    def __init__(self) -> None:
        """Begin before the first status line: *status* 0."""
        self.status = 0
        self.complete = False
        self._field_lines: list[bytes] = []
        self._fields: dict[str, list[str]] | None = None
        self._lines_left = MAX_HEAD_LINES
        self._bytes_left = MAX_HEAD_BYTES

    def add(self, line: bytes) -> bool:
        """Take one line, line end included; say whether the head as a whole still is within bounds."""
        self._lines_left -= 1
        self._bytes_left -= len(line)
        if line[:5] == b"HTTP/" and (found := _STATUS_LINE.match(line)):
            self.status, self.complete, self._field_lines, self._fields = int(found[1]), False, [], None
        elif line in _BLANK:
            self.complete = True
        elif not self.complete:  # what comes later is a trailer (RFC 9110, section 6.5), which may not replace a field
            self._field_lines.append(line)
        return self._lines_left >= 0 and self._bytes_left >= 0

    def close(self) -> None:
        """The story goes on elsewhere: of this response only the status remains."""
        self.complete, self._field_lines, self._fields = False, [], {}

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """The values of each field, one for each line, under its name in lower case."""
        if self._fields is None:  # of the line ends it is the last that counts, so nobody needs the others read
            self._fields = {}
            for line in self._field_lines:
                name, _, value = line.decode("latin-1").partition(":")
                self._fields.setdefault(name.lower(), []).append(value.strip())
        return self._fields

    @property
    def location(self) -> bytes | None:
        """Where this response sends us instead (RFC 9110, section 15.4), as the server wrote it; ``None`` for nowhere."""
        if not self.complete or self.status not in _REDIRECTS:
            return None
        return self.fields.get("location", [""])[0].encode("latin-1") or None

    @property
    def has_entries_left_out(self) -> bool:
        """Whether the server manipulated the response in the one way that we ask for (RFC 3229, section 10.5.2)."""
        return [value.lower() for value in self.fields.get("im", ())] == [_DELTA]

    @property
    def content_encoding(self) -> str:
        """All codings in order, as one list (RFC 9110, section 5.3)."""
        return ", ".join(self.fields.get("content-encoding", ()))

    @property
    def validators(self) -> Validators:
        """What to ask with next time; a field that comes twice contradicts itself and is dropped."""
        return usable_validators(
            Validators(etag=_only(self.fields.get("etag")), last_modified=_only(self.fields.get("last-modified"))),
        )

    def text(self, name: str) -> str | None:
        """The first value of a field for people and parsers, cut to a sane length."""
        values = self.fields.get(name)
        return values[0][:MAX_VALUE] or None if values else None


def _only(values: Sequence[str] | None) -> str | None:
    return values[0] if values and len(values) == 1 else None
