"""Own output read again, by other code than wrote it, before it replaces the last good one: what is wrong, in a sentence."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from aggregator.iris import is_permanent_id
from aggregator.render.jsonfeed import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

_ATOM = "{http://www.w3.org/2005/Atom}"
_ENTRY, _ID, _LINK = f"{_ATOM}entry", f"{_ATOM}id", f"{_ATOM}link"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_FRAME = b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">%b</feed>'
_DATES = ("published", "updated")
_DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"  # RFC 3339 as RFC 4287, section 3.3, restricts it
_PERSON = (
    rb"<(?:author|contributor)>\n<name>[^<]*[^<\s][^<]*</name>\n(?:<uri>[^<]+</uri>\n)?(?:<email>[^<@\s]+@[^<@\s]+</email>\n)?"
    rb"</(?:author|contributor)>\n"
)
_WAY = rb'<link href="[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+" rel="'
# An entry as `atom` writes it, whose characters and entities are left to an XML parser.
_USUAL = re.compile(
    rb"<entry[^<>]*>\n<id>([^<]+)</id>\n<title>[^<]*</title>\n<published>([^<]+)</published>\n<updated>([^<]+)</updated>\n"
    rb'(%(way)salternate"/>\n)?(?:%(way)s(?:related|via|license|enclosure)"[^<>]*/>\n)*(?:%(person)s)*'
    rb"(?:<(?:category|media:thumbnail) [^<>]*/>\n)*(?:<rights>[^<]*</rights>\n)?"
    rb'(?:<summary type="html">[^<]*</summary>\n)?(<content type="html">[^<]*</content>\n)?'
    rb"(?:<source[^<>]*>\n<id>([^<]+)</id>\n<title>[^<]+</title>\n(?:%(way)s(?:self|alternate)\"/>\n)*"
    rb"(?:<(?:subtitle|rights|icon|logo)>[^<]*</[a-z]+>\n)*(?:%(person)s)*<updated>([^<]+)</updated>\n</source>\n)?</entry>\n"
    % {b"way": _WAY, b"person": _PERSON}
)
_MAIL = r".+@.+"  # as the grammar of RFC 4287 has it
_ABSOLUTE = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]+\Z"
_HTML_TAG = re.compile(r"<[a-z][a-z0-9]*+((?:\s+[a-z][a-z0-9:-]*+(?:=\"[^\"]*+\")?)*+)\s*/?>")
_HTML_ATTRIBUTE = re.compile(r"\s([a-z][a-z0-9:-]*+)(?:=\"([^\"]*+)\")?")
_LINKING = {"href", "src", "poster", "cite"}


def flaw_of_entry(fragment: bytes) -> str | None:
    """Say what is wrong with an entry as :func:`atom_entry` makes it; ``None`` if it may be published.

    Most are seen to be sound at a glance, in half the time: well-formed, and of the usual shape.
    """
    if _is_sound(fragment):
        return None
    feed, flaw = _parsed(_FRAME % fragment)
    if feed is None:
        return flaw
    if [child.tag for child in feed] != [_ENTRY] or "".join((feed.text or "", feed[0].tail or "")).strip():
        return "the fragment is not one atom:entry"
    return next(_flaws_of_entry(feed[0]), None)


def flaw_of_item(fragment: bytes) -> str | None:
    """Say what is wrong with an item as :func:`json_item` makes it; ``None`` if it may be published."""
    try:
        item = msgspec.json.decode(fragment, type=Item)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"the item cannot be read back: {error}"
    if b"\n" in fragment:
        return "the item is not on one line"
    return None if is_permanent_id(item.id) else f"the item's id {item.id!r} is no absolute IRI"


def flaw_of_document(document: bytes) -> str | None:
    """Say what is wrong with a whole Atom document, its entries and tombstones included; ``None`` if nothing is."""
    feed, flaw = _parsed(document)
    return flaw if feed is None else next(_flaws_of_feed(feed), None)


def _is_sound(fragment: bytes) -> bool:
    from xml.parsers import expat  # noqa: PLC0415 - a run without news reads nothing back

    usual = _USUAL.fullmatch(fragment)
    if usual is None:
        return False
    try:
        expat.ParserCreate().Parse(_FRAME % fragment, True)  # noqa: FBT003 - expat takes it by position
    except expat.ExpatError:
        return False
    name, published, updated, way, content, source, dated = ((part or b"").decode() for part in usual.groups())
    ids, dates = (name, source or name), {published, updated, dated or updated}
    return bool(way or content) and all(map(is_permanent_id, ids)) and all(map(_is_date, dates))


def _parsed(document: bytes) -> tuple[Element | None, str | None]:
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - 4 ms, and a run without news reads nothing back

    try:
        return ET.fromstring(document), None  # noqa: S314 - by expat; our own output has no document type
    except (ET.ParseError, ValueError) as error:
        return None, f"the XML is not well-formed: {error}"


def _flaws_of_feed(feed: Element) -> Iterator[str]:
    if feed.tag != f"{_ATOM}feed":
        yield f"the root is {feed.tag}, no atom:feed"
    parts = _by_tag(feed)
    yield from _flaws_of_facts(parts, "the feed", ("id", "title", "updated"))
    entries, tombstones = parts[_ENTRY], parts[_TOMBSTONE]
    ids = [entry.findtext(f"{_ATOM}id", "") for entry in entries] + [gone.get("ref", "") for gone in tombstones]
    yield from (f"{times} entries or tombstones have the id {name}" for name, times in Counter(ids).items() if times > 1)
    if feed[len(feed) - len(entries) :] != entries:
        yield "something else stands after an entry, where the grammar of RFC 4287 has nothing but entries"
    for gone in tombstones:
        if not is_permanent_id(gone.get("ref", "")):
            yield f"a tombstone's ref {gone.get('ref')!r} is no absolute IRI"
        if not _is_date(gone.get("when", "")):
            yield f"the tombstone of {gone.get('ref')} is of no zoned date: {gone.get('when')!r}"
    for entry in entries:
        yield from _flaws_of_entry(entry)
        yield from _relative_links(entry)


def _flaws_of_entry(entry: Element) -> Iterator[str]:
    parts = _by_tag(entry)
    name = f"entry {parts[_ID][0].text}" if parts[_ID] else "an entry"
    yield from _flaws_of_facts(parts, name, ("id", "title", "published", "updated"))
    sources = parts[f"{_ATOM}source"]
    if len(sources) > 1:
        yield f"{name} has {len(sources)} sources"
    for source in sources:
        yield from _flaws_of_facts(_by_tag(source), f"the source of {name}", ("id", "title", "updated"))
    if not parts[f"{_ATOM}content"] and all(link.get("rel") != "alternate" for link in parts[_LINK]):
        yield f"{name} has neither content nor an alternate link"


def _by_tag(element: Element) -> dict[str, list[Element]]:
    parts = defaultdict(list)
    for child in element:
        parts[child.tag].append(child)
    return parts


def _flaws_of_facts(parts: Mapping[str, list[Element]], name: str, wanted: tuple[str, ...]) -> Iterator[str]:
    """Look at what feeds, entries and sources have alike: *wanted* facts once each, names and mail of people, absolute links."""
    for tag in wanted:
        texts = [part.text or "" for part in parts[_ATOM + tag]]
        if len(texts) != 1:
            yield f"{name} has {len(texts)} elements {tag} instead of one"
        elif tag == "id" and not is_permanent_id(texts[0]):
            yield f"the id of {name} is no absolute IRI"
        elif tag in _DATES and not _is_date(texts[0]):
            yield f"{name} is {tag} on no zoned date: {texts[0]!r}"
    for person in parts[f"{_ATOM}author"] + parts[f"{_ATOM}contributor"]:
        if not person.findtext(f"{_ATOM}name", "").strip():
            yield f"{name} has an author or contributor without a name"
        email = person.findtext(f"{_ATOM}email")
        if email is not None and not re.fullmatch(_MAIL, email):
            yield f"{name} has an author or contributor with the mail address {email!r}, which is none"
    for link in parts[_LINK]:
        href = link.get("href", "")
        if not re.match(_ABSOLUTE, href):
            yield f"{name} has a link to {href!r}, which is no absolute address"


def _relative_links(entry: Element) -> Iterator[str]:
    """Look into the HTML, which `clean` wrote: every ``<`` in it begins a tag."""
    for tag in ("summary", "content"):
        for found in _HTML_TAG.finditer(entry.findtext(_ATOM + tag, "")):
            for attribute, address in _HTML_ATTRIBUTE.findall(found[1]):
                if attribute in _LINKING and not re.match(r"(?i)(?:https?://|mailto:)", address):
                    yield f"the {tag} of entry {entry.findtext(f'{_ATOM}id')} has a link to {address!r}, no absolute address"


def _is_date(text: str) -> bool:
    if not re.fullmatch(_DATE, text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
