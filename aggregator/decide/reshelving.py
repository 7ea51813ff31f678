"""Owns what becomes of categories where entries are merged or part: reasons are united, and each entry takes its own along."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_ALSO = "; and of entry {}: "
_PARTS = re.compile(_ALSO.replace("{}", r"(\d+)"))


class Shelf(Struct, frozen=True, kw_only=True):
    """An entry is in a category, since *sighting_id* put it there."""

    entry_id: int
    category_id: int
    sighting_id: int
    reason: str


class _Claim(NamedTuple):
    """Entry *of* is in the category for a reason; *sighting_id* is not known where another's stands beside it."""

    of: int
    reason: str
    sighting_id: int | None


def reshelved(
    shelves: Iterable[Shelf],
    moved: Mapping[int, tuple[int, int]],
    leads: Callable[[int], int],
    parted: Mapping[int, int],
    speakers: Mapping[int, int],
) -> list[Shelf]:
    """Return the shelves of all entries that take part in a change, which had *shelves*.

    *moved* says of a sighting in which entry it is now, and which it calls its home; *leads* of an entry where its sightings are
    now; *parted* of one that may have got no shelf yet from which it came. *speakers* stand where no sighting is known.
    """
    found: dict[tuple[int, int], list[_Claim]] = defaultdict(list)
    before: dict[int, list[Shelf]] = defaultdict(list)
    for shelf in shelves:
        before[shelf.entry_id].append(shelf)
        first, *others = _PARTS.split(shelf.reason)
        now, home = moved.get(shelf.sighting_id, (leads(shelf.entry_id), shelf.entry_id))
        found[now, shelf.category_id].append(_Claim(home, first, shelf.sighting_id))
        for of, reason in zip(others[::2], others[1::2], strict=True):
            found[leads(int(of)), shelf.category_id].append(_Claim(int(of), reason, None))
    made = [_united(entry_id, category_id, claims, speakers) for (entry_id, category_id), claims in found.items()]
    shelved = {shelf.entry_id for shelf in made}
    for entry_id, origin in parted.items():
        if entry_id not in shelved:
            made += [replace(s, entry_id=entry_id, sighting_id=speakers[entry_id]) for s in before[origin]]
    for entry_id in set(before) - shelved:
        if leads(entry_id) == entry_id:  # it stays, and all that put it anywhere went
            made += [replace(s, sighting_id=speakers[entry_id]) for s in before[entry_id]]
    return made


def _united(entry_id: int, category_id: int, claims: list[_Claim], speakers: Mapping[int, int]) -> Shelf:
    first, *others = sorted(claims, key=lambda claim: (claim.of != entry_id, claim.of))
    reason = first.reason + "".join(_ALSO.format(claim.of) + claim.reason for claim in others)
    sighting_id = next((c.sighting_id for c in (first, *others) if c.sighting_id is not None), speakers[entry_id])
    return Shelf(entry_id=entry_id, category_id=category_id, sighting_id=sighting_id, reason=reason)
