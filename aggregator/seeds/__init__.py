"""Owns seeds: the files of a seed folder, and what each says as a candidate.

``scan`` and ``read`` touch files, ``parse`` is pure. The only room that knows Markdown (``markdown``) and YAML front matter
(``front_matter``). Does not store, does not decide what is new, and leaves safety to ``clean``, which comes after it.
"""

from __future__ import annotations

from aggregator.seeds.files import SeedFile, read, scan
from aggregator.seeds.posts import parse
from aggregator.seeds.rules import SeedRules

__all__ = ["SeedFile", "SeedRules", "parse", "read", "scan"]
