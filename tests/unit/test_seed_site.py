"""What a post has from the site it was published on: Liquid, permalinks, names of categories, pictures."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aggregator.clean import clean_candidate
from aggregator.model import Enclosure
from aggregator.seeds import SeedRules
from aggregator.seeds.liquid import render_liquid
from aggregator.seeds.naming import human_name
from aggregator.seeds.permalinks import permalink
from aggregator.seeds.posts import parse

if TYPE_CHECKING:
    from aggregator.model import Candidate

RULES = SeedRules(timezone=ZoneInfo("Asia/Shanghai"))
SITE = replace(RULES, site_url="https://old.example.org/blog", permalink="/:year/:title/")


def parsed(front_matter: str, body: str = "", *, path: str = "2024-07-15-a.md", rules: SeedRules = RULES) -> Candidate:
    return parse(path, f"---\n{front_matter}\n---\n{body}".encode(), rules)


def content(body: str, *, front_matter: str = "title: t", path: str = "a.md", rules: SeedRules = RULES) -> str | None:
    return clean_candidate(parsed(front_matter, body, path=path, rules=rules), base_url=None).content


# --- Liquid -------------------------------------------------------------------------------------------------------------


def rendered(text: str) -> str:
    return render_liquid(text, lambda tag, name: f"<{tag}:{name}>" if name != "absent" else None)[0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("no Liquid: { { } } % %} }}", "no Liquid: { { } } % %} }}", id="none"),
        pytest.param("a {{ page.title | escape }} b {{- x -}}", "a  b ", id="output"),
        pytest.param("a{% include x.html y='%' %}b{%- if c -%}d{% endif %}", "abd", id="tags"),
        pytest.param("{% raw %}{{ x }}{% y %}{% endraw %}{{ z }}", "{{ x }}{% y %}", id="raw"),
        pytest.param("{%- raw -%}{{ x }}{%- endraw -%}", "{{ x }}", id="raw with hyphens"),
        pytest.param("{% raw %}a {{ x }} b", "a  b", id="raw without an end"),
        pytest.param("a{% comment %}b {{ c }}{% endcomment %}d", "ad", id="a comment"),
        pytest.param("{% post_url 2024-07-15-x %}|{% link x.md %}", "<post_url:2024-07-15-x>|<link:x.md>", id="addresses"),
        pytest.param("[a]({% post_url absent %})", "[a]()", id="an address nobody knows"),
        pytest.param("![]({{ '/x.png' | relative_url }})", "![](/x.png)", id="a path on the site"),
        pytest.param("![]({{ site.url }}/x.png)", "![](/x.png)", id="the site itself"),
        pytest.param("{{< toc >}}a{{% b %}}c", "ac", id="Hugo's shortcodes"),
        pytest.param("{% raw %}{{< x >}}{% endraw %}", "{{< x >}}", id="a shortcode in raw"),
        pytest.param("a {{ b\nc", "a \nc", id="an output that does not end"),
        pytest.param("a {% b\nc {% d %}e", "a \nc e", id="a tag that does not end"),
        pytest.param("<p>a {% b</p>c", "<p>a </p>c", id="nor within its line"),
        pytest.param("{{{ a }}} {{}} {{ }}", "  ", id="three braces, and nothing"),
        pytest.param("{% raw %}{{% endraw %}{ y }}", "{ { y }}", id="what only removing makes Liquid"),
        pytest.param("{{{ x }}{{ y }}", "", id="braces in a row"),
        pytest.param("int a[2][2] = {{1, 2}, {3, 4}};", "int a[2][2] = {{1, 2}, {3, 4}};", id="an initialiser"),
        pytest.param("x = {{0}}, {{{-1.0f, 2}}}", "x = {{0}}, {{{-1.0f, 2}}}", id="initialisers"),
    ],
)
def test_liquid_is_carried_out_or_removed(text: str, left: str) -> None:
    assert rendered(text) == left


def test_a_highlighted_block_is_code() -> None:
    body = "text\n{% highlight c linenos %}\nif (a<b)\n\n  {{ x }}*y*\n{% endhighlight %}\nmore"

    assert content(body) == "<p>text</p>\n<pre><code>if (a&lt;b)\n\n  *y*\n</code></pre>\n<p>more</p>"
    assert content(body, path="a.html") == "text<pre><code>if (a&lt;b)\n\n  *y*\n</code></pre>more"


def test_raw_code_keeps_its_braces() -> None:
    assert content("```\n{% raw %}{{ x }}{% endraw %}\n```") == "<pre><code>{{ x }}\n</code></pre>"


@pytest.mark.parametrize(
    ("front_matter", "rules"),
    [
        pytest.param("render_with_liquid: false", RULES, id="the post says so"),
        pytest.param("title: t", replace(RULES, liquid=False), id="the operator says so"),
    ],
)
def test_without_liquid_braces_are_text(front_matter: str, rules: SeedRules) -> None:
    assert content("`{{ x }}` {% y %}", front_matter=front_matter, rules=rules) == "<p><code>{{ x }}</code> {% y %}</p>"


@pytest.mark.parametrize(
    "bomb", ["{% raw %}", "{{ x ", "{% a", "{{", "{% highlight %}{% raw %}", "{% comment %}{{", "{{< highlight >}}", "{{< a"]
)
def test_liquid_takes_linear_time(bomb: str) -> None:
    text = bomb * (400_000 // len(bomb))
    before = time.process_time()
    rendered(text)

    assert time.process_time() - before < 5  # with the square of the length it takes minutes


def test_links_to_other_posts_lead_to_where_they_were() -> None:
    body = "[a]({% post_url 2020-01-02-My-post %}) [b]({% link /pdf/x.pdf %}) [c]({% link _posts/2020-01-02-y.md %})"

    assert [part.partition('"')[0] for part in (parsed("title: t", body, rules=SITE).content or "").split('href="')[1:]] == [
        "https://old.example.org/blog/2020/My-post/",
        "https://old.example.org/blog/pdf/x.pdf",
        "https://old.example.org/blog/2020/y/",
    ]
    assert content("[a]({% post_url 2020-01-02-My-post %})") == '<p><a rel="noopener noreferrer nofollow">a</a></p>'


# --- permalinks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "path"),
    [
        pytest.param("date", "/tech/%E4%BA%BA%E5%B7%A5%20ai/2024/07/05/My-Post.html", id="date"),
        pytest.param("pretty", "/tech/%E4%BA%BA%E5%B7%A5%20ai/2024/07/05/My-Post/", id="pretty"),
        pytest.param("ordinal", "/tech/%E4%BA%BA%E5%B7%A5%20ai/2024/187/My-Post.html", id="ordinal"),
        pytest.param("none", "/tech/%E4%BA%BA%E5%B7%A5%20ai/My-Post.html", id="none"),
        pytest.param("weekdate", "/tech/%E4%BA%BA%E5%B7%A5%20ai/2024/W27/Fri/My-Post.html", id="weekdate"),
        pytest.param("/:w_year/:week/:w_day/:long_day/:long_month/", "/2024/27/5/Friday/July/", id="weeks"),
        pytest.param("/:sections/:slugorcontentbasename/", "/x/2024-07-05-my-post/", id="Hugo's default"),
        pytest.param("/:slugified_categories/:slug", "/tech/%E4%BA%BA%E5%B7%A5-ai/my-post", id="slugs"),
        pytest.param("/:short_year/:i_month/:i_day/:short_month/:hour:minute:second/", "/24/7/5/Jul/090807/", id="time"),
        pytest.param("/about/", "/about/", id="no placeholder"),
        pytest.param("x//y", "/x/y", id="slashes"),
        pytest.param("/:unheard_of/:title", None, id="an unknown placeholder"),
    ],
)
def test_permalinks_follow_jekylls_rules(template: str, path: str | None) -> None:
    day = datetime(2024, 7, 5, 9, 8, 7, tzinfo=UTC)

    assert permalink(template, path="x/2024-07-05-My-Post.md", slug=None, day=day, categories=("Tech", "人工 AI")) == path


def test_a_permalink_of_which_a_part_is_not_known_is_none() -> None:
    assert permalink("date", path="a.md", slug=None, day=None, categories=()) is None
    assert permalink("pretty", path="2024-01-01-a.md", slug=None, day=datetime(2024, 1, 1, tzinfo=UTC), categories=None) is None
    assert permalink("none", path="a.md", slug=None, day=None, categories=()) == "/a.html"


@pytest.mark.parametrize(
    ("front_matter", "path", "url"),
    [
        pytest.param("title: t", "2024-07-15-a-b.md", "https://old.example.org/blog/2024/a-b/", id="the site's style"),
        pytest.param("permalink: /x/:day/", "2024-07-15-a.md", "https://old.example.org/blog/x/15/", id="the post's own"),
        pytest.param("permalink: none\ncategory: C", "2024-07-15-a.md", "https://old.example.org/blog/c/a.html", id="a style"),
        pytest.param("permalink: none", "c/d/_posts/2024-07-15-a.md", "https://old.example.org/blog/c/d/a.html", id="folders"),
        pytest.param("permalink: 'https://new.example/x'", "a.md", "https://new.example/x", id="a whole address"),
        pytest.param("slug: s", "x/2024-07-15-a/index.md", "https://old.example.org/blog/2024/s/", id="a slug"),
        pytest.param("title: t", "x/2024-07-15-a/index.md", "https://old.example.org/blog/2024/a/", id="an index"),
        pytest.param("date: 2023-12-31 20:00 Z", "a.md", "https://old.example.org/blog/2024/a/", id="the day of the zone"),
        pytest.param("title: t", "a.md", None, id="no date"),
        pytest.param("link: http://s.example/", "2024-07-15-a.md", "http://s.example/", id="a source comes first"),
    ],
)
def test_a_post_without_a_source_has_the_address_it_had_on_its_site(front_matter: str, path: str, url: str | None) -> None:
    assert parsed(front_matter, path=path, rules=SITE).url == url


def test_without_a_site_a_post_without_a_source_has_no_address() -> None:
    assert parsed("permalink: /x/").url is None


# --- categories ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "tags", "name"),
    [
        pytest.param("renminyoudianbao", ("人民邮电报新闻",), "人民邮电报", id="the beginning of a tag"),
        pytest.param("renminyoudianbao", ("x", "财经", "人民邮电报"), "人民邮电报", id="a whole tag, not the first"),
        pytest.param("emnews", ("东财滚动新闻",), "emnews", id="no pinyin"),
        pytest.param("renmin", ("财经新闻",), "renmin", id="another word"),
        pytest.param("ren", ("人",), "ren", id="one character is no name"),
        pytest.param("renmin", ("最新人民",), "renmin", id="not within a tag"),
        pytest.param("人民", ("人民网",), "人民", id="a name already"),
        pytest.param("Renmin", ("人民",), "Renmin", id="not the form of a slug"),
        pytest.param("renmin", (), "renmin", id="no tags"),
    ],
)
def test_a_category_in_pinyin_has_the_name_that_a_tag_writes_so(category: str, tags: tuple[str, ...], name: str) -> None:
    assert human_name(category, tags) == name


def test_the_name_that_the_configuration_gives_comes_first() -> None:
    front_matter = "categories: [renmin, caijing]\ntags: [人民网, 财经]"

    assert parsed(front_matter).categories == ("人民", "财经")
    assert parsed(front_matter, rules=replace(RULES, named_categories=("renmin",))).categories == ("renmin", "财经")


# --- pictures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "enclosure"),
    [
        pytest.param("image: http://i.example/a.png", ("http://i.example/a.png", "image/png"), id="text"),
        pytest.param("image:\n  path: http://i.example/a.JPG?x\n  alt: b", ("http://i.example/a.JPG?x", "image/jpeg"), id="path"),
        pytest.param("image: [http://i.example/a.webp, x]", ("http://i.example/a.webp", "image/webp"), id="a list"),
        pytest.param("image: http://i.example/a", ("http://i.example/a", "image/jpeg"), id="no telling name"),
        pytest.param("image: /a.gif", ("https://old.example.org/a.gif", "image/gif"), id="on the site"),
        pytest.param("image: https://api.vvhan.com/api/bing?rand=sj", None, id="a random picture"),
        pytest.param("image: https://pics.example/1", None, id="a random picture, the operator says"),
        pytest.param("image: 'data:image/png;base64,xx'", None, id="no web address"),
        pytest.param("image: {alt: x}", None, id="no address at all"),
        pytest.param("image: ''", None, id="empty"),
        pytest.param("cover:\n  image: /c.png\n  relative: true", ("https://old.example.org/c.png", "image/png"), id="a theme's"),
        pytest.param("cover: false\nthumbnail: /t.gif", ("https://old.example.org/t.gif", "image/gif"), id="the next key"),
        pytest.param("featuredImage: /a.png\nimage: /b.png", ("https://old.example.org/b.png", "image/png"), id="image first"),
        pytest.param("cover: '#49b1f5'", None, id="a colour"),
        pytest.param("banner: 'http://[x'", None, id="no address after all"),
    ],
)
def test_the_image_is_an_enclosure_unless_it_is_a_random_one(image: str, enclosure: tuple[str, str] | None) -> None:
    wanted = (Enclosure(url=enclosure[0], media_type=enclosure[1]),) if enclosure else ()

    assert parsed(image, rules=replace(SITE, random_images=("pics.example",))).enclosures == wanted


def test_a_relative_image_without_a_site_is_relative_to_the_source() -> None:
    assert parsed("image: a.png\nlink: http://s.example/x/y").enclosures[0].url == "http://s.example/x/a.png"
    assert parsed("image: a.png").enclosures == ()
