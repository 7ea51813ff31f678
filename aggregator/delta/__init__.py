"""Leaves out of a fetched document the items that were read before, so that the cost of a poll follows what is new.

Owns where the items of a document are, the proof that an item is read the same without the others, and what is remembered
of a document until the next. Pure: text and bytes in, bytes out. Reads no item: what one says is for :mod:`aggregator.parse`.

    delta ── recut ── cut ──┬── xmlfeed ── isolation
                            ├── jsonfeed
                            └── memory

How a poll uses it, with *text* as :func:`aggregator.parse.encoding.decode` gives it::

    cut = delta.recut(body, memory, base_url=…, content_language=…, rules=…)    # the short way; None: take the long one
    cut = delta.cut(text, memory, base_url=…, content_language=…, rules=…)
    # None: nothing can be proven here. Parse the whole document, and remember nothing.
    if cut.leaves_out:
        parsed = cut.placed(parse(cut.document, …))    # None: a doubt came up
        prepared = prepare_document(parsed, …)         # and another if not cut.is_sound(prepared.items)
    # In doubt, and where nothing is left out: parse the whole document, and go on with cut = cut.whole().
    memory = cut.memory(prepared.items)                # to be stored with the items; nothing if cut.placed(parsed) is None

What was left out was stored before, from the very same characters in the same surroundings: it is unchanged.
"""

from __future__ import annotations

from aggregator.delta.cut import Cut, cut
from aggregator.delta.memory import without
from aggregator.delta.recut import recut

__all__ = ["Cut", "cut", "recut", "without"]
