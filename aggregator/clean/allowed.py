"""The allow-list: which tags and attributes may be published.

Ours and tight: what an article needs and nothing that can run, track, restyle the page or clobber its names.
"""

from __future__ import annotations

from aggregator.clean.text import words

TAGS = words(
    "a abbr acronym address article aside audio b bdi bdo big blockquote br caption cite code col colgroup dd del details dfn div"
    " dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p picture pre q rp rt ruby s"
    " samp section small source strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr"
)
# Their content goes with them: it is code, or is parsed by other rules than the text around it (mutation XSS).
TAGS_WITH_CONTENT = words(
    "embed iframe math noembed noframes noscript object plaintext script select style svg template textarea title xmp"
)
EVERYWHERE = words("lang dir title")
ATTRIBUTES = {
    name: EVERYWHERE | words(own)
    for name, own in {
        "a": "href hreflang",
        "audio": "src controls",
        "col": "span",
        "colgroup": "span",
        "del": "datetime",
        "details": "open",
        "img": "src alt width height",
        "ins": "datetime",
        "li": "value",
        "ol": "start reversed type",
        "source": "src type",
        "td": "colspan rowspan",
        "th": "colspan rowspan scope",
        "time": "datetime",
        "video": "src controls poster width height",
    }.items()
}
ADDRESSES = words("href src poster")
LINK_REL = "noopener noreferrer nofollow"
