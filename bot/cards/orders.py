"""Daily posts as their admins see them: orders, how they stand, what is to come. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import discord

from bot.cards.card import COLOUR
from bot.cards.daily import daily_post, why
from bot.cards.limits import FIELD_VALUE, OPTION_TEXT, fit, fit_lines, plain
from bot.cards.order_buttons import DayMenu, Skip, Swap, Week
from bot.cards.reply import Screen
from bot.daily.access import Access
from bot.daily.notice import listed
from bot.daily.order import LANGUAGES
from bot.daily.outlook import Coming, Standing
from bot.daily.subscription import Delivery, Empty, Pause, State, Subscription
from bot.daily.typed import say_time, say_weekdays
from bot.dates import say_date
from bot.text import cut

if TYPE_CHECKING:
    from bot.cards.buttons import Item

_HEADLINE = 90
# What all fields of an embed may hold, beside its title and their names.
_FIELDS = 5400


def say_order(subscription: Subscription, *, channel: str) -> str:
    """Return an order in one line, as a menu shows it: ``1 · #news · 09:00 Europe/Berlin · NASA``."""
    wishes = subscription.wishes
    parts = [str(subscription.number), channel, f"{say_time(wishes.plan.time)} {wishes.plan.zone}", wishes.topic_name]
    return " · ".join(filter(None, parts))


def order_card(subscription: Subscription, *, title: str, next_line: str, notes: Sequence[str] = ()) -> discord.Embed:
    """Show an order: what is posted, where and when, when it comes next, what is to be known."""
    embed = discord.Embed(title=title, colour=COLOUR, description="\n".join(_lines(subscription)))
    embed.add_field(name="Next post", value=next_line, inline=False)
    if notes:
        embed.add_field(name="To be known", value=fit_lines(f"• {note}" for note in notes), inline=False)
    return embed


def _lines(subscription: Subscription) -> Iterator[str]:
    wishes = subscription.wishes
    plan = wishes.plan
    yield f"<#{wishes.channel}>, {say_weekdays(plan.weekdays)} at **{say_time(plan.time)}** ({plain(plan.zone)})"
    about = [f"about **{fit(wishes.topic_name, 100)}**"] if wishes.topic_name else []
    about += [f"in {LANGUAGES.get(wishes.language, wishes.language)}"] if wishes.language else []
    others = f"{wishes.count} others" if wishes.count > 1 else "1 other"
    yield ", ".join([f"A lead and up to {others}", *about])
    extra = [f"mentions <@&{wishes.role}>"] if wishes.role else []
    extra += ["opens a thread"] if wishes.thread else []
    extra += ["is published"] if wishes.publish else []
    extra += ["is pinned"] if wishes.pin else []
    extra += ["has a tag"] if wishes.tag else []
    if extra:
        yield f"Each {listed(extra)}"
    late = f"still comes up to {wishes.late} h late, marked as late" if wishes.late else "is skipped when late"
    empty = "the nearest day's events" if wishes.empty is Empty.NEAREST else "nothing"
    yield f"It {late}; on a day without events: {empty}"


def next_line(standing: Standing) -> str:
    """Say when an order posts next, in its reader's time and in its own."""
    subscription = standing.subscription
    if subscription.paused is Pause.ASKED:
        return "Paused; `/daily resume` lets it go on."
    if standing.next_at is None:
        return "none in sight; `/daily resume` works it out anew."
    plan = subscription.wishes.plan
    rests = " It rests after failures, and goes on by itself once it can." if subscription.paused else ""
    full, rel = (discord.utils.format_dt(standing.next_at, style) for style in ("F", "R"))
    return f"{full} ({rel}), {say_time(plan.time)} in {plain(plan.zone)}.{rests}"


def list_card(standings: Sequence[Standing], *, most: int) -> discord.Embed:
    """Show all orders of a server."""
    embed = discord.Embed(title="Daily posts of this server", colour=COLOUR)
    embed.description = (
        f"{len(standings)} of at most {most}." if standings else "There are none yet: `/daily add` orders one."
    )
    for each in standings:
        lines = [*_lines(each.subscription), f"Next: {next_line(each)}"]
        embed.add_field(
            name=f"Daily post {each.subscription.number}", value=fit_lines(lines, _room(standings)), inline=False
        )
    return embed


def doctor_card(standings: Sequence[Standing]) -> discord.Embed:
    """Show for each order the last post, the next one, what is missing, and why the last one did not come."""
    embed = discord.Embed(title="How the daily posts stand", colour=COLOUR)
    if not standings:
        embed.description = "There are none yet: `/daily add` orders one."
    for each in standings:
        name = f"{'⚠ ' if _ails(each) else ''}Daily post {each.subscription.number}"
        embed.add_field(name=name, value=fit_lines(_findings(each), _room(standings)), inline=False)
    return embed


def _room(standings: Sequence[Standing]) -> int:
    """Share what an embed holds between the orders."""
    return min(FIELD_VALUE, _FIELDS // len(standings))


def _ails(standing: Standing) -> bool:
    lacks = standing.access
    missed = standing.last is not None and standing.last.missed
    struggles = standing.waiting is not None and standing.waiting.reason is not None
    return bool(standing.problem or lacks.needed or lacks.wanted or missed or struggles or standing.failed)


def _findings(standing: Standing) -> Iterator[str]:
    subscription, last, sent = standing.subscription, standing.last, standing.sent
    yield f"In <#{subscription.wishes.channel}>"
    if sent is not None:
        yield f"Last post: [{say_date(sent.day)}]({link_to(subscription.guild, sent)}){' (late)' if sent.late else ''}"
    else:
        yield "Last post: none yet"
    if standing.waiting is not None:
        reason = f": {plain(standing.waiting.reason)}" if standing.waiting.reason else ""
        yield f"{say_date(standing.waiting.day)} is due, and on its way{reason}"
    yield f"Next post: {next_line(standing)}"
    if last is not None and last.state is not State.SENT:
        yield f"{say_date(last.day)} did not come: {last.reason}"
    if subscription.paused is Pause.FAILING:
        yield f"Rests after {subscription.failures} days in a row that failed"
    if standing.problem:
        yield standing.problem
    yield from missing(standing.access)
    for step in standing.failed:
        yield f"The last post stands, but “{step.step}” failed: {step.reason}"


def missing(lacks: Access) -> Iterator[str]:
    """Say what is missing in a channel."""
    if lacks.needed:
        yield f"Missing, without it nothing is posted: **{listed(lacks.needed)}**"
    if lacks.wanted:
        yield f"Missing for what was asked beside: **{listed(lacks.wanted)}**"
    if lacks.advised:
        yield (
            f"Missing: **{listed(lacks.advised)}**. Without it, a post whose sending was interrupted is not sent again,"
            " since nobody can see whether it arrived"
        )


def week_card(subscription: Subscription, week: Sequence[Coming]) -> discord.Embed:
    """Show what the next seven days will bring."""
    embed = discord.Embed(title=f"Daily post {subscription.number}: the next seven days", colour=COLOUR)
    lines = [f"{discord.utils.format_dt(each.due, 'f')}\n{_line(each)}" for each in week]
    if subscription.paused is Pause.ASKED:
        lines = ["It is paused; `/daily resume` lets it go on."]
    elif subscription.paused:
        lines = ["It rests after failures. Once it can go on, this is what comes:", *lines]
    embed.description = "\n".join(lines) or "Nothing is due."
    return embed


def _line(coming: Coming) -> str:
    if coming.choice.skip:
        return "*skipped by this server*"
    if coming.selection is None:
        unmuted = " that is not muted here" if coming.muted else ""
        return f"*nothing to tell: the archive has nothing for that day{unmuted}*"
    pick = coming.selection.pick
    others = f" and {len(pick.others)} more" if pick.others else ""
    return f"**{fit(pick.lead.headline, _HEADLINE)}** ({plain(why(coming.selection))}){others}"


def _outlook(coming: Coming) -> str:
    if coming.choice.skip:
        return "Skipped"
    return coming.selection.pick.lead.headline if coming.selection else "Nothing to tell"


def week_screen(subscription: Subscription, week: Sequence[Coming]) -> Screen:
    """Show the next seven days, and a menu of them."""
    return Screen(
        embed=week_card(subscription, week),
        items=[DayMenu(subscription.id, [_option(each) for each in week])] if week else [],
    )


def _option(coming: Coming) -> discord.SelectOption:
    label = f"{_weekday(coming.day)}, {say_date(coming.day)}"
    return discord.SelectOption(
        label=label, value=coming.day.isoformat(), description=cut(_outlook(coming), OPTION_TEXT)
    )


def day_screen(subscription: Subscription, coming: Coming, *, locale: str) -> Screen:
    """Show a post to come as it will be, and what can be decided about it."""
    when = discord.utils.format_dt(coming.due, "F")
    items: list[Item] = [Skip(subscription.id, coming.day, skip=not coming.choice.skip)]
    if coming.selection is None:
        card = discord.Embed(title="Nothing to tell", description=_line(coming), colour=COLOUR)
        return Screen(embed=card, sentence=f"This comes {when}:", items=[*items, Week(subscription.id)])
    topic = subscription.wishes.topic
    post = daily_post(coming.selection, topic=topic, token=None, locale=locale, muted=coming.muted)
    if coming.selection.total > 1:
        items.append(Swap(subscription.id, coming.day))
    says = f"This would have come {when}; it is skipped:" if coming.choice.skip else f"This comes {when}:"
    return Screen(embed=post.embeds[0], also=post.embeds[1:], sentence=says, items=[*items, Week(subscription.id)])


def link_to(guild: int, delivery: Delivery) -> str:
    """Return the address of a delivery's message."""
    return f"https://discord.com/channels/{guild}/{delivery.channel}/{delivery.message}"


def _weekday(day: date) -> str:
    return say_weekdays(1 << day.weekday())
