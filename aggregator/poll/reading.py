"""Owns the way from a document to identified entries, in whichever process: what was read before is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import delta
from aggregator.clean import clean_provenance
from aggregator.errors import UnreadableFeedError
from aggregator.ingest import prepare_document
from aggregator.model import Remark
from aggregator.parse import decode, parse, parse_ordinary
from aggregator.urls import rules_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.delta import Cut
    from aggregator.ingest import Prepared
    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Document, Hints, Parsed, Provenance, Source
    from aggregator.model.pushing import HubOffer

    _ParseBody = Callable[[bytes, str | None, Document, str], Parsed]


class Reading(Struct, frozen=True, kw_only=True):
    """All that is kept of a document: its entries clean and identified, what it says of itself and of its hub, its flaw if any.

    *left_out* items were stored from the same bytes before. *seen_items* is for leaving out items of the next document.
    """

    prepared: Prepared
    provenance: Provenance
    hints: Hints
    offer: HubOffer | None
    flaw: Remark | None
    left_out: int = 0
    seen_items: bytes | None = None


class _NotOrdinaryError(Exception):
    """The document cannot be read in a time that is known beforehand."""


def read_document(document: Document, source: Source, seen_items: bytes | None, rules: IngestRules) -> Reading | Remark:
    """Parse, clean and identify a document, of which *seen_items* tells what was read before.

    A remark says why it cannot be read.
    """
    try:
        return _read(document, source, seen_items, rules, _parse)
    except UnreadableFeedError as error:
        return Remark(code=error.code, message=str(error))


def read_ordinary(document: Document, source: Source, seen_items: bytes | None, rules: IngestRules) -> Reading | None:
    """Do what :func:`read_document` does where that surely takes time in proportion to the document's size, else nothing."""
    try:
        return _read(document, source, seen_items, rules, _parse_ordinary)
    except (UnreadableFeedError, _NotOrdinaryError):
        return None


def _read(
    document: Document, source: Source, seen_items: bytes | None, rules: IngestRules, parse_body: _ParseBody
) -> Reading:  # fmt: skip
    cut = _cut(document, seen_items, rules)
    if cut is not None and cut.leaves_out and (reading := _read_rest(cut, document, source, rules, parse_body)):
        return reading
    parsed = parse_body(document.body, document.content_type, document, rules.zone)
    prepared = prepare_document(parsed, source, rules, base_url=document.final_url)
    whole = cut.whole() if cut is not None else None
    seen_items = whole.memory(prepared.items) if whole is not None and whole.placed(parsed) is not None else None
    return _reading(document, parsed, prepared, seen_items)


def _cut(document: Document, seen_items: bytes | None, rules: IngestRules) -> Cut | None:
    if document.is_delta:
        return None  # the server left out what we know (RFC 3229); what we remember stays what it was
    base_url, language = document.final_url, document.content_language
    told = f"{rules_version(rules.urls)} {rules.zone}"
    if seen_items:
        found = delta.recut(document.body, seen_items, base_url=base_url, content_language=language, rules=told)
        if found is not None:
            return found
    text = decode(document.body, document.content_type).text
    return delta.cut(text, seen_items, base_url=base_url, content_language=language, rules=told)


def _read_rest(
    cut: Cut, document: Document, source: Source, rules: IngestRules, parse_body: _ParseBody
) -> Reading | None:  # fmt: skip
    """Read what is new in a document; ``None`` if only the whole of it can tell."""
    parsed = cut.placed(parse_body(cut.document, "charset=utf-8", document, rules.zone))
    if parsed is None:
        return None
    prepared = prepare_document(parsed, source, rules, base_url=document.final_url)
    if not cut.is_sound(prepared.items):
        return None
    return _reading(document, parsed, prepared, cut.memory(prepared.items), cut.leaves_out)


def _parse(body: bytes, content_type: str | None, document: Document, zone: str) -> Parsed:
    return parse(
        body, content_type=content_type, base_url=document.final_url, content_language=document.content_language, zone=zone
    )  # fmt: skip


def _parse_ordinary(body: bytes, content_type: str | None, document: Document, zone: str) -> Parsed:
    parsed = parse_ordinary(
        body, content_type=content_type, base_url=document.final_url, content_language=document.content_language, zone=zone
    )  # fmt: skip
    if parsed is None:
        raise _NotOrdinaryError
    return parsed


def _reading(
    document: Document, parsed: Parsed, prepared: Prepared, seen_items: bytes | None, left_out: int = 0
) -> Reading:  # fmt: skip
    return Reading(
        prepared=prepared,
        provenance=clean_provenance(parsed.provenance),
        hints=parsed.hints,
        offer=_offered(document, parsed),
        flaw=parsed.flaw,
        left_out=left_out,
        seen_items=seen_items,
    )


def _offered(document: Document, parsed: Parsed) -> HubOffer | None:
    if not (document.links or parsed.hubs):
        return None
    from aggregator.websub.links import offered  # noqa: PLC0415 - most documents link to no hub

    return offered(document.links, parsed.hubs, parsed.provenance.self_url, document.final_url)
