"""The events of a day."""

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.lists import DayList
from bot.cards.screen import Screen
from bot.domain.audience import Audience
from bot.domain.dates import Day
from bot.screens.events import list_screen
from bot.screens.no_results import nothing_on_day, unknown_topic
from bot.screens.notes import with_topic_note


async def day_answer(archive: Archive, day: Day, audience: Audience, *, typed_topic: str | None = None) -> Screen:
    """Answer with the first event of a day, of a topic if one was typed; or with the nearest days that have some."""
    resolved = await resolve_topic(archive, typed_topic) if typed_topic else None
    if typed_topic is not None and resolved is None:
        return await unknown_topic(archive, typed_topic, audience)
    topic = resolved.topic if resolved else None
    day_list = DayList(day, topic.key if topic else None)
    screen = await list_screen(archive, day_list, audience)
    screen = screen or await nothing_on_day(archive, day_list, audience, topic=topic)
    return with_topic_note(screen, typed_topic, resolved, locale=audience.locale)
