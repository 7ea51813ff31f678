"""HTML that is safe to publish. The only module that knows nh3; trees are left to ``aggregator.clean.trees``.

The allow-list is ours and tight: what an article needs and nothing that can run, track, restyle the page or clobber its
names: no ``style``, ``class``, ``id``, ``name``, ``srcset``, no SVG, MathML, forms or frames. The order matters: first cut
what must be seen to be cut (``style`` says what is hidden), then sanitise, so that the sanitiser has the last word.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from aggregator.clean.allowed import ADDRESSES, ATTRIBUTES, EVERYWHERE, LINK_REL, TAGS, TAGS_WITH_CONTENT
from aggregator.clean.known import has_ordinary_links_only, is_all_visible, is_inert
from aggregator.clean.limits import DEEPEST, TangledError, refuse_crowds, without_data_uris
from aggregator.clean.links import mail_url, web_url
from aggregator.clean.plain import rough_text_of
from aggregator.clean.text import escaped, xml_legal
from aggregator.clean.well_formed import Links, sanitised
from aggregator.model import Remark

if TYPE_CHECKING:
    from collections.abc import Callable

    import nh3

MOST_BYTES = 1024 * 1024

_FEW_TAGS = DEEPEST  # with fewer, nothing can be nested deeper
_FEW_REFERENCES = 2_000
_MOST_BYTES_A_CHARACTER = 5  # `&amp;`
_TAG_NAME = r"<([A-Za-z][^\s/>]*)"
_PRE_NEWLINE = r"(<pre[^<>]*>)\n"


def safe_html(html: str, *, base_url: str | None) -> tuple[str | None, tuple[Remark, ...]]:
    """Return *html* fit to be published, links absolute, or ``None`` if nothing is left; and what had to be given up.

    Relative links are resolved against *base_url*; without one they are dropped, their text stays. More than 1 MiB, and
    markup that could not be parsed in reasonable time, becomes plain paragraphs.
    """
    if not html:
        return None, ()
    html = xml_legal(html)
    if _is_long(html):
        html = without_data_uris(html)
    if _is_long(html):
        return _as_text(html, f"longer than {MOST_BYTES // 1024:,} KiB")
    if _has_few_parts(html) and (safe := _known(html, base_url)) is not None:
        return safe.strip() or None, ()
    try:
        return _cleaned(_visible(html), base_url=base_url) or None, ()
    except TangledError as error:
        return _as_text(html, str(error))


def _known(html: str, base_url: str | None) -> str | None:
    """Return what the sanitiser makes of *html*, of few parts, where it need not be asked."""
    if is_inert(html):
        return html
    links = Links(partial(_fit, base_url=base_url), is_base=bool(base_url))
    return sanitised(html, links) if is_all_visible(html) else None


def _is_long(html: str) -> bool:
    return len(html) > MOST_BYTES // 4 and len(html.encode()) > MOST_BYTES


def _has_few_parts(html: str) -> bool:
    return html.count("<") <= _FEW_TAGS and html.count("&") <= _FEW_REFERENCES


def _visible(html: str) -> str:
    """Return *html* without what no reader would see; most entries show by a look at their text that they have no such thing."""
    if _has_few_parts(html) and is_all_visible(html):
        refuse_crowds(html)
        return html
    from aggregator.clean import trees  # noqa: PLC0415 - lxml takes 5 ms to load, and few entries need it

    body = trees.parse(html)
    trees.drop_invisible(body)
    return trees.inner_html(body)


def _cleaned(html: str, *, base_url: str | None) -> str:
    dropped: list[str] = []
    if has_ordinary_links_only(html):
        cleaner = _cleaner_of_ordinary_links()
    else:
        # The filter has made relative links absolute before they could pass.
        relative = "pass_through" if base_url else "deny"
        cleaner = _cleaner(attribute_filter=_link_filter(base_url, dropped), url_relative=relative)
    safe = cleaner.clean(html)
    legal = xml_legal(safe)
    if dropped or legal != safe or "<table" in safe or not TAGS.issuperset(re.findall(_TAG_NAME, html)):
        # What is left when characters, attributes or tags are gone may be parsed in another way: <h1><font><h1> becomes
        # <h1><h1>, which is read as <h1></h1><h1>. So may what was moved out of a table. The next reader must find what we found.
        legal = cleaner.clean(legal)
    # A newline that begins a <pre> is eaten by the next parser unless there are two (HTML, section 13.1.2.5).
    return re.sub(_PRE_NEWLINE, r"\1\n\n", legal).strip()


@cache
def _cleaner_of_ordinary_links() -> nh3.Cleaner:
    """Return the cleaner for links that need no second look; a cleaner takes longer to make than to use."""
    return _cleaner(url_relative="deny")


def _cleaner(**options: Any) -> nh3.Cleaner:
    import nh3  # noqa: PLC0415 - most entries are known to be safe without it

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(TAGS_WITH_CONTENT),
        attributes={"*": set(EVERYWHERE)} | {name: set(names) for name, names in ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel=LINK_REL,
        strip_comments=True,
        **options,
    )


def _link_filter(base_url: str | None, dropped: list[str]) -> Callable[[str, str, str], str | None]:
    """Return a filter that makes links absolute; addresses that may not be published are dropped, and noted in *dropped*."""

    def fit(_tag: str, attribute: str, value: str) -> str | None:
        if attribute not in ADDRESSES:
            return value
        safe = _fit(value, base_url)
        if safe is None:
            dropped.append(value)
        return safe

    return fit


def _fit(address: str, base_url: str | None) -> str | None:
    """Make an *address* absolute; ``None`` if it may not be published."""
    # An empty address is the page's own; as an image it would be a request for nothing.
    return web_url(address, base_url=base_url) or mail_url(address) if address.strip() else None


def _as_text(html: str, reason: str) -> tuple[str | None, tuple[Remark, ...]]:
    """Return the text of *html*, one paragraph a line, cut to what fits into the cap; and a remark that says so."""
    kept: list[str] = []
    left = MOST_BYTES
    cut = False
    for line in filter(None, rough_text_of(html).split("\n")):
        paragraph = _paragraph(line)
        cut = len(paragraph.encode()) >= left
        kept.append(_paragraph(line[: left // _MOST_BYTES_A_CHARACTER - 2]) if cut else paragraph)
        if cut:
            break
        left -= len(paragraph.encode()) + 1
    code, fate = (
        ("content-truncated", "the beginning of its text was kept") if cut else ("content-simplified", "its text was kept")
    )
    return "\n".join(kept) or None, (Remark(code=code, message=f"the content is not fit to be published ({reason}); {fate}"),)


def _paragraph(line: str) -> str:
    return f"<p>{escaped(line)}</p>"
