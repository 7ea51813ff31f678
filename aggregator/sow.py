"""Owns one round over a seed folder: files that changed → candidates → ingest. A bad file costs that file only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator import __version__, seeds
from aggregator.errors import SeedError
from aggregator.ingest import ingest, prepare_files
from aggregator.model import Poll, PollOutcome, Reject, Remark, SeedState, Tally, Trust, Validators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from aggregator.ingest import IngestRules
    from aggregator.model import Candidate, Source
    from aggregator.seeds import SeedFile, SeedRules
    from aggregator.store import Store, Transaction

_BATCH = 200  # files in one transaction: large enough to be quick, small enough that others may write in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A folder of seeds with the rules to read it by; *max_size* of a file in bytes."""

    source: Source
    folder: Path
    rules: SeedRules
    max_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sowing:
    """What a round over a folder needs from outside.

    *writing* opens a transaction: the store's own, or one that is taken back for a rehearsal. *advanced* is told the number
    of files that each step dealt with.
    """

    store: Store
    writing: Callable[[], AbstractContextManager[Transaction]]
    rules: IngestRules
    clock: Callable[[], datetime]
    advanced: Callable[[int], None]
    trust: Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What came of reading some files."""

    states: tuple[SeedState, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    rejects: tuple[Reject, ...] = ()
    unchanged: int = 0


def sow(field: Field, world: Sowing) -> Poll:
    """Bring the entries of one folder up to date. A file that is as it was when last read is not opened.

    Raises:
        StoreError: the store cannot be written.
    """
    now = world.clock()
    try:
        found = list(seeds.scan(field.folder))
    except SeedError as error:
        failed = Poll(source_id=field.source.id, started_at=now, outcome=PollOutcome.FAILED, remark=_remark(error))
        with world.writing() as tx:
            _record(tx, field.source, failed, field.source.document_digest)
        return failed
    fingerprint = _fingerprint(field)
    with world.store.read() as tx:
        # by other rules the same bytes may give another entry: then every file counts as changed
        known = tx.seed_files.of(field.source) if field.source.document_digest == fingerprint else {}
    files = [f for f in found if not isinstance(f, Reject)]
    refused = [f for f in found if isinstance(f, Reject)]
    tally = Tally()
    for batch in _batches(field, files, known, world):
        tally += _store(field, batch, world, now)
    tally += _store(field, _Batch(rejects=tuple(refused)), world, now)
    done = Poll(source_id=field.source.id, started_at=now, outcome=PollOutcome.READ, tally=tally)
    with world.writing() as tx:
        gone = tx.seed_files.of(field.source).keys() - {f.path for f in files}
        tx.seed_files.forget(field.source, gone)
        tx.quarantine.forget(field.source, gone)
        tx.entries.end(field.source, (f"file:{path}" for path in gone), now)
        _record(tx, field.source, done, fingerprint)
    return done


def _batches(field: Field, files: Sequence[SeedFile], known: Mapping[str, SeedState], world: Sowing) -> Iterator[_Batch]:
    changed = [f for f in files if world.trust is Trust.BYTES or not _same_stat(f, known.get(f.path))]
    world.advanced(len(files) - len(changed))
    yield _Batch(unchanged=len(files) - len(changed))
    for start in range(0, len(changed), _BATCH):
        part = changed[start : start + _BATCH]
        yield _read(field, part, known)
        world.advanced(len(part))


def _read(field: Field, files: Sequence[SeedFile], known: Mapping[str, SeedState]) -> _Batch:
    states, candidates, rejects, unchanged = [], [], [], 0
    for file in files:
        try:
            data = seeds.read(field.folder, file.path, max_size=field.max_size)
        except SeedError as error:
            rejects.append(_reject(file, error, ""))
            continue
        state = SeedState(path=file.path, size=file.size, mtime_ns=file.mtime_ns, digest=_digest(data))
        states.append(state)
        old = known.get(file.path)
        if old is not None and old.digest == state.digest:
            unchanged += 1
            continue
        try:
            candidates.append(seeds.parse(file.path, data, field.rules))
        except SeedError as error:
            rejects.append(_reject(file, error, data.decode("utf-8", "replace")))
    return _Batch(states=tuple(states), candidates=tuple(candidates), rejects=tuple(rejects), unchanged=unchanged)


def _store(field: Field, batch: _Batch, world: Sowing, now: datetime) -> Tally:
    counted = Tally(seen=batch.unchanged, unchanged=batch.unchanged)
    if not batch.states and not batch.rejects:
        return counted
    prepared = prepare_files(batch.candidates, batch.rejects, field.source, world.rules)
    with world.writing() as tx:
        tx.quarantine.forget(field.source, {c.place for c in batch.candidates} | {r.place for r in batch.rejects})
        tx.seed_files.put(field.source, batch.states, now)
        return counted + ingest(tx, field.source, prepared, world.rules, now)


def _record(tx: Transaction, source: Source, done: Poll, fingerprint: bytes | None) -> None:
    due = (None, "read on every run; files that did not change are not opened")
    tx.sources.record(source, done, next_poll=due, validators=Validators(), digest=fingerprint)


def _fingerprint(field: Field) -> bytes:
    """Fingerprint what turns bytes into entries besides the bytes: this program and the folder's rules."""
    return _digest(f"{__version__} {field.rules!r}".encode())


def _same_stat(file: SeedFile, known: SeedState | None) -> bool:
    return known is not None and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)


def _reject(file: SeedFile, error: SeedError, raw: str) -> Reject:
    where = f"{file.path}:{error.line}: " if error.line else f"{file.path}: "
    return Reject(place=file.path, code=error.code, message=f"{where}{error}", raw=raw)


def _remark(error: SeedError) -> Remark:
    return Remark(code=error.code, message=str(error))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
