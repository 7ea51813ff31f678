"""Lists of subscriptions in OPML, as a user imports and exports them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply
from own_site import COMMAND, TIMEOUT, OwnSite

if TYPE_CHECKING:
    from pathlib import Path

MANY = 400
LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head><title>Mine</title></head>
  <body>
    <outline text="新闻">
      <outline type="rss" text="One" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/"/>
      <outline type="rss" text="Two" xmlUrl="https://two.example/feed" category="/Tech"/>
    </outline>
    <outline type="rss" text="Known" xmlUrl="https://known.example/feed"/>
    <outline type="rss" text="Off" xmlUrl="https://off.example/feed"/>
    <outline type="rss" text="Command" xmlUrl="exec:/bin/sh"/>
    <outline type="rss" text="Twice" xmlUrl="https://one.example/feed"/>
    <outline type="rss" text="Private" xmlUrl="https://me:geheim@private.example/feed"/>
  </body>
</opml>
"""


@pytest.fixture(name="listed")
def _listed(site: OwnSite) -> Path:
    """Return a list of which one feed is subscribed already, and one disabled."""
    site.configure("site: {title: 我的}")
    site.run("feed", "add", "--no-check", "https://known.example/feed", "--category", "Old")
    site.run("feed", "add", "--no-check", "https://off.example/feed")
    site.run("feed", "disable", "https://off.example/feed", "--reason", "too noisy")
    path = site.folder / "list.opml"
    path.write_text(LIST)
    return path


def subscribed(site: OwnSite) -> dict[str, list[str]]:
    """Return the categories of the feeds that are polled, by their addresses."""
    feeds = json.loads(site.run("feed", "list", "--json"))
    return {f["subscription"]["url"]: f["subscription"]["categories"] for f in feeds if f["disabled_reason"] is None}


def row(line: int, result: str, feed: str, **more: Any) -> dict[str, Any]:
    return {"line": line, "result": result, "feed": feed, "title": None, "categories": [], "code": None, "why": None} | more


def test_each_outline_is_told_with_what_became_of_it(site: OwnSite, listed: Path) -> None:
    told = json.loads(site.run("opml", "import", listed.name, "--json", "--category", "Mine"))

    assert told == {
        "outlines": [
            row(6, "new", "https://one.example/feed", title="One", categories=["新闻", "Mine"]),
            row(7, "new", "https://two.example/feed", title="Two", categories=["新闻", "Tech", "Mine"]),
            row(9, "already subscribed", "https://known.example/feed", categories=["Old"]),
            row(
                10, "already subscribed", "https://off.example/feed",
                why="but disabled: too noisy; `aggregator feed enable` polls it again",
            ),
            row(11, "refused", "Command", code="not-http", why="its address begins with neither http:// nor https://"),
            row(12, "refused", "Twice", code="again", why="line 6 has it already; its categories were added there"),
            row(
                13, "refused", "Private", code="credentials",
                why="its address holds a user name or password; subscribe without, and name them in config.yaml",
            ),
        ],
        "totals": {"new": 2, "already subscribed": 2, "refused": 3},
    }  # fmt: skip
    assert subscribed(site) == {
        "https://known.example/feed": ["Old"],
        "https://one.example/feed": ["新闻", "Mine"],
        "https://two.example/feed": ["新闻", "Tech", "Mine"],
    }


def test_what_cannot_be_subscribed_is_told_with_file_and_line(site: OwnSite, listed: Path) -> None:
    lines = site.run("opml", "import", listed.name).splitlines()

    assert lines[0] == "PLACE\tRESULT\tFEED\tCATEGORIES\tWHY"
    assert lines[5] == "list.opml:11\trefused\tCommand\t-\tits address begins with neither http:// nor https://"
    assert lines[-1] == "2 new, 2 already subscribed, 3 refused"


def test_a_dry_run_tells_the_same_and_subscribes_to_nothing(site: OwnSite, listed: Path) -> None:
    before = subscribed(site)
    rehearsed = site.run("opml", "import", listed.name, "--dry-run")

    assert subscribed(site) == before
    assert site.run("opml", "import", listed.name) == rehearsed


def test_several_hundred_feeds_come_in_one_go_and_only_once(site: OwnSite) -> None:
    site.configure("")
    feeds = "".join(f'<outline type="rss" text="Feed {n}" xmlUrl="https://a{n}.example/feed"/>\n' for n in range(MANY))
    (site.folder / "many.opml").write_text(f'<opml version="2.0"><body>{feeds}</body></opml>')

    totals = [json.loads(site.run("opml", "import", "many.opml", "--json"))["totals"] for _ in range(2)]
    assert totals == [
        {"new": MANY, "already subscribed": 0, "refused": 0}, {"new": 0, "already subscribed": MANY, "refused": 0},
    ]  # fmt: skip
    assert list(subscribed(site)) == [f"https://a{n}.example/feed" for n in range(MANY)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('<opml version="2.0"><body>\n<outline', "<stdin>: line 2: this is not well-formed XML", id="cut"),
        pytest.param("<html/>", "<stdin>: ", id="no list"),
        pytest.param("", "<stdin>: the list is empty", id="empty"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(site: OwnSite, text: str, said: str) -> None:
    site.configure("")
    done = subprocess.run(
        [COMMAND, "opml", "import", "-"], cwd=site.folder, env=site.environ, timeout=TIMEOUT, input=text,
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"aggregator: {said}")


def test_a_removed_feed_is_taken_up_again_by_a_list(site: OwnSite, listed: Path) -> None:
    site.run("feed", "remove", "https://known.example/feed")

    assert json.loads(site.run("opml", "import", listed.name, "--json"))["totals"]["new"] == 3
    assert subscribed(site)["https://known.example/feed"] == []


def test_the_feeds_that_are_polled_are_exported_in_folders_of_their_first_categories(site: OwnSite, listed: Path) -> None:
    site.run("opml", "import", listed.name)

    assert site.run("opml", "export") == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>我的</title>\n"
        "    <dateModified>Fri, 02 Jan 2026 03:04:05 GMT</dateModified>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline text="Old">\n'
        '      <outline type="rss" text="https://known.example/feed" xmlUrl="https://known.example/feed" />\n'
        "    </outline>\n"
        '    <outline text="新闻">\n'
        '      <outline type="rss" text="One" title="One" xmlUrl="https://one.example/feed" />\n'
        '      <outline type="rss" text="Two" title="Two" xmlUrl="https://two.example/feed" category="Tech" />\n'
        "    </outline>\n"
        "  </body>\n"
        "</opml>\n"
    )


def test_an_export_is_the_same_at_any_time_and_after_an_import_elsewhere(site: OwnSite, listed: Path, tmp_path: Path) -> None:
    site.run("opml", "import", listed.name)
    exported = site.run("opml", "export")
    site.set_clock("2026-03-04T05:06:07+00:00")
    assert site.run("opml", "export") == exported

    elsewhere = OwnSite(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    elsewhere.configure("site: {title: 我的}")
    elsewhere.set_clock("2026-01-02T03:04:05+00:00")
    (elsewhere.folder / "list.opml").write_text(exported)
    elsewhere.run("opml", "import", "list.opml")
    assert elsewhere.run("opml", "export") == exported


def test_a_feed_that_moved_is_exported_where_it_is_and_known_by_both_addresses(site: OwnSite, loopback: Loopback) -> None:
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"], spacing: 0s}}')
    old, new = loopback.url("/old"), loopback.url("/new")
    item = "<item><title>Item</title><link>https://a.example/1</link></item>"
    feed = f'<rss version="2.0"><channel><title>A feed</title><link>http://me:geheim@a.example/</link>{item}</channel></rss>'
    loopback.replies |= {"/new": Reply(body=feed.encode()), "/old": Reply(status=308, headers={"Location": "/new"})}
    site.run("feed", "add", old)
    for day in (3, 4, 6):
        site.set_clock(f"2026-01-0{day}T00:00:00+00:00")
        site.run("poll")

    exported = site.run("opml", "export")
    assert exported.count("<outline ") == 1
    assert f'<outline type="rss" text="A feed" title="A feed" xmlUrl="{new}" htmlUrl="http://a.example/" />' in exported
    (site.folder / "list.opml").write_text(exported.replace("</body>", f'<outline type="rss" text="x" xmlUrl="{old}"/></body>'))
    told = json.loads(site.run("opml", "import", "list.opml", "--json"))
    assert [(outline["result"], outline["why"]) for outline in told["outlines"]] == [
        ("already subscribed", f"as {old}"), ("already subscribed", None),
    ]  # fmt: skip
