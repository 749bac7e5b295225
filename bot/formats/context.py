"""The format of the pages of *the Context* (thecontext.net): two generations in English, and Chinese. Pure.

``docs/pages.md`` describes a page.
"""

import re
from collections.abc import Sequence
from datetime import date

from bot.domain.errors import PageError
from bot.domain.page import Mention, Page
from bot.domain.text import han_letters
from bot.formats.block import read_block, with_block
from bot.formats.cleaning import clean
from bot.formats.context_lists import (
    context_topics,
    mention_of,
    most_frequent_topics,
    read_mentions,
    read_sources,
    split_item,
    unique_mentions,
    unique_topics,
)
from bot.formats.page_format import CONTEXT_VERSION
from bot.formats.page_path import normal_path, path_on

_DATE_LINE = re.compile(r"#{1,6}\s*+\[?\s*+(\d{1,6})-(\d{1,4})-(\d{1,4})(?![\d-]|\s*+B\.?C)", re.ASCII)
_DATE_LINE_BC = re.compile(
    r"#{1,6}\s*+\[?\s*+(?:[-−]\s*+\d{1,6}-\d{1,4}-\d{1,4}(?![\d-])"
    r"|\d{1,6}(?:-\d{1,4}-\d{1,4})?\s*+B\.?C\.?(?:E\.?)?\s*+(?:\]|-\d|$))",
    re.ASCII,
)
_SECTION = re.compile(r"###\s++([^\[:：]*+)[:：]?\s*+$")
_SECTIONS = {
    "source": "sources", "sources": "sources", "信息来源": "sources", "信息來源": "sources", "来源": "sources",
    "related": "related", "有关": "related", "有關": "related", "相关": "related", "相關": "related",
    "changes": "changes",
}  # fmt: skip
# A page with any of these is one of the Chinese archive, whatever the letters of its headline.
_CHINESE_MARKS = ("### 信息来源", "### 有关", "](/zh/news/")


class ContextFormat:
    """Reads pages and day indexes of the Context."""

    name = "context"
    # Raised whenever a page would be read differently than before: an import then reads old pages again.
    version = CONTEXT_VERSION

    def accepts(self, path: str, text: str) -> bool:
        """Accept every file: the reason why this format refuses a page is the one that people need to know."""
        return True

    def read(self, text: str, path: str) -> Page:
        """Return the page. One whose ``path`` is outside ``news/`` gets it from its file name and its date line.

        Raises PageError, with a plain reason, for a page that cannot be an event.
        """
        lines = _lines(text)
        day, date_index = _date(lines, path)
        block, block_length = read_block(lines[date_index + 1 :])
        head, sections = _split_sections(lines[date_index + 1 + block_length :])
        topic, headline, summary = _read_head(head)
        own_path = normal_path(path) or path_on(day, path)
        if own_path is None:
            reason = "its file name gives no path"
            raise PageError(reason)
        related, former_paths = (read_mentions(sections.get(name, ())) for name in ("related", "changes"))
        sources, image = read_sources(sections.get("sources", ()))
        is_chinese = any(mark in text for mark in _CHINESE_MARKS)
        page = Page(
            path=own_path,
            date=day,
            language="zh" if is_chinese else guess_language(headline),
            headline=headline,
            summary=summary,
            sources=sources,
            image=image,
            topics=unique_topics([topic, *most_frequent_topics(related)]),
            related=unique_mentions(mention for mention in related if mention.path != own_path),
            former_paths=unique_mentions(
                mention for mention in former_paths if mention.path != own_path and mention.date == day
            ),
        )
        return with_block(page, block)

    def read_index(self, text: str) -> tuple[Mention, ...]:
        """Return the events that a day's index lists, with the topics it names for each; never raises.

        An event that is listed under several topics comes several times.
        """
        entries: list[tuple[Mention, list[str]]] = []
        topic = ""
        for line in _lines(text):
            if line.startswith("#####"):
                topic = clean(line[5:])
            elif line.startswith("### ") and (item := split_item(line[4:])):
                label, address, _ = item
                # A topic stands above all headlines that share it.
                if mention := mention_of(label, address):
                    entries.append((mention, [topic]))
            elif line.startswith("## "):
                topic = ""
            elif entries:
                entries[-1][1].extend(context_topics(line))
        return tuple(mention._replace(topics=unique_topics(topics)) for mention, topics in entries)


CONTEXT = ContextFormat()


def earlier_wordings(text: str, path: str) -> tuple[str, ...]:
    """Return the earlier wordings of its headline that the *Changes* of the page at ``path`` list, in their order."""
    _, sections = _split_sections(_lines(text))
    changes = read_mentions(sections.get("changes", ()))
    return tuple(mention.headline for mention in changes if mention.path == path)


def guess_language(headline: str) -> str:
    """Return ``zh`` or ``en`` by the letters of a headline; for pages that do not say their language."""
    return "zh" if headline and han_letters(headline) * 6 >= len(headline) else "en"


def _lines(text: str) -> list[str]:
    """Return the lines of a file; unlike ``str.splitlines``, only line feeds and carriage returns end one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _date(lines: Sequence[str], path: str) -> tuple[date, int]:
    """Return the page's date and the index of the line that names it."""
    for index, line in enumerate(lines):
        if line.startswith("#"):
            if match := _DATE_LINE.match(line):
                return _checked_date(*match.groups(), path=path), index
            if _DATE_LINE_BC.match(line):
                reason = "its year is before the year 1 (B.C.), which Daybook does not hold"
                raise PageError(reason)
        if line.startswith("# "):
            break
    reason = "no date line such as “### [2017-03-24](…)” above the headline"
    raise PageError(reason)


def _checked_date(year: str, month: str, day: str, *, path: str) -> date:
    """Return a date.

    A year of one or two digits is a mistake, 16 for 2016, unless it is written 0016 or the path has it, too.
    """
    own_path = normal_path(path)
    is_mistake = len(year) <= 2 and (own_path is None or not own_path.startswith(f"news/{int(year):04}/"))  # noqa: PLR2004
    try:
        return date(0 if is_mistake else int(year), int(month), int(day))
    except ValueError as error:
        reason = f"impossible date {year}-{month}-{day}"
        raise PageError(reason) from error


def _split_sections(lines: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Split the lines after the date into those before the first section, and each section's."""
    head: list[str] = []
    sections: dict[str, list[str]] = {}
    current = head
    for line in lines:
        if line.startswith("###") and (match := _SECTION.match(line)):
            name = _SECTIONS.get(match[1].strip().lower())
            current = sections.setdefault(name, []) if name else []
        else:
            current.append(line)
    return head, sections


def _read_head(lines: Sequence[str]) -> tuple[str, str, str | None]:
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
