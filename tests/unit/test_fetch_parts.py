from __future__ import annotations

import gzip
import math
import tracemalloc
import zlib
from base64 import b64encode
from http import HTTPStatus

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.fetch import Reason
from aggregator.fetch.body import MAX_MEMBERS, Body, BodyError
from aggregator.fetch.head import BadFieldError, ResponseHead, further_fields, request_fields
from aggregator.fetch.reasons import Ending, of_ending, of_status
from aggregator.fetch.route import Route
from aggregator.fetch.target import BadUrlError, Target, _read, redirected, target_of
from aggregator.fetch.turns import Turns
from aggregator.model import Hop, Validators

FEED = b"<feed xmlns='http://www.w3.org/2005/Atom'/>"
LARGE = bytes(3 * 1024 * 1024)
PACKERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


def basic(credentials: bytes) -> str:
    return f"Basic {b64encode(credentials).decode()}"


def unpack(coding: str, wire: bytes, *, step: int = 7, limit: int = 10_000_000) -> bytes:
    body = Body(coding, limit=limit)
    for start in range(0, len(wire), step):
        body.feed(wire[start : start + step])
    return body.finish()


@given(data=st.binary(max_size=300), step=st.integers(1, 400))
def test_what_was_packed_is_unpacked_however_it_is_cut_into_chunks(data: bytes, step: int) -> None:
    assert unpack("gzip", gzip.compress(data), step=step) == data
    assert unpack("gzip", gzip.compress(data) + gzip.compress(data), step=step) == data + data
    assert unpack("deflate", zlib.compress(data), step=step) == data
    assert unpack("br", brotli.compress(data), step=step) == data
    assert unpack("identity, gzip", gzip.compress(data), step=step) == data
    assert unpack("", data, step=step) == data


@given(data=st.binary(max_size=300), step=st.integers(1, 400), cut=st.integers(1, 400))
def test_no_beginning_of_a_packed_body_passes_for_the_whole(data: bytes, step: int, cut: int) -> None:
    for coding, pack in PACKERS.items():
        wire = pack(data + b"!")  # Brotli says "nothing" in a single byte, which has no beginning
        with pytest.raises(BodyError) as caught:
            unpack(coding, wire[: max(1, len(wire) - cut)], step=step)
        assert caught.value.why.code == Reason.TRUNCATED


@pytest.mark.parametrize(
    ("coding", "wire", "limit", "expected"),
    [
        pytest.param("gzip", gzip.compress(FEED) + b"junk", 10**6, Reason.BAD_CODING, id="junk behind gzip"),
        pytest.param("deflate", zlib.compress(FEED) * 2, 10**6, Reason.BAD_CODING, id="deflate twice"),
        pytest.param("gzip", gzip.compress(b"") * (MAX_MEMBERS + 1), 10**6, Reason.BAD_CODING, id="too many members"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(FEED)), 10**6, Reason.BAD_CODING, id="stacked"),
        pytest.param("gzip", gzip.compress(FEED)[:-8] + bytes(8), 10**6, Reason.BAD_CODING, id="wrong checksum"),
        pytest.param("gzip", gzip.compress(bytes(range(256)) * 20), 1000, Reason.TOO_LARGE, id="unpacks beyond the limit"),
        pytest.param("br", brotli.compress(FEED) + b"junk", 10**6, Reason.BAD_CODING, id="junk behind Brotli"),
        pytest.param("br", brotli.compress(FEED) * 2, 10**6, Reason.BAD_CODING, id="Brotli twice"),
        pytest.param("br", FEED, 10**6, Reason.BAD_CODING, id="no Brotli at all"),
        pytest.param(", ".join(["gzip"] * 1000), b"", 10**6, Reason.BAD_CODING, id="a thousand codings"),
        pytest.param("gzip", gzip.compress(LARGE), 10**8, Reason.TOO_LARGE, id="gzip that unpacks beyond reason"),
        pytest.param("deflate", zlib.compress(LARGE), 10**8, Reason.TOO_LARGE, id="deflate that does"),
        pytest.param("br", brotli.compress(LARGE), 10**8, Reason.TOO_LARGE, id="Brotli that does"),
        pytest.param("br", brotli.compress(LARGE), 10**6, Reason.TOO_LARGE, id="Brotli beyond the limit"),
        pytest.param("", bytes(1001), 1000, Reason.TOO_LARGE, id="plain beyond the limit"),
    ],
)
def test_a_body_that_does_not_keep_its_word_is_refused(coding: str, wire: bytes, limit: int, expected: str) -> None:
    with pytest.raises(BodyError) as caught:
        unpack(coding, wire, step=65536, limit=limit)
    assert caught.value.why.code == expected


@pytest.mark.parametrize("coding", PACKERS)
def test_a_bomb_takes_no_more_memory_than_the_limit_and_a_little(coding: str) -> None:
    wire = PACKERS[coding](bytes(50_000_000))
    body = Body(coding, limit=1_000_000)
    tracemalloc.start()
    with pytest.raises(BodyError):
        body.feed(wire)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_as_many_gzip_members_as_allowed_are_taken() -> None:
    assert unpack("gzip", gzip.compress(b"x") * MAX_MEMBERS) == b"x" * MAX_MEMBERS


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    for coding, pack in PACKERS.items():
        assert unpack(coding, pack(FEED * 100), limit=len(FEED) * 100) == FEED * 100
    assert unpack("", FEED, limit=len(FEED)) == FEED


@pytest.mark.parametrize(
    ("url", "target"),
    [
        pytest.param("http://Example.ORG", Target(url="http://example.org/", host="example.org"), id="only a host"),
        pytest.param("https://h.example./a#b", Target(url="https://h.example./a", host="h.example"), id="root dot, fragment"),
        pytest.param(
            "http://h:8080/标签?q=新%20", Target(url="http://h:8080/%E6%A0%87%E7%AD%BE?q=%E6%96%B0%20", host="h"), id="Chinese"
        ),
        pytest.param("http://例え.jp/", Target(url="http://xn--r8jz45g.jp/", host="xn--r8jz45g.jp"), id="Japanese host"),
        pytest.param("http://[0:0::1]:80/", Target(url="http://[::1]:80/", host="[::1]"), id="v6"),
        pytest.param(
            "http://u@x:p@h/", Target(url="http://h/", host="h", authorization=basic(b"u@x:p")), id="@ in the user name"
        ),
        pytest.param(
            "http://%E6%96%87:%3A新@h/",
            Target(url="http://h/", host="h", authorization=basic("文::新".encode())),
            id="beyond ASCII",
        ),
        pytest.param("http://@h/", Target(url="http://h/", host="h"), id="an empty name"),
        pytest.param("http://u@h/", Target(url="http://h/", host="h", authorization=basic(b"u:")), id="no password"),
        pytest.param("http://h/a/../%7Eb?x=[1]&y='", Target(url="http://h/a/../%7Eb?x=[1]&y='", host="h"), id="left as it is"),
    ],
)
def test_a_url_goes_on_the_wire_in_ascii(url: str, target: Target) -> None:
    assert target_of(url) == target


@given(st.text())
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    try:
        target = target_of("http://" + text)
    except BadUrlError:
        return
    assert target.url.isascii()
    assert target_of(target.url) == replace(target, authorization=None)


@given(st.text(alphabet='ab:/?#[]@.%1=&~;\\é "^0', max_size=12), st.sampled_from(["http://h", "https://a.b:80", "http://h/"]))
def test_a_plain_url_is_read_as_any_other(rest: str, start: str) -> None:
    try:
        expected = _read(start + rest)
    except BadUrlError:
        expected = None
    try:
        read = target_of(start + rest)
    except BadUrlError:
        read = None
    assert read == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("http://h/a", "http://h:80/b?c", True, id="the default port, spelled out"),
        pytest.param("https://h/", "https://h:443/", True, id="that of https"),
        pytest.param("http://[::1]:80/", "http://[::1]/", True, id="v6"),
        pytest.param("http://h/", "https://h/", False, id="another scheme"),
        pytest.param("http://h/", "http://h:8080/", False, id="another port"),
        pytest.param("http://h/", "http://h.example/", False, id="another host"),
        pytest.param("http://h:443/", "https://h:443/", False, id="another scheme on one port"),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a table's column
    assert (target_of(one).origin == target_of(other).origin) is same


@pytest.mark.parametrize(
    ("location", "url"),
    [
        pytest.param(b"/b", "http://h:8080/b", id="path"),
        pytest.param(b"b?c", "http://h:8080/a/b?c", id="relative path"),
        pytest.param(b"?c", "http://h:8080/a/feed?c", id="query"),
        pytest.param(b"//o/b", "http://o/b", id="host"),
        pytest.param(b"https://o", "https://o/", id="all of it"),
        pytest.param(b"/a b", "http://h:8080/a%20b", id="space"),
        pytest.param("/文".encode(), "http://h:8080/%E6%96%87", id="UTF-8"),
        pytest.param("/文".encode("gbk"), "http://h:8080/%CE%C4", id="GBK"),
        pytest.param(b"http://u:p@o/", "http://o/", id="credentials nobody gave us"),
        pytest.param(b"/b#c", "http://h:8080/b", id="fragment"),
    ],
)
def test_a_redirect_leads_where_a_browser_would_go(location: bytes, url: str) -> None:
    assert redirected(target_of("http://u:p@h:8080/a/feed?x"), location) == Target(url=url, host=target_of(url).host)


@pytest.mark.parametrize("location", [b"ftp://o/", b"javascript:alert(1)", b"http://[x", b"/a\\b", b"/a\0b", b"x" * 9000])
def test_a_redirect_to_what_cannot_be_requested_is_refused(location: bytes) -> None:
    with pytest.raises(BadUrlError):
        redirected(target_of("http://h/"), location)


@given(st.binary(max_size=60))
def test_any_location_is_a_url_or_is_refused(location: bytes) -> None:
    try:
        target = redirected(target_of("http://h/a"), location)
    except BadUrlError:
        return
    assert target_of(target.url) == target


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://user:sec/ret@h/", id="a slash in it"),
        pytest.param("ftp://user:secret@h/", id="another scheme"),
        pytest.param("http://user:secret@h:port/", id="no port"),
        pytest.param("http://user:secret@a..例/", id="no name"),
        pytest.param("http://user:secret@[::g]/", id="no address"),
        pytest.param("http://user:sec[ret@h/", id="a bracket in it"),
        pytest.param("http://user:secret℀@h/", id="what becomes a slash"),
        pytest.param("http://user:se cret@h/", id="a space in it"),
    ],
)
def test_a_refusal_does_not_show_the_password(url: str) -> None:
    with pytest.raises(BadUrlError) as caught:
        target_of(url)
    assert "sec" not in str(caught.value)


def test_a_route_remembers_its_hops_and_whether_it_left_home() -> None:
    start = Route(target=target_of("http://h/a"))
    inside = start.onward(301, b"/b")
    abroad = inside.onward(302, b"http://o/c")
    back = abroad.onward(308, b"http://h/d")
    assert (start.at_home, inside.at_home, abroad.at_home, back.at_home) == (True, True, False, False)
    assert back.target == target_of("http://h/d")
    assert back.hops == (
        Hop(url="http://h/a", status=301),
        Hop(url="http://h/b", status=302),
        Hop(url="http://o/c", status=308),
    )


def test_hosts_take_turns_and_keep_their_order() -> None:
    turns = Turns([("b", 3), ("a", 1), ("a", 2), ("c", 4)], spacing=0)
    assert [turns.take(0), turns.take(0)] == [("a", 1), ("b", 3)]  # most to do, first come
    turns.release("b", 0)
    turns.release("a", 0)
    assert [turns.take(0), turns.take(0)] == [("a", 2), ("c", 4)]
    assert not turns


def test_a_busy_host_has_no_turn() -> None:
    turns = Turns([("a", 1), ("a", 2)], spacing=0)
    assert [turns.take(0), turns.take(100)] == [("a", 1), None]
    assert turns


def test_a_host_rests_after_each_request_while_others_have_their_turns() -> None:
    turns = Turns([("a", 1), ("a", 2), ("b", 3), ("b", 4)], spacing=10)
    assert turns.wakes_at == math.inf
    assert [turns.take(0), turns.take(0)] == [("a", 1), ("b", 3)]
    turns.release("a", 5)
    assert (turns.take(14.9), turns.wakes_at) == (None, 15)
    turns.release("b", 14.9)
    assert [turns.take(15), turns.take(15), turns.wakes_at] == [("a", 2), None, 24.9]
    assert turns.take(24.9) == ("b", 4)
    assert not turns


def test_what_was_begun_elsewhere_comes_first_but_waits_for_the_rest() -> None:
    turns = Turns([("a", 1), ("a", 2)], spacing=10)
    turns.take(0)
    turns.release("a", 0)
    turns.put("a", 3)
    turns.put("b", 4)
    assert [turns.take(0), turns.take(0), turns.take(10)] == [("b", 4), None, ("a", 3)]
    turns.release("b", 10)
    turns.release("a", 10)
    assert turns.take(20) == ("a", 2)
    assert not turns
    turns.put("b", 5)  # its rest is over, and it was forgotten
    assert turns.take(20) == ("b", 5)


@given(
    st.lists(st.sampled_from("abc"), max_size=12),
    st.lists(st.tuples(st.sampled_from(["take", "release", "redirect"]), st.integers(0, 7), st.sampled_from("abc")), max_size=60),
)
def test_no_host_is_asked_twice_at_a_time_or_before_it_has_rested(hosts: list[str], events: list[tuple[str, int, str]]) -> None:
    turns = Turns([(host, number) for number, host in enumerate(hosts)], spacing=5)
    busy: list[tuple[str, int]] = []
    released: dict[str, int] = {}
    now, done = 0, 0
    for event, passed, host in [*events, *[("take", 5, "a"), ("release", 0, "a")] * (len(hosts) + len(events))]:
        now += passed
        if event == "take" and (turn := turns.take(now)):
            assert turn[0] not in {other for other, _ in busy}
            assert now >= released.get(turn[0], -5) + 5
            busy.append(turn)
        elif event != "take" and busy:
            left, thing = busy.pop(0)
            turns.release(left, now)
            released[left] = now
            if event == "redirect":
                turns.put(host, thing)
            else:
                done += 1
    assert (done, bool(turns)) == (len(hosts), False)


@pytest.mark.parametrize(
    ("ending", "status", "expected"),
    [
        pytest.param(Ending(error=92), 200, ("truncated", "the connection"), id="HTTP/2 stream cut"),
        pytest.param(Ending(error=92), 0, ("protocol", "the server's answer"), id="HTTP/2 refused"),
        pytest.param(
            Ending(error=7, os_error=113),
            0,
            ("unreachable", "could not connect to h: no route"),
            id="no route",
        ),
        pytest.param(Ending(error=77), 0, ("tls", "this machine's CA certificates"), id="no CA file"),
        pytest.param(
            Ending(error=60, certificate=20),
            0,
            ("tls", "the certificate of h comes from"),
            id="unknown CA",
        ),
        pytest.param(
            Ending(error=35, text="wrong\nversion \udc80"),
            0,
            ("tls", "no TLS connection to h: wrong version ?"),
            id="one line",
        ),
        pytest.param(Ending(error=4711, text="odd"), 0, ("protocol", "odd (libcurl error 4711)"), id="unheard of"),
    ],
)
def test_an_ending_has_a_code_and_words(ending: Ending, status: int, expected: tuple[str, str]) -> None:
    why = of_ending(ending, host="h", status=status)
    assert (why.code, why.message[: len(expected[1])]) == expected


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(401, "401 needs credentials", id="401"),
        pytest.param(503, "503 Service Unavailable", id="503"),
        pytest.param(204, "204 No Content: no whole document comes with it", id="204"),
        pytest.param(302, "302 Found: a redirect that does not say where to", id="302"),
        pytest.param(799, "799 (unknown status)", id="799"),
    ],
)
def test_a_status_has_words(status: int, message: str) -> None:
    assert of_status(status).message == message


# --- header fields -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("secret\r\nX: y", id="CR LF"),
        pytest.param("secret\nX: y", id="LF"),
        pytest.param("secret\x00", id="NUL"),
        pytest.param("secret\x7f", id="DEL"),
        pytest.param("secret文", id="beyond ASCII"),
        pytest.param("", id="nothing"),
    ],
)
def test_no_value_of_a_field_can_become_another_line(value: str) -> None:
    with pytest.raises(BadFieldError) as caught:
        further_fields([("X-Token", value)])
    assert str(caught.value) == "the value of the header field X-Token must be printable ASCII, in one line"
    with pytest.raises(BadFieldError):
        request_fields(Validators(), value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("X: y\r\nZ", "the name of a header field may have letters, digits and hyphens only", id="injection"),
        pytest.param("secret value", "the name of a header field may have letters, digits and hyphens only", id="space"),
        pytest.param("", "the name of a header field may have letters, digits and hyphens only", id="nothing"),
        pytest.param("hOST", "the header field hOST is ours to set; leave it out", id="of the connection"),
        pytest.param("If-None-Match", "the header field If-None-Match is ours to set; leave it out", id="of our request"),
    ],
)
def test_a_field_that_would_make_another_request_is_refused(name: str, message: str) -> None:
    with pytest.raises(BadFieldError) as caught:
        further_fields([(name, "value")])
    assert str(caught.value) == message


def test_a_value_keeps_every_byte_of_its_line_and_no_byte_of_others() -> None:
    head = ResponseHead()
    for line in (b"HTTP/1.1 200 OK\r\n", b"ETag:  a\x85b\x0bc \r\n", b"\r\n"):
        assert head.add(line)
    assert (head.status, head.fields) == (HTTPStatus.OK, {"etag": ["a\x85b\x0bc"]})


@pytest.mark.parametrize(
    ("status", "followed"),
    [(300, True), (301, True), (302, True), (303, True), (304, False), (305, False), (307, True), (308, True), (200, False)],
)
def test_a_location_counts_where_it_says_where_to_go_instead(status: int, followed: bool) -> None:  # noqa: FBT001 - a table's column
    head = ResponseHead()
    for line in (f"HTTP/1.1 {status} X\r\n".encode(), b"Location: /a\r\n", b"\r\n"):
        head.add(line)
    assert head.location == (b"/a" if followed else None)
