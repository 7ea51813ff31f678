"""Links, as the feed library reports them → addresses. Owns which link is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Link
from aggregator.parse.answers import Record, is_html, is_text, media_type, records, text
from aggregator.parse.fields import absolute_url, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_REGISTRY = "http://www.iana.org/assignments/relation/"
_OTHERS = frozenset({"related", "via", "license"})


def rel_of(link: Record) -> str:
    """Of what kind a link is; a registered kind may be written as an address (RFC 4287, section 4.2.7.2)."""
    return (text(link, "rel") or "").removeprefix(_REGISTRY)


def alternate_url(owner: Record, base_url: str) -> tuple[str | None, str | None]:
    """The link to the HTML page, and the first alternate link that is no usable URL."""
    links = [link for link in records(owner, "links") if rel_of(link) == "alternate" and text(link, "href")]
    links.sort(key=lambda link: not is_html(link))  # stable: the publisher's order among equals
    unusable = None
    for link in links:
        href = text(link, "href") or ""
        if url := absolute_url(base_url, href):
            return url, None
        unusable = unusable or href
    return None, unusable


def self_url(owner: Record, base_url: str) -> str | None:
    """Where the publisher says the feed itself is (``rel="self"``)."""
    return next(_urls(owner, "self", base_url), None)


def hub_urls(owner: Record, base_url: str) -> tuple[str, ...]:
    """Who tells of the feed's news (``rel="hub"``, https://www.w3.org/TR/websub/#discovery)."""
    return tuple(dict.fromkeys(_urls(owner, "hub", base_url)))


def _urls(owner: Record, rel: str, base_url: str) -> Iterator[str]:
    links = (text(link, "href") for link in records(owner, "links") if rel_of(link) == rel)
    return (url for link in links if link and (url := absolute_url(base_url, link)))


def content_url(entry: Record, base_url: str) -> str | None:
    """Where the text of an entry is that is not in the document."""
    return next((url for content, url in _elsewhere(entry, base_url) if is_text(content)), None)


def _elsewhere(entry: Record, base_url: str) -> Iterator[tuple[Record, str]]:
    sources = ((content, text(content, "src")) for content in records(entry, "content"))
    return ((content, url) for content, src in sources if src and (url := absolute_url(base_url, src)))


def other_links(owner: Record, base_url: str) -> tuple[Link, ...]:
    """What else an entry leads to: related pages, where it was found, what allows to use it; one link of a kind for each URL.

    Content that is elsewhere (RFC 4287, section 4.1.3.2) is related.
    """
    found: dict[tuple[str, str], Link] = {}
    for link in records(owner, "links"):
        rel = rel_of(link)
        if rel not in _OTHERS or not (href := text(link, "href")) or not (url := absolute_url(base_url, href)):
            continue
        kind = media_type(link)
        media = None if kind == "text/html" else kind or None  # the library says so of every link without a type
        title = one_line(text(link, "title") or "") or None
        found.setdefault((rel, url), Link(url=url, rel=rel, title=title, media_type=media))
    for content, url in _elsewhere(owner, base_url):
        media = None if is_text(content) else media_type(content) or None
        found.setdefault(("related", url), Link(url=url, rel="related", media_type=media))
    return tuple(found.values())
