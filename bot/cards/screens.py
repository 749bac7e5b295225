"""What to show: an event in its list, an event by itself, or ways on where nothing was found."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.archive.archive import Archive
from bot.cards.buttons import Another, Back, DayStep, Follow, Item, ListMenu, Open, RelatedMenu, Share, Step
from bot.cards.card import Place, event_card, story_trail
from bot.cards.limits import fit
from bot.cards.lists import DayList, EventList, StoryList, TopicList
from bot.cards.origin import Origin
from bot.cards.reply import Screen
from bot.dates import Day, say_day
from bot.event import Event, Listing, Topic, Turn
from bot.preferences import NONE, Mutes
from bot.text import in_script

_NEAR = 2
# So many events are picked at random before it is said that they are muted.
_MOST_PICKS = 25
# Of a year with a 29 February.
_FIRST_DAY = date(2000, 1, 1)


async def list_screen(
    archive: Archive, events: EventList, *, turn: Turn | None = None, locale: str, muted: Mutes = NONE
) -> Screen | None:
    """Show the event of a list that a turn leads to (the first without one); behind a spoiler, if it is ``muted``.

    None if the list is empty, or if the very event that is asked for, no step from it, is not there.
    """
    listing = await events.read(archive, turn=turn or Turn())
    if not listing.events or (turn and not turn.step and not listing.anchored):
        return None
    return _listed(events, await veiled(archive, listing, muted), locale=locale, muted=muted)


async def veiled(archive: Archive, listing: Listing, muted: Mutes) -> Listing:
    """Return a list's part such that of others than its events nothing is told that a server has muted."""
    if not muted:
        return listing
    events = [replace(event, related=await archive.veil(event.related, muted)) for event in listing.events]
    return replace(listing, events=tuple(events), around=await archive.veil(listing.around, muted))


def _listed(events: EventList, listing: Listing, *, locale: str, muted: Mutes, another: str | None = None) -> Screen:
    """Show the first event of a part of a list.

    ``another`` is what a random pick was made from, a topic's key or an empty text: a button picks again.
    """
    event = listing.events[0]
    origin = Origin(event.key, str(events))
    more = "+" if listing.at_least else ""
    place = Place(in_script(events.title(listing), locale), listing.position + 1, f"{listing.total:,}{more}")
    items: list[Item] = []
    if listing.total > 1:
        items.append(ListMenu.around(str(events), listing, locale=locale, muted=muted))
    items += _related(event, origin, locale, muted)
    if listing.total > 1:
        items += [Step("prev", origin), Step("next", origin)]
    if another is not None:
        items.append(Another(another))
    elif isinstance(events, DayList):
        items += [DayStep("before", str(events)), DayStep("after", str(events))]
    items += _follow(event, events)
    is_story = isinstance(events, StoryList)
    trail = story_trail(listing.around, listing.position, locale, muted=muted) if is_story else ""
    embed = event_card(event, place=place, trail=trail, locale=locale, muted=muted)
    return Screen(embed=embed, items=items, shared=Share(origin))


async def event_screen(
    archive: Archive, key: str, *, origin: Origin | None, locale: str, muted: Mutes = NONE
) -> Screen | None:
    """Show an event by itself, and the way back to where it was opened from; None if it is gone."""
    event = await archive.event(key)
    if event is None:
        return None
    event = replace(event, related=await archive.veil(event.related, muted)) if muted else event
    items = _related(event, origin or Origin(event.key), locale, muted)
    if origin and origin.key != event.key:
        items.append(Back(origin))
    items += _follow(event, None)
    return Screen(embed=event_card(event, locale=locale, muted=muted), items=items, shared=Share(Origin(event.key)))


def _related(event: Event, origin: Origin, locale: str, muted: Mutes) -> list[Item]:
    if not event.related:
        return []
    return [RelatedMenu(event.key, event.related, origin=origin, locale=locale, muted=muted)]


def has_story(event: Event) -> bool:
    """Tell whether there is a way from an event along its topics; it may turn out to lead nowhere."""
    return bool(event.related and event.topics)


def _follow(event: Event, events: EventList | None) -> list[Item]:
    """Return the way into an event's story, where it has one: what is related to it shares its topics."""
    if not has_story(event) or events == StoryList(event.key):
        return []
    return [Follow(event.key, "Follow from here") if isinstance(events, StoryList) else Follow(event.key)]


async def random_screen(
    archive: Archive, topic: str, *, chance: random.Random, locale: str, muted: Mutes = NONE
) -> Screen | None:
    """Show an event picked at random, of a topic (its key) or of any day; None if there is none.

    A ``muted`` one is passed over, and after some of them that is said instead.
    """
    if topic in muted.topics:
        return Screen(sentence=f"{fit(muted.topics[topic], 100)} is muted on this server.")
    for _ in range(_MOST_PICKS):
        events, turn = await _pick(archive, topic, chance)
        listing = await events.read(archive, turn=turn)
        if not listing.events:
            return None
        if not muted.hides(listing.events[0]):
            listing = await veiled(archive, listing, muted)
            return _listed(events, listing, locale=locale, muted=muted, another=topic)
    return Screen(sentence="All that came up is muted on this server.", items=[Another(topic)])


async def _pick(archive: Archive, topic: str, chance: random.Random) -> tuple[EventList, Turn]:
    """Return a list, of a topic or of some day, and a turn to some event of it."""
    if topic:
        events: EventList = TopicList(topic)
        total = (await archive.topic(topic, limit=0)).total
    else:
        # Each day of the year is as likely, so that a crowded one does not come all the time.
        any_day = _FIRST_DAY + timedelta(chance.randrange(366))
        day = Day(any_day.month, any_day.day)
        total = (await archive.on_this_day(day.month_day, limit=0)).total
        if not total:
            for month_day, _, total in await archive.days_near(day.month_day, later=True):  # noqa: B007
                day = Day(month_day // 100, month_day % 100)
        events = DayList(day)
    return events, Turn(step=chance.randrange(total) if total else 0)


def taken_for(screen: Screen, typed: str, topic: Topic, *, locale: str) -> Screen:
    """Say which topic was taken for what somebody typed."""
    name = fit(in_script(topic.name, locale), 100)
    return replace(screen, sentence=_before(screen, f"I took “{fit(typed, 100)}” for **{name}**."))


def spelt_as(screen: Screen, typed: str, words: str) -> Screen:
    """Say which words were looked for in place of those that nothing has."""
    return replace(
        screen, sentence=_before(screen, f"Nothing has all of “{fit(typed, 100)}”; this has **{fit(words, 100)}**.")
    )


def _before(screen: Screen, sentence: str) -> str:
    return f"{sentence} {screen.sentence}" if screen.sentence else sentence


async def nothing_on_day(
    archive: Archive, events: DayList, *, topic: Topic | None, typed: str | None, locale: str, muted: Mutes = NONE
) -> Screen:
    """Say that a day has no events (of a topic), and offer the nearest that do, or topics that look alike."""
    day = say_day(events.day)
    if typed is not None and topic is None:
        return await nothing_of_topic(archive, typed, locale=locale, muted=muted)
    near = [
        *reversed(await events.near(archive, later=False, limit=_NEAR)),
        *await events.near(archive, later=True, limit=_NEAR),
    ]
    unique = list(dict(near).items())
    items: list[Open] = [Open(str(other), f"{say_day(other.day)} ({count:,})") for other, count in unique]
    name = in_script(topic.name, locale) if topic else ""
    about = f" about {fit(name, 100)}" if topic else ""
    if topic:
        items.append(Open(str(TopicList(topic.key)), f"All about {name} ({topic.events:,})"))
    if events.day.year is not None:
        items.append(Open(str(DayList(Day(events.day.month, events.day.day), events.topic)), "That day in any year"))
    ways = " The nearest days that have some:" if unique else ""
    return Screen(sentence=f"The archive has nothing{about} for {day}.{ways}", items=items[:5])


async def nothing_of_topic(archive: Archive, typed: str, *, locale: str, muted: Mutes = NONE) -> Screen:
    """Say that a topic is not known, and offer those that look like it, but none that is ``muted``."""
    alike = _unmuted(await archive.topics_alike(typed), muted)
    return _alike(f"The archive knows no topic “{fit(typed, 100)}”.", alike, locale)


async def nothing_between(topic: Topic, *, locale: str) -> Screen:
    """Say that a topic has no events between two dates, and offer all of its events."""
    sentence = f"The archive has nothing about {fit(in_script(topic.name, locale), 100)} between those dates."
    return Screen(sentence=sentence, items=[Open(str(TopicList(topic.key)), f"All of its events ({topic.events:,})")])


async def nothing_found(archive: Archive, words: str, *, locale: str, muted: Mutes = NONE) -> Screen:
    """Say that a search found nothing, and offer topics that look like its words, but none that is ``muted``."""
    alike = _unmuted(await archive.topics_alike(words), muted)
    return _alike(f"Nothing in the archive has all of “{fit(words, 100)}”.", alike, locale)


def _unmuted(topics: Sequence[Topic], muted: Mutes) -> list[Topic]:
    return [topic for topic in topics if topic.key not in muted.topics]


def _alike(sentence: str, topics: Sequence[Topic], locale: str) -> Screen:
    if not topics:
        return Screen(sentence=f"{sentence} Perhaps something at random?", items=[Another("")])
    items = [Open(str(TopicList(topic.key)), f"{in_script(topic.name, locale)} ({topic.events:,})") for topic in topics]
    return Screen(sentence=f"{sentence} Perhaps one of these?", items=items)
