"""Owns the sections of config.yaml, key by key with their defaults and limits. The only module that knows pydantic.

What a single value looks like is in :mod:`aggregator.config.values`; comparisons between values are in
:mod:`aggregator.config.consistency`. All sections are frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - pydantic evaluates annotations
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from aggregator import classify
from aggregator.config import values
from aggregator.config.flaws import Flaw, Location
from aggregator.config.messages import explained

_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3


def _accepting(check: Callable[[str], str | None]) -> AfterValidator:
    """Make a validator of a *check* that says what is wrong with a text, or ``None``."""

    def accept(value: str) -> str:
        if problem := check(value):
            raise ValueError(problem)
        return value

    return AfterValidator(accept)


def _between(least: timedelta, most: timedelta) -> BeforeValidator:
    return BeforeValidator(partial(values.duration, least=least, most=most))


def _address(value: str) -> str:
    """Accept what :attr:`Fetch.allowed` can read."""
    values.addresses(value)
    return value


def _folder(info: ValidationInfo) -> Path:
    """Return the folder of the configuration file, to which paths are relative."""
    return cast("dict[str, Path]", info.context)["folder"]


def _in_folder(read: Callable[[str, Path], object]) -> BeforeValidator:
    """Make a validator that lets *read* resolve a path."""

    def resolve(value: object, info: ValidationInfo) -> object:
        return read(str(value), _folder(info)) if isinstance(value, str | Path) else value

    return BeforeValidator(resolve)


Text = Annotated[str, AfterValidator(values.text)]
HttpUrl = Annotated[str, AfterValidator(values.http_url)]
Language = Annotated[str, AfterValidator(values.language)]
Pattern = Annotated[str, AfterValidator(values.text), _accepting(classify.check_pattern)]
Host = Annotated[str, AfterValidator(values.host)]
FewSeconds = Annotated[timedelta, _between(timedelta(seconds=1), timedelta(minutes=10))]
StoreUrl = Annotated[str, _in_folder(values.store_url), Field(repr=False)]  # it may hold a password
Folder = Annotated[Path, _in_folder(values.absolute)]
Engine = Annotated[Literal["embedded"], BeforeValidator(values.engine)]
Interval = Annotated[timedelta, _between(timedelta(minutes=1), timedelta(days=30))]


class Section(BaseModel):
    """A mapping of known keys. A key without a value counts as left out: ``feeds:`` with every line below it commented out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


class Author(Section):
    """Who signs the feeds (RFC 4287, section 4.2.1)."""

    name: Text
    email: Text | None = None
    uri: HttpUrl | None = None


class SiteSection(Section):
    """Who publishes, and where subscribers find it."""

    title: Text = "Aggregated news"
    url: Annotated[str, AfterValidator(values.site_url)] = "http://127.0.0.1:8000/"
    language: Language = "en"
    timezone: Annotated[str, AfterValidator(values.timezone)] = "UTC"
    author: Author | None = None


class Seeds(Section):
    """A folder of seeds; the keys from *source_keys* on add to what is understood anyway."""

    path: Text
    site_url: HttpUrl | None = None
    permalink: Annotated[str, AfterValidator(values.permalink)] = "date"
    categories: tuple[Text, ...] = ()
    liquid: bool = True
    source_keys: tuple[Text, ...] = ()
    source_labels: tuple[Text, ...] = ()
    footer_words: tuple[Text, ...] = ()
    hidden_classes: tuple[Text, ...] = ()
    random_images: tuple[Host, ...] = ()
    _folder: Path = PrivateAttr()

    @model_validator(mode="after")
    def _resolve(self, info: ValidationInfo) -> Seeds:
        self._folder = values.absolute(self.path, _folder(info))
        return self

    @property
    def folder(self) -> Path:
        """The absolute path."""
        return self._folder


class Feed(Section):
    """A subscription to a live feed; *interval* ``None`` leaves the pace to the schedule."""

    url: HttpUrl
    title: Text | None = None
    categories: tuple[Text, ...] = ()
    interval: Interval | None = None


class Line(Section):
    """One line of a rule: it holds when all its conditions do. The fields are explained in ``classify.Field``."""

    tag: Text | None = None
    title: Pattern | None = None
    content: Pattern | None = None
    author: Pattern | None = None
    url: Pattern | None = None
    source: Text | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _has_a_condition(self) -> Line:
        if not self.conditions:
            raise ValueError(f"needs at least one condition: {', '.join(classify.Field)}")
        return self

    @property
    def conditions(self) -> tuple[classify.Condition, ...]:
        """The conditions that are given, in the order of the fields."""
        given = ((field, getattr(self, field)) for field in classify.Field)
        return tuple(classify.Condition(field=field, pattern=pattern) for field, pattern in given if pattern is not None)


class CategorySection(Section):
    """A category: its name, its slug if not derived from the name, and who belongs to it."""

    name: Text
    slug: Annotated[str, _accepting(classify.check_slug)] | None = None
    include: tuple[Line, ...] = ()
    exclude: tuple[Line, ...] = ()


class AliasSection(Section):
    """URL shapes that are one article."""

    match: Pattern
    canonical: Text

    @model_validator(mode="after")
    def _fits(self) -> AliasSection:
        values.alias_target(self.canonical, self.match)
        return self


class Identity(Section):
    """What tells two URLs apart, or does not."""

    hosts: Mapping[Host, Host] = Field(default_factory=dict)
    aliases: tuple[AliasSection, ...] = ()
    tracking: tuple[Text, ...] = ()
    keep: Mapping[Host, tuple[Text, ...]] = Field(default_factory=dict)


class Publish(Section):
    """How feeds look."""

    entries: Annotated[int, Field(ge=1, le=1000)] = 50
    full_content: bool = True


class Fetch(Section):
    """How feeds are asked for. *user_agent* ``None`` names this program; *max_body* is in bytes after decompression."""

    user_agent: Annotated[str, AfterValidator(values.header_text)] | None = None
    allow: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    connect_timeout: FewSeconds = timedelta(seconds=10)
    idle_timeout: FewSeconds = timedelta(seconds=20)
    timeout: FewSeconds = timedelta(seconds=60)
    max_body: Annotated[int, BeforeValidator(partial(values.size, least=_KIB, most=_GIB))] = 15 * _MIB
    max_redirects: Annotated[int, Field(ge=0, le=30)] = 10
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64

    @property
    def allowed(self) -> frozenset[tuple[str, int]]:
        """The non-public (numeric address, port) pairs that may be contacted."""
        return frozenset(pair for item in self.allow for pair in values.addresses(item))


class Server(Section):
    """Where our own HTTP server listens; port 0 takes any free one."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


class Limits(Section):
    """What a single input may cost; *seed_size* in bytes. *parse_timeout* is for reading and cleaning one fetched document."""

    seed_size: Annotated[int, BeforeValidator(partial(values.size, least=_KIB, most=64 * _MIB))] = _MIB
    parse_timeout: FewSeconds = timedelta(seconds=15)


S = TypeVar("S", bound=Section)


def read(section: type[S], data: Any, folder: Path) -> S | tuple[Flaw, ...]:
    """Read *data* as *section*, or say everything that is wrong with it; paths are relative to *folder*."""
    try:
        return section.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        return tuple(
            Flaw(
                # "[key]" is pydantic's mark for a bad key of a free mapping.
                location=tuple(step for step in problem["loc"] if step != "[key]"),
                message=explained(problem, known_keys(section, problem["loc"][:-1])),
            )
            for problem in error.errors(include_url=False)
        )


def known_keys(section: type[Section], location: Location) -> tuple[str, ...]:
    """Return the keys that the mapping at *location* within *section* may have; nothing where any key may stand."""
    for step in location:
        field = section.model_fields.get(step) if isinstance(step, str) else None
        if field and not (inner := _section_in(field.annotation)):
            return ()
        section = inner if field and inner else section
    return tuple(section.model_fields)


def _section_in(annotation: object) -> type[Section] | None:
    """Find the section in ``Section``, ``Section | None`` or ``tuple[Section, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(_section_in, get_args(annotation))), None)
