"""``/daily``: the daily posts of a server's channels, and how they are doing."""

from collections.abc import Coroutine, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem
from bot.cards.daily_options import ChannelOption, language_choices, subscription_choices, tag_choices
from bot.cards.limits import escape_discord
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import ITEMS, DayMenu, Keep, Remove, Skip, Swap
from bot.cards.subscriptions import (
    day_screen,
    doctor_card,
    list_card,
    missing_lines,
    next_line,
    subscription_card,
    week_screen,
)
from bot.clock import Clock
from bot.daily.post_options import TypedOptions
from bot.daily.subscription_service import SubscriptionResult, SubscriptionService
from bot.domain.errors import DailyPostError
from bot.domain.subscription import MAX_COUNT, MAX_LATE_HOURS, Subscription
from bot.locale.language import Language, Message, language
from bot.screens.autocomplete import topic_choices, zone_choices
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
ChannelId = app_commands.Transform[int, ChannelOption]
Text = app_commands.Range[str, 1, 100]
Count = app_commands.Range[int, 1, MAX_COUNT]
LateHours = app_commands.Range[int, 0, MAX_LATE_HOURS]
# A subscription's number in its server. To admins the option is called “post”.
Number = app_commands.Range[int, 1, 10_000]
_OPTIONS = {
    "channel": locale_str("Where to post: a text, announcement or forum channel, or a thread"),
    "time": locale_str("Local time: 9:00, 9am, 21:30"),
    "timezone": locale_str("Time zone: a city or a zone, such as Berlin or America/New_York"),
    "topic": locale_str("Only events of this topic"),
    "count": locale_str("How many other events to list below the lead (1 to 10; 5 if left out)"),
    "role": locale_str("A role to mention with each post"),
    "thread": locale_str("Open a thread below each post"),
    "late": locale_str("How many hours late a post may be (0 skips late posts; at most 23; 6 if left out)"),
    "language": locale_str("Only events written in this language"),
    "weekdays": locale_str("On which days: Monday to Friday, weekends, mon wed fri (every day if left out)"),
    "publish": locale_str("Publish each post to the servers that follow the announcement channel"),
    "pin": locale_str("Pin each post in place of the previous one"),
    "tag": locale_str("The tag of each post in a forum"),
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
    app_commands.Choice(name=locale_str("role: mention nobody"), value="role"),
    app_commands.Choice(name=locale_str("language: any"), value="language"),
    app_commands.Choice(name=locale_str("tag: none"), value="tag"),
    app_commands.Choice(name=locale_str("weekdays: every day"), value="weekdays"),
]
_NUMBER = locale_str("Which one, where there are several")


@app_commands.default_permissions(manage_guild=True)
# Not guild_only(), which leaves open what the bot's other commands are allowed: direct messages.
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Daily(
    commands.GroupCog, group_name="daily", group_description=locale_str("Daily posts in this server's channels")
):
    """Commands for admins about the daily posts of their server. Every answer is for the admin alone."""

    def __init__(self, *, subscriptions: SubscriptionService, archive: Archive, clock: Clock) -> None:
        self.subscriptions = subscriptions
        self.archive = archive
        self.clock = clock

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
        guild = await self._guild(interaction)
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
        await self._show_change(interaction, work, Message("Daily post {number} is set up"))

    @app_commands.command(description=locale_str("Change a daily post; options you leave out stay as they are"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=_NUMBER, **_OPTIONS, clear=locale_str("Setting to clear: topic, role …"))
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
        guild = await self._guild(interaction)
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
        await self._show_change(interaction, work, Message("Daily post {number} is changed"))

    @app_commands.command(name="list", description=locale_str("The daily posts of this server"))
    async def list_subscriptions(self, interaction: Interaction) -> None:
        """Show every subscription and when it posts next."""
        reply, locale = Reply(interaction, private=True), interaction.locale.value
        statuses = await reply.wait(self.subscriptions.statuses(_guild_id(interaction)))
        card = list_card(statuses, max_count=self.subscriptions.max_count, locale=locale)
        await reply.show(Screen(embed=card))

    @app_commands.command(
        description=locale_str("Status of the daily posts: last, next, what is missing, what went wrong")
    )
    @app_commands.rename(number="post")
    @app_commands.describe(number=locale_str("Only this one"))
    async def doctor(self, interaction: Interaction, number: Number | None = None) -> None:
        """Show how the subscriptions are doing, and what is wrong, if something is."""
        reply = Reply(interaction, private=True)
        statuses = await reply.wait(self.subscriptions.statuses(_guild_id(interaction), number))
        faults = await reply.wait(self.subscriptions.faults())
        await reply.show(Screen(embed=doctor_card(statuses, locale=interaction.locale.value, faults=faults)))

    @app_commands.command(description=locale_str("Pause a daily post until it is resumed"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=_NUMBER)
    async def pause(self, interaction: Interaction, number: Number | None = None) -> None:
        """Pause a subscription; its settings are kept."""
        reply = Reply(interaction, private=True)
        subscription = await self.subscriptions.find(_guild_id(interaction), number)
        say = language(interaction.locale.value)
        sentence = say("Daily post {number} is paused; `/daily resume` resumes it.", number=str(subscription.number))
        await reply.change(self.subscriptions.pause(subscription), lambda _: sentence)
        await reply.show(Screen(sentence=sentence))

    @app_commands.command(description=locale_str("Resume a daily post"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=_NUMBER)
    async def resume(self, interaction: Interaction, number: Number | None = None) -> None:
        """End a pause; what was due meanwhile is not posted."""
        subscription = await self.subscriptions.find(_guild_id(interaction), number)
        work = self.subscriptions.resume(subscription)
        await self._show_change(interaction, work, Message("Daily post {number} is resumed"))

    @app_commands.command(description=locale_str("Remove a daily post for good; asks first"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=_NUMBER)
    async def remove(self, interaction: Interaction, number: Number | None = None) -> None:
        """Ask whether a subscription is to be deleted."""
        subscription = await self.subscriptions.find(_guild_id(interaction), number)
        locale = interaction.locale.value
        sentence = language(locale).say(
            "Remove daily post {number} in {channel} for good, with all its settings?",
            number=str(subscription.number),
            channel=f"<#{subscription.options.channel_id}>",
        )
        items = [Remove(subscription.id, locale), Keep(subscription.id, locale)]
        await Reply(interaction, private=True).show(Screen(sentence=sentence, items=items))

    @app_commands.command(
        description=locale_str("Post now what would be posted today, marked as a test; it does not count")
    )
    @app_commands.rename(number="post")
    @app_commands.describe(number=_NUMBER)
    async def test(self, interaction: Interaction, number: Number | None = None) -> None:
        """Post what would be posted today, marked as a test."""
        guild = await self._guild(interaction)
        reply = Reply(interaction, private=True)
        subscription = await self.subscriptions.find(guild.id, number)
        link = await reply.wait(self.subscriptions.post_test(guild, subscription))
        sentence = language(interaction.locale.value).say(
            "Here is the test: {link}. It mentions nobody, opens no thread, and is neither published nor pinned.",
            link=link,
        )
        await reply.show(Screen(sentence=sentence))

    @app_commands.command(description=locale_str("Posts of the next seven days; skip a day, or change its lead"))
    @app_commands.rename(number="post")
    @app_commands.describe(number=_NUMBER)
    async def upcoming(self, interaction: Interaction, number: Number | None = None) -> None:
        """Show the posts of the next seven days."""
        reply = Reply(interaction, private=True)
        subscription = await self.subscriptions.find(_guild_id(interaction), number)
        week = await reply.wait(self.subscriptions.upcoming(subscription))
        await reply.show(week_screen(subscription, week, locale=interaction.locale.value))

    async def handle_component(self, interaction: Interaction, item: PersistentItem) -> None:
        """Answer the use of one of these commands' buttons or menus; only the admin who used the command sees them."""
        # The message may be older than the admin's role.
        permissions = interaction.permissions
        if not (permissions.manage_guild or permissions.administrator):
            raise DailyPostError(Message("Only members with Manage Server can change this server's daily posts."))
        if not isinstance(item, ITEMS):
            raise TypeError(item)
        reply = Reply(interaction, private=True)
        subscription = await self.subscriptions.by_id(_guild_id(interaction), item.subscription_id)
        day = date.fromisoformat(item.value) if isinstance(item, DayMenu) else item.day
        say, number = language(interaction.locale.value), str(subscription.number)
        match item:
            case Remove():
                sentence = say("Daily post {number} is removed.", number=number)
                await reply.change(self.subscriptions.remove(subscription), lambda _: sentence)
                return await reply.show(Screen(sentence=sentence, replaces=True))
            case Keep():
                sentence = say("Daily post {number} stays as it is.", number=number)
                return await reply.show(Screen(sentence=sentence, replaces=True))
            case Skip(skip=skip) if day:
                sentence = say("Skipped: {day}", day=day) if skip else say("Not skipped: {day}", day=day)
                await reply.change(self.subscriptions.set_skip(subscription, day, skip=skip), lambda _: sentence)
            case Swap() if day:
                sentence = say("Another event is now the lead on {day}.", day=day)
                await reply.change(self.subscriptions.swap_lead(subscription, day), lambda _: sentence)
        return await reply.answer(self._upcoming_screen(interaction, subscription, day))

    async def _upcoming_screen(self, interaction: Interaction, subscription: Subscription, day: date | None) -> Screen:
        """Show the post of a local date, or, without one, those of the next seven days."""
        week = await self.subscriptions.upcoming(subscription)
        upcoming = next((post for post in week if post.day == day), None)
        admin_locale = interaction.locale.value
        if upcoming is None:
            return week_screen(subscription, week, locale=admin_locale)
        guild = interaction.client.get_guild(subscription.guild_id)
        locale = guild.preferred_locale.value if guild else None
        return day_screen(subscription, upcoming, locale=locale, admin_locale=admin_locale)

    async def _show_change(
        self, interaction: Interaction, work: Coroutine[Any, Any, Subscription], title: Message
    ) -> None:
        """Wait for a change of a subscription, and show what it is like now; ``title`` says what was done."""
        reply, locale = Reply(interaction, private=True), interaction.locale.value
        say = language(locale)
        subscription = await reply.change(work, lambda changed: say(title.text, number=str(changed.number)))
        result = await reply.wait(self.subscriptions.result(subscription))
        await reply.show(_result_screen(result, title, locale))

    async def _guild(self, interaction: Interaction) -> discord.Guild:
        """Return the server that a command was used in. Raises DailyPostError where the bot is not in it."""
        return await self.subscriptions.guild(_guild_id(interaction))

    @add.autocomplete("timezone")
    @edit.autocomplete("timezone")
    async def timezones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        return await zone_choices(typed, now=self.clock.now())

    @add.autocomplete("topic")
    @edit.autocomplete("topic")
    async def topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)

    @add.autocomplete("language")
    @edit.autocomplete("language")
    async def languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the languages that the archive has events in."""
        stats = await self.archive.stats()
        return language_choices(stats.languages, typed, interaction.locale.value)

    @add.autocomplete("tag")
    @edit.autocomplete("tag")
    async def tags(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the tags of the forum that was chosen."""
        channel = getattr(interaction.namespace, "channel", None)
        guild = interaction.client.get_guild(_guild_id(interaction))
        return tag_choices(guild, channel.id if channel else None, typed) if guild else []

    @edit.autocomplete("number")
    @doctor.autocomplete("number")
    @pause.autocomplete("number")
    @resume.autocomplete("number")
    @remove.autocomplete("number")
    @test.autocomplete("number")
    @upcoming.autocomplete("number")
    async def numbers(self, interaction: Interaction, typed: int | str) -> list[app_commands.Choice[int]]:
        """Offer the server's subscriptions."""
        guild_id = _guild_id(interaction)
        subscriptions = await self.subscriptions.of_guild(guild_id)
        guild = interaction.client.get_guild(guild_id)
        return subscription_choices(guild, subscriptions, str(typed), interaction.locale.value)


def _guild_id(interaction: Interaction) -> int:
    if interaction.guild_id is None:
        raise DailyPostError(
            Message("Daily posts work only in a server: add the bot to one, and use this command there.")
        )
    return interaction.guild_id


def _result_screen(result: SubscriptionResult, title: Message, locale: str | None) -> Screen:
    """Show a subscription that was added, changed or resumed."""
    say, status = language(locale), result.status
    card = subscription_card(
        status.subscription,
        title=say(title.text, number=str(status.subscription.number)),
        next_line=next_line(status, say),
        notes=[*_topic_notes(result, say), *missing_lines(status.missing, say)],
        locale=locale,
    )
    return Screen(embed=card)


def _topic_notes(result: SubscriptionResult, say: Language) -> Iterator[str]:
    name = escape_discord(say.script(result.status.subscription.options.topic_name or ""))
    if result.is_topic_muted:
        yield say(
            "This server has muted {topic}: nothing will be posted until `/settings unmute` unmutes it.",
            topic=name,
        )
    elif result.topic_days:
        yield say.many(
            "The archive has something about {topic} on {count} day of the year.",
            "The archive has something about {topic} on {count} days of the year.",
            result.topic_days,
            topic=name,
        )
    elif result.topic_days is not None:
        yield say(
            "The archive has nothing about {topic} that fits this daily post: nothing will be posted.", topic=name
        )


async def setup(bot: "Daybook") -> None:
    """Register the buttons and menus, and hand the cog what it needs."""
    bot.add_dynamic_items(*ITEMS)
    subscriptions = SubscriptionService(
        bot,
        archive=bot.archive,
        ledger=bot.ledger,
        courier=bot.courier,
        clock=bot.clock,
        max_count=bot.most_subscriptions,
    )
    await bot.add_cog(Daily(subscriptions=subscriptions, archive=bot.archive, clock=bot.clock))
