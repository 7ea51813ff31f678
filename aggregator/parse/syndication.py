"""RSS and Atom text → Parsed. The only module that knows feedparser, and keeps it away from paths, URLs and encodings.

What :mod:`~aggregator.parse.plain` is certain to read as feedparser would never gets there.

feedparser is given no document URL: it would resolve every ``<guid>12345</guid>`` against it. Links are resolved here; only
where the document states an ``xml:base`` does feedparser resolve the links within its texts, as it alone knows the scope.
"""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from aggregator.errors import UnreadableFeedError
from aggregator.model import Parsed, Remark
from aggregator.parse import answers, entries, markup, plain
from aggregator.parse.bases import bases_of
from aggregator.parse.hints import hints_of
from aggregator.parse.items import gather
from aggregator.parse.links import hub_urls
from aggregator.parse.provenance import names_of, provenance_of

if TYPE_CHECKING:
    from aggregator.model import Candidate
    from aggregator.parse.answers import Record

# Ours comes first, lest a processing instruction of the document be taken for a declaration of its encoding.
_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"


def read(text: str, *, base_url: str, language: str | None, zone: str = "UTC") -> Parsed:
    """Read an RSS or Atom document of any version. Entries of one that is not well-formed are kept, and the flaw is told.

    Raises:
        UnreadableFeedError: ``not-a-feed``, ``bad-xml``, ``dtd`` or ``parser-crashed``.
    """
    return read_plainly(text, base_url=base_url, language=language, zone=zone) or read_by_library(
        text, base_url=base_url, language=language, zone=zone
    )


def read_plainly(text: str, *, base_url: str, language: str | None, zone: str = "UTC") -> Parsed | None:
    """Do what :func:`read` does for a document that is ordinary (:mod:`aggregator.parse.plain`); ``None`` for any other."""
    answer = plain.answer(text)
    if answer is None:
        return None
    document, body = answer
    parsed = _parsed(document, body, base_url, language, zone)
    # What is kept of a rejected item shows all that the library knows of it.
    return None if parsed.rejects else parsed


def read_by_library(text: str, *, base_url: str, language: str | None, zone: str = "UTC") -> Parsed:
    """Do what :func:`read` does, the long way for every document."""
    text = markup.repaired(text)
    if "<" not in text or markup.is_html_page(text):
        raise not_a_feed(markup.looks_like(text))
    markup.refuse_entities(text)
    meant = markup.with_plain_ampersands(text)
    document, complaint = _library_answer(meant)
    if answers.text(document, "version") is None:
        if complaint and text.startswith("<"):
            raise UnreadableFeedError(
                "bad-xml", f"the document looks like {markup.looks_like(text)}, but cannot be read: {complaint}"
            )
        raise not_a_feed(markup.looks_like(text))
    parsed = _parsed(document, text, base_url, language, zone)
    return _with_flaw(parsed, text, complaint or ("ampersands or entities that XML does not know" if meant != text else None))


def _parsed(document: Record, text: str, base_url: str, language: str | None, zone: str) -> Parsed:
    """What an answer to the *text* says."""
    feed = answers.record(document, "feed")
    bases = bases_of(text, base_url)
    provenance = provenance_of(feed, bases.feed, language)
    around = entries.Surroundings(
        base_url=base_url,
        dialect=answers.text(document, "version") or "",
        language=provenance.language,
        names=names_of(provenance, base_url),
        zone=zone,
    )
    items = list(answers.records(document, "entries"))
    based = list(zip(items, bases.of_items(len(items)), strict=True))
    found = gather(based, partial(entries.candidate_of, around=around))
    return Parsed(
        provenance=provenance,
        candidates=found.candidates,
        rejects=found.rejects,
        flaw=found.flaw,
        hints=hints_of(feed, text),
        hubs=hub_urls(feed, base_url),
    )


def _with_flaw(parsed: Parsed, text: str, complaint: str | None) -> Parsed:
    flaw = _flaw(text, complaint)
    cut = flaw is not None and flaw.code == "truncated"
    candidates = parsed.candidates
    if cut and not parsed.flaw and markup.ends_inside_item(text):
        candidates = (*candidates[:-1], *map(_cut_off, candidates[-1:]))
    # Of two flaws the one is told that decides whether the document is fetched again in full, or else that which cost more.
    return replace(parsed, candidates=candidates, flaw=flaw if cut else parsed.flaw or flaw)


def not_a_feed(looks_like: str) -> UnreadableFeedError:
    """The error for a document that is something else, such as *an HTML page*."""
    return UnreadableFeedError("not-a-feed", f"the document looks like {looks_like}, not like RSS, Atom or JSON Feed")


def _library_answer(text: str) -> tuple[Record, str | None]:
    """What feedparser makes of the document, and its complaint if that is not well-formed XML."""
    import feedparser  # noqa: PLC0415 - takes 55 ms, and an ordinary document does without

    document = io.BytesIO((_DECLARATION + text).encode())
    try:
        answer = feedparser.parse(  # noqa: TID251 - the one allowed place, on bytes that cannot be taken for a path
            document,
            sanitize_html=False,  # aggregator.clean does it, and better
            resolve_relative_uris="xml:base" in text,
        )
    except Exception as error:  # it can raise anything (feedparser issues 590 and 599)
        message = f"the feed parser gave up on the document: {type(error).__name__}: {str(error)[:200]}"
        raise UnreadableFeedError("parser-crashed", message) from error
    # Without the position, which is not the publisher's: lines were taken away and one was added.
    return cast("Record", answer), str(answer.bozo_exception).rpartition(": ")[2] if answer.bozo else None


def _flaw(text: str, complaint: str | None) -> Remark | None:
    """Tell a document that breaks off, and may be whole next time, from one that is merely sloppy and always will be."""
    if complaint is None:
        return None
    if markup.is_cut_short(text):
        return Remark(code="truncated", message=f"the document breaks off before the feed's end tag ({complaint})")
    return Remark(code="not-well-formed", message=f"the document is complete, but not well-formed XML ({complaint})")


def _cut_off(candidate: Candidate) -> Candidate:
    remark = Remark(code="cut-off-item", message="the document breaks off inside this item, which may be incomplete")
    return replace(candidate, remarks=(*candidate.remarks, remark))
