"""Owns turning what the wire brings into the body, within bounds. Pure; does not know where the bytes come from.

libcurl would decode too, but does not tell a body that was cut from one that ended
(https://www.rfc-editor.org/rfc/rfc9110#section-8.4).
"""

from __future__ import annotations

import zlib
from typing import Protocol

from aggregator.fetch.reasons import Reason, Why

# Legitimate servers send one member; thousands of empty ones are an attack on the loop below.
MAX_MEMBERS = 32
# Feeds shrink to a tenth. Beyond this ratio it is a bomb, and there is no need to wait for the cap.
MAX_RATIO = 200
RATIO_MATTERS_FROM = 1024 * 1024

_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_ALIASES = {"x-gzip": "gzip"}  # RFC 9110, section 8.4.1.3
# How many bytes at the start of a stream are needed to go on: both of zlib's header tell it from raw deflate.
_TELLING = {"gzip": 2, "deflate": 2, "br": 1}
_DEFLATE = 8  # RFC 1950, section 2.2: compression method


class BodyError(Exception):
    """The body cannot be used; *why* says the reason."""

    def __init__(self, why: Why) -> None:
        """Keep *why*."""
        super().__init__(why.message)
        self.why = why


class _Stream(Protocol):
    """What unpacks: zlib's decompression objects, and ours."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Body:
    """One body as it arrives: feed it chunks, then finish it."""

    def __init__(self, content_encoding: str, *, limit: int) -> None:
        """Expect the given Content-Encoding (empty for none) and at most *limit* bytes, packed as well as unpacked.

        Raises:
            BodyError: ``bad-coding`` for a coding we did not ask for, or several of them.
        """
        self._coding = _single_coding(content_encoding)
        self._limit = limit
        self._decoded: list[bytes] = []
        self._size = 0
        self._head = b""
        self._decoder: _Stream | None = None
        self._members = 0
        self.wire_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next *chunk* of the wire.

        Raises:
            BodyError: ``too-large`` for too many bytes or a bomb, ``bad-coding`` for what does not decode.
        """
        self.wire_bytes += len(chunk)
        if self.wire_bytes > self._limit:
            raise _too_large(self._limit)
        if self._coding == "identity":
            self._decoded.append(chunk)
        else:
            self._inflate(chunk)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyError: ``truncated`` if the compressed stream has not come to its end.
        """
        if self._head or (self._decoder and not self._decoder.eof):
            raise BodyError(Why(code=Reason.TRUNCATED, message=f"the {self._coding} data ends early"))
        return b"".join(self._decoded)

    def _inflate(self, chunk: bytes) -> None:
        chunk, self._head = self._head + chunk, b""
        while chunk:
            if self._decoder is None or self._decoder.eof:
                if len(chunk) < _TELLING[self._coding]:
                    self._head = chunk
                    return
                self._decoder = self._next_member(chunk)
            chunk = self._decode(self._decoder, chunk)

    def _next_member(self, start: bytes) -> _Stream:
        """Begin a compressed stream; only gzip may have several (RFC 1952, section 2.2)."""
        self._members += 1
        if self._members > 1 and (self._coding != "gzip" or start[:2] != b"\x1f\x8b"):
            raise _bad_coding(f"there is something behind the end of the {self._coding} data")
        if self._members > MAX_MEMBERS:
            raise _bad_coding(f"the gzip data has more than {MAX_MEMBERS} members")
        if self._coding == "br":
            from aggregator.fetch.brotli_stream import BrotliStream  # noqa: PLC0415 - few servers need it

            return BrotliStream()
        if self._coding == "gzip":
            return zlib.decompressobj(_GZIP)
        return zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(start) else _RAW)

    def _decode(self, decoder: _Stream, chunk: bytes) -> bytes:
        """Unpack *chunk* and return what lies behind the end of the stream, if it came to its end."""
        try:
            decoded = decoder.decompress(chunk, self._limit - self._size + 1)
        except zlib.error as error:
            raise _bad_coding(f"the body is not valid {self._coding} data") from error
        self._decoded.append(decoded)
        self._size += len(decoded)
        if self._size > self._limit:
            raise _too_large(self._limit)
        if self._size > max(RATIO_MATTERS_FROM, MAX_RATIO * self.wire_bytes):
            raise BodyError(
                Why(code=Reason.TOO_LARGE, message=f"the body unpacks to more than {MAX_RATIO} times its size; probably a bomb")
            )
        return decoder.unused_data


def unpacked(body: bytes, content_encoding: str, *, limit: int) -> bytes | None:
    """Decode a body that is there already; ``None`` if it is not what *content_encoding* says, or larger than *limit*."""
    try:
        decoding = Body(content_encoding, limit=limit)
        decoding.feed(body)
        return decoding.finish()
    except BodyError:
        return None


def _single_coding(content_encoding: str) -> str:
    codings = [token.strip().lower() for token in content_encoding.split(",")]
    real = [_ALIASES.get(coding, coding) for coding in codings if coding not in ("", "identity")]
    if not real:
        return "identity"
    if len(real) > 1 or real[0] not in _TELLING:
        shown = ", ".join(real)[:60].encode("ascii", "replace").decode()
        raise _bad_coding(f"the body is encoded as {shown!r}; we asked for gzip, deflate or br")
    return real[0]


def _is_zlib(start: bytes) -> bool:
    """Tell zlib (RFC 1950), which "deflate" means, from the raw deflate that some servers send instead."""
    return start[0] & 0x0F == _DEFLATE and int.from_bytes(start[:2]) % 31 == 0


def _bad_coding(message: str) -> BodyError:
    return BodyError(Why(code=Reason.BAD_CODING, message=message))


def _too_large(limit: int) -> BodyError:
    return BodyError(Why(code=Reason.TOO_LARGE, message=f"the document is larger than fetch.max_body ({limit:,} bytes)"))
