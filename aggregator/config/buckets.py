"""Owns what the configuration says of the bucket that published files are put into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.config.access import Secret, read_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aggregator.model.buckets import BucketAccess

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; a prefix of what needs no encoding in a URL
_URL = r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9][A-Za-z0-9._-]*)*)/?"
_REGION = r"[a-z0-9-]+"


class BucketRule(Struct, frozen=True, kw_only=True):
    """The bucket at *url*, ``s3://NAME`` or ``s3://NAME/PREFIX``, and where its keys are. Without *endpoint* it is Amazon's."""

    url: str
    access_key: Secret
    secret_key: Secret
    endpoint: str | None = None
    region: str = "us-east-1"

    @property
    def identity(self) -> str:
        """What tells this bucket from others."""
        return f"{self.url} at {self.server}"

    @property
    def server(self) -> str:
        """The URL below which buckets are."""
        return (self.endpoint or f"https://s3.{self.region}.amazonaws.com").rstrip("/")

    def resolved(self, folder: Path, environ: Mapping[str, str]) -> BucketAccess:
        """Return how the bucket is asked; files are relative to *folder*.

        Raises:
            AccessError: a key is not where it should be.
        """
        from aggregator.model.buckets import BucketAccess  # noqa: PLC0415 - most runs ask no bucket

        found = re.fullmatch(_URL, self.url)
        assert found is not None  # noqa: S101 - the configuration was checked
        keys = (read_secret(key, folder, environ, "a key of the bucket") for key in (self.access_key, self.secret_key))
        access_key, secret_key = keys
        return BucketAccess(
            name=found[1],
            prefix=found[2].strip("/"),
            endpoint=self.server,
            region=self.region,
            access_key=access_key,
            secret_key=secret_key,
        )


def bucket_url(value: str) -> str:
    """Accept the address of a bucket; without a slash at its end."""
    if not re.fullmatch(_URL, value):
        raise ValueError(f"must be s3://NAME or s3://NAME/PREFIX (got {value!r})")
    return value.rstrip("/")


def region(value: str) -> str:
    """Accept the name of a region."""
    if not re.fullmatch(_REGION, value):
        raise ValueError(f"must be the name of a region such as us-east-1 or auto (got {value!r})")
    return value
