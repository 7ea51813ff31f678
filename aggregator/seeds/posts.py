"""One seed: its bytes to a candidate, and why. Pure; the order of the steps is here, the steps are in the modules beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.clean import TangledError, protected
from aggregator.clean.simple_body import read_body
from aggregator.errors import SeedError
from aggregator.iris import is_permanent_id
from aggregator.model import Candidate, Remark
from aggregator.seeds import fields
from aggregator.seeds.dates import parse_date, path_date
from aggregator.seeds.envelope import open_envelope
from aggregator.seeds.files import is_draft
from aggregator.seeds.front_matter import read_front_matter
from aggregator.seeds.markdown import to_html
from aggregator.seeds.naming import human_name
from aggregator.seeds.notes import Notes
from aggregator.seeds.permalinks import is_bundle, on_site, permalink, post_name
from aggregator.seeds.pictures import KEYS as PICTURE_KEYS
from aggregator.seeds.pictures import picture
from aggregator.seeds.sources import find_source

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.clean.bodies import Body
    from aggregator.model import Enclosure, Tag
    from aggregator.seeds.front_matter import FrontMatter
    from aggregator.seeds.notes import Explained
    from aggregator.seeds.rules import SeedRules

_YES = frozenset({"true", "yes", "on", "1"})
_DATE_KEYS = ("date", "publishDate", "publishdate")
_NO = frozenset({"false", "no", "off", "0"})


def parse(path: str, data: bytes, rules: SeedRules) -> Candidate:
    """Return the candidate that the seed *path* (relative to its folder) with the bytes *data* makes.

    Its texts are raw: ``clean_candidate`` comes next. What is missing or cannot be read is a remark, not an error.

    Raises:
        SeedError: the file cannot become an entry; with the line of the file to blame, if there is one. Its codes are
            ``draft``, ``section-page``, ``empty``, ``not-utf8``, ``unterminated-front-matter``, ``bad-front-matter`` and
            ``tangled-markup``.
    """
    return _Post(path, data, rules).candidate()


def explain(path: str, data: bytes, rules: SeedRules) -> tuple[Explained, ...]:
    """Return what :func:`parse` finds, field by field with where it came from, and what it removes.

    Raises:
        SeedError: as :func:`parse`.
    """
    post = _Post(path, data, rules)
    post.candidate()
    return post.notes.explained()


class _Post:
    """A seed being read; each method finds one field and notes where."""

    def __init__(self, path: str, data: bytes, rules: SeedRules) -> None:
        if is_draft(path):
            raise SeedError("draft", "a draft, by its folder; it is not published")
        if path.rpartition("/")[2].startswith("_index."):
            raise SeedError("section-page", "the page of a section of Hugo, by its name; it is no post")
        self.path = path
        self.rules = rules
        self.notes = Notes()
        self.remarks: list[Remark] = []
        envelope = open_envelope(data)
        self.is_bare = envelope.header is None
        self.front: FrontMatter = read_front_matter(envelope)
        self._refuse_draft()
        self._remark_on_front_matter()
        self.notes.add("encoding", envelope.encoding, "the file's bytes")
        self.body = self._body(envelope.body)

    def candidate(self) -> Candidate:
        """Return what the seed says."""
        front, body = self.front, self.body
        published, updated = self._published(), self._updated()
        url, url_reason = self._url(published)
        title = self._title()
        tags = self._tags()
        categories = self._categories(tags)
        guid = front.text("id")
        candidate = Candidate(
            place=self.path,
            title=title,
            url=url,
            url_reason=url_reason,
            guid=guid if guid and is_permanent_id(guid) else None,
            summary=self._summary(),
            content=body.html() or None,
            language=front.text("lang", "language"),
            published=published,
            updated=updated,
            authors=fields.authors(front),
            tags=tags,
            enclosures=self._enclosures(url, published),
            categories=categories,
            remarks=tuple(self.remarks),
        )
        self._note_the_rest(candidate)
        return candidate

    def _refuse_draft(self) -> None:
        for key, words in (("draft", _YES), ("drafts", _YES), ("published", _NO)):
            if key in self.front.values and (value := self.front.text(key)) and value.lower() in words:
                raise SeedError("draft", f"a draft: {key}: {value}; it is not published", line=self.front.lines.get(key))

    def _remark_on_front_matter(self) -> None:
        flaw = self.front.flaw
        if flaw is not None:
            where = f"{self.path}:{flaw.line}" if flaw.line else self.path
            self._remark("rescued-front-matter", f"{where}: {flaw}; it was read line by line instead")
        elif self.is_bare:
            message = "no front matter; the title is the first heading or the file's name, the date is the file's name"
            self._remark("no-front-matter", f"{self.path}: {message}")

    def _remark(self, code: str, message: str) -> None:
        self.remarks.append(Remark(code=code, message=message))

    def _body(self, text: str) -> Body:
        if "{" in text and ("{{" in text or "{%" in text):
            text = self._without_templates(text)
        html = text if self.path.lower().endswith(".html") else to_html(text)
        try:
            return read_body(html, self.rules.body)
        except TangledError as error:
            raise SeedError("tangled-markup", f"the body cannot be parsed: {error}; simplify its HTML") from error

    def _without_templates(self, text: str) -> str:
        from aggregator.seeds.liquid import render_liquid, render_shortcodes  # noqa: PLC0415 - most seeds have no templates

        if (self.front.text("render_with_liquid") or "").lower() in _NO:
            return text
        text, removed = render_liquid(text, self._address_of) if self.rules.liquid else render_shortcodes(text)
        for piece in removed:
            self.notes.add("removed", piece, "a shortcode" if piece.startswith(("{{<", "{{%")) else "Liquid")
        return text

    def _address_of(self, tag: str, name: str) -> str | None:
        """Return the address on the site of another post or file, named as Liquid's ``post_url`` and ``link`` do."""
        rules = self.rules
        if tag == "link" and not name.lower().endswith((".md", ".markdown", ".html", ".txt")):
            return on_site(rules.site_url, name)
        path = name if tag == "link" else f"{name}.md"
        day, _ = path_date(path, rules.timezone)
        return on_site(rules.site_url, permalink(rules.permalink, path=path, slug=None, day=day, categories=None))

    def _published(self) -> datetime | None:
        if key := self.front.key_of(*_DATE_KEYS):
            if moment := self._moment(key):
                self.notes.add("date", moment, self.front.origin(key))
                return moment
        elif path_date(self.path, self.rules.timezone)[0] is None:
            self._remark("unknown-date", f"{self.path}: no date, neither in the front matter nor in the file's name")
        named, part = path_date(self.path, self.rules.timezone)
        self.notes.add("date", named, part or "unknown; the entry is dated by when it was first seen")
        return named

    def _updated(self) -> datetime | None:
        key = self.front.key_of("last_modified_at", "updated", "lastmod")
        moment = self._moment(key) if key else None
        if key and moment:
            self.notes.add("updated", moment, self.front.origin(key))
        return moment

    def _moment(self, key: str) -> datetime | None:
        text = self.front.text(key)
        moment = parse_date(text or "", self.rules.timezone)
        if moment is None:
            where = self.front.where(self.path, key)
            self._remark("unknown-date", f"{where}: {key}: {text!r} is no date such as 2024-07-15 09:34:01 +08:00")
        return moment

    def _url(self, published: datetime | None) -> tuple[str | None, str]:
        """Return the URL of the source, else the post's own on the site it comes from; and the reason."""
        source = find_source(self.front, self.body, self.rules)
        if source is not None:
            self.notes.add("source URL", source.url, source.origin)
            if source.url == self.body.closing_link:
                self.body.drop_closing_link()
            return source.url, source.reason
        url, origin = self._own_address(published)
        if url is None:
            self.notes.add("source URL", None, "no rule found one; the entry is known by its file")
            return None, "no rule found a source URL"
        self.notes.add("permalink", url, origin)
        return url, "the permalink on its own site"

    def _own_address(self, published: datetime | None) -> tuple[str | None, str]:
        """Return the address that the post has on its own site, if that can be known, and what says so."""
        key, own = "permalink", self.front.text("permalink")
        path = self.front.text("url") or ""
        if own is None and path.startswith("/") and not path.startswith("//"):
            key, own = "url", path  # Hugo's; a whole address there is a source
        template = own or self.rules.permalink
        origin = self.front.origin(key) if own else f"the rule {template} on site_url"
        if template.startswith(("http://", "https://")):
            return template, origin
        return on_site(self.rules.site_url, self._permalink(template, published)), origin

    def _permalink(self, template: str, published: datetime | None) -> str | None:
        if self.rules.site_url is None:
            return None
        day = published.astimezone(self.rules.timezone) if published else None
        slug = self.front.text("slug")
        return permalink(template, path=self.path, slug=slug, day=day, categories=fields.categories(self.front))

    def _title(self) -> str:
        """Return the title; file names and slugs lose a title's punctuation, the heading in the body still has it."""
        title, heading = self.front.text("title") or "", self.body.heading
        origin = self.front.origin("title") if title else "missing; the first words of the text take its place"
        if title and heading and fields.same_words(title, heading):
            title, origin = self._heading("the front matter's title with its punctuation")
        elif not title and self.body.begins_with_heading:
            title, origin = self._heading("")
            if not self.is_bare:
                self._remark("empty-title", "the title is empty; the first heading took its place")
        elif not title and self.is_bare:
            title, origin = post_name(self.path)[1].replace("-", " ").replace("_", " "), "the file's name"
        self.notes.add("title", title, origin)
        return title

    def _heading(self, repeated: str) -> tuple[str, str]:
        """Take the first heading out of the body; return it, and where it comes from."""
        heading = protected(self.body.heading or "")
        self.body.drop_heading()
        return heading, f"the first heading, which says the same as {repeated}" if repeated else "the first heading"

    def _tags(self) -> tuple[Tag, ...]:
        tags = fields.tags(self.front)
        if tags:
            self.notes.add("tags", tuple(tag.term for tag in tags), self.front.origin(self.front.key_of("tag", "tags") or ""))
        return tags

    def _categories(self, tags: tuple[Tag, ...]) -> tuple[str, ...]:
        named = []
        for category in fields.categories(self.front):
            name = category if category in self.rules.named_categories else human_name(category, (tag.term for tag in tags))
            origin = self.front.origin(self.front.key_of("category", "categories") or "")
            self.notes.add("category", name, origin if name == category else f"{origin}: {category}, which a tag writes so")
            named.append(name)
        return tuple(dict.fromkeys(named))

    def _summary(self) -> str | None:
        key = self.front.key_of(*fields.SUMMARY_KEYS)
        if key is None:
            return None
        summary = fields.summary(self.front, self.body.text())
        origin = self.front.origin(key)
        self.notes.add("summary", summary, origin if summary else f"{origin} is only the beginning of the text")
        return summary

    def _enclosures(self, url: str | None, published: datetime | None) -> tuple[Enclosure, ...]:
        for key in PICTURE_KEYS:
            if (value := self.front.values.get(key)) is None:
                continue
            base = self._own_address(published)[0] if is_bundle(self.path) else self.rules.site_url or url
            found = picture(value, base_url=base, random_images=self.rules.random_images)
            origin = self.front.origin(key)
            self.notes.add("image", found and found.url, origin if found else f"{origin} is no picture of this article")
            if found:
                return (found,)
        return ()

    def _note_the_rest(self, candidate: Candidate) -> None:
        if candidate.authors:
            names = tuple(person.name for person in candidate.authors)
            self.notes.add("authors", names, self.front.origin(self.front.key_of("author", "authors") or ""))
        if candidate.guid:
            self.notes.add("id", candidate.guid, self.front.origin("id"))
        if candidate.language:
            self.notes.add("language", candidate.language, self.front.origin(self.front.key_of("lang", "language") or ""))
        for what, text in self.body.removed:
            self.notes.add("removed", text, what)
        for remark in candidate.remarks:
            self.notes.add("remark", remark.message, remark.code)
