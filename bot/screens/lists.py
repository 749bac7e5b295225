"""Reads lists of events from the archive, in an audience's order and without what its server has muted."""

from dataclasses import replace

from bot.archive.archive import Archive
from bot.cards.lists import DayList, EventList, NewsList, SearchList, StoryList, TopicList, WindowList
from bot.domain.audience import Audience
from bot.domain.dates import Day
from bot.domain.event import Cursor, Listing
from bot.domain.preferences import Mutes

START = Cursor()


async def read_list(archive: Archive, event_list: EventList, audience: Audience, *, cursor: Cursor = START) -> Listing:
    """Return the one event of a list that a cursor leads to, and what stands around it."""
    prefer = audience.prefer
    match event_list:
        case DayList(day=day, topic_key=topic_key):
            return await archive.on_this_day(
                day.month_day, year=day.year, topic=topic_key, limit=1, cursor=cursor, prefer=prefer
            )
        case TopicList(topic_key=topic_key, since=since, until=until, sort=sort):
            return await archive.topic(
                topic_key, since=since, until=until, sort=sort, limit=1, cursor=cursor, prefer=prefer
            )
        case NewsList(since=since, until=until, topic_key=topic_key):
            return await archive.news(since=since, until=until, topic=topic_key, limit=1, cursor=cursor, prefer=prefer)
        case WindowList():
            return await _read_window(archive, event_list, cursor, prefer)
        case StoryList(event_key=event_key):
            return await archive.story(event_key, limit=1, cursor=cursor, prefer=prefer)
        case SearchList(words=words):
            return await archive.search(words, limit=1, cursor=cursor, prefer=prefer)


async def _read_window(archive: Archive, window: WindowList, cursor: Cursor, prefer: str | None) -> Listing:
    if window.subject is None:
        return Listing((), 0)
    return await archive.window(
        window.subject, since=window.since, until=window.until, limit=1, cursor=cursor, prefer=prefer
    )


async def nearest_days(
    archive: Archive, day_list: DayList, *, later: bool, limit: int = 1
) -> list[tuple[DayList, int]]:
    """Return the lists of the nearest days with events before (or ``later``) a list's own, nearest first.

    Each comes with its number of events. They are of the same topic, and of dates if the list is of a date.
    """
    day = day_list.day
    rows = await archive.nearest_days(day.month_day, year=day.year, topic=day_list.topic_key, later=later, limit=limit)
    return [
        (replace(day_list, day=Day(month_day // 100, month_day % 100, year)), events)
        for month_day, year, events in rows
    ]


async def hide_muted(archive: Archive, listing: Listing, muted: Mutes) -> Listing:
    """Return a listing without the texts of muted events in its menu and among its events' related ones.

    Its own events are marked if they are: their cards put them behind a spoiler.
    """
    if not muted:
        return listing
    events = await archive.mark_muted(listing.events, muted)
    return replace(listing, events=events, menu_page=await archive.hide_muted(listing.menu_page, muted))
