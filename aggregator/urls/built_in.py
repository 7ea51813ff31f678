"""Owns what holds for a host: built-in and declared rules put together, once for each host."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable
from re import Match
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.patterns import compile_pattern
from aggregator.urls.address import Address, respelled
from aggregator.urls.sites import SITES, Shape, Site
from aggregator.urls.tracking import TRACKING_BEGINNINGS, TRACKING_PARAMETERS, TRACKING_PREFIXES, TRACKING_VALUES
from aggregator.urls.unwrapping import BY_PARAMETER, BY_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.urls.rules import Alias, UrlRules

# What `identity.without` can switch off; the rest are the names of sites.
GENERAL = ("www", "amp", "index", "session", "tracking", "wrappers")
BUILT_IN = (*GENERAL, *dict.fromkeys(site.name for site in SITES))
_MOST_HOSTS = 4096
_MOST_RULES = 16
_MOST_RENAMES = 8

Reading = Callable[[Match[str], Address], str | None]


class HostRules(Struct, frozen=True, kw_only=True):
    """What holds for the addresses of one host: the *host* that it stands for, and by which *renames* (rule, reason, host).

    *noise* tells of a parameter whether it does not count; *shapes* have the name of their site; *parameters* and *paths* carry
    URLs, by (path, parameter) and (pattern, reading). A *plain* host has none of the last three.
    """

    host: str
    renames: tuple[tuple[str, str, str], ...]
    noise: Callable[[str], bool]
    shapes: tuple[tuple[str, Shape], ...]
    parameters: tuple[tuple[str, str], ...]
    paths: tuple[tuple[str, Reading], ...]
    plain: bool


class Decisive:
    """All that decides about keys, ready for use: *rules* as declared with what is built in."""

    def __init__(self, rules: UrlRules) -> None:
        self.rules = rules
        self.without = frozenset(rules.without)
        self.hosts: dict[str, HostRules] = {}
        self._sites, self._parameters, self._paths = _by_host(self.without)
        self._declared = {_bare(host): _bare(target) for host, target in rules.hosts.items()}
        self._keep = {_bare(host): frozenset(map(respelled, names)) for host, names in rules.keep.items()}
        self._drop: dict[str, tuple[str, ...]] = {_bare(host): names for host, names in rules.drop.items()}
        self._wrappers: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for wrapper in rules.wrappers:
            self._wrappers[_bare(wrapper.host)].append((wrapper.path.rstrip("/"), wrapper.parameter))
        built_in = () if "tracking" in self.without else TRACKING_PARAMETERS
        prefixes = () if "tracking" in self.without else TRACKING_PREFIXES
        self._exact, self._prefixes = _names(rules.tracking, built_in, prefixes)
        self._values = {} if "tracking" in self.without else TRACKING_VALUES
        self._beginnings = {} if "tracking" in self.without else TRACKING_BEGINNINGS

    def on(self, host: str) -> HostRules:
        """Return what holds for *host*, which is as the parser writes it."""
        found = self.hosts.get(host)
        if found is None:
            if len(self.hosts) >= _MOST_HOSTS:
                self.hosts.clear()
            found = self.hosts[host] = self._put_together(host)
        return found

    def alias(self, key: str) -> tuple[Alias, str] | None:
        """Find the first declared alias that *key* fits, with or without ``www.``, and what becomes of it."""
        aliases = self.rules.aliases
        if not aliases:
            return None
        keys = (key, f"https://www.{key[8:]}")
        if len(aliases) > 1 and not any(map(compile_pattern(_any_of(aliases)).fullmatch, keys)):
            return None
        for alias in aliases:
            for spelled in keys:
                if found := compile_pattern(alias.match).fullmatch(spelled):
                    return alias, found.expand(alias.canonical)
        return None

    def _put_together(self, host: str) -> HostRules:
        renames = tuple(self._renames(host))
        final = renames[-1][2] if renames else host
        sites = [site for key in _families(final) for site in self._sites.get(key, ())]
        dropped = [name for site in sites for name in site.drop] + list(self._drop.get(final, ()))
        shapes = tuple((site.name, shape) for site in sites for shape in site.shapes)
        parameters = (*self._wrappers.get(final, ()), *(p for key in _families(final) for p in self._parameters.get(key, ())))
        paths = tuple(path for key in _families(final) for path in self._paths.get(key, ()))
        return HostRules(
            host=final,
            renames=renames,
            noise=self._noise(self._keep.get(final), dropped),
            shapes=shapes,
            parameters=parameters,
            paths=paths,
            plain=not (shapes or parameters or paths or self.rules.aliases),
        )

    def _noise(self, keep: frozenset[str] | None, dropped: Iterable[str]) -> Callable[[str], bool]:
        """Make the test whether a parameter, written as ``name=value``, does not count."""
        exact, prefixes = _names(dropped, self._exact, self._prefixes)
        values, beginnings = self._values, self._beginnings

        def is_noise(pair: str) -> bool:
            name, _, value = pair.partition("=")
            if keep is not None:
                return name not in keep
            lowered = name.lower()
            if lowered in exact or lowered.startswith(prefixes):
                return True
            if lowered in values:
                return value.lower() in values[lowered]
            return lowered in beginnings and value.lower().startswith(beginnings[lowered])

        return is_noise

    def _renames(self, host: str) -> Iterator[tuple[str, str, str]]:
        """Yield the steps from *host* to the one whose articles it carries."""
        seen = {host}
        for _ in range(_MOST_RENAMES):
            step = self._rename(host)
            if step is None or step[2] in seen:
                return
            host = step[2]
            seen.add(host)
            yield step

    def _rename(self, host: str) -> tuple[str, str, str] | None:
        bare = host.removeprefix("www.")
        if bare != host and "www" not in self.without and "." in bare:
            return "www", "a host with and without www. has the same articles", bare
        if host in self._declared:
            return "identity.hosts", f"{host} is declared to be {self._declared[host]}", self._declared[host]
        for family in _families(host):
            for site in self._sites.get(family, ()):
                if site.host is not None:
                    same = site.host.replace("*", host.split(".", 1)[0], 1)
                    return site.name, f"{host} has the articles of {same}", same
        if host.startswith("amp.") and "amp" not in self.without and "." in (bare := host[4:]):
            return "amp", "a host with amp. has the articles of the one without", bare
        return None


def decisive(rules: UrlRules) -> Decisive:
    """Return what decides under *rules*; kept, since the same few are used on every entry."""
    known = _KNOWN.get(id(rules))
    if known is None:
        if len(_KNOWN) >= _MOST_RULES:
            _KNOWN.clear()
        known = _KNOWN[id(rules)] = Decisive(rules)  # which holds *rules*, so that no others can have their id
    return known


_KNOWN: dict[int, Decisive] = {}


@functools.cache
def _by_host(
    without: frozenset[str],
) -> tuple[dict[str, list[Site]], dict[str, list[tuple[str, str]]], dict[str, list[tuple[str, Reading]]]]:
    sites: dict[str, list[Site]] = defaultdict(list)
    parameters: dict[str, list[tuple[str, str]]] = defaultdict(list)
    paths: dict[str, list[tuple[str, Reading]]] = defaultdict(list)
    for site in SITES:
        for host in site.hosts if site.name not in without else ():
            sites[host].append(site)
    if "wrappers" not in without:
        for host, path, parameter in BY_PARAMETER:
            parameters[host].append((path, parameter))
        for host, pattern, read in BY_PATH:
            paths[host].append((pattern, read))
    return dict(sites), dict(parameters), dict(paths)


def _families(host: str) -> Iterator[str]:
    """Yield the names under which rules for *host* are kept: itself, ``*.b.c``, ``*.c``, and ``a.*``."""
    yield host
    rest = host
    while "." in rest:
        rest = rest.partition(".")[2]
        yield f"*.{rest}"
    yield f"{host.partition('.')[0]}.*"


def _names(declared: Iterable[str], exact: Iterable[str], prefixes: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    lowered = [name.lower() for name in declared]
    more = tuple(name[:-1] for name in lowered if name.endswith("*"))
    return frozenset((*exact, *(respelled(name) for name in lowered if not name.endswith("*")))), (*prefixes, *more)


@functools.cache
def _any_of(aliases: tuple[Alias, ...]) -> str:
    return "|".join(f"(?:{alias.match})" for alias in aliases)


def _bare(host: str) -> str:
    """Write a declared host as it stands in a canonical URL."""
    lowered = host.lower().rstrip(".")
    bare = lowered.removeprefix("www.")
    return bare if "." in bare else lowered
