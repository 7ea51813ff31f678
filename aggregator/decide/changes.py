"""Owns what changed between two things that a carrier said: the names of the fields, and the lines of the text."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model import Revision

_FIELDS = {
    "title": "title", "url": "link", "summary": "summary", "content": "content", "language": "language", "authors": "authors",
    "tags": "tags", "enclosures": "enclosures", "contributors": "contributors", "thumbnails": "thumbnails",
    "links": "other links", "rights": "rights", "copied_from": "source",
    "published": "date published", "updated": "date updated",
}  # fmt: skip
_LONGEST = 100_000  # characters of a text that are compared line by line, which takes time by the square of the lines


def changes(before: Revision, after: Revision) -> tuple[str, ...]:
    """Return the names of the fields in which two revisions differ, in a fixed order."""
    return tuple(name for field, name in _FIELDS.items() if getattr(before, field) != getattr(after, field))


def changed_lines(before: Revision, after: Revision, text_of: Callable[[str], str]) -> Iterator[str]:
    """Yield the lines of title and text that went (``-``), came (``+``) and stand around them, as ``diff -u`` does.

    *text_of* turns HTML into plain text; where that did not change, the tags did, and are shown.
    """
    ones, others = _lines(before, text_of), _lines(after, text_of)
    if ones == others:
        ones, others = _lines(before, _tags_apart), _lines(after, _tags_apart)
    for line in difflib.unified_diff(ones, others, lineterm="", n=1):
        if not line.startswith(("---", "+++")):
            yield line


def _lines(revision: Revision, text_of: Callable[[str], str]) -> list[str]:
    texts = (text_of(html[:_LONGEST]) for html in (revision.summary, revision.content) if html)
    return [revision.title, revision.url or "", *(line for text in texts for line in text.splitlines())]


def _tags_apart(html: str) -> str:
    return html.replace("<", "\n<").strip()
