"""Owns how PostgreSQL is opened. The only module that knows psycopg."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from aggregator.errors import StoreError
from aggregator.store.connection import Dialect
from aggregator.store.instants import kept
from aggregator.store.searching import Spelling
from aggregator.store.statements import for_postgresql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from aggregator.terms import Phrase

# More forgiving than libpq, whose own reading of URLs stops at a "/" in a password. A user writes what the server gave him.
_URL = re.compile(
    r"postgresql(?:\+psycopg)?://"
    r"(?:(?P<user>[^:/]*)(?P<credentials>:(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<ipv6>[^/?\]]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>[^/?]*))?"
    r"(?:/(?P<dbname>[^?]*))?(?:\?(?P<query>.*))?"
)


def shown(url: str) -> str:
    """Return *url* without its password."""
    found = _URL.fullmatch(url)
    if found and found["credentials"]:
        start, end = found.span("password")
        url = f"{url[:start]}***{url[end:]}"
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1***", url)


def settings(url: str) -> dict[str, str]:
    """Return what a URL says, by the names of libpq (https://www.postgresql.org/docs/current/libpq-connect.html)."""
    found = _URL.fullmatch(url)
    if found is None:
        raise StoreError(f"the store {shown(url)} is no address of a PostgreSQL database")
    parts = {name: unquote(found[name] or "") for name in ("user", "password", "port", "dbname")}
    parts["host"] = found["ipv6"] or found["host"] or ""
    return {name: value for name, value in parts.items() if value} | dict(parse_qsl(found["query"] or ""))


def dialect(url: str) -> Dialect:
    """Return what is particular to PostgreSQL, for the store at *url*.

    Raises:
        StoreError: there is no driver.
    """
    if find_spec("psycopg") is None:
        raise StoreError(f"the store {shown(url)} needs a driver: pip install 'feed-aggregator[postgres]'")
    import psycopg  # noqa: PLC0415 - 70 ms; and whoever uses SQLite need not have it

    return Dialect(
        connect=functools.partial(_connect, url),
        statement=for_postgresql,
        listed=list,
        at_once="SET synchronous_commit TO DEFAULT",
        behind="SET synchronous_commit TO off",
        write="BEGIN ISOLATION LEVEL READ COMMITTED",
        read="BEGIN ISOLATION LEVEL REPEATABLE READ",  # one state from start to end, as on SQLite; one run at a time writes
        table="SELECT to_regclass(:name)",
        error=psycopg.Error,
        bugs=(psycopg.IntegrityError, psycopg.ProgrammingError),
        is_lost=lambda connection: bool(connection.closed),
        spelling=Spelling(matches="@@", words=_vector, phrases=_asked),
        engine=functools.partial(_engine, url),
    )


def _connect(url: str) -> Any:
    """Open a connection that begins no transactions by itself, takes instants and gives JSON as SQLite does: as text."""
    from psycopg.types.string import StrDumperUnknown, TextLoader  # noqa: PLC0415 - as above

    class Instants(StrDumperUnknown):
        def dump(self, obj: Any) -> Any:
            return super().dump(kept(obj))

    connection = _dial(url)
    connection.autocommit = True
    connection.adapters.register_loader("json", TextLoader)
    connection.adapters.register_dumper(datetime, Instants)
    connection.execute("SET TIME ZONE 'UTC'")
    return connection


def _dial(url: str) -> Any:
    import psycopg  # noqa: PLC0415 - as above

    try:
        return psycopg.connect(**settings(url))  # type: ignore[arg-type]  # its own settings, which a URL gives as text
    except psycopg.ProgrammingError as error:  # a setting that libpq does not know: the operator's mistake, not ours
        raise psycopg.OperationalError(str(error)) from error


def _engine(url: str) -> Engine:
    """Return an engine for migrations."""
    from sqlalchemy import create_engine  # noqa: PLC0415 - for migrations only
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    return create_engine("postgresql+psycopg://", creator=functools.partial(_dial, url), poolclass=NullPool)


def _vector(terms: Sequence[str]) -> str:
    """Write *terms* with their places as a tsvector (https://www.postgresql.org/docs/current/datatype-textsearch.html)."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for place, term in enumerate(terms, start=1):
        places[term].append(str(place))
    return " ".join(f"'{term}':{','.join(found)}" for term, found in places.items())


def _asked(phrases: Sequence[Phrase]) -> str:
    """Write *phrases* as a tsquery."""
    rows = ((" <-> ".join(f"'{term}'" for term in phrase.terms), ":*" * phrase.is_open) for phrase in phrases)
    return " & ".join(f"({row}{beginning})" for row, beginning in rows)
