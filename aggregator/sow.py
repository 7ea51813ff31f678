"""Owns one round over a seed folder: files that changed → candidates → ingest. A bad file costs that file only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator import __version__
from aggregator.digests import blake2b
from aggregator.errors import SeedError, WorkerError
from aggregator.model import Conclusion, NextPoll, Poll, PollOutcome, Reject, Remark, SeedState, Tally, Trust, Validators
from aggregator.seeds import read, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta
    from pathlib import Path

    from aggregator.ingest import Prepared
    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Source
    from aggregator.seeds import SeedFile, SeedRules
    from aggregator.store import Store, Transaction
    from aggregator.workers import Workers

    _Reading = Callable[[Sequence[SeedFile]], "Harvest"]

_BATCH = 500  # files in one transaction: large enough to be quick, small enough that others may write in between
# A file of so many bytes is read in this process: what so little text can cost is little, whatever it is. Longer ones are read
# where reading can be ended. So is everything when there is much of it (bytes in all): a second process costs a fifth more
# processor time than it takes off our hands, and is worth it only where people would wait long.
_SHORT = 64 * 1024
_MUCH = 64 * 1024**2


class Field(Struct, frozen=True, kw_only=True):
    """A folder of seeds with the rules to read it by; *max_size* of a file in bytes."""

    source: Source
    folder: Path
    rules: SeedRules
    max_size: int


class Sowing(Struct, frozen=True, kw_only=True):
    """What a round over a folder needs from outside.

    *writing* opens a transaction: the store's own, or one that is taken back for a rehearsal. *advanced* is told the number
    of files that each step dealt with. *parse_timeout* is the wall time that a worker process may take for some files.
    """

    store: Store
    writing: Callable[[], AbstractContextManager[Transaction]]
    rules: IngestRules
    clock: Callable[[], datetime]
    advanced: Callable[[int], None]
    trust: Trust
    parse_timeout: timedelta


class _Listing(Struct, frozen=True, kw_only=True):
    """What a folder holds, with a digest of it."""

    files: tuple[SeedFile, ...]
    refused: tuple[Reject, ...]
    digest: bytes


class _Changes(Struct, frozen=True, kw_only=True):
    """What became of a folder since it was last read: files to read, and paths that are gone.

    *digests* are of the bytes that gave what is stored of these files, as long as the rules are the same.
    """

    files: tuple[SeedFile, ...]
    digests: Mapping[str, bytes]
    gone: frozenset[str]


class Harvest(Struct, frozen=True, kw_only=True):
    """What came of reading some files. A file that has no state among *states* is read again on the next run."""

    states: tuple[SeedState, ...]
    prepared: Prepared
    unchanged: int


def sow(field: Field, world: Sowing) -> Poll:
    """Bring the entries of one folder up to date. A file that is as it was when last read is not opened.

    Raises:
        StoreError: the store cannot be written.
    """
    now, rules, last = world.clock(), _fingerprint(field), field.source.document_digest or b""
    done = Poll(source_id=field.source.id, started_at=now, outcome=PollOutcome.READ)
    try:
        listing = _list(field.folder)
    except SeedError as error:
        failed = replace(done, outcome=PollOutcome.FAILED, remark=Remark(code=error.code, message=str(error)))
        return _conclude(field, failed, world, last)
    if last == rules + listing.digest and world.trust is Trust.STAT:
        return _conclude(field, replace(done, tally=_unopened(len(listing.files), listing, world)), world, last)
    changes = _compare(field, listing, world, rules)
    tally, states = _unopened(len(listing.files) - len(changes.files), listing, world), 0
    kept: Harvest | None = None  # the last one, which shares its transaction with the end: a few posts are one transaction
    for harvest in _read_all(field, changes, world):
        states += len(harvest.states)
        if kept is not None:
            with world.writing() as tx:
                tally += _store(tx, field, kept, world, now)
        kept = harvest
    with world.writing() as tx:
        if kept is not None:
            tally += _store(tx, field, kept, world, now)
        tx.seed_files.forget(field.source, changes.gone)
        tx.quarantine.forget(field.source, changes.gone)
        tx.entries.end(field.source, (f"file:{path}" for path in changes.gone), now)
        for reject in listing.refused:
            tx.quarantine.add(field.source, reject, now)
        # a file that could not be read may be readable next time though nothing in the listing tells
        digest = listing.digest if states == len(changes.files) else b""
        return _record(tx, field, replace(done, tally=tally), rules + digest)


def read_seeds(files: Sequence[SeedFile], digests: Mapping[str, bytes], field: Field, rules: IngestRules) -> Harvest:
    """Read, parse, clean and identify some files of a folder; those whose bytes have the digest that is known are unchanged."""
    from aggregator.ingest import prepare_files  # noqa: PLC0415 - needed only where something changed
    from aggregator.seeds.posts import parse  # noqa: PLC0415 - as above

    states, candidates, rejects, unchanged = [], [], [], 0
    for file in files:
        try:
            data = read(field.folder, file.path, max_size=field.max_size)
        except SeedError as error:
            rejects.append(_reject(file, error, ""))
            continue
        state = SeedState(path=file.path, size=file.size, mtime_ns=file.mtime_ns, digest=_digest(data))
        states.append(state)
        if digests.get(file.path) == state.digest:
            unchanged += 1
            continue
        try:
            candidates.append(parse(file.path, data, field.rules))
        except SeedError as error:
            rejects.append(_reject(file, error, data.decode("utf-8", "replace")))
    prepared = prepare_files(candidates, rejects, field.source, rules)
    return Harvest(states=tuple(states), prepared=prepared, unchanged=unchanged)


def _list(folder: Path) -> _Listing:
    found = list(scan(folder))
    files = tuple(f for f in found if not isinstance(f, Reject))
    refused = tuple(f for f in found if isinstance(f, Reject))
    lines = [f"{f.path}\0{f.size}\0{f.mtime_ns}" for f in files] + [f"{r.place}\0{r.code}" for r in refused]
    return _Listing(files=files, refused=refused, digest=_digest("\n".join(lines).encode()))


def _compare(field: Field, listing: _Listing, world: Sowing, rules: bytes) -> _Changes:
    with world.store.read() as tx:
        stats = tx.seed_files.stats(field.source)
        gone = frozenset((stats.keys() | tx.quarantine.places(field.source)) - {f.path for f in listing.files})
        if not (field.source.document_digest or b"").startswith(rules):
            # by other rules the same bytes may give another entry: every file counts as changed
            return _Changes(files=listing.files, digests={}, gone=gone)
        files = listing.files
        if world.trust is Trust.STAT:
            files = tuple(f for f in files if stats.get(f.path) != (f.size, f.mtime_ns))
        return _Changes(files=files, digests=tx.seed_files.digests(field.source, {f.path for f in files}), gone=gone)


def _read_all(field: Field, changes: _Changes, world: Sowing) -> Iterator[Harvest]:
    """Read what changed, in batches."""
    much = sum(file.size for file in changes.files) > _MUCH
    here = () if much else tuple(f for f in changes.files if f.size <= _SHORT)
    away = changes.files if much else tuple(f for f in changes.files if f.size > _SHORT)
    reading = partial(read_seeds, digests=changes.digests, field=field, rules=world.rules)
    for part in _parts(here):
        yield reading(part)
        world.advanced(len(part))
    if away:
        yield from _read_away(away, reading, world)


def _read_away(files: Sequence[SeedFile], reading: _Reading, world: Sowing) -> Iterator[Harvest]:
    """Read files in a worker process, which reads the next ones while we store."""
    from aggregator.workers import Workers  # noqa: PLC0415 - most runs have no use for it

    parts = _parts(files)
    with Workers(timeout=world.parse_timeout) as workers:
        for part, harvest in zip(parts, workers.each(reading, parts), strict=True):
            if not isinstance(harvest, WorkerError):
                yield harvest
            else:  # one of them is to blame: find it, and let it not cost the others
                yield from (_read_alone(file, reading, workers) for file in part)
            world.advanced(len(part))


def _parts(files: Sequence[SeedFile]) -> list[Sequence[SeedFile]]:
    return [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]


def _read_alone(file: SeedFile, reading: _Reading, workers: Workers) -> Harvest:
    from aggregator.ingest import Prepared  # noqa: PLC0415 - as above

    try:
        return workers.run(reading, [file])
    except WorkerError as error:
        reject = _reject(file, SeedError("too-expensive", f"reading the file was given up: {error}"), "")
        return Harvest(states=(), prepared=Prepared(items=(), rejects=(reject,)), unchanged=0)


def _unopened(number: int, listing: _Listing, world: Sowing) -> Tally:
    """Count the *number* of files that are not opened, and what was refused, which is counted on every run."""
    world.advanced(number)
    refused = len(listing.refused)
    return Tally(seen=number + refused, unchanged=number, quarantined=refused)


def _store(tx: Transaction, field: Field, harvest: Harvest, world: Sowing, now: datetime) -> Tally:
    from aggregator.ingest import ingest  # noqa: PLC0415 - as above

    prepared = harvest.prepared
    places = {item.candidate.place for item in prepared.items} | {reject.place for reject in prepared.rejects}
    tx.quarantine.forget(field.source, places)
    tx.seed_files.put(field.source, harvest.states, now)
    counted = Tally(seen=harvest.unchanged, unchanged=harvest.unchanged)
    return counted + ingest(tx, field.source, prepared, world.rules, now)


def _conclude(field: Field, done: Poll, world: Sowing, digest: bytes) -> Poll:
    with world.writing() as tx:
        return _record(tx, field, done, digest)


def _record(tx: Transaction, field: Field, done: Poll, digest: bytes) -> Poll:
    due = NextPoll(at=None, reason="read on every run; files that did not change are not opened")
    concluded = Conclusion(
        source=field.source, poll=done, next_poll=due, validators=Validators(), digest=digest, state=field.source.state
    )
    tx.sources.conclude([concluded])
    return done


def _fingerprint(field: Field) -> bytes:
    """Fingerprint what turns bytes into entries besides the bytes: this program and the folder's rules."""
    return _digest(f"{__version__} {field.max_size} {field.rules!r}".encode())


def _reject(file: SeedFile, error: SeedError, raw: str) -> Reject:
    where = f"{file.path}:{error.line}: " if error.line else f"{file.path}: "
    return Reject(place=file.path, code=error.code, message=f"{where}{error}", raw=raw)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
