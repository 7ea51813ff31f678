"""Owns addresses that only lead on to another one: which host carries it where, and reading it without a request.

Those that tell nothing without a request (``t.co``, ``b23.tv``, newer ones of Google News) stay as they are.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aggregator.urls.address import Address

# host, path (any, if empty), parameter; hosts as in ``sites``
BY_PARAMETER = (
    ("google.*", "/url", "q"), ("google.*", "/url", "url"), ("google.*", "/amp", "url"),
    ("youtube.com", "/redirect", "q"),
    ("l.facebook.com", "/l.php", "u"), ("lm.facebook.com", "/l.php", "u"), ("facebook.com", "/l.php", "u"),
    ("l.instagram.com", "", "u"), ("l.threads.com", "", "u"),
    ("linkedin.com", "/redir/redirect", "url"), ("linkedin.com", "/safety/go", "url"),
    ("out.reddit.com", "", "url"), ("t.umblr.com", "/redirect", "z"), ("vk.com", "/away.php", "to"),
    ("slack-redir.net", "/link", "url"), ("steamcommunity.com", "/linkfilter", "url"), ("steamcommunity.com", "/linkfilter", "u"),
    ("duckduckgo.com", "/l", "uddg"), ("bing.com", "/news/apiclick.aspx", "url"),
    ("*.safelinks.protection.outlook.com", "", "url"), ("medium.com", "/r", "url"),
    ("link.zhihu.com", "", "target"), ("link.juejin.cn", "", "target"), ("link.juejin.im", "", "target"),
    ("link.csdn.net", "", "target"), ("jianshu.com", "/go-wild", "url"), ("links.jianshu.com", "/go", "to"),
    ("weibo.cn", "/sinaurl", "u"), ("weibo.cn", "/sinaurl", "toasturl"), ("weibo.com", "/sinaurl", "u"),
    ("t.cn", "/sinaurl", "u"), ("douban.com", "/link2", "url"), ("gitee.com", "/link", "target"),
    ("oschina.net", "/action/GoToLink", "url"), ("sspai.com", "/link", "target"), ("infoq.cn", "/link", "target"),
    ("cloud.tencent.com", "/developer/tools/blog-entry", "target"), ("tieba.baidu.com", "/mo/q/checkurl", "url"),
    ("c.pc.qq.com", "/middlem.html", "pfurl"), ("c.pc.qq.com", "/middleb.html", "pfurl"),
    ("c.pc.qq.com", "/middlect.html", "pfurl"), ("c.pc.qq.com", "/pc.html", "url"), ("c.pc.qq.com", "/ios.html", "url"),
    ("c.pc.qq.com", "/android.html", "url"), ("docs.qq.com", "/scenario/link.html", "url"),
    ("mail.qq.com", "/cgi-bin/readtemplate", "gourl"),
    ("developer.mozilla.org", "/outbound", "url"), ("blogger.com", "/share", "url"), ("getpocket.com", "/redirect", "url"),
)  # fmt: skip
_FROM_URL = str.maketrans("-_", "+/")
_ASCII = bytes(range(128))
_FEEDSPORTAL = {
    "A": "0", "B": ".", "C": "/", "D": "?", "E": "-", "F": "=", "G": "&", "H": ",", "I": "_", "J": "%", "K": "+", "L": "http://",
    "M": "https://", "N": ".com", "O": ".co.uk", "P": ";", "Q": "|", "R": ":", "S": "www.", "T": "#", "U": "$", "V": "~",
    "W": "!",
}  # fmt: skip


def by_parameter(address: Address, wrappers: Iterable[tuple[str, str]]) -> str | None:
    """Return the URL that *address* carries in its query; *wrappers* are (path, parameter)."""
    path = address.path.rstrip("/")
    for wrapped, parameter in wrappers:
        if wrapped in ("", path):
            for pair in address.query:
                name, _, value = pair.partition("=")
                if name == parameter and (found := _url(value)):
                    return found
    return None


def _url(value: str) -> str | None:
    """Read a parameter's value, escaped once or twice, as an absolute URL."""
    read = _unescaped(value)
    if not _is_absolute(read):
        read = _unescaped(read)
    if not _is_absolute(read):
        return None
    return f"https:{read}" if read.startswith("//") else read


def _unescaped(text: str) -> str:
    """Undo escapes, except of what is not ASCII: it may be in any encoding."""
    return quote_from_bytes(unquote_to_bytes(text), safe=_ASCII)


def _is_absolute(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://", "//"))


def by_path(address: Address, patterns: Iterable[tuple[str, Callable[[re.Match[str], Address], str | None]]]) -> str | None:
    """Return the URL that *address* carries in its path."""
    for pattern, read in patterns:
        if found := re.fullmatch(pattern, address.path):
            return read(found, address)
    return None


def _cached_amp(found: re.Match[str], address: Address) -> str | None:
    """Read https://developers.google.com/amp/cache/overview: ``s/`` stands for https, the query is the article's."""
    query = f"?{'&'.join(address.query)}" if address.query else ""
    return f"https://{found[1]}{query}"


def _google_news(found: re.Match[str], _address: Address) -> str | None:
    """Read an address of Google News as it was until 2024: Base64 of 08 13 22, a length and the URL."""
    inside = re.match(rb"\x08\x13\x22(?:[\x00-\x7f]|[\x80-\xff][\x00-\x7f])(https?://[!-~]+)", _bytes(found[1]))
    return inside[1].decode() if inside else None


def _bing(_found: re.Match[str], address: Address) -> str | None:
    for pair in address.query:
        if pair.startswith("u=a1"):
            return _url(_bytes(pair[4:]).decode(errors="replace"))
    return None


def _bytes(name: str) -> bytes:
    """Read Base64 as it stands in addresses (RFC 4648, section 5), without its padding; nothing if it is none."""
    try:
        return a2b_base64(name.rstrip("=").translate(_FROM_URL) + "=" * (-len(name.rstrip("=")) % 4))
    except ValueError:
        return b""


def _feedsportal(found: re.Match[str], _address: Address) -> str | None:
    if any(code not in _FEEDSPORTAL for code in re.findall("0(.?)", found[1])):
        return None
    return _url(re.sub("0(.)", lambda code: _FEEDSPORTAL[code[1]], found[1]))


def _yahoo(found: re.Match[str], _address: Address) -> str | None:
    return _url(found[1])


# host, pattern of the path, how what it found is read
BY_PATH = (
    ("google.*", "/amp/(?:s/)?([^/]+\\..+)", _cached_amp),
    ("*.cdn.ampproject.org", "/[cv]/(?:s/)?(.+)", _cached_amp),
    ("cdn.ampproject.org", "/[cv]/(?:s/)?(.+)", _cached_amp),
    ("*.bing-amp.com", "/[cv]/(?:s/)?(.+)", _cached_amp),
    ("news.google.com", "/(?:__i/rss/rd/|rss/)?(?:articles|read)/([A-Za-z0-9_-]+)", _google_news),
    ("bing.com", "/ck/a", _bing),
    ("*.feedsportal.com", "/c/.*/l/([^/]+)/story01\\.htm", _feedsportal),
    ("da.feedsportal.com", "/c/.*/l/([^/]+)/ia1\\.htm", _feedsportal),
    ("r.search.yahoo.com", "/.*/RU=([^/]+)/RK=.*", _yahoo),
)
