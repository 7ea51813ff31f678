"""The short ways through dates, links and characters end where the long ones do."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aggregator.parse import dates
from aggregator.parse.dates import read_date
from aggregator.parse.fields import absolute_url, legal

BASES = ["http://a.example/feed", "https://a.example:8443/x/y?z#w"]
URL_PIECES = [
    "http",
    "https",
    "HTTP",
    "://",
    ":",
    "/",
    "//",
    "a.example",
    "..",
    "?",
    "#",
    ";",
    "b=1",
    "&",
    "[",
    "é",
    " ",
    "%20",
    "@",
    "\n",
]
DATE_PIECES = [
    *(
        "2024",
        "0001",
        "9999",
        "-",
        ":",
        "T",
        "Z",
        "+",
        "05",
        "12",
        "31",
        "24",
        "60",
        "00",
        ".",
        "123456",
        "1234567",
        " ",
        "Wed, ",
        "Wed ",
    ),
    *(
        "1 ",
        "01 ",
        "Feb ",
        "feb ",
        "Mai ",
        "GMT",
        "+0800",
        "-2500",
        "+05:30",
        "2024-05-01T20:00:00",
        "Wed, 01 May 2024 20:00:00 ",
    ),
]


@given(st.lists(st.sampled_from(URL_PIECES), max_size=10).map("".join), st.sampled_from(BASES))
@example("http://a.example?", BASES[0])
@example("http://a.example/#", BASES[0])
def test_a_link_is_what_the_standard_library_makes_of_it(reference: str, base: str) -> None:
    try:
        url = urljoin(base, reference.strip())
        parts = urlsplit(url)
    except ValueError:
        assert absolute_url(base, reference) is None
        return
    assume("@" not in parts.netloc)
    assert absolute_url(base, reference) == (url if parts.scheme in {"http", "https"} and parts.netloc else None)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("http://u:p@a.example:80/x?y@z#@", "http://a.example:80/x?y@z#@"),
        ("//u@a.example", "https://a.example"),
        ("http://u:p@b@a.example/", "http://a.example/"),
        ("http://u:p\n@a.example/", "http://a.example/"),
        ("http://u:p@/", None),
        ("http://a.example\\@b.example/", None),
    ],
)
def test_a_link_has_no_user_name_and_no_password(reference: str, url: str | None) -> None:
    assert absolute_url("https://b.example/", reference) == url


@given(st.lists(st.sampled_from(DATE_PIECES), max_size=8).map("".join))
@example("2024-12-31T23:59:60Z")
@example("0001-01-01T00:00:00+14:00")
@example("Wed, 1 Feb 2024 20:00:00 -0000")
def test_a_usual_date_is_what_the_notations_make_of_it(raw: str) -> None:
    usual = dates._usual_moment(raw)

    if usual is not None and dates._EARLIEST <= usual <= dates._LATEST:
        assert dates._moment(raw, "Asia/Shanghai") == (usual, True)
        assert read_date(raw, field="published") == (usual, None)


@given(st.text() | st.text(st.characters(max_codepoint=0x7F)))
@example("a\nb\x0b")
@example("\ufffe")
@example("\ud83d\ude00 \ud800")
def test_illegal_characters_are_left_out_and_surrogates_joined(text: str) -> None:
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    assert legal(text) == re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", joined)
