"""Feeds as other people's readers show them, who subscribe to our running server."""

from __future__ import annotations

import json
from datetime import datetime
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from feed_readers import READERS, Shown, fetch_by_mail, mails, subscribe_by_mail
from loopback_server import Loopback, Reply, Seen
from own_site import TIMEOUT, OwnSite, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RSS = """<?xml version="1.0" encoding="gb18030"?>
<rss version="2.0"><channel><title>港口日报</title><link>https://gangkou.example/</link>
<item><title>你好，世界：“引号”与——破折号</title><link>https://gangkou.example/1?a=1&amp;b=2</link>
<guid>https://gangkou.example/1</guid><description>第一篇</description><pubDate>Thu, 01 Jan 2026 08:00:00 +0800</pubDate></item>
<item><title>龘𠮷野家🚢与R&amp;D：C++ 的 "&lt;模板&gt;"</title><link>https://gangkou.example/文章/二.html</link>
<description>&lt;p&gt;第二篇&lt;/p&gt;</description><pubDate>Wed, 31 Dec 2025 23:59:59 -0500</pubDate></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN"><id>urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6</id>
<title>園藝</title><updated>2026-01-02T00:00:00Z</updated><link href="https://yuanyi.example/"/>
<entry><id>urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a</id><title type="html">種子&lt;em&gt;發芽&lt;/em&gt;了</title>
<link href="https://yuanyi.example/3"/><published>2025-12-24T12:00:00+08:00</published><updated>2026-01-02T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>發芽。</p></div></content></entry>
</feed>"""
SEED = "---\ntitle: 秋天的图书馆\ndate: 2026-01-01 09:00 +0800\ncategories: [中文]\nsource_url: https://tushuguan.example/4\n---\n周日开放。\n"


@pytest.fixture(name="feed_url", scope="module")
def _feed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a feed of Chinese articles at a running server."""
    site = OwnSite(tmp_path_factory.mktemp("site"))
    site.set_clock("2026-01-02T03:04:05+00:00")
    (site.folder / "seeds").mkdir()
    (site.folder / "seeds" / "4.md").write_text(SEED)
    hosts = {"127.0.0.1": "/rss", "127.0.0.2": "/atom"}
    with Loopback() as loopback:
        loopback.replies |= {"/rss": Reply(body=RSS.encode("gb18030")), "/atom": Reply(body=ATOM.encode())}
        feeds = [{"url": loopback.url(path, host), "categories": ["中文"]} for host, path in hosts.items()]
        site.configure(
            'site: {title: 聚合, url: "https://news.example.org/", language: zh-CN}\nserver: {port: 0}\nseeds: [{path: seeds/}]\n'
            f"fetch: {{allow: {json.dumps([f'{host}:{loopback.port}' for host in hosts])}}}\n"
            f"feeds: {json.dumps(feeds, ensure_ascii=False)}\n"
        )
        site.run("run")
    with serving(site) as url:
        yield f"{url}feeds/zhongwen.atom"


EVERYTHING = [
    Shown("你好，世界：“引号”与——破折号", "https://gangkou.example/1?a=1&b=2", datetime.fromisoformat("2026-01-01T00:00:00Z")),
    Shown("秋天的图书馆", "https://tushuguan.example/4", datetime.fromisoformat("2026-01-01T01:00:00Z")),
    Shown("種子發芽了", "https://yuanyi.example/3", datetime.fromisoformat("2025-12-24T04:00:00Z")),
    Shown(
        '龘𠮷野家🚢与R&D：C++ 的 "<模板>"',
        "https://gangkou.example/%E6%96%87%E7%AB%A0/%E4%BA%8C.html",
        datetime.fromisoformat("2026-01-01T04:59:59Z"),
    ),
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_every_reader_shows_the_same_titles_links_and_dates(
    reader: Callable[[Path, str], list[Shown]], feed_url: str, tmp_path: Path
) -> None:
    assert sorted(reader(tmp_path, feed_url)) == sorted(EVERYTHING)


def test_rss2email_is_told_on_its_second_poll_that_nothing_changed(feed_url: str, loopback: Loopback, tmp_path: Path) -> None:
    statuses: list[int] = []

    def relay(seen: Seen) -> Reply:
        reply = forwarded(seen)
        statuses.append(reply.status)
        return reply

    loopback.replies[feed_url] = relay
    subscribe_by_mail(tmp_path, feed_url, proxy=loopback.url(""))
    fetch_by_mail(tmp_path)

    assert statuses == [200, 304]
    assert len(mails(tmp_path)) == len(EVERYTHING)


def forwarded(seen: Seen) -> Reply:
    """Ask the server for whom a proxy was asked, and return its answer."""
    address = urlsplit(seen.path)
    connection = HTTPConnection(address.netloc, timeout=TIMEOUT)
    connection.request("GET", address.path, headers=dict(seen.headers) | {"connection": "close"})
    answer = connection.getresponse()
    headers = {name: value for name, value in answer.getheaders() if name.lower() not in {"connection", "transfer-encoding"}}
    return Reply(status=answer.status, headers=headers, body=answer.read(), then="close")
