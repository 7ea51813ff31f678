"""A site filled with the documents of ../shared/corpus: its feeds over HTTP, its posts as seeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from loopback_server import Loopback, Reply

if TYPE_CHECKING:
    from pathlib import Path

    from own_site import OwnSite

CATEGORIES = {"zh": "中文", "ja": "日本語", "ko": "한국어"}
OTHERS = "Others"


def feeds_of(corpus: Path) -> list[str]:
    return sorted(path.name for path in (corpus / "feeds").iterdir() if path.suffix in {".xml", ".json"})


def configure(site: OwnSite, corpus: Path, loopback: Loopback, more: str = "") -> None:
    """Let *loopback* offer every feed, each at a host of its own, since a host is asked once a second only."""
    hosts = {name: f"127.0.1.{number}" for number, name in enumerate(feeds_of(corpus), 1)}
    loopback.replies |= {f"/{name}": Reply(body=(corpus / "feeds" / name).read_bytes()) for name in hosts}
    feeds = [{"url": loopback.url(f"/{name}", host), "categories": [_category(name)]} for name, host in hosts.items()]
    site.configure(
        'site: {title: 聚合, url: "https://news.example.org/", language: zh-CN, timezone: Asia/Shanghai}\n'
        f"fetch: {{allow: {json.dumps([f'{host}:{loopback.port}' for host in hosts.values()])}}}\n"
        f"seeds: [{{path: {corpus / 'posts'}}}]\nfeeds: {json.dumps(feeds, ensure_ascii=False)}\n{more}"
    )


def _category(name: str) -> str:
    return next((CATEGORIES[part] for part in name.split("-") if part in CATEGORIES), OTHERS)
