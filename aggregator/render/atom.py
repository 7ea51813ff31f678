"""Owns entries and tombstones as Atom (RFC 4287, RFC 6721, Media RSS), each a fragment on lines of its own.

Prefixes and the default namespace are those that the frame declares. Written as text, not as a tree: one new entry is all that
most rounds render, but a changed program renders all of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.render.facts import (
    ascii_url,
    body_of,
    date,
    escaped,
    escaped_utf8,
    named,
    origin_of,
    quoted,
    read_from,
    utf8,
    via_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from aggregator.model import DeletedEntry, Enclosure, Link, Person, Provenance, PublishedEntry, Tag, Thumbnail

_LANGUAGE = r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*"  # xml:lang, and below type, as the grammar of RFC 4287 has them
_MEDIA_TYPE = r"(?s).+/.+"


def atom_entry(entry: PublishedEntry) -> bytes:
    """Return the ``<entry>`` of *entry* and a line break.

    Links: the page of whoever speaks for the entry is its ``alternate``. What other sources carry is the same article
    elsewhere, hence ``related``; ``via`` says that our text came from there (section 4.2.7.2), which of the speaker alone
    is true. ``source`` says that already, unless the speaker copied the entry, and its source with it, from another feed.
    """
    # an entry without an alternate link must have content (section 4.1.2)
    content = (entry.content or None) if entry.url else body_of(entry)
    summary = entry.summary if entry.summary and entry.summary != content else None
    updated = date(entry.updated)
    begin = (
        f"<entry{_language(entry.language)}>\n<id>{escaped(entry.atom_id)}</id>\n<title>{escaped(entry.title)}</title>\n"
        f"<published>{date(entry.published)}</published>\n<updated>{updated}</updated>\n"
    )
    facts = (
        *_links(entry),
        *_people("author", entry.authors),
        *_people("contributor", entry.contributors),
        *map(_category, entry.tags),
        *map(_thumbnail, entry.thumbnails),
        _element("rights", entry.rights),
    )
    texts = _html(b"summary", summary) + _html(b"content", content)
    dated = date(entry.provenance.updated) if entry.via and entry.provenance.updated else updated
    source = _source(entry.provenance, read_from(entry)) % dated.encode()
    return utf8(begin + "".join(facts)) + texts + source + b"</entry>\n"


def atom_tombstone(gone: DeletedEntry) -> bytes:
    """Return the ``<at:deleted-entry>`` of *gone* and a line break (RFC 6721, section 3).

    Its place is before all entries: the grammar of RFC 4287 has no extension after the first.
    """
    return utf8(
        f'<at:deleted-entry ref="{quoted(gone.atom_id)}" when="{date(gone.deleted_at)}">\n'
        f"<at:comment>{escaped(gone.reason)}</at:comment>\n</at:deleted-entry>\n"
    )


@lru_cache(maxsize=256)
def _language(tag: str | None) -> str:
    return f' xml:lang="{tag}"' if tag and re.fullmatch(_LANGUAGE, tag) else ""


def _links(entry: PublishedEntry) -> Iterator[str]:
    if entry.url:
        yield f'<link href="{quoted(ascii_url(entry.url))}" rel="alternate"/>\n'
    others = _others(entry) if entry.links or entry.via else ()
    yield from map(_link, others)
    for carrier in entry.carriers:
        if carrier != entry.url and not any((link.rel, link.url) == ("related", carrier) for link in others):
            yield f'<link href="{quoted(ascii_url(carrier))}" rel="related"/>\n'
    yield from map(_enclosure, entry.enclosures)


def _others(entry: PublishedEntry) -> Collection[Link]:
    """Return what the entry itself links to beside its page, and where we read what was copied; each once."""
    via = via_of(entry)
    found = {(link.rel, link.url): link for link in ((*entry.links, via) if via else entry.links)}
    found.pop(("related", entry.url or ""), None)
    return found.values()


def _link(link: Link) -> str:
    details = _type(link.media_type) + _attribute("title", link.title)
    return f'<link href="{quoted(ascii_url(link.url))}" rel="{link.rel}"{details}/>\n'


def _enclosure(enclosure: Enclosure) -> str:
    details = _type(enclosure.media_type) + _attribute("length", enclosure.length)
    return f'<link href="{quoted(ascii_url(enclosure.url))}" rel="enclosure"{details}/>\n'


def _type(media_type: str | None) -> str:
    return _attribute("type", media_type if re.fullmatch(_MEDIA_TYPE, media_type or "") else None)


def _thumbnail(picture: Thumbnail) -> str:
    size = _attribute("width", picture.width) + _attribute("height", picture.height)
    return f'<media:thumbnail url="{quoted(ascii_url(picture.url))}"{size}/>\n'


def _category(tag: Tag) -> str:
    return f'<category term="{quoted(tag.term)}"{_attribute("scheme", tag.scheme)}{_attribute("label", tag.label)}/>\n'


def _people(role: str, people: Iterable[Person]) -> Iterator[str]:
    for person in named(people):
        ways = _element("uri", person.uri) + _element("email", person.email)
        yield f"<{role}>\n<name>{escaped(person.name)}</name>\n{ways}</{role}>\n"


@lru_cache(maxsize=1024)  # a source has many entries
def _source(known: Provenance, source_url: str) -> bytes:
    """Return the ``<source>`` of a source's entries (section 4.2.11), with a place for the date in it; or nothing.

    The date is that of the entry: so old the source was when it brought it. Its present date would change our bytes whenever it
    is bumped. Only what an entry itself says of its source has a date that stays.
    """
    origin = origin_of(known, source_url)
    if origin is None:
        return b"%.0s"
    links = (("self", origin.feed_url), ("alternate", origin.site_url))
    facts = (
        f"<source{_language(known.language)}>\n<id>{escaped(origin.identity)}</id>\n<title>{escaped(origin.title)}</title>\n",
        *(f'<link href="{quoted(ascii_url(url))}" rel="{rel}"/>\n' for rel, url in links if url),
        _element("subtitle", known.subtitle) + _element("rights", known.rights),
        _element("icon", known.icon) + _element("logo", known.logo),
        *_people("author", known.authors),
        *_people("contributor", known.contributors),
    )
    return utf8("".join(facts)).replace(b"%", b"%%") + b"<updated>%b</updated>\n</source>\n"


def _html(name: bytes, html: str | None) -> bytes:
    return b'<%b type="html">%b</%b>\n' % (name, escaped_utf8(html), name) if html is not None else b""


def _element(name: str, text: str | None) -> str:
    return f"<{name}>{escaped(text)}</{name}>\n" if text else ""


def _attribute(name: str, value: str | int | None) -> str:
    return f' {name}="{quoted(str(value))}"' if value is not None else ""
