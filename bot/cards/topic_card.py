"""A topic at a glance: how many events, when, the years that matter, the most notable events. Pure."""

from heapq import nlargest
from itertools import pairwise

import discord

from bot.cards.credit import names_of
from bot.cards.event_card import COLOUR, event_line
from bot.cards.limits import TITLE, fit, fit_lines
from bot.domain.event import Listing, Topic, TopicOverview
from bot.locale.language import Language, language

_BEST_EVENTS, _BUSIEST_YEARS = 5, 5


def topic_card(topic: Topic, overview: TopicOverview, listing: Listing, *, locale: str | None) -> discord.Embed:
    """Show a topic at a glance, and the best of its events, those of the listing's page."""
    say = language(locale)
    embed = discord.Embed(title=fit(say.script(topic.name), TITLE), colour=COLOUR)
    embed.description = _count(topic, overview, say)
    # Where no year has more than one event, none stands out.
    if max(count for _, count in overview.years) > 1:
        embed.add_field(name=say("Busiest years"), value=_years(overview, say), inline=False)
    best = fit_lines(event_line(event, locale) for event in listing.menu_page[:_BEST_EVENTS])
    if best:
        embed.add_field(name=say("The most notable"), value=best, inline=False)
    embed.set_footer(text=names_of(listing.menu_page, say) or None)
    return embed


def _count(topic: Topic, overview: TopicOverview, say: Language) -> str:
    """Say how many events there are and from when to when; and how many in all, if the overview leaves some out."""
    count = say.many(
        "**{count} event**, from {first} to {last}.",
        "**{count} events**, from {first} to {last}.",
        overview.events,
        first=overview.first_date,
        last=overview.last_date,
    )
    if overview.events == topic.events:
        return count
    return say.together(count, say.many("{count} in total.", "{count} in total.", topic.events))


def _years(overview: TopicOverview, say: Language) -> str:
    """Name the years with most events; and the longest gap without any, where it is long enough to matter."""
    busiest = nlargest(_BUSIEST_YEARS, overview.years, key=lambda year: (year[1], year[0]))
    years = " · ".join(f"**{year}** ({say.number(count)})" for year, count in busiest if count > 1)
    with_events = [year for year, count in overview.years if count]
    gaps = ((after - before, before, after) for before, after in pairwise(with_events))
    gap, before, after = max(gaps, default=(0, 0, 0))
    if gap <= len(overview.years) // 2:
        return years
    nothing = say("Nothing between {before} and {after}.", before=str(before), after=str(after))
    return f"{years}\n{nothing}"
