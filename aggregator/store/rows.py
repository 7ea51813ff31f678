"""Turns rows into values and values into rows. Contains no SQL and no decisions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, json
from msgspec.structs import asdict

from aggregator.model import (
    Appearance,
    Enclosure,
    Freshness,
    Hidden,
    Hider,
    Hints,
    Hop,
    Link,
    Memory,
    Moving,
    Origin,
    Person,
    Poll,
    PollOutcome,
    PollState,
    Provenance,
    PublishedEntry,
    Pulse,
    Remark,
    Revision,
    Source,
    SourceKind,
    Subscription,
    Tag,
    Tally,
    Thumbnail,
    Validators,
    freshness_from_json,
    freshness_json,
    hints_from_json,
    hints_json,
)
from aggregator.model.pushing import HubOffer
from aggregator.store.json_columns import as_json, from_json, is_empty, listed, values

if TYPE_CHECKING:
    from aggregator.store.connection import Row

_pairs_of_instants = json.Decoder(list[tuple[datetime | None, datetime]])


def state_row(state: PollState) -> Row:
    """Write where the polling of a source stands into its columns."""
    moving, pulse = state.moving, state.pulse
    return {
        "current_url": state.current_url,
        "moving_url": moving.url if moving else None,
        "moving_since": moving.since if moving else None,
        "moving_polls": moving.polls if moving else 0,
        "document_at": state.document_at,
        "freshness": as_json(freshness_json(state.freshness)),
        "hints": as_json(hints_json(state.hints)),
        "imported_at": state.imported_at,
        "pulse_at": pulse.at if pulse else None,
        "pulse_gap_s": pulse.gap.total_seconds() if pulse and pulse.gap else None,
        "hub_url": state.offer.hub if state.offer else None,
        "topic_url": state.offer.topic if state.offer else None,
    }


def poll_state(row: Row) -> PollState:
    """Read where the polling of a source stands."""
    hints, freshness = from_json(row["hints"]), from_json(row["freshness"])
    return PollState(
        current_url=row["current_url"],
        moving=Moving(url=row["moving_url"], since=row["moving_since"], polls=row["moving_polls"]) if row["moving_url"] else None,
        document_at=row["document_at"],
        imported_at=row["imported_at"],
        hints=hints_from_json(hints) if hints else Hints(),
        freshness=freshness_from_json(freshness) if freshness else Freshness(),
        pulse=Pulse(at=row["pulse_at"], gap=_span(row["pulse_gap_s"])) if row["pulse_at"] else None,
        offer=HubOffer(hub=row["hub_url"], topic=row["topic_url"]) if row["hub_url"] else None,
    )


def memory_row(memory: Memory) -> Row:
    """Write what the next document is read with."""
    return {"seen_items": memory.seen_items, "appearances": as_json([(a.published, a.seen_at) for a in memory.appearances])}


def memory_of(row: Row) -> Memory:
    """Read what the next document is read with."""
    return Memory(seen_items=row["seen_items"], appearances=_appearances(row["appearances"]))


def _appearances(kept: str | None) -> tuple[Appearance, ...]:
    if kept is None or is_empty(kept):
        return ()
    return tuple(Appearance(published=published, seen_at=seen_at) for published, seen_at in _pairs_of_instants.decode(kept))


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def subscription_row(subscription: Subscription) -> Row:
    """Write what the operator asked for."""
    interval = subscription.interval
    return {
        "kind": subscription.kind,
        "url": subscription.url,
        "title_wanted": subscription.title,
        "categories": as_json(subscription.categories) or "[]",
        "interval_s": int(interval.total_seconds()) if interval else None,
    }


def subscription_of(row: Row) -> Subscription:
    """Read what the operator asked for."""
    return Subscription(
        url=row["url"],
        kind=SourceKind(row["kind"]),
        title=row["title_wanted"],
        categories=tuple(from_json(row["categories"]) or ()),
        interval=_span(row["interval_s"]),
    )


def provenance_row(provenance: Provenance) -> Row:
    """Write what a feed says of itself into the columns of its source."""
    return {
        "guid": provenance.guid,
        "title": provenance.title,
        "subtitle": provenance.subtitle,
        "site_url": provenance.site_url,
        "self_url": provenance.self_url,
        "feed_updated": provenance.updated,
        "authors": listed(provenance.authors),
        "contributors": listed(provenance.contributors) if provenance.contributors else None,
        "rights": provenance.rights,
        "icon": provenance.icon,
        "logo": provenance.logo,
        "language": provenance.language,
    }


def provenance_of(row: Row, prefix: str = "") -> Provenance:
    """Read what a feed says of itself; *prefix* where a join renamed the columns."""
    return Provenance(
        guid=row[f"{prefix}guid"],
        title=row[f"{prefix}title"],
        subtitle=row[f"{prefix}subtitle"],
        site_url=row[f"{prefix}site_url"],
        self_url=row[f"{prefix}self_url"],
        updated=row[f"{prefix}feed_updated"],
        authors=values(Person, row[f"{prefix}authors"]),
        contributors=values(Person, row[f"{prefix}contributors"]),
        rights=row[f"{prefix}rights"],
        icon=row[f"{prefix}icon"],
        logo=row[f"{prefix}logo"],
        language=row[f"{prefix}language"],
    )


def provenance_json(provenance: Provenance) -> str:
    """Write what an item says of the feed that it was copied from as JSON, leaving out what is not known."""
    return json.encode({name: known for name, known in asdict(provenance).items() if known}).decode()


def copied_from(row: Row) -> Provenance | None:
    """Read what an item says of the feed that it was copied from; ``None`` if it was not."""
    return json.decode(row["copied_from"], type=Provenance) if row["copied_from"] else None


def source_of(row: Row) -> Source:
    """Read a source."""
    return Source(
        id=row["id"],
        subscription=subscription_of(row),
        origin=Origin(row["origin"]),
        disabled_reason=row["disabled_reason"],
        provenance=provenance_of(row),
        validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
        document_digest=row["document_digest"],
        added_at=row["added_at"],
        polled_at=row["polled_at"],
        succeeded_at=row["succeeded_at"],
        failures=row["failures"],
        error=Remark(code=row["error_code"], message=row["error_message"] or "") if row["error_code"] else None,
        next_poll_at=row["next_poll_at"],
        next_poll_reason=row["next_poll_reason"],
        state=poll_state(row),
        pushed_until=row["pushed_until_at"],
        entry_count=row.get("entry_count", 0),
    )


def published_entry(row: Row) -> PublishedEntry:
    """Read an entry as subscribers see it, from the join in :mod:`aggregator.store.reading`.

    One without authors whose own source has none either has those of the feed that we read (RFC 4287, section 4.2.1).
    """
    from aggregator.clean import clean_provenance  # noqa: PLC0415 - 7 ms, and most runs publish nothing

    # what a source said of itself before that was cleaned stays in the store until the feed changes
    source, copied = clean_provenance(provenance_of(row, "source_")), copied_from(row)
    authors = values(Person, row["authors"])
    return PublishedEntry(
        id=row["id"],
        atom_id=row["atom_id"],
        title=row["title"],
        url=row["url"],
        summary=row["summary"],
        content=row["content"],
        language=row["language"],
        published=row["published"],
        updated=row["updated"],
        authors=source.authors if copied and not (authors or copied.authors) else authors,
        tags=values(Tag, row["tags"]),
        enclosures=values(Enclosure, row["enclosures"]),
        contributors=values(Person, row["contributors"]),
        thumbnails=values(Thumbnail, row["thumbnails"]),
        links=values(Link, row["links"]),
        rights=row["rights"],
        source_url=row["source_url"],
        source_kind=SourceKind(row["source_kind"]),
        provenance=copied or source,
        via=source if copied else None,
    )


def hidden_of(row: Row) -> Hidden | None:
    """Read since when and why an entry is hidden; ``None`` if it is shown."""
    if row["hidden_at"] is None:
        return None
    return Hidden(at=row["hidden_at"], by=Hider(row["hidden_by"]), reason=row["hidden_reason"])


def revision_of(row: Row) -> Revision:
    """Read what a carrier said."""
    said = {name: row[name] for name in Revision.__struct_fields__}
    lists: dict[str, tuple[Struct, ...]] = {
        "authors": values(Person, row["authors"]),
        "tags": values(Tag, row["tags"]),
        "enclosures": values(Enclosure, row["enclosures"]),
        "contributors": values(Person, row["contributors"]),
        "thumbnails": values(Thumbnail, row["thumbnails"]),
        "links": values(Link, row["links"]),
    }
    return Revision(**said | lists | {"copied_from": copied_from(row)})


def fetch_row(poll: Poll) -> Row:
    """Write of a poll how the fetch went, which is all there is to say of one that brought nothing."""
    return {
        "source_id": poll.source_id,
        "started_at": poll.started_at,
        "outcome": poll.outcome,
        "status": poll.status,
        "final_url": poll.final_url,
        "wire_bytes": poll.wire_bytes,
        "fetch_s": poll.fetch_s,
    }


def poll_row(poll: Poll) -> Row:
    """Write a poll."""
    return {
        **fetch_row(poll),
        "code": poll.remark.code if poll.remark else None,
        "message": poll.remark.message if poll.remark else None,
        "hops": listed(poll.hops) if poll.hops else None,
        **asdict(poll.tally),
    }


def poll_of(row: Row) -> Poll:
    """Read a poll back."""
    return Poll(
        source_id=row["source_id"],
        started_at=row["started_at"],
        outcome=PollOutcome(row["outcome"]),
        tally=Tally(**{name: row[name] for name in Tally.__struct_fields__}),
        status=row["status"],
        final_url=row["final_url"],
        remark=Remark(code=row["code"], message=row["message"] or "") if row["code"] else None,
        wire_bytes=row["wire_bytes"],
        hops=values(Hop, row["hops"]),
        fetch_s=row["fetch_s"],
    )
