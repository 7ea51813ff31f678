"""A demo site of invented articles, with pages of every kind, served on loopback."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.app import App, Progress
from aggregator.config import load
from aggregator.ingest import ingest, prepare_document
from aggregator.model import (
    Candidate,
    Conclusion,
    Enclosure,
    NextPoll,
    Parsed,
    Person,
    Poll,
    PollOutcome,
    Provenance,
    Remark,
    Tag,
)
from aggregator.store import migrate
from aggregator.web import StatusAccess, create_app, live_routes
from aggregator.web.server import Server, listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.app import Work
    from aggregator.model import Source

NOW = datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
PAGES = {
    "index": "/",
    "category": "/c/chengshijiaotong/",
    "entry": "/entry?id=https://shanhe.example/1",
    "search": "/search?q=%E5%B1%B1%E6%B2%B3",  # 山河
    "status": "/status",
    "feed": "/feeds/chengshijiaotong.atom",
}
CONFIG = """
site: {title: 山河日报汇, subtitle: 虚构的报纸，真实的订阅, language: zh-CN, timezone: Asia/Shanghai}
feeds:
  - {url: "https://shanhe.example/feed", title: 山河晚报, categories: [城市交通]}
  - {url: "https://jiangnan.example/rss?token=secret", title: 江南观察, categories: [城市交通, 园林]}
  - {url: "https://harbour.example/atom", title: Harbour Gazette, categories: [Harbour life]}
  - {url: "https://silent.example/feed", categories: [园林]}
"""
TEXT = """\
<p>三月的第一场雨过后，<strong>山河大桥</strong>的最后一段合龙。工程师李明说，这座桥比图纸上的样子更轻，也更安静：“风从桥下过，\
听不见声音。”从北岸步行到南岸，过去要绕行七公里，如今只要十二分钟。</p>\
<h2>为什么是现在</h2>\
<p>桥的设计始于2019年，当时的方案有三种。居民们在社区会议上投票，选中了最窄的一种——只有步道、自行车道和一条公交线，没有私家车的\
位置。投票率是81%，是当地历次投票中最高的。</p>\
<blockquote><p>一座桥不是为了让人快，而是为了让人愿意走。</p></blockquote>\
<ul><li>全长1,240米，宽9米；</li><li>桥面铺回收木材，防滑；</li><li>每200米有一处长椅，夜里有灯。</li></ul>\
<p>通车仪式定在清明前一周。在那之前，桥上的长椅会先装好，<a href="https://shanhe.example/bench">认养长椅</a>的名单已经排到了\
两百位以后。首班Bus 12将于早上6:30发车。</p>\
"""
ROADS = (
    "公交12路延长到湖边",
    "夜班车试行一个月：凌晨也能回家",
    "自行车道补上最后三公里",
    "地铁三号线招募命名",
    "轮渡复航，票价两元",
)
HARBOUR = ("Tide tables now come with a poem", "The lighthouse keeper's last winter", "A market for mended nets opens on Friday")
GARDENS = ("拙趣园的梅花开了", "一棵银杏的四百年", "园丁手记：怎样给老藤让路")


def candidates(host: str, titles: tuple[str, ...], text: str) -> list[Candidate]:
    """Return an article for each of *titles*, some hours apart."""
    return [
        Candidate(
            place=f"item {n}",
            title=title,
            url=f"https://{host}/{n}",
            guid=f"https://{host}/{n}",
            content=text.replace("山河大桥", title),
            published=NOW - timedelta(hours=7 * n + 3, days=n % 3),
            language="en" if host.startswith("harbour") else "zh-CN",
            tags=(Tag(term="城市"), Tag(term="步行")) if n % 2 else (),
        )
        for n, title in enumerate(titles, start=2)
    ]


def fill(work: Work, text: str) -> None:
    """Store the invented articles, the first of which says *text*, and polls that brought them."""
    first = Candidate(
        place="item 1",
        title="山河大桥合龙：十二分钟，从北岸走到南岸",
        url="https://shanhe.example/1",
        guid="https://shanhe.example/1",
        content=text,
        published=NOW - timedelta(days=1, hours=2),
        language="zh-CN",
        authors=(Person(name="周晓"), Person(name="李明")),
        tags=(Tag(term="桥梁"), Tag(term="步行")),
        enclosures=(Enclosure(url="https://shanhe.example/1.mp3", media_type="audio/mpeg", length=7_340_032),),
    )
    english = "<p>The harbour was quiet when the ferry came in. Nobody had expected it before noon, and nobody minded.</p>"
    documents = {
        "https://shanhe.example/feed": [first, *candidates("shanhe.example", ROADS, TEXT)],
        "https://jiangnan.example/rss?token=secret": [first, *candidates("jiangnan.example", GARDENS, TEXT)],
        "https://harbour.example/atom": candidates("harbour.example", HARBOUR, english),
    }
    with work.store.write() as tx:
        for url, found in documents.items():
            source = tx.sources.find(url)
            tx.sources.learn(source, Provenance(site_url=f"https://{url.split('/')[2]}/"))
            rules = work.app.ingest_rules
            ingest(tx, source, prepare_document(Parsed(candidates=tuple(found)), source, rules, base_url=url), rules, NOW)
        for hour in range(47, -1, -1):
            for number, source in enumerate(tx.sources.enabled()):
                if hour % (number + 1) == 0:
                    tx.sources.conclude([conclusion(source, NOW - timedelta(hours=hour), number + 1)])


def conclusion(source: Source, at: datetime, hours: int) -> Conclusion:
    """Return what is noted of a poll of *source* then, which comes every so many *hours*."""
    failed = "silent" in source.subscription.url
    remark = Remark(code="timeout", message=f"no answer from {source.subscription.url} within 60 s") if failed else None
    reason = f"tried again after a failure, in {hours} h" if failed else f"it brings something every {hours} h"
    return Conclusion(
        source=source,
        poll=Poll(
            source_id=source.id,
            started_at=at,
            outcome=PollOutcome.FAILED if failed else PollOutcome.NOT_MODIFIED,
            remark=remark,
        ),
        next_poll=NextPoll(at=at + timedelta(hours=hours), reason=reason),
        validators=source.validators,
        digest=None,
        state=source.state,
        failures=source.failures + 1 if failed else 0,
    )


@contextlib.contextmanager
def demo(folder: Path, text: str = TEXT) -> Iterator[str]:
    """Serve the demo site, whose first article says *text*, while the context lasts; yield its address without the last slash."""
    (folder / "config.yaml").write_text(CONFIG)
    config = load(folder / "config.yaml", {})
    app = App(config=config, config_path=folder / "config.yaml", clock=lambda: NOW)
    migrate.upgrade(config.store)
    with app.open() as work:
        fill(work, text)
        work.search.catch_up(Progress())
        work.publish(Progress())
        routes = live_routes(work.browsing, status=StatusAccess(host="127.0.0.1"))
        asgi = create_app(config.output, lambda: {"ok": True}, routes)
        with listening("127.0.0.1", 0) as listener:
            ready = threading.Event()
            server = Server(asgi, "127.0.0.1", listener, lambda _: ready.set())
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            ready.wait()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join()
