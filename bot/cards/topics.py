"""What to show of a topic: how many events, when, the years that matter, its closest topics, the ways to its events."""

from datetime import date
from heapq import nlargest
from itertools import pairwise

import discord

from bot.archive.archive import Archive
from bot.cards.buttons import About, Item, ListMenu, Open, Tell, YearMenu, unveiled
from bot.cards.card import COLOUR, credit, related_line
from bot.cards.limits import FIELD_VALUE, OPTIONS, TITLE, fit
from bot.cards.lists import TopicList
from bot.cards.reply import Screen
from bot.cards.screens import list_screen, veiled
from bot.dates import say_date
from bot.event import Glance, Listing, Order, Topic, Turn
from bot.preferences import NONE, Mutes
from bot.text import in_script, length

_BEST, _YEARS = 5, 5
_ORDERS = {Order.BEST: "Best first", Order.NEWEST: "Newest first", Order.OLDEST: "Oldest first"}


async def topic_screen(archive: Archive, events: TopicList, *, locale: str, muted: Mutes = NONE) -> Screen | None:
    """Show the picture of a topic, of all times or between two dates; of a single event, the event. None if empty."""
    glance = await archive.glance(events.topic, since=events.since, until=events.until)
    listing = await events.read(archive, turn=Turn())
    topic = listing.topic
    if glance is None or topic is None or not listing.events:
        return None
    listing = await veiled(archive, listing, muted)
    if listing.total == 1:
        return await list_screen(archive, events, locale=locale, muted=muted)
    return Screen(
        embed=topic_card(topic, glance, listing, locale=locale, muted=muted),
        items=_ways(events, glance, listing, locale, muted),
        shared=Tell(str(events)),
    )


def topic_card(
    topic: Topic, glance: Glance, listing: Listing, *, locale: str | None, muted: Mutes = NONE
) -> discord.Embed:
    """Show a topic at a glance, and the best of its events; of those that are ``muted`` the dates."""
    embed = discord.Embed(title=fit(in_script(topic.name, locale), TITLE), colour=COLOUR)
    events = f"**{glance.events:,} events**, from {say_date(glance.first)} to {say_date(glance.last)}."
    part = "" if glance.events == topic.events else f" In all there are {topic.events:,}."
    embed.description = f"{events}{part}"
    # Where each has one event, none stands out.
    if max(count for _, count in glance.years) > 1:
        embed.add_field(name="The years that matter", value=_years(glance), inline=False)
    lines = [related_line(other, locale, muted=muted) for other in unveiled(listing, muted)[:_BEST]]
    while sum(map(length, lines)) + len(lines) > FIELD_VALUE:
        lines.pop()
    if lines:
        embed.add_field(name="The best of them", value="\n".join(lines), inline=False)
    embed.set_footer(text=credit(listing.events[0]))
    return embed


def _years(glance: Glance) -> str:
    """Name the years with most events; and the longest time without any, where that tells something."""
    most = nlargest(_YEARS, glance.years, key=lambda year: (year[1], year[0]))
    said = " · ".join(f"**{year}** ({count:,})" for year, count in most if count > 1)
    told = [year for year, count in glance.years if count]
    gap, before, after = max(((after - before, before, after) for before, after in pairwise(told)), default=(0, 0, 0))
    return f"{said}\nNothing between {before} and {after}." if gap > len(glance.years) // 2 else said


def _ways(events: TopicList, glance: Glance, listing: Listing, locale: str, muted: Mutes) -> list[Item]:
    items: list[Item] = []
    # A year of its own makes sense where there are several; the busiest of them, in their order.
    busiest = nlargest(OPTIONS, (year for year in glance.years if year[1]), key=lambda year: (year[1], year[0]))
    if len(busiest) > 1:
        items.append(YearMenu(events.topic, sorted(busiest)))
    items.append(ListMenu.around(str(events), listing, locale=locale, row=1, muted=muted))
    for order, label in _ORDERS.items():
        items.append(Open(str(TopicList(events.topic, events.since, events.until, order)), label, row=2))
    for topic in (topic for topic in glance.closest if topic.key not in muted.topics):
        name = f"{in_script(topic.name, locale)} ({topic.events:,})"
        items.append(About(str(TopicList(topic.key)), name, row=3))
    return items


def of_year(topic: str, year: str) -> TopicList | None:
    """Return a topic's (its key's) events of one year, in their order; None if that is no year."""
    try:
        return TopicList(topic, date(int(year), 1, 1), date(int(year), 12, 31), Order.OLDEST)
    except ValueError:
        return None
