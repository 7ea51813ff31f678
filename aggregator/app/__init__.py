"""Composition root: reads the configuration, owns the clock and chance, and hands each room only what it needs.

composition     the program with its configuration
work            its use cases, on an open store
progress        what they tell of themselves
subscriptions   those about subscriptions: made, ended, read from lists and written to them
shelves         those about categories: what is known of one, another name or slug for it
editing         those about single entries: hidden, shown again, accounted for
releasing       those about what guards hold back: let in, or kept out for good
rekeying        those about keys, and the rules that they are made by
copying         those about entries that say the same: which there are, and parting them
ruling          those about rules that changed: what they would do to what is stored, and doing it
screening       that which tells what rules would hide of a document
surveying       the one that lists the rules in force
browsing        the pages that are made while somebody waits
uploading       those about the bucket that published files are put into
spreading       those about WebSub, as commands and ticks ask for them
listening       news from the hubs that feeds name
pinging         news for hubs and for subscribers of our own
hub             our own hub
searching       search in titles and texts, and its index
scouting        those that look at an address before anybody subscribes to it
"""

from __future__ import annotations

from aggregator.app.composition import App
from aggregator.app.progress import Cycle, Progress
from aggregator.app.work import Work

__all__ = ["App", "Cycle", "Progress", "Work"]
