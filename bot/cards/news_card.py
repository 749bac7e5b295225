"""The newest events, day by day: the best of each day. Pure."""

from collections.abc import Sequence

import discord

from bot.cards.credit import names_of
from bot.cards.event_card import COLOUR, headline_line
from bot.cards.limits import TITLE, fit, fit_lines
from bot.domain.event import NewsDay, Topic
from bot.locale.language import language

# Fields of one embed hold 6,000 characters together: so many for a day.
_LONGEST_DAY = 700


def news_card(days: Sequence[NewsDay], *, topic: Topic | None, locale: str | None) -> discord.Embed:
    """Show the best events of some days, the newest first."""
    say = language(locale)
    title = say("Latest news: {topic}", topic=say.script(topic.name)) if topic else say("Latest news")
    embed = discord.Embed(title=fit(title, TITLE), colour=COLOUR)
    for day in days:
        lines = fit_lines((headline_line(event, locale) for event in day.events), _LONGEST_DAY)
        heading = say("{weekday}, {date}", weekday=say.weekday(day.date.weekday()), date=day.date)
        if day.total > len(day.events):
            heading = f"{heading} · {say.many('{count} event', '{count} events', day.total)}"
        embed.add_field(name=heading, value=lines, inline=False)
    embed.set_footer(text=names_of((event for day in days for event in day.events), say) or None)
    return embed
