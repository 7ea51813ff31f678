"""Owns which failures of a round are our own network's, and so no source's fault. Pure.

One site that does not answer is down. But when no site answers, the cable is out; and when many sites send one and the same
page, it is a hotel's.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Source

LATELY = timedelta(days=1)
HOSTS = 3  # fewer may be down, or moved to one registrar's parking page, by chance
# RFC 6585, section 6: "Network Authentication Required", which only a portal on the way says, never the server that was asked.
SAYS_SO = "http-511"
PORTAL = Remark(code="captive-portal", message="a portal on the way wants somebody to log in before it lets requests through")
UNREACHED = frozenset({"dns", "unreachable", "timeout", "tls", "interrupted"})
NO_NETWORK = Remark(code="no-network", message="no server at all could be reached: it seems that this machine has no network")


def portals(pages: Iterable[tuple[Source, bytes]]) -> Mapping[int, Remark]:
    """Return the ids of sources that got a page which many hosts sent alike; *pages* are no feeds, given by their digests."""
    alike: defaultdict[bytes, list[Source]] = defaultdict(list)
    for source, digest in pages:
        alike[digest].append(source)
    found = {}
    for sources in alike.values():
        hosts = {host_of(source) for source in sources}
        if len(hosts) >= HOSTS:
            message = f"{len(hosts)} hosts sent one and the same page instead of their feeds: it seems to be a captive portal's"
            found.update({source.id: Remark(code="captive-portal", message=message) for source in sources})
    return found


def is_cut_off(failed: Sequence[Source], answers: int) -> bool:
    """Say whether our own network is down: of many hosts none could be reached, and there were no *answers* at all."""
    return answers == 0 and len({host_of(source) for source in failed}) >= HOSTS


def is_excused(source: Source, now: datetime) -> bool:
    """Say whether *source* was well lately. What has been silent for longer may be gone, whatever its neighbours do."""
    return now - (source.succeeded_at or source.added_at) <= LATELY


def host_of(source: Source) -> str:
    """Return the host at which a source is polled."""
    return urlsplit(source.poll_url).hostname or ""
