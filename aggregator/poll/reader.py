"""Owns where documents are read: short ordinary ones here, all others in a worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aggregator.errors import WorkerError
from aggregator.model import Remark

if TYPE_CHECKING:
    from datetime import timedelta

    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Document, Source
    from aggregator.poll.reading import Reading
    from aggregator.workers import Workers


# Bytes. What is ordinary is read in time that grows with its size: at the worst a third of a second for so much (tags that were
# never closed), where starting a worker and sending it a document takes as long for any.
_SHORT = 256 * 1024


class Reader:
    """Reads documents where reading can be ended, or surely ends; a context manager, which ends the worker process.

    Parser, cleaner and the library of processes are imported with the first document that needs them: that takes longer than
    asking 500 feeds whether anything is new.
    """

    def __init__(self, rules: IngestRules, *, timeout: timedelta) -> None:
        """Read by *rules*, each document within *timeout* of wall time."""
        self._rules = rules
        self._timeout = timeout
        self._workers: Workers | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._workers is not None:
            self._workers.close()

    def read(self, document: Document, source: Source, seen_items: bytes | None) -> Reading | Remark:
        """Read a document but for its *seen_items*; a remark says why it cannot be read."""
        from aggregator.poll.reading import read_document, read_ordinary  # noqa: PLC0415 - see above

        if len(document.body) <= _SHORT and (reading := read_ordinary(document, source, seen_items, self._rules)):
            return reading
        from aggregator.workers import Workers  # noqa: PLC0415 - as above

        if self._workers is None:
            self._workers = Workers(timeout=self._timeout)
        try:
            return self._workers.run(read_document, document, source, seen_items, self._rules)
        except WorkerError as error:
            return Remark(code="too-expensive", message=f"reading the document was given up: {error}")
