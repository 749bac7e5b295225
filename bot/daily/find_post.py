"""Looks for a post in its channel, where it is not known whether sending it succeeded."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import discord

from bot.cards.buttons import post_list_prefix
from bot.daily.permissions import Channel, permissions_in

# How much the clocks of this machine and of Discord may differ; the courier posts nothing while they differ by more.
_MARGIN = timedelta(minutes=10)
_MAX_MESSAGES = 5000
_MAX_THREADS = 1000


class UnreadableError(Exception):
    """The channel's history cannot be read, or not far enough: so it is not known whether the post is there."""


async def find_post(
    channel: Channel, token: str, *, own_id: int, since: datetime, until: datetime
) -> tuple[int, int] | None:
    """Return where the post with ``token`` is, sent between two moments: its channel's and its message's id, or None.

    Each post has its token in the ``custom_id`` of a button. ``own_id`` is the bot's id. Raises UnreadableError, or
    what discord.py raises.
    """
    permissions = permissions_in(channel)
    if not (permissions.view_channel and permissions.read_message_history):
        raise UnreadableError
    since, until = since - _MARGIN, until + _MARGIN
    if isinstance(channel, discord.ForumChannel):
        messages = _starter_messages(channel, own_id, since, until)
    else:
        messages = _messages(channel, since, until)
    async for message in messages:
        if message.author.id == own_id and _has_token(message, token):
            return message.channel.id, message.id
    return None


async def is_in_forum(forum: discord.ForumChannel, token: str, *, own_id: int, since: datetime) -> bool:
    """Tell whether a post is in a forum already, as far as discord.py has heard of its thread.

    There is no nonce in a forum: another machine with a copy of the ledger may have opened the thread a moment ago.
    Without such threads, nothing is asked for.
    """
    if not permissions_in(forum).read_message_history:
        return False
    for thread in forum.threads:
        if thread.owner_id == own_id and discord.utils.snowflake_time(thread.id) >= since - _MARGIN:
            with suppress(discord.NotFound, discord.Forbidden):
                if _has_token(await thread.fetch_message(thread.id), token):
                    return True
    return False


async def _messages(
    channel: discord.TextChannel | discord.Thread, since: datetime, until: datetime
) -> AsyncIterator[discord.Message]:
    count = 0
    async for message in channel.history(limit=_MAX_MESSAGES, after=since, oldest_first=True):
        if message.created_at > until:
            return
        count += 1
        yield message
    if count == _MAX_MESSAGES:
        raise UnreadableError


async def _starter_messages(
    forum: discord.ForumChannel, own_id: int, since: datetime, until: datetime
) -> AsyncIterator[discord.Message]:
    """Yield the first messages of the threads that the bot opened; each has the id of its thread."""
    threads = {thread.id: thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id}
    count = 0
    # The last archived come first, and no thread was archived before it was opened.
    async for thread in forum.archived_threads(limit=_MAX_THREADS):
        if thread.archive_timestamp < since:
            break
        count += 1
        threads.setdefault(thread.id, thread)
    for thread in threads.values():
        if thread.owner_id == own_id and since <= discord.utils.snowflake_time(thread.id) <= until:
            # Somebody may have deleted the message and left the thread.
            with suppress(discord.NotFound):
                yield await thread.fetch_message(thread.id)
    if count == _MAX_THREADS:
        raise UnreadableError


def _has_token(message: discord.Message, token: str) -> bool:
    return any(custom_id.startswith(post_list_prefix(token)) for custom_id in _custom_ids(message))


def _custom_ids(message: discord.Message) -> Iterator[str]:
    """Yield the ``custom_id`` of each button and menu."""
    for row in message.components:
        for component in getattr(row, "children", ()):
            yield component.custom_id or ""
