"""Owns which outlines of a list become subscriptions, and why the others do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from aggregator.errors import UnreadableOpmlError
from aggregator.opml.document import MOST_CATEGORIES, read_document
from aggregator.opml.text import decoded, name_of, repaired
from aggregator.opml.values import Outline, Outlines, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.opml.document import Written

MOST_BYTES = 8 * 1024 * 1024
LONGEST_URL = 1_000

_READER_SCHEME = re.compile(r"^feed:(?://(?=https?:))?", re.IGNORECASE)  # feed://host/… and feed:https://host/… open a reader
_STEP_END = re.compile(r"[,/]")
_UNFIT = re.compile(r"[\s\\<>\"]")


def read_opml(data: bytes, *, most_bytes: int = MOST_BYTES) -> Outlines:
    """Read OPML 1.0, 1.1 or 2.0, as programs write it: names in any letter case, bare ampersands, wrong encoding labels.

    An outline's categories are the names of the folders around it and the steps of the paths in its ``category``. A feed that
    is listed again is refused there, but its categories are added to the first. Refused are, by *code*: ``again``, ``no-feed``
    (a page or another list at most), ``not-http``, ``credentials``, ``too-long`` and ``bad-url``; what is accepted,
    ``feed add`` accepts.

    Raises:
        UnreadableOpmlError: the list as a whole cannot be read: ``empty``, ``too-large``, ``wrong-encoding``, ``bad-xml``,
            ``not-opml``, ``dtd`` (it declares XML entities) or ``too-deep``.
    """
    if len(data) > most_bytes:
        raise UnreadableOpmlError("too-large", f"the list has {len(data):,} bytes, more than {most_bytes:,}; divide it")
    text = repaired(decoded(data))
    if not text.strip():
        raise UnreadableOpmlError("empty", "the list is empty")
    document = read_document(text)
    feeds: dict[str, Outline] = {}
    refusals = []
    for written in document.outlines:
        judged = _judge(written)
        if isinstance(judged, Refusal):
            refusals.append(judged)
        elif first := feeds.get(judged.url):
            feeds[judged.url] = replace(first, categories=_distinct(first.categories + judged.categories))
            refusals.append(_refusal(written, "again", f"line {first.line} has it already; its categories were added there"))
        else:
            feeds[judged.url] = judged
    return Outlines(outlines=tuple(feeds.values()), refusals=tuple(refusals))


def _judge(written: Written) -> Outline | Refusal:
    if not written.address:
        why = "it names no feed, only a page or another list"
        return _refusal(written, "no-feed", why if written.is_elsewhere else "it has no xmlUrl, and no outlines within it")
    url = _web_address(written.address)
    if problem := _problem(url):
        return _refusal(written, *problem)
    steps = map(name_of, _STEP_END.split(written.category, MOST_CATEGORIES))
    return Outline(
        line=written.line,
        url=url,
        title=written.name if written.name not in {"", url} else None,
        site_url=written.page if written.page and not _problem(written.page) else None,
        categories=_distinct((*written.folders, *filter(None, steps))),
    )


def _problem(url: str) -> tuple[str, str] | None:
    """Say what keeps *url* from being subscribed to, as code and reason; ``None`` if nothing does."""
    if not url.lower().startswith(("http://", "https://")):
        return "not-http", "its address begins with neither http:// nor https://"
    if len(url) > LONGEST_URL:
        return "too-long", f"its address has {len(url):,} characters, more than {LONGEST_URL:,}"
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return "bad-url", "its address cannot be read"
    if "@" in parts.netloc:
        return "credentials", "its address holds a user name or password; subscribe without, and name them in config.yaml"
    if not parts.hostname or _UNFIT.search(url) or not url.isprintable():
        return "bad-url", "its address has no host, or characters that no address has"
    return None


def _web_address(address: str) -> str:
    plain = _READER_SCHEME.sub("", address, count=1)
    return f"http:{plain}" if plain.startswith("//") and plain != address else plain


def _refusal(written: Written, code: str, why: str) -> Refusal:
    what = written.name or name_of(written.address) or name_of(written.page) or "an outline without a name"
    return Refusal(line=written.line, what=what, code=code, why=why)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:MOST_CATEGORIES]
