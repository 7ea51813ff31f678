"""Owns the way from a file's bytes to text that an XML parser takes, and from written names to names on one line."""

from __future__ import annotations

import codecs
import html
import re
from html.entities import html5

from aggregator.errors import UnreadableOpmlError

LONGEST_NAME = 200

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),  # no mark, but the first character of every list (XML 1.0, appendix F.1)
    (b"\0<", "utf-16-be"),
)
_LABEL = re.compile(rb"""\s*<\?xml\s[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# No other label reaches Python: some of its codecs, such as punycode, take the square of what they read.
_KNOWN_LABEL = re.compile(r"iso-8859-(?:[1-9]|1[013-6])|windows-125[0-8]|koi8-[ru]|big5|euc-jp")
_SUPERSETS = {"gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949"}

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*>")
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_REFERENCE = r"(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});"
_BARE_AMPERSAND = re.compile(f"&(?!{_REFERENCE})")
_OTHER_REFERENCE = re.compile(f"&(?!(?:amp|lt|gt|quot|apos);)({_REFERENCE})")  # those five are all that XML knows
_LAST_CHARACTER = 0x10FFFF
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")


def decoded(data: bytes) -> str:
    """Read *data* as text: by its mark, else as UTF-8 whatever its label says, else by its label.

    Raises:
        UnreadableOpmlError: ``wrong-encoding``. Names become categories for good, so none is guessed.
    """
    found = _LABEL.match(data)
    label = found[1].decode("ascii", "replace").lower() if found else ""
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    declared = label if _KNOWN_LABEL.fullmatch(label) else _SUPERSETS.get(label, "utf-8")
    for codec in (marked,) if marked else ("utf-8", declared):
        try:
            return data.decode(codec).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    stated = f"{label}, as it says" if label else marked or "UTF-8"
    raise UnreadableOpmlError("wrong-encoding", f"the list cannot be read as {stated}; save it as UTF-8")


def repaired(text: str) -> str:
    """Mend what would make an XML parser give up; lines stay where they are.

    Taken away are the declaration, whose encoding is no longer true, and characters that XML cannot carry. A bare ``&`` and
    HTML's entities, which XML does not know, are written as what they mean; in comments too, where it does not matter.
    """
    if declaration := _DECLARATION.match(text):
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    return _OTHER_REFERENCE.sub(_as_meant, _BARE_AMPERSAND.sub("&amp;", _ILLEGAL.sub("", text)))


def _as_meant(found: re.Match[str]) -> str:
    reference = found[1]
    if reference[0] != "#":
        return html.escape(html5[reference]) if reference in html5 else f"&amp;{reference}"
    code = int(reference[2:-1], 16) if reference[1] == "x" else int(reference[1:-1])
    return found[0] if code <= _LAST_CHARACTER and not _ILLEGAL.match(chr(code)) else ""


def one_line(text: str) -> str:
    """Write *text* on one line, without what XML cannot carry and without user names and passwords within addresses."""
    return _CREDENTIALS.sub("", " ".join(_ILLEGAL.sub("", text).split()))


def name_of(text: str) -> str:
    """Write the name of a feed or folder on one line, cut to 200 characters."""
    return one_line(text)[:LONGEST_NAME].rstrip()
