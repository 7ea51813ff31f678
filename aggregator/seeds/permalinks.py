"""The address that Jekyll or Hugo would have given a post: its permalink (https://jekyllrb.com/docs/permalinks/). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from aggregator.clean import web_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
# in English, whatever the locale
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PLACEHOLDER = re.compile(":([a-z_]+)")
_NAME = re.compile(r"(?P<date>\d{4}-\d{1,2}-\d{1,2})-(?P<slug>.+)", re.ASCII)
_SAFE = "/!$&'()*+,;=:@._~-"
# Jekyll's "pretty" and "default" modes of slugify.
_NOT_PRETTY = re.compile(r"[^\w.~!$&'()+,;=@-]+")
_NOT_PLAIN = re.compile(r"[^\w]+|_+")
_DATES: dict[str, Callable[[datetime], str]] = {
    "year": "{:%Y}".format,
    "short_year": "{:%y}".format,
    "month": "{:%m}".format,
    "i_month": lambda day: str(day.month),
    "short_month": lambda day: _MONTHS[day.month - 1][:3],
    "long_month": lambda day: _MONTHS[day.month - 1],
    "day": "{:%d}".format,
    "i_day": lambda day: str(day.day),
    "y_day": "{:%j}".format,
    "w_year": "{:%G}".format,
    "week": "{:%V}".format,
    "w_day": "{:%u}".format,
    "short_day": lambda day: _DAYS[day.weekday()][:3],
    "long_day": lambda day: _DAYS[day.weekday()],
    "hour": "{:%H}".format,
    "minute": "{:%M}".format,
    "second": "{:%S}".format,
}


def permalink(
    template: str, *, path: str, slug: str | None, day: datetime | None, categories: Sequence[str] | None
) -> str | None:
    """Return the path on its site that a post gets, or ``None`` if a part of it is not known.

    *template* is a style of Jekyll or a text with placeholders: Jekyll's, or Hugo's ``:sections`` (the folders the file is in)
    and ``:slugorcontentbasename``. *path* is the file's, *slug* what the front matter says, *day* the date in the site's time
    zone. *categories* ``None`` means that they are not known.
    """
    template = STYLES.get(template, template)
    folder, name = post_name(path)
    title = slug or name
    values = {"output_ext": ".html", "title": _slugified(title, _NOT_PRETTY), "slug": _slugified(title, _NOT_PLAIN).lower()}
    *sections, base_name = _undecorated(path)
    values["sections"] = "/".join(sections).lower()
    values["slugorcontentbasename"] = _slugified(slug or base_name, _NOT_PRETTY).lower()
    if categories is not None:
        all_categories = (*folder, *categories)
        values["categories"] = "/".join(dict.fromkeys(category.lower() for category in all_categories))
        values["slugified_categories"] = "/".join(dict.fromkeys(_slugified(c, _NOT_PLAIN).lower() for c in all_categories))
    wanted = _PLACEHOLDER.findall(template)
    if any(name not in values and (name not in _DATES or day is None) for name in wanted) or not values["title"]:
        return None
    filled = _PLACEHOLDER.sub(lambda found: values.get(found[1]) or _date_part(found[1], day), template)
    return quote(re.sub("/{2,}", "/", f"/{filled}"), safe=_SAFE)


def on_site(site_url: str | None, path: str | None) -> str | None:
    """Return the address of *path* on the site, or ``None`` if either is not known."""
    if site_url is None or path is None:
        return None
    return web_url(path.lstrip("/"), base_url=site_url.rstrip("/") + "/")


def post_name(path: str) -> tuple[tuple[str, ...], str]:
    """Return the folders above ``_posts``, which Jekyll counts as categories, and a post's name without date and suffix.

    A post that is the ``index`` of a folder is named by the folder.
    """
    *folders, name = _undecorated(path)
    dated = _NAME.fullmatch(name)
    above = tuple(folders[: folders.index("_posts")]) if "_posts" in folders else ()
    return above, dated["slug"] if dated else name


def is_bundle(path: str) -> bool:
    """Say whether the post is the ``index`` of a folder of its own, where Hugo keeps its pictures too."""
    *folders, file = path.split("/")
    return bool(folders) and folders[-1] != "_posts" and file.rpartition(".")[0] == "index"


def _undecorated(path: str) -> list[str]:
    """Return the folders and the name of a post, without what only makes it a file: its suffix, or that it is an index."""
    *folders, file = path.split("/")
    return folders if is_bundle(path) else [*folders, file.rpartition(".")[0] or file]


def _date_part(name: str, day: datetime | None) -> str:
    return _DATES[name](day) if day and name in _DATES else ""


def _slugified(text: str, others: re.Pattern[str]) -> str:
    return others.sub("-", text).strip("-")
