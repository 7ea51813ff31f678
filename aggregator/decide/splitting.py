"""Owns what becomes of an entry when the operator says that some of its carriers are of another article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.decide.identity import named
from aggregator.model import Verdict
from aggregator.model.rekeying import SPLIT, Founded, Parted, Rekeying, Resettled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aggregator.model import Sighting, Story
    from aggregator.model.rekeying import KeyRow

_NEW = -1  # stands for the number of the entry that is made


def unsplittable(story: Story, leaving: Collection[int]) -> str | None:
    """Say why these sightings cannot part from the rest, ``None`` if they can."""
    gone, left = _parts(story, leaving)
    number = story.entry.id
    if not left:
        return f"entry {number} has no other carriers, so that nothing would be left of it"
    if not any(s.revisions for s in gone) or not any(s.revisions for s in left):
        return f"of entry {number} the text of one side only is kept, and there is nothing to tell on the other"
    links = {s.url_key for s in gone} & {s.url_key for s in left} - {None}
    if links:
        return f"what would stay has the same key, {min(map(str, links))}; `identity:` in the configuration tells links apart"
    return None


def split(story: Story, keys: Iterable[KeyRow], leaving: Collection[int]) -> Rekeying:
    """Plan how these sightings get an entry to themselves. The rest keeps the entry with its id, and all keys but theirs."""
    number = story.entry.id
    gone, left = _parts(story, leaving)
    speaker = _speaker(gone)
    moved = [key for key in keys if any(_leads(key.value, s) for s in gone)]
    values = tuple(key.value for key in moved)
    reason = f"the operator said that it is another article than entry {number}, “{story.entry.title}”"
    speakers = {_NEW: speaker.id}
    if not any(s.speaks for s in left):
        speakers[number] = _speaker(left).id
    return Rekeying(
        resettled=tuple(
            Resettled(
                sighting_id=s.id, left=number, entry_id=_NEW, home_id=None,
                verdict=Verdict.NEW if s is speaker else Verdict.MERGED, rule=SPLIT, reason=reason,
            )
            for s in gone
        ),
        parted=(Parted(entry_id=number, to=_NEW, is_new=True, title=speaker.title, was=values, keys=values),),
        founded=(
            Founded(
                entry_id=_NEW, sighting_id=speaker.id, guid=speaker.guid, key=min(values, default=f"split:{speaker.id}"),
                first_seen_at=min(s.first_seen_at for s in gone),
            ),
        ),
        speakers=speakers,
        retold=frozenset(speakers) - {_NEW},
        keys=tuple(replace(key, entry_id=_NEW) for key in moved),
    )  # fmt: skip


def _parts(story: Story, leaving: Collection[int]) -> tuple[list[Sighting], list[Sighting]]:
    return [s for s in story.sightings if s.id in leaving], [s for s in story.sightings if s.id not in leaving]


def _speaker(sightings: Sequence[Sighting]) -> Sighting:
    """Choose who speaks: who did, else the first seen of those whose text is kept."""
    return min(sightings, key=lambda s: (not s.revisions, not s.speaks, s.first_seen_at, s.id))


def _leads(key: str, sighting: Sighting) -> bool:
    """Say whether a key was made of what this carrier is called."""
    link, _, name = key.partition(" ")
    if sighting.url_key is not None:
        return link == sighting.url_key
    return link == sighting.source_url and (sighting.guid is None or name == named("guid", sighting.guid))
