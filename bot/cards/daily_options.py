"""The options of ``/daily``: what they take, what they offer, what they say of themselves."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.cards.limits import OPTION_TEXT, OPTIONS
from bot.cards.subscriptions import subscription_line
from bot.domain.subscription import Subscription
from bot.domain.text import cut
from bot.locale.language import language

Interaction = discord.Interaction[Any]

DESCRIPTIONS = {
    "channel": locale_str("Where to post: a text, announcement or forum channel, or a thread"),
    "time": locale_str("At what time there: 9:00, 9am, 21.30"),
    "timezone": locale_str("Whose time: a city or a zone, such as Berlin or America/New_York"),
    "topic": locale_str("Only events of this topic"),
    "count": locale_str("How many other events to list below the first (1 to 10; 5 if left out)"),
    "role": locale_str("A role to mention with each post"),
    "thread": locale_str("Open a thread below each post"),
    "late": locale_str("How many hours late a post may still come (0 to skip it, up to 23; 6 if left out)"),
    "language": locale_str("Only events told in this language"),
    "weekdays": locale_str("On which days: Monday to Friday, weekends, mon wed fri (every day if left out)"),
    "publish": locale_str("Publish each post to the servers that follow the announcement channel"),
    "pin": locale_str("Pin each post in place of the one before"),
    "tag": locale_str("The tag of each post in a forum"),
    "empty": locale_str("On a day without events: nothing (if left out), or the nearest day's events"),
}


class ChannelOption(app_commands.Transformer):
    """A channel that can hold posts; only its id counts, so that one that the bot does not see is named, too."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """What the option takes."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Which channels Discord offers."""
        kinds = discord.ChannelType
        return [kinds.text, kinds.news, kinds.forum, kinds.public_thread, kinds.private_thread, kinds.news_thread]

    async def transform(self, interaction: Interaction, value: Any, /) -> int:  # noqa: ANN401  (of either kind)
        """Return the channel's id."""
        return int(value.id)


def subscription_choices(
    guild: discord.Guild, known: Sequence[Subscription], typed: str, locale: str | None
) -> list[app_commands.Choice[int]]:
    """Return a server's orders, those that what is being typed may mean."""
    lines = {each.number: subscription_line(each, channel=_name(guild, each.options.channel, locale)) for each in known}
    return [
        app_commands.Choice(name=cut(line, OPTION_TEXT), value=number)
        for number, line in lines.items()
        if typed.casefold() in line.casefold()
    ][:OPTIONS]


def _name(guild: discord.Guild, channel: int, locale: str | None) -> str:
    room = guild.get_channel_or_thread(channel)
    return f"#{room.name}" if room else language(locale).say("a channel that is gone")


def tag_choices(guild: discord.Guild, channel: int | None, typed: str) -> list[app_commands.Choice[str]]:
    """Return the tags of a forum; none for another channel."""
    room = guild.get_channel(channel or 0)
    if not isinstance(room, discord.ForumChannel):
        return []
    tags = [tag for tag in room.available_tags if typed.casefold() in tag.name.casefold()]
    return [app_commands.Choice(name=cut(tag.name, OPTION_TEXT), value=str(tag.id)) for tag in tags[:OPTIONS]]
