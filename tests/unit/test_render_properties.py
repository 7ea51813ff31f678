"""Whatever an entry says, what comes out is well-formed, and what feedgen can say of it is what feedgen says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from feedgen.entry import FeedEntry
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from aggregator.model import Enclosure, Link, Person, Provenance, PublishedEntry, SourceKind, Tag, Thumbnail
from aggregator.render import atom_entry, flaw_of_entry, flaw_of_item, json_item
from aggregator.render.facts import ascii_url, body_of, legal

T = TypeVar("T")
ATOM = "{http://www.w3.org/2005/Atom}"
NAMESPACES = b'xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
# all there is, surrogates and controls too; and what feedgen does not refuse
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=30) | st.text("<>&\"'%]; \n\r\t\x00\ufffe\ud800a", max_size=30)
LEGAL = st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("<>&\"'% \n"), min_size=1, max_size=30)
IRIS = st.builds(
    "{}{}".format, st.sampled_from(["https://a.example/", "urn:x:", "tag:a.example,2026:"]), st.text("a中&'%;=?#é", min_size=1)
)
URLS = st.builds("https://{}.example/{}".format, st.sampled_from("ab"), st.text("a中&'%;=?#é/"))
DATES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
EMAILS = st.sampled_from([None, "a&b@c.example"])
LANGUAGES = st.sampled_from(["zh-CN", "en", None])


def made(of: type[T], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Do as ``st.builds`` does, which would look for types that the model imports for type checkers only."""
    return st.fixed_dictionaries(fields).map(lambda values: of(**values))


def few(values: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(values, max_size=3).map(tuple)


def entries(texts: st.SearchStrategy[str], emails: st.SearchStrategy[str | None] = EMAILS) -> st.SearchStrategy[PublishedEntry]:
    line = texts.map(lambda text: " ".join(text.split()) or "x")
    maybe, address, number = st.none() | line, st.none() | URLS, st.none() | st.integers(0, 2**40)
    people = few(made(Person, name=line, uri=address, email=emails))
    provenance = made(
        Provenance, guid=st.none() | IRIS, title=maybe, subtitle=maybe, site_url=address, self_url=address, rights=maybe,
        authors=people, contributors=people, language=LANGUAGES, updated=st.none() | DATES,
    )  # fmt: skip
    return made(
        PublishedEntry, id=st.just(1), atom_id=IRIS, title=texts, url=address, summary=st.none() | texts,
        content=st.none() | texts, language=LANGUAGES, published=DATES, updated=DATES, authors=people, contributors=people,
        tags=few(made(Tag, term=line, scheme=address, label=maybe)),
        enclosures=few(made(Enclosure, url=URLS, media_type=st.sampled_from(["audio/mpeg", "none", None]), length=number)),
        thumbnails=few(made(Thumbnail, url=URLS, width=number, height=number)),
        links=few(made(Link, url=URLS, rel=st.sampled_from(["related", "via", "license"]), title=maybe)), rights=maybe,
        carriers=few(URLS), source_url=URLS, source_kind=st.just(SourceKind.FEED), provenance=provenance,
        via=st.none() | provenance,
    )  # fmt: skip


@given(entries(ANYTHING, EMAILS | ANYTHING))
def test_whatever_an_entry_says_its_fragments_have_no_flaw(entry: PublishedEntry) -> None:
    assert flaw_of_entry(atom_entry(entry)) is None
    assert flaw_of_item(json_item(entry)) is None


@given(entries(ANYTHING), st.integers(min_value=0))
def test_an_entry_that_is_cut_anywhere_has_a_flaw(entry: PublishedEntry, at: int) -> None:
    fragment = atom_entry(entry).rstrip()

    assert flaw_of_entry(fragment[: at % len(fragment)]) is not None


@given(entries(LEGAL))
def test_what_feedgen_can_say_of_an_entry_it_says_alike(entry: PublishedEntry) -> None:
    entry = replace(entry, links=(), via=None)
    ours = ET.fromstring(atom_entry(entry).replace(b"<entry", b"<entry " + NAMESPACES, 1))  # noqa: S314 - our own

    assert told(ours) == told(ET.fromstring(feedgens(entry)))  # noqa: S314 - as above


@given(ANYTHING)
def test_text_that_is_legal_stays_and_is_all_that_stays(text: str) -> None:
    kept = "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff")

    assert legal(text) == kept


def told(entry: ET.Element) -> list[tuple[object, ...]]:
    """What an entry says, in whatever order. Of links, feedgen 1.0 keeps the addresses only."""
    found: list[tuple[object, ...]] = []
    for child in entry:
        tag = child.tag.removeprefix(ATOM)
        if tag == "link":
            found.append((tag, child.get("href")))
        elif child.tag.startswith(ATOM) and tag != "source":
            found.append(
                (
                    tag,
                    sorted(child.items()),
                    child.text if not len(child) else None,
                    sorted((part.tag, part.text) for part in child),
                )
            )
    return sorted(found, key=repr)


def fields(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def feedgens(entry: PublishedEntry) -> bytes:
    made = FeedEntry()
    made.id(entry.atom_id)
    made.title(entry.title)
    made.published(entry.published)
    made.updated(entry.updated)
    addresses = [entry.url, *(c for c in entry.carriers if c != entry.url), *(e.url for e in entry.enclosures)]
    for url in addresses:
        if url:
            made.link(href=ascii_url(url), rel="alternate")
    for say, people in ((made.author, entry.authors), (made.contributor, entry.contributors)):
        for person in people:
            say(fields(name=person.name, uri=person.uri, email=person.email))
    for tag in entry.tags:
        made.category(fields(term=tag.term, scheme=tag.scheme, label=tag.label))
    if entry.rights:
        made.rights(entry.rights)
    content = entry.content if entry.url else body_of(entry)
    if entry.summary and entry.summary != content:
        made.summary(entry.summary, type="html")
    if content:
        made.content(content, type="html")
    element = made.atom_entry()
    element.set("xmlns", ATOM[1:-1])
    return bytes(etree.tostring(element))
