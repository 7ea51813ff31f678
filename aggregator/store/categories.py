"""Owns the SQL of categories: their slugs, assigned once, and the revision that tells publish what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, func, insert, or_, select, update

from aggregator.classify import name_key, slug_for
from aggregator.errors import NotFoundError, UsageError
from aggregator.iris import tag_uri
from aggregator.model import Category, Origin
from aggregator.store.chunks import chunks
from aggregator.store.schema import assignments, categories, entries, facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

EVERYTHING = "all"
_ID_OF_EVERYTHING = "atom:id of all"


class Categories(Struct, frozen=True):
    """Questions about categories, within one transaction. *authority* is the host under which their ids are minted."""

    connection: Connection
    authority: str

    def all(self) -> tuple[Category, ...]:
        """Return every category with its count and newest entry, by slug."""
        counts = select(
            assignments.c.category_id, func.count().label("number"), func.max(assignments.c.published).label("newest")
        )
        counted = counts.group_by(assignments.c.category_id).subquery()
        query = select(categories, counted.c.number, counted.c.newest).outerjoin(
            counted, counted.c.category_id == categories.c.id
        )
        return tuple(_category(row) for row in self.connection.execute(query.order_by(categories.c.slug)))

    def everything(self, name: str, shelves: Sequence[Category]) -> Category:
        """Return the feed of all entries, called *name*, as if it were a category; it changes whenever one of *shelves* does."""
        atom_id = self.connection.execute(select(facts.c.value).where(facts.c.name == _ID_OF_EVERYTHING)).scalar_one()
        return Category(
            id=0,
            slug=EVERYTHING,
            name=name,
            atom_id=atom_id,
            revision=sum(category.revision for category in shelves),
            entry_count=int(self.connection.execute(select(func.count()).select_from(entries)).scalar_one()),
            newest=max((category.newest for category in shelves if category.newest), default=None),
        )

    def find(self, name: str) -> Category:
        """Return the category of a slug or name.

        Raises:
            NotFoundError: there is none.
        """
        for category in self.all():
            if category.slug == name or name_key(category.name) == name_key(name):
                return category
        raise NotFoundError(f"no category is called {name}; `aggregator category list` shows those that exist")

    def follow(self, declared: Iterable[tuple[str, str | None]], now: datetime) -> None:
        """See that the configured categories exist: ``(name, slug)``. A published slug stays; its name may change.

        Raises:
            UsageError: a category would get another slug than the one it was published under.
        """
        if self.connection.execute(select(facts).where(facts.c.name == _ID_OF_EVERYTHING)).one_or_none() is None:
            atom_id = tag_uri(self.authority, now, EVERYTHING)
            self.connection.execute(insert(facts).values(name=_ID_OF_EVERYTHING, value=atom_id))
        known = [(name, slug, self._named(name, slug)) for name, slug in declared]
        renamed = [(row, name) for name, _, row in known if row is not None and row.name != name]
        for row, _ in renamed:  # two categories may swap their names: let go of all before any is taken
            self._update(row.id, {"name_key": f" {row.id}"})
        for row, name in renamed:
            self._refuse_second_slug(name, row.slug)
            self._update(row.id, {"name": name, "name_key": name_key(name), "revision": row.revision + 1})
        for name, slug, row in known:
            if row is None:
                self._refuse_second_slug(name, slug)
                self._add(name, slug, Origin.CONFIG, now)

    def ensure(self, names: Iterable[str], now: datetime) -> dict[str, int]:
        """Return the ids of categories given by name or slug, adding those that are new.

        A slug that came without a name (a seed's ``renminyoudianbao``) and a name that gives that slug (人民邮电报) are one
        category; two different names that sound alike are two.
        """
        wanted = sorted(set(names))
        known = self._known(wanted)
        found = {}
        for name in wanted:
            row = known.get(name) or self._named(name, None)
            if row is None:
                found[name] = self._add(name, None, Origin.ENTRY, now)
            else:
                found[name] = row.id
                if row.name == row.slug and name != row.slug:
                    self._update(row.id, {"name": name, "name_key": name_key(name), "revision": row.revision + 1})
        return found

    def touch(self, category_ids: Iterable[int]) -> None:
        """Mark categories as changed, so that the next publish renders them."""
        ids = sorted(set(category_ids))
        if ids:
            marked = update(categories).where(categories.c.id.in_(ids)).values(revision=categories.c.revision + 1)
            self.connection.execute(marked)

    def _known(self, names: Sequence[str]) -> dict[str, Any]:
        """Find what is called just so, by slug or by name: the usual case, in one query for all *names*."""
        by_slug, by_name = {}, {}
        for chunk in chunks({word for name in names for word in (name, name_key(name))}):
            for row in self._all(or_(categories.c.slug.in_(chunk), categories.c.name_key.in_(chunk))):
                by_slug[row.slug] = by_name[row.name_key] = row
        found = {name: by_slug.get(name) or by_name.get(name_key(name)) for name in names}
        return {name: row for name, row in found.items() if row is not None}

    def _named(self, name: str, slug: str | None) -> Any:
        """Find the row that *name* means: by slug, by name, or by the slug the name would get if that has no other name."""
        by_slug = self._one(categories.c.slug == (slug or name))
        if by_slug is not None or slug is not None:
            return by_slug
        by_name = self._one(categories.c.name_key == name_key(name))
        if by_name is not None:
            return by_name
        nameless = self._one(categories.c.slug == slug_for(name, ()))
        return nameless if nameless is not None and nameless.name == nameless.slug else None

    def _refuse_second_slug(self, name: str, slug: str | None) -> None:
        row = self._one(categories.c.name_key == name_key(name))
        if row is not None:
            raise UsageError(
                f"configuration: the category {name} is published as {row.slug} for ever, and cannot become {slug}:"
                f" write `slug: {row.slug}`, or give the new category another name"
            )

    def _update(self, category_id: int, values: dict[str, Any]) -> None:
        self.connection.execute(update(categories).where(categories.c.id == category_id).values(values))

    def _all(self, condition: Any) -> Sequence[Any]:
        return self.connection.execute(select(categories).where(condition)).all()

    def _one(self, condition: Any) -> Any:
        return self.connection.execute(select(categories).where(condition)).one_or_none()

    def _add(self, name: str, slug: str | None, origin: Origin, now: datetime) -> int:
        taken = set(self.connection.execute(select(categories.c.slug)).scalars())
        slug = slug or slug_for(name, taken)
        values = {
            "slug": slug,
            "name": name,
            "name_key": name_key(name),
            "atom_id": tag_uri(self.authority, now, f"category/{slug}"),
            "origin": origin,
            "added_at": now,
        }
        return int(self.connection.execute(insert(categories).values(values).returning(categories.c.id)).scalar_one())


def _category(row: Any) -> Category:
    return Category(
        id=row.id,
        slug=row.slug,
        name=row.name,
        atom_id=row.atom_id,
        revision=row.revision,
        entry_count=row.number or 0,
        newest=row.newest,
    )
