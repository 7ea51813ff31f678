"""Owns unpacking Brotli (RFC 7932) the way zlib unpacks the rest. The only module that knows the library; few servers need it."""

from __future__ import annotations

import zlib

import brotli


class BrotliStream:
    """One stream, with as much of the interface of :func:`zlib.decompressobj` as :mod:`~aggregator.fetch.body` uses."""

    unused_data = b""  # what lies behind the end is an error to this library

    def __init__(self) -> None:
        """Begin."""
        self._decoder = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        """Whether the stream has come to its end."""
        return bool(self._decoder.is_finished())

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Unpack *data*: all of it if that is less than *max_length* bytes, else at least these and not many more.

        Raises:
            zlib.error: this is no Brotli, or more than one stream.
        """
        try:
            return bytes(self._decoder.process(data, output_buffer_limit=max_length))
        except brotli.error as error:
            raise zlib.error(str(error)) from error
