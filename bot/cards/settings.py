"""What ``/settings`` answers: what somebody has set, and what their server has muted. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

import discord
from discord import app_commands

from bot.cards.event_card import COLOUR
from bot.cards.limits import OPTION_TEXT, OPTIONS, fit, plain
from bot.domain.preferences import MOST_MUTES, Mute, MuteKind, Mutes, Person
from bot.domain.text import cut, fold, length
from bot.locale.language import Message, language

# As many as a server may mute fit a description.
_NAME = 60


def person_card(person: Person, *, today: date, locale: str | None) -> discord.Embed:
    """Show what somebody has set; ``today`` is the date it is for them."""
    say = language(locale)
    embed = discord.Embed(title=say("Your settings"), colour=COLOUR)
    private, public = say("Only you see them; *Share* shows one to the channel."), say("Everybody sees them.")
    embed.add_field(name=say("Your answers"), value=private if person.private else public, inline=False)
    embed.add_field(name=say("Your today"), value=say_today(person, today=today, locale=locale), inline=False)
    return embed


def say_today(person: Person, *, today: date, locale: str | None) -> str:
    """Say which date “today” is for somebody, and why."""
    say = language(locale)
    if person.zone is None:
        return say("“Today” is {date}, as it is in UTC: you have set no time zone.", date=today)
    return say("“Today” is {date}, as it is in {zone}.", date=today, zone=plain(person.zone))


def mutes_card(muted: Mutes, *, locale: str | None) -> discord.Embed:
    """Show what a server has muted."""
    say = language(locale)
    embed = discord.Embed(title=say("Muted on this server"), colour=COLOUR, description=say("Nothing."))
    if muted:
        topics = [say.script(name) for name in muted.topics.values()]
        lines = [say("**Topics:** {names}", names=_listed(topics))] if topics else []
        lines += [say("**Words:** {names}", names=_listed(muted.words.values()))] if muted.words else []
        embed.description = "\n".join(lines)
    embed.set_footer(text=say("{count} of at most {most}", count=len(muted), most=MOST_MUTES))
    return embed


def _listed(names: Iterable[str]) -> str:
    return " · ".join(fit(name, _NAME) for name in sorted(names, key=fold))


def muted_now(mutes: Iterable[Mute], *, locale: str | None) -> str:
    """Say that something is muted now, and what that means."""
    return language(locale).say(
        "Muted on this server: {names}. Daily posts and `/random` pass over what is muted; whoever asks for it gets it"
        " behind a spoiler.",
        names=_named(mutes, locale),
    )


def shown_again(mutes: Iterable[Mute], *, locale: str | None) -> str:
    """Say that something is not muted any more."""
    return language(locale).say("Not muted on this server any more: {names}.", names=_named(mutes, locale))


def _named(mutes: Iterable[Mute], locale: str | None) -> list[Message]:
    say = language(locale)
    shown = ((each.kind, fit(say.script(each.name), OPTION_TEXT)) for each in mutes)
    return [
        Message("the topic {name}", name=name) if kind is MuteKind.TOPIC else Message("the word “{name}”", name=name)
        for kind, name in shown
    ]


def muted_choices(muted: Mapping[str, str], typed: str) -> list[app_commands.Choice[str]]:
    """Return what is muted (names by topic key, or by folded word), what is being typed being a part of the name."""
    return [
        # A name too long for a value is given by its key.
        app_commands.Choice(name=cut(name, OPTION_TEXT), value=name if length(name) <= OPTION_TEXT else value)
        for value, name in sorted(muted.items(), key=lambda each: fold(each[1]))
        if fold(typed) in fold(name)
    ][:OPTIONS]
