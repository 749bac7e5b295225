"""A topic: its overview, and the ways to its events."""

from dataclasses import replace
from datetime import date
from heapq import nlargest

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.buttons import Item, ListMenu, OpenList, OpenTopic, ShareTopic, YearMenu
from bot.cards.limits import OPTIONS
from bot.cards.lists import TopicList
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import FollowTopic
from bot.cards.topic_card import topic_card
from bot.domain.audience import Audience
from bot.domain.event import Listing, TopicOverview, TopicSort
from bot.locale.language import Message, language
from bot.screens.events import list_screen
from bot.screens.lists import hide_muted, read_list
from bot.screens.no_results import nothing_between_dates, unknown_topic
from bot.screens.notes import with_topic_note

_SORT_LABELS = {
    TopicSort.BEST: Message("Most notable first"),
    TopicSort.NEWEST: Message("Newest first"),
    TopicSort.OLDEST: Message("Oldest first"),
}


async def topic_answer(
    archive: Archive, typed: str, audience: Audience, *, since: date | None = None, until: date | None = None
) -> Screen:
    """Answer with the overview of a topic, of all times or from ``since`` to ``until``, both included."""
    resolved = await resolve_topic(archive, typed)
    if resolved is None:
        return await unknown_topic(archive, typed, audience)
    screen = await topic_screen(archive, TopicList(resolved.topic.key, since, until), audience)
    screen = screen or nothing_between_dates(resolved.topic, locale=audience.locale)
    return with_topic_note(screen, typed, resolved, locale=audience.locale)


async def topic_screen(archive: Archive, topic_list: TopicList, audience: Audience) -> Screen | None:
    """Show the overview of a topic's list, or the event itself if it has only one; None if it has none."""
    overview = await archive.topic_overview(
        topic_list.topic_key, since=topic_list.since, until=topic_list.until, prefer=audience.prefer
    )
    listing = await read_list(archive, topic_list, audience)
    topic = listing.topic
    if overview is None or topic is None or not listing.events:
        return None
    if listing.total == 1:
        return await list_screen(archive, topic_list, audience)
    listing = await hide_muted(archive, listing, audience.muted)
    return Screen(
        embed=topic_card(topic, overview, listing, locale=audience.locale),
        items=_items(topic_list, overview, listing, audience),
        share_button=ShareTopic(str(topic_list), audience.locale),
    )


def _items(topic_list: TopicList, overview: TopicOverview, listing: Listing, audience: Audience) -> list[Item]:
    """Return the menus of years and events, and the buttons to the sorted lists and the closest topics."""
    locale = audience.locale
    say = language(locale)
    items: list[Item] = []
    busiest = nlargest(OPTIONS, (year for year in overview.years if year[1]), key=lambda year: (year[1], year[0]))
    if len(busiest) > 1:
        items.append(YearMenu(str(topic_list), sorted(busiest), locale))
    items.append(ListMenu.for_page(str(topic_list), listing, locale=locale, row=1))
    for sort, label in _SORT_LABELS.items():
        items.append(OpenList(str(replace(topic_list, sort=sort)), say.render(label), row=2))
    if audience.may_follow:
        items.append(FollowTopic(topic_list.topic_key, locale, row=2))
    for topic in overview.closest:
        if not audience.muted.hides_topic(topic):
            label_text = f"{say.script(topic.name)} ({say.number(topic.events)})"
            items.append(OpenTopic(str(TopicList(topic.key)), label_text, row=3))
    return items
