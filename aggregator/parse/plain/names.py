"""Owns under which name feedparser knows an element: by what its namespaces are declared, and when a name means nothing to us.

A name has the library's form: ``dc_creator`` for any prefix bound to Dublin Core, ``title`` in all namespaces of RSS and Atom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

_XML = "http://www.w3.org/XML/1998/namespace"
_RDF_ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"
RDF_RESOURCE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# resource"
_XLINK = "http://www.w3.org/1999/xlink"
_USERLAND = "backend.userland.com/rss"  # anywhere in a namespace makes it one of RSS

# The library's prefix for each namespace it knows; it compares them in lower case. The last it knows under another address only,
# but by no other prefix.
_NAMESPACES = {
    "": "",
    "http://backend.userland.com/rss": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://example.com/necho": "",
    "http://example.com/newformat#": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/echo/": "",
    "http://purl.org/pie/": "",
    "http://purl.org/rss/1.0/": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://www.w3.org/2005/atom": "",
    "uri/of/echo/namespace#": "",
    "http://webns.net/mvcb/": "admin",
    "http://purl.org/rss/1.0/modules/aggregation/": "ag",
    "http://purl.org/rss/1.0/modules/annotate/": "annotate",
    "http://media.tangent.org/rss/1.0/": "audio",
    "http://backend.userland.com/blogchannelmodule": "blogchannel",
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://purl.org/rss/1.0/modules/company": "co",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://my.theinfo.org/changed/1.0/rss/": "cp",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/email/": "email",
    "http://purl.org/rss/1.0/modules/event/": "ev",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://freshmeat.net/rss/fm/": "fm",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://postneo.com/icbm/": "icbm",
    "http://purl.org/rss/1.0/modules/image/": "image",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/modules/link/": "l",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://madskills.com/public/xml/rss/module/pingback/": "pingback",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://purl.org/rss/1.0/modules/reference/": "ref",
    "http://purl.org/rss/1.0/modules/richequiv/": "reqv",
    "http://purl.org/rss/1.0/modules/search/": "search",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://schemas.xmlsoap.org/soap/envelope/": "soap",
    "http://purl.org/rss/1.0/modules/servicestatus/": "ss",
    "http://hacks.benhammersley.com/rss/streaming/": "str",
    "http://purl.org/rss/1.0/modules/subscription/": "sub",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://schemas.pocketsoap.com/rss/mydescmodule/": "szf",
    "http://purl.org/rss/1.0/modules/taxonomy/": "taxo",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://purl.org/rss/1.0/modules/textinput/": "ti",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://purl.org/rss/1.0/modules/wiki/": "wiki",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/xml/1998/namespace": "xml",
    "http://purl.org/syndication/thread/1.0": "thr",
}
_LIBRARY_PREFIXES = frozenset(_NAMESPACES.values())

# All names that have a handler in the library: what such an element does is told in tables, or not known.
HANDLED = frozenset(
    {
        *("abstract", "author", "body", "category", "cc_license", "channel", "cloud", "content", "content_encoded"),
        *("contributor", "copyright", "created", "creativeCommons_license", "creativecommons_license", "dc_author"),
        *("dc_contributor", "dc_creator", "dc_date", "dc_description", "dc_language", "dc_publisher", "dc_rights"),
        *("dc_subject", "dc_title", "dcterms_created", "dcterms_issued", "dcterms_modified", "dcterms_valid"),
        *("description", "email", "enclosure", "entry", "expirationdate", "feed", "feedburner_browserfriendly"),
        *("fullitem", "generator", "geom", "georss_box", "georss_line", "georss_point", "georss_polygon", "georss_where"),
        *("georssgeom", "gml_exterior", "gml_linearring", "gml_linestring", "gml_point", "gml_polygon", "gml_pos"),
        *("gml_poslist", "guid", "height", "homepage", "id", "image", "info", "issued", "item", "itunes_author"),
        *("itunes_block", "itunes_category", "itunes_email", "itunes_explicit", "itunes_image", "itunes_keywords"),
        *("itunes_link", "itunes_name", "itunes_owner", "itunes_subtitle", "itunes_summary", "keywords", "language"),
        *("lastbuilddate", "link", "managingeditor", "media_category", "media_content", "media_credit"),
        *("media_description", "media_group", "media_keywords", "media_license", "media_player", "media_rating"),
        *("media_restriction", "media_thumbnail", "media_title", "modified", "name", "newlocation", "psc_chapter"),
        *("psc_chapters", "pubdate", "published", "rights", "rss", "source", "subtitle", "summary", "tagline", "tags"),
        *("textInput", "textinput", "title", "updated", "uri", "url", "webmaster", "where", "width", "xhtml_body"),
    }
)
# Names without a handler that are looked up all the same: the library keeps the text of every element.
LOOKED_UP = frozenset(
    {
        *("ttl", "icon", "logo", "sy_updatebase", "sy_updatefrequency", "sy_updateperiod", "itunes_complete"),
        *("feedburner_origlink", "pheedo_origlink"),
    }
)
RDF_ROOT = "rdf_rdf"
# What an element of such a name would overwrite for handlers that rely on it.
_DISTURBING = frozenset({"links", "tags", "authors", "publisher", "publishers", "contributors", "guidislink", "date"})
_DISTURBING_ENDS = ("_detail", "_parsed")
_UNCLEAR = "?"  # the name of an element that nothing here knows what to do with

# Attributes that bear on what is read; in any other spelling, or of another namespace, the library still takes them for these.
_ATTRIBUTES = frozenset(
    {
        *("type", "rel", "href", "url", "uri", "term", "scheme", "domain", "label", "ispermalink", "src", "mode", "lang"),
        *("text", "length", "filesize", "lastmod", "medium", "width", "height"),
    }
)


class UnplainError(Exception):
    """There is something in the document that is not surely read here as the library reads it."""


class Names(Struct):
    """The names of one document. *permalink* and *about* are how it spells these two attributes, if it has them."""

    declared: list[tuple[str, str]] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, list[str]] = field(default_factory=dict)
    permalink: str = "isPermaLink"
    about: str = _RDF_ABOUT

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """Take note of a declaration. Each prefix may mean one thing only, and none something else than to the library."""
        self.declared.append(((prefix or "").lower(), uri or ""))

    def close(self, attributes: Iterable[Iterable[str]]) -> None:
        """Make sure that the declarations and the names of all *attributes* are ordinary."""
        meanings: dict[str, str] = {}
        for prefix, uri in dict.fromkeys(self.declared):
            meant = _own_prefix(uri)
            if len(uri.split()) > 1 or uri != uri.strip() or uri == _XLINK or (meant is None and not prefix):
                raise UnplainError
            if prefix:
                is_taken = prefix in _LIBRARY_PREFIXES and prefix != meant
                if is_taken or meanings.setdefault(prefix, uri) != uri:
                    raise UnplainError
                self.prefixes.setdefault(uri, []).append(prefix)
        self._spellings(set().union(*attributes))

    def _spellings(self, attributes: set[str]) -> None:
        permalinks, sizes, abouts = set(), set(), set()
        for name in attributes:
            uri, _, local = name.rpartition(" ")
            lowered = local.lower()
            if lowered == "ispermalink" and not uri:
                permalinks.add(name)
            elif lowered == "filesize" and not uri:  # in Media RSS it is fileSize
                sizes.add(name)
            elif name.lower() == _RDF_ABOUT:
                abouts.add(name)
            elif lowered in {"base", "mode"} or (uri != _XML and lowered in _ATTRIBUTES and (uri or local != lowered)):
                raise UnplainError
        if max(map(len, (permalinks, sizes, abouts))) > 1:
            raise UnplainError
        self.permalink = next(iter(permalinks), self.permalink)
        self.about = next(iter(abouts), self.about)

    def of(self, tag: str) -> str:
        """The name of an element that expat calls *tag*; empty if it is nothing to us."""
        name = self.known.get(tag)
        if name is None:
            name = self.known[tag] = self._name(*tag.rpartition(" ")[::2])
        return name

    def _name(self, uri: str, local: str) -> str:
        prefix = _own_prefix(uri)
        prefixes = self.prefixes[uri] if prefix is None else [prefix]
        names = [f"{prefix}_{local.lower()}" if prefix else local.lower() for prefix in prefixes]
        if prefix is not None and (names[0] in HANDLED or names[0] == RDF_ROOT):
            return names[0]
        if len(names) == 1 and names[0] in LOOKED_UP:  # also by the document's own prefix: pheedo is none of the library's
            return names[0]
        return _UNCLEAR if any(map(_disturbs, names)) else ""

    def require_harmless(self, element: Element) -> None:
        """Make sure that neither *element* nor anything within it is of use."""
        if any(self.of(inner.tag) for inner in element.iter()):
            raise UnplainError

    def library_version(self) -> str | None:
        """Which format the library takes the document for by its namespaces alone: the first that tells."""
        for prefix, uri in self.declared:
            lowered = uri.lower()
            if lowered == "http://www.w3.org/2005/atom":
                return "atom10"
            if lowered == "http://purl.org/rss/1.0/" or (not prefix and lowered == "http://my.netscape.com/rdf/simple/0.9/"):
                return "rss10"
        return None


def spoken(element: Element, inherited: str | None) -> str | None:
    """The language of an *element*; an empty attribute takes the inherited one back."""
    language = element.get(f"{_XML} lang")
    if language is None:
        language = element.get("lang")
    return inherited if language is None else language.replace("_", "-") or None


def _disturbs(name: str) -> bool:
    return name in HANDLED or name in LOOKED_UP or name == RDF_ROOT or name in _DISTURBING or name.endswith(_DISTURBING_ENDS)


def _own_prefix(uri: str) -> str | None:
    """The library's own prefix for a namespace; ``None`` if it has none, and calls it by that of the document."""
    lowered = uri.lower()
    return "" if _USERLAND in lowered else _NAMESPACES.get(lowered)
