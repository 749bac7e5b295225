"""Bugs to be found: each is a small mutation of the code that delivers, made while a module is imported."""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation.planted_follows import FOLLOW_PLANTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

ATTEMPT, COURIER = "bot.daily.delivery_attempt", "bot.daily.courier"
LEDGER, SEND = "bot.ledger.deliveries", "bot.daily.send"


class Plant(NamedTuple):
    """A mutation: in a module, some text (which stands there once) becomes another."""

    module: str
    old: str
    new: str


PLANTS = {
    "confirm before send": Plant(
        ATTEMPT, 'log_delivery(log, subscription.id, delivery.day, "claimed")',
        "await self._confirm(subscription, delivery, channel.id, (channel.id, 1))",
    ),
    "nonce forgotten": Plant(ATTEMPT, "send(channel, post, options, nonce=token)", "send(channel, post, options, nonce='')"),
    "nonce trusted too long": Plant(ATTEMPT, "_NONCE_LIFETIME = timedelta(minutes=1)", "_NONCE_LIFETIME = timedelta(minutes=10)"),
    "never looked for": Plant(ATTEMPT, "channel.id, post) if post else None", "channel.id, post) if 0 and post else None"),
    "claim taken back after any trouble": Plant(
        ATTEMPT, "            if not isinstance(error, DaybookError):\n",
        "            if surely_not_delivered(error):\n                await self._deliveries.unclaim(delivery.id)\n"
        "            if not isinstance(error, DaybookError):\n",
    ),
    "claim taken back though unclear": Plant(ATTEMPT, "if self._is_refused(error) or surely_not_delivered(error):", "if True:"),
    "looked for too early": Plant(ATTEMPT, "_ARRIVAL_LIMIT = timedelta(minutes=2)", "_ARRIVAL_LIMIT = timedelta()"),
    "lateness ignored": Plant(ATTEMPT, "is_too_late = now - delivery.due_at > options.lateness_allowed", "is_too_late = False"),
    "skipped day posted": Plant(ATTEMPT, "if choice.skip:", "if False:"),
    "admins notified again": Plant(
        ATTEMPT, "notice):\n                await self._subscriptions.mark_admins_notified(subscription.id, reason)",
        "notice):\n                pass",
    ),
    "another role pinged": Plant(
        ATTEMPT, "role_id=role_to_mention(channel, subscription.options),", "role_id=channel.guild.id + 8,"
    ),
    "looked for in the channel of now": Plant(
        ATTEMPT, "fetch_channel(guild, delivery.channel_id or subscription.options.channel_id)",
        "fetch_channel(guild, subscription.options.channel_id)",
    ),
    "refusals never end": Plant(ATTEMPT, "await self._deliveries.end_retries(delivery.id)", "pass"),
    "retried blindly": Plant(SEND, "        with no_blind_retry():\n            return await _send(", "        if True:\n            return await _send("),
    "anybody pinged": Plant(SEND, "allowed_mentions=mentions, nonce=nonce", "allowed_mentions=discord.AllowedMentions.all(), nonce=nonce"),
    "retries never start": Plant(COURIER, "self._start_ready(self._open.values(), now)", "pass"),
    "running attempt forgotten": Plant(
        COURIER, "known = self._open.setdefault(fresh.key, fresh)", "known = self._open[fresh.key] = fresh"
    ),
    "attempt never ends": Plant(COURIER, "        finally:\n            open_delivery.is_running = False", "        finally:\n            open_delivery.is_running = True"),
    "machine's clock trusted": Plant(COURIER, "if abs(self._clock_check.deviation(now)) <= TOLERANCE:", "if True:"),
    "due moment missed": Plant(
        "bot.daily.due_dates", "(subscription.next_at or now) - timedelta(seconds=1)", "(subscription.next_at or now)"
    ),
    "from before it was set up": Plant(
        "bot.daily.due_dates", "after = max((subscription.next_at or now) - timedelta(seconds=1), subscription.since)",
        "after = (subscription.next_at or now) - timedelta(hours=30)",
    ),
    "wrong fold": Plant("bot.domain.schedule", "zone: zoneinfo.ZoneInfo, *, fold: int = 0)", "zone: zoneinfo.ZoneInfo, *, fold: int = 1)"),
    "wrong day at midnight": Plant("bot.domain.schedule", "_SLACK_DAYS = 2", "_SLACK_DAYS = 0"),
    "one token for all dates": Plant("bot.domain.delivery", "/{subscription_id}/{day.isoformat()}", "/{subscription_id}/"),
    "closed delivery opened again": Plant(
        LEDGER, ") DO NOTHING", ") DO UPDATE SET state = 'due', finished_at = NULL, claimed_at = NULL"
    ),
    "not counted as shown": Plant(LEDGER, '(_COUNT_AS_SHOWN, {"id": delivery_id, "history_channel_id": history_channel_id}),', ""),
    "what is on its way not counted as shown": Plant(LEDGER, "delivery.id IS NOT :besides", "delivery.id = -1"),
    "first claim forgotten": Plant(LEDGER, "claimed_at = coalesce(claimed_at, :now)", "claimed_at = :now"),
    "any claim taken back": Plant(LEDGER, "AND state = 'claimed' AND claimed_at = attempted_at", "AND state = 'claimed'"),
    "claimed post moved by an edit": Plant(
        "bot.ledger.subscriptions", "AND (state = 'due' OR", "AND (state IN ('due', 'claimed') OR"
    ),
    "failed change not rolled back": Plant("bot.ledger.store", "await self._run(self._roll_back)", "pass"),
    "history ignored": Plant("bot.domain.picker", "event: (event.times_shown, event.stub,", "event: (event.stub,"),
    "follow-up never ends": Plant(
        "bot.daily.follow_ups", "await self._deliveries.finish_follow_up(follow_up, reason=reason)", "pass"
    ),
    "faster than allowed": Plant("bot.rate_limits", "MAX_PER_SECOND = 49", "MAX_PER_SECOND = 400"),
    "servers' absence forgotten": Plant("bot.daily.guild_presence", "elif is_present and was_left:", "elif False:"),
    **{name: Plant(*parts) for name, parts in FOLLOW_PLANTS.items()},
}  # fmt: skip


class _Planter(MetaPathFinder):
    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if fullname != self._plant.module:
            return None
        spec = PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(fullname, spec.origin, self._plant)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, plant: Plant) -> None:
        super().__init__(fullname, path)
        self._plant = plant

    def get_code(self, fullname: str) -> Any:
        # Neither from a compiled file, nor into one.
        return compile(mutated(self._plant), self.path, "exec", dont_inherit=True)


def mutated(plant: Plant) -> str:
    """Return a module's source with its bug."""
    spec = importlib.util.find_spec(plant.module) if plant.module in sys.modules else None
    path = plant.module.replace(".", "/") + ".py" if spec is None or spec.origin is None else spec.origin
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  (while modules are imported)
        source = file.read()
    assert source.count(plant.old) == 1, f"{plant.old!r} stands {source.count(plant.old)} times in {plant.module}"
    return source.replace(plant.old, plant.new)


def plant(name: str) -> None:
    """Plant a bug: before anything of the bot is imported."""
    assert PLANTS[name].module not in sys.modules
    sys.meta_path.insert(0, _Planter(PLANTS[name]))
