"""Owns that a text cannot turn the text around it: what it says of the direction of writing ends where it ends. Pure.

HTML's ``<bdi>`` and ``dir="auto"`` keep apart what is written in two directions, but browsers make of them the same controls that
a text may contain (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters): one that closes what it did not open
gets out of its element, and there is no element in a ``<title>``.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_ISOLATE_END, _EMBEDDING_END = "\u2069", "\u202c"
_END_OF = dict.fromkeys("\u2066\u2067\u2068", _ISOLATE_END) | dict.fromkeys("\u202a\u202b\u202d\u202e", _EMBEDDING_END)
_CONTROL = re.compile(f"[{''.join(_END_OF)}{_ISOLATE_END}{_EMBEDDING_END}]")


def written_out(url: str) -> str:
    """Return an address with these controls percent-encoded (RFC 3987, section 3.1): in a link, too, each is a part of it."""
    return url if url.isascii() else _CONTROL.sub(lambda found: quote(found[0]), url)


def contained(text: str) -> str:
    """Return *text* without controls that close what it did not open, and with those that close what it leaves open."""
    if text.isascii() or not _CONTROL.search(text):
        return text
    open_ends: list[str] = []
    closed = _CONTROL.sub(lambda found: _within(found[0], open_ends), text)
    return closed + "".join(reversed(open_ends))


def _within(control: str, open_ends: list[str]) -> str:
    """Return *control* if it may stand where the ends of *open_ends* are still to come, which it changes."""
    if control in _END_OF:
        open_ends.append(_END_OF[control])
    elif control == _ISOLATE_END and control in open_ends:
        while open_ends.pop() != control:  # with an isolate ends what was opened within it
            pass
    elif open_ends[-1:] == [control]:
        open_ends.pop()
    else:
        return ""
    return control
