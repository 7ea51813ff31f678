"""Reads well-formed, ordinary RSS and Atom as feedparser would, at a tenth of its cost; declines whatever else it meets.

Owns when a document is ordinary. An answer from here has the same values under every name that :mod:`~aggregator.parse.entries`
and :mod:`~aggregator.parse.hints` look up as the one of feedparser 6.0.14 for the same text: tests/unit/test_plain_reading.py
compares them. Where that is not certain there is no answer, and feedparser reads the document.

    documents ── tables ──┬── elements ── texts ──┬── places ── names
                          └── people ─────────────┘
"""

from __future__ import annotations

from aggregator.parse.plain.documents import answer

__all__ = ["answer"]
