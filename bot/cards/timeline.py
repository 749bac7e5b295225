"""A topic's events year by year: the chart, what it says in words, and the message. Pure."""

import io
import unicodedata

import discord

from bot.cards import limits
from bot.cards.buttons import ListMenu, Open, Tell
from bot.cards.card import COLOUR
from bot.cards.chart import Chart, Drawing, Label
from bot.cards.limits import fit
from bot.cards.lists import TopicList
from bot.cards.reply import Screen
from bot.event import Related, Years
from bot.text import cut, in_script

FILE = "timeline.png"
ALT_TEXT = 1024
_LABELS = 5
# Of letters as wide as Latin ones; Chinese characters are twice as wide.
_LABEL, _TITLE = 52, 90
# Languages that write a Chinese character in a form of their own.
_OWN_FORMS = ("zh-CN", "zh-TW", "ja", "ko")
# Where there is no image.
_LINES, _HEADLINE = 10, 120


def chart_of(years: Years, *, locale: str) -> Chart:
    """Return what is to be drawn: a column for each year, and the most notable events at theirs."""
    first, last = years.counts[0][0], years.counts[-1][0]
    return Chart(
        title=_narrow(in_script(years.topic.name, locale), _TITLE),
        caption=f"Events in {first}" if first == last else f"Events a year, {first}–{last}",
        columns=years.counts,
        labels=tuple(
            Label(event.date.year, _narrow(in_script(event.headline, locale), _LABEL))
            for event in years.notable[:_LABELS]
        ),
        # For all others it is the same drawing.
        locale=locale if locale in _OWN_FORMS else "",
    )


def timeline_screen(years: Years, drawing: Drawing | None, *, whose: str, locale: str) -> Screen:
    """Show the chart, or where there is none the years that have most; and ways to the events. ``whose`` they are."""
    events = str(TopicList(years.topic.key))
    embed = discord.Embed(title=fit(in_script(years.topic.name, locale), limits.TITLE), colour=COLOUR)
    embed.description = summary(years)
    embed.set_footer(text=whose)
    files: list[discord.File] = []
    if drawing:
        embed.set_image(url=f"attachment://{FILE}")
        files.append(discord.File(io.BytesIO(drawing.png), FILE, description=alt_text(years, drawing, locale=locale)))
    else:
        embed.description += f"\n\n{_table(years, locale)}"
    notable = sorted(years.notable, key=lambda event: event.date)
    menu = [ListMenu(events, notable, placeholder="Open a notable event…", locale=locale)] if notable else []
    items = [*menu, Open(events, f"All events ({_total(years):,})")]
    # A file can be sent once: what is shared is the topic's picture in words.
    return Screen(embed=embed, items=items, shared=Tell(events), files=files)


def summary(years: Years) -> str:
    """Say in a sentence how many events there are, from when to when, and which year has most."""
    first, last, total = years.counts[0][0], years.counts[-1][0], _total(years)
    year, most = _highest(years)
    if total == 1:
        return f"One event, in {year}."
    if first == last:
        return f"{total:,} events, all in {year}."
    if most == 1:
        return f"{total:,} events from {first} to {last}, one in each year that has any."
    if sum(events == most for _, events in years.counts) > 1:
        return f"{total:,} events from {first} to {last}; no year has more than {most:,}."
    return f"{total:,} events from {first} to {last}; most in {year}: {most:,}."


def alt_text(years: Years, drawing: Drawing, *, locale: str) -> str:
    """Say for those who do not see it what the chart shows, within Discord's limit."""
    topic = cut(in_script(years.topic.name, locale), 100)
    told = f"Column chart of the events about {topic} by year. {summary(years)}"
    if drawing.labels:
        labels = "; ".join(f"{label.year}: {label.text}" for label in sorted(drawing.labels, key=_year))
        told += f" Labelled: {labels}"
    return cut(told, ALT_TEXT)


def _table(years: Years, locale: str) -> str:
    """Return the years that have most as lines, in the order of time."""
    counts = dict(years.counts)
    top = sorted(years.notable[:_LINES], key=lambda event: event.date)
    return "\n".join(_line(event, counts[event.date.year], locale) for event in top)


def _line(event: Related, events: int, locale: str) -> str:
    headline = fit(in_script(event.headline, locale), _HEADLINE)
    return f"**{event.date.year}** · **{events:,}** · {headline}"


def _total(years: Years) -> int:
    return sum(events for _, events in years.counts)


def _highest(years: Years) -> tuple[int, int]:
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
