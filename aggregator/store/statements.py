"""Owns the one form in which SQL is written here, and turns it into that of each driver.

Values are named ``:so``. A value that is a list stands in ``IN each(:so)`` or ``NOT IN each(:so)``: however long it is, the text
of the statement is the same, and the driver prepares it once. A text that is wanted as bytes stands in ``utf8(column)``: that of
long texts is so read.
"""

from __future__ import annotations

import functools
import re

from msgspec import Struct

_TOKEN = re.compile(r"'[^']*'|::|%|(?P<negation>NOT )?IN each\(:(?P<list>\w+)\)|\butf8\((?P<text>[\w.]+)\)|:(?P<name>\w+)")


class Statement(Struct, frozen=True):
    """A statement as a driver takes it, and which of its values are lists."""

    text: str
    lists: tuple[str, ...]


@functools.cache
def for_sqlite(sql: str) -> Statement:
    """Write *sql* for SQLite; it gets lists as JSON (https://www.sqlite.org/json1.html#jeach)."""
    return Statement(_TOKEN.sub(_for_sqlite3, sql), _lists(sql))


@functools.cache
def for_postgresql(sql: str) -> Statement:
    """Write *sql* for psycopg; it gets lists as arrays (https://www.psycopg.org/psycopg3/docs/basic/params.html)."""
    return Statement(_TOKEN.sub(_for_psycopg, sql), _lists(sql))


def inserting(table: str, *columns: str) -> str:
    """Return the statement that inserts a row of these columns."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"


def setting(*columns: str) -> str:
    """Return what an UPDATE sets: each of these columns to the value of its name."""
    return ", ".join(f"{name} = :{name}" for name in columns)


def _for_sqlite3(found: re.Match[str]) -> str:
    if found["list"]:
        return f"{found['negation'] or ''}IN (SELECT value FROM json_each(:{found['list']}))"
    if found["text"]:
        return f"CAST({found['text']} AS BLOB)"
    return found[0]


def _for_psycopg(found: re.Match[str]) -> str:
    if found["list"]:
        return f"{'<> ALL' if found['negation'] else '= ANY'}(%({found['list']})s)"
    if found["text"]:
        return f"convert_to({found['text']}, 'UTF8')"
    return f"%({found['name']})s" if found["name"] else found[0].replace("%", "%%")


def _lists(sql: str) -> tuple[str, ...]:
    return tuple({found["list"]: None for found in _TOKEN.finditer(sql) if found["list"]})
