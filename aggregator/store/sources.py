"""Owns the SQL of sources and of the poll log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from aggregator.errors import NotFoundError, UsageError
from aggregator.model import (
    Appearance,
    Move,
    Origin,
    Poll,
    PollOutcome,
    Provenance,
    Source,
    SourceKind,
    Subscription,
)
from aggregator.store.rows import heard, heard_row, poll_of, poll_row, provenance_row, source_of, state_row
from aggregator.store.schema import assignments, categories, entries, moves, polls, sightings, sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from aggregator.model import Conclusion

NOT_IN_FILE = "no longer in the configuration"
REMOVED = "removed on the command line"
ENDED = frozenset({NOT_IN_FILE, REMOVED})


class Sources(Struct, frozen=True):
    """Questions about sources, within one transaction."""

    connection: Connection

    def all(self) -> tuple[Source, ...]:
        """Return every source, also disabled ones, in the order they were added."""
        return tuple(source_of(row) for row in self.connection.execute(_select().order_by(sources.c.id)))

    def find(self, url: str) -> Source:
        """Return the source of *url*.

        Raises:
            NotFoundError: there is none.
        """
        row = self.connection.execute(_select().where(sources.c.url == url)).one_or_none()
        if row is None:
            raise NotFoundError(f"no source has the URL {url}; `aggregator feed list` shows those that exist")
        return source_of(row)

    def due(self, now: datetime) -> tuple[Source, ...]:
        """Return the enabled feeds whose time has come, the longest due first."""
        never_or_past = or_(sources.c.next_poll_at.is_(None), sources.c.next_poll_at <= now)
        query = _select().where(sources.c.kind == SourceKind.FEED, sources.c.disabled_reason.is_(None), never_or_past)
        ordered = query.order_by(sources.c.next_poll_at.is_not(None), sources.c.next_poll_at, sources.c.id)
        return tuple(source_of(row) for row in self.connection.execute(ordered))

    def follow(self, subscriptions: Sequence[Subscription], now: datetime) -> None:
        """Make the sources of the configuration equal to *subscriptions*; what left it is disabled, and nothing is lost."""
        stored = {row.url: row for row in self.connection.execute(select(sources))}
        wanted = {s.url for s in subscriptions}
        for subscription in subscriptions:
            fields = _subscription_row(subscription) | {"origin": Origin.CONFIG}
            old = stored.get(subscription.url)
            if old is None:
                self._insert(fields, now)
            elif old.disabled_reason is not None or any(getattr(old, name) != value for name, value in fields.items()):
                if old.disabled_reason is not None or old.interval_s != fields["interval_s"]:
                    fields |= {"next_poll_at": None, "next_poll_reason": "the configuration changed"}  # planned by what it said
                self._update(old.id, fields | {"disabled_reason": None})
                if old.title_wanted != subscription.title:
                    self._touch_categories(old.id)
        for url, old in stored.items():
            if old.origin == Origin.CONFIG and url not in wanted and old.disabled_reason is None:
                self._update(old.id, {"disabled_reason": NOT_IN_FILE})

    def add(self, subscription: Subscription, now: datetime) -> Source:
        """Add a subscription made on the command line, or take up again one that was removed.

        Raises:
            UsageError: it is subscribed already, or somebody disabled it.
        """
        old = self.connection.execute(select(sources).where(sources.c.url == subscription.url)).one_or_none()
        fields = _subscription_row(subscription) | {"origin": Origin.COMMAND}
        if old is None:
            self._insert(fields, now)
        elif old.disabled_reason is None:
            raise UsageError(f"{subscription.url} is subscribed already")
        elif old.disabled_reason not in ENDED:
            raise UsageError(f"{subscription.url} is disabled ({old.disabled_reason}); `aggregator feed enable` polls it again")
        else:
            self._update(old.id, fields | {"disabled_reason": None, "next_poll_at": None, "next_poll_reason": "added again"})
            if old.title_wanted != subscription.title:
                self._touch_categories(old.id)
        return self.find(subscription.url)

    def remove(self, url: str) -> Source:
        """End a subscription made on the command line. Its entries stay, and so does what is known of it.

        Raises:
            NotFoundError: there is none.
            UsageError: it comes from the configuration file, or was removed before.
        """
        source = self.find(url)
        if source.disabled_reason in ENDED:
            raise UsageError(f"{url} is not subscribed any more ({source.disabled_reason})")
        _refuse_of_file(source)
        self._update(source.id, {"disabled_reason": REMOVED})
        return self.find(url)

    def disable(self, url: str, reason: str) -> Source:
        """Stop polling a feed that was added on the command line, until it is enabled.

        Raises:
            NotFoundError: there is none.
            UsageError: it comes from the configuration file, or is disabled already.
        """
        source = self.find(url)
        if source.disabled_reason is not None:
            raise UsageError(f"{url} is disabled already ({source.disabled_reason})")
        _refuse_of_file(source)
        self._update(source.id, {"disabled_reason": reason})
        return self.find(url)

    def enable(self, url: str) -> Source:
        """Poll a feed again that was disabled or removed on the command line.

        Raises:
            NotFoundError: there is none.
            UsageError: it is enabled already, or was taken out of the configuration file.
        """
        source = self.find(url)
        if source.disabled_reason is None:
            raise UsageError(f"{url} is enabled already")
        if source.origin is Origin.CONFIG:
            raise UsageError(f"{url} was taken out of the configuration file; put it back there, or `aggregator feed add` it")
        self._update(source.id, {"disabled_reason": None, "next_poll_at": None, "next_poll_reason": "enabled again"})
        return self.find(url)

    def conclude(self, conclusions: Sequence[Conclusion]) -> None:
        """Write polls into the log and their outcomes to the sources."""
        if not conclusions:
            return
        self.connection.execute(insert(polls), [poll_row(c.poll) for c in conclusions])
        changed = update(sources).where(sources.c.id == bindparam("of"))
        # what a document said is written only if there was one: it is longer than all the rest
        same = [c for c in conclusions if heard(c.state) == heard(c.source.state)]
        other = [c for c in conclusions if heard(c.state) != heard(c.source.state)]
        if same:
            self.connection.execute(changed, [_conclusion_row(c) for c in same])
        if other:
            self.connection.execute(changed, [_conclusion_row(c) | heard_row(c.state) for c in other])

    def move(self, source: Source, move: Move) -> None:
        """Note that a feed moved; where it is polled from now on is in the conclusion of the poll."""
        fields = {name: getattr(move, name) for name in Move.__struct_fields__}
        self.connection.execute(insert(moves).values(fields | {"source_id": source.id}))

    def appearances(self, source: Source, since: datetime) -> tuple[Appearance, ...]:
        """Return the entries that *source* brought *since* then: when they were published, and when we saw them there."""
        query = select(entries.c.published, sightings.c.first_seen_at).join(sightings, sightings.c.entry_id == entries.c.id)
        found = self.connection.execute(query.where(sightings.c.source_id == source.id, sightings.c.first_seen_at >= since))
        return tuple(Appearance(published=published, seen_at=seen_at) for published, seen_at in found)

    def moves(self, source: Source) -> tuple[Move, ...]:
        """Return where a feed moved, the newest move first."""
        query = select(moves).where(moves.c.source_id == source.id).order_by(moves.c.moved_at.desc(), moves.c.id.desc())
        return tuple(
            Move(**{name: getattr(row, name) for name in Move.__struct_fields__}) for row in self.connection.execute(query)
        )

    def take_back(self, source: Source, now: datetime) -> Move:
        """Take the newest move of a feed back: it is polled where it was before, and not moved there again by itself.

        Raises:
            NotFoundError: it never moved, or every move was taken back.
        """
        standing = [move for move in self.moves(source) if move.undone_at is None]
        if not standing:
            raise NotFoundError(f"{source.subscription.url} did not move; `aggregator feed show` tells where it is polled")
        last = standing[0]
        same = (moves.c.source_id == source.id, moves.c.to_url == last.to_url, moves.c.undone_at.is_(None))
        self.connection.execute(update(moves).where(*same).values(undone_at=now))
        before = None if last.from_url == source.subscription.url else last.from_url
        fresh = {"etag": None, "last_modified": None, "document_digest": None, "seen_items": None}  # of another address
        self._update(source.id, fresh | {"current_url": before, "moving_url": None, "moving_since": None, "moving_polls": 0})
        return last

    def learn(self, source: Source, provenance: Provenance) -> None:
        """Keep what a feed says of itself. Where that shows in published entries, their categories count as changed."""
        if provenance == source.provenance:
            return
        self._update(source.id, provenance_row(provenance))
        if _shown(provenance) == _shown(source.provenance):
            return
        self._touch_categories(source.id)

    def _touch_categories(self, source_id: int) -> None:
        """Mark every category that shows an entry of a source."""
        touched = (
            select(assignments.c.category_id)
            .join(sightings, sightings.c.speaks_for == assignments.c.entry_id)
            .where(sightings.c.source_id == source_id)
        )
        self.connection.execute(update(categories).where(categories.c.id.in_(touched)).values(revision=categories.c.revision + 1))

    def polls(self, source: Source, limit: int) -> tuple[Poll, ...]:
        """Return the newest polls of *source*, newest first."""
        query = select(polls).where(polls.c.source_id == source.id).order_by(polls.c.started_at.desc(), polls.c.id.desc())
        return tuple(poll_of(row) for row in self.connection.execute(query.limit(limit)))

    def _insert(self, fields: dict[str, Any], now: datetime) -> None:
        row = {"added_at": now, "authors": [], "next_poll_reason": "never polled"}
        self.connection.execute(insert(sources).values(fields | row))

    def _update(self, source_id: int, fields: dict[str, Any]) -> None:
        self.connection.execute(update(sources).where(sources.c.id == source_id).values(fields))


def _select() -> Select[Any]:
    counted = select(func.count()).where(sightings.c.source_id == sources.c.id).scalar_subquery()
    return select(sources, counted.label("entry_count"))


def _refuse_of_file(source: Source) -> None:
    if source.origin is Origin.CONFIG:
        raise UsageError(f"{source.subscription.url} stands in the configuration file; take it out there")


def _shown(provenance: Provenance) -> tuple[object, ...]:
    """Return what render emits of it: its own date is left out there, so that an idle feed changes no byte of ours."""
    return (*(getattr(provenance, name) for name in provenance.__struct_fields__ if name != "updated"),)


def _subscription_row(subscription: Subscription) -> dict[str, Any]:
    interval = subscription.interval
    return {
        "kind": subscription.kind,
        "url": subscription.url,
        "title_wanted": subscription.title,
        "categories": list(subscription.categories),
        "interval_s": int(interval.total_seconds()) if interval else None,
    }


def _conclusion_row(conclusion: Conclusion) -> dict[str, Any]:
    source, poll = conclusion.source, conclusion.poll
    failed = poll.outcome is PollOutcome.FAILED
    return {
        "of": source.id,
        "polled_at": poll.started_at,
        "succeeded_at": source.succeeded_at if failed else poll.started_at,
        "failures": conclusion.failures,
        "error_code": poll.remark.code if poll.remark else None,
        "error_message": poll.remark.message if poll.remark else None,
        "etag": conclusion.validators.etag,
        "last_modified": conclusion.validators.last_modified,
        "document_digest": conclusion.digest,
        "next_poll_at": conclusion.next_poll.at,
        "next_poll_reason": conclusion.next_poll.reason,
        **state_row(conclusion.state),
    }
