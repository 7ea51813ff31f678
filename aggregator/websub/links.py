"""Owns who the hub of a document is, and what the document calls itself: HTTP ``Link`` fields first, then the document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aggregator.model.pushing import HubOffer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST = 4096  # characters of Link fields; what is beyond is not looked at
# RFC 8288, section 3. Quoted texts have no nested structure, so each pattern is read once from left to right.
_LINK = re.compile(r'<([^<>]*)>((?:[^",<]|"(?:[^"\\]|\\.)*")*)')
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))')


def offered(fields: Sequence[str], hubs: Sequence[str], own_url: str | None, document_url: str) -> HubOffer | None:
    """Return the hub and topic of a document, if it names a hub.

    Args:
        fields: the values of its ``Link`` fields, which count more than what stands in it.
        hubs: those named in the document.
        own_url: what it calls itself (``rel="self"``).
        document_url: where it came from: what relative links are relative to, and its name if it calls itself nothing.
    """
    links = list(_links(fields, document_url))
    hub = next((url for rel, url in links if rel == "hub"), None) or next(iter(hubs), None)
    if hub is None:
        return None
    topic = next((url for rel, url in links if rel == "self"), None) or own_url or document_url
    return HubOffer(hub=hub, topic=topic.partition("#")[0])


def link_field(hubs: Sequence[str], topic: str) -> str:
    """Write the ``Link`` field of a document of ours: its hubs, and what it calls itself."""
    return ", ".join([*(f'<{hub}>; rel="hub"' for hub in hubs), f'<{topic}>; rel="self"'])


def _links(fields: Sequence[str], base_url: str) -> Iterator[tuple[str, str]]:
    for target, parameters in _LINK.findall(", ".join(fields)[:_LONGEST]):
        rel = next((quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters) if name.lower() == "rel"), "")
        try:
            url = urljoin(base_url, target.strip())
            is_usable = url.isprintable() and urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname
        except ValueError:
            continue
        if is_usable:
            yield from ((relation, url) for relation in rel.lower().split())
