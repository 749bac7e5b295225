"""Which files of Wikimedia Commons are free, and whose they are, as the API's ``imageinfo`` tells it. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree, html
from yarl import URL

from bot.domain.article import ArticleImage
from bot.domain.text import cut
from bot.sources.feed_text import plain_text

# What the API is to say about files. Images are shown at most 550 points wide; of other widths than certain ones,
# Wikimedia makes no thumbnails.
FILE_PARAMS = {
    "prop": "imageinfo",
    "iiprop": "url|extmetadata",
    "iiurlwidth": "960",
    "iiextmetadatafilter": "Artist|Attribution|License|LicenseShortName|NonFree",
}
CC0, PUBLIC_DOMAIN = "CC0", "Public domain"
_SHARE_ALIKE = ("", "-SA")
# Licences as Commons names them: CC BY-SA 3.0 de, CC-BY-2.5, CC BY-SA 4.0-3.0; CC0, Public domain, pd, cc-pd.
_CREATIVE_COMMONS = re.compile(r"cc[ -]by([ -]sa)?[ -](\d\.\d)[-+.,\d]*(?:[ -][a-z]{2,10})*", re.IGNORECASE)
_CC0 = re.compile(r"cc[ -]?(?:0|zero)(?:[ -]1\.0)?", re.IGNORECASE)
_PUBLIC_DOMAIN = re.compile(r"public domain(?:[ -].*)?|(?:cc-)?pd(?:-.*)?", re.IGNORECASE)
_NOT_FREE = re.compile(r"(?:^|[ -])(?:nc|nd|fair ?use|non-?free)(?:[ -]|$)", re.IGNORECASE)
_FALSE = ("", "0", "false", "no")
# Discord shows these.
_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_LONGEST_HTML, _LONGEST_AUTHOR, _LONGEST_LICENCE, _LONGEST_ADDRESS = 20_000, 100, 60, 2000


def free_image(row: Mapping[str, Any]) -> ArticleImage | None:
    """Return the image of a file, as the API describes it; None unless it is on Commons, free, and can be shown.

    Files of a Wikipedia itself are not: what is there is mostly there because it is not free.
    """
    if row.get("imagerepository") != "shared":
        return None
    infos = row.get("imageinfo")
    info = infos[0] if isinstance(infos, Sequence) and infos and isinstance(infos[0], Mapping) else {}
    metadata = {
        name: str(field.get("value", "")).strip()
        for name, field in (info.get("extmetadata") or {}).items() if isinstance(field, Mapping)
    }  # fmt: skip
    licence = _licence(metadata)
    url, page = _address(info.get("thumburl") or info.get("url")), _address(info.get("descriptionurl"))
    if licence is None or url is None or page is None or not url.lower().endswith(_SUFFIXES):
        return None
    author = plain_author(metadata.get("Attribution") or "") or plain_author(metadata.get("Artist") or "")
    if author is None and licence not in (CC0, PUBLIC_DOMAIN):
        # Its licence asks for a name, and there is none.
        return None
    return ArticleImage(url=url, page=page, licence=licence, author=author)


def plain_author(value: str) -> str | None:
    """Return an author out of HTML, in few words; None if nothing is left."""
    value = value[:_LONGEST_HTML]
    if "<" in value:
        try:
            root = html.fragment_fromstring(value, create_parent="div")
        except (etree.LxmlError, ValueError):
            return None
        for element in list(root.iter()):
            # Names that machines read stand there a second time.
            if isinstance(element.tag, str) and _HIDDEN.search(element.get("style") or "") and element is not root:
                element.drop_tree()
        value = etree.tostring(root, encoding="unicode")
    return cut(plain_text(value), _LONGEST_AUTHOR) or None


def _licence(metadata: Mapping[str, str]) -> str | None:
    """Return the name of a free licence; None if a file has none."""
    short, code = metadata.get("LicenseShortName", ""), metadata.get("License", "")
    if metadata.get("NonFree", "").lower() not in _FALSE or _NOT_FREE.search(short) or _NOT_FREE.search(code):
        return None
    return next(filter(None, map(_free_licence, (short, code))), None)


def _free_licence(text: str) -> str | None:
    """Return the usual name of a licence that Commons names in one of its ways; None if it is none of the free ones."""
    if match := _CREATIVE_COMMONS.fullmatch(text):
        # A short name is that already, with the country whose law it follows.
        return (
            cut(text, _LONGEST_LICENCE)
            if text.startswith("CC BY")
            else f"CC BY{_SHARE_ALIKE[bool(match[1])]} {match[2]}"
        )
    if _CC0.fullmatch(text):
        return CC0
    return PUBLIC_DOMAIN if _PUBLIC_DOMAIN.fullmatch(text) else None


def _address(value: object) -> str | None:
    """Return an address on the web, without what only counts visitors; None if it is none, or too long."""
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
        return None
    try:
        url = URL(value, encoded=True)
    except ValueError:
        return None
    is_web = url.scheme in ("http", "https") and url.host
    return str(url.with_query(None).with_fragment(None)) if is_web else None
