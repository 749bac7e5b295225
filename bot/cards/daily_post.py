"""A daily post as Discord shows it: a lead card, a short list of others, and the ways on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import discord

from bot.cards.buttons import DayStep, Item, ListMenu, OpenList, OpenPostList, OpenStory, RelatedMenu
from bot.cards.event_card import COLOUR, embed_length, event_card, has_story
from bot.cards.limits import escape_discord, fit
from bot.cards.lists import DayList
from bot.cards.return_to import ReturnTo
from bot.daily.selector import Selection
from bot.domain.dates import Day
from bot.domain.event import RelatedEvent
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.text import cut
from bot.locale.language import Language, language

_LINE = 130
_THREAD_NAME = 100
_LEAP = (2, 29)


@dataclass(frozen=True, slots=True)
class Post:
    """One message. ``role`` is the one role that it may mention; ``title`` names a thread about it."""

    content: str | None
    embeds: Sequence[discord.Embed]
    items: Sequence[Item]
    title: str
    role: int | None = None

    @property
    def allowed(self) -> discord.AllowedMentions:
        """Whom the message may mention: the role that was ordered, and nobody else."""
        roles = [discord.Object(self.role)] if self.role else False
        return discord.AllowedMentions(everyone=False, users=False, replied_user=False, roles=roles)

    def view(self) -> discord.ui.View:
        """Return the buttons and menus, to be sent with the message."""
        view = discord.ui.View(timeout=None)
        for item in self.items:
            view.add_item(item)
        return view


def daily_post(
    selection: Selection,
    *,
    topic: str | None,
    token: str | None,
    role: int | None = None,
    locale: str | None = None,
    muted: Mutes = NO_MUTES,
) -> Post:
    """Show a selection. ``topic`` is the ordered topic's key, ``token`` the delivery's; without one it is a test.

    Of related events that the server has ``muted`` nothing but the date is told.
    """
    pick, lead = selection.pick, selection.lead
    day = DayList(selection.of, topic)
    others = [RelatedEvent(each.key, each.date, each.headline) for each in pick.others]
    embeds = [_others(others, locale)] if others else []
    card = event_card(lead, locale=locale, reserved_length=sum(map(embed_length, embeds)) + _LINE, muted=muted)
    say = language(locale)
    card.set_author(name=f"{why(selection, say)} · {say.day(lead.date)}")
    items: list[Item] = []
    if others:
        items.append(ListMenu(str(day), others, placeholder=say("Read one of the others…"), locale=locale))
    if lead.related:
        return_to = ReturnTo(lead.key, str(day))
        items.append(RelatedMenu(lead.key, lead.related, return_to=return_to, locale=locale))
    label = say("All of {day} ({count})", day=day.day, count=selection.listed)
    items.append(OpenPostList(token, str(day), label) if token else OpenList(str(day), label))
    items += [DayStep("before", str(day), locale), DayStep("after", str(day), locale)]
    if has_story(lead):
        items.append(OpenStory(lead.key, say("Follow the story")))
    title = cut(f"{say.day(_day(selection.day))}: {say.script(lead.headline)}", _THREAD_NAME)
    return Post(f"<@&{role}>" if role else None, [card, *embeds], items, title, role)


def mark_late(post: Post, due: datetime, *, locale: str | None = None) -> Post:
    """Say that a post comes after its time."""
    note = language(locale).say("Late: this was due {moment}.", moment=discord.utils.format_dt(due, "f"))
    return replace(post, content=" ".join(filter(None, (post.content, note))))


def mark_test(post: Post, *, locale: str | None = None) -> Post:
    """Say that a post is a test; nobody is mentioned."""
    say = language(locale)
    note = say("Test: this is what the daily post would be today. It does not count.")
    return replace(post, content=note, title=cut(say("Test: {title}", title=post.title), _THREAD_NAME), role=None)


def why(selection: Selection, say: Language) -> str:
    """Say in one line why the lead leads."""
    pick = selection.pick
    if selection.is_nearest_day:
        ago = say.many("One year ago", "{count} years ago", pick.years)
        day = selection.of
        if pick.all_shown_before:
            told = say("{ago} on {day}, the nearest day that has something", ago=ago, day=day)
        else:
            told = say("{ago} on {day}, the nearest day that has something new", ago=ago, day=day)
    elif _is_leap(selection.of) and not _is_leap(_day(selection.day)):
        ago, year = say.many("One year ago", "{count} years ago", pick.years), str(selection.day.year)
        told = say("{ago}, on {day}, which {year} does not have", ago=ago, day=selection.of, year=year)
    else:
        told = say.many("One year ago today", "{count} years ago today", pick.years)
        if not pick.lead_overridden and not pick.is_round:
            return _rank(selection, told, say)
    return say("{told}, chosen by this server", told=told) if pick.lead_overridden else told


def _rank(selection: Selection, told: str, say: Language) -> str:
    if selection.pick.all_shown_before:
        return say("{told}, shown again: this day has no more", told=told)
    if selection.pick.is_best:
        return say("{told}, the most notable of the day", told=told)
    return say("{told}, the most notable not shown here before", told=told)


def _day(day: date) -> Day:
    return Day(day.month, day.day)


def _is_leap(day: Day) -> bool:
    return (day.month, day.day) == _LEAP


def _others(others: Sequence[RelatedEvent], locale: str | None) -> discord.Embed:
    say = language(locale)
    days = sorted({_day(other.date) for other in others}, key=lambda day: day.month_day)
    lines = [f"**{other.date.year}** · {fit(say.script(other.headline), _LINE)}" for other in others]
    title = say("Also on {days}", days=days)
    return discord.Embed(title=escape_discord(title), description="\n".join(lines), colour=COLOUR)
