"""What admins do with subscriptions: add, change, pause, remove and test them, and decide about days to come.

What cannot be done raises DailyPostError, whose one sentence says why.
"""

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import discord

from bot.archive.archive import Archive
from bot.archive.resolve import read_subject
from bot.cards.daily_post import mark_test
from bot.cards.digest import post_for
from bot.cards.subscription_words import WORDS, about, fill
from bot.clock import Clock
from bot.daily.channel_check import channel_of, check_options
from bot.daily.courier import Courier
from bot.daily.news_selector import select_news
from bot.daily.permissions import obstacle
from bot.daily.post_options import TypedOptions, read_options
from bot.daily.selector import Selector
from bot.daily.send import send
from bot.daily.subscription_status import subscription_status
from bot.daily.upcoming import upcoming_posts
from bot.discord_errors import DISCORD_ERRORS, OutageError, refusal, surely_not_delivered
from bot.domain.delivery import DayChoice
from bot.domain.errors import DailyPostError
from bot.domain.preferences import Mutes
from bot.domain.schedule import Plan, local_date, next_due
from bot.domain.selection import Selection
from bot.domain.status import SubscriptionStatus, UpcomingPost
from bot.domain.subject import Subject
from bot.domain.subscription import Kind, Pause, PostOptions, Subscription
from bot.guild_access import UNREACHABLE, find_guild
from bot.ledger.ledger import Ledger
from bot.locale.language import Message, event_language_for

_UNWRITABLE = Message(
    "I cannot save anything at the moment, so posts and changes have to wait. My log tells the people who run me why."
)
_DAMAGED = Message("My data is damaged. My log tells the people who run me what to do.")
_NO_ARCHIVE = Message("My archive is missing or damaged. My log tells the people who run me what to do.")
_REMOVED = Message("That has since been removed.")
_NOTHING_NEW = Message("In the last seven days nothing about this subject came in, so there is nothing to show.")
_NOTHING_NEW_UNMUTED = Message(
    "In the last seven days nothing about this subject came in that is not muted here, so there is nothing to show."
)
# A follow that posts at once, and now has another subject, looks for what it has missed after this.
_FIRST_LOOK = timedelta(minutes=10)
# A test of a follow shows what came in within this time.
_TESTED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SubscriptionResult:
    """How a subscription is doing after it was added, changed or resumed.

    ``topic_days`` is on how many days of the year there is something about its topic (None: it has no topic);
    ``is_topic_muted`` says that its server has muted the topic, or all that a follow is about. ``news`` is how many
    events about the subject of a follow came in within the last seven days.
    """

    status: SubscriptionStatus
    topic_days: int | None = None
    is_topic_muted: bool = False
    news: int | None = None


class SubscriptionService:
    """Changes the subscriptions of one kind of the servers that the bot is in.

    ``max_count`` is how many each server may have, of both kinds together.
    """

    def __init__(  # noqa: PLR0913  (all that it works with)
        self,
        client: discord.Client,
        *,
        kind: Kind = Kind.DAILY_POST,
        archive: Archive,
        ledger: Ledger,
        courier: Courier,
        clock: Clock,
        max_count: int,
    ) -> None:
        self.kind = kind
        self.words = WORDS[kind]
        self.max_count = max_count
        self._client = client
        self._archive = archive
        self._ledger = ledger
        self._courier = courier
        self._clock = clock

    async def guild(self, guild_id: int) -> discord.Guild:
        """Return a server that the bot is in. Raises DailyPostError, which says why it is not to be had."""
        return await find_guild(self._client, guild_id)

    async def add(
        self, guild: discord.Guild, typed: TypedOptions, *, locale: str | None, zone: str | None = None
    ) -> Subscription:
        """Add a subscription with options typed by a reader of a locale; one with the same options is not doubled.

        ``zone`` is the time zone where none was typed (UTC if left out).
        """
        now = self._clock.now()
        subject = await self._subject(typed)
        options = await read_options(typed, archive=self._archive, locale=locale, zone=zone, subject=subject)
        options = await check_options(guild, options, typed.tag, Message("Nothing was set up"))
        await self._store(subject)
        subscription = await self._ledger.subscriptions.add(
            guild.id, options, since=now, next_at=_next_at(options.plan, now), max_count=self.max_count
        )
        if subscription is None:
            if same := await self._same(guild.id, options):
                raise DailyPostError(_same_sentence(same))
            raise DailyPostError(
                Message(
                    "This server already has the maximum of {most} daily posts and follows: remove one with"
                    " `/daily remove` or `/follow remove`.",
                    most=self.max_count,
                )
            )
        self._courier.wake()
        return subscription

    async def _subject(self, typed: TypedOptions) -> Subject | None:
        """Return what a follow is to be about, if that was typed. Raises DailyPostError for what cannot be read."""
        return await read_subject(self._archive, typed.what) if typed.what is not None else None

    async def _store(self, subject: Subject | None) -> None:
        """Put a subject into the ledger, before a subscription refers to it."""
        if subject is not None:
            await self._ledger.subjects.put(subject, await self._archive.subject_terms(subject))

    async def _same(self, guild_id: int, options: PostOptions) -> Subscription | None:
        """Return a server's subscription with the very same options, if there is one."""
        for subscription in await self.of_guild(guild_id):
            # Names may have changed in between.
            names = (options.topic_name, options.subject_name)
            if replace(subscription.options, topic_name=names[0], subject_name=names[1]) == options:
                return subscription
        return None

    async def edit(
        self, guild: discord.Guild, subscription: Subscription, typed: TypedOptions, *, locale: str | None
    ) -> Subscription:
        """Change a subscription. What would have been due earlier today under a new time is not posted.

        A post of today that waits is due at the new time, if that is still to come.
        """
        if typed.all_left_out:
            raise DailyPostError(Message("Nothing to change: choose at least one option, such as “time”."))
        now, base = self._clock.now(), subscription.options
        if typed.channel_id not in (None, base.channel_id):
            # Tags belong to one forum.
            base = replace(base, tag_id=None)
        subject = await self._subject(typed)
        options = await read_options(typed, archive=self._archive, locale=locale, base=base, subject=subject)
        outcome = Message("Nothing was changed")
        options = await check_options(guild, options, typed.tag, outcome, before=subscription.options)
        await self._store(subject)
        result = await self._update(subscription, options, now)
        if result is None:
            raise DailyPostError(_REMOVED)
        self._courier.wake(subscription.id)
        return result

    async def _update(self, subscription: Subscription, options: PostOptions, now: datetime) -> Subscription | None:
        plan, before = options.plan, subscription.options
        since, next_at, next_day = subscription.since, subscription.next_at, None
        if plan.at_once:
            next_at = None
            if (plan, options.subject) != (before.plan, before.subject):
                next_at = now + _FIRST_LOOK
            if plan != before.plan:
                since = now
        elif plan != before.plan:
            since = now
            next_day, next_at = next_due(plan, now)
        else:
            next_at = next_at or next_due(plan, now)[1]
        return await self._ledger.subscriptions.update(
            subscription.id, options, since=since, next_at=next_at, next_day=next_day
        )

    async def find(self, guild_id: int, number: int | None) -> Subscription:
        """Return the subscription with a number; without one, the only one there is."""
        subscriptions = await self.of_guild(guild_id)
        matching = [subscription for subscription in subscriptions if number in (None, subscription.number)]
        if len(matching) == 1:
            return matching[0]
        if not subscriptions:
            raise DailyPostError(self.words.none_in_server)
        numbers = [str(subscription.number) for subscription in subscriptions]
        if number is None:
            raise DailyPostError(fill(self.words.which, numbers=numbers))
        raise DailyPostError(fill(self.words.unknown_number, number=str(number), numbers=numbers))

    async def by_id(self, guild_id: int, subscription_id: int) -> Subscription:
        """Return the subscription of a button, of either kind, if it is one of this server's."""
        subscription = await self._ledger.subscriptions.get(subscription_id)
        if subscription is None or subscription.guild_id != guild_id:
            raise DailyPostError(_REMOVED)
        return subscription

    async def of_guild(self, guild_id: int) -> list[Subscription]:
        """Return a server's subscriptions of this kind, by their numbers."""
        subscriptions = await self._ledger.subscriptions.of_guild(guild_id)
        return [subscription for subscription in subscriptions if subscription.kind is self.kind]

    async def count_others(self, guild_id: int) -> int:
        """Return how many subscriptions of the other kind a server has."""
        subscriptions = await self._ledger.subscriptions.of_guild(guild_id)
        return sum(subscription.kind is not self.kind for subscription in subscriptions)

    async def pause(self, subscription: Subscription) -> None:
        """Pause a subscription until somebody resumes it."""
        await self._ledger.subscriptions.pause(subscription.id)
        self._courier.wake()

    async def resume(self, subscription: Subscription) -> Subscription:
        """End a pause. What was due meanwhile is not posted."""
        now = self._clock.now()
        next_at = _next_at(subscription.options.plan, now)
        await self._ledger.subscriptions.resume(subscription.id, since=now, next_at=next_at)
        self._courier.wake()
        return await self.by_id(subscription.guild_id, subscription.id)

    async def remove(self, subscription: Subscription) -> None:
        """Delete a subscription."""
        await self._ledger.subscriptions.remove(subscription.id)
        self._courier.wake()

    async def faults(self) -> list[Message]:
        """Return what is wrong with the bot itself, and keeps posts from coming."""
        await self._ledger.try_to_write()
        faults = []
        if self._ledger.write_fault:
            faults.append(_UNWRITABLE)
        elif self._ledger.damage:
            faults.append(_DAMAGED)
        if self._archive.fault:
            faults.append(_NO_ARCHIVE)
        return faults

    async def statuses(self, guild_id: int, number: int | None = None) -> list[SubscriptionStatus]:
        """Return how the subscriptions of a server are doing, or the one with a number."""
        subscriptions = await self.of_guild(guild_id) if number is None else [await self.find(guild_id, number)]
        # All at once: while Discord is in trouble, each of them waits for it.
        return list(await asyncio.gather(*map(self._status, subscriptions)))

    async def upcoming(self, subscription: Subscription) -> list[UpcomingPost]:
        """Return the posts of the next seven days."""
        guild = self._client.get_guild(subscription.guild_id)
        prefer = event_language_for(guild.preferred_locale.value) if guild else None
        return await upcoming_posts(self._archive, self._ledger, subscription, self._clock.now(), prefer=prefer)

    async def set_skip(self, subscription: Subscription, day: date, *, skip: bool) -> None:
        """Skip the post of a local date, or take that back."""
        choice = await self._choice(subscription, day)
        await self._ledger.deliveries.set_choice(subscription.id, day, replace(choice, skip=skip))

    async def swap_lead(self, subscription: Subscription, day: date) -> None:
        """Let another event lead on a local date; after the last one, the first again."""
        choice = await self._choice(subscription, day)
        posts = await self.upcoming(subscription)
        selection = next((post.selection for post in posts if post.day == day), None)
        if selection is None or selection.total < 2:  # noqa: PLR2004
            raise DailyPostError(Message("No other event could be the lead that day."))
        rejected_leads = (*choice.rejected_leads, selection.pick.lead.key)
        if len(rejected_leads) >= selection.total:
            rejected_leads = ()
        choice = replace(choice, rejected_leads=rejected_leads)
        await self._ledger.deliveries.set_choice(subscription.id, day, choice)

    async def post_test(self, guild: discord.Guild, subscription: Subscription) -> str:
        """Post what would be posted today, marked as a test; return the message's address. It counts as nothing."""
        options = subscription.options
        channel = await channel_of(guild, options.channel_id)
        if reason := obstacle(channel, options):
            raise DailyPostError(
                Message("Nothing was posted in {channel}: {reason}", channel=f"<#{options.channel_id}>", reason=reason)
            )
        muted, locale = self._ledger.preferences.mutes(guild.id), guild.preferred_locale.value
        selection = await self._test_selection(subscription, muted, prefer=event_language_for(locale))
        post = post_for(selection, options, token=None, locale=locale, muted=muted)
        post = mark_test(post, subscription.kind, locale=locale)
        try:
            channel_id, message_id = await send(channel, post, options, nonce=secrets.token_hex(12))
        except DISCORD_ERRORS as error:
            raise DailyPostError(_test_failure(error, options)) from error
        return f"https://discord.com/channels/{guild.id}/{channel_id}/{message_id}"

    async def _test_selection(self, subscription: Subscription, muted: Mutes, *, prefer: str) -> Selection:
        """Return what a test shows. Raises DailyPostError where there is nothing."""
        options, now = subscription.options, self._clock.now()
        day = local_date(options.plan, now)
        if options.kind is Kind.FOLLOW:
            found = await select_news(
                self._archive, self._ledger, subscription,
                day=day, until=now, muted=muted, prefer=prefer, is_test=True,
            )  # fmt: skip
            if found.selection is None:
                raise DailyPostError(_NOTHING_NEW_UNMUTED if muted else _NOTHING_NEW)
            return found.selection
        choices = await self._ledger.deliveries.choices(subscription.id)
        selector = Selector(
            self._archive, self._ledger.deliveries, options, now=now, muted=muted, prefer=prefer
        )  # fmt: skip
        selection = await selector.select(day, rejected_leads=choices.get(day, DayChoice()).rejected_leads)
        if selection is None:
            nothing = Message(
                "The archive has nothing for today that fits this daily post, so nothing would be posted."
            )
            nothing_unmuted = Message(
                "The archive has nothing for today that fits this daily post and is not muted here, so nothing"
                " would be posted."
            )
            raise DailyPostError(nothing_unmuted if muted else nothing)
        return selection

    async def _choice(self, subscription: Subscription, day: date) -> DayChoice:
        """Return what admins decided for a local date that has not had its post yet."""
        delivery = await self._ledger.deliveries.on_day(subscription.id, day)
        is_over = delivery is not None and not delivery.state.is_open
        if is_over or day < local_date(subscription.options.plan, self._clock.now()):
            raise DailyPostError(Message("That day's post is done and can no longer be changed."))
        return (await self._ledger.deliveries.choices(subscription.id)).get(day, DayChoice())

    async def _status(self, subscription: Subscription) -> SubscriptionStatus:
        return await subscription_status(self._client, self._ledger, subscription, self._clock.now())

    async def result(self, subscription: Subscription) -> SubscriptionResult:
        """Return how a subscription is doing that was added, changed or resumed."""
        options, topic_days = subscription.options, None
        if options.topic is not None:
            before = date(local_date(options.plan, self._clock.now()).year, 1, 1)
            topic_days = await self._archive.count_days(options.topic, before=before, language=options.language)
        muted = self._ledger.preferences.mutes(subscription.guild_id).topics
        status = await self._status(subscription)
        subject = await self._ledger.subjects.get(options.subject) if options.subject else None
        if subject is None:
            return SubscriptionResult(status, topic_days, is_topic_muted=options.topic in muted)
        is_muted = not subject.searches and all(topic.key in muted for topic in subject.topics)
        return SubscriptionResult(status, is_topic_muted=is_muted, news=await self._count_news(subject, options))

    async def _count_news(self, subject: Subject, options: PostOptions) -> int:
        """Return how many events about the subject of a follow came in within the last seven days."""
        now = self._clock.now()
        news = await self._archive.subject_news(
            subject, seen_after=now - _TESTED, seen_before=now, language=options.language
        )
        return len(news)


def _next_at(plan: Plan, now: datetime) -> datetime | None:
    """Return when a new subscription is to be looked at; None if it posts at once, when something comes in."""
    return None if plan.at_once else next_due(plan, now)[1]


def _same_sentence(same: Subscription) -> Message:
    """Say that a subscription is there already."""
    words = WORDS[same.kind]
    return about(words.exists_paused if same.paused is Pause.BY_ADMIN else words.exists, same)


def _test_failure(error: BaseException, options: PostOptions) -> Message:
    """Say what became of a test that Discord did not confirm."""
    if surely_not_delivered(error):
        return UNREACHABLE
    unclear = Message(
        "Discord gave no clear answer: check in {channel} whether the test is there before you try again.",
        channel=f"<#{options.channel_id}>",
    )
    if isinstance(error, OutageError | discord.DiscordServerError) or not isinstance(error, discord.HTTPException):
        return unclear
    return Message("The test did not arrive: {reason}", reason=refusal(error, options.kind))
