"""Templates in the text of a seed, Jekyll's Liquid and Hugo's shortcodes: carried out where that needs no site, else removed.

    {% raw %} … {% endraw %}                  what is between, as it is
    {% highlight LANG %} … {% endhighlight %} a block of code
    {% comment %} … {% endcomment %}          nothing
    {% post_url NAME %}, {% link PATH %}      the address on the old site, if it can be known
    {{ "PATH" | relative_url }}               the path
    {{ … }}, {% … %}                          nothing: what they stood for is not in the file

    {{< figure src="PATH" >}}                 the picture
    {{< highlight LANG >}} … {{< /highlight >}}, and comment: as above
    {{</* NAME */>}}                          {{< NAME >}}, as Hugo shows it
    {{< … >}}, {{% … %}}                      nothing; what is between two of them stays

No template is shown outside ``raw``, not even if it is broken; but initialisers of C and Java, such as ``{{1, 2}, {3, 4}}``, are
none. Text in, text out, in linear time.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from aggregator.seeds.shortcodes import shortcode_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What is not closed goes up to the end of its line, or the next tag.
_UNCLOSED = r"[^\n<{]{0,200}"
_SHORTCODE = r"\{\{[<%](?P<call>(?:(?!\{[{%]|[>%]\}\})[\s\S]){0,2000}+)[>%]\}\}"
_TOKENS = re.compile(
    _SHORTCODE + r"|\{%-?(?P<tag>(?:(?!\{%|%\})[\s\S]){0,2000}+)%\}"
    r"|\{{2,}+(?![\s{]*[-+]?\.?\d[\w.]*\s*[,}])(?P<output>(?:(?!\{[{%]|\}\})[\s\S]){0,2000}+)\}{2,}+"
    rf"|\{{%{_UNCLOSED}|\{{{{2,}}+(?![\s{{]*[-+]?\.?\d[\w.]*\s*[,}}])(?:<[ \t])?{_UNCLOSED}"
)
_SHORTCODES = re.compile(_SHORTCODE)
# by the kind of tag and its name
_END = {("tag", name): re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in ("raw", "comment", "highlight")} | {
    ("call", name): re.compile(rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}") for name in ("comment", "highlight")
}
_ADDRESS = re.compile(r"-?\s*(?:\"([^\"]*)\"|'([^']*)')\s*\|\s*(?:relative_url|absolute_url)\b[^|]*")


class _Piece(NamedTuple):
    """What a piece of the text became: it is *shown* instead; *source* is what was removed, if nothing is shown."""

    shown: str
    source: str = ""


def render_liquid(text: str, address_of: Callable[[str, str], str | None]) -> tuple[str, tuple[str, ...]]:
    """Return *text* without its Liquid and its shortcodes, and the pieces that were removed.

    *address_of* is given ``post_url`` or ``link`` and what follows it, and returns the address or ``None``.
    """
    if "{%" not in text and "{{" not in text:
        return text, ()
    return _joined(_pieces(text, _TOKENS, address_of))


def render_shortcodes(text: str) -> tuple[str, tuple[str, ...]]:
    """Return *text* without its shortcodes, and the pieces that were removed; all other braces stay as they are."""
    if "{{<" not in text and "{{%" not in text:
        return text, ()
    return _joined(_pieces(text, _SHORTCODES, lambda _tag, _name: None))


def _joined(pieces: Iterator[_Piece]) -> tuple[str, tuple[str, ...]]:
    shown = ""
    whole: list[str] = []
    removed = []
    for piece in pieces:
        # What stood apart must not become a template by standing together.
        if shown.endswith("{") and piece.shown.startswith(("{", "%", "<")):
            whole.append(" ")
        shown = piece.shown or shown
        whole.append(piece.shown)
        removed += [piece.source] if piece.source else []
    return "".join(whole), tuple(removed)


def _pieces(text: str, tokens: re.Pattern[str], address_of: Callable[[str, str], str | None]) -> Iterator[_Piece]:
    absent: set[re.Pattern[str]] = set()  # ends that are not in the rest of the text: not to be looked for again
    at = 0
    while token := tokens.search(text, at):
        yield _Piece(text[at : token.start()])
        at = token.end()
        kind = token.lastgroup or "unclosed"
        name, arguments = _words(token[kind] if kind in {"tag", "call"} else "")
        ending = _END.get((kind, name))
        if ending and ending not in absent:
            if end := ending.search(text, at):
                yield _block(kind, name, text[at : end.start()], address_of)
                at = end.end()
                continue
            absent.add(ending)
        shown = _shown(token, kind, name, arguments, address_of)
        yield _Piece(shown or "", "" if shown else token[0])
    yield _Piece(text[at:])


def _words(tag: str) -> tuple[str, str]:
    """Return the name of a tag, and what follows it."""
    name, *arguments = tag.strip(" \t\n-").split(maxsplit=1) or [""]
    return name, "".join(arguments)


def _block(kind: str, name: str, inner: str, address_of: Callable[[str, str], str | None]) -> _Piece:
    if name == "comment":
        return _Piece("", inner.strip())
    if name == "raw":
        return _Piece(inner)
    code, _ = render_liquid(inner, address_of) if kind == "tag" else render_shortcodes(inner)
    return _Piece(f"\n\n<pre><code>{escape(code.strip(chr(10)), quote=False)}\n</code></pre>\n\n")


def _shown(
    token: re.Match[str], kind: str, name: str, arguments: str, address_of: Callable[[str, str], str | None]
) -> str | None:
    """Return what is shown in place of a tag that is no block."""
    if kind == "tag":
        return address_of(name, arguments) if name in {"post_url", "link"} else None
    if kind == "output":
        return _output(token["output"])
    if kind == "call":
        call = token["call"].strip()
        if call.startswith("/*") and call.endswith("*/"):
            return f"{token[0][:3]}{call[2:-2]}{token[0][-3:]}"
        return shortcode_html(name, arguments)
    return None


def _output(output: str) -> str | None:
    """Return the address that ``"…" | relative_url`` stands for."""
    found = _ADDRESS.fullmatch(output.strip())
    return (found[1] or found[2]) if found else None
