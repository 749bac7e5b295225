"""A topic's events year by year: the card, and the chart in words. Pure."""

from collections.abc import Iterable

import discord

from bot.cards import limits
from bot.cards.credit import names_of
from bot.cards.event_card import COLOUR
from bot.cards.limits import fit
from bot.domain.event import RelatedEvent, TopicYears
from bot.domain.text import cut
from bot.locale.language import Language, Part, language

CHART_FILE = "timeline.png"
# Lengths, in UTF-16 units.
ALT_TEXT = 1024
_ALT_TEXT_TOPIC = 100
# How many years the card lists where it has no chart, and how long the headline of each may be.
_LINES, _HEADLINE = 10, 120


def timeline_card(years: TopicYears, *, has_chart: bool, locale: str) -> discord.Embed:
    """Show a topic's years: as the attached chart, or the years that have most as lines where there is none."""
    say = language(locale)
    embed = discord.Embed(title=fit(say.script(years.topic.name), limits.TITLE), colour=COLOUR)
    embed.set_footer(text=names_of(years.notable, say) or None)
    embed.description = summary(years, say)
    if has_chart:
        embed.set_image(url=f"attachment://{CHART_FILE}")
    else:
        embed.description += f"\n\n{_table(years, say)}"
    return embed


def summary(years: TopicYears, say: Language) -> str:
    """Say in a sentence how many events there are, from when to when, and which year has most."""
    first, last, total = years.counts[0][0], years.counts[-1][0], total_events(years)
    year, most = max(years.counts, key=lambda count: count[1])
    if total == 1:
        return say("One event, in {year}.", year=str(year))
    if first == last:
        return say("{count} events, all in {year}.", count=total, year=str(year))
    span: dict[str, Part] = {"count": total, "first": str(first), "last": str(last)}
    if most == 1:
        return say("{count} events from {first} to {last}, one in each year that has any.", **span)
    if sum(events == most for _, events in years.counts) > 1:
        return say("{count} events from {first} to {last}; no year has more than {most}.", most=most, **span)
    return say("{count} events from {first} to {last}; most in {year}: {most}.", year=str(year), most=most, **span)


def alt_text(years: TopicYears, labels: Iterable[tuple[int, str]], *, locale: str) -> str:
    """Describe the chart for those who do not see it, within Discord's limit.

    ``labels`` are those on the chart, each a year and the text beside it.
    """
    say = language(locale)
    topic = cut(say.script(years.topic.name), _ALT_TEXT_TOPIC)
    text = say("Column chart of the events about {topic} by year. {summary}", topic=topic, summary=summary(years, say))
    if described := "; ".join(f"{year}: {label}" for year, label in sorted(labels, key=lambda label: label[0])):
        text = say.together(text, say("Labelled: {labels}", labels=described))
    return cut(text, ALT_TEXT)


def total_events(years: TopicYears) -> int:
    """Return the number of events in all years."""
    return sum(events for _, events in years.counts)


def _table(years: TopicYears, say: Language) -> str:
    """Return the years that have most as lines, in the order of time."""
    counts = dict(years.counts)
    events = sorted(years.notable[:_LINES], key=lambda event: event.date)
    return "\n".join(_line(event, counts[event.date.year], say) for event in events)


def _line(event: RelatedEvent, count: int, say: Language) -> str:
    headline = fit(say.script(event.headline), _HEADLINE)
    return f"**{event.date.year}** · **{say.number(count)}** · {headline}"
