"""Owns what is sent and what comes, as forms and queries (https://www.w3.org/TR/websub/#subscribing-and-unsubscribing)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from aggregator.model.pushing import Intent, Request
from aggregator.websub.signatures import LONGEST_SECRET
from aggregator.websub.standing import LEASE, granted, seconds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.pushing import Lease, Subscriber

LONGEST_URL = 2048  # characters
_MOST_FIELDS = 100
_LONGEST_CHALLENGE = 1024  # bytes


class BadRequestError(ValueError):
    """A request that no hub can do anything with; the message says why."""


def read_form(text: str) -> dict[str, str]:
    """Read a form or a query; of a name that comes twice the last counts. What is no form is an empty one."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}


def ping(topic: str) -> bytes:
    """Write what tells a hub of news. Hubs differ in the name that they know the topic by."""
    return _form({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})


# --- a subscriber's side ---


def subscription(lease: Lease, callback: str) -> bytes:
    """Write what asks the hub of a lease for what we want of it."""
    fields = {"hub.callback": callback, "hub.mode": str(lease.wanted), "hub.topic": lease.topic}
    if lease.wanted is Intent.SUBSCRIBE:
        fields["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        if lease.secret is not None:
            fields["hub.secret"] = lease.secret
    return _form(fields)


def confirms(lease: Lease, question: Mapping[str, str]) -> bool:
    """Say whether a hub's *question* is about what we asked for and still want, and can be answered."""
    return (
        lease.asked is not None
        and lease.asked is lease.wanted
        and question.get("hub.mode") == lease.asked
        and question.get("hub.topic") == lease.topic
        and 0 < len(question.get("hub.challenge", "").encode()) <= _LONGEST_CHALLENGE
    )


def may_have_secret(hub: str, allowed: frozenset[tuple[str, int]]) -> bool:
    """Say whether a secret may be sent to *hub*: nobody on the way reads it, or the operator allowed this very address."""
    parts = urlsplit(hub)
    return parts.scheme == "https" or (parts.hostname or "", parts.port or 80) in allowed


# --- a hub's side ---


def read_request(form: Mapping[str, str]) -> Request:
    """Read what a subscriber asks of our hub; what it says besides is ignored.

    A callback has no fragment, which is never sent (RFC 9110, section 7.1): else one subscriber could get everything twice.

    Raises:
        BadRequestError: something is missing or cannot be.
    """
    try:
        intent = Intent(form.get("hub.mode", ""))
    except ValueError:
        raise BadRequestError("hub.mode must be subscribe or unsubscribe") from None
    callback, _, _ = form.get("hub.callback", "").partition("#")
    topic, secret = form.get("hub.topic", ""), form.get("hub.secret") or None
    if not topic or not topic.isprintable():
        raise BadRequestError("hub.topic is missing or no URL")
    if not _is_callback(callback):
        raise BadRequestError(f"hub.callback must be an http or https URL of at most {LONGEST_URL} characters")
    if secret is not None and (len(secret.encode()) > LONGEST_SECRET or "\0" in secret):
        raise BadRequestError("hub.secret must be shorter than 200 bytes, and text")
    lease = granted(seconds_of(form.get("hub.lease_seconds")))
    return Request(intent=intent, callback=callback, topic=topic, lease_s=int(lease.total_seconds()), secret=secret)


def _is_callback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return bool(is_complete) and len(url) <= LONGEST_URL and url.isprintable() and " " not in url and "@" not in parts.netloc


def question(request: Request, challenge: str) -> str:
    """Return the address that asks a subscriber whether a request is its own (section 5.3)."""
    fields = {"hub.mode": str(request.intent), "hub.topic": request.topic, "hub.challenge": challenge}
    if request.intent is Intent.SUBSCRIBE:
        fields["hub.lease_seconds"] = str(request.lease_s)
    return _added(request.callback, fields)


def denial(to: Request | Subscriber, reason: str) -> str:
    """Return the address that tells a subscriber that it gets nothing, or nothing any more (section 5.2)."""
    return _added(to.callback, {"hub.mode": "denied", "hub.topic": to.topic, "hub.reason": reason})


def _added(callback: str, fields: Mapping[str, str]) -> str:
    """Append *fields* to a callback, whose own query stays as it is."""
    return f"{callback}{'&' if '?' in callback else '?'}{urlencode(fields)}"


def _form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode("ascii")
