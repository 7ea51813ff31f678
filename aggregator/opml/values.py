"""Owns what a list says once it is read, and what goes into one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A feed that a list names in *line* (1-based). *title* is what somebody called it; ``None`` where it is only its address."""

    line: int
    url: str
    title: str | None
    site_url: str | None
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An outline that brings no subscription: *what* it is called, and *why* in words. *code* is stable and for machines."""

    line: int
    what: str
    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """The feeds that a list names, each once, and what else is in it; both in the order of the list."""

    outlines: tuple[Outline, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """A feed to be listed, by its http or https address."""

    url: str
    title: str | None = None
    site_url: str | None = None
    categories: tuple[str, ...] = ()
