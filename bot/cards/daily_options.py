"""The options that ``/daily`` and ``/follow`` have in common, and what they offer while an admin types."""

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.cards.limits import OPTION_TEXT, OPTIONS
from bot.cards.subscriptions import subscription_line
from bot.domain.subscription import MAX_COUNT, MAX_LATE_HOURS, Subscription
from bot.domain.text import cut
from bot.locale.event_languages import language_name
from bot.locale.language import language

Interaction = discord.Interaction[Any]


class ChannelOption(app_commands.Transformer):
    """A channel that can hold posts, as its id: one that the bot does not see can be chosen, too."""

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


ChannelId = app_commands.Transform[int, ChannelOption]
Text = app_commands.Range[str, 1, 100]
Count = app_commands.Range[int, 1, MAX_COUNT]
LateHours = app_commands.Range[int, 0, MAX_LATE_HOURS]
# A subscription's number in its server. To admins the option is called “post” or “follow”.
Number = app_commands.Range[int, 1, 10_000]
WHICH, ONLY_THIS = locale_str("Which one, where there are several"), locale_str("Only this one")
DESCRIPTIONS = {
    "channel": locale_str("Where to post: a text, announcement or forum channel, or a thread"),
    "count": locale_str("How many other events to list below the lead (1 to 10; 5 if left out)"),
    "role": locale_str("A role to mention with each post"),
    "thread": locale_str("Open a thread below each post"),
    "late": locale_str("How many hours late a post may be (0 skips late posts; at most 23; 6 if left out)"),
    "language": locale_str("Only events written in this language"),
    "publish": locale_str("Publish each post to the servers that follow the announcement channel"),
    "pin": locale_str("Pin each post in place of the previous one"),
    "tag": locale_str("The tag of each post in a forum"),
}
# What ``edit`` can clear.
CLEAR = (
    app_commands.Choice(name=locale_str("role: mention nobody"), value="role"),
    app_commands.Choice(name=locale_str("language: any"), value="language"),
    app_commands.Choice(name=locale_str("tag: none"), value="tag"),
)


def subscription_choices(
    guild: discord.Guild | None, subscriptions: Sequence[Subscription], typed: str, locale: str | None
) -> list[app_commands.Choice[int]]:
    """Offer a server's subscriptions whose lines contain what is being typed; the value is the number."""
    lines = {
        subscription.number: subscription_line(
            subscription, channel_name=_channel_name(guild, subscription.options.channel_id, locale), locale=locale
        )
        for subscription in subscriptions
    }
    return [
        app_commands.Choice(name=cut(line, OPTION_TEXT), value=number)
        for number, line in lines.items()
        if typed.casefold() in line.casefold()
    ][:OPTIONS]


def _channel_name(guild: discord.Guild | None, channel_id: int, locale: str | None) -> str:
    if guild is None:
        return str(channel_id)
    channel = guild.get_channel_or_thread(channel_id)
    return f"#{channel.name}" if channel else language(locale).say("a channel that is gone")


def tag_choices(guild: discord.Guild, channel_id: int | None, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the tags of a forum whose names contain what is being typed; none for another channel."""
    channel = guild.get_channel(channel_id or 0)
    if not isinstance(channel, discord.ForumChannel):
        return []
    tags = [tag for tag in channel.available_tags if typed.casefold() in tag.name.casefold()]
    return [app_commands.Choice(name=cut(tag.name, OPTION_TEXT), value=str(tag.id)) for tag in tags[:OPTIONS]]


def language_choices(codes: Iterable[str], typed: str, locale: str | None) -> list[app_commands.Choice[str]]:
    """Offer languages, given by their codes, by their names in the reader's language, for what is being typed."""
    names = {code: language_name(code, locale) for code in codes}
    start = typed.strip().casefold()
    return [
        app_commands.Choice(name=cut(name, OPTION_TEXT), value=code)
        for code, name in names.items()
        if start in name.casefold() or code.casefold().startswith(start)
    ][:OPTIONS]
