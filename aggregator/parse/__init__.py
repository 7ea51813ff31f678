"""Bytes of a fetched document → what it says: a provenance, candidates, rejects. Pure; the only room that knows feedparser.

Owns encodings, formats and the notations of dates. Does not make anything safe to show: titles, texts and tags leave as the
publisher wrote them, for :mod:`aggregator.clean`. In a candidate from here

* ``title`` is HTML (plain text is escaped), ``summary`` and ``content`` are HTML, possibly with relative links,
* ``url``, the links of people, enclosures, thumbnails and sources are absolute http or https URLs, ``guid`` is as published,
* ``rights`` and what is said of a source are plain text,
* ``published`` and ``updated`` are UTC and there only when the publisher states them.

    parse ── encoding ──┬── jsonfeed ───────────────────────────────────────────────────────┬── items, fields, dates
                        └── syndication ── plain, markup, hints, entries, provenance        │
                                           media, links, people ── answers ─────────────────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.errors import UnreadableFeedError
from aggregator.parse import syndication
from aggregator.parse.encoding import decode
from aggregator.parse.markup import binary_kind

if TYPE_CHECKING:
    from aggregator.model import Parsed

__all__ = ["decode", "parse", "parse_ordinary"]


_AROUND = "\ufeff\0 \t\r\n"


def parse(
    body: bytes, *, content_type: str | None, base_url: str, content_language: str | None = None, zone: str = "UTC"
) -> Parsed:
    """Read a feed of any format from *body*. A bad item costs that item.

    Args:
        body: the document, free of content codings. It is only ever read as bytes, also if it spells a path or a URL.
        content_type: the HTTP header; only its charset is used, as the media types of feeds are seldom right.
        base_url: what relative links are relative to, that is the URL the document finally came from.
        content_language: the HTTP header, for feeds that do not state their language.
        zone: the IANA's name of the time zone of entries' dates that do not name one.

    Returns:
        What the document says. Its ``flaw`` is ``truncated`` when the end of the document is missing, so that it should be
        fetched again in full; ``item-cap`` when it has more items than we read; ``not-well-formed`` and ``wrong-encoding`` are
        for information, the document is complete.

    Raises:
        UnreadableFeedError: the document is no feed: ``empty``, ``not-a-feed``, ``bad-xml``, ``bad-json``,
            ``unsupported-encoding``, ``dtd`` (it declares XML entities) or ``parser-crashed``.
    """
    if kind := binary_kind(body):
        raise syndication.not_a_feed(kind)
    decoded = decode(body, content_type)
    text = decoded.text.strip(_AROUND)
    if not text:
        raise UnreadableFeedError("empty", "the document is empty")
    is_json = text[0] in "{[" or ("json" in (content_type or "").lower() and text[0] != "<")
    if is_json:
        from aggregator.parse import jsonfeed  # noqa: PLC0415 - few feeds are JSON

        parsed = jsonfeed.read(text, base_url=base_url, language=content_language, zone=zone)
    else:
        parsed = syndication.read(text, base_url=base_url, language=content_language, zone=zone)
    return parsed if parsed.flaw else replace(parsed, flaw=decoded.flaw)


def parse_ordinary(
    body: bytes, *, content_type: str | None, base_url: str, content_language: str | None = None, zone: str = "UTC"
) -> Parsed | None:  # fmt: skip
    """Do what :func:`parse` does where that surely takes time in proportion to the size of *body*, else return ``None``.

    Raises:
        UnreadableFeedError: ``unsupported-encoding``.
    """
    decoded = decode(body, content_type)
    parsed = syndication.read_plainly(decoded.text.strip(_AROUND), base_url=base_url, language=content_language, zone=zone)
    return parsed if parsed is None or parsed.flaw else replace(parsed, flaw=decoded.flaw)
