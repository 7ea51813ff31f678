"""Owns which of the reasons for a wait decides: subscription, rhythm, wishes, failures, hubs, skipped hours, chance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import NextPoll
from aggregator.schedule.pace import Pace, Wait
from aggregator.schedule.rhythm import rhythm
from aggregator.schedule.skips import next_opening
from aggregator.schedule.wishes import pause, wishes
from aggregator.schedule.words import listed, ordinal, span

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Standing

_GONE = "http-410"
_MANY = 16  # doublings: beyond, every wait is the longest anyway
_WITHIN_AN_HOUR = timedelta(minutes=30)


def plan_poll(standing: Standing, *, now: datetime, chance: float, pace: Pace) -> NextPoll:
    """Decide when a source is polled again, and say why.

    1. The regular wait: what the subscription says; else the longest of the source's rhythm (:mod:`aggregator.schedule.rhythm`)
       and what feed and server ask for. A source whose hub tells us what is new waits for :attr:`Pace.ceiling`.
    2. Each failure in a row beyond the first doubles it, up to :attr:`Pace.longest_backoff`; what is gone (410) waits for
       :attr:`Pace.gone`. A wait is never shorter for having failed, and never for ever.
    3. Retry-After is honoured, whoever asked for what.
    4. Chance adds up to :attr:`Pace.jitter` of the wait, or takes it off where the subscription says how often: a cron job of the
       same period must find it due. What was polled in a crowd (:class:`Standing`) is spread, once,
       from the shortest wait that nobody objects to up to the regular one, or to twice the shortest if that is longer.
    5. In hours and on days that the feed asks to skip, it waits for the next other hour, unless the subscription says how often.

    Args:
        standing: what is known of the source at the end of the poll.
        now: when the poll was made.
        chance: 0 to 1, drawn for each source and poll.
        pace: the bounds.
    """
    regular, least = _regular(standing, now, pace)
    wait = _left_alone(_backed_off(regular, standing, pace), standing, pace)
    because, told = wait.because, wait.length
    if wait.length == standing.interval:
        asked = pause(standing.freshness, pace)
        spread = max(wait.length * (1 - pace.jitter * chance), asked.length if asked else timedelta())
    elif standing.crowded:
        least = least if wait == regular else wait.length
        most = max(wait.length, 2 * least)
        told = spread = least + (most - least) * chance
        because = (*because, f"chance chose between {span(least)} and {span(most)} to part what was polled together")
    else:
        spread = wait.length * (1 + pace.jitter * chance)
    at = now + spread
    if standing.interval is None and (opening := next_opening(at, standing.hints)):
        at = opening.at + min(pace.jitter * wait.length, _WITHIN_AN_HOUR) * chance
        told, because = opening.at - now, (*because, opening.because)
    return NextPoll(at=at, reason=f"about {span(told)} after the last poll: {listed(because, ',')}")


def _regular(standing: Standing, now: datetime, pace: Pace) -> tuple[Wait, timedelta]:
    """How long to wait after a success, and the least that nobody would object to."""
    if standing.interval is not None:
        return Wait(standing.interval, (f"the subscription says every {span(standing.interval)}",)), standing.interval
    own = rhythm(standing.pulse, now, pace)
    own = own or Wait(pace.usual, (f"{span(pace.usual)} is usual for a source of which nothing is known yet",))
    asked = list(wishes(standing.hints, standing.freshness, now, pace))
    pushed = [Wait(pace.ceiling, ("a hub tells us what is new (WebSub)",))] if standing.pushed else []
    least = max((pace.floor, *(wish.length for wish in asked)))
    return max((*asked, *pushed, own), key=_length), least


def _backed_off(wait: Wait, standing: Standing, pace: Pace) -> Wait:
    failures = standing.failures
    if failures == 0:
        return wait
    if standing.error == _GONE:
        length = max(wait.length, pace.gone)
        why = f"the feed is gone for good (HTTP 410) and is asked every {span(length)} whether it came back"
        return Wait(length, (why,))
    length = max(wait.length, min(wait.length * 2 ** min(failures - 1, _MANY), pace.longest_backoff))
    if length == wait.length:
        return Wait(length, (_failed(standing), *wait.because))
    why = f"the {ordinal(failures)} failure in a row ({_what(standing.error)}) makes that {span(length)}"
    return Wait(length, (*wait.because, why))


def _left_alone(wait: Wait, standing: Standing, pace: Pace) -> Wait:
    asked = pause(standing.freshness, pace)
    if asked is None or asked.length < wait.length:
        return wait
    return Wait(asked.length, (_failed(standing), *asked.because) if standing.failures else asked.because)


def _failed(standing: Standing) -> str:
    what = _what(standing.error)
    return f"the last poll failed ({what})" if standing.failures == 1 else f"the last {standing.failures} polls failed ({what})"


def _what(code: str | None) -> str:
    """Write the code of a failure for people: ``http-503`` is ``HTTP 503``."""
    kind, _, status = (code or "unknown").partition("http-")
    return kind or f"HTTP {status}"


def _length(wait: Wait) -> timedelta:
    return wait.length
