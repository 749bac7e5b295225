"""Adds the bot to a server, and finds the server that somebody uses a command in, or says why it is not to be had."""

from typing import Any

import discord

from bot.discord_errors import DISCORD_ERRORS
from bot.domain.errors import DailyPostError
from bot.locale.language import Message

# What the invite link asks for: permissions and scopes. The last three permissions are for daily posts: to look for a
# post that was never confirmed, to write in threads, and to open one.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    read_message_history=True,
    send_messages_in_threads=True,
    create_public_threads=True,
)
SCOPES = ("bot", "applications.commands")
UNREACHABLE = Message("Discord cannot be reached at the moment: please try again.")


def invite(client: discord.Client) -> str:
    """Return the link that adds the bot to a server with the permissions it needs. The bot must be logged in."""
    assert client.application_id is not None, "known after login"  # noqa: S101
    return discord.utils.oauth_url(client.application_id, permissions=PERMISSIONS, scopes=SCOPES)


def only_commands(client: discord.Client) -> Message:
    """Say that the server has the application's commands, but not the bot."""
    return Message(
        "This server has only my commands, not me: the application was added without the “bot” scope."
        " Anyone who can manage the server can add it again with that scope: {link}",
        link=invite(client),
    )


def may_manage(interaction: discord.Interaction[Any]) -> bool:
    """Return whether a person may manage the server in which they use the bot; nobody may in direct messages."""
    permissions = interaction.permissions
    return interaction.guild_id is not None and (permissions.manage_guild or permissions.administrator)


async def find_guild(client: discord.Client, guild_id: int) -> discord.Guild:
    """Return a server that the bot is in. Raises DailyPostError, which says why there is none.

    For a server that it does not know, discord.py hands commands an empty one, in which nothing can be found.
    """
    guild = client.get_guild(guild_id)
    if guild is not None and not (guild.unavailable and guild.default_role is None):
        return guild
    if guild is not None:
        raise DailyPostError(Message("Discord has trouble with this server at the moment: please try again later."))
    try:
        await client.fetch_guild(guild_id, with_counts=False)
    except (discord.Forbidden, discord.NotFound):
        raise DailyPostError(only_commands(client)) from None
    except DISCORD_ERRORS as error:
        raise DailyPostError(UNREACHABLE) from error
    raise DailyPostError(Message("I do not know this server yet: please try again in a minute."))
