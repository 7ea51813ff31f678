"""One entry as the feed library reports it → one candidate. Owns which of a feed's many names for a thing is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.model import Candidate, Remark, Tag
from aggregator.parse.answers import Record, date_of, is_html, is_text, media_type, record, records, stated, text
from aggregator.parse.fields import absolute_url, escaped, html_of_text, language_tag
from aggregator.parse.items import unless_empty
from aggregator.parse.links import alternate_url, content_url, other_links, rel_of
from aggregator.parse.media import enclosures, thumbnails
from aggregator.parse.people import contributors, people
from aggregator.parse.provenance import copied_from, plain

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Reject

# Where services that put their own address into an item's link keep the one it had.
_ORIGINAL_LINKS = {"feedburner_origlink": "feedburner:origLink", "pheedo_origlink": "pheedo:origLink"}
_WEB = ("http://", "https://")


class Surroundings(Struct, frozen=True, kw_only=True):
    """What an entry inherits from its document. *dialect* is the library's name for the format, such as ``rss20``.

    *names* are those of the feed itself, *zone* is that of dates which do not name one.
    """

    base_url: str
    dialect: str
    language: str | None
    names: frozenset[str]
    zone: str

    @property
    def is_atom(self) -> bool:
        """Whether the format keeps links, ids and text types apart as RFC 4287 does."""
        return self.dialect.startswith("atom")


class _Text(Struct, frozen=True):
    """One of an entry's texts, and what the library says of it."""

    detail: Record
    value: str


class _Remarks(Struct, frozen=True):
    """The remarks on one entry, collected on the way."""

    found: list[Remark] = field(default_factory=list)

    def add(self, remark: Remark | None) -> None:
        if remark is not None:
            self.found.append(remark)


def candidate_of(based: tuple[Record, str], place: str, around: Surroundings) -> Candidate | Reject:
    """Read one entry, which comes with its base; one that says nothing at all is rejected (``empty-item``)."""
    entry, base_url = based
    remarks = _Remarks()
    url, url_reason = _link(entry, base_url, around, remarks)
    texts = _texts(entry, around, remarks)
    content, summary = _content_and_summary(texts)
    published, updated = _dates(entry, around, remarks)
    candidate = Candidate(
        place=place,
        title=title_html(entry),
        url=url,
        url_reason=url_reason,
        guid=text(entry, "id"),
        summary=summary,
        content=content,
        language=_language(entry, texts) or around.language,
        published=published,
        updated=updated,
        authors=people(entry, base_url) or people(record(entry, "source"), base_url),
        tags=_tags(entry),
        enclosures=enclosures(entry, base_url),
        contributors=contributors(entry, base_url),
        thumbnails=thumbnails(entry, base_url),
        links=other_links(entry, base_url),
        rights=plain(entry, "rights"),
        copied_from=copied_from(entry, base_url, around.names),
        remarks=tuple(remarks.found),
    )
    return unless_empty(candidate, entry)


def title_html(entry: Record) -> str:
    """The title as HTML. Plain text is escaped, so that ``a < b`` survives whoever reads the title as HTML."""
    title = text(entry, "title") or ""
    return title if is_html(record(entry, "title_detail")) else escaped(title)


def _link(entry: Record, base_url: str, around: Surroundings, remarks: _Remarks) -> tuple[str | None, str]:
    if original := _original(entry, around.base_url):
        return original
    url, unusable = alternate_url(entry, around.base_url)
    if unusable is not None:
        remarks.add(Remark(code="unusable-link", message=f"the link {unusable[:200]!r} is not a web address"))
    if url is not None:
        return url, "the item's link"
    guid = text(entry, "id") or ""
    # An atom:id never is a link (RFC 4287, section 4.2.6); an RSS guid is one unless it says otherwise. Beside an empty link
    # the library no longer tells whether it does.
    may_be_link = stated(entry, "guidislink") or stated(entry, "link") == ""
    if not around.is_atom and may_be_link and guid.lower().startswith(_WEB):
        return absolute_url(around.base_url, guid), "the item's guid, which is a permanent link"
    if url := content_url(entry, base_url):
        return url, "where the item's content is"
    return None, "the item has no link"


def _original(entry: Record, base_url: str) -> tuple[str, str] | None:
    """The address that the publisher declares to be the page's own (RFC 6596, or a service's element), and where it says so."""
    for link in records(entry, "links"):
        if rel_of(link) != "canonical" or not is_html(link):
            continue
        if (href := text(link, "href")) and (url := absolute_url(base_url, href)):
            return url, "the item's canonical link"
    for key, name in _ORIGINAL_LINKS.items():
        written = text(entry, key) or ""
        # It was one of another document, so that nothing is known to which a relative one would belong.
        if written.lower().startswith(_WEB) and (url := absolute_url(base_url, written)):
            return url, name
    return None


def _texts(entry: Record, around: Surroundings, remarks: _Remarks) -> list[_Text]:
    """The texts that are believed: the summary, empty if there is none, and before it the content if there is one."""
    contents = [_Text(detail, value) for detail in records(entry, "content") if (value := text(detail, "value"))]
    readable = []
    for content in contents:
        if text(content.detail, "src"):
            continue
        if is_text(content.detail):
            readable.append(content)
        else:
            kind = media_type(content.detail)
            remarks.add(Remark(code="unreadable-content", message=f"content of type {kind!r} is left out"))
    # Several: content:encoded beside an itunes:summary, say. HTML before plain text, and then the fullest.
    readable.sort(key=lambda content: (not is_html(content.detail), -len(content.value)))
    # Without a summary element the library copies the content, but not the detail.
    described = record(entry, "summary_detail")
    chosen = [*readable[:1], _Text(described, text(described, "value") or "")]
    if not around.is_atom and readable and not is_html(chosen[0].detail) and is_html(described):
        chosen.sort(key=lambda one: -len(one.value))
    return chosen


def _content_and_summary(chosen: list[_Text]) -> tuple[str | None, str | None]:
    """Content and summary as HTML; a summary that only repeats the content is none."""
    content_html, summary_html = (None if len(chosen) == 1 else _html(chosen[0])), _html(chosen[-1])
    return content_html, None if summary_html == content_html else summary_html


def _html(written: _Text) -> str | None:
    if not written.value or not is_text(written.detail):
        return None
    return written.value if is_html(written.detail) else html_of_text(written.value)


def _dates(entry: Record, around: Surroundings, remarks: _Remarks) -> tuple[datetime | None, datetime | None]:
    published, remark = date_of(entry, "published", around.zone)
    remarks.add(remark)
    if published is None:
        published, remark = date_of(entry, "created", around.zone)
        remarks.add(remark)
    updated, remark = date_of(entry, "updated", around.zone)
    remarks.add(remark)
    # RSS has no date of revision: the one dc:date of RSS 1.0, which the library files under "updated", is when it was published.
    if published is None and not around.is_atom:
        return updated, None
    return published, updated


def _language(entry: Record, texts: list[_Text]) -> str | None:
    """That of the entry if it has an element that says so, else of the text that is shown, else of the title or another text."""
    shown = (one.detail for one in texts if one.value and is_text(one.detail))
    details = (*shown, record(entry, "title_detail"), *records(entry, "content"), record(entry, "summary_detail"))
    return next((tag for stating in (entry, *details) if (tag := language_tag(text(stating, "language")))), None)


def _tags(entry: Record) -> tuple[Tag, ...]:
    found = (
        Tag(term=term, scheme=text(tag, "scheme"), label=text(tag, "label"))
        for tag in records(entry, "tags")
        if (term := text(tag, "term") or text(tag, "label"))
    )
    return tuple(dict.fromkeys(found))
