"""Owns identity: which article a candidate is, and by what name its source carries it (design.md, section 5).

The key is the canonical URL. Where a URL is shared by several items of one document (changelogs, link blogs) it is not an
article's identity: there the key is URL + guid. Without a URL it is the guid, else title and date, else the text,
within the source.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.digests import blake2b
from aggregator.model import Candidate, Identified, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aggregator.model.rekeying import Carried

    Canonical = Callable[[str], str | None]

_SHORT = 100
# In bytes. PostgreSQL takes 2,704 into an index (btree), of which a link may take 2,048.
_LONGEST_NAME, _SHORTENED = 600, 500
_VERSION = 16  # digits, which tell the texts of one article apart
_SPACES = bytes(0x20 if chr(code).isspace() and code < 0x80 else code for code in range(0x100))  # noqa: PLR2004 - all of ASCII


def digest(candidate: Candidate, url_key: str | None) -> bytes:
    """Fingerprint what a reader would see. Dates are left out, since sources bump them idly; white space does not count.

    So is *url_key*, which is compared by itself: other rules would write it in another way. So are contributors,
    thumbnails, rights, and links beside the page: they came after the first stores were filled, and would make a revision of
    every entry there. So is the source that an item was copied from, whose date may be bumped on every poll. They are kept with
    the revision that something else makes.
    """
    parts = [
        fold(candidate.title),
        "" if url_key else candidate.url or "",
        fold(candidate.summary or ""),
        fold(candidate.content or ""),
        *(f"{p.name} {p.uri} {p.email}" for p in candidate.authors),
        *(f"#{t.term} {t.scheme} {t.label}" for t in candidate.tags),
        *(f"@{e.url}" for e in candidate.enclosures),
    ]
    return blake2b("\0".join(parts).encode(), digest_size=16).digest()


def identify_file(candidate: Candidate, canonical: Canonical, *, source_url: str) -> Identified:
    """Identify a seed: its carrier is its file, and one file is one article.

    Its categories and dates are the operator's own words, so a change of those is a change of the seed.
    """
    url_key = canonical(candidate.url) if candidate.url else None
    if url_key:
        key = Key(value=url_key, rule="url", reason=f"canonical form of the source URL, found by: {candidate.url_reason}")
    elif candidate.guid:
        key = Key(value=f"{source_url} {named('guid', candidate.guid)}", rule="guid", reason="no source URL: the seed's own id")
    else:
        text = digest(replace(candidate, authors=(), tags=(), enclosures=()), None).hex()
        key = Key(value=f"{source_url} text:{text}", rule="text", reason="no source URL: the seed's title and text")
    declared = "\0".join([*candidate.categories, str(candidate.published), str(candidate.updated)])
    fingerprint = blake2b(digest(candidate, url_key) + declared.encode(), digest_size=16).digest()
    carrier, name = f"file:{candidate.place}", named("title", fold(candidate.title))
    return Identified(candidate=candidate, carrier=carrier, url_key=url_key, key=key, name=name, digest=fingerprint)


def identify_document(candidates: Sequence[Candidate], canonical: Canonical, *, source_url: str) -> list[Identified]:
    """Identify all items of one feed document, in their order; none is dropped, whatever they share."""
    url_keys = [canonical(c.url) if c.url else None for c in candidates]
    digests = [digest(c, k) for c, k in zip(candidates, url_keys, strict=True)]
    articles = _articles(candidates, digests, url_keys)
    by_url = _groups(url_keys, articles)
    by_guid = _groups([c.guid for c in candidates], articles)
    first: dict[object, Candidate] = {}
    firsts = [first.setdefault(article, c) for c, article in zip(candidates, articles, strict=True)]
    titles = [title_of(c) for c in firsts]  # what is repeated goes by one name
    by_title = _groups(zip(url_keys, titles, strict=True), articles)
    found = []
    for at, (candidate, url_key, title) in enumerate(zip(candidates, url_keys, titles, strict=True)):
        shared_url = url_key is not None and len(by_url[url_key]) > 1
        own_guid = candidate.guid if candidate.guid is not None and len(by_guid[candidate.guid]) == 1 else None
        own_title = title if title is not None and len(by_title[url_key, title]) == 1 else None
        name = _name_within(own_guid, own_title, articles[at][0])
        carrier = _carrier(url_key, own_guid, name, canonical, shared_url=shared_url)
        if _said(candidate) != _said(firsts[at]):
            carrier = f"{carrier} text:{digests[at].hex()[:_VERSION]}"  # another version, which is kept beside the first
        key = _key(url_key, name, source_url, others=len(by_url[url_key]) - 1 if shared_url and url_key else 0)
        if candidate.guid is not None and own_guid is None:
            because = f"its guid is that of {len(by_guid[candidate.guid])} items of the document, and tells none apart"
            key = replace(key, reason=f"{key.reason}; {because}")
        identified = Identified(
            candidate=candidate, carrier=carrier, url_key=url_key, key=key, name=name, digest=digests[at]
        )  # fmt: skip
        found.append(identified)
    return found


def _articles(
    candidates: Sequence[Candidate], digests: Sequence[bytes], url_keys: Sequence[str | None]
) -> list[tuple[bytes, str | None]]:
    """Name the article that each item is, so that an item repeated in the document counts as one.

    Equal to the letter, or of one link, title and text, whatever else they say. Those of one guid, link and title are versions of
    one article (RFC 4287, section 4.1.1), also with other texts.
    """
    names: dict[object, tuple[bytes, str | None]] = {}
    found = []
    for candidate, written in zip(candidates, zip(digests, url_keys, strict=True), strict=True):
        version_of = _version_of(candidate)
        name = names.get(written) or (names.get(version_of) if version_of else None) or written
        names[written] = name
        if version_of:
            names.setdefault(version_of, name)
        found.append(name)
    return found


def _version_of(candidate: Candidate) -> tuple[object, ...] | None:
    title = fold(candidate.title)
    return (candidate.guid, candidate.url, title, None if candidate.guid else _said(candidate)) if title else None


def _said(candidate: Candidate) -> tuple[object, ...]:
    texts = fold(candidate.summary or ""), fold(candidate.content or "")
    return (fold(candidate.title), *texts, tuple(enclosure.url for enclosure in candidate.enclosures))


def _groups(values: Iterable[object], articles: Sequence[object]) -> dict[object, Counter[object]]:
    groups: dict[object, Counter[object]] = defaultdict(Counter)
    for value, article in zip(values, articles, strict=True):
        if value is not None:
            groups[value][article] += 1
    return groups


def _name_within(own_guid: str | None, own_title: str | None, text: bytes) -> str:
    """Name an item where its URL cannot: by its guid, else its title and date, else all of its text.

    Only by what those items have that share its link, its guid or, without either, its title: others may have been left out of
    the document (``delta``).
    """
    if own_guid is not None:
        return named("guid", own_guid)
    return own_title if own_title is not None else f"text:{text.hex()}"


def title_of(item: Candidate | Carried) -> str | None:
    """Return the name that an item without a guid has by its title, with the date that it declares: ``None`` if it has neither.

    The date is no part of the text, but “Daily weather” of another day is another article.
    """
    title = fold(item.title)
    if not title or item.guid:
        return None
    if item.published is None:
        return named("title", title)
    return named("title+date", f"{title} {item.published.astimezone(UTC).isoformat(timespec='seconds')}")


def is_titled(item: Identified) -> bool:
    """Say whether an item goes by its title."""
    return item.name.startswith("title") and item.carrier.endswith(item.name)


def named_by_text(item: Identified) -> Identified:
    """Name an item by its text where it went by its title, which turned out to be of several articles."""
    name = f"text:{item.digest.hex()}"
    rule = item.key.rule.replace(item.name.partition(":")[0], "text")
    value = item.key.value.removesuffix(item.name) + name
    key = Key(value=value, rule=rule, reason="several articles of this source have this title: the item's text")
    return replace(item, carrier=item.carrier.removesuffix(item.name) + name, name=name, key=key)


def named(by: str, value: str) -> str:
    """Return a name that fits into an index beside a link: a long one ends in a fingerprint of all of it."""
    name = f"{by}:{value}"
    written = name.encode()
    if len(written) <= _LONGEST_NAME:
        return name
    return f"{written[:_SHORTENED].decode(errors='ignore')}… {blake2b(written, digest_size=16).hexdigest()}"


def _carrier(url_key: str | None, own_guid: str | None, name: str, canonical: Canonical, *, shared_url: bool) -> str:
    permalink = own_guid is not None and "#" not in own_guid and url_key is not None and canonical(own_guid) == url_key
    if url_key is not None and not shared_url and (own_guid is None or permalink):
        return f"url:{url_key}"
    return name if own_guid is not None or url_key is None else f"url:{url_key} {name}"


def _key(url_key: str | None, name: str, source_url: str, *, others: int) -> Key:
    by = name.partition(":")[0]
    says = by.replace("+", " and ")
    if url_key is None:
        return Key(value=f"{source_url} {name}", rule=by, reason=f"no usable link: the item's {says} within its source")
    if others:
        reason = f"{others} other item{'s' * (others > 1)} of the same document share this link: the link and the item's {says}"
        return Key(value=f"{url_key} {name}", rule=f"url+{by}", reason=reason)
    return Key(value=url_key, rule="url", reason="canonical form of the item's link")


def fold(text: str) -> str:
    """Make every run of whitespace one space, and none at the ends."""
    if len(text) > _SHORT and text.isascii():
        spaced = text.encode().translate(_SPACES)  # a third of the work, where there are no runs
        if b"  " not in spaced:
            return spaced.strip(b" ").decode()
    return " ".join(text.split())
