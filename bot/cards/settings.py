"""What ``/settings`` answers: what a person has set, and what their server has muted. Pure."""

from collections.abc import Iterable
from datetime import date

import discord

from bot.cards.event_card import COLOUR
from bot.cards.limits import OPTION_TEXT, escape_discord, fit
from bot.domain.preferences import MOST_MUTES, Mute, MuteKind, Mutes, PersonalSettings
from bot.domain.text import fold
from bot.locale.language import Message, language

# So short that as many as a server may mute fit a description.
_NAME = 60


def personal_card(settings: PersonalSettings, *, today: date, locale: str | None) -> discord.Embed:
    """Show what a person has set; ``today`` is the date it is for them."""
    say = language(locale)
    embed = discord.Embed(title=say("Your settings"), colour=COLOUR)
    private, public = say("Only you can see them; *Share* shows one to the channel."), say("Everyone can see them.")
    embed.add_field(name=say("Answers to your commands"), value=private if settings.private else public, inline=False)
    embed.add_field(name=say("Your “today”"), value=today_sentence(settings, today=today, locale=locale), inline=False)
    return embed


def today_sentence(settings: PersonalSettings, *, today: date, locale: str | None) -> str:
    """Say which date “today” is for a person, and why."""
    say = language(locale)
    if settings.zone is None:
        return say("“Today” is {date} (UTC): you have not set a time zone.", date=today)
    return say("“Today” is {date} in {zone}.", date=today, zone=escape_discord(settings.zone))


def privacy_sentence(*, private: bool, locale: str | None) -> str:
    """Say who sees a person's answers from now on."""
    say = language(locale)
    if private:
        return say("From now on only you can see the answers to your commands; *Share* shows one to the channel.")
    return say("From now on everyone can see the answers to your commands.")


def mutes_card(muted: Mutes, *, locale: str | None) -> discord.Embed:
    """Show what a server has muted."""
    say = language(locale)
    embed = discord.Embed(title=say("Muted on this server"), colour=COLOUR, description=say("Nothing."))
    if muted:
        topics = [say.script(name) for name in muted.topics.values()]
        lines = [say("**Topics:** {names}", names=_join(topics))] if topics else []
        lines += [say("**Words:** {names}", names=_join(muted.words.values()))] if muted.words else []
        embed.description = "\n".join(lines)
    embed.set_footer(text=say("{count} of at most {most}", count=len(muted), most=MOST_MUTES))
    return embed


def _join(names: Iterable[str]) -> str:
    return " · ".join(fit(name, _NAME) for name in sorted(names, key=fold))


def muted_sentence(mutes: Iterable[Mute], *, locale: str | None) -> str:
    """Say that something is muted from now on, and what that means."""
    return language(locale).say(
        "Muted on this server: {names}. Daily posts, follows and `/random` skip what is muted; anyone who asks"
        " for it sees it behind a spoiler.",
        names=_names(mutes, locale),
    )


def unmuted_sentence(mutes: Iterable[Mute], *, locale: str | None) -> str:
    """Say that something is no longer muted."""
    return language(locale).say("No longer muted on this server: {names}.", names=_names(mutes, locale))


def _names(mutes: Iterable[Mute], locale: str | None) -> list[Message]:
    say = language(locale)
    names = ((mute.kind, fit(say.script(mute.name), OPTION_TEXT)) for mute in mutes)
    return [
        Message("the topic {name}", name=name) if kind is MuteKind.TOPIC else Message("the word “{name}”", name=name)
        for kind, name in names
    ]
