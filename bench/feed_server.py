"""Serves feeds for measurements: each from a host of its own on loopback, all through one port.

    python bench/feed_server.py NUMBER

Feed *n* lives at ``http://127.1.x.y:PORT/feed.xml``, with x and y the two digits of *n* to the base 250. It has 25 entries of
about 4 KB of HTML; RSS 2.0 and Atom alternate, and of each every other feed is Chinese. Same arguments, same bytes. The first
line on standard output is the port. The address 127.0.0.1 controls what is served; see :meth:`Site.control`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from urllib.parse import parse_qs, urlsplit

CONTROL = "127.0.0.1"
ENTRIES = 25
NEWS_EVERY = 10  # of these feeds, one has what is new
_BODY_BYTES = 4096
_BACKLOG = 4096
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstv" for vowel in "aeiou"]


def address(number: int) -> str:
    """Return the host of feed *number*."""
    return f"127.1.{number // 250}.{number % 250}"


class Writer:
    """Writes the text of a language: titles, and blocks of HTML of which bodies are made."""

    def __init__(self, *, chinese: bool) -> None:
        self._chinese = chinese
        chance = random.Random(f"blocks {chinese}")  # noqa: S311 - repeatable, not secret
        self._blocks = [self._block(chance) for _ in range(500)]

    def title(self, chance: random.Random) -> str:
        """Write a title."""
        return self._words(chance, 12 if self._chinese else 7)

    def body(self, chance: random.Random) -> str:
        """Write a body of about 4 KB."""
        blocks: list[str] = []
        size = 0
        while size < _BODY_BYTES:
            block = chance.choice(self._blocks)
            blocks.append(block)
            size += len(block.encode())
        return "\n".join(blocks)

    def _words(self, chance: random.Random, number: int) -> str:
        if self._chinese:
            return "".join(chance.choices(_HAN, k=number))
        return " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(number))

    def _sentence(self, chance: random.Random) -> str:
        comma, stop = ("，", "。") if self._chinese else (", ", ". ")
        return comma.join(self._words(chance, chance.randint(5, 12)) for _ in range(chance.randint(1, 3))) + stop

    def _block(self, chance: random.Random) -> str:
        link = f"https://example.org/{self._words(chance, 1)}/{chance.randrange(10**6)}?from=feed&amp;page=2"
        text, more, short = self._sentence(chance), self._sentence(chance), self._words(chance, 3)
        shapes = (
            f"<p>{text}{more}{self._sentence(chance)}</p>",
            f'<p>{text}<a href="{link}">{short}</a>{more}</p>',
            f'<p class="lead">{text}<strong>{short}</strong>{more}<em>{short}</em></p>',
            f'<p><img src="/pictures/{chance.randrange(10**6)}.jpg" alt="{short}" width="640" height="360"><br>{text}</p>',
            f"<h3>{short}</h3>\n<ul><li>{text}</li><li>{more}</li></ul>",
            f"<blockquote><p>{text}{more}</p></blockquote>",
        )
        return chance.choice(shapes)


WRITERS = (Writer(chinese=False), Writer(chinese=True))


def document(number: int, news: int) -> bytes:
    """Write feed *number* after *news* entries were added to its first 25; the oldest leave it as new ones come."""
    writer, home = WRITERS[number // 2 % 2], f"http://news{number}.example.org/"
    language, title = ("en", "zh-CN")[number // 2 % 2], writer.title(random.Random(f"feed {number}"))  # noqa: S311 - as above
    newest_first = range(ENTRIES + news - 1, news - 1, -1)
    if number % 2:
        head = (
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">\n<title>{title}</title>\n<id>{home}</id>\n'
            f'<link rel="alternate" href="{home}"/>\n<link rel="self" href="{home}feed.xml"/>\n'
            f"<updated>{_date(number, newest_first[0]).isoformat()}</updated>\n"
        )
        entries, end = (_atom_entry(number, entry, writer) for entry in newest_first), "</feed>\n"
    else:
        head = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
            f"<channel>\n<title>{title}</title>\n<link>{home}</link>\n<description>{title}</description>\n"
            f"<language>{language}</language>\n"
        )
        entries, end = (_rss_item(number, entry, writer) for entry in newest_first), "</channel>\n</rss>\n"
    return "".join(('<?xml version="1.0" encoding="utf-8"?>\n', head, *entries, end)).encode()


def _date(number: int, entry: int) -> datetime:
    return _EPOCH + timedelta(hours=entry, seconds=number)


def _rss_item(number: int, entry: int, writer: Writer) -> str:
    chance = random.Random(f"{number} {entry}")  # noqa: S311 - as above
    link = f"http://news{number}.example.org/articles/{entry}.html"
    return (
        f"<item>\n<title>{writer.title(chance)}</title>\n<link>{link}</link>\n<guid>{link}</guid>\n"
        f"<pubDate>{format_datetime(_date(number, entry), usegmt=True)}</pubDate>\n"
        f"<dc:creator>{writer.title(chance)}</dc:creator>\n"
        f"<category>{writer.title(chance)}</category>\n<description>{writer.title(chance)}</description>\n"
        f"<content:encoded><![CDATA[{writer.body(chance)}]]></content:encoded>\n</item>\n"
    )


def _atom_entry(number: int, entry: int, writer: Writer) -> str:
    chance = random.Random(f"{number} {entry}")  # noqa: S311 - as above
    link, date = f"http://news{number}.example.org/articles/{entry}.html", _date(number, entry).isoformat()
    return (
        f'<entry>\n<title>{writer.title(chance)}</title>\n<link href="{link}"/>\n<id>{link}</id>\n'
        f"<published>{date}</published>\n<updated>{date}</updated>\n<author><name>{writer.title(chance)}</name></author>\n"
        f'<category term="{writer.title(chance)}"/>\n<summary>{writer.title(chance)}</summary>\n'
        f'<content type="html">{escape(writer.body(chance), quote=False)}</content>\n</entry>\n'
    )


class Site:
    """What the hosts serve, and what they served since they were last told."""

    def __init__(self, number: int) -> None:
        self._first = {address(n): document(n, 0) for n in range(number)}
        self._newer: dict[str, bytes] = {}
        self._news = 0
        self._validators = True
        self._delay = 0.0
        self._answers: Counter[int] = Counter()
        self._span: tuple[float, float] | None = None  # from the first request to the last answer, by the loop's clock

    def control(self, query: str) -> bytes:
        """Serve from now on as *query* says, and tell in JSON what was answered so far: how many of each status, in which time.

        ``news=1``: every tenth feed has that many new entries. ``validators=none``: neither ETag nor Last-Modified, and 200 to
        whoever asks. ``delay=0.3``: answer after that many seconds.
        """
        wanted = {name: values[-1] for name, values in parse_qs(query).items()}
        self._validators = wanted.get("validators") != "none"
        self._delay = float(wanted.get("delay", 0))
        self._news = int(wanted.get("news", 0))
        numbers = range(0, len(self._first), NEWS_EVERY) if self._news else ()
        self._newer = {address(n): document(n, self._news) for n in numbers}
        first, last = self._span or (0.0, 0.0)
        told = {"statuses": self._answers, "seconds": last - first}
        self._answers, self._span = Counter(), None
        return _message(200, {"Content-Type": "application/json"}, json.dumps(told).encode())

    def asked(self, host: str, path: str, fields: dict[str, str], conversation: Conversation) -> None:
        """Answer a request, when it is time."""
        loop = asyncio.get_running_loop()
        if host == CONTROL:
            conversation.answer(self.control(urlsplit(path).query))
            return
        self._span = (self._span[0] if self._span else loop.time(), loop.time())
        if self._delay:
            loop.call_later(self._delay, self._answer, host, fields, conversation)
        else:
            self._answer(host, fields, conversation)

    def _answer(self, host: str, fields: dict[str, str], conversation: Conversation) -> None:
        body = self._newer.get(host) or self._first.get(host)
        news = self._news if host in self._newer else 0
        etag, modified = f'"{host}-{news}"', format_datetime(_EPOCH + timedelta(days=30 + news), usegmt=True)
        known = fields["if-none-match"] == etag if "if-none-match" in fields else fields.get("if-modified-since") == modified
        status = 404 if body is None else 304 if known and self._validators else 200
        validators = {"ETag": etag, "Last-Modified": modified} if self._validators else {}
        described = {**validators, "Content-Type": "application/xml; charset=utf-8"}
        conversation.answer(_message(status, described, body or b""))
        self._answers[status] += 1
        if self._span:
            self._span = (self._span[0], asyncio.get_running_loop().time())


def _message(status: int, fields: dict[str, str], body: bytes) -> bytes:
    """Write an answer. A 304 has no body, whatever its fields say (RFC 9112, section 6.3)."""
    phrase = {200: "OK", 304: "Not Modified", 404: "Not Found"}[status]
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    sent = b"" if status == 304 else body
    if status != 304:
        lines.append(f"Content-Length: {len(sent)}")
    return "\r\n".join([*lines, "", ""]).encode() + sent


class Conversation(asyncio.Protocol):
    """One connection; its local address tells which host was meant."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._unread = b""
        self._closes = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the host."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server gives; for the type checker
        self._transport = transport
        self._host: str = transport.get_extra_info("sockname")[0]
        if not self._host.startswith("127."):
            transport.abort()  # the socket listens everywhere, since that includes all of 127/8; nobody else is served

    def data_received(self, data: bytes) -> None:
        """Read requests; none has a body."""
        self._unread += data
        while b"\r\n\r\n" in self._unread:
            head, _, self._unread = self._unread.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            self._closes = fields.get("connection", "").lower() == "close"
            self._site.asked(self._host, first.split(" ")[1], fields, self)

    def answer(self, message: bytes) -> None:
        """Send an answer, unless the client has left."""
        if not self._transport.is_closing():
            self._transport.write(message)
            if self._closes:
                self._transport.close()


async def serve(number: int) -> None:
    """Serve until killed."""
    site = Site(number)
    loop = asyncio.get_running_loop()
    # all of 127/8 without a socket for each
    server = await loop.create_server(lambda: Conversation(site), "0.0.0.0", 0, backlog=_BACKLOG)  # noqa: S104
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
