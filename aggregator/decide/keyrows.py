"""Owns which keys there are after the identity rules changed, where they lead, and their reasons."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aggregator.decide.claims import Claim
    from aggregator.model.rekeying import Carried, KeyRow, Stock

    Canonical = Callable[[str], str | None]

_SINCE = "; the identity rules changed: it was "


class _Holder(NamedTuple):
    """Who has a claim to a key: the row of the former key, the sighting, and where that goes."""

    row: KeyRow
    sighting: Carried
    entry_id: int


def keys_now(
    stock: Stock, claimed: Sequence[Sequence[Claim]], target: Mapping[int, int], anchors: Mapping[int, int], becomes: Canonical
) -> tuple[tuple[str, ...], tuple[KeyRow, ...]]:
    """Return the keys that lead nowhere any more, and those that are new or lead elsewhere.

    *target* is where sightings go, *anchors* those that stay in their entry; both by their places in *stock*.
    """
    rows = {row.value: row for row in stock.keys}
    now: dict[str, KeyRow] = {}
    held: set[str] = set()
    for at, (s, own) in enumerate(zip(stock.sightings, claimed, strict=True)):
        for claim in own:
            held.add(claim.old)
            holder = _Holder(rows[claim.old], s, target.get(at, s.entry_id))
            row = _written(claim.new, holder)
            known = now.get(claim.new)
            if known is None or _rank(row, rows) < _rank(known, rows):
                now[claim.new] = row
    at_home = _within_sources(stock)
    for row in stock.keys:
        if row.value not in held:
            at = at_home.get(row.value, anchors.get(row.entry_id, -1))
            for kept in _unclaimed(row, target.get(at, row.entry_id), becomes):
                now.setdefault(kept.value, kept)
    gone = tuple(value for value in rows if value not in now)
    return gone, tuple(row for value, row in now.items() if row != rows.get(value))


def _rank(row: KeyRow, rows: Mapping[str, KeyRow]) -> tuple[object, ...]:
    """Of several that give one key, take the row that is there already, else the oldest."""
    there = rows.get(row.value)
    return there is None or there.reason != row.reason, row.added_at, row.reason


def _written(value: str, holder: _Holder) -> KeyRow:
    row, s = holder.row, holder.sighting
    if value == row.value:
        return replace(row, entry_id=holder.entry_id)
    if " " not in value:
        reason = (
            f"canonical form of the source URL, found by: {s.url_reason}" if s.is_seed else "canonical form of the item's link"
        )
        rule = "url"
    else:
        by = value.partition(" ")[2].partition(":")[0]
        rule, reason = f"url+{by}", row.reason.partition(_SINCE)[0]
        if row.rule == "url":
            reason = f"other items of the same source share this link: the link and the item's {by}"
    return replace(row, value=value, entry_id=holder.entry_id, rule=rule, reason=f"{reason}{_SINCE}{row.value}")


def _unclaimed(row: KeyRow, entry_id: int, becomes: Canonical) -> Iterator[KeyRow]:
    """Keep a key that no link accounts for any more, perhaps of a text that is not kept; and add what it is written like now."""
    yield replace(row, entry_id=entry_id)
    if row.rule == "url" and (value := becomes(row.value)) and value != row.value:
        yield replace(
            row, value=value, entry_id=entry_id, reason=f"{row.reason.partition(_SINCE)[0]}{_SINCE}{row.value}"
        )  # fmt: skip


def _within_sources(stock: Stock) -> dict[str, int]:
    """Find the sightings of keys that are no links: the place in *stock* of the one that the key was made of."""
    values: dict[int, list[str]] = defaultdict(list)
    for row in stock.keys:
        if row.rule != "url" and not row.rule.startswith("url+"):
            values[row.entry_id].append(row.value)
    found: dict[str, int] = {}
    for at, s in enumerate(stock.sightings):
        for value in values.get(s.entry_id, ()):
            if value == f"{s.source_url} {s.carrier}" or (s.url_key is None and value.startswith(f"{s.source_url} ")):
                found.setdefault(value, at)
    return found
