"""Reads a feed's document: RSS 0.9 to 2.0, RDF and Atom, also broken ones; bytes in, items out. Pure.

Documents come from strangers: outside of tests, ``feed_process.py`` has this run in a process of its own.
"""

import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.feed import MOST_ITEMS, FeedDocument, FeedItem
from bot.domain.text import cut, words
from bot.sources.feed_dates import read_local_date
from bot.sources.feed_html import html_document
from bot.sources.feed_links import canonical_link, is_home, tidy_link
from bot.sources.feed_text import decode, plain_text

# In characters, or in a number of them: whoever writes more means harm.
_LONGEST_HEADLINE, _LONGEST_SUMMARY, _LONGEST_ID, _LONGEST_NAME, _MOST_CATEGORIES = 500, 1000, 200, 60, 20
# How much of a text is read as HTML: far more than a summary needs.
_MOST_HTML = 20_000
# An item without a title is called by the beginning of its text.
_FROM_SUMMARY = 120
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_HTML_START = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
# Elements of RSS whose prefix nobody has declared.
_PREFIXED = re.compile(
    r"(</?)[A-Za-z]\w*:(rss|channel|item|title|link|description|pubDate|guid|category)\b", re.IGNORECASE
)
_PROLOGUE = re.compile(r"<!--.*?-->|<\?xml.*?\?>", re.DOTALL)
_NUMBERED = re.compile(r"&#(x[0-9a-f]{1,16}|[0-9]{1,20});", re.IGNORECASE)
_SURROGATES = range(0xD800, 0xE000)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
# Of two items with one link, the share of words from which they are one.
_SAME_WORDS = 0.5


def read_document(data: bytes, content_type: str, address: str) -> FeedDocument:
    """Return what the bytes that ``address`` answered say; never fails, whatever they are."""
    text = decode(data, content_type)
    if _HTML_START.match(text[:2000]):
        return html_document(text, address)
    parsed = _parse(text, address)
    if not parsed.entries and "<" in text:
        second = _parse(_PREFIXED.sub(r"\1\2", _PROLOGUE.sub("", text)).strip(), address)
        parsed = second if second.entries else parsed
    if not parsed.entries and not _is_feed(parsed, text):
        return html_document(text, address) if re.search("<(?:body|head)[ >]", text) else FeedDocument("other")
    home = tidy_link(parsed.feed.get("link"))
    read = [item for entry in parsed.entries if (item := _item(entry, address)) is not None]
    items = _unique(read, home)
    return FeedDocument(
        "feed",
        title=_name(parsed.feed.get("title"), parsed.feed.get("title_detail")),
        language=_language(parsed.feed.get("language")),
        home=home,
        items=tuple(_newest(items)),
        total=len(items),
        unread=len(parsed.entries) - len(read),
    )


def to_json(document: FeedDocument) -> bytes:
    """Return a document as JSON."""
    return json.dumps(asdict(document), default=datetime.isoformat, ensure_ascii=False).encode("utf-8", "replace")


def from_json(data: bytes) -> FeedDocument:
    """Return the document that ``to_json`` has written. Raises ValueError, TypeError."""
    values = json.loads(data)
    items = [
        FeedItem(**item | {
            "categories": tuple(item["categories"]),
            "published": datetime.fromisoformat(item["published"]) if item["published"] else None,
        })
        for item in values.pop("items")
    ]  # fmt: skip
    return FeedDocument(**values | {"items": tuple(items), "alternates": tuple(values["alternates"])})


def _parse(text: str, address: str) -> Any:  # noqa: ANN401  (feedparser has no types)
    # Half a second that only those who read feeds need.
    import feedparser

    # From a stream: a name or an address would be opened. Markup is taken out here, not made harmless there.
    data = io.BytesIO(_NUMBERED.sub(_character, text).encode("utf-8", "replace"))
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": address}
    try:
        return feedparser.parse(data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # noqa: BLE001  (strangers find what it does not expect)
        return feedparser.FeedParserDict(entries=[], feed=feedparser.FeedParserDict(), version="")


def _character(match: re.Match[str]) -> str:
    """Return a character that is written as a number, if it is one that no XML can have; feedparser fails at it."""
    number = int(match[1][1:], 16) if match[1][0] in "xX" else int(match[1])
    return match[0] if number < _SURROGATES[0] or _SURROGATES[-1] < number <= sys.maxunicode else "\ufffd"


def _is_feed(parsed: Any, text: str) -> bool:  # noqa: ANN401
    """Return whether a document without items is a feed: one that has none at the moment."""
    return bool(parsed.get("version")) and bool(re.search(r"<(?:\w+:)?(?:rss|feed|RDF|channel)\b", text))


def _item(entry: Mapping[str, Any], address: str) -> FeedItem | None:
    """Return an item; None if it says nothing."""
    headline = cut(_text(entry.get("title"), entry.get("title_detail")), _LONGEST_HEADLINE)
    summary = cut(_summary(entry), _LONGEST_SUMMARY)
    if not headline:
        headline = cut(summary, _FROM_SUMMARY)
        summary = "" if headline == summary else summary
    if not any(map(str.isalnum, headline)):
        return None
    return FeedItem(
        headline=headline,
        summary=summary if summary and summary != headline else None,
        link=_link(entry),
        id=_id(entry.get("id"), address),
        published=_date(entry),
        image=_image(entry),
        categories=_categories(entry.get("tags") or ()),
    )


def _text(value: object, detail: Mapping[str, Any] | None = None) -> str:
    if not isinstance(value, str):
        return ""
    return plain_text(value[:_MOST_HTML], is_html=(detail or {}).get("type", "text/html") != "text/plain")


def _name(value: object, detail: Mapping[str, Any] | None) -> str | None:
    return cut(_text(value, detail), 2 * _LONGEST_NAME) or None


def _summary(entry: Mapping[str, Any]) -> str:
    texts = [(entry.get("summary"), entry.get("summary_detail"))]
    texts += [(content.get("value"), content) for content in entry.get("content") or ()]
    return next((text for value, detail in texts if (text := _text(value, detail))), "")


def _link(entry: Mapping[str, Any]) -> str | None:
    """Return the article's own address rather than one that only leads there, where the feed gives it."""
    links = entry.get("links") or ()
    canonical = [link.get("href") for link in links if link.get("rel") == "canonical"]
    enclosed = [link.get("href") for link in links if link.get("rel") == "enclosure"]
    guid = entry.get("id") if entry.get("guidislink") else None
    candidates = (entry.get("feedburner_origlink"), *canonical, entry.get("link"), guid, *enclosed)
    return next((link for candidate in candidates if (link := tidy_link(candidate))), None)


def _id(value: object, address: str) -> str | None:
    # feedparser takes every id for an address, and a short one for part of the document's own: that may move.
    folder = f"{address.rpartition('/')[0]}/"
    text = " ".join(value.split()).removeprefix(folder) if isinstance(value, str) else ""
    if len(text) > _LONGEST_ID:
        import hashlib

        text = f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
    return text or None


def _date(entry: Mapping[str, Any]) -> datetime | None:
    # The mapping's own “get” would answer with another field where one is missing.
    fields = dict(entry.items())
    for name in ("published", "created", "updated"):
        parsed, text = fields.get(f"{name}_parsed"), fields.get(name)
        if parsed:
            try:
                year, month, day, hour, minute = parsed[:5]
                return datetime(year, month, day, hour, minute, tzinfo=UTC)
            except (ValueError, OverflowError):
                continue
        if isinstance(text, str) and (moment := read_local_date(text[:100])):
            return moment
    return None


def _image(entry: Mapping[str, Any]) -> str | None:
    """Return the widest image of ``media:content``, else a thumbnail, else an enclosed image."""
    media = [content for content in entry.get("media_content") or () if _is_picture(content, content.get("url"))]
    media.sort(key=lambda content: -_number(content.get("width")))
    thumbnails = entry.get("media_thumbnail") or ()
    links = [link for link in entry.get("links") or () if link.get("rel") == "enclosure"]
    enclosed = [link.get("href") for link in links if _is_picture(link, link.get("href"))]
    addresses = (*(content.get("url") for content in (*media, *thumbnails)), *enclosed)
    return next((link for address in addresses if (link := tidy_link(address))), None)


def _is_picture(media: Mapping[str, Any], address: str | None) -> bool:
    kind = str(media.get("medium") or media.get("type") or "").lower()
    return kind.startswith("image") or (not kind and bool(_PICTURE.search((address or "").partition("?")[0])))


def _number(value: object) -> int:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7 else 0  # noqa: PLR2004


def _categories(tags: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of categories, without addresses, numbers and what is too long for a name."""
    names = (_text(tag.get("label") or tag.get("term")) for tag in tags)
    named = (name for name in names if len(name) <= _LONGEST_NAME and "://" not in name and any(map(str.isalpha, name)))
    return tuple(dict.fromkeys(named))[:_MOST_CATEGORIES]


def _language(value: object) -> str | None:
    match = _LANGUAGE.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1].lower() if match else None


def _unique(items: Sequence[FeedItem], home: str | None) -> list[FeedItem]:
    """Return each item once, without ids that several have; links that several have lead to none of them alone."""
    by_link: dict[str, list[FeedItem]] = {}
    unique: list[FeedItem] = []
    for item in items:
        place = canonical_link(item.link) if item.link else ""
        if not any(_is_same(item, other, place) for other in by_link.get(place, ())):
            by_link.setdefault(place, []).append(item)
            unique.append(item)
    ids = Counter(item.id for item in unique)
    home_place = canonical_link(home) if home else None
    return [
        replace(
            item if ids[item.id] == 1 else item.without_id(),
            is_own_link=bool(item.link)
            and not is_home(item.link or "")
            and (place := canonical_link(item.link or "")) != home_place
            and len(by_link[place]) == 1,
        )
        for item in unique
    ]


def _is_same(item: FeedItem, other: FeedItem, place: str) -> bool:
    """Return whether two items with one link (or both without) are one."""
    if place and item.id and item.id == other.id and not is_home(item.link or ""):
        return True
    first, second = ({*words(f"{each.headline} {each.summary or ''}")} for each in (item, other))
    share = len(first & second) / max(len(first | second), 1)
    return first == second if not place or item.id != other.id else share >= _SAME_WORDS


def _newest(items: Sequence[FeedItem]) -> list[FeedItem]:
    """Return the newest items, in the document's order; those without a date may be new."""
    if len(items) <= MOST_ITEMS:
        return list(items)
    far = datetime(9999, 1, 1, tzinfo=UTC)
    order = sorted(range(len(items)), key=lambda number: items[number].published or far, reverse=True)
    return [items[number] for number in sorted(order[:MOST_ITEMS])]
