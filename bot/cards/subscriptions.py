"""Daily posts as their admins see them: orders, how they stand, what is to come. Pure."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import discord

from bot.cards.daily_post import daily_post, why
from bot.cards.event_card import COLOUR, embed_length
from bot.cards.limits import EMBED, FIELD_VALUE, OPTION_TEXT, fit, fit_lines, plain
from bot.cards.subscription_buttons import DayMenu, Skip, Swap, Week
from bot.daily.permissions import Access
from bot.daily.post_options import LANGUAGES
from bot.daily.status import Coming, Standing
from bot.domain.subscription import Delivery, Empty, Pause, State, Step, Subscription
from bot.domain.text import cut, length
from bot.domain.typed_input import say_time
from bot.locale.language import Language, Message, language
from bot.screens.reply import Screen

if TYPE_CHECKING:
    from bot.cards.buttons import Item

_HEADLINE = 90
_NONE = Message("There are none yet: `/daily add` orders one.")
_STEPS = {
    Step.THREAD: Message("opening a thread"),
    Step.PUBLISH: Message("publishing it"),
    Step.PIN: Message("pinning it"),
}


def say_order(subscription: Subscription, *, channel: str) -> str:
    """Return an order in one line, as a menu shows it: ``1 · #news · 09:00 Europe/Berlin · NASA``."""
    wishes = subscription.wishes
    parts = [str(subscription.number), channel, f"{say_time(wishes.plan.time)} {wishes.plan.zone}", wishes.topic_name]
    return " · ".join(filter(None, parts))


def order_card(
    subscription: Subscription, *, title: str, next_line: str, notes: Sequence[str] = (), locale: str | None
) -> discord.Embed:
    """Show an order: what is posted, where and when, when it comes next, what is to be known."""
    say = language(locale)
    embed = discord.Embed(title=title, colour=COLOUR, description="\n".join(_lines(subscription, say)))
    embed.add_field(name=say("Next post"), value=next_line, inline=False)
    if notes:
        embed.add_field(name=say("Good to know"), value=fit_lines(f"• {note}" for note in notes), inline=False)
    return embed


def _lines(subscription: Subscription, say: Language) -> Iterator[str]:
    wishes = subscription.wishes
    plan = wishes.plan
    yield say(
        "{channel}, {weekdays} at **{time}** ({zone})",
        channel=f"<#{wishes.channel}>",
        weekdays=say.weekdays(plan.weekdays),
        time=say_time(plan.time),
        zone=plain(plan.zone),
    )
    yield say.many("A lead and up to {count} other", "A lead and up to {count} others", wishes.count)
    if wishes.topic_name:
        yield say("Only about **{topic}**", topic=fit(say.script(wishes.topic_name), 100))
    if wishes.language:
        yield say("Only what is told in {language}", language=LANGUAGES.get(wishes.language, wishes.language))
    extra = [Message("mentions {role}", role=f"<@&{wishes.role}>")] if wishes.role else []
    extra += [Message("opens a thread")] if wishes.thread else []
    extra += [Message("is published")] if wishes.publish else []
    extra += [Message("is pinned")] if wishes.pin else []
    extra += [Message("has a tag")] if wishes.tag else []
    if extra:
        yield say("Each post {does}", does=extra)
    if wishes.late:
        yield say("When late, it still comes up to {hours} h after its time, marked as late", hours=wishes.late)
    else:
        yield say("When late, it is skipped")
    if wishes.empty is Empty.NEAREST:
        yield say("On a day without events: the nearest day's events")
    else:
        yield say("On a day without events: nothing")


def next_line(standing: Standing, say: Language) -> str:
    """Say when an order posts next, in its reader's time and in its own."""
    subscription = standing.subscription
    if subscription.paused is Pause.ASKED:
        return say("Paused; `/daily resume` lets it go on.")
    if standing.next_at is None:
        return say("No next post is planned; `/daily resume` plans one.")
    plan = subscription.wishes.plan
    full, rel = (discord.utils.format_dt(standing.next_at, style) for style in ("F", "R"))
    there = say("{time} in {zone}", time=say_time(plan.time), zone=plain(plan.zone))
    line = f"{full} ({rel}), {there}"
    if not subscription.paused:
        return line
    return "\n".join((line, say("It rests after failures, and goes on by itself once it can.")))


def list_card(standings: Sequence[Standing], *, most: int, locale: str | None) -> discord.Embed:
    """Show all orders of a server."""
    say = language(locale)
    embed = discord.Embed(title=say("Daily posts of this server"), colour=COLOUR)
    embed.description = (
        say("{count} of at most {most}", count=len(standings), most=most) if standings else say.tell(_NONE)
    )
    names = [_name(each, say) for each in standings]
    room = _room(embed, names)
    for name, each in zip(names, standings, strict=True):
        lines = [*_lines(each.subscription, say), say("Next: {line}", line=next_line(each, say))]
        embed.add_field(name=name, value=fit_lines(lines, room), inline=False)
    return embed


def doctor_card(standings: Sequence[Standing], *, locale: str | None) -> discord.Embed:
    """Show for each order the last post, the next one, what is missing, and why the last one did not come."""
    say = language(locale)
    embed = discord.Embed(title=say("How the daily posts stand"), colour=COLOUR)
    if not standings:
        embed.description = say.tell(_NONE)
    names = [
        say("⚠ Needs attention: {name}", name=_name(each, say)) if _ails(each) else _name(each, say)
        for each in standings
    ]
    room = _room(embed, names)
    for name, each in zip(names, standings, strict=True):
        embed.add_field(name=name, value=fit_lines(_findings(each, say), room), inline=False)
    return embed


def _name(standing: Standing, say: Language) -> str:
    return say("Daily post {number}", number=str(standing.subscription.number))


def _room(embed: discord.Embed, names: Sequence[str]) -> int:
    """Share what an embed still holds between fields of these names."""
    left = EMBED - embed_length(embed) - sum(map(length, names))
    return min(FIELD_VALUE, left // max(len(names), 1))


def _ails(standing: Standing) -> bool:
    lacks = standing.access
    missed = standing.last is not None and standing.last.missed
    struggles = standing.waiting is not None and standing.waiting.reason is not None
    return bool(standing.problem or lacks.needed or lacks.wanted or missed or struggles or standing.failed)


def _findings(standing: Standing, say: Language) -> Iterator[str]:
    subscription, last, sent = standing.subscription, standing.last, standing.sent
    yield say("In {channel}", channel=f"<#{subscription.wishes.channel}>")
    # What is wrong comes first: with many orders there is little room for each.
    if standing.problem:
        yield say.tell(standing.problem)
    yield from missing(standing.access, say)
    for step in standing.failed:
        yield say(
            "The last post was sent, but {what} failed: {reason}", what=_STEPS[step.step], reason=step.reason or "?"
        )
    if last is not None and last.state is not State.SENT:
        yield say("The post of {day} did not come: {reason}", day=last.day, reason=last.reason or "?")
    if subscription.paused is Pause.FAILING:
        yield say.many(
            "Rests after {count} day that failed",
            "Rests after {count} days in a row that failed",
            subscription.failures,
        )
    if sent is not None:
        name = say("the post of {day}", day=sent.day)
        post = f"[{name}]({link_to(subscription.guild, sent)})"
        yield say("Last: {post}, late", post=post) if sent.late else say("Last: {post}", post=post)
    else:
        yield say("Last: none yet")
    if standing.waiting is not None:
        day = standing.waiting.day
        if reason := standing.waiting.reason:
            yield say("The post of {day} is due and waiting: {reason}", day=day, reason=reason)
        else:
            yield say("The post of {day} is due and on its way", day=day)
    yield say("Next: {line}", line=next_line(standing, say))


def missing(lacks: Access, say: Language) -> Iterator[str]:
    """Say what is missing in a channel."""
    if lacks.needed:
        yield say("Missing, and nothing is posted without it: **{names}**", names=lacks.needed)
    if lacks.wanted:
        yield say("Missing for what else was asked: **{names}**", names=lacks.wanted)
    if lacks.advised:
        yield say(
            "Missing: **{names}**. Without it, a post whose sending was interrupted is not sent again, since nobody can"
            " see whether it arrived",
            names=lacks.advised,
        )


def week_card(subscription: Subscription, week: Sequence[Coming], *, locale: str | None) -> discord.Embed:
    """Show what the next seven days will bring."""
    say = language(locale)
    title = say("Daily post {number}: the next seven days", number=str(subscription.number))
    embed = discord.Embed(title=title, colour=COLOUR)
    lines = [f"{discord.utils.format_dt(each.due, 'f')}\n{_line(each, say)}" for each in week]
    if subscription.paused is Pause.ASKED:
        lines = [say("Paused; `/daily resume` lets it go on.")]
    elif subscription.paused:
        lines = [say("It rests after failures. Once it can go on, this is what comes:"), *lines]
    embed.description = "\n".join(lines) or say("Nothing is due.")
    return embed


def _line(coming: Coming, say: Language) -> str:
    if coming.choice.skip:
        return say("*skipped by this server*")
    if coming.selection is None:
        if coming.muted:
            return say("*nothing to tell: the archive has nothing for that day that is not muted here*")
        return say("*nothing to tell: the archive has nothing for that day*")
    pick = coming.selection.pick
    line = f"**{fit(say.script(pick.lead.headline), _HEADLINE)}** ({plain(why(coming.selection, say))})"
    more = say.many("{count} more", "{count} more", len(pick.others))
    return f"{line} · {more}" if pick.others else line


def _outlook(coming: Coming, say: Language) -> str:
    if coming.choice.skip:
        return say("Skipped")
    return say.script(coming.selection.pick.lead.headline) if coming.selection else say("Nothing to tell")


def week_screen(subscription: Subscription, week: Sequence[Coming], *, locale: str | None) -> Screen:
    """Show the next seven days, and a menu of them."""
    say = language(locale)
    menu = DayMenu(subscription.id, [_option(each, say) for each in week], locale)
    return Screen(embed=week_card(subscription, week, locale=locale), items=[menu] if week else [])


def _option(coming: Coming, say: Language) -> discord.SelectOption:
    label = say("{weekday}, {date}", weekday=say.weekday(coming.day.weekday()), date=coming.day)
    return discord.SelectOption(
        label=label, value=coming.day.isoformat(), description=cut(_outlook(coming, say), OPTION_TEXT)
    )


def day_screen(subscription: Subscription, coming: Coming, *, locale: str | None, to: str | None) -> Screen:
    """Show a post to come as it will be, in the ``locale`` it is written for, and what can be decided about it.

    ``to`` is the locale of whoever decides.
    """
    say = language(to)
    when = discord.utils.format_dt(coming.due, "F")
    items: list[Item] = [Skip(subscription.id, coming.day, skip=not coming.choice.skip, locale=to)]
    week = Week(subscription.id, to)
    says = say("This comes {moment}:", moment=when)
    if coming.selection is None:
        card = discord.Embed(title=say("Nothing to tell"), description=_line(coming, say), colour=COLOUR)
        return Screen(embed=card, sentence=says, items=[*items, week])
    topic = subscription.wishes.topic
    post = daily_post(coming.selection, topic=topic, token=None, locale=locale, muted=coming.muted)
    if coming.selection.total > 1:
        items.append(Swap(subscription.id, coming.day, to))
    if coming.choice.skip:
        says = say("This would have come {moment}; it is skipped:", moment=when)
    return Screen(embed=post.embeds[0], also=post.embeds[1:], sentence=says, items=[*items, week])


def link_to(guild: int, delivery: Delivery) -> str:
    """Return the address of a delivery's message."""
    return f"https://discord.com/channels/{guild}/{delivery.channel}/{delivery.message}"
