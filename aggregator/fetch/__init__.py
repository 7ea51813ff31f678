"""Owns many requests at once; the only room that knows the HTTP client. Does not read what it fetched.

Most are conditional GETs; errands (GET or POST) are for hubs and their subscribers.

Guarantees, whatever a server does: one result per request and no exception; no connection to a non-public address that is
not allowed by name (``addresses``); bounded time, bytes and headers; a ``Document`` only for a body that came whole and
decoded whole (``body``), since only such a body may vouch for its validators. A host is asked by one request at a time and
then left alone for a while (``turns``), by redirects too. Secrets stay with the origin that they are for (``route``). Nothing
is taken from the environment but the place of the CA certificates: no proxy, no netrc, no cookies.
"""

from __future__ import annotations

from aggregator.fetch.body import unpacked
from aggregator.fetch.client import fetch_all, send_all
from aggregator.fetch.reasons import Reason
from aggregator.fetch.settings import FetchSettings

__all__ = ["FetchSettings", "Reason", "fetch_all", "send_all", "unpacked"]
