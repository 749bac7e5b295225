"""The posts to come of a daily post or a follow, as admins see them, and what they can decide about them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import discord

from bot.cards.daily_post import daily_post, lead_reason
from bot.cards.event_card import COLOUR
from bot.cards.limits import OPTION_TEXT, escape_discord, fit
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import DayMenu, Skip, Swap, Week
from bot.cards.subscription_words import WORDS, about
from bot.domain.delivery import DayChoice
from bot.domain.status import UpcomingPost
from bot.domain.subscription import Kind, Pause, Subscription
from bot.domain.text import cut
from bot.locale.language import Language, language

if TYPE_CHECKING:
    from bot.cards.buttons import Item

# The length of a headline, in characters.
_HEADLINE = 90


def week_card(subscription: Subscription, week: Sequence[UpcomingPost], *, locale: str | None) -> discord.Embed:
    """Show the posts of the next seven days."""
    say, words = language(locale), WORDS[subscription.kind]
    embed = discord.Embed(title=say.render(about(words.week_title, subscription)), colour=COLOUR)
    lines = [f"{discord.utils.format_dt(post.due_at, 'f')}\n{_summary(post, say)}" for post in week]
    if week and subscription.kind is Kind.FOLLOW:
        lines = [say("Each shows what is new by then."), *(_date_line(post, say) for post in week)]
    if subscription.options.plan.at_once:
        lines = [say("It posts as soon as something new comes in, so there are no dates to show.")]
    if subscription.paused is Pause.BY_ADMIN:
        lines = [say.render(words.resume)]
    elif subscription.paused:
        lines = [say("Paused after repeated failures. Once it resumes, this is what will be posted:"), *lines]
    embed.description = "\n".join(lines) or say("Nothing is scheduled.")
    return embed


def _date_line(upcoming: UpcomingPost, say: Language) -> str:
    """Say in one line when a post of a follow comes, or that it is skipped."""
    moment = discord.utils.format_dt(upcoming.due_at, "f")
    return f"{moment} · {_summary(upcoming, say)}" if upcoming.choice.skip else moment


def _summary(upcoming: UpcomingPost, say: Language) -> str:
    if upcoming.choice.skip:
        return say("*skipped by this server*")
    if upcoming.is_follow:
        return say("*what is new by then*")
    if upcoming.awaits_news:
        return say("*the news of the day before*")
    if upcoming.selection is None:
        if upcoming.muted:
            return say("*nothing to post: the archive has nothing for that day that is not muted here*")
        return say("*nothing to post: the archive has nothing for that day*")
    pick = upcoming.selection.pick
    headline, reason = fit(say.script(pick.lead.headline), _HEADLINE), lead_reason(upcoming.selection, say)
    line = say("**{headline}** ({reason})", headline=headline, reason=escape_discord(reason))
    more = say.many("{count} more", "{count} more", len(pick.others))
    return f"{line} · {more}" if pick.others else line


def _menu_text(upcoming: UpcomingPost, say: Language) -> str:
    if upcoming.choice.skip:
        return say("Skipped")
    if upcoming.is_follow:
        return say("What is new by then")
    if upcoming.awaits_news:
        return say("The news of the day before")
    return say.script(upcoming.selection.pick.lead.headline) if upcoming.selection else say("Nothing to post")


def week_screen(subscription: Subscription, week: Sequence[UpcomingPost], *, locale: str | None) -> Screen:
    """Show the posts of the next seven days, and a menu of them."""
    say = language(locale)
    menu = DayMenu(subscription.id, [_menu_option(post, say) for post in week], locale)
    return Screen(embed=week_card(subscription, week, locale=locale), items=[menu] if week else [])


def _menu_option(upcoming: UpcomingPost, say: Language) -> discord.SelectOption:
    label = say("{weekday}, {date}", weekday=say.weekday(upcoming.day.weekday()), date=upcoming.day)
    return discord.SelectOption(
        label=label, value=upcoming.day.isoformat(), description=cut(_menu_text(upcoming, say), OPTION_TEXT)
    )


def day_screen(
    subscription: Subscription, upcoming: UpcomingPost, *, locale: str | None, admin_locale: str | None
) -> Screen:
    """Show a post to come as it will be, in the server's ``locale``, with buttons for what admins can decide about it.

    ``admin_locale`` is the locale of the admin who looks at it.
    """
    say = language(admin_locale)
    moment = discord.utils.format_dt(upcoming.due_at, "F")
    items: list[Item] = [
        Skip(subscription.id, upcoming.day, skip=not upcoming.choice.skip, locale=admin_locale),
    ]
    week = Week(subscription.id, admin_locale)
    if upcoming.choice.skip:
        sentence = say("Was scheduled for {moment}; skipped:", moment=moment)
    else:
        sentence = say("Scheduled for {moment}:", moment=moment)
    if upcoming.selection is None or upcoming.awaits_news:
        title = _menu_text(replace(upcoming, choice=DayChoice()), say)
        card = discord.Embed(title=title, description=_summary(upcoming, say), colour=COLOUR)
        return Screen(embed=card, sentence=sentence, items=[*items, week])
    topic = subscription.options.topic
    post = daily_post(upcoming.selection, topic=topic, token=None, locale=locale, muted=upcoming.muted)
    if upcoming.selection.total > 1:
        items.append(Swap(subscription.id, upcoming.day, admin_locale))
    return Screen(embed=post.embeds[0], more_embeds=post.embeds[1:], sentence=sentence, items=[*items, week])
