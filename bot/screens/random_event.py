"""An event picked at random."""

import random
from datetime import date, timedelta

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.buttons import PickAnother
from bot.cards.limits import fit
from bot.cards.lists import DayList, EventList, TopicList
from bot.cards.screen import Screen
from bot.domain.audience import Audience
from bot.domain.dates import Day
from bot.domain.event import Cursor, Listing
from bot.locale.language import event_language_for, language
from bot.screens.events import listing_screen
from bot.screens.lists import hide_muted, nearest_days, read_list
from bot.screens.no_results import unknown_topic
from bot.screens.notes import with_topic_note

# After this many picks, all of them muted, the answer says that they are.
_MOST_PICKS = 25
# After this many picks, an event in another language than the reader's will do.
_MOST_FOREIGN_PICKS = 8
# The first day of a year that has a 29 February, and its number of days.
_FIRST_DAY, _DAYS = date(2000, 1, 1), 366
_NAME = 100


async def random_answer(archive: Archive, typed_topic: str | None, audience: Audience, *, rng: random.Random) -> Screen:
    """Answer with an event picked at random, of a topic if one was typed."""
    resolved = await resolve_topic(archive, typed_topic) if typed_topic else None
    if typed_topic and resolved is None:
        return await unknown_topic(archive, typed_topic, audience)
    topic_key = resolved.topic.key if resolved else ""
    screen = await random_screen(archive, topic_key, audience, rng=rng)
    screen = screen or Screen(sentence=language(audience.locale).say("The archive is empty."))
    return with_topic_note(screen, typed_topic, resolved, locale=audience.locale)


async def random_screen(archive: Archive, topic_key: str, audience: Audience, *, rng: random.Random) -> Screen | None:
    """Show an event picked at random, of a topic or, for an empty ``topic_key``, of any; None if there is none.

    Muted events are passed over; if nothing else comes up, the screen says so.
    """
    say, muted = language(audience.locale), audience.muted
    if topic_key in muted.topics:
        name = fit(say.script(muted.topics[topic_key]), _NAME)
        return Screen(sentence=say("{topic} is muted on this server.", topic=name))
    pick = await _pick(archive, topic_key, audience, rng)
    if pick is None:
        sentence = say("Every event I drew is muted on this server.")
        return Screen(sentence=sentence, items=[PickAnother(topic_key, audience.locale)])
    event_list, listing = pick
    if not listing.events:
        return None
    return listing_screen(event_list, await hide_muted(archive, listing, muted), audience, random_topic=topic_key)


async def _pick(
    archive: Archive, topic_key: str, audience: Audience, rng: random.Random
) -> tuple[EventList, Listing] | None:
    """Return a list and its listing of one random event; None if only muted events came up.

    The listing is empty if there is no event to pick. One in the reader's language is preferred if it comes up soon;
    one in English if the archive has none in the reader's language.
    """
    languages = (await archive.stats()).languages
    prefer = audience.prefer if audience.prefer in languages else event_language_for(None)
    topic_total = (await archive.topic(topic_key, limit=0)).total if topic_key else 0
    pick: tuple[EventList, Listing] | None = None
    for attempt in range(_MOST_PICKS):
        event_list, total = (TopicList(topic_key), topic_total) if topic_key else await _random_day(archive, rng)
        cursor = Cursor(step=rng.randrange(total) if total else 0)
        listing = await read_list(archive, event_list, audience, cursor=cursor)
        if not listing.events:
            return event_list, listing
        (event,) = await archive.mark_muted(listing.events, audience.muted)
        if not audience.muted.hides(event):
            if event.language in (audience.prefer, prefer):
                return event_list, listing
            pick = pick or (event_list, listing)
        if pick and attempt >= _MOST_FOREIGN_PICKS:
            break
    return pick


async def _random_day(archive: Archive, rng: random.Random) -> tuple[DayList, int]:
    """Return the list of a random day that has events, and their number.

    The day is as likely as any other, however many events it has; in place of one without events comes the next one
    that has some. In an empty archive the number is 0.
    """
    random_date = _FIRST_DAY + timedelta(rng.randrange(_DAYS))
    day_list = DayList(Day(random_date.month, random_date.day))
    total = (await archive.on_this_day(day_list.day.month_day, limit=0)).total
    if total:
        return day_list, total
    return next(iter(await nearest_days(archive, day_list, later=True)), (day_list, 0))
