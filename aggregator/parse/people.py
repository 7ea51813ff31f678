"""Authors and contributors, as the feed library reports them → people. Owns which name and address belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.model import Person
from aggregator.parse.answers import Record, records, text
from aggregator.parse.fields import absolute_url
from aggregator.parse.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

_PERSON = r"([^()<>]*[^()<>\s])\s*[(<]([^()<>]*)[)>]"
_EMAIL = r"[^\s@]+@[^\s@]+"
_LONGEST_PERSON = 200


def people(owner: Record, base_url: str) -> tuple[Person, ...]:
    """All authors, once each, in the publisher's order."""
    found = [_person(author, base_url) for author in records(owner, "authors")]
    # The library keeps the text of the last author only, which is nearly always the one there is.
    if found and (written := _name_and_email(text(owner, "author") or "")):
        found[-1] = replace(found[-1], name=written[0], email=written[1])
    return _named(_with_their_own_address(found))


def contributors(owner: Record, base_url: str) -> tuple[Person, ...]:
    """All contributors, once each, in the publisher's order."""
    return _named([_person(contributor, base_url) for contributor in records(owner, "contributors")])


def _person(said: Record, base_url: str) -> Person:
    uri = absolute_url(base_url, text(said, "href") or "") if text(said, "href") else None
    return Person(name=text(said, "name") or "", uri=uri, email=text(said, "email"))


def _named(found: Sequence[Person]) -> tuple[Person, ...]:
    if not found:
        return ()
    named = (replace(person, name=person.name or person.email or person.uri or "") for person in found)
    return tuple(dict.fromkeys(person for person in named if person.name))


def _with_their_own_address(authors: Sequence[Person]) -> Sequence[Person]:
    """Take away the address that the library lends to the authors after its owner, perhaps without the end of its domain."""
    if len(authors) == 1:
        return authors
    owned: list[str] = []
    found = []
    for author in authors:
        is_lent = author.email is not None and any(email.startswith(author.email) for email in owned)
        owned += [author.email] if author.email and not is_lent else []
        found.append(replace(author, email=None) if is_lent else author)
    return found


def _name_and_email(written: str) -> tuple[str, str] | None:
    """Take apart ``a@b.example (Ann)`` and its kind: the library takes no domain to end in more than four letters."""
    if "@" not in written:
        return None
    found = compiled(_PERSON).fullmatch(written[:_LONGEST_PERSON])
    first, second = found.groups() if found else (written, "")
    if compiled(_EMAIL).fullmatch(first):
        return second, first
    return (first, second) if compiled(_EMAIL).fullmatch(second) else None
