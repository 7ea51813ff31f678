"""Owns one published file in all the forms in which it is sent, and the choice among them. Pure but for what it remembers."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.web.answers import NOT_AS_WISHED, answer
from aggregator.web.conditions import accepts_gzip, entity_tags, has_current, is_for_a_tab, is_refused, wants_news_only

if TYPE_CHECKING:
    from aggregator.web.answers import Answer
    from aggregator.web.conditions import Headers
    from aggregator.web.editions import Edition
    from aggregator.web.files import FoundFile
    from aggregator.web.policies import Field
    from aggregator.web.routes import Kind

_GZIP = (b"content-encoding", b"gzip")
# RFC 3229, section 10.8.2: a cache that does not know the status must not store it, one that does may.
_NEWS_CACHE_CONTROL = b"no-store, im, max-age=300"


class Form(Struct, frozen=True, kw_only=True):
    """A file under one content coding. *etag* is strong and quoted: the SHA-256 of exactly these bytes.

    Where the same bytes go out under two media types, one of the tags has a word added (RFC 9110, section 8.8.1).
    """

    etag: bytes
    whole: Answer
    unchanged: Answer


class ServedFile:
    """A file with the answers it gives rise to. *edition* is there if clients may be sent only what they lack of it."""

    def __init__(self, file: FoundFile, kind: Kind, links: tuple[Field, ...]) -> None:
        self._kind = kind
        self._links = links
        self._modified = file.modified
        packed = packed_form(file.body, file.packed)
        self.plain, self.gzipped = self._forms(file.body, packed, kind.media_type)
        self._shown = self._forms(file.body, packed, kind.shown_as, b"-shown") if kind.shown_as else None
        self.edition: Edition | None = None
        self._news: dict[tuple[int, bytes], Answer] = {}

    @property
    def tags(self) -> tuple[bytes, ...]:
        """By what clients know it."""
        return (self.plain.etag, self.gzipped.etag) if self.gzipped else (self.plain.etag,)

    @property
    def size(self) -> int:
        """Bytes this takes in memory at most."""
        plain = len(self.plain.whole.body) * (2 if self._kind.has_news else 1)
        return plain + (len(self.gzipped.whole.body) if self.gzipped else 0)

    def answer(self, headers: Headers) -> Answer | None:
        """Return what a client with *headers* is to be sent; ``None`` if :meth:`prepare` has to be called first."""
        form = self._wanted(headers)
        if is_refused(headers, etag=form.etag, modified=self._modified):
            return NOT_AS_WISHED
        if has_current(headers, etag=form.etag, modified=self._modified):
            return form.unchanged
        number = self._older(headers)
        return form.whole if number is None else self._news.get((number, form.etag))

    def prepare(self, headers: Headers) -> Answer:
        """Return what a client with *headers* is to be sent, also if that takes a while, and remember it."""
        form, number = self._wanted(headers), self._older(headers)
        known = self.answer(headers)
        if known is not None or number is None or self.edition is None:
            return known or form.whole
        news = self.edition.since(number)
        made = form.whole if news is None else self._news_answer(form, news)
        if sum(len(other.body) for other in tuple(self._news.values())) + len(made.body) > len(self.plain.whole.body):
            self._news.clear()
        self._news[number, form.etag] = made
        return made

    def _wanted(self, headers: Headers) -> Form:
        plain, gzipped = self.plain, self.gzipped
        if self._shown is not None and is_for_a_tab(headers):
            plain, gzipped = self._shown
        return gzipped if gzipped is not None and accepts_gzip(headers.get(b"accept-encoding")) else plain

    def _older(self, headers: Headers) -> int | None:
        """Return the number of the edition of which the client wants to hear what it lacks."""
        if self.edition is None or not wants_news_only(headers.get(b"a-im")):
            return None
        return self.edition.number(entity_tags(headers.get(b"if-none-match", b"")))

    def _forms(self, body: bytes, packed: bytes | None, media_type: bytes, note: bytes = b"") -> tuple[Form, Form | None]:
        """Return the plain and the gzip form. *note* tells their tags from those of the same bytes under another type."""
        gzipped = self._form(packed, media_type, note, _GZIP) if packed else None
        return self._form(body, media_type, note), gzipped

    def _form(self, body: bytes, media_type: bytes, note: bytes, *coding: Field) -> Form:
        etag = b'"%b%b"' % (hashlib.sha256(body).hexdigest().encode("ascii"), note)
        caching = (*self._common(etag), (b"cache-control", self._kind.cache_control))
        whole = answer(HTTPStatus.OK, (*caching, *self._described(body, media_type, *coding)), body)
        return Form(etag=etag, whole=whole, unchanged=answer(HTTPStatus.NOT_MODIFIED, caching))

    def _news_answer(self, form: Form, news: bytes) -> Answer:
        """Return *news* under the tag of the whole (RFC 3229, section 10.4.1)."""
        packed = packed_form(news, None) if form is self.gzipped else None
        body, coding = (packed, (_GZIP,)) if packed else (news, ())
        if len(body) >= len(form.whole.body):
            return form.whole
        caching = (*self._common(form.etag), (b"cache-control", _NEWS_CACHE_CONTROL), (b"im", b"feed"))
        return answer(HTTPStatus.IM_USED, (*caching, *self._described(body, self._kind.media_type, *coding)), body)

    def _common(self, etag: bytes) -> tuple[Field, ...]:
        vary = b"Accept-Encoding"
        vary += b", A-IM" if self._kind.has_news else b""
        vary += b", Sec-Fetch-Dest" if self._kind.shown_as else b""
        return ((b"etag", etag), (b"vary", vary), (b"content-security-policy", self._kind.policy))

    def _described(self, body: bytes, media_type: bytes, *coding: Field) -> tuple[Field, ...]:
        return (
            (b"last-modified", formatdate(self._modified, usegmt=True).encode("ascii")),
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            (b"accept-ranges", b"none"),
            *coding,
            *self._links,
        )


def packed_form(body: bytes, packed: bytes | None) -> bytes | None:
    """Return *body* under gzip: *packed* if that is it; ``None`` if it is not smaller so. Equal in, equal out.

    The length and checksum at the end (RFC 1952, section 2.3.1) tell whether *packed* belongs to another edition of the file.
    """
    trailer = struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)
    if packed is None or not packed.startswith(b"\x1f\x8b\x08") or not packed.endswith(trailer):
        # mtime=0: gzip would otherwise put the clock into the bytes, and the tag would change with it.
        packed = gzip.compress(body, compresslevel=6, mtime=0)
    return packed if len(packed) < len(body) else None
