"""Turns the bytes of a document into text. Owns which encodings exist for us and how a wrong label is seen through.

Does not know XML or JSON beyond the encoding an XML declaration names. Only the codecs listed here can be reached: a document
may not ask for Python's ``unicode_escape``, ``punycode`` or ``utf-7``.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from functools import cache

from msgspec import Struct

from aggregator.errors import UnreadableFeedError
from aggregator.model import Remark
from aggregator.parse.patterns import compiled

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# UTF-16 without a mark: the first character of a feed, "<" or "{", beside a zero byte (XML 1.0, appendix F.1).
_UNMARKED_UTF16 = (
    (rb"[<{]\x00[^\x00]", "utf-16-le"),
    (rb"\x00[<{]\x00[^\x00]", "utf-16-be"),
)

# Labels as the WHATWG Encoding Standard reads them: a national standard is taken for the superset that people really write
# in. A label that can be read byte by byte cannot truly be UTF-16 (.NET writes it into UTF-8 documents), so it is UTF-8.
_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 utf-16 utf16 utf-16le utf-16be ucs-2 iso-10646-ucs-2 unicode",
    "cp1252": "us-ascii ascii iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 windows-1252 cp1252 x-cp1252 ansi",
    "gb18030": "gb18030 gbk gb2312 gb_2312 gb_2312-80 gb2312-80 csgb2312 x-gbk cp936 ms936 windows-936 chinese",
    "big5hkscs": "big5 big5-hkscs big-5 cn-big5 x-x-big5 csbig5 cp950",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j csshiftjis cp932 ms932",
    "euc_jp": "euc-jp euc_jp eucjp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp949": "euc-kr euc_kr euckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cp949 uhc",
    "iso8859_2": "iso-8859-2 latin2",
    "iso8859_3": "iso-8859-3 latin3",
    "iso8859_4": "iso-8859-4 latin4",
    "iso8859_5": "iso-8859-5 cyrillic",
    "iso8859_6": "iso-8859-6 arabic",
    "iso8859_7": "iso-8859-7 greek",
    "iso8859_8": "iso-8859-8 iso-8859-8-i hebrew",
    "iso8859_10": "iso-8859-10 latin6",
    "iso8859_13": "iso-8859-13",
    "iso8859_14": "iso-8859-14",
    "iso8859_15": "iso-8859-15 latin-9",
    "iso8859_16": "iso-8859-16",
    "cp874": "windows-874 tis-620 iso-8859-11",
    "cp1250": "windows-1250 cp1250",
    "cp1251": "windows-1251 cp1251 win-1251",
    "cp1253": "windows-1253 cp1253",
    "cp1254": "windows-1254 cp1254 iso-8859-9 latin5",
    "cp1255": "windows-1255 cp1255",
    "cp1256": "windows-1256 cp1256",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "koi8_r": "koi8-r koi8",
    "koi8_u": "koi8-u koi8-ru",
    "cp866": "ibm866 cp866",
    "mac_roman": "macintosh x-mac-roman",
}

_HTTP_CHARSET = r"""(?i)charset\s*=\s*["']?([^\s;"']+)"""
_XML_ENCODING = rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([^"'>]{1,40})["']"""
_DECLARATION_WITHIN = 2048
_ESCAPE = b"\x1b"  # by which ISO 2022 changes character sets

# A code page error leaves a replacement character; so few of them beside so many good characters are slips, not a wrong guess.
_GOOD_PER_SLIP = 4

_GB_PAIR = rb"[\x81-\xfe][\x40-\xfe]"
_GB_COMMON_PAIR = rb"[\xa1-\xa9\xb0-\xd7][\xa1-\xfe]"
_GB_COMMON_SHARE = 0.8


class Decoded(Struct, frozen=True, kw_only=True):
    """A document as text, without byte order mark. *flaw* says that characters may have been misread or lost."""

    text: str
    encoding: str
    flaw: Remark | None = None


def decode(body: bytes, content_type: str | None) -> Decoded:
    """Read *body* as text, using its marks, its labels (*content_type* is the HTTP header), and what the bytes look like.

    A byte order mark is believed first (RFC 7303, section 3). After it the bytes themselves: text that is valid UTF-8 is
    UTF-8, since servers attach charset labels to documents they never looked at and other encodings do not pass by accident.
    Then the HTTP charset, the XML declaration, and finally a guess between GB18030 and windows-1252.

    Raises:
        UnreadableFeedError: ``unsupported-encoding``, when the label names an encoding we do not read and the bytes are not
            UTF-8.
    """
    if (marked := _marked(body)) is not None:
        return marked
    if _ESCAPE not in body:  # as nearly always
        with suppress(UnicodeDecodeError):
            return Decoded(text=body.decode(), encoding="utf-8")
    labels, known = _labels(body, content_type), _codecs()
    declared = [known[label] for label in labels if label in known]
    looks_like_ascii = ["iso2022_jp"] if "iso2022_jp" in declared and _ESCAPE in body else []
    for codec in (*looks_like_ascii, "utf-8", *declared):
        try:
            return Decoded(text=body.decode(codec), encoding=codec)
        except UnicodeDecodeError:
            continue
    for codec in (*declared, "utf-8"):
        text = body.decode(codec, "replace")
        if _only_slips(text):
            return Decoded(text=text, encoding=codec, flaw=_lossy(codec))
    if unknown := [label for label in labels if label not in known]:
        message = f"the document says that its encoding is {unknown[0]!r}, which is not read here; ask the publisher for UTF-8"
        raise UnreadableFeedError("unsupported-encoding", message)
    return _guessed(body)


@cache
def _codecs() -> dict[str, str]:
    return {label: codec for codec, labels in _LABELS.items() for label in labels.split()}


def _marked(body: bytes) -> Decoded | None:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], codec)
    for pattern, codec in _UNMARKED_UTF16 if b"\0" in body[:2] else ():
        if re.match(pattern, body):
            return _decoded(body, codec)
    return None


def _labels(body: bytes, content_type: str | None) -> list[str]:
    http = compiled(_HTTP_CHARSET).search(content_type or "")
    xml = compiled(_XML_ENCODING).search(body[:_DECLARATION_WITHIN])
    labels = [http[1] if http else "", xml[1].decode("ascii", "replace") if xml else ""]
    return [label.strip().lower() for label in labels if label.strip()]


def _decoded(body: bytes, codec: str) -> Decoded:
    text = body.decode(codec, "replace")
    lost = "\ufffd" in text and text.encode(codec) != body
    return Decoded(text=text, encoding=codec, flaw=_lossy(codec) if lost else None)


def _only_slips(text: str) -> bool:
    slips = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - slips
    return good >= slips * _GOOD_PER_SLIP


def _guessed(body: bytes) -> Decoded:
    flaw = Remark(code="wrong-encoding", message="the document does not say its encoding, or says it wrongly; it was guessed")
    if _looks_like_simplified_chinese(body):
        return Decoded(text=body.decode("gb18030", "replace"), encoding="gb18030", flaw=flaw)
    return Decoded(text=body.decode("cp1252", "replace"), encoding="cp1252", flaw=flaw)


def _looks_like_simplified_chinese(body: bytes) -> bool:
    """Whether the bytes pair up to common characters: nearly any bytes are *valid* GB18030, also "Jörg" in Latin-1."""
    pairs = compiled(_GB_PAIR).findall(body)
    common = sum(1 for pair in pairs if compiled(_GB_COMMON_PAIR).fullmatch(pair))
    return common > len(pairs) * _GB_COMMON_SHARE


def _lossy(codec: str) -> Remark:
    return Remark(code="wrong-encoding", message=f"the document is not all in {codec}; what could not be read is shown as U+FFFD")
