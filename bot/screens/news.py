"""The newest events, day by day."""

from dataclasses import replace
from datetime import timedelta

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.buttons import Item, ListMenu, OpenList, ShareTopic
from bot.cards.lists import NewsList
from bot.cards.news_card import news_card
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import FollowTopic
from bot.domain.audience import Audience
from bot.domain.event import NewsDay
from bot.locale.language import language
from bot.screens.lists import hide_muted, read_list
from bot.screens.no_results import unknown_topic
from bot.screens.notes import with_topic_note

# Where not said otherwise; and the most, which fit on a card.
DAYS, MOST_DAYS = 3, 7
_PER_DAY = 5
# News comes in for a day and a half after it happened.
_STALE = timedelta(days=2)


async def latest_answer(archive: Archive, audience: Audience, *, typed_topic: str | None, days: int) -> Screen:
    """Answer with the newest days that have events, of a topic if one was typed; say so where they are old."""
    resolved = await resolve_topic(archive, typed_topic) if typed_topic else None
    if typed_topic is not None and resolved is None:
        return await unknown_topic(archive, typed_topic, audience)
    topic_key = resolved.topic.key if resolved else None
    newest = await archive.newest_days(
        until=audience.today, days=days, per_day=_PER_DAY, topic=topic_key, prefer=audience.prefer
    )
    say = language(audience.locale)
    if not newest:
        return Screen(sentence=say("The archive has no events up to today."))
    news_list = NewsList(newest[-1].date, newest[0].date, topic_key)
    screen = await _screen(archive, news_list, newest, audience)
    if audience.today - newest[0].date >= _STALE:
        screen = replace(screen, sentence=say("Nothing newer than {date} has come in.", date=newest[0].date))
    return with_topic_note(screen, typed_topic, resolved, locale=audience.locale)


async def news_screen(archive: Archive, news_list: NewsList, audience: Audience) -> Screen | None:
    """Show the days of a list; None if there is nothing on them any more."""
    days = await archive.newest_days(
        until=news_list.until, days=MOST_DAYS, per_day=_PER_DAY, topic=news_list.topic_key, prefer=audience.prefer
    )
    days = [day for day in days if day.date >= news_list.since]
    return await _screen(archive, news_list, days, audience) if days else None


async def _screen(archive: Archive, news_list: NewsList, days: list[NewsDay], audience: Audience) -> Screen:
    muted, locale = audience.muted, audience.locale
    say = language(locale)
    listing = await hide_muted(archive, await read_list(archive, news_list, audience), muted)
    days = [replace(day, events=await archive.hide_muted(day.events, muted)) for day in days]
    list_ref = str(news_list)
    items: list[Item] = [
        ListMenu.for_page(list_ref, listing, locale=locale),
        OpenList(list_ref, say("Read one by one ({count})", count=listing.total)),
    ]
    if news_list.topic_key and audience.may_follow:
        items.append(FollowTopic(news_list.topic_key, locale))
    return Screen(
        embed=news_card(days, topic=listing.topic, locale=locale),
        items=items,
        share_button=ShareTopic(list_ref, locale),
    )
