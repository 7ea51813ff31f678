"""Owns the question "which categories does this entry belong to, and why?", and how categories are named.

Pure: values in, values out. It stores nothing: that a slug, once assigned, never changes is the store's promise.
"""

from __future__ import annotations

from aggregator.classify.rules import CategoryRules, Condition, Field, check_pattern, classify
from aggregator.classify.slugs import check_slug, name_key, slug_for

__all__ = ["CategoryRules", "Condition", "Field", "check_pattern", "check_slug", "classify", "name_key", "slug_for"]
