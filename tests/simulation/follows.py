"""Follows in a world: who follows what, what comes into the archive, and what admins change; decided by the seed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from bot.daily.post_options import TypedOptions
from bot.daily.subscription_service import SubscriptionService
from bot.domain.errors import DaybookError
from bot.domain.preferences import MOST_MUTES, word_mute
from bot.domain.subscription import Kind
from tests.simulation.discord import FIRST_GUILD, STEP
from tests.simulation.news import FOLLOWED_TOPICS, MUTED, News, news_steps
from tests.simulation.steps import DAY, HOUR, ZONES, Step

if TYPE_CHECKING:
    from tests.simulation.bot import Life
    from tests.simulation.world import Sizes, World

# Each fourth world has follows, and more of its servers where those are few.
EVERY = 4
_SERVERS, _FEW = 0.3, 20
_MUTES = [mute for mute in [word_mute(MUTED)] if mute]
SUBJECTS = (
    *FOLLOWED_TOPICS, "; ".join(FOLLOWED_TOPICS), "Ships; harbour keeper", "keeper", "signal; bridge",
    "Lighthouses; engine", "harbour; engine; keeper", "signal bridge",
)  # fmt: skip
# What happens to follows, beside what is to everybody.
ADMIN = ("follow-edit", "follow-edit", "follow-add", "follow-pause", "follow-resume", "follow-remove", "follow-test")


@dataclass(slots=True)
class FollowSetting:
    """A follow with which a server begins."""

    guild: int
    channel: int
    what: str
    when: str
    zone: str
    options: dict[str, Any]


def has_follows(seed: int, sizes: Sizes) -> bool:
    """Tell whether a world has follows."""
    return seed % EVERY == 0 and sizes.pace > 0


class Follows:
    """The follows of a world, and its news."""

    def __init__(self, world: World) -> None:
        self.news = News()
        self.settings: list[FollowSetting] = []
        self.steps: list[Step] = []
        self._world = world
        if not has_follows(world.seed, world.sizes):
            return
        rng = Random(f"follows {world.seed}")
        servers, days = world.sizes.servers, world.sizes.days
        for guild in range(servers):
            if rng.random() < (_SERVERS if servers > _FEW else 2 * _SERVERS):
                self.settings += _settings(rng, guild)
        self._muting = [setting.guild for setting in self.settings if rng.random() < 0.3]
        self.steps = [*news_steps(rng, days), *_admin_steps(rng, self.settings, days)]

    @property
    def muting(self) -> set[int]:
        """The servers that have muted a word of the news."""
        return set(self._muting) if self.settings else set()

    def is_one(self, step: Step) -> bool:
        """Tell whether a step is one of these."""
        return step.name == "news" or step.name in ADMIN

    async def set_up(self) -> None:
        """Let the admins set up what they follow, within the second half of the first hour."""
        world = self._world
        for guild in sorted(self.muting):
            life = await world._serving()
            with contextlib.suppress(DaybookError):
                await life.run(life.ledger.preferences.mute(FIRST_GUILD + guild * STEP, _MUTES, most=MOST_MUTES))
        for setting in self.settings:
            base, options = FIRST_GUILD + setting.guild * STEP, dict(setting.options)
            role_id = base + 7 if options.pop("role", False) else None
            tag = "Daily" if options.pop("tag", False) else None
            typed = TypedOptions(
                channel_id=base + setting.channel, what=setting.what, when=setting.when, timezone=setting.zone,
                role_id=role_id, tag=tag, **options,
            )  # fmt: skip
            life = await world._serving()
            with contextlib.suppress(DaybookError):
                service = self._service(life)
                await life.run(service.add(await service.guild(base), typed, locale=None))
            world.oracle.synchronise(setting.guild)

    async def do(self, step: Step) -> None:
        """Let a step happen."""
        world = self._world
        if step.name == "news":
            self.news.bring(step.values, world.now(), world.archive, world.folder)
            return
        number = step.guild or 0
        life = world.life
        if life is None or not life.is_serving:
            return
        # Before and after: the bot may die over it.
        world.oracle.may_tell(number)
        try:
            await life.run(self._administer(life, step, number))
        except DaybookError as error:
            world.note(f"the admin reads: {error}")
        world.oracle.may_tell(number)
        world.oracle.synchronise(number)

    async def _administer(self, life: Life, step: Step, number: int) -> None:
        base, values, service = FIRST_GUILD + number * STEP, step.values, self._service(life)
        server = await service.guild(base)
        if step.name == "follow-add":
            typed = TypedOptions(
                channel_id=base + values["channel"],
                what=values["subject"],
                when=values["when"],
                timezone=values["zone"],
            )
            await service.add(server, typed, locale=None)
            return
        follows = await service.of_guild(base)
        if not follows:
            return
        follow = follows[values["which"] % len(follows)]
        match step.name:
            case "follow-edit":
                typed = {
                    "subject": TypedOptions(what=values["subject"]),
                    "channel": TypedOptions(channel_id=base + values["channel"]),
                    "zone": TypedOptions(timezone=values["zone"]),
                    "late": TypedOptions(late=values["late"]),
                    "role": TypedOptions(role_id=base + 8),
                    "when": TypedOptions(when=values["when"]),
                }[values["what"]]
                await service.edit(server, follow, typed, locale=None)
            case "follow-pause":
                await service.pause(follow)
            case "follow-resume":
                await service.resume(follow)
            case "follow-remove":
                await service.remove(follow)
            case "follow-test":
                await service.post_test(server, follow)

    def _service(self, life: Life) -> SubscriptionService:
        return SubscriptionService(
            life.bot, kind=Kind.FOLLOW, archive=life.archive, ledger=life.ledger, courier=life.bot.courier,
            clock=life.bot.clock, max_count=25,
        )  # fmt: skip


def _settings(rng: Random, guild: int) -> list[FollowSetting]:
    """Return the follows of a server: one, or some more in its channel."""
    channel, zone = rng.choice((1, 1, 2, 3, 4)), rng.choice(ZONES)
    found: list[FollowSetting] = []
    # Where there are three, all of them post at once, on one date: the channel will be full.
    many = rng.choice((1, 1, 2, 2, 3))
    for what in rng.sample(SUBJECTS, many):
        options: dict[str, Any] = {"count": 10, "late": rng.choice((0, 1, 6, 6, 23))}
        if rng.random() < 0.3:
            options["role"] = True
        if channel != 3 and rng.random() < 0.2:
            options["pin"] = True
        found.append(FollowSetting(guild, channel, what, _when(rng, at_once=many > 2), zone, options))
    return found


def _when(rng: Random, *, at_once: bool = False) -> str:
    if at_once or rng.random() < 0.45:
        return "at once"
    time = f"{rng.choice((0, 2, 8, 9, 12, 18, 23)):02}:{rng.choice((0, 0, 30, 59)):02}"
    return f"weekly {rng.choice(('mon', 'wed', 'fri', 'sun'))} {time}" if rng.random() < 0.3 else f"daily {time}"


def _admin_steps(rng: Random, settings: list[FollowSetting], days: float) -> list[Step]:
    steps: list[Step] = []
    for _ in range(int(days * len(settings) * 0.12)):
        setting = rng.choice(settings)
        values = {
            "what": rng.choice(("subject", "subject", "channel", "zone", "late", "role", "when")),
            "subject": rng.choice(SUBJECTS), "channel": rng.choice((1, 2, 3, 4)), "zone": rng.choice(ZONES),
            "late": rng.choice((0, 1, 6, 23)), "when": _when(rng), "which": rng.randrange(6),
        }  # fmt: skip
        steps.append(Step(rng.uniform(2 * HOUR, days * DAY), rng.choice(ADMIN), setting.guild, values))
        if steps[-1].name == "follow-pause" and rng.random() < 0.7:
            back = steps[-1].at + rng.uniform(HOUR, 30 * HOUR)
            steps.append(Step(back, "follow-resume", setting.guild, values))
    return steps
