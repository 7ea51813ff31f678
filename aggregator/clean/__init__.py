"""Owns what may be published: safe HTML, plain texts, web addresses, XML-legal characters; and a seed's body as a tree.

Pure: text in, text out. The only room that knows nh3 (``markup``) and lxml's HTML trees (``trees``). Does not parse feeds,
does not find out what an entry's URL or title is, and does not make dedup keys.
"""

from __future__ import annotations

from aggregator.clean.candidates import clean_candidate, clean_provenance, plain_text
from aggregator.clean.limits import TangledError
from aggregator.clean.links import web_url
from aggregator.clean.markup import safe_html
from aggregator.clean.plain import text_of
from aggregator.clean.text import as_html, fold, protected, shorten, xml_legal

__all__ = [
    "TangledError",
    "as_html",
    "clean_candidate",
    "clean_provenance",
    "fold",
    "plain_text",
    "protected",
    "safe_html",
    "shorten",
    "text_of",
    "web_url",
    "xml_legal",
]
