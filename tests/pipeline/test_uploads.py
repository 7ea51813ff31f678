"""Published files in a bucket: a real store, a real folder, a real S3 server on loopback."""

from __future__ import annotations

import hashlib
import socket
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from s3_server import NAME, S3, s3_server

from aggregator.bucket import Bucket
from aggregator.model.buckets import BucketAccess
from aggregator.publish.uploads import Uploaded, upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsroom import Newsroom


@pytest.fixture(name="s3")
def _s3() -> Iterator[S3]:
    with s3_server() as server:
        yield server


@pytest.fixture(name="strict_s3")
def _strict_s3() -> Iterator[S3]:
    with s3_server(checked=True) as server:
        yield server


def access(s3: S3, prefix: str = "", **otherwise: str) -> BucketAccess:
    found = BucketAccess(
        name=NAME, prefix=prefix, endpoint=s3.endpoint, region="us-east-1", access_key=s3.access_key,
        secret_key=s3.secret_key,
    )  # fmt: skip
    return replace(found, **otherwise)


def put(newsroom: Newsroom, s3: S3, prefix: str = "") -> Uploaded:
    return upload(newsroom.world, f"news/{prefix}", lambda: Bucket(access(s3, prefix)).put)


def published(newsroom: Newsroom) -> dict[str, bytes]:
    return {path: content for path, content in newsroom.files().items() if not path.endswith(".gz")}


def test_the_bucket_holds_all_that_is_published_and_each_file_says_what_it_is(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(13)
    newsroom.publish()
    files = published(newsroom)

    assert put(newsroom, s3, "feeds-of/mine") == Uploaded(put=len(files))
    found = {path.removeprefix("feeds-of/mine/"): s3.get(path) for path in s3.paths()}
    assert {path: body for path, (_, body) in found.items()} == files
    for header, body in found.values():
        assert header["etag"] == f'"{hashlib.md5(body).hexdigest()}"'  # noqa: S324 - S3's own choice
        assert "content-encoding" not in header
    assert {path: (header["content-type"], header["cache-control"]) for path, (header, _) in found.items()} == {
        "index.html": ("text/html; charset=utf-8", "public, no-cache"),
        "c/bees/index.html": ("text/html; charset=utf-8", "public, no-cache"),
        "style.css": ("text/css; charset=utf-8", "public, no-cache"),
        "feed.css": ("text/css; charset=utf-8", "public, no-cache"),
        "feeds.opml": ("text/x-opml; charset=utf-8", "public, max-age=300"),
        "sources.opml": ("text/x-opml; charset=utf-8", "public, max-age=300"),
        "redirects.json": ("application/json", "public, no-cache"),
        "feeds/bees.atom": ("application/atom+xml; charset=utf-8", "public, max-age=300"),
        "feeds/all.atom": ("application/atom+xml; charset=utf-8", "public, max-age=300"),
        "feeds/bees.json": ("application/feed+json", "public, max-age=300"),
        "feeds/all.json": ("application/feed+json", "public, max-age=300"),
        "feeds/bees/archive/1.atom": ("application/atom+xml; charset=utf-8", "public, max-age=86400"),
        "feeds/all/archive/1.atom": ("application/atom+xml; charset=utf-8", "public, max-age=86400"),
    }


def test_only_what_changed_is_put_and_where_nothing_did_nobody_connects(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(1)
    newsroom.publish()
    put(newsroom, s3)
    s3.puts.clear()
    newsroom.bring(1)
    written = newsroom.publish()

    assert put(newsroom, s3) == Uploaded(put=len(written))
    assert sorted(s3.puts) == sorted(written)
    assert upload(newsroom.world, "news/", lambda: pytest.fail("there is nothing to put")) == Uploaded()


def test_pages_of_archives_go_first_and_the_front_page_last(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(33)
    newsroom.publish()
    put(newsroom, s3)

    archived = ["/archive/" in path for path in s3.puts]
    assert archived == sorted(archived, reverse=True)
    assert s3.puts[-1] == "index.html"


@pytest.mark.parametrize("cut", ["feeds/all/archive/1.atom", "feeds/bees.json", "index.html"])
def test_after_a_failure_the_next_run_puts_what_is_missing_and_nothing_else(newsroom: Newsroom, s3: S3, cut: str) -> None:
    newsroom.bring(13)
    newsroom.publish()
    files = set(published(newsroom))
    s3.trouble = lambda path: path == cut

    first = put(newsroom, s3)
    there = set(s3.puts)
    assert first == Uploaded(
        put=len(there), missing=len(files) - len(there), problem=f"{cut}: the connection to {s3.endpoint} failed"
    )
    assert cut not in there

    s3.puts.clear()
    s3.trouble = lambda _: False
    assert put(newsroom, s3) == Uploaded(put=first.missing)
    assert set(s3.puts) == files - there
    assert set(s3.paths()) == files


def test_what_changed_again_after_a_failure_is_put_as_it_is_now(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(1)
    newsroom.publish()
    s3.trouble = lambda path: path == "feeds/bees.atom"
    put(newsroom, s3)
    newsroom.bring(1)
    newsroom.publish()
    s3.trouble = lambda _: False
    put(newsroom, s3)

    assert {path: s3.get(path)[1] for path in s3.paths()} == published(newsroom)


def test_a_bucket_that_refuses_the_keys_is_told_of_in_a_sentence(newsroom: Newsroom, strict_s3: S3) -> None:
    newsroom.bring(1)
    newsroom.publish()
    number = len(published(newsroom))
    forged = access(strict_s3, secret_key="swordfish")  # noqa: S106 - of nothing
    wrong = upload(newsroom.world, "news", lambda: Bucket(forged).put)

    assert (wrong.put, wrong.missing) == (0, number)
    assert wrong.problem
    assert f"{strict_s3.endpoint} answers SignatureDoesNotMatch: The request signature we calculated" in wrong.problem
    assert "swordfish" not in wrong.problem
    assert strict_s3.access_key not in wrong.problem
    assert upload(newsroom.world, "news", lambda: Bucket(access(strict_s3)).put) == Uploaded(put=number)


def test_a_bucket_that_does_not_exist_is_told_of_in_a_sentence(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(1)
    newsroom.publish()
    nowhere = access(s3, name="elsewhere")

    problem = upload(newsroom.world, "elsewhere", lambda: Bucket(nowhere).put).problem
    assert problem
    assert problem.endswith(f"{s3.endpoint} answers NoSuchBucket: The specified bucket does not exist")


def test_a_server_that_is_down_is_told_of_in_a_sentence(newsroom: Newsroom) -> None:
    newsroom.bring(1)
    newsroom.publish()
    with socket.socket() as nobody:  # bound, so that it is nobody else's; not listening, so that it refuses
        nobody.bind(("127.0.0.1", 0))
        down = access(S3(port=nobody.getsockname()[1]))
        done = upload(newsroom.world, "news", lambda: Bucket(down).put)

    assert (done.put, done.missing) == (0, len(published(newsroom)))
    assert done.problem
    assert done.problem.endswith(f"cannot connect to {down.endpoint}")


def test_another_bucket_gets_everything(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(1)
    newsroom.publish()
    number = len(published(newsroom))
    put(newsroom, s3)

    assert put(newsroom, s3, "other") == Uploaded(put=number)
    assert len(s3.paths()) == 2 * number


def test_a_file_that_somebody_changed_is_put_once_it_is_as_published(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(1)
    newsroom.publish()
    (newsroom.output / "feeds/bees.atom").write_bytes(b"forged")
    number = len(published(newsroom))

    assert put(newsroom, s3) == Uploaded(put=number - 1, missing=1)
    newsroom.now += newsroom.world.trusted_for
    newsroom.publish()
    assert put(newsroom, s3) == Uploaded(put=1)
    assert s3.get("feeds/bees.atom")[1] == newsroom.read("feeds/bees.atom") != b"forged"


def test_a_folder_in_the_place_of_a_file_keeps_that_file_only_out_of_the_bucket(newsroom: Newsroom, s3: S3) -> None:
    newsroom.bring(3)
    newsroom.publish()
    files = published(newsroom)
    (newsroom.output / "feeds/bees.json").unlink()
    (newsroom.output / "feeds/bees.json").mkdir()

    assert put(newsroom, s3) == Uploaded(put=len(files) - 1, missing=1)
