"""The lists of the Context's pages: items, their topics, sources and images. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address
from urllib.parse import unquote, urlsplit

from bot.domain.page import Mention, Source
from bot.formats.cleaning import clean
from bot.formats.page_path import date_of_path, is_index, normal_path

_NUMBER = re.compile(r"\s*+(?:\d++[.)]|[-*])\s*+(?=\[)")
_CONTEXT = re.compile(r"_\s*+(?:Context|消息)\s*+[:：]")
# Endings that are part of a name and never a topic of their own: "Atari, Inc.", "Washington, D.C.".
NAME_ENDINGS = frozenset(
    (
        "inc", "inc.", "ltd", "ltd.", "llc", "l.l.c.", "jr", "jr.", "sr", "sr.", "corp", "corp.", "co", "co.", "plc",
        "s.a.", "l.p.", "d.c.", "n.v.", "gmbh", "ii", "iii", "iv", "phd", "md",
    )
)  # fmt: skip
_YEAR = re.compile(r"\d{4}")
_LONGEST_ADDRESS = 2048
_LONGEST_HOST = 253
# A name between two dots, as browsers take it; with underscores, which are against the rules, and used.
_LABEL = re.compile(r"(?!-)(?:[a-z0-9_-]|[^\x00-\x7f]){1,63}(?<!-)", re.IGNORECASE)
_NUMBER_LABEL = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII | re.IGNORECASE)
# Where one link of a line ends and the next begins.
_BETWEEN_LINKS = re.compile(r"(?<=[)_])\s*+(?:[,;|/·、，；]|and\b)?\s*+(?=(?:\d{1,4}[.)]\s*+)?\[)")
# ``address "title")``
_TITLED_ADDRESS = re.compile(r"\s*+(\S++)\s++(?:\"[^\"]*+\"|'[^']*+')\s*+\)")
# What templates for references, and for links that are dead, leave behind in place of a name.
_PARAMETER = re.compile(r"\b(?:url|title|work|publisher|language|author|(?:access|archive)?-?date)\s*+=", re.IGNORECASE)
_NO_NAMES = ("link", "dead link", "permanent dead link")
_ADDRESS = re.compile(r"(?:(?:https?:)?//|www\.)\S++", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?:(?:amp|#0{0,5}38|#[xX]0{0,4}26);)++")
# Copies of other sites' pages: these are the publishers.
_COPIES = re.compile(r"https?://(?:web\.archive\.org|(?:www\.)?webcitation\.org)/.*?(https?://.++)", re.IGNORECASE)
# Pages list each other: three of four items, and nine of ten contexts, come more than once.
_CACHE_SIZE = 1 << 14


def read_mentions(lines: Iterable[str]) -> list[Mention]:
    """Return the items of a list that lead to other events, with the topics that their contexts name."""
    mentions: list[Mention] = []
    for line in lines:
        for label, address, rest in _split_links(line):
            if mention := mention_of(label, address):
                topics = context_topics(rest)
                mentions.append(mention._replace(topics=topics) if topics else mention)
    return mentions


def read_sources(lines: Iterable[str]) -> tuple[tuple[Source, ...], str | None]:
    """Return the sources, each address once, and the cover image: its own item, or the first behind a source."""
    sources: dict[str, Source] = {}
    cover = beside_source = None
    for line in lines:
        texts, images = _split_images(line)
        for image in images:
            beside_source = beside_source or _image_address(image)
        for label, target, _ in [link for text in texts for link in _split_links(text)]:
            name, address = clean(label), http_address(target)
            if name.lower() == "cover image":
                cover = cover or _image_address(target)
            elif address:
                sources.setdefault(address, Source(source_name(label, address), address))
    return tuple(sources.values()), cover or beside_source


def _split_images(line: str) -> tuple[list[str], list[str]]:
    """Split a line at its images, ``[IMG](address)``: the texts between them, and their addresses."""
    if " [IMG](" not in line:
        return [line], []
    first, *others = line.split(" [IMG](")
    texts, images = [first], []
    for other in others:
        image, end, text = other.partition(") [")
        images.append(image if end else image.rstrip().removesuffix(")"))
        if end:
            texts.append(f"[{text}")
    return texts, images


def source_name(label: str, address: str) -> str:
    """Return what to call a source: its label, cleaned, or the host of its address where the label is no name."""
    name = clean(label)
    return name if _is_name(name, label) else _host_name(address)


def _is_name(name: str, label: str) -> bool:
    """Return whether a label, cleaned, is a name: no number, no address, and no markup that was left over."""
    return (
        any(map(str.isalpha, name))
        and name.lower() not in _NO_NAMES
        and not _ADDRESS.fullmatch(name)
        and not ("=" in label and _PARAMETER.search(label))
    )


def _host_name(address: str) -> str:
    """Return the host of an address; of a copy in a web archive, that of the page itself."""
    copy = _COPIES.match(address)
    host = urlsplit(http_address(copy[1] if copy else address) or address).hostname or address
    return host.removeprefix("www.")


def _split_links(line: str) -> list[tuple[str, str, str]]:
    """Split a line into the parts of its links, see ``split_item``: several where it holds nothing but links."""
    count = line.count("](")
    if count > 1:
        items = [split_item(part) for part in _BETWEEN_LINKS.split(line)]
        links = [item for item in items if item and item[0].count("[") == item[0].count("]")]
        if len(links) == len(items):
            return links
    item = split_item(line) if count else None
    return [item] if item else []


def split_item(line: str) -> tuple[str, str, str] | None:
    """Split ``1. [label](address) rest`` into these three; the label and the address may hold brackets.

    The title in ``[label](address "title")`` is passed over.
    """
    number = _NUMBER.match(line)
    line = line[number.end() if number else 0 :].strip()
    if not line.startswith("["):
        return None
    # A label may hold what looks like a link: the last one is the item's own.
    middle = line.rfind("](/") if "](/" in line else line.rfind("](")
    if middle < 0:
        return None
    label, address = line[1:middle], line[middle + 2 :]
    titled = _TITLED_ADDRESS.match(address) if ' "' in address or " '" in address else None
    if titled and titled[1].count(")") <= titled[1].count("("):
        return label, titled[1], address[titled.end() :].strip()
    # An address ends at the bracket before a blank or the end; brackets inside it are its own.
    end = address.find(") ")
    end = end if end >= 0 else address.rfind(")")
    return (label, address[:end], address[end + 1 :].strip()) if end >= 0 else None


@lru_cache(_CACHE_SIZE)
def mention_of(label: str, address: str) -> Mention | None:
    """Return the event that a link leads to, without topics; None for a link to anything else."""
    path = normal_path(unquote(address) if "%" in address else address)
    headline = clean(label)
    if path is None or not headline or is_index(path + ".md"):
        return None
    return Mention(path, date_of_path(path), headline)


def unique_mentions(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return each path once, as it was first mentioned, with the topics of all of its mentions."""
    by_path: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_path.setdefault(mention.path, []).append(mention)
    return tuple(
        same[0]._replace(topics=unique_topics(topic for mention in same for topic in mention.topics))
        if len(same) > 1
        else same[0]
        for same in by_path.values()
    )


def most_frequent_topics(mentions: Iterable[Mention]) -> list[str]:
    """Return the topics of all mentions, the most frequent first: what many related events share matters most."""
    return [topic for topic, _ in Counter(topic for mention in mentions for topic in mention.topics).most_common()]


def unique_topics(names: Iterable[str]) -> tuple[str, ...]:
    """Return each topic once, without portals: those are pages of the wiki, not subjects."""
    return tuple(dict.fromkeys(name for name in names if name and not name.startswith("Portal:")))


@lru_cache(_CACHE_SIZE)
def context_topics(line: str) -> tuple[str, ...]:
    """Return the topics that a ``_Context: …_`` at the end of a line names."""
    line = line.rstrip()
    match = _CONTEXT.search(line) if line.endswith("_") else None
    return unique_topics(_split_context(line[match.end() : -1])) if match else ()


def _split_context(context: str) -> list[str]:
    """Split a context into its topics; a topic's name may hold a comma.

    Contexts stand in sorted order, so a part that is out of order belongs to the name before it, as does an ending
    that is no topic by itself and what stands inside a bracket.
    """
    names: list[list[str]] = []
    depth = 0
    for part in context.strip().split(", "):
        if names and (depth > 0 or _continues(names[-1][0], part)):
            names[-1].append(part)
        else:
            names.append([part])
            depth = 0
        depth += part.count("(") - part.count(")")
    return [name for name in (clean(", ".join(parts)).strip(" ,_") for parts in names) if name]


def _continues(name: str, part: str) -> bool:
    return part.strip().lower() in NAME_ENDINGS or (
        part < name and (part[:1].isascii() or part[:1].islower() or bool(_YEAR.match(part)))
    )


def _image_address(text: str) -> str | None:
    """Return an image's address; a site's bare front page is no image."""
    address = http_address(text)
    return address if address and (urlsplit(address).path.strip("/") or urlsplit(address).query) else None


def http_address(text: str) -> str | None:
    """Return an http(s) address without blanks and hidden characters, or None if ``text`` is none.

    One without a scheme, ``//host/…``, is https, and ``&amp;`` in it is undone.
    """
    text = text.strip().strip("<>")
    text = _AMPERSAND.sub("&", text) if "&" in text else text
    text = f"https:{text}" if text.startswith("//") else text
    # In a page, these two would end the label of a link.
    text = text.replace("](", "%5D(")
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return text if parts.scheme.lower() in ("http", "https") and host and _is_host(host) else None


def _is_host(host: str) -> bool:
    """Return whether a host can be one on the open web: names joined by dots, or a public address of four numbers."""
    # Browsers undo the width of letters: "｜" in a host is "|", which none may have.
    host = host if host.isascii() else unicodedata.normalize("NFKC", host)
    labels = host.removesuffix(".").split(".")
    if len(labels) < 2 or len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):  # noqa: PLR2004
        return False
    if not _NUMBER_LABEL.fullmatch(labels[-1]):
        return True
    try:
        # Browsers take every name that ends in a number for an address.
        return IPv4Address(host).is_global
    except ValueError:
        return False
