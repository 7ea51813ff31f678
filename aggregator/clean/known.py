"""Markup of which the answer is known without parsing it. Pure text; knows no library.

Most entries are paragraphs of text with a few links. For such markup, described here by a grammar, cleaning changes nothing,
and a parser costs ten times as much as the look at it. Tests prove that the short way and the long way agree.
"""

from __future__ import annotations

import re
from functools import cache

_INLINE = ("strong", "em", "b", "i", "u", "s", "del", "ins", "sub", "sup", "code")
# A look that is enough for most posts. In a text, `>` would become `&gt;`.
_PARAGRAPHS = r"(?:<p>[^<>]*+</p>\n*+)*+"
_OTHER_REFERENCE = "&(?!(?:amp|lt|gt);)"
_URL_ATTRIBUTE = "[hHsSpP](?i:ref|rc|oster)"
_ORDINARY_LINK = (
    r"\b(?:href|src|poster)=\"https?://[a-z0-9][a-z0-9.-]{0,200}"
    r"(?:/(?:[A-Za-z0-9/._~:@!$'()*+,;=%?#-]|&amp;){0,1500})?\""
)
_PERHAPS_INVISIBLE = r"(?i)style|hidden|\b(?:width|height)\s*=\s*[\"']?\s*[01]\s*(?:px|\.|[\"'\s/>])"
# In bytes and small letters: what has none of it has nothing of the above.
_PERHAPS_TINY = tuple(
    word + rb"[\s\x1c-\x1f\x80-\xff]*=[\s\x1c-\x1f\x80-\xff]*[\"']?[\s\x1c-\x1f\x80-\xff]*[01](?![0-9])"
    for word in (b"width", b"height")
)
_NO_ASCII_BUT_LIKE_IT = ("\u0130", "\u0131", "\u017f")  # i, i and s when case is ignored
_ITS_WORDS = "[sShHwW](?i:tyle|idden|eight|idth)"


def is_inert(html: str) -> bool:
    """Say whether *html* is made of whole paragraphs, headings, flat lists and quotations without any attribute.

    Of such HTML nothing can be unsafe, and serialising it again gives the same characters.
    """
    return (
        "\xa0" not in html  # would become `&nbsp;`
        and "<a " not in html  # nearly all that is not, at a glance
        and "<img " not in html
        and ("&" not in html or re.search(_OTHER_REFERENCE, html) is None)
        and (re.fullmatch(_PARAGRAPHS, html) or _is_text(html) or _inert().fullmatch(html)) is not None
    )


def _is_text(html: str) -> bool:
    """Say whether there is no tag at all, as the grammar of inert HTML would, without compiling it."""
    return "<" not in html and ">" not in html and html[:1] != "\ufeff"


def has_ordinary_links_only(html: str) -> bool:
    """Say whether each address in an attribute of *html* is absolute, of http or https, and fit to be published as it is.

    Counts every place where the name of such an attribute can be read, wherever that is, so that none is overlooked.
    """
    return len(re.findall(_URL_ATTRIBUTE, html)) == len(re.findall(_ORDINARY_LINK, html))


def is_all_visible(html: str) -> bool:
    """Say whether *html* surely hides nothing; ``False`` means that its tree has to be looked at."""
    small = html.encode("utf-8", "replace").lower()
    if (
        b"style" not in small
        and b"hidden" not in small
        and not any(re.search(pattern, small) for pattern in _PERHAPS_TINY)
        and (html.isascii() or not any(letter in html for letter in _NO_ASCII_BUT_LIKE_IT))
    ):
        return True
    return re.search(_ITS_WORDS, html) is None or re.search(_PERHAPS_INVISIBLE, html) is None


@cache
def _inert() -> re.Pattern[str]:
    """Return the grammar of inert HTML; it takes a millisecond to compile."""
    elements = "|".join(rf"{name}>[^<>]*+</{name}>" for name in _INLINE)
    inline = rf"[^<>]*+(?:<(?:br>|{elements})[^<>]*+)*+"
    # One way through for headings of all levels; that each ends as it begins is seen in advance.
    levels = "|".join(f"{level}>(?:[^<]++|<(?!/h))*+</h{level}>" for level in range(1, 7))
    lists = "|".join(rf"{name}>\n(?:<li>{inline}</li>\n)++</{name}>" for name in ("ul", "ol"))
    quotation = rf"blockquote>\n(?:<p>{inline}</p>\n)++</blockquote>"
    blocks = rf"p>{inline}</p>|h(?={levels})[1-6]>{inline}</h[1-6]>|{lists}|{quotation}|hr>"
    # nh3 would drop a byte order mark at the start.
    return re.compile(rf"(?!\ufeff)(?:{inline}|(?:<(?:{blocks})\n*+)*+)")
