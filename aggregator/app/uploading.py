"""Owns the use cases about the bucket that published files are put into, if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.app.composition import App
    from aggregator.app.progress import Progress
    from aggregator.publish import Publishing
    from aggregator.publish.uploads import Uploaded
    from aggregator.store import Store


class Uploading(Struct, frozen=True, kw_only=True):
    """What is done with the bucket, on an open store."""

    app: App
    store: Store
    publishing: Callable[[], Publishing]

    def upload(self, progress: Progress) -> Uploaded | None:
        """Put into the bucket what it lacks of the published files; ``None`` if there is none. The caller holds the lock."""
        rule = self.app.config.publish.bucket
        if rule is None:
            return None
        from aggregator.publish.uploads import upload  # noqa: PLC0415 - most sites have no bucket

        progress.begin(f"putting files into {rule.url}", None)
        return upload(self.publishing(), rule.identity, self.app.bucket)

    def refill(self) -> None:
        """Let the next :meth:`upload` put everything into the bucket, which somebody emptied perhaps.

        Raises:
            UsageError: there is none.
        """
        rule = self.app.config.publish.bucket
        if rule is None:
            raise UsageError(f"no bucket is configured: {self.app.config_path} has no `publish.bucket`")
        with self.store.write() as tx:
            tx.publications.take_aim(rule.identity)
