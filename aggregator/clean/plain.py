"""The plain text of HTML: through a tree where there are tags, roughly and in one pass where a tree would cost too much."""

from __future__ import annotations

import re

from aggregator.clean.limits import TangledError
from aggregator.clean.text import decoded, fold, words

BLOCKS = words(
    "address article aside blockquote body caption col colgroup dd details dialog div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
UNSEEN = words("script style title template noscript iframe object svg math textarea select")
_TAG = r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|<![^<>]*>"
_SPACES = r"\s+"


def text_of(html: str) -> str:
    """Return the plain text of the fragment *html*: one line per block, whitespace folded, no blank lines."""
    if "<" not in html:
        return fold(decoded(html))
    from aggregator.clean.trees import pieces_of  # noqa: PLC0415 - lxml takes 5 ms to load, and few entries need it

    try:
        return _lines("".join(pieces_of(html)))
    except TangledError:
        return rough_text_of(html)


def rough_text_of(html: str) -> str:
    """Return the plain text of *html* as :func:`text_of` does, roughly, in one pass that no input can slow down."""
    pieces: list[str] = []
    unseen = ""
    position = 0
    for tag in re.finditer(_TAG, html):
        name = (tag[2] or "").lower()
        if not unseen:
            pieces.append(re.sub(_SPACES, " ", html[position : tag.start()]))
            pieces.append("\n" if name in BLOCKS or name == "br" else "")
            unseen = name if name in UNSEEN and not tag[1] else ""
        elif name == unseen and tag[1]:
            unseen = ""
        position = tag.end()
    if not unseen:
        pieces.append(re.sub(_SPACES, " ", html[position:]))
    return _lines(decoded("".join(pieces)))


def _lines(text: str) -> str:
    return "\n".join(line for line in map(fold, text.split("\n")) if line)
