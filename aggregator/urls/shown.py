"""Owns addresses as they stand in a text: which show one file, and which are an advertiser's or only count readers.

Only hosts that carry nothing else are here; an advertiser that nothing is known of looks like any other change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.urls.canonical import canonical_url

if TYPE_CHECKING:
    from aggregator.urls.rules import UrlRules

# With all hosts below them.
_ADVERTISERS = frozenset(
    {
        "2mdn.net", "51.la", "admaster.com.cn", "adform.net", "adnxs.com", "adroll.com", "adtechus.com", "alimama.com",
        "allyes.com", "amazon-adsystem.com", "atdmt.com", "buysellads.com", "carbonads.com", "carbonads.net", "chartbeat.net",
        "cnzz.com", "cpro.baidu.com", "criteo.com", "criteo.net", "doubleclick.net", "fastclick.net", "google-analytics.com",
        "googleadservices.com", "googlesyndication.com", "googletagmanager.com", "hm.baidu.com", "mediav.com", "miaozhen.com",
        "moatads.com", "openx.net", "outbrain.com", "pheedo.com", "pixel.wp.com", "pos.baidu.com", "pubmatic.com",
        "quantserve.com", "rubiconproject.com", "scorecardresearch.com", "serving-sys.com", "smartadserver.com",
        "stats.wordpress.com", "taboola.com", "tanx.com", "tribalfusion.com", "yieldmanager.com", "zedo.com",
    }
)  # fmt: skip
# A name of a host below a site's own, such as ads.example.com; ad.nl is a newspaper.
_FOR_ADVERTISING = frozenset({"ad", "adclick", "adlog", "ads", "adserv", "adserver", "adx"})
# Services that stand between articles and readers, and put buttons and counters of their own beside what they lead to.
_BESIDE_ARTICLES = (
    (r"(?:feeds2?\.feedburner|feedproxy\.google)\.com", r"/~(?:ff|a|at)/.*|/~r/.*/~4/.*"),
    (r"(?:[a-z0-9-]+\.)*feedsportal\.com", r"(?!/c/.*\.htm$).*"),
    (r"feeds\.wordpress\.com", r"/1\.0/.*"),
    (r"feeds\.feedblitz\.com", r"/~/i/.*"),
)
_PARTS = re.compile(r"(?i)https?://(?:[^/?#]*@)?([^/?#:@]+)(?::\d*)?([^?#]*)")
# A time (in seconds, milliseconds, or as 20240517…) or a fraction that was drawn, made to have a file asked for again. Anything
# shorter may be a version, and what is no number a signature.
_NAMES = "_|_t|cache|cachebuster|cb|nocache|r|rand|random|rnd|t|time|timestamp|ts|v|ver"
_AGAIN = re.compile(rf"(?i)(?:(?:{_NAMES})=)?(?:\d{{9,17}}|0\.\d+)")


def is_advertising(url: str) -> bool:
    """Say whether an address is one that no reader means: an advertiser's, a counter's, a button's to share."""
    found = _PARTS.match(url)
    if found is None:
        return False
    host, path = found[1].lower(), found[2]
    first, _, rest = host.partition(".")
    if first in _FOR_ADVERTISING and "." in rest:
        return True
    labels = host.split(".")
    if any(".".join(labels[start:]) in _ADVERTISERS for start in range(len(labels) - 1)):
        return True
    return any(re.fullmatch(at, host) and re.fullmatch(beside, path) for at, beside in _BESIDE_ARTICLES)


def file_key(url: str, rules: UrlRules) -> str | None:
    """Return what the addresses of one file share, or ``None`` where canonical URLs do not apply.

    What has a file asked for again does not count, nor does tracking; a signature does, since only the newest may work.
    """
    start, mark, query = url.partition("?")
    kept = [pair for pair in query.split("&") if not _AGAIN.fullmatch(pair)]
    return canonical_url(f"{start}{mark if kept else ''}{'&'.join(kept)}", rules)
