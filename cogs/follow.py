"""``/follow``: the subjects that a server's channels follow, and how that is going."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem
from bot.cards.daily_options import CLEAR, DESCRIPTIONS, ONLY_THIS, WHICH, ChannelId, Count, LateHours, Number, Text
from bot.cards.subscription_buttons import FOLLOW_ITEMS, FollowHere, FollowTopic
from bot.clock import Clock
from bot.daily.post_options import TypedOptions
from bot.daily.subscription_service import SubscriptionService
from bot.domain.subscription import Kind
from bot.ledger.preferences import Preferences
from bot.screens.autocomplete import what_choices, when_choices
from bot.screens.follow_topic import follow_topic_answer, require_manager, topic_of_button
from bot.screens.reply import Reply
from bot.screens.subscription_commands import SubscriptionCommands

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
# Several topics, each of which may have a long name.
What = app_commands.Range[str, 1, 500]
_OPTIONS = {
    **DESCRIPTIONS,
    "what": locale_str("Topics or search words, with semicolons between: NASA; solar eclipse"),
    "when": locale_str("at once, daily 9am, weekly fri 9am, monthly 1 9am (daily 9am if left out)"),
    "timezone": locale_str("Time zone: a city or a zone (your own from /settings, or UTC, if left out)"),
}


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Follow(
    SubscriptionCommands,
    commands.GroupCog,
    group_name="follow",
    group_description=locale_str("Follow subjects: what is new about them is posted in this server's channels"),
):
    """Commands for admins about what their server follows, and the buttons that follow a topic."""

    def __init__(
        self, *, subscriptions: SubscriptionService, archive: Archive, clock: Clock, preferences: Preferences
    ) -> None:
        super().__init__(subscriptions=subscriptions, archive=archive, clock=clock)
        self.preferences = preferences

    @app_commands.command(description=locale_str("Follow a subject in a channel"))
    @app_commands.describe(**_OPTIONS)
    async def add(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        what: What,
        channel: ChannelId,
        when: Text | None = None,
        timezone: Text | None = None,
        count: Count | None = None,
        role: discord.Role | None = None,
        thread: bool | None = None,  # noqa: FBT001  (an option)
        late: LateHours | None = None,
        language: str | None = None,
        publish: bool | None = None,  # noqa: FBT001
        pin: bool | None = None,  # noqa: FBT001
        tag: Text | None = None,
    ) -> None:
        """Add a follow, if the bot may do in the channel what its options need."""
        guild = await self.guild(interaction)
        typed = TypedOptions(
            what=what,
            channel_id=channel,
            when=when,
            timezone=timezone,
            count=count,
            role_id=role.id if role else None,
            thread=thread,
            late=late,
            language=language,
            publish=publish,
            pin=pin,
            tag=tag,
        )
        await self._add(interaction, guild, typed)

    @app_commands.command(description=locale_str("Change a follow; options you leave out stay as they are"))
    @app_commands.rename(number="follow")
    @app_commands.describe(number=WHICH, **_OPTIONS, clear=locale_str("Setting to clear: role, language or tag"))
    @app_commands.choices(clear=[*CLEAR])
    async def edit(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        number: Number | None = None,
        what: What | None = None,
        channel: ChannelId | None = None,
        when: Text | None = None,
        timezone: Text | None = None,
        count: Count | None = None,
        role: discord.Role | None = None,
        thread: bool | None = None,  # noqa: FBT001  (an option)
        late: LateHours | None = None,
        language: str | None = None,
        publish: bool | None = None,  # noqa: FBT001
        pin: bool | None = None,  # noqa: FBT001
        tag: Text | None = None,
        clear: str | None = None,
    ) -> None:
        """Change a follow, if the bot may do in the channel what its options then need."""
        guild = await self.guild(interaction)
        subscription = await self.subscriptions.find(guild.id, number)
        typed = TypedOptions(
            what=what,
            channel_id=channel,
            when=when,
            timezone=timezone,
            count=count,
            role_id=role.id if role else None,
            thread=thread,
            late=late,
            language=language,
            publish=publish,
            pin=pin,
            tag=tag,
            clear=clear,
        )
        work = self.subscriptions.edit(guild, subscription, typed, locale=interaction.locale.value)
        await self.show_change(interaction, work, self.words.is_changed)

    @app_commands.command(name="list", description=locale_str("The follows of this server"))
    async def list_follows(self, interaction: Interaction) -> None:
        """Show every follow and when it posts next."""
        await self.show_list(interaction)

    @app_commands.command(description=locale_str("Status of the follows: what they found and posted, what went wrong"))
    @app_commands.rename(number="follow")
    @app_commands.describe(number=ONLY_THIS)
    async def doctor(self, interaction: Interaction, number: Number | None = None) -> None:
        """Show how the follows are doing, what they found, and what is wrong, if something is."""
        await self.show_status(interaction, number)

    @app_commands.command(description=locale_str("Pause a follow until it is resumed"))
    @app_commands.rename(number="follow")
    @app_commands.describe(number=WHICH)
    async def pause(self, interaction: Interaction, number: Number | None = None) -> None:
        """Pause a follow; its settings are kept."""
        await self.pause_one(interaction, number)

    @app_commands.command(description=locale_str("Resume a follow"))
    @app_commands.rename(number="follow")
    @app_commands.describe(number=WHICH)
    async def resume(self, interaction: Interaction, number: Number | None = None) -> None:
        """End a pause; what came in meanwhile is not posted."""
        await self.resume_one(interaction, number)

    @app_commands.command(description=locale_str("Remove a follow for good; asks first"))
    @app_commands.rename(number="follow")
    @app_commands.describe(number=WHICH)
    async def remove(self, interaction: Interaction, number: Number | None = None) -> None:
        """Ask whether a follow is to be deleted."""
        await self.ask_to_remove(interaction, number)

    @app_commands.command(
        description=locale_str("Post now what came in during the last week, marked as a test; it does not count")
    )
    @app_commands.rename(number="follow")
    @app_commands.describe(number=WHICH)
    async def test(self, interaction: Interaction, number: Number | None = None) -> None:
        """Post what came in lately, marked as a test."""
        await self.post_test(interaction, number)

    @app_commands.command(description=locale_str("When the next posts come; skip one"))
    @app_commands.rename(number="follow")
    @app_commands.describe(number=WHICH)
    async def upcoming(self, interaction: Interaction, number: Number | None = None) -> None:
        """Show the dates of the next posts."""
        await self.show_upcoming(interaction, number)

    async def handle_component(self, interaction: Interaction, item: PersistentItem) -> None:
        """Answer the buttons that follow a topic."""
        match item:
            case FollowTopic(topic_key=topic_key):
                require_manager(interaction)
                reply = Reply(interaction, private=True)
                await reply.answer(follow_topic_answer(self.archive, topic_key, interaction))
            case FollowHere(topic_key=topic_key):
                require_manager(interaction)
                guild = await self.guild(interaction)
                topic = await topic_of_button(self.archive, topic_key)
                await self._add(interaction, guild, TypedOptions(channel_id=interaction.channel_id, what=topic.key))
            case _:
                await super().handle_component(interaction, item)

    async def _add(self, interaction: Interaction, guild: discord.Guild, typed: TypedOptions) -> None:
        zone = self.preferences.personal(interaction.user.id).zone
        work = self.subscriptions.add(guild, typed, locale=interaction.locale.value, zone=zone)
        await self.show_change(interaction, work, self.words.is_set_up)

    @add.autocomplete("what")
    @edit.autocomplete("what")
    async def subjects(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await what_choices(self.archive, typed, interaction.locale.value)

    @add.autocomplete("when")
    @edit.autocomplete("when")
    async def plans(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer when posts can come."""
        return await when_choices(typed, interaction.locale.value)

    @add.autocomplete("timezone")
    @edit.autocomplete("timezone")
    async def timezones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        return await self.offer_zones(typed)

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
        """Offer the server's follows."""
        return await self.offer_numbers(interaction, typed)


async def setup(bot: "Daybook") -> None:
    """Register the buttons, and hand the cog what it needs."""
    bot.add_dynamic_items(*FOLLOW_ITEMS)
    subscriptions = SubscriptionService(
        bot,
        kind=Kind.FOLLOW,
        archive=bot.archive,
        ledger=bot.ledger,
        courier=bot.courier,
        clock=bot.clock,
        max_count=bot.most_subscriptions,
    )
    preferences = bot.ledger.preferences
    await bot.add_cog(
        Follow(subscriptions=subscriptions, archive=bot.archive, clock=bot.clock, preferences=preferences)
    )
