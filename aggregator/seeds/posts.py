"""One seed: its bytes to a candidate. Pure; the order of the steps is here, the steps are in the modules beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.clean import SeedBody, TangledError, protected
from aggregator.errors import SeedError
from aggregator.iris import is_permanent_id
from aggregator.model import Candidate, Remark
from aggregator.seeds import fields
from aggregator.seeds.dates import file_name_date, parse_date
from aggregator.seeds.front_matter import split
from aggregator.seeds.markdown import to_html
from aggregator.seeds.sources import find_source

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.seeds.front_matter import FrontMatter
    from aggregator.seeds.rules import SeedRules


def parse(path: str, data: bytes, rules: SeedRules) -> Candidate:
    """Return the candidate that the seed *path* (relative to its folder) with the bytes *data* makes.

    Its texts are raw: ``clean_candidate`` comes next. A date that is missing or cannot be read is a remark, not an error.

    Raises:
        SeedError: the file cannot become an entry; with the line of the file to blame, if there is one. Its codes are
            those of the front matter, and ``tangled-markup``.
    """
    front, text = split(data)
    body = _body(path, text, rules)
    source = find_source(front, body, rules)
    if source.url is not None and source.url == body.closing_link:
        body.drop_closing_link()
    title = _title(front, body)
    published, date_remarks = _published(path, front, rules)
    updated, update_remarks = _updated(path, front, rules)
    guid = front.text("id")
    return Candidate(
        place=path,
        title=title,
        url=source.url,
        url_reason=source.reason,
        guid=guid if guid and is_permanent_id(guid) else None,
        summary=fields.summary(front, body.text()),
        content=body.html() or None,
        language=front.text("lang", "language"),
        published=published,
        updated=updated,
        authors=fields.authors(front),
        tags=fields.tags(front),
        enclosures=(),  # `image` here is a service of random pictures; which images are real is for a later issue to say
        categories=tuple(dict.fromkeys(fields.categories(front) + rules.categories)),
        remarks=date_remarks + update_remarks,
    )


def _body(path: str, text: str, rules: SeedRules) -> SeedBody:
    html = text if path.lower().endswith(".html") else to_html(text)
    try:
        return SeedBody(html, rules.body)
    except TangledError as error:
        raise SeedError("tangled-markup", f"the body cannot be parsed: {error}; simplify its HTML") from error


def _title(front: FrontMatter, body: SeedBody) -> str:
    """Return the title; file names and slugs lose a title's punctuation, the heading in the body still has it."""
    title = front.text("title") or ""
    if body.heading is None or not fields.same_words(title, body.heading):
        return title
    heading = protected(body.heading)
    body.drop_heading()
    return heading


def _published(path: str, front: FrontMatter, rules: SeedRules) -> tuple[datetime | None, tuple[Remark, ...]]:
    named = file_name_date(path, rules.timezone)
    if front.values.get("date") is not None:
        moment, remarks = _moment(path, front, "date", rules)
        return moment or named, remarks
    missing = Remark(code="unknown-date", message=f"{path}: no date, neither in the front matter nor in the file's name")
    return named, () if named else (missing,)


def _updated(path: str, front: FrontMatter, rules: SeedRules) -> tuple[datetime | None, tuple[Remark, ...]]:
    key = next((key for key in ("last_modified_at", "updated", "lastmod") if front.values.get(key) is not None), None)
    return _moment(path, front, key, rules) if key else (None, ())


def _moment(path: str, front: FrontMatter, key: str, rules: SeedRules) -> tuple[datetime | None, tuple[Remark, ...]]:
    text = front.text(key)
    moment = parse_date(text or "", rules.timezone)
    message = f"{front.where(path, key)}: {key}: {text!r} is no date such as 2024-07-15 09:34:01 +08:00"
    return moment, () if moment else (Remark(code="unknown-date", message=message),)
