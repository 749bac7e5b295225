"""What ``/settings`` answers: what somebody has set, and what their server has muted. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

import discord
from discord import app_commands

from bot.cards.card import COLOUR
from bot.cards.limits import OPTION_TEXT, OPTIONS, fit, plain
from bot.dates import say_date
from bot.preferences import MOST_MUTES, Kind, Mute, Mutes, Person
from bot.text import cut, fold, in_script, length

# As many as a server may mute fit a description.
_NAME = 60


def person_card(person: Person, *, today: date) -> discord.Embed:
    """Show what somebody has set; ``today`` is the date it is for them."""
    embed = discord.Embed(title="Your settings", colour=COLOUR)
    private = "Only you see them; *Share* shows one to the channel." if person.private else "Everybody sees them."
    embed.add_field(name="Your answers", value=private, inline=False)
    embed.add_field(name="Your today", value=say_today(person, today=today), inline=False)
    return embed


def say_today(person: Person, *, today: date) -> str:
    """Say which date “today” is for somebody, and why."""
    if person.zone is None:
        return f"“Today” is {say_date(today)}, as it is in UTC: you have set no time zone."
    return f"“Today” is {say_date(today)}, as it is in {plain(person.zone)}."


def mutes_card(muted: Mutes, *, locale: str) -> discord.Embed:
    """Show what a server has muted."""
    embed = discord.Embed(title="Muted on this server", colour=COLOUR, description="Nothing.")
    if muted:
        topics = [in_script(name, locale) for name in muted.topics.values()]
        lines = [f"**Topics:** {_listed(topics)}"] if topics else []
        lines += [f"**Words:** {_listed(muted.words.values())}"] if muted.words else []
        embed.description = "\n".join(lines)
    embed.set_footer(text=f"{len(muted)} of at most {MOST_MUTES}")
    return embed


def _listed(names: Iterable[str]) -> str:
    return " · ".join(fit(name, _NAME) for name in sorted(names, key=fold))


def muted_now(mutes: Iterable[Mute]) -> str:
    """Say that something is muted now, and what that means."""
    means = "Daily posts and `/random` pass over it; who asks for it gets it behind a spoiler."
    return f"Muted on this server: {_named(mutes)}. {means}"


def shown_again(mutes: Iterable[Mute]) -> str:
    """Say that something is not muted any more."""
    return f"Not muted on this server any more: {_named(mutes)}."


def _named(mutes: Iterable[Mute]) -> str:
    shown = ((each.kind, fit(each.name, OPTION_TEXT)) for each in mutes)
    return ", ".join(f"the topic {name}" if kind is Kind.TOPIC else f"the word “{name}”" for kind, name in shown)


def muted_choices(muted: Mapping[str, str], typed: str) -> list[app_commands.Choice[str]]:
    """Return what is muted (names by topic key, or by folded word), what is being typed being a part of the name."""
    return [
        # A name too long for a value is given by its key.
        app_commands.Choice(name=cut(name, OPTION_TEXT), value=name if length(name) <= OPTION_TEXT else value)
        for value, name in sorted(muted.items(), key=lambda each: fold(each[1]))
        if fold(typed) in fold(name)
    ][:OPTIONS]
