"""What a seed's body is asked, whichever way it was read; and what the operator declares about bodies.

Two classes answer: ``SeedBody`` by a tree, for any HTML; ``SimpleBody`` by the text, for the HTML of plain Markdown, with the
same answers in a tenth of the time.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, Protocol
from urllib.parse import unquote

from msgspec import Struct

from aggregator.clean.breaks import is_wide
from aggregator.clean.links import web_url
from aggregator.clean.text import fold, shorten

LABELS = (
    *("原文链接", "原文地址", "原文出处", "原文网址", "阅读原文", "查看原文", "原文", "本文链接", "本文地址"),
    *("转载自", "转载来源", "转载地址", "转自", "来源地址", "来源链接", "来源", "出处"),
    *("via", "original article", "original post", "original link", "original", "source"),
)
_SHOWN_REMOVED = 120
SEPARATOR = r"[\s|｜/·•,，;；—-]"
# The way up to an index of the old site, such as `../` and `../emnews/`; `../report.pdf` would be part of the article.
_WAY_UP = r"(?:\.\./)+(?:[\w.-]+/)?"


class BodyRules(Struct, frozen=True, kw_only=True):
    """What to look for in a body.

    *source_class* marks the hidden element that holds an encoded source URL; *hidden_classes* mark what the old site did not
    show; *footer_words* begin the texts of a footer's links; *original_labels* introduce the link to the original;
    *regions* are pairs of comments between which everything is dropped.
    """

    source_class: str = "artid"
    hidden_classes: tuple[str, ...] = ()
    footer_words: tuple[str, ...] = ("返回",)
    original_labels: tuple[str, ...] = LABELS
    regions: tuple[tuple[str, str], ...] = (("EM_StockImg_Start", "EM_StockImg_End"),)


class Removed(NamedTuple):
    """Something that was taken out of a body: *what* it was, and the beginning of its text."""

    what: str
    text: str


class Body(Protocol):
    """A body being pruned. Its facts are found on the way; the ``drop_…`` methods are for who decides by them."""

    @property
    def encoded_sources(self) -> tuple[str, ...]:
        """What the hidden source elements hold, undecoded."""

    @property
    def closing_link(self) -> str | None:
        """The address of the last autolink before the footer, in a paragraph of nothing else."""

    @property
    def original_link(self) -> tuple[str, str] | None:
        """The label and the address of a link, at the start or the end of the text, that is said to be the original."""

    @property
    def heading(self) -> str | None:
        """The text of the first heading, folded."""

    @property
    def begins_with_heading(self) -> bool:
        """Whether no text stands before the first heading."""

    @property
    def removed(self) -> tuple[Removed, ...]:
        """What was taken out, so far."""

    def drop_closing_link(self) -> None:
        """Remove the :attr:`closing_link`: its address is the entry's own."""

    def drop_heading(self) -> None:
        """Remove the first heading: its text is the entry's title."""

    def html(self) -> str:
        """Return what is left, tidy but not yet safe: no empty paragraphs, lines joined."""

    def text(self) -> str:
        """Return the text of what is left, not folded."""


def removed(what: str, text: str) -> Removed:
    """Note a removal; long texts are cut."""
    return Removed(what, shorten(fold(text), _SHOWN_REMOVED))


def leads_back(text: str, href: str, words: tuple[str, ...]) -> bool:
    """Say whether a link leads back into the old site: by the words it begins with, or upwards by its address."""
    if fold(text).startswith(words):
        return True
    href = href.strip()
    return href.startswith("../") and re.fullmatch(_WAY_UP, href) is not None


def is_autolink(text: str, href: str) -> bool:
    """Say whether a link shows its own address; Markdown encodes what no URI may hold in the one and not in the other."""
    shown = text.strip()
    return web_url(shown) is not None and (shown == href or unquote(shown) == unquote(href.strip()))


def is_spam(text: str) -> bool:
    """Say whether the text of a link is one character that nobody would link: CJK, or punctuation."""
    character = text.strip()
    return len(character) == 1 and (is_wide(character) or unicodedata.category(character).startswith("P"))
