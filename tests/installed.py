"""What a test needs of the machine."""

from __future__ import annotations

import os

import pytest


def require(available: object, what: str) -> None:
    """Skip where *what* is not installed; in CI, where everything is, its absence is a failure."""
    if available:
        return
    if os.environ.get("AGGREGATOR_REQUIRE_TOOLS"):
        pytest.fail(f"{what} is missing, and AGGREGATOR_REQUIRE_TOOLS is set")
    pytest.skip(f"{what} is not installed")
