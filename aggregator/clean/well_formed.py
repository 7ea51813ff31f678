"""HTML written as a serialiser writes it: sanitised by a look at its tags, without a parser. Pure text; knows no library.

Where every element is closed in its turn, and none stands where a parser would close or move another, the tree is what the tags
say (HTML, section 13.2.6). Then sanitising means to leave out some tags and attributes, and to make links absolute; all else
stays as it is, to the letter. Whatever is not known here to be so is left to the parser. Tests prove that both ways agree.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from aggregator.clean.allowed import ADDRESSES, ATTRIBUTES, EVERYWHERE, LINK_REL, TAGS
from aggregator.clean.text import compiled, escaped, is_entity, unescaped, words

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMATTING = "a b big code em font i s small strike strong tt u"
_HEADINGS = "h1 h2 h3 h4 h5 h6"
_BLOCKS = (
    "address article aside blockquote center dd details div dl dt figcaption figure footer header li main nav ol p pre section"
    " summary ul"
)
_INLINE = (
    "abbr acronym audio bdi bdo br cite del dfn img ins kbd label mark picture q samp source span sub sup time var video wbr"
)
_VOID = words("br hr img source wbr")
_PARENTS = {"li": words("</ul> </ol>"), "dd": words("</dl>"), "dt": words("</dl>")}
_ANYWHERE: frozenset[str] = frozenset()
_IN_PARAGRAPH, _IN_HEADING, _IN_FORMATTING = 1, 2, 4

# Written as a serialiser writes them, which leaves quotes alone in texts; and those of which it is known what they mean. In an
# attribute `&copy=` is no reference.
_ODD_REFERENCE = "&(?!(?:amp|lt|gt|nbsp);)"
_NAMED = "#[0-9]{1,5};|#[xX][0-9A-Fa-f]{1,4};|[A-Za-z][A-Za-z0-9]{1,30};"
_REFERENCE = f"&(?:({_NAMED})|(?![A-Za-z0-9#])|())"
_REFERENCE_IN_VALUE = f"&(?:({_NAMED})|(?![A-Za-z0-9#])|(?=[A-Za-z][A-Za-z0-9]*+=)|())"
_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;", '"': "&quot;"}
_LETTERS = "[ !#-%'-;=?-~\xa1-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\uffef]+"
_UNKNOWN = "\0"

# A tag is taken apart only if every parser would take it apart in this way.
_TAGS = "(<[^<>]*+>)"
_ATTRIBUTE = '[ \t\n]++([a-z][a-z0-9_:.-]*+)(?:="([^"]*+)"|(?![^ \t\n/>]))'
_TAG = rf"<([a-z][a-z0-9]*+)((?:{_ATTRIBUTE})*+)[ \t\n]*+(/?)>"
_COMMENT = "<!--(?!-?>)(?:[^-]++|-(?!-))*+-->"
_LONGEST_TAG = 1_000
# Addresses that to every parser are surely absolute, of mail, and relative.
_HOST = r"(?:[a-z0-9](?!n--)[a-z0-9-]{0,62}\.){1,9}[a-z]{2,20}"
_ADDRESS = rf"(?s)https?://{_HOST}(?::[1-9][0-9]{{0,3}})?(?:[/?#].*)?|mailto:.*|(?P<relative>[^:]+)"
# A link to such an address, of characters that stay as they are.
_ORDINARY_LINK = rf"<a href=\"https?://{_HOST}(?:/(?:[A-Za-z0-9/._~:@!$'()*+,;=%?#-]++|&amp;)*+)?\">"
_LINE_IN_PRE = r"<pre[^<>]*>\n"
_MAY_HAVE_ADDRESSES = ("<a", "<img", "<source", "<video")


class Links(Struct, frozen=True):
    """How links become fit to be published: *fit* takes an address, relative ones only if there *is_base*.

    Absolute ones of http and https that hold nothing but ordinary ASCII are fit as they are; nobody asks about them.
    """

    fit: Callable[[str], str | None]
    is_base: bool


# What it means that an element begins: its end tag, empty if it has none; bits for what is open within it; bits of what may not
# be open around it; and, if there are any, the end tags of what it may stand in. A tuple, since it is unpacked for every tag.
_Element: TypeAlias = tuple[str, int, int, frozenset[str]]

_NOTHING: _Element = ("", 0, 0, _ANYWHERE)


def sanitised(html: str, links: Links) -> str | None:
    """Return what the sanitiser makes of *html*, which has nothing illegal or invisible; ``None`` if that is not known."""
    if "\xa0" in html:
        html = html.replace("\xa0", "&nbsp;")
    parts = compiled(_TAGS).split(html)  # by turns texts and tags
    if 2 * html.count("<") != len(parts) - 1 or 2 * html.count(">") != len(parts) - 1:
        return None  # a bare sign is written as a reference
    if compiled(_ODD_REFERENCE).search(html) and not _have_known_references(parts):
        return None
    if not _are_well_formed(parts, links):
        return None
    safe = "".join(parts)
    # A byte order mark at the start is dropped, and so is a line break that begins a <pre>.
    is_cut = safe[:1] == "\ufeff" or html[:1] == "\ufeff" or ("<pre" in safe and re.search(_LINE_IN_PRE, safe))
    return None if is_cut else safe


def _have_known_references(parts: list[str]) -> bool:
    """Write the references in the texts among *parts* as a serialiser does; ``False`` if it is not known what one means."""
    for number in range(0, len(parts), 2):
        text = parts[number]
        if "&" in text and compiled(_ODD_REFERENCE).search(text):
            written = _written(text, _REFERENCE)
            if written is None:
                return False
            parts[number] = written.replace("&quot;", '"')
    return True


def _are_well_formed(parts: list[str], links: Links) -> bool:
    """Make of the tags among *parts* what may be published; ``False`` if one is not understood, or not where it should be."""
    bare, dropped = _bare_tags(), _dropped_end_tags()
    end, bits = "", 0  # of the innermost element that is open
    around: list[tuple[str, int]] = []  # the same of those around it, outermost first
    for number, tag in enumerate(parts[1::2]):
        if tag == end:
            end, bits = around.pop()
            if tag in dropped:
                parts[2 * number + 1] = ""
            continue
        element = bare.get(tag)
        if element is None:
            read = _read(tag, links) if tag.startswith(_MAY_HAVE_ADDRESSES) else _read_without_address(tag)
            if read is None:
                return False
            element, parts[2 * number + 1] = read
        its_end, adds, bars, parents = element
        if bits & bars or (parents and end not in parents):
            return False
        if its_end:
            around.append((end, bits))
            end, bits = its_end, bits | adds
    return not around


@lru_cache(maxsize=1024)
def _read_without_address(tag: str) -> tuple[_Element, str] | None:
    """Do as :func:`_read` does, for tags of which there are many that are the same."""
    return _read(tag, Links(lambda _: None, is_base=False))


def _read(tag: str, links: Links) -> tuple[_Element, str] | None:
    """Return the element that *tag* begins, and the tag to be published; a comment is nothing."""
    if len(tag) <= _LONGEST_TAG and compiled(_ORDINARY_LINK).fullmatch(tag):
        return _elements()["a"], f'{tag[:-1]} rel="{LINK_REL}">'
    found = compiled(_TAG).fullmatch(tag) if len(tag) <= _LONGEST_TAG else None
    if found is None:
        return (_NOTHING, "") if re.fullmatch(_COMMENT, tag) else None
    name, attributes, _, _, slash = found.groups()
    element = _elements().get(name)
    if element is None or (slash and element[0]):
        return None
    if name not in TAGS:
        return element, ""
    written = _attributes(name, attributes, links) if attributes else ""
    if written is None:
        return None
    return element, f'<{name}{written} rel="{LINK_REL}">' if name == "a" else f"<{name}{written}>"


def _attributes(name: str, attributes: str, links: Links) -> str | None:
    """Write those of the *attributes* that the element *name* may have; ``None`` for what is not known."""
    allowed = ATTRIBUTES.get(name, EVERYWHERE)
    pairs = compiled(_ATTRIBUTE).findall(attributes)
    kept = ""
    for attribute, value in pairs:
        if attribute in allowed:
            written = _written(value, _REFERENCE_IN_VALUE) if "&" in value and compiled(_ODD_REFERENCE).search(value) else value
            if written is not None and attribute in ADDRESSES:
                written = _address(written, links)
            if written is None:
                return None
            kept += f' {attribute}="{written}"'
    # Of two of the same name, the second is dropped.
    return kept if len(pairs) == 1 or len(dict(pairs)) == len(pairs) else None


def _address(written: str, links: Links) -> str | None:
    address = written
    if "&" in written:
        address = written.replace("&amp;", "&")
        if address.count("&") != written.count("&amp;"):
            return None
    found = compiled(_ADDRESS).fullmatch(address)
    if found is None or (found.lastgroup and not links.is_base):
        return None
    safe = links.fit(address)
    if safe is None:
        return None
    return written if safe == address else escaped(safe)


def _written(text: str, pattern: str) -> str | None:
    """Write the references in *text* as a serialiser does in a value; ``None`` if it is not known what one means."""
    written = re.sub(pattern, _reference, text)
    return None if _UNKNOWN in written else written


def _reference(found: re.Match[str]) -> str:
    if not found[1]:
        return "&amp;" if found[2] is None else _UNKNOWN
    shown = unescaped(found[0]) if is_entity(found[0]) else _UNKNOWN
    return _SIGNS.get(shown) or (shown if re.fullmatch(_LETTERS, shown) else _UNKNOWN)


@cache
def _elements() -> dict[str, _Element]:
    """Return what is known, by name."""
    elements = {name: ("" if name in _VOID else f"</{name}>", 0, 0, _ANYWHERE) for name in _INLINE.split()}
    for name in _BLOCKS.split():
        elements[name] = (f"</{name}>", 0, _IN_PARAGRAPH, _PARENTS.get(name, _ANYWHERE))
    elements["hr"] = ("", 0, _IN_PARAGRAPH, _ANYWHERE)
    elements["p"] = ("</p>", _IN_PARAGRAPH, _IN_PARAGRAPH, _ANYWHERE)
    for name in _HEADINGS.split():
        elements[name] = (f"</{name}>", _IN_HEADING, _IN_PARAGRAPH | _IN_HEADING, _ANYWHERE)
    for number, name in enumerate(_FORMATTING.split()):
        elements[name] = (f"</{name}>", _IN_FORMATTING << number, _IN_FORMATTING << number, _ANYWHERE)
    return elements


@cache
def _bare_tags() -> dict[str, _Element]:
    """Return the elements whose tags are published as they are if they have no attributes, by these tags."""
    return {f"<{name}>": element for name, element in _elements().items() if name in TAGS and name != "a"}


@cache
def _dropped_end_tags() -> frozenset[str]:
    return frozenset(end for name, (end, *_) in _elements().items() if name not in TAGS)
