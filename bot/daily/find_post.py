"""Whether a post that nobody confirmed stands in its channel: looked for by the mark that each delivery leaves."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import discord

from bot.cards.buttons import post_list_prefix
from bot.daily.permissions import Channel, granted

# The clocks of this machine and of Discord may differ by so much; the courier sees to it that they do not by more.
_MARGIN = timedelta(minutes=10)
_MOST_MESSAGES = 5000
_MOST_THREADS = 1000


class UnreadableError(Exception):
    """The channel's history cannot be read, or not far enough: nobody knows whether the post stands there."""


async def find(room: Channel, token: str, *, since: datetime, until: datetime) -> tuple[int, int] | None:
    """Return channel and message of the post with ``token``, sent between two moments; None if it is not there.

    Raises UnreadableError, or what discord.py raises.
    """
    permissions = granted(room)
    if not (permissions.view_channel and permissions.read_message_history):
        raise UnreadableError
    since, until = since - _MARGIN, until + _MARGIN
    if isinstance(room, discord.ForumChannel):
        messages = _starters(room, since, until)
    else:
        messages = _messages(room, since, until)
    async for message in messages:
        if message.author.id == room.guild.me.id and any(
            name.startswith(post_list_prefix(token)) for name in _names(message)
        ):
            return message.channel.id, message.id
    return None


async def _messages(
    room: discord.TextChannel | discord.Thread, since: datetime, until: datetime
) -> AsyncIterator[discord.Message]:
    read = 0
    async for message in room.history(limit=_MOST_MESSAGES, after=since, oldest_first=True):
        if message.created_at > until:
            return
        read += 1
        yield message
    if read == _MOST_MESSAGES:
        raise UnreadableError


async def _starters(forum: discord.ForumChannel, since: datetime, until: datetime) -> AsyncIterator[discord.Message]:
    """Yield the first messages of the bot's newest threads; such a message has its thread's id."""
    threads = {thread.id: thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id}
    read = 0
    # Those archived last come first, and none was archived before it was made.
    async for thread in forum.archived_threads(limit=_MOST_THREADS):
        if thread.archive_timestamp < since:
            break
        read += 1
        threads.setdefault(thread.id, thread)
    for thread in threads.values():
        if thread.owner_id == forum.guild.me.id and since <= discord.utils.snowflake_time(thread.id) <= until:
            # Whoever deleted the first message left the thread.
            with suppress(discord.NotFound):
                yield await thread.fetch_message(thread.id)
    if read == _MOST_THREADS:
        raise UnreadableError


def _names(message: discord.Message) -> Iterator[str]:
    """Yield the ``custom_id`` of each button and menu."""
    for row in message.components:
        for part in getattr(row, "children", ()):
            yield part.custom_id or ""
