"""What a feed says of itself, and an item of the feed that it was copied from, as the feed library reports it → provenance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from aggregator.model import Provenance
from aggregator.parse.answers import Record, date_of, is_html, record, stated, text
from aggregator.parse.fields import absolute_url, language_tag, one_line, text_of_html
from aggregator.parse.links import alternate_url, self_url
from aggregator.parse.people import contributors, people

if TYPE_CHECKING:
    from collections.abc import Collection


def provenance_of(feed: Record, base_url: str, language: str | None) -> Provenance:
    """Read what a feed says of itself; *language* is that of the document, if the feed tells none."""
    updated, _ = date_of(feed, "updated")
    published, _ = date_of(feed, "published")
    icon, logo = text(feed, "icon"), text(feed, "logo") or text(record(feed, "image"), "href")
    return Provenance(
        guid=text(feed, "id"),
        title=plain(feed, "title"),
        subtitle=plain(feed, "subtitle"),
        site_url=alternate_url(feed, base_url)[0],
        self_url=self_url(feed, base_url),
        updated=updated or published,
        authors=people(feed, base_url),
        contributors=contributors(feed, base_url),
        rights=plain(feed, "rights"),
        icon=absolute_url(base_url, icon) if icon else None,
        logo=absolute_url(base_url, logo) if logo else None,
        language=language_tag(text(feed, "language")) or language_tag(language),
    )


def names_of(feed: Provenance, document_url: str) -> frozenset[str]:
    """By what a feed is known for itself where one of its entries names it as the source."""
    return frozenset(map(_spelled, filter(None, (feed.guid, feed.self_url, feed.site_url, document_url))))


def _spelled(name: str) -> str:
    """Write names in one way that mean one feed: with another scheme, ``www.``, or a slash at the end."""
    return re.sub(r"(?i)https?://(?:www\.)?", "", name, count=1).rstrip("/")


def copied_from(entry: Record, base_url: str, own_names: Collection[str]) -> Provenance | None:
    """Read of which feed an entry says that it is (RFC 4287, section 4.2.11; RSS 2.0); ``None`` if that is the feed itself.

    RSS has a title and an address, which should be the feed's. Where it leads to no more than a host, it is the site's.
    """
    source = record(entry, "source")
    if not source:
        return None
    found = provenance_of(source, base_url, text(record(source, "title_detail"), "language"))
    # The library writes the address of a person there, too.
    href = None if any(stated(source, parts) for parts in ("links", "authors", "contributors")) else text(source, "href")
    if href and (url := absolute_url(base_url, href)):
        parts = urlsplit(url)
        is_site = parts.path in {"", "/"} and not parts.query
        found = replace(found, site_url=found.site_url or url) if is_site else replace(found, self_url=found.self_url or url)
    names = (found.guid, found.self_url or found.site_url)
    is_itself = any(name and _spelled(name) in own_names for name in names)
    return None if is_itself or found == Provenance() else found


def plain(owner: Record, key: str) -> str | None:
    """A text as plain text, whatever its type."""
    written = text(owner, key)
    if not written:
        return None
    if is_html(record(owner, f"{key}_detail")):
        return text_of_html(written) or None
    return one_line(written) or None
