"""Owns the rules that hide: which items the operator wants nobody to be shown, and when an entry is hidden by them.

What is hidden is stored like everything else, so that a changed rule can bring it back.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads it when it reads rules back
from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.classify.conditions import Line, shown, test_of
from aggregator.model import Blocked, Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.classify.conditions import Subject, Test


class Hiding(Struct, frozen=True, kw_only=True):
    """Lines of rules: what any line of *block* holds for is hidden, and where there is *keep*, what none of its lines does."""

    block: tuple[Line, ...] = ()
    keep: tuple[Line, ...] = ()


class Screen(Struct, frozen=True, kw_only=True):
    """The rules that hide: of the whole site, and of single feeds by the URL of their subscription."""

    site: Hiding = Hiding()
    feeds: Mapping[str, Hiding] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return self.site != Hiding() or bool(self.feeds)


class Screener:
    """A screen made ready for many items."""

    def __init__(self, screen: Screen) -> None:
        self._site = _Sieve(screen.site, None)
        self._feeds = {url: _Sieve(hiding, url) for url, hiding in screen.feeds.items()}

    def blocked(self, subject: Subject) -> Blocked | None:
        """Say which rule is against an item, if one is; those of the site come first."""
        if reason := self._site.against(subject):
            return Blocked(by=Reach.SITE, reason=reason)
        own = self._feeds.get(subject.subscription.url)
        if own is not None and (reason := own.against(subject)):
            return Blocked(by=Reach.FEED, reason=reason)
        return None


def hidden_reason(carriers: Iterable[tuple[bool, Blocked | None]]) -> str | None:
    """Say why rules hide an entry, given of each carrier whether it speaks and what is against it; ``None`` if none does.

    A rule of the whole site is about what subscribers would be shown: the text of the carrier that speaks. A rule of one feed
    is about that feed only: the entry is shown as long as another carrier brings it that nothing is against.
    """
    every = list(carriers)
    against = [blocked for _, blocked in every if blocked]
    spoken = next((blocked.reason for speaks, blocked in every if speaks and blocked and blocked.by is Reach.SITE), None)
    if spoken or len(against) < len(every) or not against:
        return spoken
    return against[0].reason


def blocking_reason(number: int, line: Line, url: str | None) -> str:
    """Say that a line of ``block`` hides an item: of the whole site, or of the feed of a *url*."""
    return f"rule block[{number}]{f' of {url}' if url else ''}: {shown(line)}"


def keeping_reason(url: str | None) -> str:
    """Say that an item is hidden since no line of ``keep`` holds for it; *url* as above."""
    return f"no rule of keep{f' of {url}' if url else ''} holds"


class _Sieve:
    """One set of lines that hide: of the whole site, or of the feed of a *url*."""

    def __init__(self, hiding: Hiding, url: str | None) -> None:
        self._block = [(test_of(line), blocking_reason(n, line, url)) for n, line in enumerate(hiding.block)]
        self._keep: Sequence[Test] = [test_of(line) for line in hiding.keep]
        self._kept_by_none = keeping_reason(url)

    def against(self, subject: Subject) -> str | None:
        for test, reason in self._block:
            if test(subject):
                return reason
        return self._kept_by_none if self._keep and not any(test(subject) for test in self._keep) else None
