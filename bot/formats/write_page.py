"""Writes pages in the archive's own format, as ``context.py`` reads them. Pure."""

from collections.abc import Iterable, Sequence

from bot.domain.page import Page
from bot.formats.block import Block, write_block


def write_page(page: Page, *, earlier_wordings: Sequence[str] = ()) -> str:
    """Return the text of a page's file; ``earlier_wordings`` of its headline, the oldest first, are its *Changes*.

    Its text has to be clean, as that of a page that was read is. Related events are not written: of a fetched page,
    they follow from its topics. Raises PageError for a value that could not be read again.
    """
    day = page.date
    # A page that moved to another day keeps its path, and this link leads to the day that it is about.
    parts = [
        f"### [{day.isoformat()}](/news/{day.year:04}/{day.month:02}/{day.day}/index.md)\n{write_block(_block(page))}"
    ]
    parts.append(f"# {page.headline}\n")
    if page.summary:
        parts.append(f"{page.summary}\n")
    links = [*page.sources, *([("Cover Image", page.image)] if page.image else [])]
    parts += _section("Sources", (f"[{name}]({url})" for name, url in links))
    parts += _section("Changes", (f"[{wording}](/{page.path}.md)" for wording in earlier_wordings))
    return "\n".join(parts)


def _block(page: Page) -> Block:
    return Block(
        language=page.language,
        pick=page.pick,
        also=page.also,
        topics=page.topics,
        category=page.category,
        weight=page.weight,
        source=page.source,
        seen=page.seen,
        credit=page.credit,
        withdrawn=page.withdrawn,
        item=page.item,
    )


def _section(name: str, items: Iterable[str]) -> list[str]:
    """Return a section with a numbered list, if there are items."""
    lines = [f"{number}. {item}\n" for number, item in enumerate(items, 1)]
    return [f"### {name}:\n", "".join(lines)] if lines else []
