"""Owns whether a text whose letters changed is another text to those who read it.

It is not, where all that changed is white space that no reader shows, a link or picture that leads where it led, or an
advertisement without words. Nothing else is taken for noise: an address of a picture that is signed anew is the only one that
still works, and a number may be the news.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.decide.addresses import Addresses
    from aggregator.model import Candidate, Revision

_BLOCKS = (
    "address|article|aside|blockquote|br|caption|center|col|colgroup|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header"
    "|hr|li|main|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_AROUND_BLOCKS = re.compile(rf" ?(</?(?:{_BLOCKS})(?: [^<>]*)?>) ?")
# Markup as clean writes it: small letters, every value in quotation marks, no sign of a tag within one.
_TAG = re.compile(r"<[^<>]*>")
_ADDRESSED = re.compile(r"<(?:a|audio|img|source|video) [^<>]*>")
_ADDRESS = re.compile(r' (href|poster|src)="([^"]*)"')
_ADVERTISING = "<\0>"
_WORDLESS = re.compile(rf"{_ADVERTISING}(?: |<br>|<img[^<>]*>)*</a>")
_EMPTY = re.compile(r"<(b|center|div|em|figure|i|p|small|span|strong)(?: [^<>]*)?> ?</\1>")
_MOST_AROUND = 4  # empty elements in each other


def reads_the_same(now: Candidate, before: Revision, addresses: Addresses) -> bool:
    """Say whether a reader would see in *now* what they saw *before*. Linear in the texts."""
    return (
        (now.authors, now.tags) == (before.authors, before.tags)
        and _stand_for(addresses.page, now.url) == _stand_for(addresses.page, before.url)
        and [_stand_for(addresses.file, e.url) for e in now.enclosures]
        == [_stand_for(addresses.file, e.url) for e in before.enclosures]
        and now.title == before.title
        and _is_one_text(now.summary or "", before.summary or "", addresses)
        and _is_one_text(now.content or "", before.content or "", addresses)
    )


def _is_one_text(one: str, other: str, addresses: Addresses) -> bool:
    if one == other:
        return True
    one, other = one.replace("&nbsp;", " "), other.replace("&nbsp;", " ")
    # The words by themselves are quickly known, and nearly always the end of it.
    return _words(one) == _words(other) and _as_read(one, addresses) == _as_read(other, addresses)


def _words(text: str) -> str:
    return "".join(_TAG.sub("", text).split())


def _as_read(text: str, addresses: Addresses) -> str:
    """Write a text so that it is the same for all that reads the same."""
    spaced = " ".join(text.split())  # nobody sees runs of white space, nor that beside a block
    read = _ADDRESSED.sub(lambda tag: _meant(tag[0], addresses), spaced)
    read = _WORDLESS.sub("", read)
    for _ in range(_MOST_AROUND):
        read = _EMPTY.sub("", read)
    return _AROUND_BLOCKS.sub(r"\1", " ".join(read.split()))


def _meant(tag: str, addresses: Addresses) -> str:
    """Write a tag with what its addresses stand for; leave out the picture of an advertiser, and where their link leads."""
    found = _ADDRESS.search(tag)
    if found and tag.startswith(("<a ", "<img ")) and addresses.is_advertising(html.unescape(found[2])):
        return _ADVERTISING if tag.startswith("<a ") else ""
    return _ADDRESS.sub(lambda found: f' {found[1]}="{_place(found, addresses)}"', tag)


def _place(found: re.Match[str], addresses: Addresses) -> str:
    address = html.unescape(found[2])
    key = _stand_for(addresses.page if found[1] == "href" else addresses.file, address)
    return f"{key}#{address.partition('#')[2]}"


def _stand_for(key: Callable[[str], str | None], address: str | None) -> str | None:
    return key(address) or address if address else None
