"""A daily post as Discord shows it: a lead card, a short list of others, and the ways on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import discord

from bot.cards.buttons import DayStep, Follow, Item, ListMenu, More, Open, RelatedMenu
from bot.cards.card import COLOUR, embed_length, event_card
from bot.cards.limits import fit, plain
from bot.cards.lists import DayList
from bot.cards.origin import Origin
from bot.cards.screens import has_story
from bot.daily.selection import Selection
from bot.dates import Day, say_date, say_day
from bot.event import Related
from bot.preferences import NONE, Mutes
from bot.text import cut, in_script

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
    muted: Mutes = NONE,
) -> Post:
    """Show a selection. ``topic`` is the ordered topic's key, ``token`` the delivery's; without one it is a test.

    Of related events that the server has ``muted`` nothing but the date is told.
    """
    pick, lead = selection.pick, selection.lead
    day = DayList(selection.of, topic)
    others = [Related(each.key, each.date, each.headline) for each in pick.others]
    embeds = [_others(others, locale)] if others else []
    card = event_card(lead, locale=locale, beside=sum(map(embed_length, embeds)) + _LINE, muted=muted)
    card.set_author(name=f"{why(selection)} · {say_date(lead.date)}")
    items: list[Item] = []
    if others:
        items.append(ListMenu(str(day), others, placeholder="Read one of the others…", locale=locale or ""))
    if lead.related:
        origin = Origin(lead.key, str(day))
        items.append(RelatedMenu(lead.key, lead.related, origin=origin, locale=locale or "", muted=muted))
    label = f"All of {say_day(day.day)} ({selection.listed:,})"
    items.append(More(token, str(day), label) if token else Open(str(day), label))
    items += [DayStep("before", str(day)), DayStep("after", str(day))]
    if has_story(lead):
        items.append(Follow(lead.key))
    title = cut(f"{say_day(_day(selection.day))}: {in_script(lead.headline, locale)}", _THREAD_NAME)
    return Post(f"<@&{role}>" if role else None, [card, *embeds], items, title, role)


def mark_late(post: Post, due: datetime) -> Post:
    """Say that a post comes after its time."""
    note = f"Late: this was due {discord.utils.format_dt(due, 'f')}."
    return replace(post, content=" ".join(filter(None, (post.content, note))))


def mark_test(post: Post) -> Post:
    """Say that a post is a test; nobody is mentioned."""
    note = "Test: this is what the daily post would be today. It counts as nothing."
    return replace(post, content=note, title=cut(f"Test: {post.title}", _THREAD_NAME), role=None)


def why(selection: Selection) -> str:
    """Say in one line why the lead leads."""
    pick = selection.pick
    years = f"{pick.years} years ago" if pick.years > 1 else "One year ago"
    chosen = ", chosen by this server" if pick.chosen else ""
    if selection.nearest:
        new = "something" if pick.again else "something new"
        return f"{years} on {say_day(selection.of)}, the nearest day that has {new}{chosen}"
    if _is_leap(selection.of) and not _is_leap(_day(selection.day)):
        return f"{years}, on a 29 February: {selection.day.year} has none{chosen}"
    today = f"{years} today"
    if pick.chosen:
        return f"{today}{chosen}"
    if pick.is_round:
        return today
    if pick.again:
        return f"{today}, shown again: this day has no more"
    return f"{today}, the best of the day" if pick.is_best else f"{today}, the best that was not shown here before"


def _day(day: date) -> Day:
    return Day(day.month, day.day)


def _is_leap(day: Day) -> bool:
    return (day.month, day.day) == _LEAP


def _others(others: Sequence[Related], locale: str | None) -> discord.Embed:
    days = " and ".join(map(say_day, sorted({_day(other.date) for other in others}, key=lambda day: day.month_day)))
    lines = [f"**{other.date.year}** · {fit(in_script(other.headline, locale), _LINE)}" for other in others]
    return discord.Embed(title=plain(f"Also on {days}"), description="\n".join(lines), colour=COLOUR)
