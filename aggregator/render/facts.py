"""Owns what goes out of an entry, whatever the format, and how text becomes fit for a document. Pure."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from datetime import UTC
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from aggregator.iris import is_permanent_id, unless_secret
from aggregator.model import Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from aggregator.model import Person, Provenance, PublishedEntry

# What XML cannot carry (1.0, section 2.2). Entries were cleaned of it; this is the last gate.
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_NONCHARACTERS = ("\ufffe", "\uffff")
_ASCII = bytes(range(0x80))
_MAIL = r"[^\s@]+@[^\s@]+"


class Origin(Struct, frozen=True, kw_only=True):
    """How a source is named: by a permanent *identity* and a *title*; its feed's address and its site's, where there are."""

    identity: str
    title: str
    feed_url: str | None
    site_url: str | None


def origin_of(known: Provenance, source_url: str) -> Origin | None:
    """Say where entries come from (RFC 4287, section 4.2.11); nothing, where no address of the source is known.

    *source_url* is that of the feed that we read, or the path of a folder of seeds, which gives no more than its name away; it is
    empty for a feed that another one copied from. No address goes out that lets in who knows it.
    """
    read_at = source_url if is_permanent_id(source_url) else None
    feed_url, site_url, guid = (
        unless_secret(known.self_url) or unless_secret(read_at),
        unless_secret(known.site_url),
        unless_secret(known.guid),
    )
    nameless = (known.self_url or source_url).partition("?")[0]
    identity = next((i for i in (guid, feed_url, site_url, nameless) if i and is_permanent_id(i)), None)
    if identity is None:
        return None
    folder = "" if identity == site_url or "://" in source_url else PurePosixPath(source_url).name.strip(".")
    title = known.title or feed_url or folder or identity
    return Origin(identity=identity, title=title, feed_url=feed_url, site_url=site_url)


def read_from(entry: PublishedEntry) -> str:
    """Return the *source_url* that goes with the provenance of *entry*."""
    return "" if entry.via else entry.source_url


def via_of(entry: PublishedEntry) -> Link | None:
    """Say in which feed we read an entry that was copied from another: by its page, or else its address."""
    if entry.via is None:
        return None
    origin = origin_of(entry.via, entry.source_url)
    url = origin and (origin.site_url or origin.feed_url)
    return Link(url=url, rel="via", title=origin.title) if origin and url else None


def ascii_url(url: str) -> str:
    """Write an address that may be an IRI as a URI (RFC 3987, section 3.1).

    Atom allows both, but readers differ in what they make of an IRI, and the schema of JSON Feed wants a URI.
    """
    if url.isascii():
        return url
    with suppress(ValueError):  # a host that cannot be looked up is percent-encoded as the rest is
        host = urlsplit(url).netloc
        url = url.replace(host, host.encode("idna").decode(), 1)
    return quote(url, safe=_ASCII, errors="ignore")


def body_of(entry: PublishedEntry) -> str:
    """Return the HTML of the full text, or else of as much as there is: the summary, the title."""
    return entry.content or entry.summary or html.escape(entry.title)


def named(people: Iterable[Person]) -> Iterator[Person]:
    """Leave out the people of whom no name would be left, and mail addresses that are none (RFC 4287, section 3.2)."""
    for person in people:
        name = legal(person.name).strip()
        email = person.email if person.email and re.fullmatch(_MAIL, legal(person.email)) else None
        if name:
            yield person if (name, email) == (person.name, person.email) else replace(person, name=name, email=email)


def date(when: datetime) -> str:
    """Write an instant as RFC 3339 wants it; in UTC, since an offset may have seconds, which it does not allow."""
    return when.astimezone(UTC).isoformat()


def utf8(text: str) -> bytes:
    """Encode *text*, without the characters and lone surrogates that no XML document can carry."""
    for nonsense in _NONCHARACTERS:
        if nonsense in text:
            text = text.replace(nonsense, "")
    return text.encode(errors="ignore").translate(None, _CONTROLS)


def legal(text: str) -> str:
    """Return *text* as :func:`utf8` would encode it."""
    return text if text.isprintable() else utf8(text).decode()


def escaped(text: str) -> str:
    """Write *text* as the content of an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """Write *text* as the value of an attribute, between its quotes."""
    return escaped(text).replace('"', "&quot;")


def escaped_utf8(text: str) -> bytes:
    """Do as :func:`escaped` and :func:`utf8` do, in half the time for texts that are long."""
    return utf8(text).replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
