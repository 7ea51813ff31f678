"""Aggregates seed posts and live feeds and republishes one Atom feed per category."""

from __future__ import annotations

__version__ = "0.1.0"
