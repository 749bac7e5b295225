"""How long the parts of a page may be: far longer than real ones, and short enough for every list and index. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import is_
from typing import Any, TypeVar

from bot.domain.page import Mention, Page, Source
from bot.domain.text import cut

HEADLINE, SUMMARY, NAME = 2_000, 20_000, 200
TOPICS, RELATED, SOURCES = 200, 500, 200

T = TypeVar("T")


def within_limits(page: Page) -> tuple[Page, str]:
    """Return a page whose parts are no longer than they may be, and what was cut, in a few words; "" for nothing."""
    changes: dict[str, Any] = {}
    for name, most in (("headline", HEADLINE), ("summary", SUMMARY), ("category", NAME), ("credit", HEADLINE)):
        text = getattr(page, name)
        if text is not None and len(text) > most:
            changes[name] = cut(text, most)
    for name, most in (("topics", TOPICS), ("also", TOPICS)):
        names = getattr(page, name)
        if (short := _short_names(names, most)) is not names:
            changes[name] = short
    for name in ("related", "former_paths"):
        mentions = getattr(page, name)
        if (short_mentions := _short_mentions(mentions)) is not mentions:
            changes[name] = short_mentions
    if (sources := _short_sources(page.sources)) is not page.sources:
        changes["sources"] = sources
    if not changes:
        return page, ""
    return replace(page, **changes), f"cut, since too long: {', '.join(name.replace('_', ' ') for name in changes)}"


def _short_mentions(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Return what is mentioned, the first 500, each within the limits; the same tuple if nothing is too long."""
    return _each(mentions[:RELATED] if len(mentions) > RELATED else mentions, short_mention)


def short_mention(mention: Mention) -> Mention:
    """Return what a page or a day's index says about a page, within the limits."""
    topics = _short_names(mention.topics, TOPICS)
    if topics is mention.topics and len(mention.headline) <= HEADLINE:
        return mention
    return mention._replace(headline=cut(mention.headline, HEADLINE), topics=topics)


def _short_names(names: tuple[str, ...], most: int) -> tuple[str, ...]:
    names = names[:most] if len(names) > most else names
    return tuple(dict.fromkeys(cut(name, NAME) for name in names)) if _are_long(names) else names


def _are_long(names: Iterable[str]) -> bool:
    return any(len(name) > NAME for name in names)


def _short_sources(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    return _each(
        sources[:SOURCES] if len(sources) > SOURCES else sources,
        lambda source: source._replace(name=cut(source.name, NAME)) if len(source.name) > NAME else source,
    )


def _each(parts: tuple[T, ...], shorten: Callable[[T], T]) -> tuple[T, ...]:
    """Return the parts, each shortened; the same tuple if none was."""
    shortened = [shorten(part) for part in parts]
    return parts if all(map(is_, parts, shortened)) else tuple(shortened)
