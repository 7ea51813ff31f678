"""Turns rows into values and values into rows. Contains no SQL and no decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aggregator.model import (
    Enclosure,
    Hop,
    Moving,
    Origin,
    Person,
    Poll,
    PollOutcome,
    PollState,
    Provenance,
    PublishedEntry,
    Remark,
    Source,
    SourceKind,
    Subscription,
    Tag,
    Tally,
    Validators,
    appearances_from_json,
    appearances_json,
    freshness_from_json,
    freshness_json,
    hints_from_json,
    hints_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row


def people_json(people: Iterable[Person]) -> list[dict[str, str]]:
    """Write people as JSON, leaving out what is not known."""
    return [_known({"name": p.name, "uri": p.uri, "email": p.email}) for p in people]


def people(stored: list[dict[str, str]]) -> tuple[Person, ...]:
    """Read people back."""
    return tuple(Person(**p) for p in stored)


def tags_json(tags: Iterable[Tag]) -> list[dict[str, str]]:
    """Write tags as JSON."""
    return [_known({"term": t.term, "scheme": t.scheme, "label": t.label}) for t in tags]


def tags(stored: list[dict[str, str]]) -> tuple[Tag, ...]:
    """Read tags back."""
    return tuple(Tag(**t) for t in stored)


def enclosures_json(enclosures: Iterable[Enclosure]) -> list[dict[str, Any]]:
    """Write enclosures as JSON."""
    return [_known({"url": e.url, "media_type": e.media_type, "length": e.length}) for e in enclosures]


def enclosures(stored: list[dict[str, Any]]) -> tuple[Enclosure, ...]:
    """Read enclosures back."""
    return tuple(Enclosure(**e) for e in stored)


def hops_json(hops: Iterable[Hop]) -> list[dict[str, Any]] | None:
    """Write redirects as JSON; none as nothing."""
    return [{"url": hop.url, "status": hop.status} for hop in hops] or None


def hops(stored: list[dict[str, Any]] | None) -> tuple[Hop, ...]:
    """Read redirects back."""
    return tuple(Hop(**hop) for hop in stored or ())


def state_row(state: PollState) -> dict[str, Any]:
    """Write where the polling of a source stands into its columns, except for what the last document said."""
    moving = state.moving
    return {
        "current_url": state.current_url,
        "moving_url": moving.url if moving else None,
        "moving_since": moving.since if moving else None,
        "moving_polls": moving.polls if moving else 0,
        "document_at": state.document_at,
        "freshness": freshness_json(state.freshness) or None,
    }


def heard(state: PollState) -> tuple[object, ...]:
    """Return what the last document said."""
    return state.hints, state.seen_items, state.imported_at, state.appearances


def heard_row(state: PollState) -> dict[str, Any]:
    """Write what the last document said into its columns."""
    return {
        "hints": hints_json(state.hints) or None,
        "seen_items": state.seen_items,
        "imported_at": state.imported_at,
        "appearances": appearances_json(state.appearances) or None,
    }


def poll_state(row: Row[Any]) -> PollState:
    """Read where the polling of a source stands."""
    moving = Moving(url=row.moving_url, since=row.moving_since, polls=row.moving_polls) if row.moving_url else None
    return PollState(
        current_url=row.current_url,
        moving=moving,
        document_at=row.document_at,
        imported_at=row.imported_at,
        hints=hints_from_json(row.hints or {}),
        freshness=freshness_from_json(row.freshness or {}),
        seen_items=row.seen_items,
        appearances=appearances_from_json(row.appearances or ()),
    )


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def provenance_row(provenance: Provenance) -> dict[str, Any]:
    """Write what a feed says of itself into the columns of its source."""
    return {
        "guid": provenance.guid,
        "title": provenance.title,
        "subtitle": provenance.subtitle,
        "site_url": provenance.site_url,
        "self_url": provenance.self_url,
        "feed_updated": provenance.updated,
        "authors": people_json(provenance.authors),
        "rights": provenance.rights,
        "icon": provenance.icon,
        "language": provenance.language,
    }


def provenance(row: Row[Any], prefix: str = "") -> Provenance:
    """Read what a feed says of itself; *prefix* where a join renamed the columns."""
    of = row._mapping  # noqa: SLF001 - the documented way to read a Row by name
    return Provenance(
        guid=of[f"{prefix}guid"],
        title=of[f"{prefix}title"],
        subtitle=of[f"{prefix}subtitle"],
        site_url=of[f"{prefix}site_url"],
        self_url=of[f"{prefix}self_url"],
        updated=of[f"{prefix}feed_updated"],
        authors=people(of[f"{prefix}authors"]),
        rights=of[f"{prefix}rights"],
        icon=of[f"{prefix}icon"],
        language=of[f"{prefix}language"],
    )


def source_of(row: Row[Any]) -> Source:
    """Read a source."""
    return Source(
        id=row.id,
        subscription=Subscription(
            url=row.url,
            kind=SourceKind(row.kind),
            title=row.title_wanted,
            categories=tuple(row.categories),
            interval=timedelta(seconds=row.interval_s) if row.interval_s is not None else None,
        ),
        origin=Origin(row.origin),
        disabled_reason=row.disabled_reason,
        provenance=provenance(row),
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        document_digest=row.document_digest,
        added_at=row.added_at,
        polled_at=row.polled_at,
        succeeded_at=row.succeeded_at,
        failures=row.failures,
        error=Remark(code=row.error_code, message=row.error_message or "") if row.error_code else None,
        next_poll_at=row.next_poll_at,
        next_poll_reason=row.next_poll_reason,
        state=poll_state(row),
        entry_count=row.entry_count,
    )


def published_entry(row: Row[Any]) -> PublishedEntry:
    """Read an entry as subscribers see it, from the join of :func:`aggregator.store.reading.published`."""
    return PublishedEntry(
        id=row.id,
        atom_id=row.atom_id,
        title=row.title,
        url=row.url,
        summary=row.summary,
        content=row.content,
        language=row.language,
        published=row.published,
        updated=row.updated,
        authors=people(row.authors),
        tags=tags(row.tags),
        enclosures=enclosures(row.enclosures),
        source_url=row.source_url,
        source_kind=SourceKind(row.source_kind),
        provenance=provenance(row, "source_"),
    )


def poll_row(poll: Poll) -> dict[str, Any]:
    """Write a poll."""
    return {
        "source_id": poll.source_id,
        "started_at": poll.started_at,
        "outcome": poll.outcome,
        "status": poll.status,
        "final_url": poll.final_url,
        "code": poll.remark.code if poll.remark else None,
        "message": poll.remark.message if poll.remark else None,
        "wire_bytes": poll.wire_bytes,
        "hops": hops_json(poll.hops),
        "fetch_s": poll.fetch_s,
        **{name: getattr(poll.tally, name) for name in Tally.__struct_fields__},
    }


def poll_of(row: Row[Any]) -> Poll:
    """Read a poll back."""
    return Poll(
        source_id=row.source_id,
        started_at=row.started_at,
        outcome=PollOutcome(row.outcome),
        tally=Tally(**{name: getattr(row, name) for name in Tally.__struct_fields__}),
        status=row.status,
        final_url=row.final_url,
        remark=Remark(code=row.code, message=row.message or "") if row.code else None,
        wire_bytes=row.wire_bytes,
        hops=hops(row.hops),
        fetch_s=row.fetch_s,
    )
