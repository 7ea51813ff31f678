"""Owns the values about a bucket: where it is, and with which keys files are put there."""

from __future__ import annotations

from msgspec import Struct


class BucketAccess(Struct, frozen=True, kw_only=True):
    """An S3-compatible bucket as it is asked.

    *endpoint* is the URL below which buckets are; *prefix* has no slash at its ends.
    """

    name: str
    prefix: str
    endpoint: str
    region: str
    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"  # the keys are nobody's business
