"""Where a seed came from: the ordered rules that find its source URL, each giving its reason.

Never a source: an address that is no web address, ``$url`` left over by a template, a footer's link, an image, a link
in a sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aggregator.clean import web_url
from aggregator.seeds.rules import ENCODED_SOURCE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.clean.bodies import Body
    from aggregator.seeds.front_matter import FrontMatter
    from aggregator.seeds.rules import SeedRules

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


class Source(NamedTuple):
    """A source URL, if there is one; the rule that found it, in a few words that stay the same, and for people where."""

    url: str | None
    reason: str
    origin: str


def find_source(front: FrontMatter, body: Body, rules: SeedRules) -> Source | None:
    """Return what the first rule with an answer found."""
    return next(_found(front, body, rules), None)


def decode_url(encoded: str) -> str | None:
    """Return the web address that *encoded* spells in hexadecimal, stray colons in it ignored, or ``None``."""
    digits = encoded.replace(":", "").strip()
    if not _HEX.fullmatch(digits):
        return None
    try:
        return web_url(bytes.fromhex(digits).decode())
    except UnicodeDecodeError:
        return None


def _found(front: FrontMatter, body: Body, rules: SeedRules) -> Iterator[Source]:
    """Try the rules, the most explicit one first."""
    for key in rules.all_source_keys:
        if key in front.values and (url := web_url(front.text(key) or "")):
            yield Source(url, f"front matter: {key}", front.origin(key))
    for key in ENCODED_SOURCE_KEYS:
        if key in front.values and (url := decode_url(front.text(key) or "")):
            yield Source(url, f"front matter: {key}, decoded", f"{front.origin(key)}: hexadecimal")
    for encoded in body.encoded_sources:
        if url := decode_url(encoded):
            name = rules.body.source_class
            yield Source(url, f"hidden element {name}, decoded", f"the hidden element of class {name}: hexadecimal")
    if url := body.closing_link:
        yield Source(url, "the autolink that ends the text", "the autolink that ends the text, before the site's footer if any")
    if found := body.original_link:
        label, url = found
        yield Source(url, f"a link introduced by {label}", f"a link introduced by {label}, where the text begins or ends")
