"""Owns what a subscription is asked with: where its secrets are, and how they become header fields when they are needed.

Secrets stand in the environment or in files, never in config.yaml, and are read when a feed is polled: a listing needs none,
and a changed token needs no restart. They are shown to nobody, not even in an error.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.errors import AccessError
from aggregator.model import Access

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_BYTES = 16 * 1024  # of a secret in a file; the longest tokens have some thousand
_FIELD_VALUE = re.compile(r"[\x20-\x7e]+")


class Secret(Struct, frozen=True, kw_only=True):
    """Where a secret is: in the variable *env* of the environment, or in a *file*."""

    env: str | None = None
    file: Path | None = None


class AccessRule(Struct, frozen=True, kw_only=True):
    """What the configuration says of how a subscription is asked.

    By basic authentication (RFC 7617), with a bearer token (RFC 6750), or by header fields of the server's own.
    """

    user_agent: str | None = None
    user: str | None = None
    password: Secret | None = None
    bearer: Secret | None = None
    headers: Mapping[str, Secret] = field(default_factory=dict)

    def resolved(self, folder: Path, environ: Mapping[str, str]) -> Access:
        """Return the header fields to send; files are relative to *folder*.

        Raises:
            AccessError: a secret is not where it should be, or cannot be sent in a header.
        """
        fields = [(name, read_secret(secret, folder, environ)) for name, secret in self.headers.items()]
        if self.bearer is not None:
            fields.append(("Authorization", f"Bearer {read_secret(self.bearer, folder, environ)}"))
        if self.user is not None and self.password is not None:
            pair = f"{self.user}:{read_secret(self.password, folder, environ)}"
            fields.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        return Access(user_agent=self.user_agent, secret_fields=tuple(fields))


def read_secret(secret: Secret, folder: Path, environ: Mapping[str, str]) -> str:
    """Return what is kept at the place of a secret; files are relative to *folder*.

    Raises:
        AccessError: it is not where it should be, or cannot be sent in a header.
    """
    where = f"the environment variable {secret.env}" if secret.env is not None else f"the file {secret.file}"
    value = environ.get(secret.env) if secret.env is not None else _read_file(folder / (secret.file or ""))
    if not value:
        raise AccessError(f"{where}, which holds a secret, is not set or empty")
    if not _FIELD_VALUE.fullmatch(value):
        raise AccessError(f"{where} holds what cannot be sent in a header: line ends, control characters or no ASCII")
    return value


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("ascii", "replace").strip()
    except OSError as error:
        raise AccessError(f"the file {path}, which holds a secret, cannot be read: {error.strerror}") from error
