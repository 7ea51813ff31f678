"""Markup of which the answer is known without parsing it. Pure text; knows no library.

Most entries are paragraphs of text with a few links. For such markup, described here by a grammar, cleaning changes nothing,
and a parser costs ten times as much as the look at it. Tests prove that the short way and the long way agree.
"""

from __future__ import annotations

import re

_INLINE = "strong em b i u s del ins sub sup code"
_ELEMENTS = "|".join(rf"{name}>[^<]*+</{name}>" for name in _INLINE.split())
INLINE = rf"[^<]*+(?:<(?:br>|{_ELEMENTS})[^<]*+)*+"
HEADINGS_AND_PARAGRAPHS = "|".join(f"{name}>{INLINE}</{name}>" for name in ["p", "h1", "h2", "h3", "h4", "h5", "h6"])
_LISTS = "|".join(rf"{name}>\n(?:<li>{INLINE}</li>\n)++</{name}>" for name in ("ul", "ol"))
# nh3 would drop a byte order mark at the start.
_INERT = re.compile(
    rf"(?!\ufeff)(?:{INLINE}|"
    rf"(?:<(?:{HEADINGS_AND_PARAGRAPHS}|{_LISTS}|blockquote>\n(?:<p>{INLINE}</p>\n)++</blockquote>|hr>)\n*+)*+)"
)
_OTHER_REFERENCE = re.compile("&(?!(?:amp|lt|gt);)")
_URL_ATTRIBUTE = re.compile("[hHsSpP](?i:ref|rc|oster)")
_ORDINARY_LINK = re.compile(
    r"\b(?:href|src|poster)=\"https?://[a-z0-9][a-z0-9.-]{0,200}"
    r"(?:/(?:[A-Za-z0-9/._~:@!$'()*+,;=%?#-]|&amp;){0,1500})?\""
)
_PERHAPS_INVISIBLE = re.compile(r"style|hidden|\b(?:width|height)\s*=\s*[\"']?\s*[01]\s*(?:px|\.|[\"'\s/>])", re.IGNORECASE)
_ITS_WORDS = re.compile("[sShHwW](?i:tyle|idden|eight|idth)")


def is_inert(html: str) -> bool:
    """Say whether *html* is made of whole paragraphs, headings, flat lists and quotations without any attribute.

    Of such HTML nothing can be unsafe, and serialising it again gives the same characters.
    """
    return (
        html.count("<") == html.count(">")  # so that no `>` stands in the text, where it would become `&gt;`
        and "\xa0" not in html  # would become `&nbsp;`
        and ("&" not in html or _OTHER_REFERENCE.search(html) is None)
        and _INERT.fullmatch(html) is not None
    )


def has_ordinary_links_only(html: str) -> bool:
    """Say whether each address in an attribute of *html* is absolute, of http or https, and fit to be published as it is.

    Counts every place where the name of such an attribute can be read, wherever that is, so that none is overlooked.
    """
    return len(_URL_ATTRIBUTE.findall(html)) == len(_ORDINARY_LINK.findall(html))


def is_all_visible(html: str) -> bool:
    """Say whether *html* surely hides nothing; ``False`` means that its tree has to be looked at."""
    return _ITS_WORDS.search(html) is None or _PERHAPS_INVISIBLE.search(html) is None
