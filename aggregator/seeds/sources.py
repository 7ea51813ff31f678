"""Where a seed came from: the ordered rules that find its source URL, each giving its reason.

Never a source: an address that is no web address, ``$url`` left over by a template, a footer's link, an image, a link
in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aggregator.clean import web_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.clean import SeedBody
    from aggregator.seeds.front_matter import FrontMatter
    from aggregator.seeds.rules import SeedRules

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


class Source(NamedTuple):
    """A source URL, if there is one, and the rule that found it."""

    url: str | None
    reason: str


def find_source(front: FrontMatter, body: SeedBody, rules: SeedRules) -> Source:
    """Return what the first rule with an answer found."""
    return next(_found(front, body, rules), Source(None, "no rule found a source URL"))


def decode_url(encoded: str) -> str | None:
    """Return the web address that *encoded* spells in hexadecimal, stray colons in it ignored, or ``None``."""
    digits = encoded.replace(":", "").strip()
    if not _HEX.fullmatch(digits):
        return None
    try:
        return web_url(bytes.fromhex(digits).decode())
    except UnicodeDecodeError:
        return None


def _found(front: FrontMatter, body: SeedBody, rules: SeedRules) -> Iterator[Source]:
    """Try the rules, the most explicit one first."""
    for key in rules.source_keys:
        url = web_url(front.text(key) or "")
        if url:
            yield Source(url, f"front matter: {key}")
    for key in rules.encoded_source_keys:
        url = decode_url(front.text(key) or "")
        if url:
            yield Source(url, f"front matter: {key}, decoded")
    for encoded in body.encoded_sources:
        url = decode_url(encoded)
        if url:
            yield Source(url, f"hidden element {rules.body.source_class}, decoded")
    url = web_url(body.closing_link or "")
    if url:
        yield Source(url, "the autolink that ends the text")
