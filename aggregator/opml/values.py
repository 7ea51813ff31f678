"""Owns what a list says once it is read, and what goes into one."""

from __future__ import annotations

from msgspec import Struct


class Outline(Struct, frozen=True, kw_only=True):
    """A feed that a list names in *line* (1-based). *title* is what somebody called it; ``None`` where it is only its address."""

    line: int
    url: str
    title: str | None
    site_url: str | None
    categories: tuple[str, ...]


class Refusal(Struct, frozen=True, kw_only=True):
    """An outline that brings no subscription: *what* it is called, and *why* in words. *code* is stable and for machines."""

    line: int
    what: str
    code: str
    why: str


class Outlines(Struct, frozen=True, kw_only=True):
    """The feeds that a list names, each once, and what else is in it; both in the order of the list."""

    outlines: tuple[Outline, ...]
    refusals: tuple[Refusal, ...]


class OpmlFeed(Struct, frozen=True, kw_only=True):
    """A feed to be listed, by its http or https address."""

    url: str
    title: str | None = None
    site_url: str | None = None
    categories: tuple[str, ...] = ()
