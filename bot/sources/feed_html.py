"""Pages for people, where a feed was expected: the feeds that they name. Pure."""

from urllib.parse import urljoin

from lxml import etree, html

from bot.domain.feed import FeedDocument
from bot.sources.feed_links import tidy_link

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_MOST_ALTERNATES = 10


def html_document(text: str, address: str) -> FeedDocument:
    """Return what a page for people is: no feed, but perhaps one that names some."""
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return FeedDocument("html")
    links = [
        link.get("href") or "" for link in root.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split() and (link.get("type") or "").lower() in _FEED_TYPES
    ]  # fmt: skip
    found = (tidy_link(_joined(address, link)) for link in links)
    return FeedDocument("html", alternates=tuple(dict.fromkeys(filter(None, found)))[:_MOST_ALTERNATES])


def _joined(address: str, link: str) -> str:
    try:
        return urljoin(address, link.strip())
    except ValueError:
        return ""
