"""Which addresses may be published. Knows no library and requests nothing; the dedup key is made elsewhere (``urls``)."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

from aggregator.clean.text import compiled

MOST_URL_CHARACTERS = 2_048

_CONTROL = "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
# Not allowed anywhere in an IRI (RFC 3987, section 2.2), yet frequent in feeds; a space most of all.
_UNSAFE = r'[\s<>"{}|\\^`]'
# Most addresses there are, and of those that are printable most others, and most paths; the general way to the same answers costs
# ten times as much. It would drop an empty part at the end, which here only ASCII may have.
_ORIGIN = "(?P<origin>https?://[a-z0-9][a-z0-9.-]*)"
_SIMPLE = _ORIGIN + "(?:/[A-Za-z0-9/._~:@!$&'()*+,;=%?#-]*)?"
_NOT_IN_IRI = r" <>\"{}|\\^`"
_ORDINARY = rf"{_ORIGIN}(?:/[^;?#{_NOT_IN_IRI}]*)?(?:\?[^#{_NOT_IN_IRI}]+)?(?:#[^{_NOT_IN_IRI}]+)?"
_ORDINARY_PATH = r"(?:/(?=[A-Za-z0-9_~%@+,=-])[A-Za-z0-9_~%@+,=.-]*)+/?"


def web_url(url: str, *, base_url: str | None = None) -> str | None:
    """Return *url*, absolute and fit to be published, or ``None`` if it is not.

    Only http and https, at most 2,048 characters, without control characters. Characters that no IRI may contain are
    percent-encoded, and a user name and password are left out: they are the publisher's slip, and nobody else's to use.
    """
    url = url.strip()
    if len(url) <= MOST_URL_CHARACTERS and _ordinary(url):
        return url
    if base_url and compiled(_ORDINARY_PATH).fullmatch(url) and (base := _ordinary(base_url)):
        absolute = base["origin"] + url
        return absolute if len(absolute) <= MOST_URL_CHARACTERS else None
    if re.search(_CONTROL, url):
        return None
    try:
        absolute = urljoin(base_url, url) if base_url else url
        parts = urlsplit(absolute)
        _ = parts.port  # raises ValueError when it is no number
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or re.search(_UNSAFE, parts.netloc):
        return None
    if "@" in parts.netloc:
        absolute = absolute.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
    safe = re.sub(_UNSAFE, lambda found: quote(found[0], safe=""), absolute)
    return safe if len(safe) <= MOST_URL_CHARACTERS else None


def _ordinary(url: str) -> re.Match[str] | None:
    # What Python calls printable holds no control, no surrogate, no noncharacter, and no blank but the space.
    return compiled(_SIMPLE).fullmatch(url) or (compiled(_ORDINARY).fullmatch(url) if url.isprintable() else None)


def mail_url(url: str) -> str | None:
    """Return *url* if it is a ``mailto:`` link (RFC 6068) fit to be published, else ``None``."""
    url = url.strip()
    if url[:7].lower() != "mailto:" or len(url) > MOST_URL_CHARACTERS:
        return None
    return None if re.search(_UNSAFE, url) or re.search(_CONTROL, url) else url
