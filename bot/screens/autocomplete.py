"""What a slash command's option offers while its user is typing."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from discord import app_commands

from bot.archive.archive import Archive
from bot.cards import limits
from bot.domain.audience import Audience
from bot.domain.event import Topic
from bot.domain.subject import parts_of
from bot.domain.text import cut, fold, length
from bot.domain.topic_forms import topic_form
from bot.domain.when_offers import when_offers
from bot.domain.zones import zones_like
from bot.locale.language import language

_TOPIC_NAME = 80


async def topic_choices(archive: Archive, typed: str, locale: str | None) -> list[app_commands.Choice[str]]:
    """Return up to 25 topics for what is being typed, each with its number of events."""
    return _choices(await archive.topics.matching(typed, limit=limits.OPTIONS), locale)


async def unmuted_topic_choices(archive: Archive, typed: str, audience: Audience) -> list[app_commands.Choice[str]]:
    """Return up to 25 topics for what is being typed, each with its number of events; none that the server muted."""
    muted = audience.muted
    # Each mute may hide several names: a muted word may stand in more than one.
    topics = await archive.topics.matching(typed, limit=limits.OPTIONS + 2 * len(muted))
    return _choices((topic for topic in topics if not muted.hides_topic(topic)), audience.locale)


async def what_choices(archive: Archive, typed: str, locale: str | None) -> list[app_commands.Choice[str]]:
    """Return up to 25 subjects for what is being typed of one: the parts before the last semicolon, and a topic each.

    A choice is named by the very text that it stands for, since admins type on after it.
    """
    say = language(locale)
    start, _, last = typed.replace("；", ";").rpartition(";")
    before = parts_of(start)
    earlier = {topic_form(part) for part in before}
    choices = []
    for topic in await archive.topics.matching(last.strip(), limit=limits.OPTIONS + len(before)):
        value = _fitting((*before, topic.name), (*before, topic.key))
        if value and topic_form(topic.name) not in earlier:
            name = cut(say.script("; ".join((*before, topic.name))), limits.OPTION_TEXT)
            choices.append(app_commands.Choice(name=name, value=value))
    return choices[: limits.OPTIONS]


def _fitting(*subjects: Sequence[str]) -> str | None:
    """Return the first of some subjects, given by their parts, that can be the value of a choice; None if none can."""
    texts = ("; ".join(parts) for parts in subjects if not any(";" in part for part in parts))
    return next((text for text in texts if length(text) <= limits.OPTION_TEXT), None)


def _choices(topics: Iterable[Topic], locale: str | None) -> list[app_commands.Choice[str]]:
    say = language(locale)
    return [
        app_commands.Choice(
            name=f"{cut(say.script(topic.name), _TOPIC_NAME)} ({say.number(topic.events)})",
            # Where the name is too long for a choice's value, the topic's key finds the topic just as well.
            value=topic.name if length(topic.name) <= limits.OPTION_TEXT else topic.key,
        )
        for topic in topics
    ][: limits.OPTIONS]


async def zone_choices(typed: str, *, now: datetime) -> list[app_commands.Choice[str]]:
    """Return up to 25 cities and time zones for what is being typed, each with the time there at ``now`` (aware)."""
    # The first call reads every zone of the system: in a thread it blocks nobody.
    zones = await asyncio.to_thread(zones_like, typed, now=now, limit=limits.OPTIONS)
    return [app_commands.Choice(name=label, value=zone) for label, zone in zones]


async def when_choices(typed: str, locale: str | None) -> list[app_commands.Choice[str]]:
    """Return up to 25 plans of a follow for what is being typed, named in words; ``parse_when`` reads their values."""
    # The first call loads the names of days in many languages: in a thread it blocks nobody.
    offers = await asyncio.to_thread(when_offers, typed, language(locale), limit=limits.OPTIONS)
    return [app_commands.Choice(name=name, value=value) for value, name in offers.items()]


def mute_choices(names: Mapping[str, str], typed: str) -> list[app_commands.Choice[str]]:
    """Return up to 25 mutes, given as names by their values, whose name contains what is being typed."""
    return [
        # Where the name is too long for a choice's value, the mute's own value (a key or a folded word) will do.
        app_commands.Choice(
            name=cut(name, limits.OPTION_TEXT), value=name if length(name) <= limits.OPTION_TEXT else value
        )
        for value, name in sorted(names.items(), key=lambda item: fold(item[1]))
        if fold(typed) in fold(name)
    ][: limits.OPTIONS]
