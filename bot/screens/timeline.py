"""A topic's events year by year: the chart, what it says in words, and the message. Pure."""

import io
import unicodedata

import discord

from bot.cards import limits
from bot.cards.buttons import Draw, ListMenu, Open
from bot.cards.event_card import COLOUR
from bot.cards.limits import fit
from bot.cards.lists import TopicList
from bot.cards.screen import Screen
from bot.charts.chart import Chart, Drawing, Label
from bot.domain.event import RelatedEvent, TopicYears
from bot.domain.text import cut
from bot.locale.language import CATALOGUES, Language, Part, language

FILE = "timeline.png"
ALT_TEXT = 1024
_LABELS = 5
# Of letters as wide as Latin ones; Chinese characters are twice as wide.
_LABEL, _TITLE = 52, 90
# Languages that write a Chinese character in a form of their own.
_OWN_FORMS = ("zh-CN", "zh-TW", "ja", "ko")
# Where there is no image.
_LINES, _HEADLINE = 10, 120


def chart_of(years: TopicYears, *, locale: str) -> Chart:
    """Return what is to be drawn: a column for each year, and the most notable events at theirs."""
    say = language(locale)
    first, last = years.counts[0][0], years.counts[-1][0]
    return Chart(
        title=_narrow(say.script(years.topic.name), _TITLE),
        caption=(
            say("Events in {year}", year=str(first))
            if first == last
            else say("Events a year, {first}–{last}", first=str(first), last=str(last))
        ),
        columns=years.counts,
        labels=tuple(
            Label(event.date.year, _narrow(say.script(event.headline), _LABEL)) for event in years.notable[:_LABELS]
        ),
        # For all others it is the same drawing, in English.
        locale=locale if locale in _OWN_FORMS or locale in CATALOGUES else "",
    )


def timeline_screen(years: TopicYears, drawing: Drawing | None, *, whose: str, locale: str) -> Screen:
    """Show the chart, or where there is none the years that have most; and ways to the events. ``whose`` they are."""
    say = language(locale)
    events = str(TopicList(years.topic.key))
    embed = discord.Embed(title=fit(say.script(years.topic.name), limits.TITLE), colour=COLOUR)
    embed.description = summary(years, say)
    embed.set_footer(text=whose)
    files: list[discord.File] = []
    if drawing:
        embed.set_image(url=f"attachment://{FILE}")
        files.append(discord.File(io.BytesIO(drawing.png), FILE, description=alt_text(years, drawing, locale=locale)))
    else:
        embed.description += f"\n\n{_table(years, say)}"
    notable = sorted(years.notable, key=lambda event: event.date)
    menu = [ListMenu(events, notable, placeholder=say("Open a notable event…"), locale=locale)] if notable else []
    items = [*menu, Open(events, say("All events ({count})", count=_total(years)))]
    return Screen(embed=embed, items=items, shared=Draw(years.topic.key, locale), files=files)


def summary(years: TopicYears, say: Language) -> str:
    """Say in a sentence how many events there are, from when to when, and which year has most."""
    first, last, total = years.counts[0][0], years.counts[-1][0], _total(years)
    year, most = _highest(years)
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


def alt_text(years: TopicYears, drawing: Drawing, *, locale: str) -> str:
    """Say for those who do not see it what the chart shows, within Discord's limit."""
    say = language(locale)
    topic = cut(say.script(years.topic.name), 100)
    told = say("Column chart of the events about {topic} by year. {summary}", topic=topic, summary=summary(years, say))
    if drawing.labels:
        labels = "; ".join(f"{label.year}: {label.text}" for label in sorted(drawing.labels, key=_year))
        told = " ".join((told, say("Labelled: {labels}", labels=labels)))
    return cut(told, ALT_TEXT)


def _table(years: TopicYears, say: Language) -> str:
    """Return the years that have most as lines, in the order of time."""
    counts = dict(years.counts)
    top = sorted(years.notable[:_LINES], key=lambda event: event.date)
    return "\n".join(_line(event, counts[event.date.year], say) for event in top)


def _line(event: RelatedEvent, events: int, say: Language) -> str:
    headline = fit(say.script(event.headline), _HEADLINE)
    return f"**{event.date.year}** · **{say.number(events)}** · {headline}"


def _total(years: TopicYears) -> int:
    return sum(events for _, events in years.counts)


def _highest(years: TopicYears) -> tuple[int, int]:
    """Return the year that has most, the first of several, and how many."""
    return max(years.counts, key=lambda count: count[1])


def _year(label: Label) -> int:
    return label.year


def _narrow(text: str, width: int) -> str:
    """Cut a text at a word such that it is about as wide as so many Latin letters."""
    room = width
    for units, sign in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if room < 0:
            return cut(text, units)
    return text
