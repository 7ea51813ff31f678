"""The search index on every database: what is found, what is not any more, and where the next page begins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rekeyed_store import file

from aggregator.app.progress import Progress
from aggregator.app.searching import Search
from aggregator.classify import slug_for
from aggregator.errors import NotFoundError
from aggregator.model import Hidden, Hider
from aggregator.store import searching
from aggregator.terms import phrases_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

    Make = Callable[..., Candidate]
    MakeSource = Callable[..., Source]

HOUR = timedelta(hours=1)


def search(store: Store) -> Search:
    return Search(app=None, store=store)  # type: ignore[arg-type]  # which searching does not ask


def titles(store: Store, query: str, **limits: int) -> list[str]:
    return [entry.title for entry in search(store).find(query, limits.get("limit", 9), Progress())]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("电信", ["中国电信签约"]),
        ("中国电信", ["中国电信签约"]),
        ("国电", ["中国电信签约"]),
        ("信电", []),
        ("信中国", []),
        ("中国签约", []),
        ("中国 签约", ["中国电信签约"]),
        ("约", ["中国电信签约"]),
        ("人工智能", ["中国电信签约"]),
        ("能实验", []),
        ("WIDGET", ["Widgets for sale", "中国电信签约"]),
        ("widget factory", ["Widgets for sale"]),
        ('"widget factory"', []),
        ('"factory of widget"', ["Widgets for sale"]),
        ("5G网络", ["中国电信签约"]),
        ("ｗｉｄｇｅｔ", ["Widgets for sale", "中国电信签约"]),
        ("strong", []),
        ("…", []),
        ("", []),
        ('" AND ( NOT :* & |', []),
    ],
)
def test_what_title_or_text_say_is_found(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime, query: str, found: list[str]
) -> None:
    chinese = "<p>12月，与<strong>人工</strong>智能，实验室举行仪式，用5G网络，widget。</p>"
    file(
        store,
        make_source(),
        now,
        candidate("中国电信签约", url="https://a.example/1", content=chinese, published=now - HOUR),
        candidate("Widgets for sale", url="https://a.example/2", content="<p>Of the factory of Widget</p>", published=now),
    )

    assert titles(store, query) == found


def test_an_entry_is_found_by_what_it_says_now(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()
    file(store, source, now, candidate(content="<p>旧版本</p>"))
    assert titles(store, "旧版本") == ["A title"]

    file(store, source, now + HOUR, candidate(content="<p>新版本</p>"))
    assert [titles(store, query) for query in ("旧版本", "新版本", "版本")] == [[], ["A title"], ["A title"]]


def test_a_hidden_entry_is_not_found_until_it_is_restored(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(), now, candidate(content="<p>消息</p>"))
    with store.write() as tx:
        tx.tombstones.hide([1], Hidden(at=now, by=Hider.OPERATOR, reason="spam"))
    assert titles(store, "消息") == []

    with store.write() as tx:
        tx.tombstones.restore([1], now)
    assert titles(store, "消息") == ["A title"]


def test_pages_go_on_where_the_last_one_ended(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    texts = [candidate(f"消息 {n}", url=f"https://a.example/{n}", published=now - n * HOUR) for n in (3, 0, 4, 1, 2)]
    file(store, make_source(categories=("科技",)), now, *texts)
    search(store).catch_up(Progress())
    pages, before = [], None
    with store.read() as tx:
        (category,) = tx.categories.all()
        while hits := tx.searching.find(phrases_of("消息"), limit=2, before=before, category=category):
            pages.append([hit.entry.title for hit in hits])
            before = hits[-1].number

    assert pages == [["消息 0", "消息 1"], ["消息 2", "消息 3"], ["消息 4"]]


@pytest.mark.parametrize("large", [0, 5000])
def test_only_what_a_category_has_is_found_there_whatever_name_it_is_called_by(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(searching, "_LARGE", large)
    for category in ("科技", "体育"):
        source = make_source(url=f"https://{slug_for(category, ())}.example/", categories=(category,))
        urls = (f"{source.subscription.url}{n}" for n in range(2))
        file(store, source, now, *(candidate(f"{category}消息", url=url) for url in urls))

    def found(called: str | None, query: str = "消息") -> set[str]:
        return {entry.title for entry in search(store).find(query, 9, Progress(), called)}

    assert [found(called) for called in (None, "keji", "体育")] == [{"科技消息", "体育消息"}, {"科技消息"}, {"体育消息"}]
    assert found("keji", "体育") == set()
    with pytest.raises(NotFoundError, match="no category is called none"):
        found("none")


def test_progress_tells_how_much_there_is_to_index(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    file(store, make_source(), now, *(candidate(f"消息 {n}", url=f"https://a.example/{n}") for n in range(3)))
    told: list[object] = []
    progress = Progress(begin=lambda *step: told.append(step), advance=told.append)
    search(store).catch_up(progress)
    search(store).catch_up(progress)

    assert told == [("search index", 3), 3]
