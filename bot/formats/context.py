"""The grammar of a page: the text of a Markdown file -> what it tells. Pure.

The archive has two generations of an English format and a Chinese one; see ``docs/pages.md``.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from bot.domain.errors import PageError
from bot.domain.page import Mention, Page, Source
from bot.domain.text import han_letters
from bot.formats.cleaning import clean

# Raised whenever a page would be read differently than before: an import then reads old pages again.
GRAMMAR = 2
MAX_BYTES = 1024 * 1024
_LONGEST_ADDRESS = 2048
# A year of fewer digits is a slip of the pen: no news is that old.
_FIRST_YEAR = 1000
_LIST_NAMES = ("index", "readme")

_DATE_LINE = re.compile(r"#{1,6}\s*+\[?\s*+(\d{1,6})-(\d{1,4})-(\d{1,4})(?![\d-])", re.ASCII)
_PATH = re.compile(r"(?:^|/)news/([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})/([^/]+?)(?:\.md)?$")
_SECTION = re.compile(r"###\s++([^\[:：]*+)[:：]?\s*+$")
_NUMBERED = re.compile(r"\s*+(?:\d++[.)]|[-*])\s*+(?=\[)")
_CONTEXT = re.compile(r"_\s*+(?:Context|消息)\s*+[:：]")
_SECTIONS = {
    "source": "sources", "sources": "sources", "信息来源": "sources", "信息來源": "sources", "来源": "sources",
    "related": "related", "有关": "related", "有關": "related", "相关": "related", "相關": "related",
    "changes": "changes",
}  # fmt: skip
# Endings that are part of a name and never a topic of their own: "Atari, Inc.", "Washington, D.C.".
_ENDINGS = frozenset(
    (
        "inc", "inc.", "ltd", "ltd.", "llc", "l.l.c.", "jr", "jr.", "sr", "sr.", "corp", "corp.", "co", "co.", "plc",
        "s.a.", "l.p.", "d.c.", "n.v.", "gmbh", "ii", "iii", "iv", "phd", "md",
    )
)  # fmt: skip
_YEAR = re.compile(r"\d{4}")
# Pages list each other: three of four items have been read before, and nine of ten contexts.
_REMEMBERED = 1 << 14


def text_of(data: bytes) -> str:
    """Return the text of a page's file.

    Raises PageError when it is over 1 MiB or not UTF-8 text.
    """
    if len(data) > MAX_BYTES:
        reason = "larger than 1 MiB"
        raise PageError(reason)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = "not text (not UTF-8)"
        raise PageError(reason) from error
    if "\0" in text:
        reason = "not text (it holds NUL characters)"
        raise PageError(reason)
    return text


def normal_path(path: str) -> str | None:
    """Return ``news/YYYY/MM/D/slug`` for a page's path, wherever its folder stands.

    None if it is no such path, or names a day that no calendar has.
    """
    found = _PATH.search(path.replace("\\", "/"))
    if not found:
        return None
    year, month, day, slug = found.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    if not slug.isascii():
        slug = unicodedata.normalize("NFC", slug)
    if not slug.isprintable():
        slug = "".join(sign if sign.isprintable() else "\ufffd" for sign in slug)
    return f"news/{year}/{int(month):02}/{int(day)}/{slug}"


def date_of(path: str) -> date:
    """Return the date that a normal path names."""
    _, year, month, day, _ = path.split("/", 4)
    return date(int(year), int(month), int(day))


def is_list(path: str) -> bool:
    """Tell whether a file is a list of pages (``index.md``, ``README.md``), not a page."""
    return path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0].lower() in _LIST_NAMES


def read_page(text: str, path: str) -> Page:
    """Return what the page tells. A ``path`` outside ``news/`` counts by its file name and the page's date line.

    Raises PageError, with a plain reason, for a page that cannot be an event.
    """
    lines = _lines(text)
    day, start = _day(lines)
    head, sections = _parts(lines[start + 1 :])
    topic, headline, summary = _head(head)
    where = normal_path(path) or normal_path(_path_from(day, path))
    if where is None:
        reason = "its file name gives no path"
        raise PageError(reason)
    related, former_paths = _mentions(sections.get("related", ())), _mentions(sections.get("changes", ()))
    sources, image = _sources(sections.get("sources", ()))
    chinese = "### 信息来源" in text or "### 有关" in text or "](/zh/news/" in text
    return Page(
        path=where,
        date=day,
        language="zh" if chinese else language_of(headline),
        headline=headline,
        summary=summary,
        sources=sources,
        image=image,
        topics=_topics([topic, *_frequent(related)]),
        related=tuple(_once(mention for mention in related if mention.path != where)),
        former_paths=tuple(_once(mention for mention in former_paths if mention.path != where and mention.date == day)),
    )


def read_list(text: str) -> tuple[Mention, ...]:
    """Return the events that a day's index names, with the topics it gives for each."""
    found: list[tuple[Mention, list[str]]] = []
    topic = ""
    for line in _lines(text):
        if line.startswith("#####"):
            topic = clean(line[5:])
        elif line.startswith("### ") and (item := _item(line[4:])):
            label, address, _ = item
            # A topic stands above all headlines that share it.
            if mention := _mention(label, address):
                found.append((mention, [topic]))
        elif line.startswith("## "):
            topic = ""
        elif found:
            found[-1][1].extend(_context(line))
    return tuple(replace(mention, topics=_topics(names)) for mention, names in found)


def _lines(text: str) -> list[str]:
    """Return the lines of a file; not every character that Python would end a line at ends one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _day(lines: Sequence[str]) -> tuple[date, int]:
    for number, line in enumerate(lines):
        if line.startswith("#") and (found := _DATE_LINE.match(line)):
            year, month, day = (int(part) for part in found.groups())
            try:
                return date(year if year >= _FIRST_YEAR else 0, month, day), number
            except ValueError as error:
                reason = f"impossible date {found[1]}-{found[2]}-{found[3]}"
                raise PageError(reason) from error
        if line.startswith("# "):
            break
    reason = "no date line such as “### [2017-03-24](…)” above the headline"
    raise PageError(reason)


def _parts(lines: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Split the lines after the date into those before the first section, and each section's."""
    head: list[str] = []
    sections: dict[str, list[str]] = {}
    current: list[str] = head
    for line in lines:
        if line.startswith("###") and (found := _SECTION.match(line)):
            name = _SECTIONS.get(found[1].strip().lower())
            current = sections.setdefault(name, []) if name else []
        else:
            current.append(line)
    return head, sections


def _head(lines: Sequence[str]) -> tuple[str, str, str | None]:
    """Return the topic line, the headline and the summary."""
    topic, headline = "", None
    summary: list[str] = []
    for line in lines:
        if headline is not None:
            summary.append(line)
        elif line.startswith("#####"):
            topic = clean(line.lstrip("#"))
        elif line.startswith("#") and not line.startswith("##"):
            headline = clean(line[1:])
    if not headline:
        reason = "no headline (a line that begins with “# ”)"
        raise PageError(reason)
    return topic, headline, clean(" ".join(summary)) or None


def _path_from(day: date, path: str) -> str:
    name = path.replace("\\", "/").rpartition("/")[2]
    return f"news/{day.year:04}/{day.month}/{day.day}/{name}"


def language_of(headline: str) -> str:
    """Return ``zh`` or ``en``, the archive's two languages, by the letters of a headline."""
    return "zh" if headline and han_letters(headline) * 6 >= len(headline) else "en"


def _item(line: str) -> tuple[str, str, str] | None:
    """Split ``[label](address) rest``; the label and the address may hold brackets."""
    numbered = _NUMBERED.match(line)
    line = line[numbered.end() if numbered else 0 :].strip()
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


@lru_cache(_REMEMBERED)
def _mention(label: str, address: str) -> Mention | None:
    where = normal_path(unquote(address) if "%" in address else address)
    headline = clean(label)
    if where is None or not headline or is_list(where + ".md"):
        return None
    return Mention(where, date_of(where), headline)


def _mentions(lines: Sequence[str]) -> list[Mention]:
    found: list[Mention] = []
    for line in lines:
        if item := _item(line):
            label, address, rest = item
            if mention := _mention(label, address):
                topics = _context(rest)
                found.append(Mention(mention.path, mention.date, mention.headline, topics) if topics else mention)
    return found


def _once(mentions: Iterator[Mention]) -> Iterator[Mention]:
    """Yield each path once; topics named for it twice are joined."""
    seen: dict[str, list[Mention]] = {}
    for mention in mentions:
        seen.setdefault(mention.path, []).append(mention)
    for first, *more in seen.values():
        topics = [topic for mention in (first, *more) for topic in mention.topics]
        yield replace(first, topics=_topics(topics)) if more else first


def _frequent(mentions: Sequence[Mention]) -> list[str]:
    """Return the topics of all contexts, the most frequent first: what many related events share matters most."""
    return [topic for topic, _ in Counter(topic for mention in mentions for topic in mention.topics).most_common()]


def _topics(names: Sequence[str]) -> tuple[str, ...]:
    # A portal is a page of the wiki, no subject.
    return tuple(dict.fromkeys(name for name in names if name and not name.startswith("Portal:")))


@lru_cache(_REMEMBERED)
def _context(line: str) -> tuple[str, ...]:
    """Return the topics that a ``_Context: …_`` at the end of a line names."""
    line = line.rstrip()
    found = _CONTEXT.search(line) if line.endswith("_") else None
    return _topics(_split(line[found.end() : -1])) if found else ()


def _split(context: str) -> list[str]:
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
    return part.strip().lower() in _ENDINGS or (
        part < name and (part[:1].isascii() or part[:1].islower() or bool(_YEAR.match(part)))
    )


def _sources(lines: Sequence[str]) -> tuple[tuple[Source, ...], str | None]:
    """Return the sources, each address once, and the cover image: its own item, or the first behind a source."""
    sources: dict[str, Source] = {}
    cover = beside = None
    for line in lines:
        line, mark, tail = line.partition(" [IMG](")  # noqa: PLW2901
        if mark and beside is None:
            beside = _image(tail.rstrip().removesuffix(")"))
        if not (item := _item(line)):
            continue
        name, address = clean(item[0]), http_address(item[1])
        if name.lower() == "cover image":
            cover = cover or _image(item[1])
        elif address:
            sources.setdefault(address, Source(name or (urlsplit(address).hostname or address), address))
    return tuple(sources.values()), cover or beside


def _image(address: str) -> str | None:
    """Return an image's address; a site's bare front page is no image."""
    found = http_address(address)
    return found if found and (urlsplit(found).path.strip("/") or urlsplit(found).query) else None


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
    """Tell whether a host can be one on the open web: names joined by dots."""
    labels = host.rstrip(".").split(".")
    return len(labels) > 1 and all(label and "-" not in (label[0], label[-1]) for label in labels)
