"""``/daily``: the daily posts of a server's channels, and how they are doing."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.cards.daily_options import CLEAR, DESCRIPTIONS, ONLY_THIS, WHICH, ChannelId, Count, LateHours, Number, Text
from bot.cards.subscription_buttons import ITEMS
from bot.daily.post_options import TypedOptions
from bot.daily.subscription_service import SubscriptionService
from bot.domain.subscription import Kind
from bot.screens.autocomplete import topic_choices
from bot.screens.subscription_commands import SubscriptionCommands

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
_OPTIONS = {
    **DESCRIPTIONS,
    "time": locale_str("Local time: 9:00, 9am, 21:30"),
    "timezone": locale_str("Time zone: a city or a zone, such as Berlin or America/New_York"),
    "topic": locale_str("Only events of this topic"),
    "weekdays": locale_str("On which days: Monday to Friday, weekends, mon wed fri (every day if left out)"),
    "empty": locale_str("On a day without events: nothing (if left out), or the nearest day's events"),
    "content": locale_str("What to post: anniversaries (if left out), yesterday's news, or both"),
}
_CONTENT = [
    app_commands.Choice(name=locale_str("anniversaries"), value="anniversaries"),
    app_commands.Choice(name=locale_str("yesterday's news"), value="news"),
    app_commands.Choice(name=locale_str("both"), value="both"),
]
_EMPTY = [
    app_commands.Choice(name=locale_str("nothing"), value="nothing"),
    app_commands.Choice(name=locale_str("the nearest day's events"), value="nearest"),
]
_CLEAR = [
    app_commands.Choice(name=locale_str("topic: any"), value="topic"),
    *CLEAR,
    app_commands.Choice(name=locale_str("weekdays: every day"), value="weekdays"),
]


@app_commands.default_permissions(manage_guild=True)
# Not guild_only(), which leaves open what the bot's other commands are allowed: direct messages.
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Daily(
    SubscriptionCommands,
    commands.GroupCog,
    group_name="daily",
    group_description=locale_str("Daily posts in this server's channels"),
):
    """Commands for admins about the daily posts of their server."""

    @app_commands.command(description=locale_str("Set up a daily post in a channel"))
    @app_commands.describe(**_OPTIONS)
    @app_commands.choices(empty=_EMPTY, content=_CONTENT)
    async def add(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        channel: ChannelId,
        time: Text,
        timezone: Text,
        topic: Text | None = None,
        count: Count | None = None,
        role: discord.Role | None = None,
        thread: bool | None = None,  # noqa: FBT001  (an option)
        late: LateHours | None = None,
        language: str | None = None,
        weekdays: Text | None = None,
        publish: bool | None = None,  # noqa: FBT001
        pin: bool | None = None,  # noqa: FBT001
        tag: Text | None = None,
        empty: str | None = None,
        content: str | None = None,
    ) -> None:
        """Add a subscription, if the bot may do in the channel what its options need."""
        guild = await self.guild(interaction)
        typed = TypedOptions(
            channel_id=channel,
            time=time,
            timezone=timezone,
            topic=topic,
            count=count,
            role_id=role.id if role else None,
            thread=thread,
            late=late,
            language=language,
            weekdays=weekdays,
            publish=publish,
            pin=pin,
            tag=tag,
            empty=empty,
            content=content,
        )
        work = self.subscriptions.add(guild, typed, locale=interaction.locale.value)
        await self.show_change(interaction, work, self.words.is_set_up)

    @app_commands.command(description=locale_str("Change a daily post; options you leave out stay as they are"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=WHICH, **_OPTIONS, clear=locale_str("Setting to clear: topic, role …"))
    @app_commands.choices(empty=_EMPTY, content=_CONTENT, clear=_CLEAR)
    async def edit(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        number: Number | None = None,
        channel: ChannelId | None = None,
        time: Text | None = None,
        timezone: Text | None = None,
        topic: Text | None = None,
        count: Count | None = None,
        role: discord.Role | None = None,
        thread: bool | None = None,  # noqa: FBT001  (an option)
        late: LateHours | None = None,
        language: str | None = None,
        weekdays: Text | None = None,
        publish: bool | None = None,  # noqa: FBT001
        pin: bool | None = None,  # noqa: FBT001
        tag: Text | None = None,
        empty: str | None = None,
        content: str | None = None,
        clear: str | None = None,
    ) -> None:
        """Change a subscription, if the bot may do in the channel what its options then need."""
        guild = await self.guild(interaction)
        subscription = await self.subscriptions.find(guild.id, number)
        typed = TypedOptions(
            channel_id=channel,
            time=time,
            timezone=timezone,
            topic=topic,
            count=count,
            role_id=role.id if role else None,
            thread=thread,
            late=late,
            language=language,
            weekdays=weekdays,
            publish=publish,
            pin=pin,
            tag=tag,
            empty=empty,
            content=content,
            clear=clear,
        )
        work = self.subscriptions.edit(guild, subscription, typed, locale=interaction.locale.value)
        await self.show_change(interaction, work, self.words.is_changed)

    @app_commands.command(name="list", description=locale_str("The daily posts of this server"))
    async def list_subscriptions(self, interaction: Interaction) -> None:
        """Show every subscription and when it posts next."""
        await self.show_list(interaction)

    @app_commands.command(
        description=locale_str("Status of the daily posts: last, next, what is missing, what went wrong")
    )
    @app_commands.rename(number="post")
    @app_commands.describe(number=ONLY_THIS)
    async def doctor(self, interaction: Interaction, number: Number | None = None) -> None:
        """Show how the subscriptions are doing, and what is wrong, if something is."""
        await self.show_status(interaction, number)

    @app_commands.command(description=locale_str("Pause a daily post until it is resumed"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=WHICH)
    async def pause(self, interaction: Interaction, number: Number | None = None) -> None:
        """Pause a subscription; its settings are kept."""
        await self.pause_one(interaction, number)

    @app_commands.command(description=locale_str("Resume a daily post"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=WHICH)
    async def resume(self, interaction: Interaction, number: Number | None = None) -> None:
        """End a pause; what was due meanwhile is not posted."""
        await self.resume_one(interaction, number)

    @app_commands.command(description=locale_str("Remove a daily post for good; asks first"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=WHICH)
    async def remove(self, interaction: Interaction, number: Number | None = None) -> None:
        """Ask whether a subscription is to be deleted."""
        await self.ask_to_remove(interaction, number)

    @app_commands.command(
        description=locale_str("Post now what would be posted today, marked as a test; it does not count")
    )
    @app_commands.rename(number="post")
    @app_commands.describe(number=WHICH)
    async def test(self, interaction: Interaction, number: Number | None = None) -> None:
        """Post what would be posted today, marked as a test."""
        await self.post_test(interaction, number)

    @app_commands.command(description=locale_str("Posts of the next seven days; skip a day, or change its lead"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=WHICH)
    async def upcoming(self, interaction: Interaction, number: Number | None = None) -> None:
        """Show the posts of the next seven days."""
        await self.show_upcoming(interaction, number)

    @add.autocomplete("timezone")
    @edit.autocomplete("timezone")
    async def timezones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        return await self.offer_zones(typed)

    @add.autocomplete("topic")
    @edit.autocomplete("topic")
    async def topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)

    @add.autocomplete("language")
    @edit.autocomplete("language")
    async def languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the languages that the archive has events in."""
        return await self.offer_languages(interaction, typed)

    @add.autocomplete("tag")
    @edit.autocomplete("tag")
    async def tags(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the tags of the forum that was chosen."""
        return await self.offer_tags(interaction, typed)

    @edit.autocomplete("number")
    @doctor.autocomplete("number")
    @pause.autocomplete("number")
    @resume.autocomplete("number")
    @remove.autocomplete("number")
    @test.autocomplete("number")
    @upcoming.autocomplete("number")
    async def numbers(self, interaction: Interaction, typed: int | str) -> list[app_commands.Choice[int]]:
        """Offer the server's subscriptions."""
        return await self.offer_numbers(interaction, typed)


async def setup(bot: "Daybook") -> None:
    """Register the buttons and menus, and hand the cog what it needs."""
    bot.add_dynamic_items(*ITEMS)
    subscriptions = SubscriptionService(
        bot,
        kind=Kind.DAILY_POST,
        archive=bot.archive,
        ledger=bot.ledger,
        courier=bot.courier,
        clock=bot.clock,
        max_count=bot.most_subscriptions,
    )
    await bot.add_cog(Daily(subscriptions=subscriptions, archive=bot.archive, clock=bot.clock))
