"""A site with a bucket, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from own_site import COMMAND, TIMEOUT
from s3_server import NAME, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from own_site import OwnSite
    from s3_server import S3

# What other programs may have set for other buckets: none of it concerns ours.
FOREIGN = {
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "foreign", "AWS_SECRET_ACCESS_KEY": "foreign", "AWS_SESSION_TOKEN": "foreign", "AWS_REGION": "x-1",
    "AWS_SKIP_SIGNATURE": "true", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere",
    "AWS_BUCKET": "foreign", "AWS_S3_EXPRESS": "true", "AWS_METADATA_ENDPOINT": "http://127.0.0.1:1",
    "AWS_SERVER_SIDE_ENCRYPTION": "aws:kms", "AWS_SSE_KMS_KEY_ID": "foreign", "AWS_REQUEST_PAYER": "true",
}  # fmt: skip


@pytest.fixture(name="s3")
def _s3() -> Iterator[S3]:
    with s3_server(checked=True) as server:
        yield server


def configure(site: OwnSite, s3: S3, secret: str) -> None:
    (site.folder / "seeds").mkdir(exist_ok=True)
    (site.folder / "seeds" / "2026-01-01-bees.md").write_text("---\ntitle: Bees\n---\nHoney.\n")
    (site.folder / "secret").write_text(f"{secret}\n")
    site.configure(f"""seeds: [{{path: seeds/}}]
publish:
  bucket:
    url: s3://{NAME}/mine
    endpoint: {s3.endpoint}
    access_key: {{env: OUR_KEY}}
    secret_key: {{file: secret}}
""")


def test_a_run_puts_what_it_published_and_takes_nothing_from_the_environment(site: OwnSite, s3: S3) -> None:
    configure(site, s3, s3.secret_key)
    environ = FOREIGN | {"OUR_KEY": s3.access_key}
    said = site.run("run", environ=environ)
    files = [path for path in site.files() if not path.endswith(".gz")]

    assert f"bucket     {len(files)} files put into s3://{NAME}/mine\n" in said
    assert sorted(s3.puts) == sorted(f"mine/{path}" for path in files)
    assert "bucket" not in site.run("run", environ=environ)
    assert json.loads(site.run("run", "--json", environ=environ))["bucket"] == {"put": 0, "missing": 0, "problem": None}

    s3.puts.clear()
    site.run("publish", "--refill", environ=environ)
    assert sorted(s3.puts) == sorted(f"mine/{path}" for path in files)


def test_without_a_bucket_there_is_none_to_refill(site: OwnSite) -> None:
    site.configure("seeds: []\n")

    assert "config.yaml has no `publish.bucket`" in site.run("publish", "--refill", expect=2)
    assert json.loads(site.run("run", "--json"))["bucket"] is None


def test_a_bucket_that_cannot_be_used_costs_nothing_else_and_is_tried_again(site: OwnSite, s3: S3) -> None:
    configure(site, s3, "swordfish")
    environ = {"OUR_KEY": s3.access_key}

    refused = site.run("run", environ=environ)
    assert f"files could not be put into s3://{NAME}/mine: " in refused
    assert "answers SignatureDoesNotMatch" in refused
    assert "the next run puts what is missing" in refused
    assert "index.html" in site.files()
    for command in (("run", "--strict"), ("run", "--strict", "--quiet"), ("publish",)):
        told = site.run(*command, environ=environ, expect=1)
        assert "SignatureDoesNotMatch" in told
        assert "swordfish" not in told
    unset = site.run("publish", expect=1)
    assert "the environment variable OUR_KEY, which holds a key of the bucket, is not set or empty" in unset
    assert s3.puts == []

    (site.folder / "secret").write_text(s3.secret_key)
    site.run("run", "--strict", environ=environ)
    assert len(s3.puts) == len([path for path in site.files() if not path.endswith(".gz")])


def test_a_run_killed_between_two_puts_is_made_good_by_the_next(site: OwnSite, s3: S3) -> None:
    configure(site, s3, s3.secret_key)
    environ = {"OUR_KEY": s3.access_key}
    reached, over = threading.Event(), threading.Event()

    def hang(path: str) -> bool:
        if path == "mine/index.html":
            reached.set()
            over.wait(TIMEOUT)
        return path == "mine/index.html"

    s3.trouble = hang
    with subprocess.Popen([COMMAND, "run"], cwd=site.folder, env=site.environ | environ, stdout=subprocess.DEVNULL) as process:
        assert reached.wait(TIMEOUT)
        process.kill()
    over.set()
    s3.trouble = lambda _: False
    before, files = set(s3.puts), {f"mine/{path}" for path in site.files() if not path.endswith(".gz")}
    s3.puts.clear()
    site.run("run", "--strict", environ=environ)

    assert before == files - {"mine/index.html"}
    assert s3.puts == ["mine/index.html"]


@pytest.mark.parametrize(
    ("bucket", "problem"),
    [
        ("{url: 's3://news', access_key: {env: A}}", "secret_key"),
        ("{url: 's3://news', access_key: swordfish, secret_key: {env: B}}", "the secret itself does not belong here"),
        ("{url: 'https://news', access_key: {env: A}, secret_key: {env: B}}", "must be s3://NAME or s3://NAME/PREFIX"),
        ("{url: 's3://news/../x', access_key: {env: A}, secret_key: {env: B}}", "must be s3://NAME or s3://NAME/PREFIX"),
        ("{url: 's3://news', region: 'a/b', access_key: {env: A}, secret_key: {env: B}}", "must be the name of a region"),
    ],
)
def test_a_bucket_that_makes_no_sense_is_refused(site: OwnSite, bucket: str, problem: str) -> None:
    site.configure(f"publish: {{bucket: {bucket}}}\n")

    told = site.run("config", "check", expect=2)
    assert problem in told
    assert "swordfish" not in told
