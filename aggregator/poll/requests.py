"""Owns what is asked of a source: where, with which validators, as whom. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import Access, FetchRequest, Validators

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Source

# A server that says "not modified" for ever, whatever comes, is believed for so long. Then we ask for the whole document.
TRUST = timedelta(days=7)


def request_for(source: Source, access: Access, now: datetime) -> FetchRequest:
    """Return the request of one poll. Secrets go to the origin of the subscription's URL only, also if the feed moved."""
    known = source.state.document_at
    validators = source.validators if known is not None and now - known < TRUST else Validators()
    at_home = source.state.current_url is None or _origin(source.poll_url) == _origin(source.subscription.url)
    return FetchRequest(
        url=source.poll_url,
        validators=validators,
        user_agent=access.user_agent,
        secret_fields=access.secret_fields if at_home else (),
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
