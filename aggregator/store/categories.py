"""Owns the SQL of categories: their slugs, assigned once, and the revision that tells publish what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify import name_key, slug_for
from aggregator.errors import NotFoundError, UsageError
from aggregator.iris import tag_uri
from aggregator.model import Category, Origin
from aggregator.store.facts import fact, hold
from aggregator.store.statements import inserting
from aggregator.store.visibility import SHOWN, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from aggregator.store.connection import Connection, Row

EVERYTHING = "all"
_ID_OF_EVERYTHING = "atom:id of all"
# Counted along the index of assignments alone. What is not shown is looked up, which costs nothing where there is nothing: a
# cross join, since SQLite takes its tables in their order (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join).
_ALL = f"""
    SELECT id, slug, name, atom_id, revision, coalesce(number, 0) - coalesce(buried, 0) AS entry_count,
        CASE WHEN buried IS NULL THEN counted.newest ELSE (
            SELECT max(assignments.published) FROM assignments JOIN entries ON entries.id = assignments.entry_id
            WHERE assignments.category_id = categories.id AND {SHOWN}
        ) END AS newest
    FROM categories LEFT JOIN (
        SELECT category_id, count(*) AS number, max(published) AS newest FROM assignments GROUP BY category_id
    ) AS counted ON counted.category_id = categories.id
    LEFT JOIN (
        SELECT category_id, count(*) AS buried FROM entries CROSS JOIN assignments
        WHERE {UNSEEN} AND assignments.entry_id = entries.id GROUP BY category_id
    ) AS graves ON graves.category_id = categories.id
    ORDER BY slug
"""
_COUNT = f"SELECT (SELECT count(*) FROM entries) - (SELECT count(*) FROM entries WHERE {UNSEEN})"
_SHELVES = "SELECT DISTINCT category_id FROM assignments WHERE entry_id IN each(:ids)"
_OF_SLUG = "SELECT * FROM categories WHERE slug = :slug"
_CALLED = "SELECT id, slug, name, name_key, revision FROM categories WHERE slug IN each(:words) OR name_key IN each(:words)"
_WERE_CALLED = """
    SELECT kind, word, categories.id, slug, name, categories.name_key, revision FROM (
        SELECT 'slug' AS kind, slug AS word, category_id FROM former_slugs WHERE slug IN each(:words)
        UNION ALL SELECT 'name', name_key, category_id FROM former_names WHERE name_key IN each(:words)
    ) AS former JOIN categories ON categories.id = category_id
"""
_PUBLISHED_AS = """
    SELECT slug FROM categories WHERE name_key = :key
    UNION ALL SELECT slug FROM categories JOIN former_names ON category_id = categories.id WHERE former_names.name_key = :key
"""
_TAKEN = "SELECT slug FROM categories UNION ALL SELECT slug FROM former_slugs"
_NEW = inserting("categories", "slug", "name", "name_key", "atom_id", "origin", "added_at") + " RETURNING id"
_RENAME = "UPDATE categories SET name = :name, name_key = :name_key, revision = revision + 1 WHERE id = :id"
_GIVE_UP_NAME = (
    inserting("former_names", "name_key", "name", "category_id", "given_up_at") + " ON CONFLICT (name_key) DO UPDATE"
    " SET name = excluded.name, category_id = excluded.category_id, given_up_at = excluded.given_up_at"
)
_GIVE_UP_SLUG = inserting("former_slugs", "slug", "category_id", "given_up_at")
_ANEW = "UPDATE archives SET revision = revision + 1 WHERE category_id = :id"  # its pages say name and slug


class Categories(Struct, frozen=True):
    """Questions about categories, within one transaction. *authority* is the host under which their ids are minted."""

    connection: Connection
    authority: str

    def all(self) -> tuple[Category, ...]:
        """Return every category with its count and newest entry, by slug."""
        return tuple(Category(**row) for row in self.connection.rows(_ALL))

    def everything(self, name: str, shelves: Sequence[Category]) -> Category:
        """Return the feed of all entries, called *name*, as if it were a category; it changes whenever one of *shelves* does."""
        return Category(
            id=0,
            slug=EVERYTHING,
            name=name,
            atom_id=self.id_of_everything(),
            revision=sum(category.revision for category in shelves),
            entry_count=self.shown(),
            newest=max((category.newest for category in shelves if category.newest), default=None),
        )

    def id_of_everything(self) -> str:
        """Return the permanent id of the feed of all entries."""
        return str(fact(self.connection, _ID_OF_EVERYTHING))

    def shown(self) -> int:
        """Return the number of entries that are neither hidden nor merged into others."""
        return int(self.connection.value(_COUNT))

    def find(self, name: str) -> Category:
        """Return the category of a slug or name, be it a former one.

        Raises:
            NotFoundError: there is none.
        """
        if row := self._called(name).get(name):
            return next(category for category in self.all() if category.id == row["id"])
        raise NotFoundError(f"no category is called {name}; `aggregator category list` shows those that exist")

    def follow(self, declared: Iterable[tuple[str, str | None]], now: datetime) -> None:
        """See that the configured categories exist: ``(name, slug)``. A published slug stays; its name may change.

        Raises:
            UsageError: a category would get another slug than the one it was published under, or two names.
        """
        if fact(self.connection, _ID_OF_EVERYTHING) is None:
            hold(self.connection, _ID_OF_EVERYTHING, tag_uri(self.authority, now, EVERYTHING))
        known = [(name, slug, self._declared(name, slug)) for name, slug in declared]
        _refuse_two_names([(name, row) for name, _, row in known if row is not None])
        renamed = [(category, name) for name, _, category in known if category is not None and category["name"] != name]
        for category, _ in renamed:  # two categories may swap their names: let go of all before any is taken
            free = "UPDATE categories SET name_key = :nobody WHERE id = :id"
            self.connection.run(free, id=category["id"], nobody=f" {category['id']}")
        for category, name in renamed:
            published = self.connection.value("SELECT slug FROM categories WHERE name_key = :key", key=name_key(name))
            _refuse_second_slug(name, category["slug"], published)
            self._rename(category, name, now)
        for name, slug, found in known:
            if found is None:
                _refuse_second_slug(name, slug, self.connection.value(_PUBLISHED_AS, key=name_key(name)))
                self._add(name, slug, Origin.CONFIG, now)

    def ensure(self, names: Collection[str], now: datetime) -> dict[str, int]:
        """Return the ids of categories given by name or slug, adding those that are new.

        A slug that came without a name (a seed's ``renminyoudianbao``) and a name that gives that slug (人民邮电报) are one
        category; two different names that sound alike are two.
        """
        known = self._called(*names) if names else {}
        found = {}
        for name in sorted(set(names)):
            row = known.get(name) or self._meant(name)  # which the one before may have added
            if row is None:
                found[name] = self._add(name, None, Origin.ENTRY, now)
            else:
                found[name] = row["id"]
                if row["name"] == row["slug"] and name != row["slug"]:
                    self._rename(row, name, now)
        return found

    def rename(self, category: Category, name: str, slug: str, now: datetime) -> None:
        """Call *category* so, and publish it under *slug*. What it gives up goes on meaning it, and is nobody else's for ever.

        Raises:
            UsageError: the name or the slug means another category.
        """
        for word, other in self._called(name, slug).items():
            if other["id"] != category.id:
                raise UsageError(
                    f"{word} means the category {other['name']} ({other['slug']}), or did so once, and feeds and seeds"
                    " may still call it that: choose another"
                )
        row = {"id": category.id, "slug": category.slug, "name": category.name, "name_key": name_key(category.name)}
        if name != category.name:
            self._rename(row, name, now)
        if slug != category.slug:
            self.connection.run("DELETE FROM former_slugs WHERE slug = :slug", slug=slug)
            self.connection.run(_GIVE_UP_SLUG, slug=category.slug, category_id=category.id, given_up_at=now)
            self.connection.run("UPDATE categories SET slug = :slug WHERE id = :id", id=category.id, slug=slug)
            self.connection.run(_ANEW, id=category.id)
            self.touch([category.id])

    def former_names(self, category: Category) -> list[str]:
        """Return the names that *category* had before."""
        return self.connection.column("SELECT name FROM former_names WHERE category_id = :id ORDER BY name", id=category.id)

    def named(self, names: Collection[str]) -> dict[str, tuple[int, str, str]]:
        """Return number, slug and name of those categories that exist, by what *names* says: a name, its key, or a slug."""
        return {name: (row["id"], row["slug"], row["name"]) for name, row in (self._called(*names) if names else {}).items()}

    def touch(self, category_ids: Collection[int]) -> None:
        """Mark categories as changed, so that the next publish renders them."""
        if category_ids:
            self.connection.run("UPDATE categories SET revision = revision + 1 WHERE id IN each(:ids)", ids=category_ids)

    def touch_of(self, entry_ids: Collection[int]) -> None:
        """Mark the categories that these entries are in."""
        if entry_ids:
            self.touch(self.connection.column(_SHELVES, ids=entry_ids))

    def _called(self, *names: str) -> dict[str, Row]:
        """Find what is called just so, by slug or else by name, and what was once, in one query each for all *names*."""
        rows = self.connection.rows(_CALLED, words={word for name in names for word in (name, name_key(name))})
        by_slug, by_name = {row["slug"]: row for row in rows}, {row["name_key"]: row for row in rows}
        found = {name: by_slug.get(name) or by_name.get(name_key(name)) for name in names}
        if gone := [name for name, row in found.items() if row is None]:
            found |= self._were_called(*gone)
        return {name: row for name, row in found.items() if row is not None}

    def _were_called(self, *names: str) -> dict[str, Row | None]:
        """Find what was called just so, by slug or else by name."""
        rows = self.connection.rows(_WERE_CALLED, words={word for name in names for word in (name, name_key(name))})
        known = {(row.pop("kind"), row.pop("word")): row for row in rows}
        return {name: known.get(("slug", name)) or known.get(("name", name_key(name))) for name in names}

    def _declared(self, name: str, slug: str | None) -> Row | None:
        """Find the row that the configuration means by *name* and *slug*; that slug may be a former one.

        Raises:
            UsageError: the slug is given up, and by a category that was never called so.
        """
        if slug is None:
            return self._meant(name)
        row = self.connection.row(_OF_SLUG, slug=slug)
        former = self._were_called(slug)[slug] if row is None else None
        if former is not None and self._called(name).get(name, {}).get("id") != former["id"]:
            raise UsageError(
                f"configuration: the slug {slug} of the category {name} was that of {former['name']}, which is {former['slug']}"
                f" now, and stays its own: write `slug: {former['slug']}` if you mean it, or choose another slug"
            )
        return row or former

    def _meant(self, name: str) -> Row | None:
        """Find the category that is called so; else that of the slug that *name* would get, if that has no other name."""
        if row := self._called(name).get(name):
            return row
        nameless = self.connection.row(_OF_SLUG, slug=slug_for(name, ()))
        return nameless if nameless is not None and nameless["name"] == nameless["slug"] else None

    def _rename(self, row: Row, name: str, now: datetime) -> None:
        key = name_key(name)
        self.connection.run("DELETE FROM former_names WHERE name_key = :key", key=key)
        if row["name_key"] != key and row["name"] != row["slug"]:  # without a name of its own, it was called by its slug
            gone = {"name_key": row["name_key"], "name": row["name"], "category_id": row["id"], "given_up_at": now}
            self.connection.run(_GIVE_UP_NAME, **gone)
        self.connection.run(_RENAME, id=row["id"], name=name, name_key=key)
        self.connection.run(_ANEW, id=row["id"])

    def _add(self, name: str, slug: str | None, origin: Origin, now: datetime) -> int:
        slug = slug or slug_for(name, set(self.connection.column(_TAKEN)))
        number: int = self.connection.value(
            _NEW,
            slug=slug,
            name=name,
            name_key=name_key(name),
            atom_id=tag_uri(self.authority, now, f"category/{slug}"),
            origin=origin,
            added_at=now,
        )
        return number


def _refuse_second_slug(name: str, slug: str | None, published: str | None) -> None:
    if published is not None:
        raise UsageError(
            f"configuration: the category {name} is published as {published}, and cannot become {slug} from here:"
            f" write `slug: {published}`, or give the new category another name;"
            f" `aggregator category rename {published} {name} --slug NEW` changes the slug"
        )


def _refuse_two_names(declared: Sequence[tuple[str, Row]]) -> None:
    names: dict[int, str] = {}
    for name, row in declared:
        if (other := names.setdefault(row["id"], name)) != name:
            raise UsageError(
                f"configuration: the categories {other} and {name} are one, published as {row['slug']}, which had both names:"
                " leave out one of them, or give it another name"
            )
