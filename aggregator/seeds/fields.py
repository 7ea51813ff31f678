"""What the keys of a front matter mean: categories, tags, authors, title, summary. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from aggregator.clean import as_html, text_of
from aggregator.model import Person, Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.seeds.front_matter import FrontMatter, Value

SUMMARY_KEYS = ("description", "excerpt", "summary")
_DATE_PREFIX = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}[-_\s]", re.ASCII)
_COMMA = re.compile("[,，、]")
_CUT_OFF = " .…\u3000"


def categories(front: FrontMatter) -> tuple[str, ...]:
    """Return the categories the seed names: ``category`` is one, ``categories`` a list or words, as in Jekyll."""
    return tuple(dict.fromkeys(_terms(front, "category", "categories")))


def tags(front: FrontMatter) -> tuple[Tag, ...]:
    """Return the tags the seed names: ``tag`` is one, ``tags`` a list or words, as in Jekyll."""
    return tuple(Tag(term=term) for term in dict.fromkeys(_terms(front, "tag", "tags")))


def authors(front: FrontMatter) -> tuple[Person, ...]:
    """Return the authors: names, or mappings with ``name``, ``email`` and ``url`` or ``uri``, one or a list of them."""
    people = (_person(value) for key in ("author", "authors") for value in _flat(front.values.get(key)))
    return tuple(dict.fromkeys(person for person in people if person))


def same_words(title: str, heading: str) -> bool:
    """Say whether two titles differ only in punctuation, spaces and a leading date, which file names lose or add."""
    return bool(heading) and _words(title) == _words(heading)


def summary(front: FrontMatter, body_text: str) -> str | None:
    """Return the description as HTML, unless it is just how the body begins, cut off somewhere."""
    described = front.text(*SUMMARY_KEYS)
    if described is None:
        return None
    html = as_html(described)
    beginning = "".join(text_of(html).split()).rstrip(_CUT_OFF)
    return None if "".join(body_text.split()).startswith(beginning) else html


def _terms(front: FrontMatter, singular: str, plural: str) -> Iterator[str]:
    """Yield what Jekyll's ``pluralized_array_from_hash`` yields, but for commas: words with a comma are separated by it.

    The plural is read only if the singular is absent; a plural string is split at its spaces, a singular one is not.
    """
    one = front.values.get(singular)
    many = front.values.get(plural)
    if one is None and isinstance(many, str):
        yield from filter(None, (word.strip() for word in _COMMA.split(many))) if _COMMA.search(many) else many.split()
        return
    for term in _flat(many if one is None else one):
        if isinstance(term, str) and term.strip():
            yield term.strip()


def _flat(value: Value) -> Iterator[Value]:
    """Yield the parts of nested lists; Hexo writes categories as lists of lists."""
    if isinstance(value, list):
        for part in value:
            yield from _flat(part)
    elif value is not None:
        yield value


def _person(value: Value) -> Person | None:
    if isinstance(value, str):
        return Person(name=value.strip()) if value.strip() else None
    if not isinstance(value, dict):
        return None
    name, email, uri = (_string(value.get(key)) for key in ("name", "email", "url" if "url" in value else "uri"))
    return Person(name=name or email or uri or "", email=email, uri=uri) if name or email or uri else None


def _string(value: Value) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _words(title: str) -> str:
    folded = unicodedata.normalize("NFKC", _DATE_PREFIX.sub("", title, count=1)).casefold()
    return "".join(character for character in folded if character.isalnum())
