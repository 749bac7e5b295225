"""``/daily``: standing orders for daily posts, and how they stand."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem
from bot.cards.daily_options import DESCRIPTIONS, ChannelOption, subscription_choices, tag_choices
from bot.cards.limits import OPTIONS, escape_discord
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import ITEMS, DayMenu, Keep, Remove, Skip, Swap
from bot.cards.subscriptions import (
    day_screen,
    doctor_card,
    list_card,
    missing,
    next_line,
    subscription_card,
    week_screen,
)
from bot.daily.post_options import LANGUAGES, TypedOptions
from bot.daily.subscription_service import SubscriptionResult, SubscriptionService, tag_of
from bot.domain.errors import DailyPostError
from bot.domain.subscription import MOST_LATE_HOURS, MOST_OTHERS
from bot.domain.zones import zones_like
from bot.locale.language import Language, Message, language
from bot.screens.autocomplete import topic_choices
from bot.screens.reply import Reply

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
ChannelId = app_commands.Transform[int, ChannelOption]
Text = app_commands.Range[str, 1, 100]
Count = app_commands.Range[int, 1, MOST_OTHERS]
Late = app_commands.Range[int, 0, MOST_LATE_HOURS]
# A number of an order in its server.
Number = app_commands.Range[int, 1, 10_000]
_LANGUAGES = [app_commands.Choice(name=locale_str(name.text), value=code) for code, name in LANGUAGES.items()]
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
_WHICH = locale_str("Which one, where there are several")


@app_commands.default_permissions(manage_guild=True)
# Not guild_only(), which leaves open what the bot's other commands are allowed: direct messages.
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Daily(
    commands.GroupCog, group_name="daily", group_description=locale_str("Daily posts in this server's channels")
):
    """What comes into a channel every day."""

    def __init__(self, *, subscriptions: SubscriptionService, archive: Archive) -> None:
        self.subscriptions = subscriptions
        self.archive = archive

    @app_commands.command(description=locale_str("Order a daily post for a channel"))
    @app_commands.describe(**DESCRIPTIONS)
    @app_commands.choices(language=_LANGUAGES, empty=_EMPTY)
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
        late: Late | None = None,
        language: str | None = None,
        weekdays: Text | None = None,
        publish: bool | None = None,  # noqa: FBT001
        pin: bool | None = None,  # noqa: FBT001
        tag: Text | None = None,
        empty: str | None = None,
    ) -> None:
        """Take an order, if the bot may do there what is asked."""
        guild = _guild(interaction)
        asked = TypedOptions(
            channel=channel,
            time=time,
            timezone=timezone,
            topic=topic,
            count=count,
            role=role.id if role else None,
            thread=thread,
            late=late,
            language=language,
            weekdays=weekdays,
            publish=publish,
            pin=pin,
            tag=_tag(guild, channel, tag),
            empty=empty,
        )
        reply = Reply(interaction, private=True)
        ordered = await reply.wait(self.subscriptions.add(guild, asked, discord.utils.utcnow()))
        await reply.show(_ordered(ordered, Message("Daily post {number} is ordered"), interaction.locale.value))

    @app_commands.command(description=locale_str("Change a daily post; what is left out stays as it is"))
    @app_commands.describe(order=_WHICH, **DESCRIPTIONS, clear=locale_str("What to take back: any topic, no role …"))
    @app_commands.choices(language=_LANGUAGES, empty=_EMPTY, clear=_CLEAR)
    async def edit(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        order: Number | None = None,
        channel: ChannelId | None = None,
        time: Text | None = None,
        timezone: Text | None = None,
        topic: Text | None = None,
        count: Count | None = None,
        role: discord.Role | None = None,
        thread: bool | None = None,  # noqa: FBT001  (an option)
        late: Late | None = None,
        language: str | None = None,
        weekdays: Text | None = None,
        publish: bool | None = None,  # noqa: FBT001
        pin: bool | None = None,  # noqa: FBT001
        tag: Text | None = None,
        empty: str | None = None,
        clear: str | None = None,
    ) -> None:
        """Change an order, if the bot may do there what is asked then."""
        guild = _guild(interaction)
        known = await self.subscriptions.find(guild.id, order)
        asked = TypedOptions(
            channel=channel,
            time=time,
            timezone=timezone,
            topic=topic,
            count=count,
            role=role.id if role else None,
            thread=thread,
            late=late,
            language=language,
            weekdays=weekdays,
            publish=publish,
            pin=pin,
            tag=_tag(guild, channel or known.options.channel, tag),
            empty=empty,
            clear=clear,
        )
        reply = Reply(interaction, private=True)
        ordered = await reply.wait(self.subscriptions.edit(guild, known, asked, discord.utils.utcnow()))
        await reply.show(_ordered(ordered, Message("Daily post {number} is changed"), interaction.locale.value))

    @app_commands.command(name="list", description=locale_str("The daily posts of this server"))
    async def list_orders(self, interaction: Interaction) -> None:
        """Show every order and when it posts next."""
        reply = Reply(interaction, private=True)
        statuses = await reply.wait(self.subscriptions.statuses(_guild(interaction).id, None, discord.utils.utcnow()))
        await reply.show(
            Screen(embed=list_card(statuses, most=self.subscriptions.most, locale=interaction.locale.value))
        )

    @app_commands.command(
        description=locale_str("How the daily posts stand: last, next, what is missing, what went wrong")
    )
    @app_commands.describe(order=locale_str("Only this one"))
    async def doctor(self, interaction: Interaction, order: Number | None = None) -> None:
        """Show what is wrong, if something is."""
        reply = Reply(interaction, private=True)
        statuses = await reply.wait(self.subscriptions.statuses(_guild(interaction).id, order, discord.utils.utcnow()))
        await reply.show(Screen(embed=doctor_card(statuses, locale=interaction.locale.value)))

    @app_commands.command(description=locale_str("Let a daily post rest until it is resumed"))
    @app_commands.describe(order=_WHICH)
    async def pause(self, interaction: Interaction, order: Number | None = None) -> None:
        """Let an order rest; its settings are kept."""
        reply = Reply(interaction, private=True)
        known = await self.subscriptions.find(_guild(interaction).id, order)
        await reply.wait(self.subscriptions.pause(known))
        say = language(interaction.locale.value)
        sentence = say("Daily post {number} rests; `/daily resume` lets it go on.", number=str(known.number))
        await reply.show(Screen(sentence=sentence))

    @app_commands.command(description=locale_str("Let a daily post go on"))
    @app_commands.describe(order=_WHICH)
    async def resume(self, interaction: Interaction, order: Number | None = None) -> None:
        """Let an order go on; what was due meanwhile is not posted."""
        reply = Reply(interaction, private=True)
        known = await self.subscriptions.find(_guild(interaction).id, order)
        ordered = await reply.wait(self.subscriptions.resume(known, discord.utils.utcnow()))
        await reply.show(_ordered(ordered, Message("Daily post {number} goes on"), interaction.locale.value))

    @app_commands.command(description=locale_str("Remove a daily post for good; asks first"))
    @app_commands.describe(order=_WHICH)
    async def remove(self, interaction: Interaction, order: Number | None = None) -> None:
        """Ask whether an order is to go."""
        known = await self.subscriptions.find(_guild(interaction).id, order)
        locale = interaction.locale.value
        sentence = language(locale).say(
            "Remove daily post {number} in {channel} for good, with all its settings?",
            number=str(known.number),
            channel=f"<#{known.options.channel}>",
        )
        items = [Remove(known.id, locale), Keep(known.id, locale)]
        await Reply(interaction, private=True).show(Screen(sentence=sentence, items=items))

    @app_commands.command(
        description=locale_str("Post now what would be posted today, marked as a test; it does not count")
    )
    @app_commands.describe(order=_WHICH)
    async def test(self, interaction: Interaction, order: Number | None = None) -> None:
        """Post a test."""
        guild = _guild(interaction)
        reply = Reply(interaction, private=True)
        known = await self.subscriptions.find(guild.id, order)
        link = await reply.wait(self.subscriptions.test(guild, known, discord.utils.utcnow()))
        sentence = language(interaction.locale.value).say(
            "Here it is: {link}. It mentions nobody, and nothing else is done: no thread below it, no publishing, no"
            " pin.",
            link=link,
        )
        await reply.show(Screen(sentence=sentence))

    @app_commands.command(description=locale_str("What the next seven days will bring; skip a day, or swap its lead"))
    @app_commands.describe(order=_WHICH)
    async def upcoming(self, interaction: Interaction, order: Number | None = None) -> None:
        """Show the posts to come."""
        reply = Reply(interaction, private=True)
        known = await self.subscriptions.find(_guild(interaction).id, order)
        week = await reply.wait(self.subscriptions.week(known, discord.utils.utcnow()))
        await reply.show(week_screen(known, week, locale=interaction.locale.value))

    async def handle_component(self, interaction: Interaction, press: PersistentItem) -> None:
        """Do what a button or menu of an order asks for. Its message is one that only its admin sees."""
        reply = Reply(interaction, private=True)
        await reply.show(await reply.wait(self._answer(interaction, press)))

    async def _answer(self, interaction: Interaction, press: PersistentItem) -> Screen:
        now = discord.utils.utcnow()
        if not isinstance(press, ITEMS):
            raise TypeError(press)
        guild = _guild(interaction)
        order = await self.subscriptions.by_id(guild.id, press.order)
        day = date.fromisoformat(press.value) if isinstance(press, DayMenu) else press.day
        to = interaction.locale.value
        say, number = language(to), str(order.number)
        match press:
            case Remove():
                await self.subscriptions.remove(order)
                return Screen(sentence=say("Daily post {number} is removed.", number=number), replaces=True)
            case Keep():
                return Screen(sentence=say("Daily post {number} stays as it is.", number=number), replaces=True)
            case Skip(skip=skip) if day:
                await self.subscriptions.skip(order, day, now, skip=skip)
            case Swap() if day:
                await self.subscriptions.swap(order, day, now)
        week = await self.subscriptions.week(order, now)
        upcoming = next((each for each in week if each.day == day), None)
        if upcoming is None:
            return week_screen(order, week, locale=to)
        return day_screen(order, upcoming, locale=guild.preferred_locale.value, to=to)

    @add.autocomplete("timezone")
    @edit.autocomplete("timezone")
    async def timezones(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        # The first look reads every zone of the system, and holds up nobody.
        known = await asyncio.to_thread(zones_like, typed, now=discord.utils.utcnow(), limit=OPTIONS)
        return [app_commands.Choice(name=label, value=zone) for label, zone in known]

    @add.autocomplete("topic")
    @edit.autocomplete("topic")
    async def topics(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer topics for what is being typed."""
        return await topic_choices(self.archive, typed, interaction.locale.value)

    @add.autocomplete("tag")
    @edit.autocomplete("tag")
    async def tags(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the tags of the forum that was chosen."""
        room = getattr(interaction.namespace, "channel", None)
        return tag_choices(_guild(interaction), room.id if room else None, typed)

    @edit.autocomplete("order")
    @doctor.autocomplete("order")
    @pause.autocomplete("order")
    @resume.autocomplete("order")
    @remove.autocomplete("order")
    @test.autocomplete("order")
    @upcoming.autocomplete("order")
    async def numbers(self, interaction: Interaction, typed: int | str) -> list[app_commands.Choice[int]]:
        """Offer the server's orders."""
        guild = _guild(interaction)
        return subscription_choices(guild, await self.subscriptions.all(guild.id), str(typed), interaction.locale.value)


def _guild(interaction: Interaction) -> discord.Guild:
    if interaction.guild is None:
        raise DailyPostError(Message("Daily posts belong to a server: add the bot to it, and use this command there."))
    return interaction.guild


def _tag(guild: discord.Guild, channel: int, typed: str | None) -> int | None:
    """Return the id of the tag that was chosen or typed."""
    if typed is None:
        return None
    room = guild.get_channel(channel)
    if not isinstance(room, discord.ForumChannel):
        raise DailyPostError(Message("Only forums have tags: leave “tag” out."))
    return tag_of(room.available_tags, typed)


def _ordered(ordered: SubscriptionResult, title: Message, locale: str | None) -> Screen:
    """Show an order that was taken or changed."""
    say, status = language(locale), ordered.status
    number = str(status.subscription.number)
    notes = [*_about_topic(ordered, say), *missing(status.access, say)]
    card = subscription_card(
        status.subscription,
        title=say(title.text, number=number),
        next_line=next_line(status, say),
        notes=notes,
        locale=locale,
    )
    return Screen(embed=card)


def _about_topic(ordered: SubscriptionResult, say: Language) -> Iterator[str]:
    name = escape_discord(say.script(ordered.status.subscription.options.topic_name or ""))
    if ordered.muted:
        yield say(
            "This server has muted {topic}: nothing will be posted until `/settings unmute` takes that back.",
            topic=name,
        )
    elif ordered.days:
        yield say.many(
            "On {count} day of the year the archive has something to say about {topic}.",
            "On {count} days of the year the archive has something to say about {topic}.",
            ordered.days,
            topic=name,
        )
    elif ordered.days is not None:
        yield say("The archive has nothing about {topic} that fits this order: nothing will be posted.", topic=name)


async def setup(bot: "Daybook") -> None:
    """Register the buttons and menus, and hand the cog what it needs."""
    bot.add_dynamic_items(*ITEMS)
    subscriptions = SubscriptionService(
        bot, archive=bot.archive, ledger=bot.ledger, courier=bot.courier, most=bot.most_subscriptions
    )
    await bot.add_cog(Daily(subscriptions=subscriptions, archive=bot.archive))
