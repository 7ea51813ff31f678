"""Owns the rendering of single entries: each once in a round, however many feeds show it, and none that did not change."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import xxhash
from msgspec import Struct, msgpack
from msgspec.structs import replace

from aggregator.publish.parts import Kept, Part
from aggregator.render import FORMAT, atom_entry, flaw_of_entry, flaw_of_item, json_item

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from aggregator.model import PublishedEntry
    from aggregator.publish.world import Publishing
    from aggregator.store import Transaction
    from aggregator.store.feeds import Standing

_TOGETHER = 100  # entries whose texts are read at once
_REMEMBERED = 64 * 1024**2  # bytes: a first import renders each entry once, and does not fill the memory


class Form(Struct, frozen=True, kw_only=True):
    """A way in which an entry is written. *flaw* says what is wrong with what was rendered, if anything is."""

    render: Callable[[PublishedEntry], bytes]
    flaw: Callable[[bytes], str | None]


ATOM = Form(render=atom_entry, flaw=flaw_of_entry)
JSON = Form(render=json_item, flaw=flaw_of_item)


class Press:
    """Renders entries for one round of publishing. *flawed* are those whose rendering is not fit to be seen, and why."""

    def __init__(self, world: Publishing) -> None:
        self.world = world
        self._made: dict[Form, Kept] = {ATOM: {}, JSON: {}}
        self._size = 0
        self._sealed: dict[tuple[int, int], Mapping[int, bytes]] = {}
        self.flawed: dict[int, tuple[PublishedEntry, str]] = {}

    def parts(self, tx: Transaction, standing: Sequence[Standing], kept: Mapping[Form, Kept]) -> dict[Form, list[Part]]:
        """Return the parts of entries in each form of *kept*, which are those that were rendered before.

        What is flawed is left out of all forms.
        """
        stamped = {(entry.entry_id, self._stamp(entry)): entry for entry in standing}
        known = {form: parts | _some(self._made[form], stamped) for form, parts in kept.items()}
        missing = [key for key in stamped if any(key not in parts for parts in known.values())]
        for start in range(0, len(missing), _TOGETHER):
            some = {key: stamped[key] for key in missing[start : start + _TOGETHER]}
            for form, parts in self._render(tx, some, known).items():
                known[form] |= parts
                self._remember(form, parts)
        whole = [key for key in stamped if all(key in parts for parts in known.values())]
        return {form: [Part(*key, parts[key]) for key in whole] for form, parts in known.items()}

    def _render(self, tx: Transaction, wanted: Mapping[tuple[int, bytes], Standing], forms: Collection[Form]) -> dict[Form, Kept]:
        """Render each of *wanted* in each of *forms*."""
        entries = {entry.id: entry for entry in tx.reading.entries([entry_id for entry_id, _ in wanted])}
        made: dict[Form, Kept] = {form: {} for form in forms}
        for key, standing in wanted.items():
            entry = entries[key[0]]
            entry = self._shown(replace(entry, carriers=standing.carriers) if standing.carriers else entry)
            written = self.written(entry, forms)
            flaw = next((flaw for form, content in written.items() if (flaw := form.flaw(content))), None)
            if flaw:
                self.flawed[entry.id] = (entry, flaw)
                continue
            for form, content in written.items():
                made[form][key] = content
        return made

    def remember_page(self, category_id: int, page: int, parts: Sequence[Part]) -> None:
        """Keep what a page of an archive was sealed with until it is written, unless these are very many."""
        if len(self._sealed) < _TOGETHER:
            self._sealed[category_id, page] = {part.entry_id: part.content for part in parts}

    def remembered_page(self, category_id: int, page: int) -> Mapping[int, bytes] | None:
        """Return what a page was just sealed with, once."""
        return self._sealed.pop((category_id, page), None)

    @staticmethod
    def written(entry: PublishedEntry, forms: Collection[Form]) -> dict[Form, bytes]:
        """Write *entry* in each of *forms*."""
        return {form: form.render(entry) for form in forms}

    def _shown(self, entry: PublishedEntry) -> PublishedEntry:
        if self.world.full_content or not entry.url:  # without a link the text is all there is
            return entry
        from aggregator.pages.excerpt import excerpt  # noqa: PLC0415 - most sites show all

        return replace(entry, content=None, summary=entry.summary or html.escape(excerpt(entry.content or "")))

    def _stamp(self, entry: Standing) -> bytes:
        """Fingerprint all that an entry's rendering depends on; of its text, the number of the revision will do."""
        return xxhash.xxh3_64_digest(msgpack.encode((FORMAT, self.world.full_content, entry.looks)))

    def _remember(self, form: Form, parts: Kept) -> None:
        self._made[form] |= parts
        self._size += sum(map(len, parts.values()))
        while self._size > _REMEMBERED:
            made = max(self._made.values(), key=len)
            self._size -= len(made.pop(next(iter(made))))


def _some(parts: Kept, keys: Iterable[tuple[int, bytes]]) -> Kept:
    return {key: parts[key] for key in keys if key in parts}
