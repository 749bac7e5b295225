"""Answers where the archive has nothing: a sentence that says so, and buttons to what it has instead."""

from collections.abc import Sequence

from bot.archive.archive import Archive
from bot.archive.resolve import likely_topics
from bot.cards.buttons import OpenList, PickAnother
from bot.cards.limits import fit
from bot.cards.lists import DayList, TopicList
from bot.cards.screen import Screen
from bot.domain.audience import Audience
from bot.domain.dates import Day
from bot.domain.event import Topic
from bot.locale.language import Language, language, quoted
from bot.screens.lists import nearest_days

# How many days before, and after, are offered.
_NEAREST_DAYS = 2
_MOST_BUTTONS = 5
_TEXT = 100


async def nothing_on_day(archive: Archive, day_list: DayList, audience: Audience, *, topic: Topic | None) -> Screen:
    """Say that a day has no events (of a topic), and offer the nearest that do."""
    say = language(audience.locale)
    buttons = await _nearest_day_buttons(archive, day_list, say)
    has_nearest = bool(buttons)
    day = day_list.day
    if topic:
        name = fit(say.script(topic.name), _TEXT)
        sentence = say("The archive has nothing about {topic} for {day}.", topic=name, day=day)
        buttons.append(_whole_topic_button(topic, say))
    else:
        sentence = say("The archive has nothing for {day}.", day=day)
    if day.year is not None:
        any_year = DayList(Day(day.month, day.day), day_list.topic_key)
        buttons.append(OpenList(str(any_year), say("That day in any year")))
    if has_nearest:
        sentence = say.together(sentence, say("The nearest days that have events:"))
    return Screen(sentence=sentence, items=buttons[:_MOST_BUTTONS])


async def _nearest_day_buttons(archive: Archive, day_list: DayList, say: Language) -> list[OpenList]:
    before = await nearest_days(archive, day_list, later=False, limit=_NEAREST_DAYS)
    after = await nearest_days(archive, day_list, later=True, limit=_NEAREST_DAYS)
    # With few days in the archive, the same one may be among the nearest both ways round the year.
    unique = dict((*reversed(before), *after))
    return [OpenList(str(near), f"{say.day(near.day)} ({say.number(count)})") for near, count in unique.items()]


async def unknown_topic(archive: Archive, typed: str, audience: Audience) -> Screen:
    """Say that the archive has no topic of that name, and offer those that look like it."""
    say = language(audience.locale)
    sentence = say("There is no topic {topic} in the archive.", topic=quoted(fit(typed, _TEXT)))
    return _with_topics(sentence, await _similar_topics(archive, typed, audience), say)


async def no_search_results(archive: Archive, words: str, audience: Audience) -> Screen:
    """Say that a search found nothing, and offer topics that look like its words."""
    say = language(audience.locale)
    sentence = say("No event in the archive contains any of the words “{words}”.", words=fit(words, _TEXT))
    return _with_topics(sentence, await _similar_topics(archive, words, audience), say)


def nothing_between_dates(topic: Topic, *, locale: str) -> Screen:
    """Say that a topic has no events between two dates, and offer all of its events."""
    say = language(locale)
    name = fit(say.script(topic.name), _TEXT)
    sentence = say("The archive has nothing about {topic} between those dates.", topic=name)
    return Screen(sentence=sentence, items=[_whole_topic_button(topic, say)])


def _whole_topic_button(topic: Topic, say: Language) -> OpenList:
    label = say("All about {topic} ({count})", topic=say.script(topic.name), count=topic.events)
    return OpenList(str(TopicList(topic.key)), label)


async def _similar_topics(archive: Archive, typed: str, audience: Audience) -> list[Topic]:
    """Return topics that may be meant by what was typed; none that the server has muted."""
    return [topic for topic in await likely_topics(archive, typed) if not audience.muted.hides_topic(topic)]


def _with_topics(sentence: str, topics: Sequence[Topic], say: Language) -> Screen:
    """Offer topics below a sentence, or something at random if there are none."""
    if not topics:
        offer = say("How about a random one?")
        return Screen(sentence=say.together(sentence, offer), items=[PickAnother("", say.locale, is_first=True)])
    offer = say("Did you mean one of these?")
    buttons = [
        OpenList(str(TopicList(topic.key)), f"{say.script(topic.name)} ({say.number(topic.events)})")
        for topic in topics
    ]
    return Screen(sentence=say.together(sentence, offer), items=buttons)
