"""Owns the question "which categories does this entry belong to, and why?", and how categories are named.

Pure: values in, values out. It stores nothing: that a slug, once assigned, never changes is the store's promise.

book        all rules that are in force
conditions  what rules are made of
rules       which categories
screens     what rules hide
catalogue   the list of all rules
replay      what changed rules mean for items that are stored
slugs       names and slugs of categories
"""

from __future__ import annotations

from aggregator.classify.book import RuleBook
from aggregator.classify.conditions import Condition, Field, Line, Subject, check_pattern, text_of
from aggregator.classify.rules import CategoryRules, Classifier, ItemSubject, classify
from aggregator.classify.screens import Hiding, Screen, Screener, hidden_reason
from aggregator.classify.slugs import check_slug, name_key, slug_for

__all__ = [
    "CategoryRules",
    "Classifier",
    "Condition",
    "Field",
    "Hiding",
    "ItemSubject",
    "Line",
    "RuleBook",
    "Screen",
    "Screener",
    "Subject",
    "check_pattern",
    "check_slug",
    "classify",
    "hidden_reason",
    "name_key",
    "slug_for",
    "text_of",
]
