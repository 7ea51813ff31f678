"""Owns the digest by which texts are known again: BLAKE2b, without hashlib, which loads OpenSSL in 2 ms of every run."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # not CPython
    from hashlib import blake2b

__all__ = ["blake2b"]
