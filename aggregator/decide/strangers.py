"""Owns whether a document is another feed's: by what it calls itself, and where it leads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aggregator.decide.resemblance import address, akin, folded, related, tells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Provenance

# A feed with less of its links on so many hosts is about other people's pages.
_OWN_HOSTS = 3
_OWN_SHARE = 0.8


def strangeness(before: Provenance, after: Provenance) -> int:
    """Count in how much a document calls itself otherwise than its source did: by title, site, and id or address.

    0 if any of title, site or id is the same. What either does not say counts for nothing.
    """
    if before.guid is not None and before.guid == after.guid:
        return 0
    differs = []
    if (old := folded(before.title or "")) and (new := folded(after.title or "")):
        if not akin(old, new):
            differs.append(True)
        elif tells(min(old, new, key=len)):  # that both are a "Blog" says nothing
            differs.append(False)
    if (old := address(before.site_url or "")[0]) and (new := address(after.site_url or "")[0]):
        differs.append(not related(old, new))
    return len(differs) + _has_other_id(before, after) if differs and all(differs) else 0


def links(url_keys: Iterable[str | None]) -> Counter[str]:
    """Count the hosts that items link to."""
    return Counter(host for url_key in url_keys if url_key and (host := address(url_key)[0]))


def leads_elsewhere(before: Counter[str], after: Counter[str]) -> bool:
    """Say whether all links lead to hosts that were never linked to; without links on either side nobody knows."""
    return bool(before) and bool(after) and not any(related(one, other) for one in after for other in before)


def leads_everywhere(hosts: Counter[str]) -> bool:
    """Say whether a feed links to so many hosts that further ones mean nothing."""
    return sum(count for _, count in hosts.most_common(_OWN_HOSTS)) < _OWN_SHARE * hosts.total()


def called(provenance: Provenance) -> str:
    """Name a feed as it names itself."""
    site = address(provenance.site_url or "")[0]
    return f"“{provenance.title or 'untitled'}”" + (f" ({site})" if site else "")


def commonest(hosts: Counter[str]) -> str:
    """Name the hosts that are linked to most often, in an order that follows from nothing else."""
    ranked = sorted(hosts, key=lambda host: (-hosts[host], host))
    return ", ".join(ranked[:_OWN_HOSTS]) + (" and others" if len(ranked) > _OWN_HOSTS else "")


def _has_other_id(before: Provenance, after: Provenance) -> bool:
    old, new = before.guid or before.self_url, after.guid or after.self_url
    return old is not None and new is not None and old != new
