"""What a slash command's option offers while its user is typing."""

import asyncio
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time

from discord import app_commands

from bot.archive.archive import Archive
from bot.cards import limits
from bot.domain.audience import Audience
from bot.domain.errors import DailyPostError
from bot.domain.event import Topic
from bot.domain.month_day import LAST_OF_MONTH
from bot.domain.schedule import Plan
from bot.domain.subject import parts_of
from bot.domain.text import IS_HAN, cut, fold, length
from bot.domain.topic_forms import topic_form
from bot.domain.when import (
    DEFAULT_TIME,
    WORKING_DAYS,
    parse_when,
    typed_time,
    when_as_typed,
    when_in_words,
)
from bot.domain.zones import zones_like
from bot.locale.language import ENGLISH, Language, language

_TOPIC_NAME = 80
# When people like to be told, the usual time first.
_LIKELY_TIMES = (DEFAULT_TIME, time(18), time(12), time(7), time(21))
# An offer names no time zone: the command has an option of its own for it.
_OFFER = Plan(DEFAULT_TIME, "UTC")
_LIKELY_MONTH_DAYS = (1, LAST_OF_MONTH, 15)
_LIKELY_PLANS = (
    replace(_OFFER, at_once=True),
    _OFFER,
    replace(_OFFER, weekdays=WORKING_DAYS),
    *(replace(_OFFER, weekdays=1 << day) for day in range(7)),
    *(replace(_OFFER, month_day=day) for day in _LIKELY_MONTH_DAYS),
)
_OTHER_PLANS = tuple(replace(_OFFER, month_day=day) for day in range(1, LAST_OF_MONTH) if day not in _LIKELY_MONTH_DAYS)


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


async def when_choices(typed: str, locale: str | None) -> list[app_commands.Choice[str]]:
    """Return up to 25 ways to say when a follow reports, for what is being typed; ``parse_when`` reads their values."""
    # The first call loads the names of days in many languages: in a thread it blocks nobody.
    ways = await asyncio.to_thread(_ways_to_say_when, typed, language(locale))
    return [app_commands.Choice(name=name, value=value) for value, name in ways.items()][: limits.OPTIONS]


def _ways_to_say_when(typed: str, say: Language) -> dict[str, str]:
    """Return plans in words, by their short forms."""
    rest, typed_at = typed_time(typed)
    try:
        meant = [parse_when(typed, _OFFER.zone)]
    except DailyPostError:
        meant = []
    # Where nothing fits what was typed, the usual ways show what can be.
    likely = [*meant, *_plans_like(rest, say.locale)] or _LIKELY_PLANS
    times = _LIKELY_TIMES if typed_at is None else (typed_at,)
    plans = [*meant, *(replace(plan, time=at) for at in times for plan in likely)]
    return {when_as_typed(plan, say): when_in_words(plan, say) for plan in plans}


def _plans_like(typed: str, locale: str) -> list[Plan]:
    """Return the plans whose words, in English or in the reader's language, start with those of a normalised text."""
    words = typed.split()
    plans = zip((*_LIKELY_PLANS, *_OTHER_PLANS) if words else _LIKELY_PLANS, _plan_words(locale), strict=False)
    return [
        plan
        for plan, text in plans
        if all(f" {word}" in text or (IS_HAN.search(word) and word in text) for word in words)
    ]


@functools.cache
def _plan_words(locale: str) -> list[str]:
    """Return for each plan that is offered what it is called, folded, a space before each word."""
    languages = language(locale), language(ENGLISH)
    return [
        " " + fold(" ".join(call(plan, say) for call in (when_as_typed, when_in_words) for say in languages))
        for plan in (*_LIKELY_PLANS, *_OTHER_PLANS)
    ]
