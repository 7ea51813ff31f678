"""Owns the SQL of what is noted beside the entries: quarantine, seed files, publications."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select

from aggregator.errors import NotFoundError
from aggregator.model import Publication, Quarantined, ReasonCount, Reject, SeedListed, SeedState, Source
from aggregator.store.chunks import chunks
from aggregator.store.engine import upserting
from aggregator.store.schema import facts, publications, quarantine, seed_files, sightings, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Select, Table

_BEGAN = "publishing began"


def publishing_began(connection: Connection) -> datetime | None:
    """Return when files were last about to be published: entries stored by then may be known to subscribers."""
    found = connection.execute(select(facts.c.value).where(facts.c.name == _BEGAN)).scalar()
    return datetime.fromisoformat(found) if found is not None else None


class Quarantine(Struct, frozen=True):
    """What could not be stored, or was stored with a flaw, within one transaction."""

    connection: Connection

    def add(self, source: Source, reject: Reject, now: datetime, *, entry_id: int | None = None) -> None:
        """Keep *reject* with its reason; the same one seen again only moves its last time."""
        values = {
            "source_id": source.id,
            "place": reject.place,
            "code": reject.code,
            "message": reject.message,
            "raw": reject.raw,
            "digest": hashlib.blake2b(reject.raw.encode(errors="surrogatepass"), digest_size=16).digest(),
            "entry_id": entry_id,
            "first_seen_at": now,
            "last_seen_at": now,
        }
        again = {"last_seen_at": now, "message": reject.message, "entry_id": entry_id}
        _upsert(self.connection, quarantine, [values], ["source_id", "place", "code", "digest"], again)

    def forget(self, source: Source, places: Collection[str]) -> None:
        """Drop the rows of seed files that are read again: what is still wrong with them is noted anew."""
        for chunk in chunks(set(places)):
            gone = delete(quarantine).where(quarantine.c.source_id == source.id, quarantine.c.place.in_(chunk))
            self.connection.execute(gone)

    def places(self, source: Source) -> set[str]:
        """Return the places of *source* that something is wrong with."""
        return set(self.connection.execute(select(quarantine.c.place).where(quarantine.c.source_id == source.id)).scalars())

    def all(self) -> tuple[Quarantined, ...]:
        """Return every row, newest first."""
        query = _quarantined().order_by(quarantine.c.last_seen_at.desc(), quarantine.c.id.desc())
        return tuple(_row(row) for row in self.connection.execute(query))

    def find(self, number: int) -> Quarantined:
        """Return one row.

        Raises:
            NotFoundError: there is none of that number.
        """
        row = self.connection.execute(_quarantined().where(quarantine.c.id == number)).one_or_none()
        if row is None:
            raise NotFoundError(f"quarantine has no row {number}; `aggregator quarantine list` shows them")
        return _row(row)

    def count_by_code(self) -> dict[str, int]:
        """Return the number of rows of each reason."""
        query = select(quarantine.c.code, func.count()).group_by(quarantine.c.code).order_by(quarantine.c.code)
        return {row[0]: row[1] for row in self.connection.execute(query)}

    def counts(self, source: Source) -> tuple[ReasonCount, ...]:
        """Return how many rows of *source* there are of each reason."""
        numbers = (quarantine.c.code, func.count(), func.count(quarantine.c.entry_id))
        query = select(*numbers).where(quarantine.c.source_id == source.id).group_by(quarantine.c.code)
        rows = self.connection.execute(query.order_by(quarantine.c.code))
        return tuple(ReasonCount(code=code, held=number - stored, stored=stored) for code, number, stored in rows)


class SeedFiles(Struct, frozen=True):
    """What is known of the files of a seed folder, within one transaction."""

    connection: Connection

    def stats(self, source: Source) -> dict[str, tuple[int, int]]:
        """Return size and time of the files of *source* as they were when last read, by path."""
        query = select(seed_files.c.path, seed_files.c.size, seed_files.c.mtime_ns).where(seed_files.c.source_id == source.id)
        return {path: (size, mtime_ns) for path, size, mtime_ns in self.connection.execute(query)}

    def digests(self, source: Source, paths: Collection[str]) -> dict[str, bytes]:
        """Return the digests of these files of *source* as they were when last read, by path."""
        query = select(seed_files.c.path, seed_files.c.digest).where(seed_files.c.source_id == source.id)
        return {
            path: digest
            for chunk in chunks(set(paths))
            for path, digest in self.connection.execute(query.where(seed_files.c.path.in_(chunk)))
        }

    def listed(self, source: Source) -> tuple[SeedListed, ...]:
        """Return every file of *source* that there is or was: with its entry, or with what is wrong with it."""
        of = (quarantine.c.source_id == sightings.c.source_id) & (quarantine.c.place == sightings.c.place)
        columns = (sightings.c.place, sightings.c.title, sightings.c.entry_id, sightings.c.ended_at)
        carried = select(*columns, quarantine.c.code, quarantine.c.message).outerjoin(quarantine, of)
        held = select(quarantine).where(quarantine.c.source_id == source.id, quarantine.c.entry_id.is_(None))
        rows = [
            SeedListed(
                path=row.place, title=row.title, entry_id=row.entry_id, code=row.code, message=row.message, ended_at=row.ended_at
            )
            for row in self.connection.execute(carried.where(sightings.c.source_id == source.id))
        ]
        rows += [
            SeedListed(path=row.place, title=None, entry_id=None, code=row.code, message=row.message, ended_at=None)
            for row in self.connection.execute(held)
        ]
        return tuple(sorted(rows, key=lambda row: (row.path, row.code or "")))

    def put(self, source: Source, states: Sequence[SeedState], now: datetime) -> None:
        """Remember files as they are now."""
        values = [
            {"source_id": source.id, "path": s.path, "size": s.size, "mtime_ns": s.mtime_ns, "digest": s.digest, "seen_at": now}
            for s in states
        ]
        if values:
            _upsert(self.connection, seed_files, values, ["source_id", "path"], ("size", "mtime_ns", "digest", "seen_at"))

    def forget(self, source: Source, paths: Collection[str]) -> None:
        """Forget files that are gone."""
        for chunk in chunks(set(paths)):
            gone = (seed_files.c.source_id == source.id, seed_files.c.path.in_(chunk))
            self.connection.execute(delete(seed_files).where(*gone))


class Publications(Struct, frozen=True):
    """What was published last, within one transaction."""

    connection: Connection

    def all(self) -> dict[str, Publication]:
        """Return every published file by its path."""
        found = self.connection.execute(select(publications))
        return {row.path: Publication(**{n: getattr(row, n) for n in Publication.__struct_fields__}) for row in found}

    def begin(self, now: datetime) -> None:
        """Note that files are about to be published: whatever is stored by now, subscribers may see from now on."""
        values = [{"name": _BEGAN, "value": now.isoformat()}]
        _upsert(self.connection, facts, values, ["name"], ("value",))

    def put(self, published: Sequence[Publication]) -> None:
        """Remember what was published."""
        values = [{name: getattr(p, name) for name in Publication.__struct_fields__} for p in published]
        if values:
            _upsert(
                self.connection,
                publications,
                values,
                ["path"],
                ("digest", "size", "mtime_ns", "revision", "inputs", "published_at"),
            )


def _upsert(
    connection: Connection, table: Table, values: list[dict[str, Any]], unique: list[str], again: dict[str, Any] | tuple[str, ...]
) -> None:
    """Insert rows; where one exists, set *again*: given values, or the named columns of the new row."""
    statement = upserting(connection, table)
    changes = again if isinstance(again, dict) else {name: statement.excluded[name] for name in again}
    connection.execute(statement.on_conflict_do_update(index_elements=unique, set_=changes), values)


def _quarantined() -> Select[Any]:
    return select(quarantine, sources.c.url.label("source_url")).join(sources)


def _row(row: Any) -> Quarantined:
    return Quarantined(**{name: getattr(row, name) for name in Quarantined.__struct_fields__})
