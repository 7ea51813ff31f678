"""What the tests of the whole program share."""

from __future__ import annotations

from dataclasses import replace
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


@pytest.fixture(name="any_site", params=["sqlite", "postgresql"])
def _any_site(request: pytest.FixtureRequest, site: OwnSite) -> OwnSite:
    """Return a site with its store in a file, and another with it in PostgreSQL."""
    if request.param == "sqlite":
        return site
    from pgserver import fresh_database  # noqa: PLC0415 - only where there is a server

    return replace(site, store=fresh_database(request.getfixturevalue("postgresql")))
