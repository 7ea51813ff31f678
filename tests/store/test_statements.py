"""SQL is written once: what each driver gets of it."""

from __future__ import annotations

import pytest

from aggregator.store.statements import Statement, for_postgresql, for_sqlite, inserting, setting


@pytest.mark.parametrize(
    ("sql", "sqlite", "postgresql"),
    [
        pytest.param("a = :a AND b = :a", "a = :a AND b = :a", "a = %(a)s AND b = %(a)s", id="values"),
        pytest.param("a LIKE '%:x%' ESCAPE '\\'", "a LIKE '%:x%' ESCAPE '\\'", "a LIKE '%%:x%%' ESCAPE '\\'", id="texts"),
        pytest.param("'it''s :a' || :a", "'it''s :a' || :a", "'it''s :a' || %(a)s", id="a quote in a text"),
        pytest.param("a % 2", "a % 2", "a %% 2", id="per cent"),
        pytest.param("utf8(t.a) = :a", "CAST(t.a AS BLOB) = :a", "convert_to(t.a, 'UTF8') = %(a)s", id="bytes of a text"),
        pytest.param("a::text = :a::text", "a::text = :a::text", "a::text = %(a)s::text", id="casts"),
    ],
)
def test_values_are_named_alike_and_what_only_looks_like_one_stays(sql: str, sqlite: str, postgresql: str) -> None:
    assert for_sqlite(sql) == Statement(sqlite, ())
    assert for_postgresql(sql) == Statement(postgresql, ())


def test_a_list_is_one_value_however_long_it_is() -> None:
    sql = "a IN each(:some) OR b NOT IN each(:some) OR c IN each(:others)"

    assert for_sqlite(sql) == Statement(
        "a IN (SELECT value FROM json_each(:some)) OR b NOT IN (SELECT value FROM json_each(:some))"
        " OR c IN (SELECT value FROM json_each(:others))",
        ("some", "others"),
    )
    assert for_postgresql(sql) == Statement(
        "a = ANY(%(some)s) OR b <> ALL(%(some)s) OR c = ANY(%(others)s)", ("some", "others")
    )  # fmt: skip


def test_columns_are_written_once() -> None:
    assert inserting("t", "a", "b") == "INSERT INTO t (a, b) VALUES (:a, :b)"
    assert setting("a", "b") == "a = :a, b = :b"
