"""Candidates and what feeds say of themselves, fit to be published: each text, address and name. Judges nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from aggregator.clean.links import web_url
from aggregator.clean.markup import safe_html
from aggregator.clean.plain import text_of
from aggregator.clean.text import decoded, fold, has_tag, is_plain_line, shorten, xml_legal
from aggregator.iris import is_permanent_id
from aggregator.model import Candidate, Enclosure, Link, Person, Provenance, Remark, Tag, Thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable

_T = TypeVar("_T")

LONGEST_TITLE = 1_000
LONGEST_RIGHTS = 1_000
LONGEST_NAME = 200
LONGEST_GUID = 2_048
MOST_PEOPLE = 20
MOST_TAGS = 50
MOST_ENCLOSURES = 20
MOST_THUMBNAILS = 10
MOST_LINKS = 20
MOST_PIXELS = 100_000
FIRST_WORDS = 60

_LANGUAGE = r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}"  # the shape of RFC 5646, section 2.1
_MEDIA_TYPE = r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*"  # RFC 6838, section 4.2
_MAIL = r"[^\s@<>\"]+@[^\s@<>\"]+"


def clean_candidate(candidate: Candidate, *, base_url: str | None) -> Candidate:
    """Return *candidate* with safe HTML, plain texts and absolute web addresses; what was given up is in its remarks.

    Relative links are resolved against the candidate's own URL, or else against *base_url*. Cleaning twice is cleaning
    once. Never fails.
    """
    url, url_remarks = _entry_url(candidate.url)
    base = url or (web_url(base_url) if base_url else None)
    summary, summary_remarks = safe_html(candidate.summary or "", base_url=base)
    content, content_remarks = safe_html(candidate.content or "", base_url=base)
    title, title_remarks = _title(candidate.title, content or summary, url)
    guid, guid_remarks = _guid(candidate.guid)
    enclosures, enclosure_remarks = _enclosures(candidate.enclosures, base)
    remarks = url_remarks + title_remarks + guid_remarks + content_remarks + summary_remarks + enclosure_remarks
    return Candidate(
        place=candidate.place,
        title=title,
        url=url,
        url_reason=candidate.url_reason,
        guid=guid,
        summary=summary,
        content=content,
        language=_language(candidate.language),
        published=candidate.published,
        updated=candidate.updated,
        authors=_distinct(map(_person, candidate.authors), MOST_PEOPLE),
        tags=_distinct(map(_tag, candidate.tags), MOST_TAGS),
        categories=_distinct(map(_name, candidate.categories), MOST_TAGS),
        enclosures=enclosures,
        contributors=_distinct(map(_person, candidate.contributors), MOST_PEOPLE),
        thumbnails=_distinct((_thumbnail(picture, base) for picture in candidate.thumbnails), MOST_THUMBNAILS),
        links=_distinct((_link(link, base) for link in candidate.links), MOST_LINKS),
        rights=_line(candidate.rights, LONGEST_RIGHTS),
        copied_from=_source(candidate.copied_from) if candidate.copied_from else None,
        remarks=tuple(dict.fromkeys(candidate.remarks + remarks)),
    )


@lru_cache(maxsize=128)  # that of a source is asked of with each of its entries; a hostile one may be long
def clean_provenance(known: Provenance) -> Provenance:
    """Return what is *known* of a feed with plain lines, web addresses and no more people than an entry may have. Never fails."""
    addresses = (known.site_url, known.self_url, known.icon, known.logo)
    site_url, self_url, icon, logo = (web_url(url) if url else None for url in addresses)
    return Provenance(
        guid=_guid(known.guid)[0],
        title=_line(known.title, LONGEST_TITLE),
        subtitle=_line(known.subtitle, LONGEST_TITLE),
        site_url=site_url,
        self_url=self_url,
        updated=known.updated,
        authors=_distinct(map(_person, known.authors), MOST_PEOPLE),
        contributors=_distinct(map(_person, known.contributors), MOST_PEOPLE),
        rights=_line(known.rights, LONGEST_RIGHTS),
        icon=icon,
        logo=logo,
        language=_language(known.language),
    )


def plain_text(text_or_html: str) -> str:
    """Return plain text on one line, for a string that may be text or HTML."""
    if is_plain_line(text_or_html):
        return text_or_html
    text = xml_legal(text_or_html)
    return fold(xml_legal(text_of(text) if has_tag(text) else decoded(text)))


def _entry_url(url: str | None) -> tuple[str | None, tuple[Remark, ...]]:
    if not url:
        return None, ()
    safe = web_url(url)
    return safe, () if safe else (_dropped("bad-url", "link", url),)


def _title(title: str, html: str | None, url: str | None) -> tuple[str, tuple[Remark, ...]]:
    plain = shorten(plain_text(title), LONGEST_TITLE)
    if plain:
        return plain, ()
    first_line = text_of(html or "").partition("\n")[0]
    message = "the title is empty; the first words of the text took its place" if first_line else "neither title nor text"
    return _first_words(first_line) or url or "(untitled)", (Remark(code="empty-title", message=message),)


def _first_words(text: str) -> str:
    if len(text) <= FIRST_WORDS:
        return text
    start = text[: FIRST_WORDS - 1]
    words, space, _ = start.rpartition(" ")
    # Chinese has no spaces to cut at, and half of the room is too much to give up for one.
    return (words if space and len(words) > FIRST_WORDS // 2 else start) + "…"


def _guid(guid: str | None) -> tuple[str | None, tuple[Remark, ...]]:
    legal = fold(xml_legal(guid or ""))
    if len(legal) > LONGEST_GUID:
        return None, (_dropped("bad-guid", "id", legal),)
    return legal or None, ()


def _enclosures(enclosures: Iterable[Enclosure], base: str | None) -> tuple[tuple[Enclosure, ...], tuple[Remark, ...]]:
    kept: list[Enclosure] = []
    remarks: list[Remark] = []
    for enclosure in enclosures:
        url = web_url(enclosure.url, base_url=base)
        if url is None:
            remarks.append(_dropped("bad-enclosure", "enclosure", enclosure.url))
            continue
        length = enclosure.length if enclosure.length and enclosure.length > 0 else None
        kept.append(Enclosure(url=url, media_type=_media_type(enclosure.media_type), length=length))
    return _distinct(kept, MOST_ENCLOSURES), tuple(remarks)


def _media_type(written: str | None) -> str | None:
    media_type = (written or "").partition(";")[0].strip().lower()
    return media_type if re.fullmatch(_MEDIA_TYPE, media_type) else None


def _link(link: Link, base: str | None) -> Link | None:
    url = web_url(link.url, base_url=base)
    title = _line(link.title, LONGEST_TITLE)
    return Link(url=url, rel=link.rel, title=title, media_type=_media_type(link.media_type)) if url else None


def _source(known: Provenance) -> Provenance | None:
    """Return what is *known* of the feed that an item was copied from; nothing, where no name of it would last."""
    known = clean_provenance(known)
    guid = known.guid if known.guid and is_permanent_id(known.guid) else None
    return replace(known, guid=guid) if guid or known.site_url or known.self_url else None


def _thumbnail(picture: Thumbnail, base: str | None) -> Thumbnail | None:
    url = web_url(picture.url, base_url=base)
    return Thumbnail(url=url, width=_pixels(picture.width), height=_pixels(picture.height)) if url else None


def _pixels(number: int | None) -> int | None:
    return number if number and 0 < number <= MOST_PIXELS else None


def _person(person: Person) -> Person | None:
    uri = web_url(person.uri) if person.uri else None
    email = person.email.strip() if person.email and re.fullmatch(_MAIL, xml_legal(person.email).strip()) else None
    name = _name(person.name) or email or uri
    return Person(name=name, uri=uri, email=email) if name else None


def _tag(tag: Tag) -> Tag | None:
    term = _name(tag.term)
    scheme = (tag.scheme or "").strip()
    return Tag(term=term, scheme=scheme if is_permanent_id(scheme) else None, label=_name(tag.label or "")) if term else None


def _line(text: str | None, longest: int) -> str | None:
    """Return plain text on one line."""
    return shorten(fold(xml_legal(text)), longest) or None if text else None


def _name(name: str) -> str | None:
    return shorten(plain_text(name), LONGEST_NAME) or None


@lru_cache(maxsize=256)  # a source has few
def _language(language: str | None) -> str | None:
    tag = (language or "").strip().replace("_", "-")
    return tag if re.fullmatch(_LANGUAGE, tag) else None


def _distinct(values: Iterable[_T | None], most: int) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None))[:most]


def _dropped(code: str, what: str, value: str) -> Remark:
    shown = shorten(fold(xml_legal(value)), LONGEST_NAME)
    return Remark(code=code, message=f"the {what} {shown!r} is not a web address fit to be published; it was dropped")
