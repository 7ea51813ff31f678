"""Owns the protocol of W3C WebSub (https://www.w3.org/TR/websub/) as pure functions: no store, no network, no clock, no chance.

links        who is the hub of a document, and what the document calls itself
signatures   the HMAC by which a subscriber knows its hub
forms        what is sent and what comes: requests, questions of intent, denials
standing     when something is due: leases, renewals, repetitions; which leases we want
"""

from __future__ import annotations
