"""Owns the words of the interface, in English and Chinese. What sites and publishers say is not translated."""

from __future__ import annotations

from msgspec import Struct


class Words(Struct, frozen=True, kw_only=True):
    """The interface in one language; ``{…}`` is filled in with :meth:`str.format`. *one_entry* is for a count of 1."""

    language: str
    skip: str
    home: str
    site_parts: str
    categories: str
    latest: str
    everything: str
    how: str
    subscribe: str
    subscribe_to: str
    one_entry: str
    entries: str
    newest: str
    newest_of: str
    nothing: str
    untitled: str
    tags: str
    moved: str

    def count(self, number: int) -> str:
        """Return "1 entry", "2 entries" and so on."""
        return self.one_entry if number == 1 else self.entries.format(number=f"{number:,}")

    def page_language(self, site_language: str) -> str:
        """Return the language to declare for a page in these words: the site's own tag, unless they differ.

        A site in French gets English buttons, which a screen reader should not read out in French.
        """
        return site_language if _primary(site_language) == self.language else self.language


ENGLISH = Words(
    language="en",
    skip="Skip to the content",
    home="Home",
    site_parts="On this page",
    categories="Categories",
    latest="Latest",
    everything="Everything",
    how="To subscribe, copy the address of a “Subscribe” link into your feed reader.",
    subscribe="Subscribe",
    subscribe_to="Subscribe to {name}",
    one_entry="1 entry",
    entries="{number} entries",
    newest="newest",
    newest_of="The newest {shown} of {count}; the feed has them too.",
    nothing="Nothing published yet.",
    untitled="(untitled)",
    tags="Tags",
    moved="This category has moved here.",
)

CHINESE = Words(
    language="zh",
    skip="跳到正文",
    home="首页",
    site_parts="本页内容",
    categories="分类",
    latest="最新",
    everything="全部",
    how="订阅方法：复制“订阅”链接的地址，粘贴到你的阅读器中。",
    subscribe="订阅",
    subscribe_to="订阅{name}",
    one_entry="1 篇",
    entries="{number} 篇",
    newest="最新",
    newest_of="显示最新 {shown} 篇，共 {count}；订阅源中也有这些内容。",
    nothing="还没有内容。",
    untitled="（无题）",
    tags="标签",
    moved="此分类已移至此处。",
)


def words_for(language: str) -> Words:
    """Return the words for a language tag such as ``zh-CN`` (BCP 47): Chinese for any ``zh``, else English."""
    return CHINESE if _primary(language) == CHINESE.language else ENGLISH


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]
