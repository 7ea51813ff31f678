"""Owns how links and carriers are written after the identity rules changed, so that the next poll knows each item again."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.model.rekeying import Respelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.decide.claims import Spelling
    from aggregator.model import Identified
    from aggregator.model.rekeying import Carried

# Two sightings of one source may get one carrier. What a poll finds under it is the one seen last; the others are known by link.
_MARK = " sighting:"
_MARKED = re.compile(rf"{_MARK}\d+$")


def respelled(sightings: Sequence[Carried], spellings: Sequence[Spelling]) -> Iterator[Respelled]:
    """Yield the sightings that are written in another way now; all of a source are written anew if the link of any is."""
    sources = {
        s.source_id for s, new in zip(sightings, spellings, strict=True) if new.url_key != s.url_key or new.name is not None
    }
    wanted: dict[tuple[int, str], list[int]] = defaultdict(list)
    for at, (s, new) in enumerate(zip(sightings, spellings, strict=True)):
        if s.source_id in sources:
            wanted[s.source_id, _carrier(s, new)].append(at)
    for (_, carrier), ats in wanted.items():
        last = max(ats, key=lambda at: (sightings[at].last_seen_at, sightings[at].id))
        for at in ats:
            s, new = sightings[at], spellings[at]
            own = carrier if at == last else f"{carrier}{_MARK}{s.id}"
            if (own, new.url_key) != (s.carrier, s.url_key):
                yield Respelled(
                    sighting_id=s.id, entry_id=s.entry_id, title=s.title, was=s.url_key, key=new.url_key, carrier=own
                )  # fmt: skip


def respelled_item(item: Identified, becomes: Callable[[str], str | None]) -> Identified:
    """Return an item that waits in quarantine as it is identified now."""
    link = becomes(item.candidate.url) if item.candidate.url else None
    old = item.url_key
    if link is None or old is None or link == old:
        return item
    key = item.key
    if key.rule == "url" or key.rule.startswith("url+"):
        key = replace(key, value=f"{link}{key.value.removeprefix(old)}")
    return replace(item, url_key=link, key=key, carrier=_led(item.carrier, old, link))


def _carrier(s: Carried, new: Spelling) -> str:
    carrier = _MARKED.sub("", s.carrier)
    if new.url_key is None or s.url_key is None:
        return carrier
    if new.name is not None and carrier.startswith("url:"):
        return f"url:{new.url_key} {new.name}" if new.name else f"url:{new.url_key}"
    return _led(carrier, s.url_key, new.url_key)


def _led(carrier: str, old: str, link: str) -> str:
    """Write the link within a carrier: at its beginning, or at its end where its guid was used for another article before."""
    if carrier.startswith("url:"):
        _, space, rest = carrier.partition(" ")
        return f"url:{link}{space}{rest}"
    return f"{carrier.removesuffix(old)}{link}" if carrier.startswith("guid:") and carrier.endswith(f" {old}") else carrier
