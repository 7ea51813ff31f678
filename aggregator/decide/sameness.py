"""Owns whether a text whose letters changed is another text to those who read it.

It is not, where all that changed is white space that no reader shows, or a link that leads where it led. Nothing else is
taken for noise: an address of a picture that is signed anew is the only one that still works, and a number may be the news.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Candidate, Revision

    Canonical = Callable[[str], str | None]

# Links as clean writes them. The addresses of pictures and the like are compared to the letter.
_LINK = re.compile(r'(?<= href=")([^"<>]*)(?=")')
_BLOCKS = (
    "address|article|aside|blockquote|br|caption|center|col|colgroup|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header"
    "|hr|li|main|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_AROUND_BLOCKS = re.compile(rf" ?(</?(?:{_BLOCKS})(?: [^<>]*)?>) ?")


def reads_the_same(now: Candidate, before: Revision, canonical: Canonical) -> bool:
    """Say whether a reader would see in *now* what they saw *before*; links lead where *canonical* says. Linear in the texts."""
    return (
        (now.authors, now.tags) == (before.authors, before.tags)
        and [e.url for e in now.enclosures] == [e.url for e in before.enclosures]
        and _is_one_page(now.url or "", before.url or "", canonical)
        and _is_one_text(now.title, before.title, canonical)
        and _is_one_text(now.summary or "", before.summary or "", canonical)
        and _is_one_text(now.content or "", before.content or "", canonical)
    )


def _is_one_text(one: str, other: str, canonical: Canonical) -> bool:
    if one == other:
        return True
    # text and links by turns
    ones, others = _LINK.split(one), _LINK.split(other)
    if len(ones) != len(others):
        return False
    text, other_text = ("\0".join(parts[::2]).replace("&nbsp;", " ") for parts in (ones, others))
    return (
        "".join(text.split()) == "".join(other_text.split())  # which is quickly known, and nearly always the end of it
        and _shown(text) == _shown(other_text)
        and all(
            _is_one_link(html.unescape(a), html.unescape(b), canonical) for a, b in zip(ones[1::2], others[1::2], strict=True)
        )
    )


def _shown(text: str) -> str:
    """Leave out the white space that nobody sees: runs of it, and that beside a block."""
    return _AROUND_BLOCKS.sub(r"\1", " ".join(text.split()))


def _is_one_link(one: str, other: str, canonical: Canonical) -> bool:
    """Say whether two links within a text lead to one place on one page."""
    return _is_one_page(one, other, canonical) and one.partition("#")[2] == other.partition("#")[2]


def _is_one_page(one: str, other: str, canonical: Canonical) -> bool:
    return one == other or ((key := canonical(one)) is not None and key == canonical(other))
