"""Owns the use cases that look at an address before anybody subscribes to it: which feeds are there, and what they would give.

Whatever comes is foreign input, as in a poll: it is fetched under the same limits and read in a worker process.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.app.screening import would_hide
from aggregator.discovery import Offer, find_feeds, known_feeds, well_known
from aggregator.errors import NoFeedError, NotFoundError, NotNowError, UsageError
from aggregator.ingest import Told, admit
from aggregator.model import (
    Access,
    Document,
    FetchFailure,
    FetchRequest,
    NotModified,
    Origin,
    Remark,
    Source,
    SourceKind,
    Subscription,
    Validators,
    Verdict,
)
from aggregator.poll.outages import UNREACHED
from aggregator.poll.reading import Reading
from aggregator.poll.requests import request_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from aggregator.app.composition import App
    from aggregator.model import Assignment, FetchResult, Filing, Identified, Reject, Tally
    from aggregator.model.guarding import Held
    from aggregator.poll.reader import Reader
    from aggregator.store import Store

_OTHER = "not-a-feed"
# Failures that say nothing about the address: later it may be another story. So may what is wrong with a server (http-5xx).
_PASSING = UNREACHED | {"truncated", "protocol", "bad-coding", "http-408", "http-425", "http-429"}
# A server that turns programs away from its pages may well serve them its feeds.
_TURNED_AWAY = frozenset({401, 403, 429})


class _Feed(Struct, frozen=True, kw_only=True):
    """What is at an address that is a feed's."""

    document: Document
    reading: Reading


class _NoFeed(Struct, frozen=True, kw_only=True):
    """What came from an address where there is no feed, and why it is none."""

    result: FetchResult
    remark: Remark


class Finding(Struct, frozen=True, kw_only=True):
    """A feed that an address leads to.

    *final_url* is where it came from, unless nobody looked whether it is there. *flaw* is of a document that can be read all
    the same.
    """

    offer: Offer
    final_url: str | None = None
    flaw: Remark | None = None


class Tried(Struct, frozen=True, kw_only=True):
    """One item of a feed with what a poll would make of it, and *why*. One that is held back has neither URL nor date.

    *hidden* is why rules would hide it from subscribers, if they would.
    """

    verdict: Verdict
    published: datetime | None
    title: str
    url: str | None
    categories: tuple[Assignment, ...]
    why: str
    hidden: str | None = None


class Trial(Struct, frozen=True, kw_only=True):
    """What a poll of *url* would store. *flaw* is of the document, where that can be read all the same."""

    url: str
    final_url: str
    title: str | None
    items: tuple[Tried, ...]
    tally: Tally
    flaw: Remark | None


class Scout(Struct, frozen=True, kw_only=True):
    """Looks at addresses; stores nothing."""

    app: App
    store: Store
    reader: Reader

    def find(self, url: str) -> tuple[Finding, ...]:
        """Return the feeds that *url* leads to, the likeliest first: itself, what its page offers, or one at a usual address.

        Raises:
            NoFeedError: there is none, or nothing can be fetched there now.
        """
        seen = self._look(url)
        if isinstance(seen, _Feed):
            return (_found(seen, "the address is that of a feed"),)
        page = seen.result if isinstance(seen.result, Document) else None
        offers = find_feeds(page.body, page.final_url, page.content_type) if page else ()
        if not offers and (page or seen.result.status in _TURNED_AWAY):
            offers = known_feeds(url)
        if offers:
            return tuple(Finding(offer=offer) for offer in offers)
        if page and seen.remark.code == _OTHER and (usual := self._first_feed(well_known(page.final_url))):
            return (_found(usual, "tried: feeds are often at this address, and one is"),)
        raise _error(seen, "it offers no feed, and none is at the usual addresses")

    def proved(self, finding: Finding) -> Finding:
        """See whether there is a feed where one is offered.

        Raises:
            NoFeedError: there is none, or it cannot be fetched now.
        """
        if finding.final_url is not None:
            return finding
        seen = self._look(finding.offer.url)
        if isinstance(seen, _NoFeed):
            raise _error(seen, f"though it is offered as one, by {finding.offer.found_by}")
        return _found(seen, finding.offer.found_by)

    def test(self, url: str) -> Trial:
        """Fetch *url* whole and tell what a poll of it would store, by what is known of the subscription if it is one.

        Raises:
            NoFeedError: it cannot be fetched, or is no feed.
            AccessError: what it is to be asked with cannot be had.
            UsageError: it is a folder of seeds.
        """
        source, now = self._source(url), self.app.clock()
        find = self.app.access.get(url)
        request = replace(request_for(source, find() if find else Access(), now), validators=Validators())
        (result,) = self.app.fetch([request])
        seen = self._read(result, source)
        if isinstance(seen, _NoFeed):
            raise _error(seen, f"`aggregator feed discover {url}` tells which feeds a page offers")
        prepared = seen.reading.prepared
        told = Told(provenance=seen.reading.provenance)
        with self.store.read() as tx:
            admission = admit(tx, source, prepared, self.app.ingest_rules, told, now)
            hidden = would_hide(tx, source, admission.filings, self.app.ingest_rules.screen)
        return Trial(
            url=url,
            final_url=seen.document.final_url,
            title=seen.reading.provenance.title,
            items=(
                *(_tried(filing, hidden) for filing in admission.filings),
                *starmap(_held, admission.held),
                *map(_rejected, prepared.rejects),
            ),
            tally=admission.tally,
            flaw=seen.reading.flaw,
        )

    def _source(self, url: str) -> Source:
        """Return the source of *url*, or what it would be if somebody subscribed."""
        try:
            with self.store.read() as tx:
                source = tx.sources.find(url)
        except NotFoundError:
            return self._stranger(url)
        if source.subscription.kind is not SourceKind.FEED:
            raise UsageError(f"{url} is a folder of seeds; `aggregator seed ingest --dry-run` tells what it would give")
        return source

    def _stranger(self, url: str) -> Source:
        return Source(id=0, subscription=Subscription(url=url), origin=Origin.COMMAND, added_at=self.app.clock())

    def _first_feed(self, urls: Iterable[str]) -> _Feed | None:
        """Try addresses of one host one after another; a host that does not answer any more is left alone."""
        for seen in self._looks(urls):
            if isinstance(seen, _Feed):
                return seen
            if seen.result.status is None:
                return None
        return None

    def _look(self, url: str) -> _Feed | _NoFeed:
        (seen,) = self._looks([url])
        return seen

    def _looks(self, urls: Iterable[str]) -> Iterator[_Feed | _NoFeed]:
        """Look at *urls* as they answer: those of one host in their order."""
        for result in self.app.fetch(FetchRequest(url=url) for url in urls):
            yield self._read(result, self._stranger(result.url))

    def _read(self, result: FetchResult, source: Source) -> _Feed | _NoFeed:
        match result:
            case Document():
                read = self.reader.read(result, source, None)
                return _Feed(document=result, reading=read) if isinstance(read, Reading) else _NoFeed(result=result, remark=read)
            case FetchFailure():
                return _NoFeed(result=result, remark=Remark(code=result.code, message=result.message))
            case NotModified():
                unasked = Remark(code="unasked-304", message="the server says “not modified” though nobody asked whether")
                return _NoFeed(result=result, remark=unasked)


def _found(seen: _Feed, found_by: str) -> Finding:
    document = seen.document
    media_type = (document.content_type or "").partition(";")[0].strip().lower() or None
    title = seen.reading.provenance.title or ""
    return Finding(
        offer=Offer(url=document.url, title=title, media_type=media_type, found_by=found_by),
        final_url=document.final_url,
        flaw=seen.reading.flaw,
    )


def _error(seen: _NoFeed, if_other: str) -> NoFeedError:
    """Say why there is no feed, and if something else is there, *if_other* as well."""
    remark = seen.remark
    why = f"{seen.result.url}: {remark.message} ({remark.code})"
    if remark.code in _PASSING or remark.code.startswith("http-5"):
        return NotNowError(f"{why}; try again later", url=seen.result.url)
    return NoFeedError(f"{why}; {if_other}" if remark.code == _OTHER else why)


def _tried(filing: Filing, hidden: Mapping[str, str]) -> Tried:
    decision = filing.decision
    candidate = decision.identified.candidate
    remarks = (f"{remark.message} ({remark.code})" for remark in candidate.remarks)
    return Tried(
        verdict=decision.verdict,
        published=decision.published,
        title=candidate.title,
        url=candidate.url,
        categories=filing.assignments,
        why="; ".join((f"{decision.reason} ({decision.rule})", *remarks)),
        hidden=hidden.get(decision.identified.carrier),
    )


def _rejected(reject: Reject) -> Tried:
    return Tried(
        verdict=Verdict.QUARANTINED,
        published=None,
        title=reject.place,
        url=None,
        categories=(),
        why=f"{reject.message} ({reject.code})",
    )


def _held(item: Identified, held: Held) -> Tried:
    candidate = item.candidate
    return Tried(
        verdict=Verdict.TOMBSTONED if held.dropped else Verdict.QUARANTINED,
        published=None,
        title=candidate.title,
        url=candidate.url,
        categories=(),
        why=f"{held.message} ({held.code})",
    )
