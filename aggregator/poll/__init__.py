"""Owns one round of polling: sources → fetch → parse → ingest → next poll. A bad source costs that source only.

poll ── rounds ──┬── requests    what to ask for
                 ├── reader      documents → entries (reading), in a worker process unless short and ordinary
                 ├── conclusions what is written at the end of a poll
                 ├── moves       when a permanent redirect is believed
                 └── outages     which failures are our own network's
"""

from __future__ import annotations

from aggregator.poll.rounds import poll
from aggregator.poll.world import Polling

__all__ = ["Polling", "poll"]
