"""Owns how the account of an entry is told: what happened in order of time, and how things are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.cli.context import plain, printable
from aggregator.cli.levers import levers
from aggregator.decide import MAX_REVISIONS, QUIET
from aggregator.decide.atom_ids import is_minted
from aggregator.decide.changes import changes
from aggregator.decide.verdict import NO_SUCH_KEY
from aggregator.model import Hider
from aggregator.model.rekeying import REKEYED, SILENCED, SPLIT
from aggregator.publish.paths import archive_path, feed_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from aggregator.app.editing import Account
    from aggregator.model import Hidden, KnownKey, Placement, Quarantined, Revision, Sighting, Story

_MOVED = "moved"
_REARRANGED = frozenset({REKEYED, SILENCED, SPLIT})  # it was put where it is after it came
_MAX_NAMED = 10


class _Event(Struct, frozen=True, kw_only=True):
    at: datetime
    what: str
    details: tuple[str, ...] = ()


def account_facts(account: Account) -> dict[str, Any]:
    """Return an account for JSON; of the versions only when they came and why, since `entry show --history` has all of them."""
    story = plain(account.story)
    history = {
        number: [{"number": r.number, "seen_at": plain(r.seen_at), "reason": r.reason} for r in revisions]
        for number, revisions in account.history.items()
    }
    for sighting in story["sightings"]:
        sighting["steps"] = plain(account.roads.get(sighting["url"], ()))
        sighting["shared_with"] = list(account.sharing.get(sighting["url_key"], ()))
        sighting["kept"] = history.get(sighting["id"], [])
    return {
        **story,
        "placements": plain(account.placements),
        "quarantine": plain(account.quarantined),
        "what_would_change_it": list(levers(account)),
    }


def told(account: Account) -> Iterator[tuple[int, str]]:
    """Yield the lines of an account, however long, each with the columns by which it is indented."""
    entry = account.story.entry
    yield 0, f"entry {entry.id}: {entry.title}"
    if account.asked is not None:
        yield 2, f"(entry {account.asked} was found to be the same article, and leads here)"
    if others := account.sharing.get(account.by_link or ""):
        yield 2, f"(this link is not its alone: {_shared_with(others)} too)"
    yield 0, ""
    yield 0, "what happened, in order of time"
    for event in sorted(_events(account), key=lambda event: event.at):
        yield 2, f"{printable(event.at)}  {event.what}"
        for detail in event.details:
            yield 6, detail
    yield 0, ""
    yield 0, "what subscribers get" if account.story.hidden is None else "what subscribers would get, were it not hidden"
    for line in _now(account):
        yield 2, line
    yield 0, ""
    yield 0, "where it is published"
    for placement in account.placements:
        yield 2, f"{feed_path(placement.slug)}: {_standing(placement)}"
        because = f"in {placement.name}, because: {placement.reason}" if placement.reason else "the feed of all entries"
        yield 6, because
    yield 0, ""
    yield 0, "by what it is known when it comes again"
    for key in account.story.keys:
        yield 2, f"{key.value}"
        yield 6, f"{key.rule}: {key.reason}"
    for number, atom_id in account.story.merged:
        yield 2, f"entry {number}, which was merged into this one; its id {atom_id} leads here"
    yield 0, ""
    yield 0, "what would change it"
    for lever in levers(account):
        yield 2, f"- {lever}"


def _events(account: Account) -> Iterator[_Event]:
    sightings = account.story.sightings
    for sighting in sightings:
        kept = account.history.get(sighting.id, ())
        yield _arrival(account, sighting, kept, first=sighting is sightings[0])
        if _is_renamed(sighting, kept):
            yield _renaming(account, sighting)
        yield from _versions(sighting, kept)
        if sighting.ended_at is not None:
            yield _Event(at=sighting.ended_at, what=f"{sighting.source_name} has it no longer; the entry stays")
    yield from _hidings(account.story)
    for row in account.quarantined:
        yield _quarantined(row)


def _hidings(story: Story) -> Iterator[_Event]:
    """Tell when it was last hidden and shown again."""
    if story.restored:
        yield _hiding(story.restored.hidden)
        what = "it was shown again with `entry restore`"
        yield _Event(at=story.restored.at, what=what, details=("from then on no rule hides it",))
    if story.hidden:
        yield _hiding(story.hidden, "it is shown nowhere, and what carries it is known and does not bring it back")


def _hiding(hidden: Hidden, *details: str) -> _Event:
    by = "a rule hid it" if hidden.by is Hider.RULE else "it was hidden with `entry hide`"
    return _Event(at=hidden.at, what=f"{by}: {hidden.reason or 'no reason given'}", details=details)


def _arrival(account: Account, sighting: Sighting, kept: Sequence[Revision], *, first: bool) -> _Event:
    details = [f"as {sighting.place} of {sighting.source_url}; last seen there {printable(sighting.last_seen_at)}"]
    if not sighting.revisions:
        details.append(f"tombstoned: {sighting.reason} (hidden)")
    elif kept and kept[0].number == 1:
        why = kept[0].reason
        settled = sighting.rule not in _REARRANGED
        rule = f" ({sighting.rule})" if sighting.revisions == 1 and sighting.rule != _MOVED and settled else ""
        # without what was decided since, its first verdict would be told of another entry than it was about
        verdict = "new" if first else "merged" if not why.startswith(NO_SUCH_KEY) else None
        details.append(f"{verdict}: {why}{rule}" if verdict and settled else f"when it came: {why}{rule}")
    if sighting.rule in _REARRANGED:
        details.append(f"since then: {sighting.reason} ({sighting.rule})")
    if _is_renamed(sighting, kept):
        details.append(f"link: {kept[0].url or 'none that is usable'}")
        details += [f"  {step.rule}: {step.reason}" for step in account.roads.get(kept[0].url or "", ())]
        known = [key for key in account.story.keys if key.added_at <= sighting.first_seen_at]
        details += [f"it was known by {key.value} then" for key in known]
    else:
        details += _names(account, sighting)
    return _Event(
        at=sighting.first_seen_at, what=f"{sighting.source_name} brought it{'' if first else ' too'}", details=tuple(details)
    )


def _is_renamed(sighting: Sighting, kept: Sequence[Revision]) -> bool:
    """Whether a carrier came under other names than it has now, as far as we still know them."""
    return bool(kept) and (sighting.rule == _MOVED or (kept[0].number == 1 and kept[0].url != sighting.url))


def _renaming(account: Account, sighting: Sighting) -> _Event:
    """Tell when a carrier got the names that it has now; that is when they became a key, if they were none before."""
    key = _key_of(account, sighting)
    at = key.added_at if key is not None and key.added_at > sighting.first_seen_at else sighting.last_seen_at
    verdict = [f"{sighting.verdict}: {sighting.reason} ({sighting.rule})"] if sighting.rule == _MOVED else []
    what = f"{sighting.source_name} had it under {'another link and id' if verdict else 'another link'}"
    return _Event(at=at, what=what, details=(*verdict, *_names(account, sighting)))


def _names(account: Account, sighting: Sighting) -> Iterator[str]:
    """Tell the names by which a carrier goes now."""
    if sighting.guid:
        yield f"its own id: {sighting.guid}"
    if sighting.url is None:
        yield "without a usable link"
    else:
        yield from _road(account, sighting)


def _key_of(account: Account, sighting: Sighting) -> KnownKey | None:
    """Return the key by which a carrier is filed: its link, or what stands beside that where it is shared."""
    keys, link, guid = account.story.keys, sighting.url_key, sighting.guid
    if link is None:
        return next((key for key in keys if guid and key.value == f"{sighting.source_url} guid:{guid}"), None)
    exact = next((key for key in keys if key.value in {link, f"{link} guid:{guid}"}), None)
    return exact or next((key for key in keys if key.value.startswith(f"{link} ")), None)


def _shared_with(others: Sequence[int]) -> str:
    """Say of other entries that they have a link, and which they are."""
    numbers = ", ".join(map(str, others[:_MAX_NAMED])) + (", …" if len(others) > _MAX_NAMED else "")
    return f"{len(others)} other entr{'ies have' if len(others) > 1 else 'y has'} it ({numbers})"


def _road(account: Account, sighting: Sighting) -> Iterator[str]:
    """Tell how the link of a carrier became the key by which articles are told apart."""
    url = sighting.url or ""
    yield f"link: {url}"
    yield f"  found by: {sighting.url_reason}"
    steps = account.roads.get(url, ())
    for step in steps:
        yield f"  {step.rule}: {step.reason}"
        yield f"    {step.url}"
    end = steps[-1].url if steps else url
    others = account.sharing.get(sighting.url_key or "", ())
    key = _key_of(account, sighting)
    if sighting.url_key is not None and others:
        yield f"  {_shared_with(others)} too"
    if sighting.url_key is not None and key is not None and key.value != sighting.url_key:
        yield f"  its key is {key.value}"
    elif sighting.url_key is None:
        yield "  which names no article"
    elif end == sighting.url_key:
        yield "  which is its key" if steps else "  which is its key as it stands"
    else:
        yield f"  but its key is {sighting.url_key}, by the rules of when it came; `aggregator db rekey` applies those of today"


def _versions(sighting: Sighting, kept: Sequence[Revision]) -> Iterator[_Event]:
    """Tell of each version that a carrier gave after its first, and of a verdict that brought none."""
    if kept and sighting.reason != kept[-1].reason and sighting.rule not in {_MOVED, *_REARRANGED}:
        verdict = f"{sighting.verdict}: {sighting.reason} ({sighting.rule})"
        yield _Event(at=sighting.last_seen_at, what=f"{sighting.source_name} had it once more", details=(verdict,))
    for number, revision in enumerate(kept):
        if revision.number == 1:
            continue
        details = []
        is_newest = revision.number == sighting.revisions and revision.reason == sighting.reason
        details.append(f"{sighting.verdict}: {revision.reason} ({sighting.rule})" if is_newest else revision.reason)
        if number:
            changed = changes(kept[number - 1], revision)
            details.append(f"changed: {', '.join(changed) or 'nothing that is kept'}")
        else:
            details.append("what it said before is not kept any more")
        if revision.number >= MAX_REVISIONS:
            details.append(f"too many changes: another is believed only after {QUIET.days} days without one (churning)")
        yield _Event(
            at=revision.seen_at, what=f"{sighting.source_name} gave it anew: version {revision.number}", details=tuple(details)
        )


def _quarantined(row: Quarantined) -> _Event:
    what = f"quarantine row {row.id}, {row.code}: {row.message}"
    if row.entry_id is not None:
        return _Event(at=row.first_seen_at, what=what, details=("the item was stored all the same; the row tells of the flaw",))
    if row.dropped_at is not None:
        return _Event(at=row.first_seen_at, what=what, details=(f"held back, and dropped {printable(row.dropped_at)}",))
    return _Event(at=row.first_seen_at, what=what, details=(f"held back: `aggregator quarantine show {row.id}`",))


def _now(account: Account) -> Iterator[str]:
    story, entry = account.story, account.story.entry
    speaker = next(s for s in story.sightings if s.speaks)
    yield f"text: that of {speaker.source_name}, version {speaker.revisions}; {_voice(account)}"
    yield f"published: {printable(entry.published)}, {story.date_reason}"
    yield f"updated: {printable(entry.updated)}"
    said = next(iter(account.history.get(speaker.id, ())[-1:]), None)
    claims = [f"{n} {printable(d)}" for n, d in (("published", said.published), ("updated", said.updated)) if d] if said else []
    yield f"dates that the publisher gave: {', '.join(claims) or 'none'}; we saw it first {printable(story.first_seen_at)}"
    yield f"id: {entry.atom_id}, {_id_reason(account)}"


def _voice(account: Account) -> str:
    """Say why it is the speaker who speaks."""
    if len(account.story.sightings) == 1:
        return "nobody else carries it"
    if account.story.entry.source_kind == "seeds":
        return "a seed speaks before live feeds"
    return "of the feeds that carry it, the first one speaks"


def _id_reason(account: Account) -> str:
    atom_id = account.story.entry.atom_id
    known = {s.guid for s in account.story.sightings} | {key.value.partition(" guid:")[2] for key in account.story.keys}
    if atom_id in known or not is_minted(atom_id):  # of names that a carrier had before, not all are kept
        return "the publisher's own; it never changes"
    return "made here, since it came without one that is permanent and not another entry's; it never changes"


def _standing(placement: Placement) -> str:
    """Say whether the file of a feed has the entry now, or why not."""
    if placement.position is None and placement.page is None:
        return "not there, since it is hidden" if placement.is_current else "gone with the next publish, since it is hidden"
    if placement.page is not None:
        return f"in its archive, {archive_path(placement.slug, placement.page)}"
    number = f"number {placement.position} in the feed"
    if placement.published_at is None:
        return f"{number}, with the first publish"
    when = "since" if placement.is_current else "as of the next publish; last rendered"
    return f"{number}, {when} {printable(placement.published_at)}"
