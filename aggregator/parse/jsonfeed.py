"""JSON Feed 1 and 1.1 text → Parsed (https://www.jsonfeed.org/version/1.1/). Tolerant: a value of a wrong type costs that value.

Titles and summaries are plain text here, so they leave as escaped HTML like those of every other format.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from aggregator.errors import UnreadableFeedError
from aggregator.model import Candidate, Enclosure, Hints, Link, Parsed, Person, Provenance, Reject, Remark, Tag, Thumbnail
from aggregator.parse.dates import read_date
from aggregator.parse.fields import absolute_url, escaped, excerpt, html_of_text, language_tag, legal, whole_number
from aggregator.parse.items import gather, unless_empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_VERSION = "jsonfeed.org/version/"
_LONGEST_INTEGER = 18
_OWN_URL = "the item's url"
_JSON_NAMES = {bool: "a truth value", int: "a number", str: "text", list: "a list", dict: "an object", type(None): "null"}


def read(text: str, *, base_url: str, language: str | None, zone: str = "UTC") -> Parsed:
    """Read a JSON Feed document.

    Raises:
        UnreadableFeedError: ``bad-json`` when it is no JSON, ``not-a-feed`` when it is some other JSON.
    """
    root = _decoded(text)
    version = root.get("version") if isinstance(root, dict) else None
    if not isinstance(version, str) or _VERSION not in version:
        raise UnreadableFeedError("not-a-feed", "the document is JSON, but not a JSON Feed: it names no jsonfeed.org version")
    items = root.get("items", [])
    if not isinstance(items, list):
        raise UnreadableFeedError("not-a-feed", f"the JSON Feed has {_name(items)} where its list of items should be")
    provenance = _provenance(_Object(root), base_url, language)
    read_one = partial(_candidate_of, base_url=base_url, feed_language=provenance.language, zone=zone)
    found = gather(items, read_one)
    return Parsed(
        provenance=provenance,
        candidates=found.candidates,
        rejects=found.rejects,
        flaw=found.flaw,
        hints=Hints(finished=root.get("expired") is True),
        hubs=tuple(_hubs(_Object(root), base_url)),
    )


def _decoded(text: str) -> Any:
    try:
        return json.loads(
            text,
            strict=False,  # line ends within strings do no harm
            parse_int=_number,
            parse_float=str,  # nothing we read is a fraction, but an id may look like one
            parse_constant=lambda _: None,  # NaN and Infinity, which JSON does not have
        )
    except RecursionError:
        raise UnreadableFeedError("bad-json", "the document is JSON nested too deeply to be read") from None
    except ValueError as error:
        raise UnreadableFeedError("bad-json", f"the document is not valid JSON: {error}") from error


def _number(digits: str) -> int | str:
    """Keep long numbers as written: they can only be ids, and Python refuses to read thousands of digits."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _name(value: object) -> str:
    return _JSON_NAMES.get(type(value), "something else")


class _Object(Struct, frozen=True):
    """One JSON object, read by type; *remarks* collects what was of the wrong type and so is left out.

    *zone* is that of dates which do not name one.
    """

    fields: dict[str, Any]
    remarks: list[Remark] = field(default_factory=list)
    zone: str = "UTC"

    def text(self, key: str) -> str | None:
        value = self.fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # "a JSON Feed reader should coerce it to a string", says the specification of ids
        if value is not None and not isinstance(value, str):
            self.remark(key, "text", value)
        return (legal(value).strip() or None) if isinstance(value, str) else None

    def url(self, key: str, base_url: str) -> str | None:
        written, raw = self.text(key), self.fields.get(key)
        # without its control characters it may be another address
        intact = isinstance(raw, str) and legal(raw) == raw
        url = absolute_url(base_url, written) if written and intact else None
        if written and url is None:
            self.remarks.append(Remark(code="unusable-link", message=f"{key}: {written[:200]!r} is not a web address"))
        return url

    def date(self, key: str) -> datetime | None:
        written = self.text(key)
        when, remark = read_date(written, field=key, zone=self.zone) if written else (None, None)
        if remark:
            self.remarks.append(remark)
        return when

    def elements(self, key: str) -> list[Any]:
        value = self.fields.get(key)
        if value is not None and not isinstance(value, list):
            self.remark(key, "a list", value)
        return value if isinstance(value, list) else []

    def objects(self, key: str) -> Iterator[_Object]:
        for element in self.elements(key):
            if isinstance(element, dict):
                yield _Object(element, self.remarks)
            else:
                self.remark(key, "a list of objects", element)

    def remark(self, key: str, expected: str, value: object) -> None:
        self.remarks.append(Remark(code="wrong-type", message=f"{key}: expected {expected}, found {_name(value)}; left out"))


def _candidate_of(raw: Any, place: str, *, base_url: str, feed_language: str | None, zone: str) -> Candidate | Reject:
    if not isinstance(raw, dict):
        message = f"the item is {_name(raw)}, not an object"
        return Reject(place=place, code="not-an-object", message=message, raw=excerpt(raw))
    item = _Object(raw, zone=zone)
    guid = item.text("id")
    url, url_reason = _link(item, guid, base_url)
    content = item.text("content_html") or html_of_text(item.text("content_text") or "") or None
    summary = html_of_text(item.text("summary") or "") or None
    candidate = Candidate(
        place=place,
        title=escaped(item.text("title") or ""),
        url=url,
        url_reason=url_reason,
        guid=guid,
        summary=summary if summary != content else None,
        content=content,
        language=language_tag(item.text("language")) or feed_language,
        published=item.date("date_published"),
        updated=item.date("date_modified"),
        authors=_authors(item, base_url),
        tags=_tags(item),
        enclosures=_enclosures(item, base_url),
        thumbnails=_thumbnails(item, base_url),
        links=_elsewhere(item, base_url) if url_reason == _OWN_URL else (),
    )
    return unless_empty(replace(candidate, remarks=tuple(item.remarks)), raw)


def _link(item: _Object, guid: str | None, base_url: str) -> tuple[str | None, str]:
    for key, reason in (("url", _OWN_URL), ("external_url", "the item's external_url")):
        if url := item.url(key, base_url):
            return url, reason
    # "Ideally, the id is the full URL of the resource described by the item."
    if guid and guid.lower().startswith(("http://", "https://")):
        return absolute_url(base_url, guid), "the item's id, which is a web address"
    return None, "the item has no link"


def _elsewhere(item: _Object, base_url: str) -> tuple[Link, ...]:
    """The page that an item is about, where it has one of its own as well."""
    url = item.url("external_url", base_url)
    return (Link(url=url, rel="related"),) if url else ()


def _authors(owner: _Object, base_url: str) -> tuple[Person, ...]:
    singular = owner.fields.get("author")  # of version 1
    authors = [*owner.objects("authors")] or ([_Object(singular, owner.remarks)] if isinstance(singular, dict) else [])
    found = []
    for author in authors:
        uri = author.url("url", base_url)
        if name := author.text("name") or uri:
            found.append(Person(name=name, uri=uri))
    return tuple(dict.fromkeys(found))


def _tags(item: _Object) -> tuple[Tag, ...]:
    terms = [legal(term).strip() for term in item.elements("tags") if isinstance(term, str)]
    return tuple(Tag(term=term) for term in dict.fromkeys(terms) if term)


def _enclosures(item: _Object, base_url: str) -> tuple[Enclosure, ...]:
    found = []
    for attachment in item.objects("attachments"):
        if url := attachment.url("url", base_url):
            length = whole_number(attachment.fields.get("size_in_bytes"))
            found.append(Enclosure(url=url, media_type=attachment.text("mime_type"), length=length))
    return tuple(dict.fromkeys(found))


def _hubs(feed: _Object, base_url: str) -> Iterator[str]:
    for hub in feed.objects("hubs"):
        if (hub.text("type") or "").lower() == "websub" and (url := hub.url("url", base_url)):
            yield url


def _thumbnails(item: _Object, base_url: str) -> tuple[Thumbnail, ...]:
    picture = item.url("image", base_url) or item.url("banner_image", base_url)
    return (Thumbnail(url=picture),) if picture else ()


def _provenance(feed: _Object, base_url: str, language: str | None) -> Provenance:
    large = feed.url("icon", base_url)
    return Provenance(
        title=feed.text("title"),
        subtitle=feed.text("description"),
        site_url=feed.url("home_page_url", base_url),
        self_url=feed.url("feed_url", base_url),
        authors=_authors(feed, base_url),
        icon=feed.url("favicon", base_url) or large,
        logo=large,
        language=language_tag(feed.text("language")) or language_tag(language),
    )
