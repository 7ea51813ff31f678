from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.discovery import Offer, find_feeds, known_feeds, well_known

PAGE = "https://example.org/blog/"
ELEMENT = "a link element of the page"
BY_ADDRESS = "a link on the page whose address looks like that of a feed"
BY_TEXT = "a link on the page whose text speaks of a feed"
RSS = "application/rss+xml"
ATOM = "application/atom+xml"


def found(html: str | bytes, base_url: str = PAGE, content_type: str | None = None) -> tuple[Offer, ...]:
    return find_feeds(html.encode() if isinstance(html, str) else html, base_url, content_type)


def addresses(html: str | bytes, base_url: str = PAGE) -> list[str]:
    return [offer.url for offer in found(html, base_url)]


# --- link elements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "media_type"),
    [
        pytest.param('<link rel="alternate" type="application/rss+xml" href="/f">', RSS, id="RSS"),
        pytest.param("<link rel=alternate type=application/atom+xml href=/f>", ATOM, id="Atom, without quotes"),
        pytest.param("<link rel='alternate' type='application/feed+json' href='/f'/>", "application/feed+json", id="JSON Feed"),
        pytest.param('<link rel="alternate" type="application/rdf+xml" href="/f">', "application/rdf+xml", id="RDF"),
        pytest.param('<link rel="alternate" type="text/xml" href="/f">', "text/xml", id="XML of some kind"),
        pytest.param('<LINK HREF="/f" TYPE="Application/RSS+XML; charset=x" REL="Alternate">', RSS, id="upper case, parameters"),
        pytest.param('<link\nrel="home  alternate"\n type = "application/rss+xml"\thref = "/f">', RSS, id="several rels, lines"),
        pytest.param('<link rel="feed" href="/f">', None, id="rel=feed"),
        pytest.param('<link type="application/rss+xml" href="/f">', RSS, id="no rel"),
        pytest.param(
            '<link rel="alternate" type="application/rss+xml" href="&#47;f" href="/g">', RSS, id="references; the first"
        ),
    ],
)
def test_a_link_element_is_an_offer(element: str, media_type: str | None) -> None:
    offer = Offer(url="https://example.org/f", title="", media_type=media_type, found_by=ELEMENT)

    assert found(f"<html><head>{element}</head></html>") == (offer,)
    assert found(f"<body><p>x</p>{element}") == (offer,)


def test_an_alternate_without_type_has_to_look_like_a_feed() -> None:
    assert addresses("<link rel=alternate href=/f><link rel=alternate href=/feed.xml>") == ["https://example.org/feed.xml"]


@pytest.mark.parametrize(
    "element",
    [
        pytest.param('<link rel="stylesheet" type="text/css" href="/feed.css">', id="a style sheet"),
        pytest.param('<link rel="alternate stylesheet" type="text/css" href="/feed">', id="an alternate style sheet"),
        pytest.param('<link rel="alternate" hreflang="de" href="/de/">', id="a translation"),
        pytest.param('<link rel="alternate" type="application/json+oembed" href="/feed">', id="oEmbed"),
        pytest.param('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">', id="WordPress's interface"),
        pytest.param('<link rel="search" type="application/rss+xml" href="/feed">', id="another relation"),
        pytest.param('<link rel="alternate" type="application/rss+xml">', id="no address"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href=" ">', id="an empty address"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="#rss">', id="the page itself"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="http://example.org/blog">', id="itself, otherwise"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="file:///feed.xml">', id="a file"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="javascript:feed()">', id="a script"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="//[::1/feed">', id="no address at all"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="http://x:y/feed">', id="an impossible port"),
        pytest.param(f'<link rel="alternate" type="application/rss+xml" href="/{"a" * 3000}">', id="too long an address"),
        pytest.param('<!-- <link rel="feed" href="/a"> --><!--><a href="/b">b</a>', id="a comment"),
        pytest.param('<script>"<a href=/feed>"</script><style><a href=/feed></style >', id="scripts and styles"),
        pytest.param('<textarea><link rel="feed" href="/a"></textarea><script><a href=/feed>', id="text areas; no end"),
        pytest.param('<p title="<a href=/feed>">x</p>', id="a tag within an attribute"),
    ],
)
def test_what_names_no_feed_is_no_offer(element: str) -> None:
    assert found(element) == ()


@pytest.mark.parametrize(
    ("base", "href", "url"),
    [
        pytest.param("", "feed.xml", "https://example.org/blog/feed.xml", id="relative to the page"),
        pytest.param(
            "<base target=_top><base href='/x/'>", "feed.xml", "https://example.org/x/feed.xml", id="relative to the base"
        ),
        pytest.param("<base href='//cdn.example/'>", "feed.xml", "https://cdn.example/feed.xml", id="a base elsewhere"),
        pytest.param("<base href='javascript:x'>", "feed.xml", "https://example.org/blog/feed.xml", id="a base that is none"),
        pytest.param("", "feed://example.com/rss", "https://example.com/rss", id="feed:"),
        pytest.param("", "feed:http://example.com/rss", "http://example.com/rss", id="feed: before http:"),
        pytest.param("", "https://u:p@example.com/rss#top", "https://example.com/rss", id="user, password and fragment"),
        pytest.param("", "/a b\n中", "https://example.org/a%20b中", id="white space"),
    ],
)
def test_addresses_are_made_absolute_and_web_addresses(base: str, href: str, url: str) -> None:
    assert addresses(f'<link rel=alternate type={RSS} href="{href}">{base}') == [url]


def test_the_password_of_the_page_is_in_no_offer() -> None:
    assert addresses('<link rel="feed" href="/f">', "https://u:p@example.org/") == ["https://example.org/f"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        pytest.param('title=" A &amp;\n B "', "A & B", id="its own"),
        pytest.param("", "The <page>", id="the page's"),
        pytest.param(f'title="{"x" * 300}"', "x" * 200, id="a long one, cut"),
        pytest.param('title="a\x1b[31m"', "a [31m", id="control characters"),
    ],
)
def test_an_offer_has_a_title(title: str, shown: str) -> None:
    (offer,) = found(f'<title>The &lt;page&gt;</title><link rel="feed" href="/f" {title}><svg><title>x</title></svg>')

    assert offer.title == shown


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("<meta charset=gb2312><title>新闻镕</title><link rel=feed href=/f>".encode("gbk"), None, id="by the page"),
        pytest.param("<title>新闻镕</title><link rel=feed href=/f>".encode("gbk"), "text/html; charset=GBK", id="by HTTP"),
        pytest.param("<meta charset=gbk><title>新闻镕</title><link rel=feed href=/f>".encode(), "a/b;charset=big5", id="UTF-8"),
        pytest.param("\ufeff<title>新闻镕</title><link rel=feed href=/f>".encode("utf-16-le"), None, id="UTF-16"),
    ],
)
def test_titles_are_read_in_the_pages_encoding(body: bytes, content_type: str | None) -> None:
    assert found(body, content_type=content_type) == (Offer(url="https://example.org/f", title="新闻镕", found_by=ELEMENT),)


@pytest.mark.parametrize("label", ["punycode", "unicode_escape", "utf-7", "idna", "cp1", "x" * 50, ""])
def test_no_label_reaches_another_codec(label: str) -> None:
    body = b"<title>\xff\\u0041+AEE-</title><link rel=feed href=/f>"

    assert [offer.title for offer in found(body, content_type=f"text/html; charset={label}")] == ["ÿ\\u0041+AEE-"]


# --- other links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "href",
    [
        "/feed",
        "/feed/",
        "/a/rss",
        "/rss2",
        "/feed.json",
        "/news.rss",
        "/x.atom",
        "/index.xml",
        "/all.xml?x=1",
        "/index.php?feed=rss2",
        "?format=rss",
        "/feeds/posts/default",
        "/rss/tech.aspx",
        "//feeds.example.com/x",
        "//rss.example.com/x.shtml",
    ],
)
def test_a_link_to_what_looks_like_a_feed_is_an_offer(href: str) -> None:
    assert [(offer.title, offer.found_by) for offer in found(f"<a class=x href='{href}'>Our <b>news</b></a> or not")] == [
        ("Our news", BY_ADDRESS)
    ]


@pytest.mark.parametrize(
    "link",
    [
        "<a href=/s>RSS</a>",
        "<a href=/s>订阅</a>",
        "<a href=/s>RSS 2.0 <i></i></a>",
        "<a href=/s title='Atom feed'>x</a>",
        "<a href=/s aria-label=RSS><svg/></a>",
        "<a href=/s><img src=i.png alt='RSS'></a>",
        "<A HREF=/s>Feed<a href=/t>",
    ],
)
def test_a_link_that_speaks_of_a_feed_is_an_offer(link: str) -> None:
    assert [(offer.url, offer.found_by) for offer in found(link)] == [("https://example.org/s", BY_TEXT)]


@pytest.mark.parametrize(
    "link",
    [
        "<a href=/sitemap.xml>Map</a>",
        "<a href=/feedback>Give feedback</a>",
        "<a href=/about>x</a>",
        "<a name=rss>RSS</a>",
        "<a href=mailto:x@example.org>RSS</a>",
        "<a href='javascript:rss()'>RSS</a>",
        "<a href='https://r.example/add?u=https://x/feed'>RSS</a>",
        "<a href='https://r.example/i/subscription/feed%2Fhttps%3A%2F%2Fx'>RSS</a>",
        "<abbr href=/feed>RSS</abbr>",
        "<a href=/article>Why our readers never really warmed to RSS</a>",
    ],
)
def test_other_links_are_no_offers(link: str) -> None:
    assert found(link) == ()


# --- order --------------------------------------------------------------------------------------------------------------


def test_what_the_page_declares_comes_first_and_comments_come_last() -> None:
    page = """
        <a href="/s">RSS</a> <a href="/a/feed">All</a> <a href="https://example.org/one#x">RSS</a>
        <link rel="alternate" type="application/rss+xml" title="Site » Comments Feed" href="/c">
        <link rel="alternate" type="application/rss+xml" title="Site » Feed" href="/one/">
        <link rel="alternate" type="application/rss+xml" title="评论" href="/d">
        <link rel="alternate" type="application/atom+xml" title="Site" href="/two">
        <link rel="canonical" href="https://github.com/o/r"><a href="/comments/feed/">RSS</a>"""

    assert addresses(page) == [
        "https://example.org/one/",
        "https://example.org/two",
        "https://github.com/o/r/releases.atom",
        "https://github.com/o/r/commits.atom",
        "https://example.org/a/feed",
        "https://example.org/s",
        "https://example.org/c",
        "https://example.org/d",
        "https://example.org/comments/feed/",
    ]


def test_there_are_at_most_twenty_offers() -> None:
    page = "".join(f"<link rel=feed href=/{number}><a href=/feed/{number}.xml>x</a>" for number in range(30))

    assert addresses(page) == [f"https://example.org/{number}" for number in range(20)]


# --- rules of addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        (
            "https://www.youtube.com/channel/UC0123456789abcdefABCDEF/videos",
            ["https://www.youtube.com/feeds/videos.xml?channel_id=UC0123456789abcdefABCDEF"],
        ),
        (
            "https://www.youtube.com/watch?v=1&list=PLx_-1&index=2",
            ["https://www.youtube.com/feeds/videos.xml?playlist_id=PLx_-1"],
        ),
        ("https://youtube.com/playlist?list=PL1", ["https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"]),
        ("https://www.youtube.com/@somebody", []),
        ("https://www.youtube.com/channel/UCshort", []),
        (
            "https://GitHub.com/Own-er/re.po.git",
            ["https://github.com/Own-er/re.po/releases.atom", "https://github.com/Own-er/re.po/commits.atom"],
        ),
        ("https://github.com/o/r/releases", ["https://github.com/o/r/releases.atom", "https://github.com/o/r/commits.atom"]),
        ("https://github.com/topics/rss", []),
        ("https://github.com/owner", []),
        ("https://old.reddit.com/r/rss/top?t=day", ["https://www.reddit.com/r/rss/.rss"]),
        ("https://medium.com/@somebody/story-1", ["https://medium.com/feed/@somebody"]),
        ("https://somebody.wordpress.com", ["https://somebody.wordpress.com/feed/"]),
        ("https://u:p@mastodon.example:8443/@somebody/media", ["https://mastodon.example:8443/@somebody.rss"]),
        ("https://www.tiktok.com/@somebody", []),
        ("https://example.org/", []),
        ("ftp://github.com/o/r", []),
        ("https://[::1/@x", []),
        ("", []),
    ],
)
def test_the_address_of_a_page_gives_its_feeds(page: str, feeds: list[str]) -> None:
    assert [offer.url for offer in known_feeds(page)] == feeds


def test_what_is_no_page_offers_what_its_address_does() -> None:
    assert found(b"\x89PNG\r\n\xff\x00", "https://github.com/o/r") == (
        Offer(
            url="https://github.com/o/r/releases.atom",
            title="Releases of o/r",
            found_by="the address is that of a repository on GitHub",
        ),
        Offer(
            url="https://github.com/o/r/commits.atom",
            title="Commits to o/r",
            found_by="the address is that of a repository on GitHub",
        ),
    )


@pytest.mark.parametrize(
    ("page", "folders"),
    [
        ("https://example.org", ["https://example.org/"]),
        ("https://example.org/", ["https://example.org/"]),
        ("https://example.org/index.html", ["https://example.org/"]),
        ("https://example.org/blog", ["https://example.org/blog/", "https://example.org/"]),
        ("https://example.org/blog/?a=b#c", ["https://example.org/blog/", "https://example.org/"]),
        ("https://u:p@example.org:8080/a/b/page.html", ["https://example.org:8080/a/b/", "https://example.org:8080/"]),
        ("https://example.org/a/page", ["https://example.org/a/", "https://example.org/"]),
        ("file:///etc/", []),
        ("https://[::1/", []),
    ],
)
def test_the_pages_folder_is_tried_before_the_root(page: str, folders: list[str]) -> None:
    names = ["feed", "feed.xml", "index.xml", "atom.xml", "rss.xml", "rss", "feed/", "feed.atom"]
    names += ["feeds/all.atom.xml", "feeds/all.atom"]

    assert list(well_known(page)) == [folder + name for folder in folders for name in names]


def test_the_page_itself_is_not_tried_again() -> None:
    assert "https://example.org/feed" not in well_known("https://example.org/feed")


# --- hostile pages ------------------------------------------------------------------------------------------------------

PIECES = [
    "<a href=",
    "<link rel=feed href=",
    "<base href=",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    '"',
    "'",
    "=",
    ">",
    "/feed",
    "RSS",
    "<title>",
    "http://",
    "[",
    "]",
    ":",
    "@",
    "&#x",
    "\0",
    "\ufeff",
    " ",
    "中",
]


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map(
        lambda pieces: "".join(pieces).encode("utf-8", "replace")
    )
    | st.binary(),
    st.sampled_from([PAGE, "http://x/@y", "", "//[", "file:///x"]) | st.text(),
    st.none() | st.text(),
)
def test_no_page_makes_it_fail_or_offer_what_is_no_web_address(body: bytes, base_url: str, content_type: str | None) -> None:
    offers = find_feeds(body, base_url, content_type)
    urls = [offer.url for offer in offers]

    assert len(offers) <= 20
    assert len(set(urls)) == len(urls)
    assert [url for url in urls if not url.startswith(("http://", "https://"))] == []
    assert [offer.title for offer in offers if len(offer.title) > 200 or "\n" in offer.title] == []
    assert well_known(base_url) == tuple(dict.fromkeys(well_known(base_url)))


@pytest.mark.parametrize(
    "piece",
    [
        "<a>",
        "<div>",
        "<a ",
        "<a href='",
        '<a href="',
        "<a =\" ='",
        "<!--",
        "<script ",
        "<script>",
        "<title>",
        "<a b",
        "<a href=/feed>RSS",
        "<link rel=feed href=/feeds/feeds/feeds/!>",
        "&amp;",
        "<",
        "=\"'",
        "<b a=1 ",
        "\0",
        " ",
    ],
)
def test_a_page_of_ten_megabytes_takes_linear_time(piece: str) -> None:
    body = b"<link rel=feed href=/f><a " + piece.encode() * (10 * 1024 * 1024 // len(piece))

    before = time.process_time()
    assert addresses(body)[0] == "https://example.org/f"
    assert time.process_time() - before < 5  # with the square of the length it takes hours


def test_links_are_found_below_any_depth_and_in_the_first_four_megabytes_only() -> None:
    assert addresses("<div>" * 10_000 + "<a href=/feed>x</a>") == ["https://example.org/feed"]
    assert addresses(" " * 4 * 1024 * 1024 + "<a href=/feed>x</a>") == []
