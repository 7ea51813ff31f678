"""Owns what a single value may look like: durations, sizes, URLs, languages, time zones, addresses, stores.

Pure functions from the text as written to the value; each raises ``ValueError`` with a message for people. Messages never
repeat a URL or store, since either can carry a password.
"""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from aggregator.classify import check_pattern, check_slug
from aggregator.config.flaws import given, nearest
from aggregator.patterns import compile_pattern
from aggregator.urls import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_FIELD_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# Those that fetch refuses, and those that have a key of their own.
_OUR_FIELDS = frozenset(
    {"accept", "accept-encoding", "a-im", "connection", "content-length", "cookie", "expect", "host", "if-match"}
    | {"if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "proxy-connection", "range", "te"}
    | {"trailer", "transfer-encoding", "upgrade", "user-agent", "authorization"}
)
_DURATION = re.compile(r"([0-9]{1,9}) ?([smhd]?)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SIZE = re.compile(r"([0-9]{1,12}) ?((?:[KMG]i?)?B|)")
# The shape of RFC 5646, section 2.1, without the registry: zh, zh-CN, zh-Hans-CN, en-GB-x-mine.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MAX_TEXT = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc
# Most addresses of feeds; the general way to the same answer takes five times as long, and there may be thousands.
ORDINARY_URL = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}))?(?:/[A-Za-z0-9/._~:!$&'()*+,;=%-]*)?"
)
_NUMERIC_ADDRESS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3}):([1-5]?[0-9]{1,4}|6[0-4][0-9]{3})")
_POSTGRESQL = re.compile(r"postgresql(?:\+psycopg)?://\S+")


def text(value: str) -> str:
    """Accept one line of text, without spaces at its ends."""
    value = value.strip()
    if not value:
        raise ValueError("must not be empty")
    if len(value) > _MAX_TEXT:
        raise ValueError(f"must not be longer than {_MAX_TEXT} characters")
    if _CONTROL.search(value):
        raise ValueError("must be one line without control characters")
    return value


def pattern(value: str) -> str:
    """Accept a pattern of RE2."""
    return _accepted(text(value), check_pattern)


def slug(value: str) -> str:
    """Accept the slug of a category."""
    return _accepted(value, check_slug)


def header_text(value: str) -> str:
    """Accept what may be sent as an HTTP field value (RFC 9110, section 5.5)."""
    if not text(value).isascii():
        raise ValueError("must be ASCII, since it is sent as an HTTP header")
    return text(value)


def field_name(value: str) -> str:
    """Accept the name of a header field that we do not set ourselves (RFC 9110, sections 5.1 and 5.6.2)."""
    if not _FIELD_NAME.fullmatch(value):
        raise ValueError(f"is no name of a header field (got {value!r})")
    if value.lower() in _OUR_FIELDS:
        raise ValueError(f"{value} is set by the program itself")
    return value


def user(value: str) -> str:
    """Accept a user name for basic authentication (RFC 7617, section 2)."""
    if ":" in header_text(value):
        raise ValueError("must not contain a colon")
    return header_text(value)


def duration(value: object, least: timedelta, most: timedelta) -> timedelta:
    """Read ``90``, ``60s``, ``30m``, ``2h`` or ``1d``."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"must be a duration such as 60s, 30m, 2h or 1d (got {value!r})")
    read = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    if not least <= read <= most:
        raise ValueError(f"must be between {_short(least)} and {_short(most)} (got {value!r})")
    return read


def whole(value: object, least: int, most: int) -> int:
    """Read a whole number."""
    if not isinstance(value, str) or not _WHOLE.fullmatch(value.strip()):
        raise ValueError(f"must be a whole number{given(value)}")
    read = int(value)
    if read < least:
        raise ValueError(f"must be at least {least}{given(value)}")
    if read > most:
        raise ValueError(f"must be at most {most}{given(value)}")
    return read


def truth(value: object) -> bool:
    """Read ``true`` or ``false``, also as YAML 1.1 writes them."""
    read = _TRUTHS.get(value.strip().lower()) if isinstance(value, str) else None
    if read is None:
        raise ValueError(f"must be true or false{given(value)}")
    return read


def size(value: object, least: int, most: int) -> int:
    """Read a number of bytes such as ``15MiB``, ``500KB`` or ``1048576``."""
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"must be a size such as 15MiB, 500KB or a number of bytes (got {value!r})")
    read = int(found[1]) * _BYTES[found[2]]
    if not least <= read <= most:
        raise ValueError(f"must be between {least} and {most} bytes (got {value!r})")
    return read


def http_url(value: str) -> str:
    """Accept an absolute http or https URL without user name and password."""
    value = text(value)
    if ORDINARY_URL.fullmatch(value):
        return value
    parts = _split(value)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an absolute URL that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user name or password")
    if re.search(r'[\s\\<>"]', value):
        raise ValueError('must not contain spaces, \\, <, > or "')
    return value


def site_url(value: str) -> str:
    """Accept the address of a site; it ends with a slash, so that names can be added to it."""
    value = http_url(value)
    parts = _split(value)
    if parts.query or parts.fragment or value.endswith(("?", "#")):
        raise ValueError("must not contain ? or #, since the addresses of feeds are made from it")
    return value if value.endswith("/") else f"{value}/"


def host(value: str) -> str:
    """Accept a host name and return it as it stands in a canonical URL: lower case, non-ASCII as punycode."""
    try:
        ascii_name = text(value).encode("idna").decode().lower()
    except UnicodeError as error:
        raise ValueError("must be a host name such as m.example.com") from error
    if not re.fullmatch(r"[a-z0-9_.-]+", ascii_name):
        raise ValueError("must be a host name such as m.example.com, without scheme, port or path")
    return ascii_name


def parameter(value: str) -> str:
    """Accept the name of a URL's parameter, or its beginning and ``*``; capitals do not count."""
    return text(value).lower()


def language(value: str) -> str:
    """Accept what looks like a language tag of BCP 47."""
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"must be a language tag such as zh-CN or en (got {value!r})")
    return value


def permalink(value: str) -> str:
    """Accept a style of Jekyll's permalinks or a template for them (https://jekyllrb.com/docs/permalinks/)."""
    if value not in {"date", "pretty", "ordinal", "weekdate", "none"} and not value.startswith("/"):
        raise ValueError(f"must be date, pretty, ordinal, weekdate, none or a template such as /:year/:title/ (got {value!r})")
    return value


def timezone(value: str) -> str:
    """Accept a name of the IANA time zone database."""
    import zoneinfo  # noqa: PLC0415 - 2 ms, for those that name one

    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia" is a folder of the database
        near = nearest(value, zoneinfo.available_timezones())
        hint = f"did you mean {near!r}?" if near else "use one such as Asia/Shanghai"
        raise ValueError(f"unknown time zone {value!r}, {hint}") from error
    return value


def addresses(value: str) -> tuple[tuple[str, int], ...]:
    """Read ``127.0.0.1:8099``, ``[::1]:8099`` or ``localhost:8099`` as the (address, port) pairs it means."""
    wrong = f"must be a numeric address and a port, such as 127.0.0.1:8099, [::1]:8099 or localhost:8099 (got {value!r})"
    try:
        if (found := _NUMERIC_ADDRESS.fullmatch(value)) and int(found[2]):
            return ((str(IPv4Address(found[1])), int(found[2])),)
        parts = urlsplit(f"//{value.strip()}")
        name, port = parts.hostname or "", parts.port
        names = ("127.0.0.1", "::1") if name == "localhost" else (str(ip_address(name)),)
    except ValueError as error:
        raise ValueError(wrong) from error
    if not port or parts.path or parts.query or parts.fragment or "@" in value:
        raise ValueError(wrong)
    return tuple((name, port) for name in names)


def store_url(value: str) -> str:
    """Accept ``sqlite:///PATH`` or ``postgresql://…``."""
    value = text(value)
    if _POSTGRESQL.fullmatch(value):
        return value
    name = value.removeprefix("sqlite:///")
    if name == value or not name or name == ":memory:" or name.endswith("/"):
        raise ValueError("must be sqlite:///aggregator.db (a file) or postgresql://user@host/database")
    if set("?#") & set(name):
        raise ValueError("must not contain ? or #")
    return f"sqlite:///{path(name)}"


def path(value: str) -> str:
    """Accept a path; what a shell would expand is not."""
    if value.startswith("~"):
        raise ValueError("~ is not expanded here; write the whole path")
    return text(value)


def engine(value: str) -> str:
    """Accept how work is distributed."""
    if value == "procrastinate":
        raise ValueError("'procrastinate' comes in a later version; leave this out or say 'embedded'")
    if value != "embedded":
        raise ValueError(f"must be 'embedded' (got {value!r})")
    return value


def alias_pattern(value: str) -> str:
    """Accept a pattern for canonical URLs."""
    if value.startswith(("http:", "^http:")):
        raise ValueError("would fit nothing: canonical URLs begin with https://, whatever the scheme was")
    return pattern(value)


def url_path(value: str) -> str:
    """Accept the path of addresses, as it stands in a URL."""
    if not re.fullmatch(r"/[!-~]*", value) or "?" in value or "#" in value:
        raise ValueError(f"must be the path of a URL, such as /redirect{given(value)}")
    return value


def url_rule(value: str) -> str:
    """Accept the name of built-in rules about URLs."""
    if value not in BUILT_IN:
        near = nearest(value, BUILT_IN)
        known = f"did you mean {near!r}?" if near else f"known are: {', '.join(BUILT_IN)}"
        raise ValueError(f"is no name of built-in rules; {known}")
    return value


def alias_target(canonical: str, match: str) -> str:
    r"""Accept a replacement whose ``\1`` … all exist in the pattern *match*."""
    try:
        # The empty alternative makes every pattern match something, so that the template can be tried before a URL needs it.
        if found := compile_pattern(f"(?:{match})|").fullmatch(""):
            found.expand(canonical)
    except (ValueError, IndexError) as error:
        raise ValueError("refers to a group that 'match' does not have") from error
    return canonical


def _accepted(value: str, check: Callable[[str], str | None]) -> str:
    """Return *value* unless *check* says what is wrong with it."""
    if problem := check(value):
        raise ValueError(problem)
    return value


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises where it is not a number below 65536
    except ValueError as error:
        raise ValueError(f"is not a URL: {error}") from error
    return parts


def _short(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0) if seconds else "s"
    return f"{seconds // _SECONDS[unit]}{unit}"
