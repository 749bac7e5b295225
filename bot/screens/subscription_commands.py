"""What ``/daily`` and ``/follow`` have in common: showing, pausing, resuming, removing, testing, looking ahead."""

from collections.abc import Coroutine, Iterator
from datetime import date
from typing import Any

import discord
from discord import app_commands

from bot.archive.archive import Archive
from bot.cards.buttons import PersistentItem
from bot.cards.daily_options import language_choices, subscription_choices, tag_choices
from bot.cards.limits import escape_discord
from bot.cards.screen import Screen
from bot.cards.subscription_buttons import ITEMS, DayMenu, Keep, Remove, Skip, Swap
from bot.cards.subscription_words import WORDS, about
from bot.cards.subscriptions import doctor_card, list_card, missing_lines, next_line, subscription_card
from bot.cards.upcoming_posts import day_screen, week_screen
from bot.clock import Clock
from bot.daily.subscription_service import SubscriptionResult, SubscriptionService
from bot.domain.errors import DailyPostError
from bot.domain.subscription import Subscription
from bot.guild_access import may_manage
from bot.locale.language import Language, Message, language
from bot.screens.autocomplete import zone_choices
from bot.screens.reply import Reply

Interaction = discord.Interaction[Any]


class SubscriptionCommands:
    """The part of a cog that is the same for daily posts and follows. Every answer is for the admin alone.

    A cog's own part is what its commands and their options are called, and ``add`` and ``edit``.
    """

    def __init__(self, *, subscriptions: SubscriptionService, archive: Archive, clock: Clock) -> None:
        self.subscriptions = subscriptions
        self.words = subscriptions.words
        self.archive = archive
        self.clock = clock

    async def show_list(self, interaction: Interaction) -> None:
        """Show every subscription and when it posts next."""
        reply, guild_id = Reply(interaction, private=True), self.guild_id(interaction)
        statuses = await reply.wait(self.subscriptions.statuses(guild_id))
        card = list_card(
            statuses,
            kind=self.subscriptions.kind,
            others=await self.subscriptions.count_others(guild_id),
            max_count=self.subscriptions.max_count,
            locale=interaction.locale.value,
        )
        await reply.show(Screen(embed=card))

    async def show_status(self, interaction: Interaction, number: int | None) -> None:
        """Show how the subscriptions are doing, and what is wrong, if something is."""
        reply = Reply(interaction, private=True)
        statuses = await reply.wait(self.subscriptions.statuses(self.guild_id(interaction), number))
        faults = await reply.wait(self.subscriptions.faults())
        kind, locale = self.subscriptions.kind, interaction.locale.value
        await reply.show(Screen(embed=doctor_card(statuses, kind=kind, locale=locale, faults=faults)))

    async def pause_one(self, interaction: Interaction, number: int | None) -> None:
        """Pause a subscription; its settings are kept."""
        reply = Reply(interaction, private=True)
        subscription = await self._find(interaction, number)
        sentence = language(interaction.locale.value).render(about(self.words.is_paused, subscription))
        await reply.change(self.subscriptions.pause(subscription), lambda _: sentence)
        await reply.show(Screen(sentence=sentence))

    async def resume_one(self, interaction: Interaction, number: int | None) -> None:
        """End a pause; what was due meanwhile is not posted."""
        subscription = await self._find(interaction, number)
        await self.show_change(interaction, self.subscriptions.resume(subscription), self.words.is_resumed)

    async def ask_to_remove(self, interaction: Interaction, number: int | None) -> None:
        """Ask whether a subscription is to be deleted."""
        subscription, locale = await self._find(interaction, number), interaction.locale.value
        sentence = language(locale).render(about(self.words.asks_to_remove, subscription))
        items = [Remove(subscription.id, locale), Keep(subscription.id, locale)]
        await Reply(interaction, private=True).show(Screen(sentence=sentence, items=items))

    async def post_test(self, interaction: Interaction, number: int | None) -> None:
        """Post what a subscription would show, marked as a test."""
        guild = await self.guild(interaction)
        reply = Reply(interaction, private=True)
        subscription = await self._find(interaction, number)
        link = await reply.wait(self.subscriptions.post_test(guild, subscription))
        sentence = language(interaction.locale.value).say(
            "Here is the test: {link}. It mentions nobody, opens no thread, and is neither published nor pinned.",
            link=link,
        )
        await reply.show(Screen(sentence=sentence))

    async def show_upcoming(self, interaction: Interaction, number: int | None) -> None:
        """Show the next posts of a subscription."""
        reply = Reply(interaction, private=True)
        subscription = await self._find(interaction, number)
        week = await reply.wait(self.subscriptions.upcoming(subscription))
        await reply.show(week_screen(subscription, week, locale=interaction.locale.value))

    async def show_change(
        self, interaction: Interaction, work: Coroutine[Any, Any, Subscription], title: Message
    ) -> None:
        """Wait for a change of a subscription, and show what it is like now; ``title`` says what was done."""
        reply, locale = Reply(interaction, private=True), interaction.locale.value
        say = language(locale)
        subscription = await reply.change(work, lambda changed: say.render(about(title, changed)))
        result = await reply.wait(self.subscriptions.result(subscription))
        await reply.show(_result_screen(result, title, locale))

    async def handle_component(self, interaction: Interaction, item: PersistentItem) -> None:
        """Answer the use of one of these commands' buttons or menus; only the admin who used the command sees them.

        They are the same for both kinds.
        """
        if not isinstance(item, ITEMS):
            raise TypeError(item)
        reply = Reply(interaction, private=True)
        subscription = await self.subscriptions.by_id(self.guild_id(interaction), item.subscription_id)
        words = WORDS[subscription.kind]
        # The message may be older than the admin's role.
        if not may_manage(interaction):
            raise DailyPostError(words.only_managers)
        day = date.fromisoformat(item.value) if isinstance(item, DayMenu) else item.day
        say = language(interaction.locale.value)
        match item:
            case Remove():
                sentence = say.render(about(words.is_removed, subscription))
                await reply.change(self.subscriptions.remove(subscription), lambda _: sentence)
                return await reply.show(Screen(sentence=sentence, replaces=True))
            case Keep():
                sentence = say.render(about(words.stays, subscription))
                return await reply.show(Screen(sentence=sentence, replaces=True))
            case Skip(skip=skip) if day:
                sentence = say("Skipped: {day}", day=day) if skip else say("Not skipped: {day}", day=day)
                await reply.change(self.subscriptions.set_skip(subscription, day, skip=skip), lambda _: sentence)
            case Swap() if day:
                sentence = say("Another event is now the lead on {day}.", day=day)
                await reply.change(self.subscriptions.swap_lead(subscription, day), lambda _: sentence)
        return await reply.answer(self._upcoming_screen(interaction, subscription, day))

    async def _upcoming_screen(self, interaction: Interaction, subscription: Subscription, day: date | None) -> Screen:
        """Show the post of a local date, or, without one, the next posts."""
        week = await self.subscriptions.upcoming(subscription)
        upcoming = next((post for post in week if post.day == day), None)
        admin_locale = interaction.locale.value
        if upcoming is None:
            return week_screen(subscription, week, locale=admin_locale)
        guild = interaction.client.get_guild(subscription.guild_id)
        locale = guild.preferred_locale.value if guild else None
        return day_screen(subscription, upcoming, locale=locale, admin_locale=admin_locale)

    async def _find(self, interaction: Interaction, number: int | None) -> Subscription:
        return await self.subscriptions.find(self.guild_id(interaction), number)

    async def guild(self, interaction: Interaction) -> discord.Guild:
        """Return the server that a command was used in. Raises DailyPostError where the bot is not in it."""
        return await self.subscriptions.guild(self.guild_id(interaction))

    def guild_id(self, interaction: Interaction) -> int:
        """Return the id of the server that a command was used in. Raises DailyPostError outside of servers."""
        if interaction.guild_id is None:
            raise DailyPostError(self.words.only_in_servers)
        return interaction.guild_id

    # What options offer while an admin types.

    async def offer_zones(self, typed: str) -> list[app_commands.Choice[str]]:
        """Offer zones and cities, each with its time."""
        return await zone_choices(typed, now=self.clock.now())

    async def offer_languages(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the languages that the archive has events in."""
        stats = await self.archive.stats()
        return language_choices(stats.languages, typed, interaction.locale.value)

    async def offer_tags(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the tags of the forum that was chosen."""
        channel = getattr(interaction.namespace, "channel", None)
        guild = interaction.client.get_guild(self.guild_id(interaction))
        return tag_choices(guild, channel.id if channel else None, typed) if guild else []

    async def offer_numbers(self, interaction: Interaction, typed: int | str) -> list[app_commands.Choice[int]]:
        """Offer the server's subscriptions of this kind."""
        guild_id = self.guild_id(interaction)
        subscriptions = await self.subscriptions.of_guild(guild_id)
        guild = interaction.client.get_guild(guild_id)
        return subscription_choices(guild, subscriptions, str(typed), interaction.locale.value)


def _result_screen(result: SubscriptionResult, title: Message, locale: str | None) -> Screen:
    """Show a subscription that was added, changed or resumed."""
    say, status = language(locale), result.status
    card = subscription_card(
        status.subscription,
        title=say.render(about(title, status.subscription)),
        next_line=next_line(status, say),
        notes=[*_notes(result, say), *missing_lines(status.missing, say)],
        locale=locale,
    )
    return Screen(embed=card)


def _notes(result: SubscriptionResult, say: Language) -> Iterator[str]:
    """Say what there is about the topic of a daily post, or the subject of a follow."""
    options = result.status.subscription.options
    name = escape_discord(say.script(options.subject_name or options.topic_name or ""))
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
    elif result.news:
        yield say.many(
            "In the last seven days, {count} event about this came in.",
            "In the last seven days, {count} events about this came in.",
            result.news,
        )
    elif result.news is not None:
        yield say("In the last seven days, nothing about this came in.")
