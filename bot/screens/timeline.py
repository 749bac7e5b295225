"""A topic's events year by year, as a chart."""

import io
import unicodedata
from dataclasses import replace

import discord

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.buttons import ListMenu, OpenList, ShareChart
from bot.cards.lists import TopicList
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import FollowTopic
from bot.cards.timeline_card import CHART_FILE, alt_text, timeline_card, total_events
from bot.charts.chart import Chart, Drawing, Label
from bot.charts.renderer import ChartRenderer
from bot.domain.audience import Audience
from bot.domain.event import TopicYears
from bot.domain.text import cut
from bot.locale.language import CATALOGUES, language
from bot.screens.no_results import unknown_topic
from bot.screens.notes import with_topic_note

_LABELS = 5
# In widths of a Latin letter; a Chinese character is two wide.
_LABEL_WIDTH, _TITLE_WIDTH = 52, 90
_WIDE = "WF"
# Locales that write a Chinese character in a form of their own.
_OWN_FORMS = ("zh-CN", "zh-TW", "ja", "ko")


async def timeline_answer(archive: Archive, renderer: ChartRenderer, typed: str, audience: Audience) -> Screen:
    """Answer with the chart of a topic."""
    resolved = await resolve_topic(archive, typed)
    screen = await timeline_screen(archive, renderer, resolved.topic.key, audience) if resolved else None
    if screen is None:
        return await unknown_topic(archive, typed, audience)
    return with_topic_note(screen, typed, resolved, locale=audience.locale)


async def shared_timeline_answer(
    archive: Archive, renderer: ChartRenderer, topic_key: str, audience: Audience
) -> Screen:
    """Answer the button that shares a chart: the same chart, drawn for the whole channel."""
    screen = await timeline_screen(archive, renderer, topic_key, audience)
    return screen or Screen(sentence=language(audience.locale).say("That topic is no longer in the archive."))


async def timeline_screen(
    archive: Archive, renderer: ChartRenderer, topic_key: str, audience: Audience
) -> Screen | None:
    """Show the chart of a topic; None if there is nothing about it."""
    years = await archive.topic_years(topic_key, prefer=audience.prefer)
    if years is None:
        return None
    muted_keys = await archive.find_muted([event.key for event in years.notable], audience.muted)
    years = replace(years, notable=tuple(event for event in years.notable if event.key not in muted_keys))
    drawing = await renderer.draw(chart_of(years, locale=audience.locale))
    screen = chart_screen(years, drawing, locale=audience.locale)
    if audience.may_follow:
        screen = replace(screen, items=[*screen.items, FollowTopic(topic_key, audience.locale)])
    return screen


def chart_of(years: TopicYears, *, locale: str) -> Chart:
    """Return what is to be drawn: a column for each year, and the most notable events at theirs."""
    say = language(locale)
    first, last = years.counts[0][0], years.counts[-1][0]
    return Chart(
        title=_cut_to_width(say.script(years.topic.name), _TITLE_WIDTH),
        caption=(
            say("Events in {year}", year=str(first))
            if first == last
            else say("Events per year, {first}–{last}", first=str(first), last=str(last))
        ),
        columns=years.counts,
        labels=tuple(
            Label(event.date.year, _cut_to_width(say.script(event.headline), _LABEL_WIDTH))
            for event in years.notable[:_LABELS]
        ),
        # For all other locales the drawing is the same, in English.
        locale=locale if locale in _OWN_FORMS or locale in CATALOGUES else "",
    )


def chart_screen(years: TopicYears, drawing: Drawing | None, *, locale: str) -> Screen:
    """Show a drawn chart, or the years in words where there is none; and the ways to the events."""
    say = language(locale)
    list_ref = str(TopicList(years.topic.key))
    notable = sorted(years.notable, key=lambda event: event.date)
    menu = [ListMenu(list_ref, notable, placeholder=say("Open a notable event…"), locale=locale)] if notable else []
    return Screen(
        embed=timeline_card(years, has_chart=drawing is not None, locale=locale),
        items=[*menu, OpenList(list_ref, say("All events ({count})", count=total_events(years)))],
        share_button=ShareChart(years.topic.key, locale),
        files=[_file(years, drawing, locale)] if drawing else [],
    )


def _file(years: TopicYears, drawing: Drawing, locale: str) -> discord.File:
    labels = [(label.year, label.text) for label in drawing.labels]
    return discord.File(io.BytesIO(drawing.png), CHART_FILE, description=alt_text(years, labels, locale=locale))


def _cut_to_width(text: str, width: int) -> str:
    """Cut a text at a word such that it is about as wide as ``width`` Latin letters."""
    space = width
    for index, character in enumerate(text):
        space -= 2 if unicodedata.east_asian_width(character) in _WIDE else 1
        if space < 0:
            return cut(text, index)
    return text
