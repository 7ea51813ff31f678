"""What markup is refused because a parser would take the square of its length, and how it is recognised. Pure text.

Both libxml2 and html5ever cost that for some markup (safety.md, fact 7; measured again here: 20,000 nested <div> 1 s, 20,000
attributes 0.6 s, 400,000 times `&` in one text 7 s). Honest articles of 1 MiB stay far below.
"""

from __future__ import annotations

import re

DEEPEST = 200
MOST_TAGS = 100_000
MOST_ATTRIBUTES = 1_000
MOST_REFERENCE_WORK = 2_000_000_000

# Few entries are long enough to need these: they are compiled when one comes.
# A `>` or `<` within a quoted value does not end a tag; comments are skipped, their quotes mean nothing.
_TAG_OR_COMMENT = r"(?s)<!--.*?(?:-->|\Z)|<[A-Za-z](?:[^>=]++|=\s*(?:\"[^\"]*\"|'[^']*')|=)*+>?"
_SEPARATOR = r"[\s/\"']"
_DATA_URI = r"(?i)=\s*(?:\"\s*data:[^\"<>]*\"|'\s*data:[^'<>]*')"


class TangledError(ValueError):
    """The markup is too deep, too dense or too crowded to be parsed in reasonable time; the message says which."""


def without_data_uris(html: str) -> str:
    """Empty the attributes that hold ``data:`` addresses: never published, and often most of an article's bytes."""
    return re.sub(_DATA_URI, '=""', html) if "data:" in html or "DATA:" in html else html


def refuse_crowds(html: str) -> None:
    """Raise TangledError for what costs the square of its size even before there is a tree."""
    if html.count("<") > MOST_TAGS:
        raise TangledError(f"more than {MOST_TAGS:,} tags")
    if len(html) <= MOST_ATTRIBUTES:
        return
    for tag in re.finditer(_TAG_OR_COMMENT, html):
        crowded = tag.end() - tag.start() > MOST_ATTRIBUTES and len(re.findall(_SEPARATOR, tag[0])) > MOST_ATTRIBUTES
        if crowded and html[tag.start() + 1] != "!":
            raise TangledError(f"a tag with more than {MOST_ATTRIBUTES:,} attributes")
