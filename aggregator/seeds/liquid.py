"""Liquid, the template language of Jekyll, in the text of a seed: carried out where that needs no site, else removed.

    {% raw %} … {% endraw %}                  what is between, as it is
    {% highlight LANG %} … {% endhighlight %} a block of code
    {% comment %} … {% endcomment %}          nothing
    {% post_url NAME %}, {% link PATH %}      the address on the old site, if it can be known
    {{ "PATH" | relative_url }}               the path
    {{ … }}, {% … %}                          nothing: what they stood for is not in the file

No Liquid is shown outside ``raw``, not even if it is broken; but initialisers of C and Java, such as ``{{1, 2}, {3, 4}}``, are
no Liquid. Text in, text out, in linear time.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What is not closed goes up to the end of its line, or the next tag.
_UNCLOSED = r"[^\n<{]{0,200}"
_TOKEN = re.compile(
    r"\{%-?(?P<tag>(?:(?!\{%|%\})[\s\S]){0,2000}+)%\}"
    r"|\{{2,}+(?![\s{]*[-+]?\.?\d[\w.]*\s*[,}])(?P<output>(?:(?!\{[{%]|\}\})[\s\S]){0,2000}+)\}{2,}+"
    rf"|\{{%{_UNCLOSED}|\{{{{2,}}+(?![\s{{]*[-+]?\.?\d[\w.]*\s*[,}}]){_UNCLOSED}"
)
_END = {
    name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}")
    for name in ("raw", "comment", "highlight")
}  # fmt: skip
_ADDRESS = re.compile(r"-?\s*(?:\"([^\"]*)\"|'([^']*)')\s*\|\s*(?:relative_url|absolute_url)\b[^|]*")


class _Piece(NamedTuple):
    """What a piece of the text became: it is *shown* instead; *source* is what was removed, if nothing is shown."""

    shown: str
    source: str = ""


def render_liquid(text: str, address_of: Callable[[str, str], str | None]) -> tuple[str, tuple[str, ...]]:
    """Return *text* without its Liquid, and the pieces that were removed.

    *address_of* is given ``post_url`` or ``link`` and what follows it, and returns the address or ``None``.
    """
    if "{%" not in text and "{{" not in text:
        return text, ()
    shown = ""
    whole: list[str] = []
    removed = []
    for piece in _pieces(text, address_of):
        # What stood apart must not become Liquid by standing together.
        if shown.endswith("{") and piece.shown.startswith(("{", "%")):
            whole.append(" ")
        shown = piece.shown or shown
        whole.append(piece.shown)
        removed += [piece.source] if piece.source else []
    return "".join(whole), tuple(removed)


def _pieces(text: str, address_of: Callable[[str, str], str | None]) -> Iterator[_Piece]:
    absent: set[str] = set()  # blocks that do not end in the rest of the text: not to be looked for again
    at = 0
    while token := _TOKEN.search(text, at):
        yield _Piece(text[at : token.start()])
        at = token.end()
        name, arguments = _words(token["tag"] or "")
        if name in _END and name not in absent:
            if end := _END[name].search(text, at):
                yield _block(name, text[at : end.start()], address_of)
                at = end.end()
                continue
            absent.add(name)
        shown = address_of(name, arguments) if name in {"post_url", "link"} else _output(token["output"])
        yield _Piece(shown or "", "" if shown else token[0])
    yield _Piece(text[at:])


def _words(tag: str) -> tuple[str, str]:
    """Return the name of a tag, and what follows it."""
    name, _, arguments = tag.strip(" \t\n-").partition(" ")
    return name, arguments.strip()


def _block(name: str, inner: str, address_of: Callable[[str, str], str | None]) -> _Piece:
    if name == "comment":
        return _Piece("", inner.strip())
    if name == "raw":
        return _Piece(inner)
    code, _ = render_liquid(inner, address_of)
    return _Piece(f"\n\n<pre><code>{escape(code.strip(chr(10)), quote=False)}\n</code></pre>\n\n")


def _output(output: str | None) -> str | None:
    """Return the address that ``"…" | relative_url`` stands for."""
    found = _ADDRESS.fullmatch(output.strip()) if output else None
    return (found[1] or found[2]) if found else None
