"""Composition root: reads the configuration, owns the clock and chance, and hands each room only what it needs.

composition     the program with its configuration
work            its use cases, on an open store
subscriptions   those about subscriptions: made, ended, read from lists and written to them
scouting        those that look at an address before anybody subscribes to it
"""

from __future__ import annotations

from aggregator.app.composition import App
from aggregator.app.work import Cycle, Progress, Work

__all__ = ["App", "Cycle", "Progress", "Work"]
