"""Owns the hub of our own feeds: who may subscribe, whether it was he who asked, and what he is sent."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from aggregator.filetypes import FEED, JSON_FEED
from aggregator.model import Errand
from aggregator.model.pushing import Intent, Reply, Subscriber
from aggregator.publish.files import as_published
from aggregator.websub import forms, standing
from aggregator.websub.links import link_field
from aggregator.websub.signatures import signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.app.composition import App
    from aggregator.model import Answer
    from aggregator.model.pushing import Asked, Request
    from aggregator.store import Store, Transaction

# Bounds on what strangers can make us keep: requests in all, what one host has asked for or gets, requests for one and the same.
_MOST_WAITING, _MOST_OF_HOST, _MOST_ALIKE = 10_000, 1_000, 3
# How often a subscriber is asked that gives no answer at all.
_MOST_QUESTIONS = 3
_GONE = 410
_NOBODY = 0  # no row has this number
_TYPES = {".atom": FEED, ".json": JSON_FEED}
_NO_TOPIC = "hub.topic is none of the feeds here"


class Hub(Struct, frozen=True, kw_only=True):
    """The use cases of a hub, on an open store."""

    app: App
    store: Store

    def take(self, form: str) -> Reply:
        """Take what a subscriber asks for; whether it was he is asked later."""
        try:
            request = forms.read_request(forms.read_form(form))
        except forms.BadRequestError as error:
            return Reply(status=400, text=f"{error}.\n")
        with self.store.read() as tx:
            refusal = self._refusal(tx, request)
        if refusal is not None:
            return refusal
        with self.store.write() as tx:
            tx.hub.ask(request, self.app.clock())
        return Reply(status=202, text="You will be asked whether it was you.\n")

    def _refusal(self, tx: Transaction, request: Request) -> Reply | None:
        if not self._is_topic(tx, request.topic):
            return Reply(status=404, text=f"{_NO_TOPIC}.\n")
        if tx.hub.count_waiting() >= _MOST_WAITING:
            return Reply(status=503, text="Too many requests are waiting. Ask again later.\n")
        is_one_more = request.intent is Intent.SUBSCRIBE and not tx.hub.knows(request)
        if tx.hub.count_alike(request) >= _MOST_ALIKE:
            return Reply(status=429, text="You asked already, and will be asked whether it was you.\n")
        if is_one_more and tx.hub.count_of_host(request.callback) >= _MOST_OF_HOST:
            return Reply(status=429, text="There are too many subscriptions for the host of hub.callback.\n")
        return None

    def _is_topic(self, tx: Transaction, topic: str) -> bool:
        site = self.app.config.site.url
        return topic.startswith(site) and tx.pings.is_topic(topic.removeprefix(site))

    # --- was it you? ---

    def verify(self) -> None:
        """Ask those who are said to have asked something of us whether it was them (section 5.3)."""
        with self.store.read() as tx:
            waiting = list(tx.hub.asked(self.app.clock()))
        while waiting:
            now_asked, waiting = standing.parted(waiting, lambda asked: _host(asked.request.callback))
            lost = self._verify(now_asked)
            waiting = [asked for asked in waiting if _host(asked.request.callback) not in lost]

    def _verify(self, requests: Sequence[Asked]) -> set[str]:
        """Ask at each host once; return the hosts that gave no answer."""
        challenges = {asked.id: self.app.token() for asked in requests}
        by_id = {asked.id: asked for asked in requests}
        with self.store.write() as tx:
            errands = [errand for asked in requests if (errand := self._question(tx, asked, challenges[asked.id]))]
        lost = set()
        for answer in self.app.send(errands):
            if (asked := by_id.get(answer.key)) is None:
                continue  # who was denied
            is_he = answer.is_good and hmac.compare_digest(answer.body, challenges[asked.id].encode())
            self._settled(asked, answer, is_he=is_he)
            if answer.status is None:
                lost.add(_host(asked.request.callback))
        return lost

    def _question(self, tx: Transaction, asked: Asked, challenge: str) -> Errand | None:
        request = asked.request
        if not self._is_topic(tx, request.topic):  # it was, when it was asked for
            tx.hub.settle(asked)
            return _denial(request, _NO_TOPIC)
        if request.intent is Intent.UNSUBSCRIBE and not tx.hub.knows(request):
            tx.hub.settle(asked)
            return None
        return Errand(key=asked.id, url=forms.question(request, challenge))

    def _settled(self, asked: Asked, answer: Answer, *, is_he: bool) -> None:
        request, now = asked.request, self.app.clock()
        with self.store.write() as tx:
            if answer.status is None and asked.attempts + 1 < _MOST_QUESTIONS:
                tx.hub.ask_again(asked, standing.repetition(now, asked.attempts + 1))
                return
            tx.hub.settle(asked)
            if is_he and request.intent is Intent.SUBSCRIBE:
                tx.hub.subscribe(request, now + timedelta(seconds=request.lease_s))
            elif is_he:
                tx.hub.unsubscribe(request)

    # --- news ---

    def deliver(self) -> None:
        """Send the newest bytes of feeds to whom they are due. A host that cannot be reached is tried once."""
        now = self.app.clock()
        with self.store.write() as tx:
            tx.hub.end_expired(now)
            due = tx.hub.due(now)
        first, rest = standing.parted(due, lambda subscriber: _host(subscriber.callback))
        lost: set[str] = set()
        for some in (*_by_hundreds(first), *_by_hundreds(rest)):
            lost |= self._deliver([subscriber for subscriber in some if _host(subscriber.callback) not in lost])

    def _deliver(self, subscribers: Sequence[Subscriber]) -> set[str]:
        by_id = {subscriber.id: subscriber for subscriber in subscribers}
        lost = set()
        for answer in self.app.send(list(self._deliveries(subscribers))):
            if (subscriber := by_id.get(answer.key)) is None:
                continue  # as above
            self._delivered(subscriber, answer)
            if answer.status is None:
                lost.add(_host(subscriber.callback))
        return lost

    def _deliveries(self, subscribers: Sequence[Subscriber]) -> Iterator[Errand]:
        """Return what to send: the whole document (section 7), each read once."""
        with self.store.read() as tx:
            topics = {topic for topic in {subscriber.topic for subscriber in subscribers} if self._is_topic(tx, topic)}
        output, site = self.app.config.output, self.app.config.site.url
        documents = {topic: as_published(output, topic.removeprefix(site)) for topic in topics}
        for subscriber in subscribers:
            topic = subscriber.topic
            if topic not in topics:
                with self.store.write() as tx:
                    tx.hub.end(subscriber)
                yield _denial(subscriber, _NO_TOPIC)
                continue
            body = documents[topic]
            if body is None:
                continue  # somebody took it away: it stays due until it is published again
            fields = [("Link", link_field(self.app.config.site_value.hubs, topic))]
            if subscriber.secret is not None:
                fields.append(("X-Hub-Signature", signature(subscriber.secret, body)))
            media_type = _TYPES[topic[-len(".atom") :]].media_type
            yield Errand(
                key=subscriber.id, url=subscriber.callback, body=body, content_type=media_type, fields=tuple(fields)
            )  # fmt: skip

    def _delivered(self, subscriber: Subscriber, answer: Answer) -> None:
        now, attempts = self.app.clock(), subscriber.attempts + 1
        again_at = standing.repetition(now, attempts) if attempts < standing.MOST_ATTEMPTS else None
        with self.store.write() as tx:
            if answer.is_good:
                tx.hub.delivered(subscriber)
            elif answer.status == _GONE:
                tx.hub.end(subscriber)
            else:
                tx.hub.repeat(subscriber, again_at, answer.told)


def _by_hundreds(subscribers: Sequence[Subscriber]) -> Iterator[Sequence[Subscriber]]:
    """Part them so that the documents that they are sent fit into memory."""
    return (subscribers[start : start + 100] for start in range(0, len(subscribers), 100))


def _denial(to: Request | Subscriber, reason: str) -> Errand:
    """Tell one that he gets nothing; whatever he answers to that."""
    return Errand(key=_NOBODY, url=forms.denial(to, reason))


def _host(callback: str) -> str:
    return urlsplit(callback).hostname or ""
