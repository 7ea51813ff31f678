"""Owns which entries are shown, as conditions in SQL: not what is hidden, and not what was merged into another entry.

The second is to the letter that of the partial index on ``entries``, which SQLite uses for nothing else.
"""

from __future__ import annotations

SHOWN = "entries.hidden_at IS NULL AND entries.merged_into IS NULL"
UNSEEN = "(entries.hidden_at IS NOT NULL OR entries.merged_into IS NOT NULL)"
