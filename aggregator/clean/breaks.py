"""Which line breaks in a text are spaces and which are nothing, by the characters beside them. Pure text.

HTML and Markdown turn a line break into a space. Chinese and Japanese have no spaces between words, so there a break is
nothing (CSS Text 3, section 4.1.3, "segment break transformation"); Korean has them and keeps its breaks as spaces.
"""

from __future__ import annotations

import re
from bisect import bisect_right

# Sorted: the first character of a range and the one after its last, by turns. As a pattern, these would take 2 ms to compile.
_WIDE = "\u2e80\u3130\u3190\u3200\u3400\u4dc0\u4e00\ua000\uf900\ufb00\ufe30\ufe50\uff01\uff61\uffe0\uffe7\U00020000\U00040000"
# Full-width punctuation carries its own space: no break beside it is one, whatever is on the other side.
_WIDE_PUNCTUATION = "\u3001\u3004\u3008\u3012\u3014\u3020\ufe30\ufe50\uff01\uff10\uff1a\uff21\uff3b\uff41\uff5b\uff61"
# Wide in Chinese text, narrow in Latin text: the other neighbour decides.
_EITHER = frozenset("“”‘’…—·")
_BREAK_AT_TEXT = re.compile("(?<!>)\n|\n(?!<)")
_BLANK = " \t\f\n"


def joined_without_space(before: str, after: str) -> bool:
    """Say whether a line break between the characters *before* and *after* is nothing, not a space."""
    if _is_in(before, _WIDE_PUNCTUATION) or _is_in(after, _WIDE_PUNCTUATION):
        return True
    if is_wide(before):
        return after in _EITHER or is_wide(after)
    return before in _EITHER and is_wide(after)


def is_wide(character: str) -> bool:
    """Say whether *character* is Chinese or Japanese, letter or punctuation."""
    return _is_in(character, _WIDE)


def join_text(html: str) -> str:
    """Resolve the line breaks in *html*, where no tag stands beside one but a block's or ``<br>``; those stay."""
    return _BREAK_AT_TEXT.sub(_joined, html)


def without_break_before(text: str) -> str:
    """Return *text* without the whitespace it begins with, if a line break is in it."""
    stripped = text.lstrip(_BLANK)
    return stripped if "\n" in text[: len(text) - len(stripped)] else text


def without_break_after(text: str) -> str:
    """Return *text* without the whitespace it ends with, if a line break is in it."""
    stripped = text.rstrip(_BLANK)
    return stripped if "\n" in text[len(stripped) :] else text


def _joined(found: re.Match[str]) -> str:
    text, at = found.string, found.start()
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if joined_without_space(before, after):
        return ""
    return "\n" if before == ">" else " "


def _is_in(character: str, ranges: str) -> bool:
    return bisect_right(ranges, character) % 2 == 1
