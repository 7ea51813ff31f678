"""Owns being told of news by the hubs that feeds name: leases with them, their questions, and what they send."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import Document, Errand, Validators
from aggregator.model.fetching import one_line
from aggregator.model.pushing import Intent, Push, Reply
from aggregator.websub import forms, standing
from aggregator.websub.signatures import is_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from aggregator.app.composition import App
    from aggregator.model import Answer, FetchRequest, Poll, Source
    from aggregator.model.pushing import Lease
    from aggregator.poll import Polling
    from aggregator.store import Store, Transaction

# More of one source that nobody has read yet are let go: the source is polled instead.
_MOST_WAITING = 10
_LAST_POLLS = 10
_FOLLOWED = frozenset({307, 308})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNKNOWN = Reply(status=404, text="There is no such subscription.\n")
_OVER = Reply(status=410, text="This subscription has ended.\n")
_TAKEN = Reply(status=202)


class Listening(Struct, frozen=True, kw_only=True):
    """The use cases of a subscriber, on an open store."""

    app: App
    store: Store

    def follow(self) -> None:
        """Bring our leases in line with what the feeds offer, and with the configuration."""
        with self.store.read() as tx:
            offers = tx.leases.offers() if self.app.config.websub.subscribe else {}
            changes = standing.changes(offers, tx.leases.all())
        if changes == standing.Changes():
            return
        now, allowed = self.app.clock(), self.app.config.fetch.allowed
        afresh = {"asked": None, "due_at": now, "attempts": 0, "trouble": None}
        with self.store.write() as tx:
            for source_id, offer in changes.take:
                secret = self.app.token() if forms.may_have_secret(offer.hub, allowed) else None
                tx.leases.take(source_id, offer, self.app.token(), secret, now)
            for lease in changes.leave:
                tx.leases.change(replace(lease, wanted=Intent.UNSUBSCRIBE, **afresh))
            for lease in changes.again:
                tx.leases.change(replace(lease, wanted=Intent.SUBSCRIBE, **afresh))

    def ask(self) -> None:
        """Ask hubs for what is due: new leases, renewals, the end of those we want no more.

        A hub that cannot be reached is tried once.
        """
        with self.store.read() as tx:
            due = tx.leases.due(self.app.clock())
        first, rest = standing.parted(due, lambda lease: lease.hub)
        lost = self._ask(first)
        self._ask([lease for lease in rest if lease.hub not in lost])

    def _ask(self, leases: Sequence[Lease]) -> set[str]:
        """Return the hubs that could not be reached."""
        if not leases:
            return set()
        with self.store.write() as tx:
            asked = {lease.id: lease for due in leases if (lease := self._asking(tx, due)) is not None}
        lost = set()
        for answer in self.app.send(list(map(self._errand, asked.values()))):
            self._answered(asked[answer.key], answer)
            if answer.status is None:
                lost.add(asked[answer.key].hub)
        return lost

    def _errand(self, lease: Lease) -> Errand:
        form = forms.subscription(lease, f"{self.app.config.site.url}websub/{lease.token}")
        return Errand(key=lease.id, url=lease.hub, body=form, follows=_FOLLOWED)

    def _asking(self, tx: Transaction, lease: Lease) -> Lease | None:
        """Note that a hub is being asked, before it is, since it may ask back at once; ``None`` if there is nothing to ask."""
        now = self.app.clock()
        is_over = lease.ends_at is None or lease.ends_at <= now
        if lease.wanted is Intent.UNSUBSCRIBE and (is_over or lease.attempts >= standing.MOST_ATTEMPTS):
            tx.leases.end(lease)
            return None
        if is_over and lease.ends_at is not None:
            tx.leases.poll_soon(lease, now, "the hub's promise to tell us of news has run out (WebSub)")
        asking = replace(
            lease,
            asked=lease.wanted,
            ends_at=None if is_over else lease.ends_at,
            attempts=lease.attempts + 1,
            due_at=max(now + standing.PATIENCE, standing.repetition(now, lease.attempts + 1)),
        )
        tx.leases.change(asking)
        return asking

    def _answered(self, lease: Lease, answer: Answer) -> None:
        if not answer.is_good:
            again_at = standing.repetition(self.app.clock(), lease.attempts)
            # when it has run out, the feed is to be polled
            lease = replace(lease, due_at=min(again_at, lease.ends_at or again_at), trouble=answer.told)
        with self.store.write() as tx:
            tx.leases.answered(lease)

    # --- what hubs want of us ---

    def question(self, token: str, query: str) -> Reply:
        """Answer a hub that asks whether we asked (section 5.3), or tells that we get nothing (section 5.2)."""
        question, now = forms.read_form(query), self.app.clock()
        if self._lease(token) is None:
            return _UNKNOWN  # without a write, which anybody could make us do
        with self.store.write() as tx:
            lease = tx.leases.called(token)
            if lease is None or question.get("hub.topic") != lease.topic:
                return _UNKNOWN
            if question.get("hub.mode") == "denied":
                _denied(tx, lease, question.get("hub.reason", ""), self.app)
                return Reply(status=200)
            if not forms.confirms(lease, question):
                return _UNKNOWN
            if lease.asked is Intent.UNSUBSCRIBE:
                tx.leases.end(lease)
            else:
                span = standing.believed(standing.seconds_of(question.get("hub.lease_seconds")))
                begun = replace(lease, asked=None, ends_at=now + span, due_at=standing.renewal(now, span))
                tx.leases.change(replace(begun, attempts=0, trouble=None))
        return Reply(status=200, text=question["hub.challenge"])

    def refusal(self, token: str) -> Reply | None:
        """Say why nothing is taken at a callback, if so: known before a body is read, which anybody could send."""
        lease = self._lease(token)
        if lease is None or lease.ends_at is None:
            return _UNKNOWN
        return _OVER if lease.wanted is Intent.UNSUBSCRIBE else None

    def push(self, token: str, fields: Mapping[str, str], body: bytes, on_news: Callable[[], None]) -> Reply:
        """Take what a hub sends; *fields* are its header fields by their names in lower case. *on_news* says that it is kept.

        What is not well signed is ignored, and answered as what is (section 7.1): who guesses learns nothing.
        """
        lease = self._lease(token)
        if lease is None:
            return _UNKNOWN
        if lease.secret is not None and not is_signed(fields.get("x-hub-signature"), lease.secret, body):
            with self.store.write() as tx:
                tx.leases.refuse(lease)
            return _TAKEN
        if self._received(lease, fields, body):
            on_news()
        return _TAKEN

    def _lease(self, token: str) -> Lease | None:
        if not _TOKEN.fullmatch(token):
            return None
        with self.store.read() as tx:
            return tx.leases.called(token)

    def _received(self, lease: Lease, fields: Mapping[str, str], body: bytes) -> bool:
        """Keep a document if it is surely the hub's; else it is no more than a hint to poll the source."""
        now = self.app.clock()
        with self.store.write() as tx:
            tx.leases.receive(lease, now)
            if lease.secret is None or not body or tx.leases.count_waiting(lease.source_id) >= _MOST_WAITING:
                tx.leases.poll_soon(lease, now, "a hub says that there is news (WebSub)")
                return False
            push = Push(
                id=0,
                source_id=lease.source_id,
                topic=lease.topic,
                received_at=now,
                content_type=fields.get("content-type"),
                content_encoding=fields.get("content-encoding", ""),
                body=body,
            )
            tx.leases.keep(push)
        return True

    # --- what they sent ---

    def read(self, polling: Callable[[], Polling]) -> Iterator[tuple[Source, Poll]]:
        """Read what hubs sent as if it had been fetched, each source's in the order in which it came."""
        with self.store.read() as tx:
            waiting = tx.leases.waiting()
        for push in waiting:
            yield from self._read(push, polling())
            with self.store.write() as tx:
                tx.leases.drop(push)

    def _read(self, push: Push, polling: Polling) -> Iterator[tuple[Source, Poll]]:
        from aggregator.poll import poll  # noqa: PLC0415 - most runs have nothing to read

        with self.store.read() as tx:
            source = next((source for source in tx.sources.enabled() if source.id == push.source_id), None)
            if source is None:
                return
            document = self._document(tx, source, push)

        def handed(requests: Iterable[FetchRequest]) -> Iterator[Document]:
            return (document for _ in requests)

        yield from poll((source,), replace(polling, fetch=handed, access={}))

    def _document(self, tx: Transaction, source: Source, push: Push) -> Document:
        """Return what was sent as a document from where the source is polled, so that its links are read as always."""
        from aggregator.fetch import unpacked  # noqa: PLC0415 - as above

        last = (poll.final_url for poll in tx.sources.polls(source, _LAST_POLLS))
        # some hubs pass the coding of what they fetched on with a body that they have unpacked
        body = unpacked(push.body, push.content_encoding, limit=self.app.config.fetch.max_body) or push.body
        return Document(
            url=source.poll_url,
            final_url=next(filter(None, last), push.topic),
            status=200,
            content_type=push.content_type,
            content_language=None,
            body=body,
            validators=Validators(),
            freshness=source.state.freshness,
            wire_bytes=len(push.body),
            duration=timedelta(),
            is_pushed=True,
        )


def _denied(tx: Transaction, lease: Lease, reason: str, app: App) -> None:
    now = app.clock()
    if lease.wanted is Intent.UNSUBSCRIBE:
        tx.leases.end(lease)
        return
    trouble = f"the hub denied it: {one_line(reason) or 'without a reason'}"
    denied = replace(lease, asked=None, ends_at=None, due_at=now + standing.AFTER_DENIAL, trouble=trouble)
    tx.leases.change(replace(denied, attempts=0))
    tx.leases.poll_soon(lease, now, "the hub tells us nothing any more (WebSub)")
