"""What tests of publishing share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from newsroom import Newsroom

from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(name="newsroom")
def _newsroom(store_url: str, tmp_path: Path) -> Iterator[Newsroom]:
    with Store(store_url, authority="news.example.org") as store:
        yield Newsroom(store=store, output=tmp_path / "public")
