"""Owns an S3-compatible bucket: files are put there. The only module that knows obstore.

What obstore is not told it takes from ``AWS_…`` variables of the environment, other programs' settings for other buckets; so it
is told whatever decides where a file goes and how it is signed. With keys given, it asks no metadata service for others.
"""

from __future__ import annotations

import re
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from aggregator.errors import BucketError

if TYPE_CHECKING:
    from obstore.store import S3Credential

    from aggregator.filetypes import FileType
    from aggregator.model.buckets import BucketAccess

_TIMEOUT = timedelta(seconds=60)  # of one request
_CONNECT_TIMEOUT = timedelta(seconds=10)
_RETRIES, _RETRY_TIMEOUT = 2, timedelta(seconds=30)
# What S3 says of an error; the rest of its answer may repeat what was signed.
_SAID = re.compile(r"<Code>([^<]*)</Code>(?:\s*<Message>([^<]*)</Message>)?")
_STATUS = re.compile(r"status code: (\d+[^:\n]*)")


class Bucket:
    """A bucket that files can be put into, from several threads at once."""

    def __init__(self, access: BucketAccess) -> None:
        """Prepare to put files there; nothing is sent yet.

        Raises:
            BucketError: the library is missing.
        """
        if find_spec("obstore") is None:
            raise BucketError("publish.bucket needs a library: pip install 'feed-aggregator[s3]'")
        from obstore.store import S3Store  # noqa: PLC0415 - few sites have a bucket, and few runs have news for it

        self._access = access
        self._store = S3Store(
            access.name,
            prefix=access.prefix or None,
            config={
                "endpoint": access.endpoint,
                "aws_endpoint_url_s3": access.endpoint,
                "region": access.region,
                "skip_signature": False,
                "virtual_hosted_style_request": False,
                "s3_express": False,
                "request_payer": False,
                "checksum_algorithm": "SHA256",  # the server compares what it got, and keeps the digest
            },
            credential_provider=self._keys,
            client_options={
                "allow_http": access.endpoint.startswith("http:"),
                "timeout": _TIMEOUT,
                "connect_timeout": _CONNECT_TIMEOUT,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_TIMEOUT},
        )

    def _keys(self) -> S3Credential:
        return {
            "access_key_id": self._access.access_key,
            "secret_access_key": self._access.secret_key,
            "token": None,
            "expires_at": None,
        }

    def put(self, path: str, content: bytes, file_type: FileType) -> None:
        """Put a file there, in the place of an older one; who reads it meanwhile gets the one or the other.

        Raises:
            BucketError: it is not there; the older one, if any, is.
        """
        import obstore  # noqa: PLC0415 - as above
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

        said = {"Content-Type": file_type.media_type, "Cache-Control": file_type.cache_control}
        try:
            obstore.put(self._store, path, content, attributes=said, use_multipart=False)
        except (BaseError, OSError) as error:  # FileNotFoundError, where there is no such bucket
            raise BucketError(f"{path}: {self._reason(str(error))}") from error

    def _reason(self, told: str) -> str:
        """Say in a sentence why a file was not put."""
        if found := _SAID.search(told):
            return f"{self._access.endpoint} answers {': '.join(filter(None, found.groups()))}"
        if found := _STATUS.search(told):
            return f"{self._access.endpoint} answers {found[1].strip()}"
        if "kind: Connect" in told:
            return f"cannot connect to {self._access.endpoint}"
        if "kind: Timeout" in told:
            return f"{self._access.endpoint} does not answer in time"
        return f"the connection to {self._access.endpoint} failed"
