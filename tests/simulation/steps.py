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
ANSWERS = (
    "401", "403", "404", "400", "429-route", "429-long", "429-global", "429-html", "403-html", "502-html", "500", "502",
    "503", "504", "garbage", "truncated", "cut-before", "cut-after", "lost-before", "lost-after", "error-after",
    "html-after", "duplicate", "delay",
)  # fmt: skip
ADMIN = ("add", "edit", "edit", "pause", "resume", "remove", "test", "skip", "swap")
PLACES = (
    "delete-channel", "archive-thread", "lock-thread", "deny", "deny-history", "remove-tag", "delete-role",
    "delete-message", "guild-out", "leave", "lag",
)  # fmt: skip
OPERATOR = ("stop", "kill", "kill-at-post", "kill-at-statement", "restart", "backup", "restore", "clock", "zone")
LEDGER = ("statement-fails", "disk-full", "slow")


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


def settings(rng: Random, servers: int) -> list[Setting]:
    """Return the subscriptions with which the servers begin: one each, and some two in one channel."""
    begin: list[Setting] = []
    # In some worlds, all are due in one minute.
    rush = (*_time(rng), rng.choice(ZONES)) if rng.random() < 0.2 else None
    for guild in range(servers):
        channel = rng.choice((1, 1, 2, 3, 4))
        first = Setting(guild, channel, *(rush or (*_time(rng), rng.choice(ZONES))), _options(rng, channel))
        begin.append(first)
        if rng.random() < 0.12:
            begin.append(Setting(guild, channel, *_time(rng), first.zone, _options(rng, channel)))
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


def steps(rng: Random, servers: int, days: float, *, pace: float, dues: list[float]) -> list[Step]:
    """Return what happens in so many days: ``pace`` things a day, most of them near ``dues``, when posts are due."""
    found: list[Step] = []
    for _ in range(int(days * pace)):
        at = rng.uniform(2 * HOUR, days * DAY)
        if dues and rng.random() < 0.7:
            # Where something is on its way, things go wrong in the worst way.
            at = max(2 * HOUR, rng.choice(dues) + rng.uniform(-90, 90) * rng.choice((0.02, 0.2, 1, 5)))
        found.append(_step(rng, at, servers))
    return sorted(found, key=lambda step: step.at)


def _step(rng: Random, at: float, servers: int) -> Step:
    guild = rng.randrange(servers)
    group = rng.random()
    if group < 0.38:
        everywhere = rng.random() < 0.4
        values = {
            "kind": rng.choice(ANSWERS), "at": rng.choice(("post", "post", "follow", "search", "any")),
            "for": rng.choice((20.0, 120.0, 900.0, 2 * HOUR)), "times": rng.choice((1, 1, 2, 5, 1000)),
            "seconds": rng.choice((5.0, 40.0, 90.0, 200.0)),
        }  # fmt: skip
        if everywhere and rng.random() < 0.25:
            values |= {"kind": rng.choice(("503", "unreachable", "403-html")), "at": "any", "times": 100000,
                       "for": rng.choice((600.0, HOUR, 5 * HOUR, 12 * HOUR))}  # fmt: skip
        return Step(at, "trouble", None if everywhere else guild, values)
    if group < 0.58:
        values = {"for": rng.choice((300.0, HOUR, 9 * HOUR, 40 * HOUR)), "hears": rng.random() < 0.8,
                  "new": rng.random() < 0.5}  # fmt: skip
        return Step(at, rng.choice(PLACES), guild, values)
    if group < 0.78:
        hour, minute = _time(rng)
        values = {
            "what": rng.choice(("time", "time", "zone", "channel", "late", "role", "weekdays", "count", "pin")),
            "time": f"{hour:02}:{minute:02}", "zone": rng.choice(ZONES), "channel": rng.choice((1, 2, 3, 4)),
            "late": rng.choice((0, 1, 6, 23)), "weekdays": rng.choice(("mon-fri", "every day", "sat, sun")),
            "count": rng.choice((1, 3, 5, 10)), "day": rng.choice((0, 0, 1, 2)), "for": rng.choice((HOUR, 30 * HOUR)),
        }  # fmt: skip
        return Step(at, rng.choice(ADMIN), guild, values)
    if group < 0.9:
        values = {"for": rng.choice((1.0, 30.0, 70.0, 600.0, 5 * HOUR, 26 * HOUR)), "n": rng.randrange(1, 60),
                  "seconds": rng.choice((-7200, -3600, -400, 400, 3600, 86400 * 2)), "back": rng.random() < 0.7,
                  "before": rng.random() < 0.5, "zone": rng.choice(ZONES)}  # fmt: skip
        return Step(at, rng.choice(OPERATOR), None, values)
    values = {"n": rng.randrange(1, 30), "times": rng.choice((1, 3, 40, 400)), "seconds": rng.choice((0.5, 5.0, 70.0)),
              "for": rng.choice((5.0, 60.0, 1800.0))}  # fmt: skip
    return Step(at, rng.choice(LEDGER), None, values)
