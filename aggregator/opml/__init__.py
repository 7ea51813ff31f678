"""Owns lists of subscriptions in OPML (http://opml.org/spec2.opml): any program's list read, one for any program written. Pure.

Lists come from strangers, and name what some programs run or open: ``exec:``, ``|command``, ``file:``. Here all that is only
looked at; what is not a plain web address is refused, and told.

    read_opml:  text (bytes → XML) ─► document (XML → outlines) ─► reading (outlines → feeds and refusals)
"""

from __future__ import annotations

from aggregator.opml.reading import read_opml
from aggregator.opml.values import OpmlFeed, Outline, Outlines, Refusal
from aggregator.opml.writing import write_opml

__all__ = ["OpmlFeed", "Outline", "Outlines", "Refusal", "read_opml", "write_opml"]
