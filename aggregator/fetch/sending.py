"""Owns one errand under way: a GET or POST whose answer is a status and few words. All guards are those of any exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.fetch.exchange import STOP, Exchange
from aggregator.fetch.head import further_fields
from aggregator.fetch.reasons import Reason, Why
from aggregator.model import Answer, FetchRequest

if TYPE_CHECKING:
    from aggregator.fetch.reasons import Ending
    from aggregator.fetch.settings import FetchSettings
    from aggregator.model import Errand

# Of an answer nobody needs more: the longest that is compared is a challenge.
_ENOUGH = 4096
_SILENT = Why(code=Reason.PROTOCOL, message="the server gave no answer")
_EXPOSED = Why(code=Reason.BAD_URL, message="redirected from https to http, where what we send is for everybody to read")


class Sending(Exchange):
    """One errand, from its first request to its answer."""

    def __init__(self, errand: Errand, settings: FetchSettings) -> None:
        """Prepare it.

        Raises:
            BadUrlError: the URL cannot be requested.
            BadFieldError: a header field cannot be sent.
        """
        super().__init__(FetchRequest(url=errand.url), settings)
        self._errand = errand
        self._said = bytearray()
        own = () if errand.body is None else (("Content-Type", errand.content_type),)
        # libcurl would ask first whether to send a large body (RFC 9110, section 10.1.1), and some servers never answer that
        self._lines = ["Accept: */*", f"User-Agent: {settings.user_agent}", *further_fields((*own, *errand.fields)), "Expect:"]

    @property
    def payload(self) -> bytes | None:
        """The body of a POST."""
        return self._errand.body

    @property
    def fields(self) -> list[str]:
        """The header lines to send, wherever it goes; credentials in the URL stay with its origin."""
        return self._lines + self._secrets if self._route.at_home else self._lines

    def take_body(self, chunk: bytes) -> int | None:
        """Take a piece of the answer's body; return ``STOP`` when that is enough."""
        self._last_sign = self._clock.worked
        self._said += chunk[: _ENOUGH - len(self._said)]
        return None if len(self._said) < _ENOUGH else STOP

    def answer(self, ending: Ending) -> Answer | None:
        """Say what came of it; ``None`` for a redirect, which wants another start."""
        self._spent += self._clock.worked - self._started
        status = self._head.status if self._head.complete else 0
        location = self._head.location
        if location and status in self._errand.follows:
            return self._led_on(status, location)
        if not status:
            return self._nothing(self._why or self._broken(ending) or _SILENT)
        return Answer(key=self._errand.key, status=status, body=bytes(self._said))

    def _led_on(self, status: int, location: bytes) -> Answer | None:
        was_private = self.target.url.startswith("https:")
        if failure := self._redirected(status, location):
            return self._nothing(Why(code=failure.code, message=failure.message))
        if was_private and not self.target.url.startswith("https:"):
            return self._nothing(_EXPOSED)
        self._said.clear()
        return None

    def _nothing(self, why: Why) -> Answer:
        return Answer(key=self._errand.key, message=why.message)
