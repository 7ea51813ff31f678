"""Owns what an operator can declare about addresses, and the version of all that decides about them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads the annotations where rules are read back from a store

from msgspec import Struct, field, json

from aggregator.digests import blake2b

# Raised with every change of what is built in (a table or the code that reads it) that can change a key.
RULES_VERSION = 3


class Alias(Struct, frozen=True, kw_only=True):
    """URL shapes that are one article: what *match* (RE2, on the whole canonical URL) fits becomes *canonical*.

    A canonical URL has no ``www.``; a pattern that has it fits as well.
    """

    match: str
    canonical: str


class Wrapper(Struct, frozen=True, kw_only=True):
    """Addresses that only lead on: those of *host* with this *path* (any, if empty) carry the article's URL in *parameter*."""

    host: str
    parameter: str
    path: str = ""


class UrlRules(Struct, frozen=True, kw_only=True):
    """What the operator declared, beside what is built in.

    *hosts* carry the same articles as another host; *tracking* parameters (``name`` or ``prefix*``) do not count anywhere, those
    of *drop* not on that host, and where *keep* names a host, its other parameters do not. *without* names built-in rules that
    are switched off (see ``BUILT_IN``).
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    tracking: tuple[str, ...] = ()
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drop: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    wrappers: tuple[Wrapper, ...] = ()
    without: tuple[str, ...] = ()


def rules_version(rules: UrlRules) -> str:
    """Name all that decides about keys: equal names, equal keys. Only the order of aliases and wrappers counts."""
    decisive = [
        RULES_VERSION,
        dict(rules.hosts),
        sorted(set(rules.tracking)),
        {host: sorted(set(names)) for host, names in rules.keep.items()},
        {host: sorted(set(names)) for host, names in rules.drop.items()},
        [[alias.match, alias.canonical] for alias in rules.aliases],
        [[wrapper.host, wrapper.path, wrapper.parameter] for wrapper in rules.wrappers],
        sorted(set(rules.without)),
    ]
    return f"{RULES_VERSION}-{blake2b(json.encode(decisive, order='sorted'), digest_size=6).hexdigest()}"
