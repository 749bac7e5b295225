"""Daily posts as their admins see them: orders, how they stand, what is to come. Pure."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import discord

from bot.cards.daily_post import daily_post, why
from bot.cards.event_card import COLOUR, embed_length
from bot.cards.limits import EMBED, FIELD_VALUE, OPTION_TEXT, escape_discord, fit, fit_lines
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import DayMenu, Skip, Swap, Week
from bot.daily.permissions import Access
from bot.daily.post_options import LANGUAGES
from bot.daily.status import SubscriptionStatus, UpcomingPost
from bot.domain.subscription import Delivery, Empty, Pause, State, Step, Subscription
from bot.domain.text import cut, length
from bot.domain.typed_input import say_time
from bot.locale.language import Language, Message, language

if TYPE_CHECKING:
    from bot.cards.buttons import Item

_HEADLINE = 90
_NONE = Message("There are none yet: `/daily add` orders one.")
_STEPS = {
    Step.THREAD: Message("opening a thread"),
    Step.PUBLISH: Message("publishing it"),
    Step.PIN: Message("pinning it"),
}


def subscription_line(subscription: Subscription, *, channel: str) -> str:
    """Return an order in one line, as a menu shows it: ``1 · #news · 09:00 Europe/Berlin · NASA``."""
    options = subscription.options
    parts = [
        str(subscription.number),
        channel,
        f"{say_time(options.plan.time)} {options.plan.zone}",
        options.topic_name,
    ]
    return " · ".join(filter(None, parts))


def subscription_card(
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
    options = subscription.options
    plan = options.plan
    yield say(
        "{channel}, {weekdays} at **{time}** ({zone})",
        channel=f"<#{options.channel}>",
        weekdays=say.weekdays(plan.weekdays),
        time=say_time(plan.time),
        zone=escape_discord(plan.zone),
    )
    yield say.many("A lead and up to {count} other", "A lead and up to {count} others", options.count)
    if options.topic_name:
        yield say("Only about **{topic}**", topic=fit(say.script(options.topic_name), 100))
    if options.language:
        yield say("Only what is told in {language}", language=LANGUAGES.get(options.language, options.language))
    extra = [Message("mentions {role}", role=f"<@&{options.role}>")] if options.role else []
    extra += [Message("opens a thread")] if options.thread else []
    extra += [Message("is published")] if options.publish else []
    extra += [Message("is pinned")] if options.pin else []
    extra += [Message("has a tag")] if options.tag else []
    if extra:
        yield say("Each post {does}", does=extra)
    if options.late:
        yield say("When late, it still comes up to {hours} h after its time, marked as late", hours=options.late)
    else:
        yield say("When late, it is skipped")
    if options.empty is Empty.NEAREST:
        yield say("On a day without events: the nearest day's events")
    else:
        yield say("On a day without events: nothing")


def next_line(status: SubscriptionStatus, say: Language) -> str:
    """Say when an order posts next, in its reader's time and in its own."""
    subscription = status.subscription
    if subscription.paused is Pause.ASKED:
        return say("Paused; `/daily resume` lets it go on.")
    if status.next_at is None:
        return say("No next post is planned; `/daily resume` plans one.")
    plan = subscription.options.plan
    full, rel = (discord.utils.format_dt(status.next_at, style) for style in ("F", "R"))
    there = say("{time} in {zone}", time=say_time(plan.time), zone=escape_discord(plan.zone))
    line = f"{full} ({rel}), {there}"
    if not subscription.paused:
        return line
    return "\n".join((line, say("It rests after failures, and goes on by itself once it can.")))


def list_card(statuses: Sequence[SubscriptionStatus], *, most: int, locale: str | None) -> discord.Embed:
    """Show all orders of a server."""
    say = language(locale)
    embed = discord.Embed(title=say("Daily posts of this server"), colour=COLOUR)
    embed.description = (
        say("{count} of at most {most}", count=len(statuses), most=most) if statuses else say.render(_NONE)
    )
    names = [_name(each, say) for each in statuses]
    room = _room(embed, names)
    for name, each in zip(names, statuses, strict=True):
        lines = [*_lines(each.subscription, say), say("Next: {line}", line=next_line(each, say))]
        embed.add_field(name=name, value=fit_lines(lines, room), inline=False)
    return embed


def doctor_card(statuses: Sequence[SubscriptionStatus], *, locale: str | None) -> discord.Embed:
    """Show for each order the last post, the next one, what is missing, and why the last one did not come."""
    say = language(locale)
    embed = discord.Embed(title=say("How the daily posts stand"), colour=COLOUR)
    if not statuses:
        embed.description = say.render(_NONE)
    names = [
        say("⚠ Needs attention: {name}", name=_name(each, say)) if _ails(each) else _name(each, say)
        for each in statuses
    ]
    room = _room(embed, names)
    for name, each in zip(names, statuses, strict=True):
        embed.add_field(name=name, value=fit_lines(_findings(each, say), room), inline=False)
    return embed


def _name(status: SubscriptionStatus, say: Language) -> str:
    return say("Daily post {number}", number=str(status.subscription.number))


def _room(embed: discord.Embed, names: Sequence[str]) -> int:
    """Share what an embed still holds between fields of these names."""
    left = EMBED - embed_length(embed) - sum(map(length, names))
    return min(FIELD_VALUE, left // max(len(names), 1))


def _ails(status: SubscriptionStatus) -> bool:
    lacks = status.access
    unwanted_skip = status.last is not None and status.last.unwanted_skip
    struggles = status.waiting is not None and status.waiting.reason is not None
    return bool(status.problem or lacks.needed or lacks.wanted or unwanted_skip or struggles or status.failed)


def _findings(status: SubscriptionStatus, say: Language) -> Iterator[str]:
    subscription, last, sent = status.subscription, status.last, status.sent
    yield say("In {channel}", channel=f"<#{subscription.options.channel}>")
    # What is wrong comes first: with many orders there is little room for each.
    if status.problem:
        yield say.render(status.problem)
    yield from missing(status.access, say)
    for step in status.failed:
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
    if status.waiting is not None:
        day = status.waiting.day
        if reason := status.waiting.reason:
            yield say("The post of {day} is due and waiting: {reason}", day=day, reason=reason)
        else:
            yield say("The post of {day} is due and on its way", day=day)
    yield say("Next: {line}", line=next_line(status, say))


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


def week_card(subscription: Subscription, week: Sequence[UpcomingPost], *, locale: str | None) -> discord.Embed:
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


def _line(upcoming: UpcomingPost, say: Language) -> str:
    if upcoming.choice.skip:
        return say("*skipped by this server*")
    if upcoming.selection is None:
        if upcoming.muted:
            return say("*nothing to tell: the archive has nothing for that day that is not muted here*")
        return say("*nothing to tell: the archive has nothing for that day*")
    pick = upcoming.selection.pick
    line = f"**{fit(say.script(pick.lead.headline), _HEADLINE)}** ({escape_discord(why(upcoming.selection, say))})"
    more = say.many("{count} more", "{count} more", len(pick.others))
    return f"{line} · {more}" if pick.others else line


def _outlook(upcoming: UpcomingPost, say: Language) -> str:
    if upcoming.choice.skip:
        return say("Skipped")
    return say.script(upcoming.selection.pick.lead.headline) if upcoming.selection else say("Nothing to tell")


def week_screen(subscription: Subscription, week: Sequence[UpcomingPost], *, locale: str | None) -> Screen:
    """Show the next seven days, and a menu of them."""
    say = language(locale)
    menu = DayMenu(subscription.id, [_option(each, say) for each in week], locale)
    return Screen(embed=week_card(subscription, week, locale=locale), items=[menu] if week else [])


def _option(upcoming: UpcomingPost, say: Language) -> discord.SelectOption:
    label = say("{weekday}, {date}", weekday=say.weekday(upcoming.day.weekday()), date=upcoming.day)
    return discord.SelectOption(
        label=label, value=upcoming.day.isoformat(), description=cut(_outlook(upcoming, say), OPTION_TEXT)
    )


def day_screen(subscription: Subscription, upcoming: UpcomingPost, *, locale: str | None, to: str | None) -> Screen:
    """Show a post to come as it will be, in the ``locale`` it is written for, and what can be decided about it.

    ``to`` is the locale of whoever decides.
    """
    say = language(to)
    when = discord.utils.format_dt(upcoming.due, "F")
    items: list[Item] = [Skip(subscription.id, upcoming.day, skip=not upcoming.choice.skip, locale=to)]
    week = Week(subscription.id, to)
    says = say("This comes {moment}:", moment=when)
    if upcoming.selection is None:
        card = discord.Embed(title=say("Nothing to tell"), description=_line(upcoming, say), colour=COLOUR)
        return Screen(embed=card, sentence=says, items=[*items, week])
    topic = subscription.options.topic
    post = daily_post(upcoming.selection, topic=topic, token=None, locale=locale, muted=upcoming.muted)
    if upcoming.selection.total > 1:
        items.append(Swap(subscription.id, upcoming.day, to))
    if upcoming.choice.skip:
        says = say("This would have come {moment}; it is skipped:", moment=when)
    return Screen(embed=post.embeds[0], more_embeds=post.embeds[1:], sentence=says, items=[*items, week])


def link_to(guild: int, delivery: Delivery) -> str:
    """Return the address of a delivery's message."""
    return f"https://discord.com/channels/{guild}/{delivery.channel}/{delivery.message}"
