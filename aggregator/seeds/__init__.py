"""Owns seeds: the files of a seed folder, and what each says as a candidate.

``scan`` and ``read`` touch files; ``parse`` is pure, and so is ``explain``, which says where each field came from. The only
room that knows Markdown (``markdown``) and YAML front matter (``yaml_events``). Does not store, does not decide what is new,
and leaves safety to ``clean``, which comes after it.
"""

from __future__ import annotations

from aggregator.seeds.files import SeedFile, read, scan
from aggregator.seeds.notes import Explained
from aggregator.seeds.posts import explain, parse
from aggregator.seeds.rules import SeedRules

__all__ = ["Explained", "SeedFile", "SeedRules", "explain", "parse", "read", "scan"]
