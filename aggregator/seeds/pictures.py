"""The picture of a seed, as an enclosure. Requests nothing: what kind of picture it is, its name must tell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aggregator.clean import web_url
from aggregator.model import Enclosure

if TYPE_CHECKING:
    from aggregator.seeds.front_matter import FrontMatter, Value

# They give another picture to each who asks: it belongs to no article.
RANDOM_IMAGES = ("api.vvhan.com", "bing.ee123.net")
_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "avif": "image/avif", "bmp": "image/bmp", "heic": "image/heic", "tif": "image/tiff",
    "tiff": "image/tiff", "ico": "image/vnd.microsoft.icon", "jxl": "image/jxl", "apng": "image/apng",
}  # fmt: skip
# Most pictures without a telling name are photographs; without any type, readers offer the enclosure as a download.
_LIKELY = "image/jpeg"


def picture(front: FrontMatter, *, base_url: str | None, random_images: tuple[str, ...]) -> Enclosure | None:
    """Return what ``image`` names: a text, or a mapping with ``path`` or ``url``; relative to *base_url*."""
    address = _address(front.values.get("image"))
    if address is None:
        return None
    url = web_url(urljoin(base_url, address) if base_url else address)
    if url is None or _host(url) in {*RANDOM_IMAGES, *random_images}:
        return None
    return Enclosure(url=url, media_type=_TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), _LIKELY))


def _address(value: Value) -> str | None:
    """Find the address in a text, a mapping or the first item of a list."""
    for _ in range(2):
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = value.get("path") or value.get("url") or value.get("src")
    return value.strip() or None if isinstance(value, str) else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
