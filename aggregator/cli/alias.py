"""Owns the command that shows how addresses become the keys of articles: alias test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.context import json_option, pass_context, plain, printable, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.cli.context import Context


@click.group()
def alias() -> None:
    """Look at the rules by which differing URLs are one article."""


@alias.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@json_option
@pass_context
def test(context: Context, urls: tuple[str, ...], *, as_json: bool) -> None:
    """Show step by step what each URL is to the program, and whether they are one article.

    The rules are those built in and those of `identity` in the configuration. Nothing is fetched, and nothing is looked up: what
    the store knows of an article is told by `entry why`.
    """
    from aggregator.urls import canonical_url, explain, rules_version  # noqa: PLC0415 - commands import what they need

    rules = context.app.config.url_rules
    keys = [canonical_url(url, rules) for url in urls]
    accounts = [explain(url, rules) for url in urls]
    if as_json:
        told = [{"url": url, "key": key, "steps": plain(steps)} for url, key, steps in zip(urls, keys, accounts, strict=True)]
        show_json({"rules_version": rules_version(rules), "one_article": _articles(keys) == 1, "urls": told})
        return
    for url, key, steps in zip(urls, keys, accounts, strict=True):
        click.echo(printable(url))
        for step in steps:
            click.echo(f"  {step.rule}: {printable(step.reason)}")
            if step.url:
                click.echo(f"    {printable(step.url)}")
        click.echo(f"  = {printable(key)}" if key else "  = nothing: it names no article")
    if len(urls) > 1:
        number = _articles(keys)
        click.echo("one article" if number == 1 else f"{number} articles")


def _articles(keys: Sequence[str | None]) -> int:
    """Count the articles; an address without a key is one of its own, as the item that has it would be."""
    return len(set(filter(None, keys))) + keys.count(None)
