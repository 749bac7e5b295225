"""Where admins order daily posts, change them, and try them. Raises OrderError, one sentence, where that cannot be."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import aiohttp
import discord

from bot.archive.archive import Archive
from bot.cards.daily_post import daily_post, mark_test
from bot.daily import admin_notices
from bot.daily.courier import Courier
from bot.daily.permissions import Channel, access, unfit
from bot.daily.post_options import TypedOptions, read_options
from bot.daily.selector import Selector
from bot.daily.send import room_of, send
from bot.daily.status import SubscriptionStatus, UpcomingPost, subscription_status, upcoming_posts
from bot.discord_errors import refusal
from bot.domain.errors import DailyPostError
from bot.domain.schedule import local_date, next_due
from bot.domain.subscription import Choice, PostOptions, State, Subscription
from bot.ledger.ledger import Ledger
from bot.locale.language import Message, Part, echo, event_language_for, quoted

# Orders a server may have, where nothing else is set.
MOST = 10
_UNREACHABLE = Message("Discord cannot be reached at the moment: please try again.")


@dataclass(frozen=True, slots=True)
class SubscriptionResult:
    """An order that was taken or changed, how it stands, and on how many days a year it has something to say.

    ``muted`` says that its server has muted its topic.
    """

    status: SubscriptionStatus
    days: int | None = None
    muted: bool = False


class SubscriptionService:
    """Takes orders of the servers that the bot is in."""

    def __init__(
        self, client: discord.Client, *, archive: Archive, ledger: Ledger, courier: Courier, most: int = MOST
    ) -> None:
        self.most = most
        self._client = client
        self._archive = archive
        self._ledger = ledger
        self._courier = courier

    async def add(self, guild: discord.Guild, asked: TypedOptions, now: datetime) -> SubscriptionResult:
        """Take an order."""
        options = await read_options(asked, archive=self._archive)
        await self._check(guild, options, Message("Nothing was ordered"))
        _, next_at = next_due(options.plan, now)
        taken = await self._ledger.subscriptions.add(guild.id, options, since=now, next_at=next_at, most=self.most)
        if taken is None:
            raise DailyPostError(
                Message(
                    "There are as many daily posts as a server may have ({most}): `/daily remove` drops one.",
                    most=self.most,
                )
            )
        self._courier.wake()
        return await self._ordered(taken, now)

    async def edit(
        self, guild: discord.Guild, order: Subscription, asked: TypedOptions, now: datetime
    ) -> SubscriptionResult:
        """Change an order. What was due before the change under its new time is not posted."""
        if asked.is_nothing:
            raise DailyPostError(Message("Nothing to change was given: choose at least one option, such as “time”."))
        base = order.options
        if asked.channel not in (None, base.channel):
            # Tags belong to one forum.
            base = replace(base, tag=None)
        options = await read_options(asked, archive=self._archive, base=base)
        await self._check(guild, options, Message("Nothing was changed"))
        if options.plan != order.options.plan:
            since, next_at = now, next_due(options.plan, now)[1]
        else:
            since, next_at = order.since, order.next_at or next_due(options.plan, now)[1]
        changed = await self._ledger.subscriptions.change(order.id, options, since=since, next_at=next_at)
        if changed is None:
            raise DailyPostError(Message("That daily post was removed meanwhile."))
        self._courier.wake()
        return await self._ordered(changed, now)

    async def find(self, guild: int, number: int | None) -> Subscription:
        """Return the order with a number; without one, the only one there is."""
        known = await self._ledger.subscriptions.of(guild)
        found = [each for each in known if number in (None, each.number)]
        if len(found) == 1:
            return found[0]
        if not known:
            raise DailyPostError(Message("This server has no daily posts yet: `/daily add` orders one."))
        numbers = [str(each.number) for each in known]
        if number is None:
            raise DailyPostError(
                Message(
                    "Which one? This server has the daily posts {numbers}: choose one with “order”.", numbers=numbers
                )
            )
        raise DailyPostError(
            Message(
                "No daily post of this server has the number {number}: there are {numbers}.",
                number=str(number),
                numbers=numbers,
            )
        )

    async def by_id(self, guild: int, order: int) -> Subscription:
        """Return the order that a button is about."""
        found = await self._ledger.subscriptions.get(order)
        if found is None or found.guild != guild:
            raise DailyPostError(Message("That daily post was removed meanwhile."))
        return found

    async def all(self, guild: int) -> list[Subscription]:
        """Return a server's orders."""
        return await self._ledger.subscriptions.of(guild)

    async def pause(self, order: Subscription) -> None:
        """Let an order rest until somebody resumes it."""
        await self._ledger.subscriptions.pause(order.id)
        self._courier.wake()

    async def resume(self, order: Subscription, now: datetime) -> SubscriptionResult:
        """Let an order go on. What was due meanwhile is not posted."""
        _, next_at = next_due(order.options.plan, now)
        await self._ledger.subscriptions.resume(order.id, since=now, next_at=next_at)
        self._courier.wake()
        return await self._ordered(await self.by_id(order.guild, order.id), now)

    async def remove(self, order: Subscription) -> None:
        """Drop an order."""
        await self._ledger.subscriptions.remove(order.id)
        self._courier.wake()

    async def statuses(self, guild: int, number: int | None, now: datetime) -> list[SubscriptionStatus]:
        """Tell how the orders of a server stand, or one of them."""
        asked = await self.all(guild) if number is None else [await self.find(guild, number)]
        return [await subscription_status(self._client, self._ledger, each, now) for each in asked]

    async def week(self, order: Subscription, now: datetime) -> list[UpcomingPost]:
        """Return the posts of the next seven days."""
        guild = self._client.get_guild(order.guild)
        first = event_language_for(guild.preferred_locale.value) if guild else None
        return await upcoming_posts(self._archive, self._ledger, order, now, prefer=first)

    async def skip(self, order: Subscription, day: date, now: datetime, *, skip: bool) -> None:
        """Skip the post of a date, or take that back."""
        choice = await self._choice(order, day, now)
        await self._ledger.deliveries.choose(order.id, day, replace(choice, skip=skip))

    async def swap(self, order: Subscription, day: date, now: datetime) -> None:
        """Let another event lead on a date; after the last one, the first again."""
        choice = await self._choice(order, day, now)
        shown = next((each.selection for each in await self.week(order, now) if each.day == day), None)
        if shown is None or shown.total < 2:  # noqa: PLR2004
            raise DailyPostError(Message("There is no other event that could lead on that day."))
        rejected_leads = (*choice.rejected_leads, shown.pick.lead.key)
        await self._ledger.deliveries.choose(
            order.id, day, replace(choice, rejected_leads=() if len(rejected_leads) >= shown.total else rejected_leads)
        )

    async def test(self, guild: discord.Guild, order: Subscription, now: datetime) -> str:
        """Post what would be posted today, marked as a test; return the message's address. It counts as nothing."""
        options = order.options
        room = await self._room(guild, options.channel)
        if lacks := access(room, options).needed:
            raise DailyPostError(
                Message(
                    "Nothing was posted in {channel}: {reason}",
                    channel=f"<#{options.channel}>",
                    reason=admin_notices.lacking(lacks),
                )
            )
        day = local_date(options.plan, now)
        rejected_leads = (await self._ledger.deliveries.choices(order.id)).get(day, Choice()).rejected_leads
        muted = self._ledger.preferences.mutes(guild.id)
        locale = guild.preferred_locale.value
        selector = Selector(
            self._archive, self._ledger.deliveries, options, muted=muted, prefer=event_language_for(locale)
        )
        selection = await selector.select(day, rejected_leads=rejected_leads)
        if selection is None:
            nothing = Message("The archive has nothing for today that fits this order, so nothing would be posted.")
            unmuted = Message(
                "The archive has nothing for today that fits this order and is not muted here, so nothing would be"
                " posted."
            )
            raise DailyPostError(unmuted if muted else nothing)
        post = daily_post(selection, topic=options.topic, token=None, locale=locale, muted=muted)
        post = mark_test(post, locale=locale)
        try:
            channel, message = await send(room, post, options, nonce=secrets.token_hex(12))
        except discord.HTTPException as error:
            raise DailyPostError(Message("The test did not arrive: {reason}", reason=refusal(error))) from error
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise DailyPostError(_UNREACHABLE) from error
        return f"https://discord.com/channels/{guild.id}/{channel}/{message}"

    async def _choice(self, order: Subscription, day: date, now: datetime) -> Choice:
        """Return what was decided for a date that has not had its post yet."""
        before = await self._ledger.deliveries.on(order.id, day)
        done = before is not None and before.state not in (State.DUE, State.CLAIMED)
        if done or day < local_date(order.options.plan, now):
            raise DailyPostError(Message("That day's post is over: there is nothing to decide any more."))
        return (await self._ledger.deliveries.choices(order.id)).get(day, Choice())

    async def _ordered(self, order: Subscription, now: datetime) -> SubscriptionResult:
        options, days = order.options, None
        if options.topic is not None:
            before = date(local_date(options.plan, now).year, 1, 1)
            days = await self._archive.count_days(options.topic, before=before, language=options.language)
        muted = options.topic in self._ledger.preferences.mutes(order.guild).topics
        return SubscriptionResult(await subscription_status(self._client, self._ledger, order, now), days, muted)

    async def _room(self, guild: discord.Guild, number: int) -> Channel:
        try:
            return await room_of(guild, number)
        except discord.NotFound as error:
            raise DailyPostError(Message("That channel is gone: choose another one.")) from error
        except discord.Forbidden as error:
            raise DailyPostError(
                Message(
                    "I cannot see {channel}: give me View Channel there; to a private thread, add me.",
                    channel=f"<#{number}>",
                )
            ) from error
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise DailyPostError(_UNREACHABLE) from error

    async def _check(self, guild: discord.Guild, options: PostOptions, outcome: Message) -> None:
        room = await self._room(guild, options.channel)
        if options.role == guild.default_role.id:
            raise DailyPostError(
                Message("Daybook never mentions @everyone: choose a role of its own, which people can leave.")
            )
        if why_not := unfit(room, options):
            raise DailyPostError(why_not)
        lacks = access(room, options)
        if names := (*lacks.needed, *lacks.wanted):
            told: dict[str, Part] = {"outcome": outcome, "channel": f"<#{room.id}>", "names": names}
            needed = Message("{outcome}: in {channel} I lack {names}. Give me that.", **told)
            wanted = Message(
                "{outcome}: in {channel} I lack {names}. Give me that, or leave out what needs it.", **told
            )
            raise DailyPostError(needed if lacks.needed else wanted)


def tag_of(tags: Sequence[discord.ForumTag], typed: str) -> int:
    """Return the id of a forum's tag, given its id or its name."""
    for tag in tags:
        if typed == str(tag.id) or typed.casefold().strip() == tag.name.casefold():
            return tag.id
    if not tags:
        raise DailyPostError(Message("That forum has no tags at all."))
    names = [quoted(tag.name) for tag in tags]
    raise DailyPostError(Message("That forum has no tag {tag}; it has {names}.", tag=echo(typed), names=names))
