"""What happens in a world, and when: all of it decided beforehand by the seed, so that any part can be left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

HOUR, DAY = 3600.0, 86400.0
ZONES = (
    "UTC", "Europe/Berlin", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Tokyo",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "America/Sao_Paulo", "Africa/Cairo",
)  # fmt: skip
# How requests are answered, or not: by refusals; by what says that Discord is in trouble; by what leaves it open
# whether they had an effect.
REFUSALS = ("401", "403", "404", "400", "429-route", "429-long", "429-global", "429-html", "403-html")
# By these, Discord says of any request that it did not look at it.
BLOCKS = ("401", "429-long", "429-long", "429-html", "403-html")
TROUBLES = ("502-html", "500", "502", "503", "504", "cut-before", "lost-before")
UNCLEAR = ("garbage", "truncated", "cut-after", "lost-after", "error-after", "html-after", "duplicate", "delay")
ADMIN = ("add", "edit", "edit", "pause", "resume", "remove", "test", "skip", "swap")
PLACES = (
    "delete-channel", "archive-thread", "lock-thread", "deny", "deny-history", "remove-tag", "delete-role",
    "delete-message", "guild-out", "leave",
)  # fmt: skip
OPERATOR = (
    "stop", "kill", "kill-at-post", "kill-at-statement", "restart", "backup", "restore", "import", "clock", "zone",
)  # fmt: skip
LEDGER = ("statement-fails", "disk-full", "slow")
# How long Discord, or the way there, is out of order.
OUTAGES = (30.0, 300.0, 300.0, 600.0, 600.0, 600.0, HOUR, HOUR, 5 * HOUR, 12 * HOUR)


@dataclass(slots=True)
class Step:
    """One thing that happens: when, what, and to whom."""

    at: float
    name: str
    guild: int | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        where = "" if self.guild is None else f" in server {self.guild}"
        details = "".join(f" {name}={value}" for name, value in self.values.items())
        return f"{self.name}{where}{details}"


@dataclass(slots=True)
class Setting:
    """How a server begins."""

    guild: int
    channel: int
    hour: int
    minute: int
    zone: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a world has more of than others.

    ``trouble``, ``places`` and ``admin`` say how much of what happens to single servers is of which kind, ``answers``
    what their requests get, ``company`` how often one thing brings another to the same server within minutes;
    ``local`` is how much happens to each server a day, ``pace`` how much more than elsewhere happens to all of them.
    """

    name: str
    trouble: float = 0.45
    places: float = 0.25
    admin: float = 0.3
    answers: tuple[str, ...] = REFUSALS + TROUBLES + UNCLEAR
    company: float = 0.3
    local: float = 0.4
    pace: float = 1.0


PROFILES = (
    Profile("a bit of everything", local=0.15),
    Profile("lost answers", trouble=0.8, places=0.05, admin=0.15, answers=UNCLEAR + UNCLEAR + BLOCKS, company=0.5),
    Profile("busy admins", trouble=0.3, places=0.1, admin=0.6, answers=UNCLEAR + REFUSALS, company=0.5),
    Profile("refusals", trouble=0.4, places=0.5, admin=0.1, answers=REFUSALS, local=0.2, pace=0.3),
    Profile("many deaths", trouble=0.6, places=0.2, admin=0.2, company=0.4, local=0.25, pace=3.0),
    Profile("an ordinary month", local=0.05, pace=0.5),
    Profile("another ordinary month", local=0.05, pace=0.5),
)


def profile_of(seed: int) -> Profile:
    """Return what a world is like."""
    return PROFILES[seed % len(PROFILES)]


def settings(rng: Random, servers: int) -> list[Setting]:
    """Return the subscriptions with which the servers begin: one each, some two in one channel."""
    begin: list[Setting] = []
    # In some worlds, all are due in one minute.
    rush = (*_time(rng), rng.choice(ZONES)) if rng.random() < 0.2 else None
    for guild in range(servers):
        channel = rng.choice((1, 1, 2, 3, 4))
        first = Setting(guild, channel, *(rush or (*_time(rng), rng.choice(ZONES))), _options(rng, channel))
        begin.append(first)
        if rng.random() < 0.12:
            hour, minute = rng.choice(((first.hour, first.minute), _time(rng)))
            begin.append(Setting(guild, channel, hour, minute, first.zone, _options(rng, channel)))
    return begin


def _time(rng: Random) -> tuple[int, int]:
    return rng.choice((0, 0, 2, 2, 8, 9, 9, 12, 18, 23, 23, rng.randrange(24))), rng.choice((0, 0, 30, 59, 1))


def _options(rng: Random, channel: int) -> dict[str, Any]:
    options: dict[str, Any] = {"count": rng.choice((1, 3, 5)), "late": rng.choice((0, 1, 6, 6, 23))}
    if rng.random() < 0.3:
        options["role"] = True
    if channel in {1, 2} and rng.random() < 0.3:
        options["thread"] = True
    if channel in {1, 2, 4} and rng.random() < 0.3:
        options["pin"] = True
    if channel == 2 and rng.random() < 0.5:
        options["publish"] = True
    if channel == 3 and rng.random() < 0.5:
        options["tag"] = True
    if rng.random() < 0.1:
        options["empty"] = "nearest"
    return options


def steps(
    rng: Random, profile: Profile, servers: int, days: float, *, pace: float, dues: list[tuple[float, int]]
) -> list[Step]:
    """Return what happens in so many days: ``pace`` things a day to all, and more to each server.

    Most of it happens near ``dues``: when posts are due, and in which server. Where something is on its way, things go
    wrong in the worst way; and one trouble seldom comes alone.
    """

    def moment() -> tuple[float, int]:
        at, guild = rng.uniform(2 * HOUR, days * DAY), rng.randrange(servers)
        if dues and rng.random() < 0.75:
            at, guild = rng.choice(dues)
            at = max(2 * HOUR, at + rng.uniform(-90, 60) * rng.choice((0.02, 0.2, 1, 5)))
        return at, guild

    found = [_to_all(rng, moment()[0]) for _ in range(int(days * pace * profile.pace))]
    for _ in range(int(days * servers * profile.local * min(pace, 1.0))):
        at, guild = moment()
        found.append(_to_one(rng, profile, at, guild))
        while rng.random() < profile.company:
            at += rng.uniform(0.5, 100) * rng.choice((0.1, 1, 2))
            found.append(_to_one(rng, profile, at, guild))
    return sorted(found, key=lambda step: step.at)


def _to_all(rng: Random, at: float) -> Step:
    """Return something that happens to the bot, or to all that it asks of Discord."""
    group = rng.random()
    if group < 0.36:
        kind = rng.choice(REFUSALS + TROUBLES + UNCLEAR)
        values: dict[str, Any] = {**_answers(rng, kind), "for": rng.choice((20.0, 120.0, 900.0, 2 * HOUR))}
        if rng.random() < 0.12:
            kind = rng.choice(("503", "unreachable", "unreachable", "403-html"))
            values |= {"kind": kind, "at": "any", "times": 1000000, "for": rng.choice(OUTAGES)}
        return Step(at, "trouble", None, values)
    if group < 0.4:
        return Step(at, "lag", None, {"for": rng.choice((300.0, HOUR, 9 * HOUR))})
    if group < 0.74:
        values = {"for": rng.choice((1.0, 30.0, 70.0, 600.0, 5 * HOUR, 26 * HOUR)), "n": rng.randrange(1, 60),
                  "seconds": rng.choice((-7200, -3600, -400, 400, 3600, 86400 * 2)), "back": rng.random() < 0.7,
                  "before": rng.random() < 0.5, "zone": rng.choice(ZONES)}  # fmt: skip
        return Step(at, rng.choice(OPERATOR), None, values)
    values = {"n": rng.randrange(1, 30), "times": rng.choice((1, 3, 40, 400)), "seconds": rng.choice((0.5, 5.0, 70.0)),
              "for": rng.choice((5.0, 60.0, 1800.0))}  # fmt: skip
    return Step(at, rng.choice(LEDGER), None, values)


def _to_one(rng: Random, profile: Profile, at: float, guild: int) -> Step:
    """Return something that happens to one server."""
    group = rng.random() * (profile.trouble + profile.places + profile.admin)
    if group < profile.trouble:
        # What is to meet a post on its way has to be there before it.
        values = {**_answers(rng, rng.choice(profile.answers)), "for": rng.choice((120.0, 900.0, 900.0, 2 * HOUR))}
        return Step(max(2 * HOUR, at - rng.choice((0.0, 60.0))), "trouble", guild, values)
    if group < profile.trouble + profile.places:
        values = {"for": rng.choice((300.0, HOUR, 9 * HOUR, 40 * HOUR)), "new": rng.random() < 0.5}
        return Step(at, rng.choice(PLACES), guild, values)
    hour, minute = _time(rng)
    values = {
        "what": rng.choice(("time", "time", "zone", "channel", "late", "role", "weekdays", "count", "pin")),
        "time": f"{hour:02}:{minute:02}", "zone": rng.choice(ZONES), "channel": rng.choice((1, 2, 3, 4)),
        "late": rng.choice((0, 1, 6, 23)), "weekdays": rng.choice(("mon-fri", "every day", "sat, sun")),
        "count": rng.choice((1, 3, 5, 10)), "day": rng.choice((0, 0, 1, 2)),
    }  # fmt: skip
    return Step(at, rng.choice(ADMIN), guild, values)


def _answers(rng: Random, kind: str) -> dict[str, Any]:
    # What is late is so by less than the two minutes after which nobody waits for it any more; some of it is so by a
    # little more than an answer is waited for.
    return {
        "kind": kind, "at": rng.choice(("post", "post", "follow", "search", "any")),
        "times": rng.choice((1, 1, 2, 5, 1000)), "seconds": rng.choice((5.0, 40.0, 84.0)),
    }  # fmt: skip
