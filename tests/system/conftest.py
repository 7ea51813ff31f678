"""What the tests of the whole program share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from own_site import OwnSite

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> OwnSite:
    folder = tmp_path / "site"
    folder.mkdir()
    site = OwnSite(folder)
    site.set_clock("2026-01-02T03:04:05+00:00")
    return site
