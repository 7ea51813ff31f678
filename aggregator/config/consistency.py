"""Owns the rules between the values of a configuration: what may not be given twice or contradict another.

Works on the values as read, before the schema accepts them, so that these problems are reported together with all others.
"""

from __future__ import annotations

from itertools import chain
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.classify import name_key
from aggregator.config.flaws import Flaw
from aggregator.config.values import ORDINARY_URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def contradictions(data: dict[str, Any]) -> Iterator[Flaw]:
    """Yield what is given twice, and hosts that lead to another host's alias. Values of a wrong type are left to the schema."""
    return chain(
        _repeated(data, "feeds", "url", _feed_key),
        _repeated(data, "categories", "name", name_key),
        _repeated(data, "categories", "slug", str),
        _repeated(data, "seeds", "path", lambda path: str(PurePath(path))),
        _chained_hosts(data),
    )


def _repeated(data: dict[str, Any], section: str, key: str, form: Callable[[str], str]) -> Iterator[Flaw]:
    """Yield the items of a list whose *key* has a value, compared by its *form*, that an earlier item has."""
    first: dict[str, int] = {}
    items = data.get(section)
    for index, item in enumerate(items if isinstance(items, list) else []):
        value = item.get(key) if isinstance(item, dict) else None
        if isinstance(value, str) and (earlier := first.setdefault(form(value), index)) != index:
            yield Flaw(location=(section, index, key), message=f"the same as {section}[{earlier}].{key}")


def _feed_key(url: str) -> str:
    """Return *url* with what is case-insensitive in lower case; a URL that cannot be split is its own key."""
    if ORDINARY_URL.fullmatch(url):
        return url
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def _chained_hosts(data: dict[str, Any]) -> Iterator[Flaw]:
    """Yield aliases of aliases: a canonical URL would not be canonical."""
    identity = data.get("identity")
    given = identity.get("hosts") if isinstance(identity, dict) else None
    hosts = given if isinstance(given, dict) else {}
    for alias, target in hosts.items():
        if isinstance(target, str) and target in hosts:
            message = f"leads to {target}, which is itself an alias; name the host where it ends"
            yield Flaw(location=("identity", "hosts", alias), message=message)
