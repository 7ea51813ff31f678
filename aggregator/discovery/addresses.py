"""Owns what addresses tell: which are fit to be offered, which look like feeds, which to try where a page names none."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

LONGEST_URL = 2_048

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSAFE = re.compile(r"[\s<>\"{}|\\^`]")  # RFC 3987, section 2.2
_READER_SCHEME = re.compile(r"^feed:(?://(?=https?:))?", re.IGNORECASE)  # feed://host/… and feed:https://host/… open a reader

_STEMS = frozenset({"feed", "feeds", "rss", "rss2", "atom", "rdf"})
_FOLDERS = frozenset({"feeds", "rss"})
_SUFFIXES = (".rss", ".atom", ".rdf", ".xml")
_OTHER_XML = ("sitemap", "opensearch", "osd", "browserconfig", "crossdomain", "rsd", "wlwmanifest")
_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|alt|output)=(?:feed|rss|atom|rdf)", re.IGNORECASE)
_HOSTS = ("feed.", "feeds.", "rss.")
_WITHIN = re.compile(r".https?(?::|%3a)", re.IGNORECASE)

# The likeliest first: WordPress, Substack; Jekyll; Hugo; Hexo; Gatsby, Astro; Ghost; servers that tell folders from files;
# Middleman; Pelican; sites like our own.
_WELL_KNOWN = (
    "feed", "feed.xml", "index.xml", "atom.xml", "rss.xml", "rss", "feed/", "feed.atom", "feeds/all.atom.xml", "feeds/all.atom",
)  # fmt: skip


def web_url(reference: str, base: str) -> str | None:
    """Resolve *reference* to an http or https URL without user name, password and fragment; ``None`` if that cannot be."""
    reference = _READER_SCHEME.sub("", reference.strip()[: LONGEST_URL + 1], count=1)
    try:
        parts = urlsplit(urljoin(base, reference))
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    if not reference or parts.scheme not in {"http", "https"} or not parts.hostname or _UNSAFE.search(host):
        return None
    url = urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))
    if _CONTROL.search(url):
        return None
    safe = _UNSAFE.sub(lambda found: quote(found[0], safe=""), url)
    return safe if len(safe) <= LONGEST_URL else None


def same_feed_key(url: str) -> str:
    """Return what two addresses of one feed share: pages name them with http and https, with a last slash and without."""
    return url.partition("#")[0].partition("://")[2].rstrip("/")


def carries_address(url: str) -> bool:
    """Say whether *url* has another address within it: then it belongs to a service that adds feeds to readers."""
    return _WITHIN.search(url) is not None


def looks_like_feed(url: str) -> bool:
    """Judge an address by itself."""
    parts = urlsplit(url)
    *folders, last = parts.path.lower().strip("/").split("/")
    if carries_address(url) or last.startswith(_OTHER_XML):
        return False
    return (
        last.partition(".")[0] in _STEMS
        or last.endswith(_SUFFIXES)
        or not _FOLDERS.isdisjoint(folders)
        or parts.netloc.startswith(_HOSTS)
        or _QUERY.search(parts.query) is not None
    )


def well_known(url: str) -> tuple[str, ...]:
    """Return the addresses to try when a page names no feed, the likeliest first: in the page's folder, then at the site's root.

    A page directly below the root whose name has no dot is taken for a folder itself: ``/blog`` is where a blog is.
    """
    page = web_url(url, url)
    if page is None:
        return ()
    path = urlsplit(page).path
    folder = f"{path}/" if path.count("/") == 1 and "." not in path and path != "/" else "."
    places = dict.fromkeys((urljoin(page, folder), urljoin(page, "/")))
    addresses = (urljoin(place, name) for place in places for name in _WELL_KNOWN)
    return tuple(address for address in addresses if address != page)
