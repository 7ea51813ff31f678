"""Owns the names of categories: the key under which a name is looked up, and the slug it is published under.

The only module that knows pypinyin. It proposes slugs; the store assigns one once and keeps it.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SLUG_MAX_LENGTH = 80
_SLUG = r"[a-z0-9][a-z0-9-]{0,79}"
# What else lives beside the category files, and what Windows cannot store as a file name whatever its extension
# (https://learn.microsoft.com/windows/win32/fileio/naming-a-file): an output folder may be synchronised anywhere.
RESERVED_SLUGS = frozenset({"all", "archive", "index", "aux", "con", "nul", "prn"})
# Chinese characters, with the iteration mark and the ideographic zero, which stand inside Chinese words. Compiled when needed.
_HAN = "[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+"
# Letters that Unicode does not decompose into an ASCII letter and a mark.
_LATIN = str.maketrans({"æ": "ae", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "þ": "th", "ŧ": "t"})
# C, C++ and C# are three categories; these signs are part of a name only where they follow a letter.
_SIGNS = (
    (r"(?<=[^\W_])\++", lambda found: " plus" * len(found.group()) + " "),
    (r"(?<=[^\W_])#", lambda _: " sharp "),
)


@functools.lru_cache(maxsize=8192)
def name_key(name: str) -> str:
    """Return the form under which a category name is looked up: width, case and spacing do not tell names apart.

    This is Unicode's compatibility caseless match (The Unicode Standard, section 3.13, D146). Idempotent.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", name).casefold()).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def slug_for(name: str, taken: Collection[str]) -> str:
    """Return a slug for the category *name* that is neither reserved nor in *taken*.

    Chinese becomes pinyin without separators, Latin letters become plain ASCII, words are joined by ``-``. A name of which
    nothing can be written so gives ``category-`` and a digest of the name. Equal input gives equal output, and the result
    always passes :func:`check_slug`.
    """
    slug = _romanised(name) or f"category-{_digest(name_key(name))}"
    for ending in itertools.chain([""], (f"-{number}" for number in itertools.count(2))):
        proposal = slug[: SLUG_MAX_LENGTH - len(ending)].rstrip("-") + ending
        if proposal not in RESERVED_SLUGS and proposal not in taken:
            return proposal
    raise AssertionError("itertools.count never ends")


def check_slug(slug: str) -> str | None:
    """Say what is wrong with a *slug* that a person wrote, ``None`` if nothing."""
    if not re.fullmatch(_SLUG, slug):
        return f"must be 1 to {SLUG_MAX_LENGTH} of a-z, 0-9 and '-', and not start with '-'"
    return "is reserved; choose another slug" if slug in RESERVED_SLUGS else None


def _digest(text: str) -> str:
    import hashlib  # noqa: PLC0415 - loads OpenSSL, and few names need it

    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]


def _romanised(name: str) -> str:
    """Write *name* in ``[a-z0-9-]``; empty where nothing of it can be."""
    text = unicodedata.normalize("NFKC", name).casefold()
    for sign, words in _SIGNS:
        text = re.sub(sign, words, text)
    text = re.sub(_HAN, lambda run: f" {_pinyin(run.group())} ", text)
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.translate(_LATIN)) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_MAX_LENGTH].rstrip("-")


def _pinyin(run: str) -> str:
    """Read a run of Chinese characters; those without a known reading are left out."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionary takes 150 ms to load, and few runs name a new category

    return re.sub(r"[^a-z]", "", "".join(lazy_pinyin(run)))
