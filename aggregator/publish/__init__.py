"""Owns one round of publishing: changed feeds → bytes → files. What did not change is neither rendered nor written.

rounds      what is out of date, in which order it is written, and what is noted of it
standing    which of the published files are not there any more as they were written
feeds       the files of one feed
lists       the files that show no single feed: the front page, lists of feeds, styles
press       entries rendered, each once
archives    what leaves a feed for its archive, and the pages of that
parts       a document and where in it each entry stands; what of a published file can be used again
uploads     what a bucket does not hold yet, and its way there
paths       which file is what
world       what publishing needs from outside
"""

from __future__ import annotations

from aggregator.publish.paths import feed_path
from aggregator.publish.rounds import differing, publish
from aggregator.publish.world import Publishing

__all__ = ["Publishing", "differing", "feed_path", "publish"]
