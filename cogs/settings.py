"""``/settings``: what somebody prefers, and what a server does not want to be shown."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.limits import OPTIONS
from bot.cards.screen import Screen
from bot.cards.settings import muted_choices, muted_now, mutes_card, person_card, say_today, shown_again
from bot.daily.post_options import find_topic
from bot.domain.errors import PreferenceError
from bot.domain.page import topic_key_of
from bot.domain.preferences import MOST_MUTES, Mute, MuteKind, Mutes, word_mute
from bot.domain.text import fold
from bot.domain.zones import find_zone, zones_like
from bot.ledger.preferences import Preferences
from bot.locale.language import Message, echo, language
from bot.screens.autocomplete import topic_choices
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
Text = app_commands.Range[str, 1, 100]
Word = app_commands.Range[str, 1, 50]
_ON_OFF = [
    app_commands.Choice(name=locale_str("on"), value="on"),
    app_commands.Choice(name=locale_str("off"), value="off"),
]


class Settings(
    commands.GroupCog, group_name="settings", group_description=locale_str("Your settings, and what this server mutes")
):
    """What people and servers prefer. Every answer is for the person alone."""

    def __init__(self, *, archive: Archive, preferences: Preferences, is_there: Callable[[int], bool]) -> None:
        self.archive = archive
        self.preferences = preferences
        self.is_there = is_there

    @app_commands.command(
        description=locale_str("What you have set, what “today” is for you, and what this server mutes")
    )
    async def show(self, interaction: Interaction) -> None:
        """Show what is set."""
        person = self.preferences.person(interaction.user.id)
        guild, locale = interaction.guild_id, interaction.locale.value
        card = person_card(person, today=person.today(discord.utils.utcnow()), locale=locale)
        also = [] if guild is None else [mutes_card(self.preferences.mutes(guild), locale=locale)]
        await Reply(interaction, private=True).show(Screen(embed=card, also=also))

    @app_commands.command(description=locale_str("Whether only you see what your commands answer"))
    @app_commands.describe(value=locale_str("on: only you see them; off: everybody does"))
    @app_commands.choices(value=_ON_OFF)
    async def private(self, interaction: Interaction, value: str) -> None:
        """Note who is to see a person's answers."""
        reply = Reply(interaction, private=True)
        await reply.wait(self.preferences.set_private(interaction.user.id, private=value == "on"))
        say = language(interaction.locale.value)
        on = say("Only you see your answers from now on; *Share* shows one to the channel.")
        off = say("Everybody sees your answers from now on.")
        await reply.show(Screen(sentence=on if value == "on" else off))

    @app_commands.command(description=locale_str("Which day “today” is for you; UTC if left out"))
    @app_commands.describe(zone=locale_str("A city or a zone, such as Berlin or America/New_York"))
    async def timezone(self, interaction: Interaction, zone: Text | None = None) -> None:
        """Note a person's time zone, or forget it."""
        reply = Reply(interaction, private=True)
        user = interaction.user.id
        # The first look reads every zone of the system, and holds up nobody.
        found = await reply.wait(asyncio.to_thread(find_zone, zone)) if zone else None
        await reply.wait(self.preferences.set_zone(user, found))
        person = self.preferences.person(user)
        today, locale = person.today(discord.utils.utcnow()), interaction.locale.value
        await reply.show(Screen(sentence=say_today(person, today=today, locale=locale)))

    @app_commands.command(description=locale_str("Mute a topic or a word on this server; needs Manage Server"))
    @app_commands.describe(
        topic=locale_str("A topic"), word=locale_str("A word, or several in a row, in headlines and summaries")
    )
    async def mute(self, interaction: Interaction, topic: Text | None = None, word: Word | None = None) -> None:
        """Note what a server does not want to be shown."""
        guild = self._managed(interaction)
        reply = Reply(interaction, private=True)
        mutes = await reply.wait(self._asked(topic, word))
        if not await reply.wait(self.preferences.mute(guild, mutes, most=MOST_MUTES)):
            raise PreferenceError(
                Message(
                    "A server may mute at most {most} topics and words in all: `/settings unmute` takes one back.",
                    most=MOST_MUTES,
                )
            )
        await reply.show(Screen(sentence=muted_now(mutes, locale=interaction.locale.value)))

    @app_commands.command(description=locale_str("Take back what is muted on this server; needs Manage Server"))
    @app_commands.describe(topic=locale_str("A muted topic"), word=locale_str("A muted word"))
    async def unmute(self, interaction: Interaction, topic: Text | None = None, word: Word | None = None) -> None:
        """Note what a server wants to be shown again."""
        guild = self._managed(interaction)
        reply = Reply(interaction, private=True)
        mutes = await reply.wait(self._muted(self.preferences.mutes(guild), topic, word))
        await reply.wait(self.preferences.unmute(guild, mutes))
        await reply.show(Screen(sentence=shown_again(mutes, locale=interaction.locale.value)))

    def _managed(self, interaction: Interaction) -> int:
        """Return the server's id, if the person manages it: default permissions would be those of all of /settings."""
        guild = interaction.guild_id
        if guild is None or not self.is_there(guild):
            raise PreferenceError(Message("Mutes belong to a server: add the bot to it, and use this command there."))
        if not (interaction.permissions.manage_guild or interaction.permissions.administrator):
            raise PreferenceError(Message("Only members with Manage Server can change what this server mutes."))
        return guild

    async def _asked(self, topic: str | None, word: str | None) -> list[Mute]:
        """Return what is to be muted. Raises PreferenceError, OrderError."""
        mutes: list[Mute] = []
        if topic is not None:
            found = await find_topic(self.archive, topic)
            mutes.append(Mute(MuteKind.TOPIC, found.key, found.name))
        if word is not None:
            mutes.append(_word(word))
        return _some(mutes)

    async def _muted(self, muted: Mutes, topic: str | None, word: str | None) -> list[Mute]:
        """Return what is to be muted no more; also a topic that the archive has no more. Raises PreferenceError."""
        mutes: list[Mute] = []
        if topic is not None:
            known = (await self.archive.topic(topic, limit=0)).topic
            keys = (topic, topic_key_of(fold(topic)), known.key if known else "")
            key = next((key for key in keys if key in muted.topics), None)
            mutes.append(Mute(MuteKind.TOPIC, key or "", muted.topics[key] if key else topic))
        if word is not None:
            mutes.append(_word(word))
        for mute in mutes:
            if mute not in muted:
                raise PreferenceError(
                    Message("{name} is not muted here: `/settings show` tells what is.", name=echo(mute.name))
                )
        return _some(mutes)

    @timezone.autocomplete("zone")
    async def zones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        known = await asyncio.to_thread(zones_like, typed, now=discord.utils.utcnow(), limit=OPTIONS)
        return [app_commands.Choice(name=label, value=zone) for label, zone in known]

    @mute.autocomplete("topic")
    async def topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)

    @unmute.autocomplete("topic")
    async def muted_topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the topics that are muted."""
        return muted_choices(self.preferences.mutes(interaction.guild_id).topics, typed)

    @unmute.autocomplete("word")
    async def muted_words(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the words that are muted."""
        return muted_choices(self.preferences.mutes(interaction.guild_id).words, typed)


def _word(typed: str) -> Mute:
    found = word_mute(typed)
    if found is None:
        raise PreferenceError(
            Message("{text} has no letter or digit to look for: give a word, such as “football”.", text=echo(typed))
        )
    return found


def _some(mutes: list[Mute]) -> list[Mute]:
    if not mutes:
        raise PreferenceError(Message("Choose a topic or a word."))
    return mutes


async def setup(bot: "Daybook") -> None:
    """Hand the cog what it needs."""
    await bot.add_cog(
        Settings(
            archive=bot.archive,
            preferences=bot.ledger.preferences,
            is_there=lambda guild: bot.get_guild(guild) is not None,
        )
    )
