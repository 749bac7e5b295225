"""What to show of a topic: how many events, when, the years that matter, its closest topics, the ways to its events."""

from dataclasses import replace
from datetime import date
from heapq import nlargest
from itertools import pairwise

import discord

from bot.archive.archive import Archive
from bot.cards.buttons import About, Item, ListMenu, Open, ShareTopic, YearMenu
from bot.cards.event_card import COLOUR, credit, related_line
from bot.cards.limits import OPTIONS, TITLE, fit, fit_lines
from bot.cards.lists import TopicList
from bot.cards.screen import Screen
from bot.domain.event import Cursor, Listing, Topic, TopicOverview, TopicSort
from bot.domain.preferences import NO_MUTES, Mutes
from bot.locale.language import Language, Message, event_language_for, language
from bot.screens.events import list_screen, veil_list

_BEST, _YEARS = 5, 5
_ORDERS = {
    TopicSort.BEST: Message("Most notable first"),
    TopicSort.NEWEST: Message("Newest first"),
    TopicSort.OLDEST: Message("Oldest first"),
}


async def topic_screen(archive: Archive, events: TopicList, *, locale: str, muted: Mutes = NO_MUTES) -> Screen | None:
    """Show the picture of a topic, of all times or between two dates; of a single event, the event. None if empty."""
    topic_overview = await archive.topic_overview(
        events.topic, since=events.since, until=events.until, prefer=event_language_for(locale)
    )
    listing = await events.read(archive, cursor=Cursor(), locale=locale)
    topic = listing.topic
    if topic_overview is None or topic is None or not listing.events:
        return None
    if listing.total == 1:
        return await list_screen(archive, events, locale=locale, muted=muted)
    listing = await veil_list(archive, listing, muted)
    return Screen(
        embed=topic_card(topic, topic_overview, listing, locale=locale),
        items=_ways(events, topic_overview, listing, locale, muted),
        shared=ShareTopic(str(events), locale),
    )


def topic_card(topic: Topic, topic_overview: TopicOverview, listing: Listing, *, locale: str | None) -> discord.Embed:
    """Show a topic at a glance, and the best of its events."""
    say = language(locale)
    embed = discord.Embed(title=fit(say.script(topic.name), TITLE), colour=COLOUR)
    embed.description = say.many(
        "**{count} event**, from {first} to {last}.",
        "**{count} events**, from {first} to {last}.",
        topic_overview.events,
        first=topic_overview.first_date,
        last=topic_overview.last_date,
    )
    if topic_overview.events != topic.events:
        whole = say.many("In all there is {count}.", "In all there are {count}.", topic.events)
        embed.description = f"{embed.description} {whole}"
    # Where each has one event, none stands out.
    if max(count for _, count in topic_overview.years) > 1:
        embed.add_field(name=say("The years that matter"), value=_years(topic_overview, say), inline=False)
    best = fit_lines(related_line(other, locale) for other in listing.menu_page[:_BEST])
    if best:
        embed.add_field(name=say("The most notable"), value=best, inline=False)
    embed.set_footer(text=credit(listing.events[0], locale))
    return embed


def _years(topic_overview: TopicOverview, say: Language) -> str:
    """Name the years with most events; and the longest time without any, where that tells something."""
    most = nlargest(_YEARS, topic_overview.years, key=lambda year: (year[1], year[0]))
    said = " · ".join(f"**{year}** ({say.number(count)})" for year, count in most if count > 1)
    told = [year for year, count in topic_overview.years if count]
    gap, before, after = max(((after - before, before, after) for before, after in pairwise(told)), default=(0, 0, 0))
    if gap <= len(topic_overview.years) // 2:
        return said
    nothing = say("Nothing between {before} and {after}.", before=str(before), after=str(after))
    return f"{said}\n{nothing}"


def _ways(events: TopicList, topic_overview: TopicOverview, listing: Listing, locale: str, muted: Mutes) -> list[Item]:
    say = language(locale)
    items: list[Item] = []
    # A year of its own makes sense where there are several; the busiest of them, in their order.
    busiest = nlargest(OPTIONS, (year for year in topic_overview.years if year[1]), key=lambda year: (year[1], year[0]))
    if len(busiest) > 1:
        items.append(YearMenu(str(events), sorted(busiest), locale))
    items.append(ListMenu.for_page(str(events), listing, locale=locale, row=1))
    for order, label in _ORDERS.items():
        items.append(Open(str(replace(events, order=order)), say.render(label), row=2))
    for topic in (topic for topic in topic_overview.closest if not muted.hides_topic(topic)):
        name = f"{say.script(topic.name)} ({say.number(topic.events)})"
        items.append(About(str(TopicList(topic.key)), name, row=3))
    return items


def of_year(events: TopicList, year: str) -> TopicList | None:
    """Return those of a topic's events that are of one year, in their order; None if that is no year."""
    try:
        first, last = date(int(year), 1, 1), date(int(year), 12, 31)
    except ValueError:
        return None
    since, until = max(first, events.since or first), min(last, events.until or last)
    return TopicList(events.topic, since, until, TopicSort.OLDEST)
