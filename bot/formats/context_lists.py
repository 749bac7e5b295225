"""The lists of the Context's pages: items, their topics, sources and images. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
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
# Pages list each other: three of four items, and nine of ten contexts, come more than once.
_CACHE_SIZE = 1 << 14


def read_mentions(lines: Iterable[str]) -> list[Mention]:
    """Return the items of a list that lead to other events, with the topics that their contexts name."""
    mentions: list[Mention] = []
    for line in lines:
        if item := split_item(line):
            label, address, rest = item
            if mention := mention_of(label, address):
                topics = context_topics(rest)
                mentions.append(mention._replace(topics=topics) if topics else mention)
    return mentions


def read_sources(lines: Iterable[str]) -> tuple[tuple[Source, ...], str | None]:
    """Return the sources, each address once, and the cover image: its own item, or the first behind a source."""
    sources: dict[str, Source] = {}
    cover = beside_source = None
    for line in lines:
        text, mark, tail = line.partition(" [IMG](")
        if mark and beside_source is None:
            beside_source = _image_address(tail.rstrip().removesuffix(")"))
        if not (item := split_item(text)):
            continue
        name, address = clean(item[0]), http_address(item[1])
        if name.lower() == "cover image":
            cover = cover or _image_address(item[1])
        elif address:
            sources.setdefault(address, Source(name or (urlsplit(address).hostname or address), address))
    return tuple(sources.values()), cover or beside_source


def split_item(line: str) -> tuple[str, str, str] | None:
    """Split ``1. [label](address) rest`` into these three; the label and the address may hold brackets."""
    number = _NUMBER.match(line)
    line = line[number.end() if number else 0 :].strip()
    if not line.startswith("["):
        return None
    # A label may hold what looks like a link: the last one is the item's own.
    middle = line.rfind("](/") if "](/" in line else line.rfind("](")
    if middle < 0:
        return None
    label, address = line[1:middle], line[middle + 2 :]
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
    """Return an http(s) address without blanks and hidden characters, or None if ``text`` is none."""
    text = text.strip().strip("<>")
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return text if parts.scheme.lower() in ("http", "https") and host and _is_host(host) else None


def _is_host(host: str) -> bool:
    """Return whether a host can be one on the open web: names joined by dots."""
    labels = host.rstrip(".").split(".")
    return len(labels) > 1 and all(label and "-" not in (label[0], label[-1]) for label in labels)
