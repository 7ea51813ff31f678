"""Owns the SQL of what is noted beside the entries: quarantine, seed files, publications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from aggregator.digests import blake2b
from aggregator.errors import NotFoundError
from aggregator.model import Publication, Quarantined, ReasonCount, Reject, SeedListed, SeedState, Source
from aggregator.store.facts import fact, facts, note, note_each
from aggregator.store.statements import inserting

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aggregator.model import PublishedEntry
    from aggregator.store.connection import Connection

_BEGAN = "publishing began"
_AIM = "bucket"
# By path, since PostgreSQL expects two columns to differ nearly always, and would read the whole table but for the order.
_UNPUT = "SELECT path, digest FROM publications WHERE put_digest IS NULL OR put_digest <> digest ORDER BY path"
_LOOKED_AT, _FOLDERS = "published files looked at", "published folders"
_ADD = (
    inserting("quarantine", "source_id", "place", "code", "message", "raw", "digest", "entry_id", "first_seen_at", "last_seen_at")
    + " ON CONFLICT (source_id, place, code, digest) DO UPDATE"
    " SET last_seen_at = excluded.last_seen_at, message = excluded.message, entry_id = excluded.entry_id"
)
_QUARANTINED = """
    SELECT quarantine.id, sources.url AS source_url, place, code, message, raw, entry_id, first_seen_at, last_seen_at,
        carrier, dropped_at
    FROM quarantine JOIN sources ON sources.id = quarantine.source_id
"""
_NEWEST_FIRST = "ORDER BY last_seen_at DESC, quarantine.id DESC"
_CARRIED = """
    SELECT sightings.place AS path, sightings.title, sightings.entry_id, code, message, ended_at
    FROM sightings LEFT JOIN quarantine
        ON quarantine.source_id = sightings.source_id AND quarantine.place = sightings.place
    WHERE sightings.source_id = :source
"""
_HELD = """
    SELECT place AS path, NULL AS title, NULL AS entry_id, code, message, NULL AS ended_at
    FROM quarantine WHERE source_id = :source AND entry_id IS NULL
"""
_REMEMBER = (
    inserting("seed_files", "source_id", "path", "size", "mtime_ns", "digest", "seen_at")
    + " ON CONFLICT (source_id, path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
    " digest = excluded.digest, seen_at = excluded.seen_at"
)
_PUBLICATIONS = f"SELECT {', '.join(Publication.__struct_fields__)} FROM publications WHERE path IN each(:paths)"
_PUBLISHED = (
    inserting("publications", *Publication.__struct_fields__)
    + " ON CONFLICT (path) DO UPDATE SET digest = excluded.digest, size = excluded.size, mtime_ns = excluded.mtime_ns,"
    " revision = excluded.revision, inputs = excluded.inputs, published_at = excluded.published_at, parts = excluded.parts"
)


def publishing_began(connection: Connection) -> datetime | None:
    """Return when files were last about to be published: entries stored by then may be known to subscribers."""
    found = fact(connection, _BEGAN)
    return datetime.fromisoformat(found) if found is not None else None


class Quarantine(Struct, frozen=True):
    """What could not be stored, or was stored with a flaw, within one transaction. Held items: see Custody."""

    connection: Connection

    def add(self, source: Source, reject: Reject, now: datetime, *, entry_id: int | None = None) -> None:
        """Keep *reject* with its reason; the same one seen again only moves its last time."""
        self.connection.run(
            _ADD,
            source_id=source.id,
            place=reject.place,
            code=reject.code,
            message=reject.message,
            raw=reject.raw,
            digest=blake2b(reject.raw.encode(errors="surrogatepass"), digest_size=16).digest(),
            entry_id=entry_id,
            first_seen_at=now,
            last_seen_at=now,
        )

    def add_unfit(self, entry: PublishedEntry, flaw: str, now: datetime) -> None:
        """Keep the reason why *entry* cannot be published."""
        source_id = self.connection.value("SELECT id FROM sources WHERE url = :url", url=entry.source_url)
        message = f"it cannot be published: {flaw}; the rest of its feeds is"
        row = {"place": f"entry {entry.id}", "code": "unfit", "message": message, "raw": entry.atom_id}
        self.connection.run(
            _ADD,
            source_id=source_id,
            digest=entry.atom_id.encode(errors="surrogatepass")[:16],
            entry_id=entry.id,
            first_seen_at=now,
            last_seen_at=now,
            **row,
        )

    def forget(self, source: Source, places: Collection[str]) -> None:
        """Drop the rows of seed files that are read again: what is still wrong with them is noted anew."""
        if places:
            gone = "DELETE FROM quarantine WHERE source_id = :source AND place IN each(:places)"
            self.connection.run(gone, source=source.id, places=places)

    def places(self, source: Source) -> set[str]:
        """Return the places of *source* that something is wrong with."""
        return set(self.connection.column("SELECT place FROM quarantine WHERE source_id = :source", source=source.id))

    def all(self) -> tuple[Quarantined, ...]:
        """Return every row, newest first; not what was dropped."""
        rows = self.connection.rows(f"{_QUARANTINED} WHERE dropped_at IS NULL {_NEWEST_FIRST}")
        return tuple(Quarantined(**row) for row in rows)

    def dropped(self) -> tuple[Quarantined, ...]:
        """Return what was dropped, newest first."""
        rows = self.connection.rows(f"{_QUARANTINED} WHERE dropped_at IS NOT NULL {_NEWEST_FIRST}")
        return tuple(Quarantined(**row) for row in rows)

    def find(self, number: int) -> Quarantined:
        """Return one row.

        Raises:
            NotFoundError: there is none of that number.
        """
        row = self.connection.row(f"{_QUARANTINED} WHERE quarantine.id = :number", number=number)
        if row is None:
            raise NotFoundError(f"quarantine has no row {number}; `aggregator quarantine list` shows them")
        return Quarantined(**row)

    def count_by_code(self) -> dict[str, int]:
        """Return the number of rows of each reason; what was dropped is no trouble any more."""
        counted = "SELECT code, count(*) AS number FROM quarantine WHERE dropped_at IS NULL GROUP BY code ORDER BY code"
        rows = self.connection.rows(counted)
        return {row["code"]: row["number"] for row in rows}

    def counts(self, source: Source) -> tuple[ReasonCount, ...]:
        """Return how many rows of *source* there are of each reason."""
        by_code = """
            SELECT code, count(*) - count(entry_id) AS held, count(entry_id) AS stored
            FROM quarantine WHERE source_id = :source AND dropped_at IS NULL GROUP BY code ORDER BY code
        """
        return tuple(ReasonCount(**row) for row in self.connection.rows(by_code, source=source.id))


class SeedFiles(Struct, frozen=True):
    """What is known of the files of a seed folder, within one transaction."""

    connection: Connection

    def stats(self, source: Source) -> dict[str, tuple[int, int]]:
        """Return size and time of the files of *source* as they were when last read, by path."""
        rows = self.connection.rows("SELECT path, size, mtime_ns FROM seed_files WHERE source_id = :source", source=source.id)
        return {row["path"]: (row["size"], row["mtime_ns"]) for row in rows}

    def digests(self, source: Source, paths: Collection[str]) -> dict[str, bytes]:
        """Return the digests of these files of *source* as they were when last read, by path."""
        asked = "SELECT path, digest FROM seed_files WHERE source_id = :source AND path IN each(:paths)"
        rows = self.connection.rows(asked, source=source.id, paths=paths) if paths else ()
        return {row["path"]: row["digest"] for row in rows}

    def listed(self, source: Source) -> tuple[SeedListed, ...]:
        """Return every file of *source* that there is or was: with its entry, or with what is wrong with it."""
        rows = [row for sql in (_CARRIED, _HELD) for row in self.connection.rows(sql, source=source.id)]
        return tuple(sorted((SeedListed(**row) for row in rows), key=lambda row: (row.path, row.code or "")))

    def put(self, source: Source, states: Sequence[SeedState], now: datetime) -> None:
        """Remember files as they are now."""
        self.connection.run_each(_REMEMBER, (asdict(state) | {"source_id": source.id, "seen_at": now} for state in states))

    def forget(self, source: Source, paths: Collection[str]) -> None:
        """Forget files that are gone."""
        if paths:
            gone = "DELETE FROM seed_files WHERE source_id = :source AND path IN each(:paths)"
            self.connection.run(gone, source=source.id, paths=paths)


class Publications(Struct, frozen=True):
    """What was published last, within one transaction."""

    connection: Connection

    def of(self, paths: Collection[str]) -> dict[str, Publication]:
        """Return what was published at these paths, by path."""
        rows = self.connection.rows(_PUBLICATIONS, paths=paths)
        return {row["path"]: Publication(**row) for row in rows}

    def stamps(self) -> list[tuple[str, int, int]]:
        """Return path, size and modification time in nanoseconds of every published file."""
        return self.connection.tuples("SELECT path, size, mtime_ns FROM publications")

    def looked(self) -> tuple[datetime | None, str | None]:
        """Return when the published files were last looked at, and what was noted of their folders."""
        noted = facts(self.connection, (_LOOKED_AT, _FOLDERS))
        at = noted.get(_LOOKED_AT)
        return datetime.fromisoformat(at) if at else None, noted.get(_FOLDERS)

    def look(self, folders: str, at: datetime | None) -> None:
        """Note how the folders are now, and that all published files were looked at, if they were."""
        noted = {_LOOKED_AT: at.isoformat() if at else "", _FOLDERS: folders}
        note_each(self.connection, {name: value for name, value in noted.items() if value})

    def begin(self, now: datetime) -> None:
        """Note that files are about to be published: whatever is stored by now, subscribers may see from now on."""
        note(self.connection, _BEGAN, now.isoformat())

    def put(self, published: Sequence[Publication]) -> None:
        """Remember what was published."""
        self.connection.run_each(_PUBLISHED, (asdict(publication) for publication in published))

    def aim(self) -> str | None:
        """Return the bucket that files are put into, as it is called."""
        return fact(self.connection, _AIM)

    def take_aim(self, bucket: str) -> None:
        """Note that files are put into *bucket* from now on, which holds none of them yet."""
        note(self.connection, _AIM, bucket)
        self.connection.run("UPDATE publications SET put_digest = NULL WHERE put_digest IS NOT NULL")

    def unput(self) -> list[tuple[str, bytes]]:
        """Return path and digest of what the bucket does not hold as it was published, by path."""
        return self.connection.tuples(_UNPUT)

    def was_put(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Note that the bucket holds files of these paths and digests."""
        rows = ({"path": path, "digest": digest} for path, digest in files)
        self.connection.run_each("UPDATE publications SET put_digest = :digest WHERE path = :path", rows)
