"""Another aggregator of our kind polls what we publish: it is sent what it lacks, and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from loopback_site import publish, running
from rounds import Rounds
from store_content import assert_every_item_is_accounted_for

from aggregator.model import PollOutcome, Tally
from aggregator.web import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from loopback_server import Loopback

    from aggregator.store import Store

HOUR = timedelta(hours=1)


def entry(number: int, text: str = "正文") -> str:
    return (
        f'  <entry xml:lang="zh-CN">\n    <id>urn:x:{number}</id>\n    <title>标题 {number}</title>\n'
        f'    <updated>2025-12-01T0{number}:00:00+00:00</updated>\n    <link href="https://a.example/{number}"/>\n'
        f'    <content type="html">&lt;p&gt;{text * 300} {number}&lt;/p&gt;</content>\n  </entry>\n'
    )


def feed(*entries: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n  <id>urn:x:feed</id>\n'
        f"  <title>科技</title>\n  <updated>2025-12-02T00:00:00+00:00</updated>\n{''.join(entries)}</feed>\n"
    ).encode()


def test_our_fetcher_is_sent_what_is_new_in_our_feed(store: Store, loopback: Loopback, tmp_path: Path) -> None:
    output = tmp_path / "public"
    with running(create_app(output, lambda: {"ok": True})) as port:
        rounds = Rounds(store, loopback, allow={("127.0.0.1", port)})
        url = rounds.subscribe(f"http://127.0.0.1:{port}/feeds/keji.atom")
        rows = []
        for document in (
            feed(entry(2), entry(1)),
            feed(entry(2), entry(1)),
            feed(entry(4), entry(3), entry(2), entry(1)),
            feed(entry(4), entry(3, "新文"), entry(2), entry(1)),
        ):
            publish(output, "feeds/keji.atom", document)
            rows.append(rounds.poll_one(url, after=HOUR))

    assert [(row.outcome, row.status, row.tally) for row in rows] == [
        (PollOutcome.READ, 200, Tally(seen=2, new=2)),
        (PollOutcome.NOT_MODIFIED, 304, Tally()),
        (PollOutcome.READ, 226, Tally(seen=2, new=2)),
        (PollOutcome.READ, 226, Tally(seen=1, revised=1)),
    ]
    assert rounds.titles() == {f"标题 {number}" for number in range(1, 5)}
    assert_every_item_is_accounted_for(store)
