"""Owns the use cases about categories: what is known of one, and another name or slug for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify import check_slug, name_key
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.app.composition import App
    from aggregator.classify import CategoryRules
    from aggregator.model import Category
    from aggregator.store import Store


class Shelf(Struct, frozen=True, kw_only=True):
    """A category with the slugs and names that it gave up, and the number of pages in its archive; *declared* in config.yaml."""

    category: Category
    former_slugs: tuple[str, ...]
    former_names: tuple[str, ...]
    pages: int
    declared: bool


class Renamed(Struct, frozen=True, kw_only=True):
    """A category as it was and as it is; *notes* say what the operator may want to change elsewhere."""

    before: Category
    after: Category
    notes: tuple[str, ...]


class Shelves(Struct, frozen=True, kw_only=True):
    """What is asked of categories, on an open store."""

    app: App
    store: Store

    def show(self, called: str) -> Shelf:
        """Return what is known of the category of a slug or name, be it a former one.

        Raises:
            NotFoundError: there is none.
        """
        with self.store.read() as tx:
            category = tx.categories.find(called)
            return Shelf(
                category=category,
                former_slugs=tuple(tx.feeds.former(category)),
                former_names=tuple(tx.categories.former_names(category)),
                pages=len(tx.feeds.pages(category)),
                declared=self._rule(category) is not None,
            )

    def rename(self, called: str, name: str, slug: str | None) -> Renamed:
        """Give a category another *name*, and another *slug* if one is given. The next publishing tells subscribers.

        Raises:
            NotFoundError: no category is *called* so.
            UsageError: the name or slug is another category's or was, the slug can be none, or the configuration gives the name.
        """
        if slug is not None and (problem := check_slug(slug)):
            raise UsageError(f"the slug {slug} {problem}")
        with self.store.write() as tx:
            before = tx.categories.find(called)
            self._refuse_declared(before, name)
            tx.categories.rename(before, name, slug or before.slug, self.app.clock())
            after = tx.categories.find(slug or before.slug)
        return Renamed(before=before, after=after, notes=tuple(self._notes(before, after)))

    def _rule(self, category: Category) -> CategoryRules | None:
        return next((rule for rule in self.app.config.rules if rule.key == name_key(category.name)), None)

    def _refuse_declared(self, category: Category, name: str) -> None:
        if name != category.name and self._rule(category) is not None:
            raise UsageError(
                f"{self.app.config_path} declares the category {category.name}, and every run would call it that again:"
                f" write there `name: {name}` with `slug: {category.slug}` and `tags: [{category.name}]`, and the next run"
                f" renames it (`aggregator category rename {category.slug} {category.name} --slug NEW` changes the slug alone)"
            )

    def _notes(self, before: Category, after: Category) -> Iterator[str]:
        rule, path = self._rule(after), self.app.config_path
        if before.slug != after.slug and rule is not None and rule.slug == before.slug:
            yield f"{path} still says `slug: {before.slug}` for it, which goes on meaning it; `slug: {after.slug}` is clearer"
        if before.name == after.name:
            return
        config, key = self.app.config, name_key(before.name)
        sources = [*config.subscriptions, *(folder.subscription for folder in config.seed_folders)]
        places = [source.url for source in sources if key in map(name_key, source.categories)]
        if name_key(config.default_category) == key:
            places.append("default_category")
        if places:
            yield f"{path} still says {before.name}, which goes on meaning it, at: {', '.join(places)}"
