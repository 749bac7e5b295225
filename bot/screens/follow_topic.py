"""What the button *Follow this* below a topic answers."""

from typing import Any

import discord

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.cards.limits import escape_discord
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import FollowHere
from bot.cards.subscription_words import WORDS
from bot.domain.errors import DailyPostError
from bot.domain.event import Topic
from bot.domain.subscription import Kind
from bot.domain.text import cut
from bot.guild_access import may_manage
from bot.locale.language import Message, language

_NAME = 100
_POSTABLE = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)


def require_manager(interaction: discord.Interaction[Any]) -> None:
    """Raise DailyPostError where somebody may not change what their server follows."""
    words = WORDS[Kind.FOLLOW]
    if interaction.guild_id is None:
        raise DailyPostError(words.only_in_servers)
    if not may_manage(interaction):
        raise DailyPostError(words.only_managers)


async def topic_of_button(archive: Archive, topic_key: str) -> Topic:
    """Return the topic that a button is about. Raises DailyPostError for one that is gone."""
    resolved = await resolve_topic(archive, topic_key)
    if resolved is None:
        raise DailyPostError(Message("That topic is no longer in the archive."))
    return resolved.topic


async def follow_topic_answer(archive: Archive, topic_key: str, interaction: discord.Interaction[Any]) -> Screen:
    """Say how a topic is followed, with a button that does so in this channel, if something can be posted there."""
    locale = interaction.locale.value
    say = language(locale)
    topic, command = await topic_of_button(archive, topic_key), interaction.client.mention("follow add")
    name = escape_discord(cut(topic.name, _NAME))
    if interaction.channel is None or interaction.channel.type not in _POSTABLE:
        return Screen(
            sentence=say(
                "{command} with **what: {topic}** follows this topic in a channel.", command=command, topic=name
            )
        )
    sentence = say(
        "{command} with **what: {topic}** lets you choose the channel and the time; the button below follows it here,"
        " with a post each day that has something new.",
        command=command,
        topic=name,
    )
    return Screen(sentence=sentence, items=[FollowHere(topic.key, topic.name, locale)])
