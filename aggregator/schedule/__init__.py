"""When a source is polled next, and why, in one sentence. Pure: outcome, time and chance come in.

:func:`plan_poll` is the whole rule.

    plan ──┬── rhythm    how often the source itself publishes
           ├── wishes    what publisher and server ask for
           ├── skips     hours and days at which the feed is not to be polled
           └── pace, words
"""

from __future__ import annotations

from aggregator.schedule.pace import Pace
from aggregator.schedule.plan import plan_poll
from aggregator.schedule.rhythm import pulse_of, worth_keeping

__all__ = ["Pace", "plan_poll", "pulse_of", "worth_keeping"]
