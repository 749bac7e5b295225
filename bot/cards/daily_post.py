"""A daily post as Discord shows it: the lead's card, a short list of others, buttons and menus."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import discord

from bot.cards.buttons import DayStep, Item, ListMenu, OpenList, OpenPostList, OpenStory, RelatedMenu
from bot.cards.credit import name_of, names_of
from bot.cards.event_card import COLOUR, embed_length, event_card, has_story
from bot.cards.limits import OPTIONS, escape_discord, fit
from bot.cards.lists import DayList
from bot.cards.return_to import ReturnTo
from bot.domain.dates import Day
from bot.domain.event import Event, RelatedEvent
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.selection import Selection
from bot.domain.subscription import Kind
from bot.domain.text import cut, length
from bot.locale.language import Language, language

# Lengths, in characters.
HEADLINE = 130
_THREAD_NAME = 100
_LEAP_DAY = (2, 29)


@dataclass(frozen=True, slots=True)
class Post:
    """One message. ``role_id`` is the one role that it may mention; ``title`` is the name of a thread about it."""

    content: str | None
    embeds: Sequence[discord.Embed]
    items: Sequence[Item]
    title: str
    role_id: int | None = None

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        """Whom the message may mention: its role, and nobody else."""
        roles = [discord.Object(self.role_id)] if self.role_id else False
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
    role_id: int | None = None,
    locale: str | None = None,
    muted: Mutes = NO_MUTES,
) -> Post:
    """Return the message that shows a selection.

    ``topic`` is the key of the subscription's topic. ``token`` is the delivery's, by which the message is recognised
    later; a test has none. Related events that the server has ``muted`` are shown by their dates alone.
    """
    say, lead, day_list = language(locale), selection.lead, str(DayList(selection.lead_day, topic))
    others = others_of(selection)
    frame = PostFrame(
        heading=f"{lead_reason(selection, say)} · {say.day(lead.date)}",
        others_card=_others_card(others, lead, locale) if others else None,
        list_ref=day_list,
        list_label=say("All of {day} ({count})", day=selection.lead_day, count=selection.listed),
        steps=(DayStep("before", day_list, locale), DayStep("after", day_list, locale)),
        title=f"{say.day(_day(selection.day))}: {say.script(lead.headline)}",
    )
    return put_together(selection, frame, token=token, role_id=role_id, locale=locale, muted=muted)


@dataclass(frozen=True, slots=True)
class PostFrame:
    """What stands around the events of a post: the line above the lead, the card of the others, and the rest.

    ``list_ref`` is the list that the events are from, ``list_label`` what the button that opens it is called; ``steps``
    are buttons beside it.
    """

    heading: str
    others_card: discord.Embed | None
    list_ref: str
    list_label: str
    title: str
    steps: Sequence[Item] = ()


def others_of(selection: Selection) -> list[RelatedEvent]:
    """Return the events of a post that do not lead, as lists and menus show them."""
    return [RelatedEvent(event.key, event.date, event.headline, credit=event.credit) for event in selection.pick.others]


def put_together(
    selection: Selection, frame: PostFrame, *, token: str | None, role_id: int | None, locale: str | None, muted: Mutes
) -> Post:
    """Return a post: the lead's card and that of the others, with the ways to all of them."""
    lead, embeds = selection.lead, [frame.others_card] if frame.others_card else []
    reserved = sum(map(embed_length, embeds)) + length(frame.heading)
    card = event_card(lead, locale=locale, reserved_length=reserved, muted=muted)
    card.set_author(name=frame.heading)
    items = list(_items(lead, others_of(selection), frame, token, locale))
    title = cut(frame.title, _THREAD_NAME)
    return Post(f"<@&{role_id}>" if role_id else None, [card, *embeds], items, title, role_id)


def _items(
    lead: Event, others: Sequence[RelatedEvent], frame: PostFrame, token: str | None, locale: str | None
) -> Iterator[Item]:
    say, list_ref = language(locale), frame.list_ref
    if others:
        yield ListMenu(list_ref, others[:OPTIONS], placeholder=say("Read one of the others…"), locale=locale)
    if lead.related:
        yield RelatedMenu(lead.key, lead.related, return_to=ReturnTo(lead.key, list_ref), locale=locale)
    yield OpenPostList(token, list_ref, frame.list_label) if token else OpenList(list_ref, frame.list_label)
    yield from frame.steps
    if has_story(lead):
        yield OpenStory(lead.key, say("Follow this story"))


def mark_late(post: Post, due_at: datetime, *, locale: str | None = None) -> Post:
    """Return the post with a note that it comes after its time, ``due_at``."""
    note = language(locale).say("Late: this was due {moment}.", moment=discord.utils.format_dt(due_at, "f"))
    return replace(post, content=" ".join(filter(None, (post.content, note))))


def mark_test(post: Post, kind: Kind, *, locale: str | None = None) -> Post:
    """Return the post with a note that it is a test, and without its mention."""
    say = language(locale)
    if kind is Kind.FOLLOW:
        note = say("Test: this is what came in during the last week. It does not count.")
    else:
        note = say("Test: this is what the daily post would be today. It does not count.")
    return replace(post, content=note, title=cut(say("Test: {title}", title=post.title), _THREAD_NAME), role_id=None)


def lead_reason(selection: Selection, say: Language) -> str:
    """Say in one line how long ago the lead was, and why it leads."""
    pick = selection.pick
    if selection.is_news:
        line = say("The latest news") if selection.is_nearest_day else say("Yesterday's news")
    elif selection.is_nearest_day:
        line = _nearest_day_line(selection, say)
    elif _is_leap_day(selection.lead_day) and not _is_leap_day(_day(selection.day)):
        ago, year = say.many("One year ago", "{count} years ago", pick.years), str(selection.day.year)
        line = say("{ago}, on {day}, which {year} does not have", ago=ago, day=selection.lead_day, year=year)
    else:
        line = say.many("One year ago today", "{count} years ago today", pick.years)
        if not pick.lead_overridden and not pick.is_round:
            return _with_rank(selection, line, say)
    return say("{ago}, chosen by this server", ago=line) if pick.lead_overridden else line


def _nearest_day_line(selection: Selection, say: Language) -> str:
    ago = say.many("One year ago", "{count} years ago", selection.pick.years)
    day = selection.lead_day
    if selection.pick.all_shown_before:
        return say("{ago} on {day}, the nearest day with events", ago=ago, day=day)
    return say("{ago} on {day}, the nearest day with something new", ago=ago, day=day)


def _with_rank(selection: Selection, line: str, say: Language) -> str:
    if selection.pick.all_shown_before:
        return say("{ago}, shown again: this day has no more", ago=line)
    if selection.pick.is_best:
        return say("{ago}, the most notable of the day", ago=line)
    return say("{ago}, the most notable not shown here before", ago=line)


def _day(day: date) -> Day:
    return Day(day.month, day.day)


def _is_leap_day(day: Day) -> bool:
    return (day.month, day.day) == _LEAP_DAY


def _other_line(other: RelatedEvent, lead: Event, say: Language) -> str:
    # Of the lead's own date it is news.
    year = "" if other.date == lead.date else f"**{other.date.year}** · "
    return f"{year or '• '}{fit(say.script(other.headline), HEADLINE)}"


def _others_card(others: Sequence[RelatedEvent], lead: Event, locale: str | None) -> discord.Embed:
    say = language(locale)
    days = sorted({_day(other.date) for other in others}, key=lambda day: day.month_day)
    lines = [_other_line(other, lead, say) for other in others]
    title = (
        say("Also on {days}", days=days)
        if len(days) == 1
        else say("Also on {first} and {last}", first=days[0], last=days[-1])
    )
    embed = discord.Embed(title=escape_discord(title), description="\n".join(lines), colour=COLOUR)
    # What the lead's card says already is not said twice.
    embed.set_footer(text=names_of(others, say, but=[name_of(lead.credit, say)]) or None)
    return embed
