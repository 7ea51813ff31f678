"""Owns the rules of platforms by which the address of a page gives those of its feeds."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msgspec import Struct

from aggregator.discovery.addresses import LONGEST_URL
from aggregator.discovery.offers import Offer


class _Platform(Struct, frozen=True):
    """What the addresses of its *pages* look like as ``host/path?query``, and *feeds*: address and title, with its groups."""

    pages: str
    pattern: re.Pattern[str]
    feeds: tuple[tuple[str, str], ...]


_PLATFORMS = (
    _Platform(  # https://developers.google.com/youtube/v3/guides/push_notifications
        "a channel on YouTube",
        re.compile(r"(?:(?:www|m)\.)?youtube\.com/channel/(?P<id>UC[\w-]{22})(?:[/?].*)?", re.ASCII),
        (("https://www.youtube.com/feeds/videos.xml?channel_id={id}", "Videos of the channel"),),
    ),
    _Platform(
        "a playlist on YouTube",
        re.compile(r"(?:(?:www|m)\.)?youtube\.com/(?:playlist|watch)\?(?:.*&)?list=(?P<id>[\w-]+)(?:&.*)?", re.ASCII),
        (("https://www.youtube.com/feeds/videos.xml?playlist_id={id}", "Videos of the playlist"),),
    ),
    _Platform(
        "a repository on GitHub",
        re.compile(
            r"(?:www\.)?github\.com/(?!(?:apps|collections|features|marketplace|orgs|search|settings|sponsors|topics|users)/)"
            r"(?P<repository>[\w-]+/[\w.-]+?)(?:\.git)?(?:[/?].*)?",
            re.ASCII,
        ),
        (
            ("https://github.com/{repository}/releases.atom", "Releases of {repository}"),
            ("https://github.com/{repository}/commits.atom", "Commits to {repository}"),
        ),
    ),
    _Platform(  # https://www.reddit.com/wiki/rss/
        "a part of Reddit",
        re.compile(r"(?:[a-z]+\.)?reddit\.com/(?P<place>(?:r|u|user)/[\w-]+)(?:[/?].*)?", re.ASCII),
        (("https://www.reddit.com/{place}/.rss", "{place}"),),
    ),
    _Platform(  # https://help.medium.com/hc/en-us/articles/214874118
        "an author on Medium",
        re.compile(r"medium\.com/(?P<author>@[\w.-]+)(?:[/?].*)?", re.ASCII),
        (("https://medium.com/feed/{author}", "{author}"),),
    ),
    _Platform(  # https://wordpress.com/support/feeds/
        "a site on WordPress.com",
        re.compile(r"(?P<host>[\w-]+\.wordpress\.com)/.*", re.ASCII),
        (("https://{host}/feed/", "{host}"),),
    ),
    _Platform(  # any host can have it
        "an account as Mastodon writes them",
        re.compile(
            r"(?!(?:www\.)?(?:youtube|tiktok|flipboard|substack)\.com|(?:www\.)?threads\.(?:com|net))"
            r"(?P<account>[a-z0-9.:-]+/@\w+)(?:/(?:with_replies|media))?/?",
            re.ASCII,
        ),
        (("https://{account}.rss", "{account}"),),
    ),
)


def known_feeds(url: str) -> tuple[Offer, ...]:
    """Say which feeds belong to a page by the rules of the platform it is on. Whether they exist is not asked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    place = f"{parts.netloc.rpartition('@')[2].lower()}{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    if parts.scheme not in {"http", "https"} or len(place) > LONGEST_URL:
        return ()
    for platform in _PLATFORMS:
        if found := platform.pattern.fullmatch(place):
            named = found.groupdict()
            found_by = f"the address is that of {platform.pages}"
            return tuple(Offer(url=u.format(**named), title=t.format(**named), found_by=found_by) for u, t in platform.feeds)
    return ()
