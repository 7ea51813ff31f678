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
    freshest: str
    all_categories: str
    pages: str
    next_page: str
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
    search: str
    search_for: str
    search_where: str
    search_everywhere: str
    in_category: str
    look_everywhere: str
    found: str
    not_found: str
    how_to_search: str
    older: str
    older_than: str
    carriers: str
    via: str
    authors: str
    comma: str
    first_seen: str
    updated: str
    original: str
    attachments: str
    gone: str
    missing: str
    opml: str
    status: str
    sources: str
    healthy: str
    failing: str
    disabled: str
    never: str
    last_poll: str
    next_poll: str
    why: str
    per_day: str
    per_hour: str
    plot: str
    quarantine: str
    nothing_held: str
    obstacles: str
    of_sources: str
    first_sources: str

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
    freshest="The {number} with the newest entries.",
    all_categories="All {number} categories",
    pages="Pages",
    next_page="Next page",
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
    search="Search",
    search_for="Search titles and texts",
    search_where="Where to search",
    search_everywhere="All categories",
    in_category="In {category}",
    look_everywhere="search all categories",
    found="Results for “{query}”",
    not_found="Nothing was found.",
    how_to_search="All words must occur; “words in quotation marks” as they stand.",
    older="Older entries",
    older_than="Older than {date}",
    carriers="Carried by",
    via="via {name}",
    authors="By",
    comma=", ",
    first_seen="first seen",
    updated="updated",
    original="Read the original",
    attachments="Attachments",
    gone="This entry was withdrawn.",
    missing="There is no such page.",
    opml="All feeds as a list (OPML)",
    status="Status",
    sources="Sources",
    healthy="healthy",
    failing="failing",
    disabled="disabled",
    never="never",
    last_poll="Last poll",
    next_poll="Next poll",
    why="Why",
    per_day="Entries per day",
    per_hour="Polls per hour",
    plot="{name}: {total} in all, at most {most}; {first} to {last} (UTC).",
    quarantine="Quarantine",
    nothing_held="Nothing is in quarantine.",
    obstacles="Not published: something is in the way",
    of_sources="{enabled} polled, {failing} of them failing.",
    first_sources="The first {number} are shown.",
)

CHINESE = Words(
    language="zh",
    skip="跳到正文",
    home="首页",
    site_parts="本页内容",
    categories="分类",
    freshest="最近更新的 {number} 个。",
    all_categories="全部 {number} 个分类",
    pages="分页",
    next_page="下一页",
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
    search="搜索",
    search_for="搜索标题和正文",
    search_where="搜索范围",
    search_everywhere="全部分类",
    in_category="分类：{category}",
    look_everywhere="在全部分类中搜索",
    found="“{query}”的搜索结果",
    not_found="没有找到。",
    how_to_search="各词须同时出现；引号内的词按原样查找。",
    older="更早的内容",
    older_than="早于 {date}",
    carriers="来源",
    via="经由 {name}",
    authors="作者",
    comma="、",
    first_seen="收录于",
    updated="更新于",
    original="阅读原文",
    attachments="附件",
    gone="这篇内容已撤下。",
    missing="没有这个页面。",
    opml="全部订阅列表（OPML）",
    status="运行状态",
    sources="来源",
    healthy="正常",
    failing="出错",
    disabled="已停用",
    never="从未",
    last_poll="上次抓取",
    next_poll="下次抓取",
    why="原因",
    per_day="每日篇数",
    per_hour="每小时抓取次数",
    plot="{name}：共 {total}，最多 {most}；{first} 至 {last}（UTC）。",
    quarantine="隔离区",
    nothing_held="隔离区是空的。",
    obstacles="未能发布：有东西占用了位置",
    of_sources="共抓取 {enabled} 个来源，其中 {failing} 个出错。",
    first_sources="只显示前 {number} 个。",
)


def words_for(language: str) -> Words:
    """Return the words for a language tag such as ``zh-CN`` (BCP 47): Chinese for any ``zh``, else English."""
    return CHINESE if _primary(language) == CHINESE.language else ENGLISH


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]
