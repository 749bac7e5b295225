"""What to show: an event in its list, an event by itself, or ways on where nothing was found."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

import discord

from bot.archive.archive import Archive
from bot.archive.resolve import ResolvedTopic
from bot.cards.buttons import Another, Back, DayStep, Follow, Item, ListMenu, Open, RelatedMenu, Share, Step
from bot.cards.event_card import ListPosition, event_card, has_story, story_trail
from bot.cards.limits import fit
from bot.cards.lists import DayList, EventList, StoryList, TopicList
from bot.cards.return_to import ReturnTo
from bot.cards.same import Same
from bot.cards.screen import Screen
from bot.domain.dates import Day
from bot.domain.event import Cursor, Event, Listing, Topic
from bot.domain.preferences import NO_MUTES, Mutes
from bot.locale.language import Language, event_language_for, language, quoted

_NEAR = 2
# So many events are picked at random before it is said that they are muted.
_MOST_PICKS = 25
# So many times it is tried to find one in the reader's language.
_MOST_FOREIGN = 8
# Of a year with a 29 February.
_FIRST_DAY = date(2000, 1, 1)


async def list_screen(
    archive: Archive, events: EventList, *, cursor: Cursor | None = None, locale: str, muted: Mutes = NO_MUTES
) -> Screen | None:
    """Show the event of a list that a turn leads to (the first without one); behind a spoiler, if it is ``muted``.

    None if the list is empty, or if the very event that is asked for, no step from it, is not there.
    """
    listing = await events.read(archive, cursor=cursor or Cursor(), locale=locale)
    if not listing.events or (cursor and not cursor.step and not listing.anchor_found):
        return None
    return _listed(events, await veil_list(archive, listing, muted), locale=locale, muted=muted)


async def story_screen(archive: Archive, key: str, *, locale: str, muted: Mutes = NO_MUTES) -> Screen | None:
    """Show an event (its key) in its story, or say that it has none; None if it is gone."""
    story = StoryList(key)
    listing = await story.read(archive, cursor=Cursor(key), locale=locale)
    if listing.total > 1 and listing.anchor_found:
        return _listed(story, await veil_list(archive, listing, muted), locale=locale, muted=muted)
    if await archive.event(key) is None:
        return None
    return Screen(sentence=language(locale).say("Nothing else in the archive shares the topics of this event."))


async def veil_list(archive: Archive, listing: Listing, muted: Mutes) -> Listing:
    """Return a list's part such that of others than its events nothing is told that a server has muted."""
    if not muted:
        return listing
    events = [replace(event, related=await archive.hide_muted(event.related, muted)) for event in listing.events]
    return replace(listing, events=tuple(events), menu_page=await archive.hide_muted(listing.menu_page, muted))


def _listed(events: EventList, listing: Listing, *, locale: str, muted: Mutes, another: str | None = None) -> Screen:
    """Show the first event of a part of a list.

    ``another`` is what a random pick was made from, a topic's key or an empty text: a button picks again.
    """
    event = listing.events[0]
    return_to = ReturnTo(event.key, str(events))
    more = "+" if listing.total_is_minimum else ""
    total = f"{language(locale).number(listing.total)}{more}"
    position = ListPosition(events.title(listing, locale), listing.position + 1, total)
    items: list[Item] = []
    if listing.total > 1:
        items.append(ListMenu.for_page(str(events), listing, locale=locale))
    items += _related(event, return_to, locale)
    if listing.total > 1:
        items += [Step("prev", return_to, locale), Step("next", return_to, locale)]
    if another is not None:
        items.append(Another(another, locale))
    elif isinstance(events, DayList):
        items += [DayStep("before", str(events), locale), DayStep("after", str(events), locale)]
    items += _follow(event, events, locale)
    trail = story_trail(listing.menu_page, listing.position, locale) if isinstance(events, StoryList) else ""
    # What a server has muted cannot be compared; such servers wait a little longer.
    card = event_card(event, position=position, trail=trail, locale=locale, muted=muted) if muted else None
    return Screen(
        embed=card or _card(Same(event), position, trail, locale), items=items, shared=Share(return_to, locale)
    )


# Many people ask for the same day; nobody changes a card that is shown.
@lru_cache(maxsize=128)
def _card(event: Same[Event], position: ListPosition, trail: str, locale: str) -> discord.Embed:
    return event_card(event.it, position=position, trail=trail, locale=locale)


async def event_screen(
    archive: Archive, key: str, *, return_to: ReturnTo | None, locale: str, muted: Mutes = NO_MUTES
) -> Screen | None:
    """Show an event by itself, and the way back to where it was opened from; None if it is gone."""
    event = await archive.event(key)
    if event is None:
        return None
    event = replace(event, related=await archive.hide_muted(event.related, muted)) if muted else event
    items = _related(event, return_to or ReturnTo(event.key), locale)
    if return_to and return_to.key != event.key:
        items.append(Back(return_to, locale))
    items += _follow(event, None, locale)
    shared = Share(ReturnTo(event.key), locale)
    return Screen(embed=event_card(event, locale=locale, muted=muted), items=items, shared=shared)


def _related(event: Event, return_to: ReturnTo, locale: str) -> list[Item]:
    return [RelatedMenu(event.key, event.related, return_to=return_to, locale=locale)] if event.related else []


def _follow(event: Event, events: EventList | None, locale: str) -> list[Item]:
    """Return the way into an event's story, where it has one: what is related to it shares its topics."""
    if not has_story(event) or events == StoryList(event.key):
        return []
    say = language(locale)
    return [Follow(event.key, say("Follow from here") if isinstance(events, StoryList) else say("Follow the story"))]


async def random_screen(
    archive: Archive, topic: str, *, rng: random.Random, locale: str, muted: Mutes = NO_MUTES
) -> Screen | None:
    """Show an event picked at random, of a topic (its key) or of any day; None if there is none.

    One in another language than the reader's gives way to others, if some come up soon. A ``muted`` one is passed over,
    and after some of them that is said instead.
    """
    say = language(locale)
    if topic in muted.topics:
        name = fit(say.script(muted.topics[topic]), 100)
        return Screen(sentence=say("{topic} is muted on this server.", topic=name))
    of_topic = (await archive.topic(topic, limit=0)).total if topic else 0
    found: tuple[EventList, Listing] | None = None
    for tried in range(_MOST_PICKS):
        events, total = (TopicList(topic), of_topic) if topic else await _any_day(archive, rng)
        cursor = Cursor(step=rng.randrange(total) if total else 0)
        listing = await events.read(archive, cursor=cursor, locale=locale)
        if not listing.events:
            return None
        if not muted.hides(listing.events[0]):
            event_language = listing.events[0].language
            # Where no event in the reader's language comes up, English is the next best.
            if found is None or event_language == event_language_for(None) != found[1].events[0].language:
                found = events, listing
            if event_language == event_language_for(locale):
                found = events, listing
                break
        if found and tried >= _MOST_FOREIGN:
            break
    if found is None:
        return Screen(
            sentence=say("Whatever came up at random is muted on this server."), items=[Another(topic, locale)]
        )
    events, listing = found
    listing = await veil_list(archive, listing, muted)
    return _listed(events, listing, locale=locale, muted=muted, another=topic)


async def _any_day(archive: Archive, rng: random.Random) -> tuple[EventList, int]:
    """Return the list of some day that has events, and how many; each day is as likely, however crowded."""
    any_day = _FIRST_DAY + timedelta(rng.randrange(366))
    day = Day(any_day.month, any_day.day)
    total = (await archive.on_this_day(day.month_day, limit=0)).total
    if not total:
        for month_day, _, total in await archive.nearest_days(day.month_day, later=True):  # noqa: B007
            day = Day(month_day // 100, month_day % 100)
    return DayList(day), total


def with_topic_note(screen: Screen, typed: str | None, found: ResolvedTopic | None, *, locale: str) -> Screen:
    """Say which topic was taken for what somebody typed, if it is not called that."""
    if typed is None or found is None or not found.guessed:
        return screen
    say = language(locale)
    name = fit(say.script(found.topic.name), 100)
    taken = say("I took “{typed}” for **{topic}**.", typed=fit(typed, 100), topic=name)
    return replace(screen, sentence=_before(screen, taken))


def with_spelling_note(screen: Screen, typed: str, words: str, *, locale: str) -> Screen:
    """Say which words were looked for in place of those that nothing has."""
    say = language(locale)
    taken = say(
        "Nothing has all of “{typed}”; here is what has **{words}**.", typed=fit(typed, 100), words=fit(words, 100)
    )
    return replace(screen, sentence=_before(screen, taken))


def _before(screen: Screen, sentence: str) -> str:
    return f"{sentence} {screen.sentence}" if screen.sentence else sentence


async def nothing_on_day(
    archive: Archive, events: DayList, *, topic: Topic | None, typed: str | None, locale: str, muted: Mutes = NO_MUTES
) -> Screen:
    """Say that a day has no events (of a topic), and offer the nearest that do, or topics that look alike."""
    if typed is not None and topic is None:
        return await nothing_of_topic(archive, typed, locale=locale, muted=muted)
    near = [
        *reversed(await events.near(archive, later=False, limit=_NEAR)),
        *await events.near(archive, later=True, limit=_NEAR),
    ]
    unique = list(dict(near).items())
    say = language(locale)
    items: list[Open] = [Open(str(other), f"{say.day(other.day)} ({say.number(count)})") for other, count in unique]
    if topic:
        name = say.script(topic.name)
        items.append(_all_about(topic, say))
        sentence = say("The archive has nothing about {topic} for {day}.", topic=fit(name, 100), day=events.day)
    else:
        sentence = say("The archive has nothing for {day}.", day=events.day)
    if events.day.year is not None:
        any_year = DayList(Day(events.day.month, events.day.day), events.topic)
        items.append(Open(str(any_year), say("That day in any year")))
    if unique:
        sentence = " ".join((sentence, say("The nearest days that have some:")))
    return Screen(sentence=sentence, items=items[:5])


def _all_about(topic: Topic, say: Language) -> Open:
    label = say("All about {topic} ({count})", topic=say.script(topic.name), count=topic.events)
    return Open(str(TopicList(topic.key)), label)


async def nothing_of_topic(archive: Archive, typed: str, *, locale: str, muted: Mutes = NO_MUTES) -> Screen:
    """Say that a topic is not known, and offer those that look like it, but none that is ``muted``."""
    alike = _unmuted(await archive.topics.similar(typed), muted)
    say = language(locale)
    return _alike(say("The archive knows no topic {topic}.", topic=quoted(fit(typed, 100))), alike, say)


async def nothing_between(topic: Topic, *, locale: str) -> Screen:
    """Say that a topic has no events between two dates, and offer all of its events."""
    say = language(locale)
    name = fit(say.script(topic.name), 100)
    sentence = say("The archive has nothing about {topic} between those dates.", topic=name)
    return Screen(sentence=sentence, items=[_all_about(topic, say)])


async def nothing_found(archive: Archive, words: str, *, locale: str, muted: Mutes = NO_MUTES) -> Screen:
    """Say that a search found nothing, and offer topics that look like its words, but none that is ``muted``."""
    alike = _unmuted(await archive.topics.similar(words), muted)
    say = language(locale)
    return _alike(say("Nothing in the archive has all of “{words}”.", words=fit(words, 100)), alike, say)


def _unmuted(topics: Sequence[Topic], muted: Mutes) -> list[Topic]:
    return [topic for topic in topics if not muted.hides_topic(topic)]


def _alike(sentence: str, topics: Sequence[Topic], say: Language) -> Screen:
    if not topics:
        perhaps = say("Perhaps something at random?")
        return Screen(sentence=f"{sentence} {perhaps}", items=[Another("", say.locale)])
    items = [
        Open(str(TopicList(topic.key)), f"{say.script(topic.name)} ({say.number(topic.events)})") for topic in topics
    ]
    perhaps = say("Perhaps one of these?")
    return Screen(sentence=f"{sentence} {perhaps}", items=items)
