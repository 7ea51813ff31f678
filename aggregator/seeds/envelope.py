"""A seed's bytes as text, and where in it the front matter begins and ends. Does not know what is in either part."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from aggregator.clean import xml_legal
from aggregator.errors import SeedError
from aggregator.seeds.limits import MOST_BYTES


class Syntax(Enum):
    """What front matter is written in. The value is the line that opens it, or how it begins."""

    YAML = "---"
    TOML = "+++"
    JSON = "{"


_CLOSING = {
    Syntax.YAML: re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    Syntax.TOML: re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
# A text that begins with a brace may be anything; one that goes on with a quotation mark is an object.
_JSON_OPENING = re.compile(r'\{\s*"')
_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[{}]', re.DOTALL)
_LONE_CLOSING = re.compile(r"^---[ \t]*$", re.MULTILINE)
# What Hexo takes for front matter though nothing opens it; a line of text above `---` would be a heading in Markdown.
_KEY_LINES = re.compile(r"(?:[A-Za-z_][\w-]*[ \t]*:(?:[ \t][^\n]*)?\n|[ \t]+[^\n]*\n|-[ \t][^\n]*\n|#[^\n]*\n|\n)++", re.ASCII)
_KNOWN_KEY = re.compile(
    r"^(?:title|date|layout|categor(?:y|ies)|tags?|author|permalink|published|updated|description)[ \t]*:", re.MULTILINE
)
_MOSTLY = 0.7


class Envelope(NamedTuple):
    """A seed taken apart. *header* is ``None`` where there is no front matter; *first_line* (1-based) is its first."""

    encoding: str
    header: str | None
    first_line: int
    body: str
    syntax: Syntax = Syntax.YAML


def open_envelope(data: bytes) -> Envelope:
    """Take the seed *data* apart.

    A byte order mark, CRLF line ends and blank lines before the front matter are accepted, and so is front matter that only
    a ``---`` after it shows to be one, as Hexo writes it. Between lines of ``+++`` it is TOML, and an object that the file
    begins with is JSON (https://gohugo.io/content-management/front-matter/).

    Raises:
        SeedError: the file is neither UTF-8 nor GB18030 (``not-utf8``, with the line), blank (``empty``), or its front
            matter does not end (``unterminated-front-matter``, with the line).
    """
    encoding, text = _decode(data)
    start = 0 if text.startswith("---") else len(text) - len(text.lstrip())
    if start == len(text):
        raise SeedError("empty", "the file is empty; write something into it or remove it")
    start = text.rfind("\n", 0, start) + 1
    opening, newline, _ = text[start : start + 100].partition("\n")
    if opening.rstrip() in {"---", "+++"}:
        return _opened(encoding, text, start, start + len(opening) + len(newline))
    if _JSON_OPENING.match(text, start):
        return _json(encoding, text, start)
    closing = _LONE_CLOSING.search(text, start)
    if closing and _KEY_LINES.fullmatch(text, start, closing.start()) and _KNOWN_KEY.search(text, start, closing.start()):
        return Envelope(encoding, text[start : closing.start()], text.count("\n", 0, start) + 1, text[closing.end() + 1 :])
    return Envelope(encoding, None, 1, text)


def _opened(encoding: str, text: str, start: int, header: int) -> Envelope:
    line = text.count("\n", 0, start) + 1
    syntax = Syntax(text[start : start + 3])
    closing = _CLOSING[syntax].search(text, header) if header < len(text) or text.endswith("\n") else None
    if closing is None:
        message = f"the front matter does not end; close it with a line of {syntax.value}"
        raise SeedError("unterminated-front-matter", message, line=line)
    return Envelope(encoding, text[header : closing.start()], line + 1, text[closing.end() + 1 :], syntax)


def _json(encoding: str, text: str, start: int) -> Envelope:
    """Take a seed apart whose front matter is the object at *start*: it goes up to the brace that closes its first."""
    line = text.count("\n", 0, start) + 1
    depth = 0
    for part in _JSON_PART.finditer(text, start, start + MOST_BYTES):
        depth += {"{": 1, "}": -1}.get(part[0], 0)
        if depth == 0:
            return Envelope(encoding, text[start : part.end()], line, text[part.end() :], Syntax.JSON)
    message = f"the front matter does not end, at least not within {MOST_BYTES // 1024} KiB; close it with a brace"
    raise SeedError("unterminated-front-matter", message, line=line)


def _decode(data: bytes) -> tuple[str, str]:
    """Return the name of the encoding, and the text."""
    try:
        return "UTF-8", xml_legal(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        if (text := _chinese(data)) is not None:
            return "GB18030", xml_legal(text)
        line = data.count(b"\n", 0, error.start) + 1
        raise SeedError("not-utf8", "neither UTF-8 nor GB18030; convert the file to UTF-8", line=line) from error


def _chinese(data: bytes) -> str | None:
    """Return *data* read as GB18030, if that gives Chinese.

    Almost any bytes can be read so. Damaged UTF-8 still shows more whole characters than gaps when it is read as UTF-8, and
    Latin or Big5 text gives characters that nobody writes: of a Chinese text, most are in the GB 2312 of 1980.
    """
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    as_utf8 = [character for character in data.decode("utf-8", "replace") if not character.isascii()]
    if as_utf8.count("\ufffd") * 2 < len(as_utf8):
        return None
    foreign = "".join(character for character in text if not character.isascii())
    frequent = foreign.encode("gb2312", "ignore").decode("gb2312")
    return text if len(frequent) >= _MOSTLY * len(foreign) else None
