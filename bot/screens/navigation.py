"""What the buttons and menus below a card show: other events of a list, other days, related events, and back."""

import random
from dataclasses import replace

from bot.archive.archive import Archive
from bot.cards.buttons import (
    Back,
    DayStep,
    EventStep,
    ListMenu,
    OpenList,
    OpenPostList,
    OpenStory,
    OpenTopic,
    PersistentItem,
    PickAnother,
    RelatedMenu,
    ShareEvent,
    ShareTopic,
    YearMenu,
)
from bot.cards.lists import DayList, EventList, NewsList, TopicList, WindowList, parse_list, parse_topic_list
from bot.cards.return_to import ReturnTo
from bot.cards.screen import Screen
from bot.domain.audience import Audience
from bot.domain.event import Cursor
from bot.ledger.subjects import Subjects
from bot.locale.language import Message, language
from bot.screens.events import event_screen, list_screen, story_screen
from bot.screens.lists import nearest_days
from bot.screens.news import news_screen
from bot.screens.random_event import random_screen
from bot.screens.topics import topic_screen

_GONE = Message("That is no longer in the archive. `/onthisday` and `/random` show what is.")
_WITHDRAWN = Message("Its source has withdrawn this event.")
_NO_OTHER_DAY = Message("No other day has events here.")


async def navigation_answer(
    archive: Archive, item: PersistentItem, audience: Audience, *, subjects: Subjects, rng: random.Random
) -> Screen:
    """Answer the use of a button or menu; say so if what it leads to is gone."""
    screen = await _screen(archive, item, audience, subjects, rng)
    if screen:
        return screen
    is_withdrawn = await archive.is_withdrawn(_event_key(item))
    return Screen(sentence=language(audience.locale).render(_WITHDRAWN if is_withdrawn else _GONE))


async def _screen(
    archive: Archive, item: PersistentItem, audience: Audience, subjects: Subjects, rng: random.Random
) -> Screen | None:
    """Show what a button or menu leads to; None if it is gone, or the custom_id was forged."""
    match item:
        case OpenList(list_ref=list_ref) | OpenPostList(list_ref=list_ref):
            return await _first_event(archive, await _find_list(list_ref, subjects), audience)
        case YearMenu(list_ref=list_ref, value=year):
            topic_list = parse_topic_list(list_ref)
            return await _first_event(archive, topic_list.in_year(year) if topic_list else None, audience)
        case OpenTopic(list_ref=list_ref) | ShareTopic(list_ref=list_ref):
            return await _overview(archive, parse_list(list_ref), audience)
        case DayStep(list_ref=list_ref, later=later):
            return await _other_day(archive, parse_list(list_ref), audience, later=later)
        case PickAnother(topic_key=topic_key):
            return await random_screen(archive, topic_key, audience, rng=rng)
        case _:
            return await _event_for(archive, item, audience, subjects)


def _event_key(item: PersistentItem) -> str:
    """Return the key of the event that a button or menu leads to, "" if it leads to none."""
    match item:
        case Back(return_to=return_to) | ShareEvent(return_to=return_to):
            return return_to.event_key
        case ListMenu(value=event_key) | RelatedMenu(value=event_key) | OpenStory(event_key=event_key):
            return event_key
    return ""


async def _event_for(archive: Archive, item: PersistentItem, audience: Audience, subjects: Subjects) -> Screen | None:
    """Show the event that a button or menu names."""
    match item:
        case EventStep(return_to=return_to, step=step):
            return await _event_in_list(archive, return_to, audience, subjects, step=step)
        case Back(return_to=return_to) | ShareEvent(return_to=return_to):
            return await _event_in_list(archive, return_to, audience, subjects)
        case ListMenu(list_ref=list_ref, value=event_key):
            return await _event_in_list(archive, ReturnTo(event_key, list_ref), audience, subjects)
        case RelatedMenu(return_to=return_to, value=event_key):
            return await event_screen(archive, event_key, audience, return_to=return_to)
        case OpenStory(event_key=event_key):
            return await story_screen(archive, event_key, audience)
    return None


async def _find_list(list_ref: str, subjects: Subjects) -> EventList | None:
    """Return the list that a text in a ``custom_id`` stands for, a window with its subject."""
    event_list = parse_list(list_ref)
    if isinstance(event_list, WindowList):
        return replace(event_list, subject=await subjects.get(event_list.subject_key))
    return event_list


async def _first_event(archive: Archive, event_list: EventList | None, audience: Audience) -> Screen | None:
    return await list_screen(archive, event_list, audience) if event_list else None


async def _overview(archive: Archive, event_list: EventList | None, audience: Audience) -> Screen | None:
    match event_list:
        case TopicList():
            return await topic_screen(archive, event_list, audience)
        case NewsList():
            return await news_screen(archive, event_list, audience)
    return None


async def _event_in_list(
    archive: Archive, return_to: ReturnTo, audience: Audience, subjects: Subjects, *, step: int = 0
) -> Screen | None:
    """Show the event some steps on in the list; without a list, or if it is no longer in it, the event by itself."""
    event_list = await _find_list(return_to.list_ref, subjects) if return_to.list_ref else None
    cursor = Cursor(return_to.event_key, step)
    screen = await list_screen(archive, event_list, audience, cursor=cursor) if event_list else None
    return screen or await event_screen(archive, return_to.event_key, audience)


async def _other_day(
    archive: Archive, event_list: EventList | None, audience: Audience, *, later: bool
) -> Screen | None:
    """Show the nearest day before or after that has events, or say that there is none."""
    if not isinstance(event_list, DayList):
        return None
    for day_list, _ in await nearest_days(archive, event_list, later=later):
        return await list_screen(archive, day_list, audience)
    return Screen(sentence=language(audience.locale).render(_NO_OTHER_DAY))
