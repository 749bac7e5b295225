"""What ``/settings`` shows and changes. Changes raise LedgerError where they cannot be stored."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import discord

from bot.archive.archive import Archive
from bot.cards.screen import Screen
from bot.cards.settings import (
    muted_sentence,
    mutes_card,
    personal_card,
    privacy_sentence,
    today_sentence,
    unmuted_sentence,
)
from bot.daily.post_options import find_topic
from bot.domain.audience import Audience
from bot.domain.errors import PreferenceError
from bot.domain.page import topic_key_of
from bot.domain.preferences import MOST_MUTES, Mute, MuteKind, Mutes, PersonalSettings, word_mute
from bot.guild_access import may_manage, only_commands
from bot.ledger.preferences import Preferences
from bot.locale.language import Message, echo


def settings_screen(settings: PersonalSettings, audience: Audience, *, in_server: bool) -> Screen:
    """Show what a person has set, and in a server what it has muted."""
    card = personal_card(settings, today=audience.today, locale=audience.locale)
    server_cards = [mutes_card(audience.muted, locale=audience.locale)] if in_server else []
    return Screen(embed=card, more_embeds=server_cards)


async def privacy_answer(preferences: Preferences, user_id: int, *, private: bool, locale: str) -> Screen:
    """Store whether only this person sees what their commands answer."""
    await preferences.set_private(user_id, private=private)
    return Screen(sentence=privacy_sentence(private=private, locale=locale))


async def time_zone_answer(
    preferences: Preferences, user_id: int, zone: str | None, *, now: datetime, locale: str
) -> Screen:
    """Store a person's time zone (an IANA name; None for UTC), and say which date it is there at ``now`` (aware)."""
    await preferences.set_zone(user_id, zone)
    settings = preferences.personal(user_id)
    return Screen(sentence=today_sentence(settings, today=settings.today(now), locale=locale))


def managed_guild_id(interaction: discord.Interaction[Any], *, is_member: Callable[[int], bool]) -> int:
    """Return the id of the server that an interaction came from, if its person may change what it mutes.

    ``is_member`` tells whether the bot is in a server. Raises PreferenceError. Discord's own default permissions cannot
    be used: they would close all of ``/settings`` to everybody else.
    """
    guild_id = interaction.guild_id
    if guild_id is not None and not is_member(guild_id) and interaction.is_guild_integration():
        raise PreferenceError(only_commands(interaction.client))
    if guild_id is None or not is_member(guild_id):
        raise PreferenceError(Message("Muting works only in a server: add the bot to one, and use this command there."))
    if not may_manage(interaction):
        raise PreferenceError(Message("Only members with Manage Server can change what this server mutes."))
    return guild_id


async def mute_answer(
    archive: Archive, preferences: Preferences, guild_id: int, topic: str | None, word: str | None, *, locale: str
) -> Screen:
    """Mute a topic or a word, as typed, on a server. Raises PreferenceError, DailyPostError."""
    mutes: list[Mute] = []
    if topic is not None:
        resolved = await find_topic(archive, topic)
        mutes.append(Mute(MuteKind.TOPIC, resolved.key, resolved.name))
    if word is not None:
        mutes.append(_word_mute(word))
    _require_some(mutes)
    if not await preferences.mute(guild_id, mutes, most=MOST_MUTES):
        raise PreferenceError(
            Message(
                "A server may mute at most {most} topics and words in all: `/settings unmute` removes one.",
                most=MOST_MUTES,
            )
        )
    return Screen(sentence=muted_sentence(mutes, locale=locale))


async def unmute_answer(
    archive: Archive, preferences: Preferences, guild_id: int, topic: str | None, word: str | None, *, locale: str
) -> Screen:
    """Unmute a topic or a word, as typed, on a server. Raises PreferenceError where it is not muted.

    A topic may also be one that the archive no longer has.
    """
    muted = preferences.mutes(guild_id)
    mutes: list[Mute] = []
    if topic is not None:
        mutes.append(await _topic_mute(archive, muted, topic))
    if word is not None:
        mutes.append(_word_mute(word))
    for mute in mutes:
        if mute not in muted:
            raise PreferenceError(
                Message("{name} is not muted here: `/settings show` lists what is.", name=echo(mute.name))
            )
    _require_some(mutes)
    await preferences.unmute(guild_id, mutes)
    return Screen(sentence=unmuted_sentence(mutes, locale=locale))


async def _topic_mute(archive: Archive, muted: Mutes, typed: str) -> Mute:
    """Return the mute of a topic, typed as its key, its name or its acronym; one without value if it is not muted."""
    topic = (await archive.topic(typed, limit=0)).topic
    keys = (typed, topic_key_of(typed), topic.key if topic else "")
    # Topics may have been merged since one of them was muted.
    key = next((key for key, name in muted.topics.items() if key in keys or topic_key_of(name) in keys), None)
    return Mute(MuteKind.TOPIC, key or "", muted.topics[key] if key else typed)


def _word_mute(typed: str) -> Mute:
    mute = word_mute(typed)
    if mute is None:
        raise PreferenceError(
            Message("{text} has no letter or digit to look for: give a word, such as “football”.", text=echo(typed))
        )
    return mute


def _require_some(mutes: list[Mute]) -> None:
    if not mutes:
        raise PreferenceError(Message("Choose a topic or a word."))
