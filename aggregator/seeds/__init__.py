"""Owns seeds: the files of a seed folder, and what each says as a candidate.

``scan`` and ``read`` touch files; ``posts.parse`` is pure, and so is ``posts.explain``, which says where each field came from.
They are imported from there: most runs find no file that changed, and need no Markdown. The only room that knows Markdown
(``markdown``) and YAML front matter (``yaml_events``). Does not store, does not decide what is new, and leaves safety to
``clean``, which comes after it.
"""

from __future__ import annotations

from aggregator.seeds.files import SeedFile, read, scan
from aggregator.seeds.rules import SeedRules

__all__ = ["SeedFile", "SeedRules", "read", "scan"]
