"""The picture of a seed, as an enclosure. Requests nothing: what kind of picture it is, its name must tell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.clean import web_url
from aggregator.model import Enclosure

if TYPE_CHECKING:
    from aggregator.seeds.front_matter import Value

# Jekyll's, and those that themes of Hugo and Hexo read, the most telling one first.
KEYS = ("image", "cover", "featured_image", "featuredImage", "featuredimage", "images", "banner", "thumbnail")
# They give another picture to each who asks: it belongs to no article.
RANDOM_IMAGES = ("api.vvhan.com", "bing.ee123.net")
_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "bmp": "image/bmp", "heic": "image/heic", "tif": "image/tiff",
    "tiff": "image/tiff", "ico": "image/vnd.microsoft.icon", "jxl": "image/jxl", "apng": "image/apng",
}  # fmt: skip
# Most pictures without a telling name are photographs; without any type, readers offer the enclosure as a download.
_LIKELY = "image/jpeg"


def picture(value: Value, *, base_url: str | None, random_images: tuple[str, ...]) -> Enclosure | None:
    """Return the picture that a front-matter *value* names, relative to *base_url*.

    It is a text, a mapping such as ``{image: cover.jpg, alt: …}``, or a list whose first item is one of these. Themes also
    take ``false`` and colours there: what is no whole address must end like the name of a picture.
    """
    address = _address(value)
    if address is None or not (address.startswith(("http://", "https://")) or _type(address)):
        return None
    url = web_url(address, base_url=base_url)
    if url is None or _host(url) in {*RANDOM_IMAGES, *random_images}:
        return None
    return Enclosure(url=url, media_type=_type(url) or _LIKELY)


def _address(value: Value) -> str | None:
    """Find the address in a text, a mapping or the first item of a list."""
    for _ in range(2):
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = next((value[key] for key in ("path", "url", "src", "image") if value.get(key)), None)
    return value.strip() or None if isinstance(value, str) else None


def _type(url: str) -> str | None:
    try:
        return _TYPES.get(urlsplit(url).path.rpartition(".")[2].lower())
    except ValueError:  # such as the half of an IPv6 address
        return None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
