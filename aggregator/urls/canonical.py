"""Owns the way from an address to its canonical form, and the account of each step on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.urls.address import LONGEST_HOST, Address, read_address, respelled_path, shortened
from aggregator.urls.built_in import decisive
from aggregator.urls.sites import AMP_FIRST
from aggregator.urls.unwrapping import by_parameter, by_path

if TYPE_CHECKING:
    from aggregator.urls.built_in import Decisive, HostRules
    from aggregator.urls.rules import UrlRules

_MOST_TURNS = 12
_INDEXES = frozenset(
    {
        "index.htm", "index.html", "index.shtml", "index.xhtml", "index.php", "index.asp", "index.aspx", "index.jsp",
        "default.htm", "default.html", "default.asp", "default.aspx",
    }
)  # fmt: skip
# The last part of a path that a title or a number gave, as those of articles are.
_NAMED = re.compile(r"[-_.%0-9]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SESSION = re.compile(r"(?i);(?:jsessionid|phpsessid)=[^/;]*")
# No character that could be written in another way, and nothing like a dot segment.
_PLAIN = re.compile(
    r"https?://([a-z0-9.-]+)((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?)"
    r"(?:\?([A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*(?:&[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)*))?(?:#[A-Za-z0-9._-]*)?"
)

# A host that the parser writes as it is: no number at the end, and nothing like Punycode.
_SURE_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")


class Step(Struct, frozen=True, kw_only=True):
    """One step to the canonical form: the *rule* that took it, why, and what became of the *url* (nothing, if it was refused)."""

    rule: str
    reason: str
    url: str


def canonical_url(url: str, rules: UrlRules, *, base: str | None = None) -> str | None:
    """Return the canonical form of *url*, or ``None`` where it cannot identify an article (not http, not parsable).

    http and https are one; host case, ``www.``, IDN, default port, dot segments, percent-encoding, parameter order, trailing
    slash, ``index.html``, AMP, sessions, user information, tracking parameters and fragment do not count, except a fragment that
    routes (``#!/…``, ``#/…``). What only leads on stands for where it leads. A relative *url* is joined to *base*. Idempotent.
    """
    all_rules = decisive(rules)
    return _plain(url, all_rules) or _reduce(url, base, all_rules, None)


def explain(url: str, rules: UrlRules, *, base: str | None = None) -> tuple[Step, ...]:
    """Return the steps from *url* to its canonical form, which is the URL of the last; none if it is its own."""
    trail: list[Step] = []
    _reduce(url, base, decisive(rules), trail)
    return tuple(trail)


def _plain(url: str, rules: Decisive) -> str | None:
    """Take the short way, with the same end, where all that may happen is that parameters go or change places."""
    found = _PLAIN.fullmatch(url)
    if not found or len(url) > 1000:  # noqa: PLR2004 - nothing plain is longer
        return None
    host, path, query = found.groups()
    on_host = rules.hosts.get(host)  # known only as the parser writes it
    if on_host is None and _SURE_HOST.fullmatch(host) and "--" not in host and len(host) <= LONGEST_HOST:
        on_host = rules.on(host)
    if on_host is None or not on_host.plain:
        return None
    path = path.rstrip("/") or "/"
    last = path.rpartition("/")[2]
    if last.lower() in _INDEXES or last == "amp" or ".amp" in last or path.startswith("/amp/"):
        return None
    if not query:
        return f"https://{on_host.host}{path}"
    pairs = sorted({pair for pair in query.split("&") if not on_host.noise(pair)})
    return f"https://{on_host.host}{path}{'?' if pairs else ''}{'&'.join(pairs)}"


def _reduce(url: str, base: str | None, rules: Decisive, trail: list[Step] | None) -> str | None:
    """Take turns until no rule leads elsewhere."""
    address = read_address(url, base)
    if address is None:
        _note(trail, "refused", "not an absolute http or https address that browsers understand", "")
        return None
    if (spelled := str(address)) != url:
        _note(
            trail,
            "spelling",
            "written in one way; scheme, user information, default port and place in the page left out",
            spelled,
        )
    keys: list[str] = []
    for _ in range(_MOST_TURNS):
        on_host = _at_home(address, rules, trail)
        rule, reason, elsewhere = "wrappers", "an address that only leads on", _unwrapped(address, on_host)
        if elsewhere is None:
            _trimmed(address, on_host, rules, trail)
            elsewhere = _unwrapped(address, on_host)  # trimmed it may look like one
        if elsewhere is None:
            key = str(address)
            if key in keys:
                circle = keys[keys.index(key) :]
                reason = "aliases lead in a circle: the first of it in the alphabet" if len(circle) > 1 else ""
                return _finish(min(circle), reason, trail)
            keys.append(key)
            rule, reason, target = _led(key, on_host, rules)
            if target == key or (elsewhere := read_address(target)) is None:
                return _finish(key, "", trail)
        address = elsewhere
        _note(trail, rule, reason, str(address))
    return _finish(_untraced(url, base, rules), "leads on and on: left as it was", trail)


def _untraced(url: str, base: str | None, rules: Decisive) -> str:
    """Return the form of an address whose end was not found, by the rules that lead nowhere else."""
    address = read_address(url, base)
    assert address is not None  # noqa: S101 - it was read before
    _trimmed(address, _at_home(address, rules, None), rules, None)
    return str(address)


def _at_home(address: Address, rules: Decisive, trail: list[Step] | None) -> HostRules:
    """Give *address* the host that it stands for."""
    on_host = rules.on(address.host)
    for rule, reason, host in on_host.renames:
        address.host = host
        _note(trail, rule, reason, str(address))
    return on_host


def _unwrapped(address: Address, on_host: HostRules) -> Address | None:
    found = by_path(address, on_host.paths) if on_host.paths else None
    if found is None and on_host.parameters:
        found = by_parameter(address, on_host.parameters)
    return read_address(found) if found is not None else None


def _trimmed(address: Address, on_host: HostRules, rules: Decisive, trail: list[Step] | None) -> None:
    """Leave out of path and query what does not count."""
    if ";" in address.path and "session" not in rules.without:
        path = _SESSION.sub("", address.path)
        if path != address.path:
            address.path = respelled_path(path)
            _note(trail, "session", "the path names a visit", str(address))
    path = _path(address, rules.without)
    if path != address.path:
        address.path = path
        _note(trail, "path", "slashes at the end, index.html and marks of AMP pages do not count", str(address))
    if address.query:
        kept = [pair for pair in address.query if not on_host.noise(pair)]
        if len(kept) < len(address.query):
            gone = ", ".join(pair.partition("=")[0] for pair in address.query if pair not in kept)
            address.query = kept
            _note(trail, "parameters", f"these do not say which article: {gone}", str(address))


def _path(address: Address, without: frozenset[str]) -> str:
    """Leave out of a path the slashes at its end, the name of an index, and what marks an AMP page."""
    segments = address.path[1:].split("/")
    amp = "amp" not in without
    while segments:
        last = segments[-1]
        is_index = last.lower() in _INDEXES and "index" not in without
        if not last or is_index or (amp and last == "amp" and _may_be_article(segments[:-1])):
            segments.pop()
        elif amp and last.endswith((".amp", ".amp.html", ".amp.htm")) and last.partition(".amp")[0].strip("."):
            stem, _, end = last.rpartition(".amp")
            segments[-1] = stem + end
        else:
            break
    while amp and len(segments) > 1 and segments[0] == "amp" and (address.host in AMP_FIRST or _YEAR.fullmatch(segments[1])):
        del segments[0]
    return f"/{'/'.join(segments)}"


def _may_be_article(segments: list[str]) -> bool:
    """Say whether a path is like one of an article, so that ``amp`` after it means a page for small screens, and is no name."""
    return bool(segments) and bool(_NAMED.search(segments[-1]) or any(map(_YEAR.fullmatch, segments[:-1])))


def _led(key: str, on_host: HostRules, rules: Decisive) -> tuple[str, str, str]:
    """Return by which rule, why and where *key* leads; to itself, if no rule knows better."""
    for name, shape in on_host.shapes:
        if found := re.fullmatch(shape.match, key[8:]):
            return name, "one article in several shapes", f"https://{found.expand(shape.canonical)}"
    if (alias := rules.alias(key)) is not None:
        return "identity.aliases", f"fits {alias[0].match}", alias[1]
    return "", "", key


def _finish(key: str, reason: str, trail: list[Step] | None) -> str:
    short = shortened(key)
    if reason:
        _note(trail, "aliases", reason, key)
    if short != key:
        _note(trail, "length", "too long for an index: its host and a digest of it", short)
    return short


def _note(trail: list[Step] | None, rule: str, reason: str, url: str) -> None:
    if trail is not None:
        trail.append(Step(rule=rule, reason=reason, url=url))
