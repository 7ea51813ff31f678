"""Owns the configuration: where the file is, what it may say, and every problem in it at once.

The only room that knows YAML as configuration. It reads one file (two with ``AGGREGATOR_STORE_FILE``) and the environment it
is given, and touches nothing else: whether a folder exists or a store answers is found out by those who use them.

load      file and environment → ``Config``, or every problem
sections  which keys there are, and what each may say
schema    what becomes of them, with defaults
"""

from __future__ import annotations

from aggregator.config.load import load, places
from aggregator.config.locate import find
from aggregator.config.schema import Config, SeedFolder
from aggregator.config.values import http_url

__all__ = ["Config", "SeedFolder", "find", "http_url", "load", "places"]
