"""``/daily``: standing orders for daily posts, and how they stand."""

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.autocomplete import topic_choices
from bot.cards.buttons import Press
from bot.cards.limits import OPTIONS, plain
from bot.cards.order_buttons import ITEMS, DayMenu, Keep, Remove, Skip, Swap
from bot.cards.order_options import DESCRIPTIONS, Room, order_choices, tag_choices
from bot.cards.orders import (
    day_screen,
    doctor_card,
    list_card,
    missing,
    next_line,
    order_card,
    week_screen,
)
from bot.cards.reply import Reply, Screen
from bot.daily.desk import Desk, Ordered, tag_of
from bot.daily.order import LANGUAGES, Asked
from bot.daily.subscription import MOST_LATE_HOURS, MOST_OTHERS
from bot.daily.zones import zones_like
from bot.errors import OrderError

if TYPE_CHECKING:
    from bot.client import Daybook

Interaction = discord.Interaction[Any]
Place = app_commands.Transform[int, Room]
Text = app_commands.Range[str, 1, 100]
Count = app_commands.Range[int, 1, MOST_OTHERS]
Late = app_commands.Range[int, 0, MOST_LATE_HOURS]
Empty = Literal["nothing", "nearest"]
Clear = Literal["topic", "role", "language", "tag", "weekdays"]
# A number of an order in its server.
Number = app_commands.Range[int, 1, 10_000]
_LANGUAGES = [app_commands.Choice(name=name, value=code) for code, name in LANGUAGES.items()]


@app_commands.default_permissions(manage_guild=True)
# Not guild_only(), which leaves open what the bot's other commands are allowed: direct messages.
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class Daily(commands.GroupCog, group_name="daily", group_description="Daily posts in this server's channels"):
    """What comes into a channel every day."""

    def __init__(self, *, desk: Desk, archive: Archive) -> None:
        self.desk = desk
        self.archive = archive

    @app_commands.command(description="Order a daily post for a channel")
    @app_commands.describe(**DESCRIPTIONS)
    @app_commands.choices(language=_LANGUAGES)
    async def add(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        channel: Place,
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
        empty: Empty | None = None,
    ) -> None:
        """Take an order, if the bot may do there what is asked."""
        guild = _guild(interaction)
        asked = Asked(
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
        ordered = await reply.wait(self.desk.add(guild, asked, discord.utils.utcnow()))
        await reply.show(_ordered(ordered, "is ordered"))

    @app_commands.command(description="Change a daily post; what is left out stays as it is")
    @app_commands.describe(
        order="Which one, where there are several", **DESCRIPTIONS, clear="What to take back: any topic, no role …"
    )
    @app_commands.choices(language=_LANGUAGES)
    async def edit(  # noqa: PLR0913, PLR0917  (the options)
        self,
        interaction: Interaction,
        order: Number | None = None,
        channel: Place | None = None,
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
        empty: Empty | None = None,
        clear: Clear | None = None,
    ) -> None:
        """Change an order, if the bot may do there what is asked then."""
        guild = _guild(interaction)
        known = await self.desk.find(guild.id, order)
        asked = Asked(
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
            tag=_tag(guild, channel or known.wishes.channel, tag),
            empty=empty,
            clear=clear,
        )
        reply = Reply(interaction, private=True)
        ordered = await reply.wait(self.desk.edit(guild, known, asked, discord.utils.utcnow()))
        await reply.show(_ordered(ordered, "is changed"))

    @app_commands.command(name="list", description="The daily posts of this server")
    async def list_orders(self, interaction: Interaction) -> None:
        """Show every order and when it posts next."""
        reply = Reply(interaction, private=True)
        standings = await reply.wait(self.desk.standings(_guild(interaction).id, None, discord.utils.utcnow()))
        await reply.show(Screen(embed=list_card(standings, most=self.desk.most)))

    @app_commands.command(description="How the daily posts stand: last, next, what is missing, what went wrong")
    @app_commands.describe(order="Only this one")
    async def doctor(self, interaction: Interaction, order: Number | None = None) -> None:
        """Show what is wrong, if something is."""
        reply = Reply(interaction, private=True)
        standings = await reply.wait(self.desk.standings(_guild(interaction).id, order, discord.utils.utcnow()))
        await reply.show(Screen(embed=doctor_card(standings)))

    @app_commands.command(description="Let a daily post rest until it is resumed")
    @app_commands.describe(order="Which one, where there are several")
    async def pause(self, interaction: Interaction, order: Number | None = None) -> None:
        """Let an order rest; its settings are kept."""
        reply = Reply(interaction, private=True)
        known = await self.desk.find(_guild(interaction).id, order)
        await reply.wait(self.desk.pause(known))
        await reply.show(Screen(sentence=f"Daily post {known.number} rests; `/daily resume` lets it go on."))

    @app_commands.command(description="Let a daily post go on")
    @app_commands.describe(order="Which one, where there are several")
    async def resume(self, interaction: Interaction, order: Number | None = None) -> None:
        """Let an order go on; what was due meanwhile is not posted."""
        reply = Reply(interaction, private=True)
        known = await self.desk.find(_guild(interaction).id, order)
        await reply.show(_ordered(await reply.wait(self.desk.resume(known, discord.utils.utcnow())), "goes on"))

    @app_commands.command(description="Remove a daily post for good; asks first")
    @app_commands.describe(order="Which one, where there are several")
    async def remove(self, interaction: Interaction, order: Number | None = None) -> None:
        """Ask whether an order is to go."""
        known = await self.desk.find(_guild(interaction).id, order)
        sentence = f"Remove daily post {known.number} in <#{known.wishes.channel}> for good, with all its settings?"
        items = [Remove(known.id), Keep(known.id)]
        await Reply(interaction, private=True).show(Screen(sentence=sentence, items=items))

    @app_commands.command(description="Post now what would be posted today, marked as a test; it counts as nothing")
    @app_commands.describe(order="Which one, where there are several")
    async def test(self, interaction: Interaction, order: Number | None = None) -> None:
        """Post a test."""
        guild = _guild(interaction)
        reply = Reply(interaction, private=True)
        known = await self.desk.find(guild.id, order)
        link = await reply.wait(self.desk.test(guild, known, discord.utils.utcnow()))
        about = "It mentions nobody, and nothing else is done: no thread below it, no publishing, no pin."
        await reply.show(Screen(sentence=f"Here it is: {link}. {about}"))

    @app_commands.command(description="What the next seven days will bring; skip a day, or swap its lead")
    @app_commands.describe(order="Which one, where there are several")
    async def upcoming(self, interaction: Interaction, order: Number | None = None) -> None:
        """Show the posts to come."""
        reply = Reply(interaction, private=True)
        known = await self.desk.find(_guild(interaction).id, order)
        await reply.show(week_screen(known, await reply.wait(self.desk.week(known, discord.utils.utcnow()))))

    async def pressed(self, interaction: Interaction, press: Press) -> None:
        """Do what a button or menu of an order asks for. Its message is one that only its admin sees."""
        reply = Reply(interaction, private=True)
        await reply.show(await reply.wait(self._answer(interaction, press)))

    async def _answer(self, interaction: Interaction, press: Press) -> Screen:
        now = discord.utils.utcnow()
        if not isinstance(press, ITEMS):
            raise TypeError(press)
        guild = _guild(interaction)
        order = await self.desk.by_id(guild.id, press.order)
        day = date.fromisoformat(press.chosen) if isinstance(press, DayMenu) else press.day
        match press:
            case Remove():
                await self.desk.remove(order)
                return Screen(sentence=f"Daily post {order.number} is removed.", replaces=True)
            case Keep():
                return Screen(sentence=f"Daily post {order.number} stays as it is.", replaces=True)
            case Skip(skip=skip) if day:
                await self.desk.skip(order, day, now, skip=skip)
            case Swap() if day:
                await self.desk.swap(order, day, now)
        week = await self.desk.week(order, now)
        coming = next((each for each in week if each.day == day), None)
        if coming is None:
            return week_screen(order, week)
        return day_screen(order, coming, locale=guild.preferred_locale.value)

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
        return order_choices(guild, await self.desk.all(guild.id), str(typed))


def _guild(interaction: Interaction) -> discord.Guild:
    if interaction.guild is None:
        raise OrderError("Daily posts belong to a server: add the bot to it, and use this command there.")
    return interaction.guild


def _tag(guild: discord.Guild, channel: int, typed: str | None) -> int | None:
    """Return the id of the tag that was chosen or typed."""
    if typed is None:
        return None
    room = guild.get_channel(channel)
    if not isinstance(room, discord.ForumChannel):
        raise OrderError("Only forums have tags: leave “tag” out.")
    return tag_of(room.available_tags, typed)


def _ordered(ordered: Ordered, what: str) -> Screen:
    """Show an order that was taken or changed."""
    standing, notes = ordered.standing, []
    name = plain(standing.subscription.wishes.topic_name or "")
    if ordered.muted:
        notes.append(f"This server has muted {name}: nothing will be posted until `/settings unmute` takes that back.")
    elif ordered.days is not None:
        days = "1 day" if ordered.days == 1 else f"{ordered.days} days"
        notes.append(
            f"On {days} of the year the archive has something to say about {name}."
            if ordered.days
            else f"The archive has nothing about {name} that fits this order: nothing will be posted."
        )
    notes += missing(standing.access)
    title = f"Daily post {standing.subscription.number} {what}"
    return Screen(embed=order_card(standing.subscription, title=title, next_line=next_line(standing), notes=notes))


async def setup(bot: "Daybook") -> None:
    """Register the buttons and menus, and hand the cog what it needs."""
    bot.add_dynamic_items(*ITEMS)
    desk = Desk(bot, archive=bot.archive, ledger=bot.ledger, courier=bot.courier, most=bot.most_orders)
    await bot.add_cog(Daily(desk=desk, archive=bot.archive))
