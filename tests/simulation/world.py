"""One world: servers, the bot's lives, and everything that happens, from one seed."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import hashlib
import logging
import os
import secrets
import shutil
import sqlite3
import tempfile
import time as machine_time
from contextlib import closing
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.daily.post_options import TypedOptions
from bot.database import connect, migrate
from bot.domain.errors import ArchiveError, DaybookError, LedgerError
from bot.domain.schedule import Plan, due_between, local_date
from bot.ledger.backup import backup
from bot.ledger.restore import restore
from tests.discord_double.gateway import MEMBER, Permission, channel, forum, guild, role, thread
from tests.simulation import steps as stepping
from tests.simulation.bot import Life
from tests.simulation.discord import FIRST_GUILD, STEP, SimulatedDiscord, Trouble
from tests.simulation.events import archive_file, write_page
from tests.simulation.follow_oracle import FollowOracle
from tests.simulation.follows import Follows
from tests.simulation.loop import DeathError, StandstillError, VirtualLoop, collect
from tests.simulation.oracle import Oracle
from tests.simulation.storage import disk_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.discord_double.gateway import Json
    from tests.simulation.network import Call
    from tests.simulation.steps import Setting, Step

IDENTITY = "5151515151515151"
STARTS = (
    datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 12, 28, tzinfo=UTC),
    datetime(2027, 2, 25, tzinfo=UTC), datetime(2028, 2, 26, tzinfo=UTC), datetime(2027, 3, 10, tzinfo=UTC),
    datetime(2027, 4, 1, tzinfo=UTC),
)  # fmt: skip
REVIEW_EVERY = 12 * 3600.0
# How long nothing goes wrong at the end, so that everything has to come to rest.
QUIET = 50 * 3600.0
# How long after its beginning whatever waited has to be done with.
CALM = 2 * 3600.0


class ViolationError(Exception):
    """Something that must hold does not."""


@dataclass(slots=True)
class Outcome:
    """What a world came to: what was violated, and after which step."""

    seed: int
    violations: list[str]
    steps: list[Step]
    done: int
    posts: int
    requests: int
    server_days: float
    seconds: float
    digest: str
    log: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sizes:
    """How large a world is: servers, days, and how many things happen to all of them a day."""

    servers: int = 200
    days: float = 12.0
    pace: float = 4.0
    max_sleep: float = 120.0


class MachineClock:
    """The clock of the bot's machine, which may be wrong."""

    def __init__(self, world: World) -> None:
        self.off = timedelta()
        self._world = world

    def now(self) -> datetime:
        return self._world.now() + self.off

    def monotonic(self) -> float:
        return self._world.loop.time()


class World:
    """Everything there is."""

    def __init__(
        self, seed: int, sizes: Sizes, *, only: Sequence[Step] | None = None, until: int | None = None,
        verbose: bool = False, stop_at_first: bool = True,
    ) -> None:  # fmt: skip
        self.seed = seed
        self.sizes = sizes
        self.violations: list[str] = []
        self.log: list[str] = []
        self._verbose = verbose
        self._stop_at_first = stop_at_first
        self._until = until
        rng = Random(f"world {seed}")
        self.start = rng.choice(STARTS)
        self.settings = stepping.settings(rng, sizes.servers)
        self.profile = stepping.profile_of(seed)
        every = stepping.steps(
            rng, self.profile, sizes.servers, sizes.days, pace=sizes.pace, dues=self._dues()
        )  # fmt: skip
        self.follows = Follows(self)
        every = sorted([*every, *self.follows.steps], key=lambda step: step.at)
        self.steps = list(every if only is None else only)
        self.rng = Random(f"chance {seed}")
        self.loop = VirtualLoop()
        self._digest = hashlib.sha256()
        memory = Path("/dev/shm")  # noqa: S108  (a folder that is no disk)
        self.folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=memory if memory.is_dir() else None))
        self.ledger = self.folder / "ledger.sqlite3"
        # A copy: worlds that are played beside each other do not wait for each other's locks.
        self.archive = self.folder / "archive.sqlite3"
        shutil.copyfile(archive_file(), self.archive)
        self.clock = MachineClock(self)
        self.discord = SimulatedDiscord(self.loop, Random(f"network {seed}"), self.now)
        self.oracle = Oracle(self.discord.places, self.ledger, IDENTITY, self.now, self.violate)
        if self.follows.settings:
            self.oracle.follows = FollowOracle(self.oracle, self.follows.news, self.follows.muting, self.violate)
        self.life: Life | None = None
        self._buried: list[Life] = []
        self._lives = 0
        self.done = 0
        self.serving_since: datetime | None = None
        # When the bot last looked for what is due, and could write it down.
        self._polled_at = self.start
        self.quiet = QUIET
        self.on_request: Callable[[Call], None] = lambda _call: None
        self._statements = 0
        self.on_statement: Callable[[bool, str], None] = lambda _before, _sql: None
        self._failing = 0
        self._failure = "SQLITE_IOERR_WRITE"
        self._fail_after = 0
        self._slow_until = 0.0
        self._slow_seconds = 0.0
        self._kill_at_post = False
        self._kill_after = -1
        self._kill_before = False
        self._backups: list[tuple[Path, datetime]] = []
        self._is_down_on_purpose = False
        self._zone = os.environ.get("TZ")
        self._works: set[asyncio.Task[Any]] = set()

    def _is_steady(self, since: datetime) -> bool:
        """Tell whether the bot has served since a moment, by a clock that is right."""
        return self.serving_since is not None and self.serving_since <= since and not self.clock.off

    # Time, log, violations

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.loop.time())

    def line(self, text: str) -> str:
        """Return a line of the log: without the folder, whose name is another one each time."""
        return f"{self.now():%d.%m. %H:%M:%S.%f} {text}".replace(f"{self.folder}/", "")

    def note(self, text: str) -> None:
        line = self.line(text)
        self._digest.update(line.encode() + b"\n")
        if self._verbose:
            self.log.append(line)

    def violate(self, text: str) -> None:
        self.violations.append(text)
        self.note(f"VIOLATION {text}")

    # The world's course

    def play(self) -> Outcome:
        """Play it to its end, or to the first violation."""
        began = machine_time.perf_counter()
        token_hex, randbits = secrets.token_hex, secrets.randbits
        chance = Random(f"secrets {self.seed}")
        secrets.token_hex = lambda nbytes=None: chance.randbytes(nbytes or 32).hex()
        secrets.randbits = chance.getrandbits  # type: ignore[assignment]
        logging.disable(logging.NOTSET if self._verbose else logging.CRITICAL)
        handler = _LogHandler(self)
        if self._verbose:
            logging.getLogger("bot").addHandler(handler)
            # Whoever kept an error for later would keep what it happened in.
            logging.getLogger("bot").propagate = False
            logging.getLogger("bot").setLevel(logging.INFO)
        gc_was = gc.isenabled()
        gc.disable()
        # What was there before costs nothing when memory is freed.
        gc.freeze()
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(self._on_loop_error)
        self.loop.executor_delay = self._executor_delay
        try:
            self.loop.run_until_complete(self._course())
        except ViolationError:
            pass
        except StandstillError:
            self.violate("nothing moves any more")
        finally:
            secrets.token_hex, secrets.randbits = token_hex, randbits
            logging.disable(logging.CRITICAL)
            self._set_zone(self._zone)
            self._drop()
            logging.disable(logging.NOTSET)
            logging.getLogger("bot").removeHandler(handler)
            logging.getLogger("bot").propagate = True
            gc.unfreeze()
            if gc_was:
                gc.enable()
            asyncio.set_event_loop(None)
            shutil.rmtree(self.folder, ignore_errors=True)
        return Outcome(
            self.seed, self.violations, self.steps, self.done, self.oracle.posts, self.discord.requests,
            len(self.settings) * self.loop.time() / 86400, machine_time.perf_counter() - began,
            self._digest.hexdigest()[:16], self.log,
        )  # fmt: skip

    def _drop(self) -> None:
        for number in range(self._lives + 1):
            self.loop._dead.add(number)
        self._buried.clear()
        self.life = None
        self.loop.bury()

    def _on_loop_error(self, _loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, ArchiveError):
            # Nothing of the world hurts the archive: what plays it is broken.
            self.violate(f"the bot cannot start: {error}")
            self.loop.stop()
        if error is None or isinstance(error, (DaybookError, asyncio.CancelledError)):
            # Without an error: what a killed process has left is found when memory is freed, whenever that is.
            return
        if isinstance(error, ViolationError):
            raise error
        self.note(f"an error that nobody took: {context.get('message')}: {error!r}")

    async def _course(self) -> None:
        self._prepare()
        self.begin_life()
        await self._set_up()
        reviews = self.loop.create_task(self._review())
        for number, step in enumerate(self.steps, 1):
            if self._until is not None and number > self._until:
                return
            await self._sleep_until(step.at)
            self.done = number
            self.note(f"step {number}: {step}")
            self._do(step)
        await self._sleep_until(max(self.sizes.days * 86400, self.loop.time()))
        self._calm()
        await asyncio.sleep(CALM)
        self._check_open()
        await asyncio.sleep(self.quiet - CALM)
        reviews.cancel()
        self._note_poll()
        self.oracle.review(serving_since=self.serving_since, polled_at=self._polled_at, final=True)
        self._check_rest()
        self._stop_if_violated()

    async def _sleep_until(self, moment: float) -> None:
        while (left := moment - self.loop.time()) > 0:
            await asyncio.sleep(min(left, 1800.0))
            self._stop_if_violated()

    def _stop_if_violated(self) -> None:
        if self.violations and self._stop_at_first:
            raise ViolationError

    async def _review(self) -> None:
        while True:
            await asyncio.sleep(REVIEW_EVERY)
            collect(1)
            if self.life is not None:
                self.oracle.synchronise()
                self._note_poll()
                self.oracle.review(serving_since=self.serving_since, polled_at=self._polled_at)
                self._check_follow_ups()

    def _calm(self) -> None:
        """End all trouble: from here on, everything has to come to rest by itself."""
        self.note("from here on nothing goes wrong")
        self.discord.troubles.clear()
        self.discord.event_delay = lambda: 0.05
        self._failing = self._fail_after = 0
        self._slow_until = 0.0
        self._kill_at_post, self._kill_after = False, -1
        self.clock.off = timedelta()
        for number in list(self.discord.places.unavailable):
            self._spawn(self.discord.guild_available(int(number)))
        self.oracle.calm_since = self.now()
        # A restart from any state converges: the last one is a killed one.
        self.kill("the last time")

    def _check_follow_ups(self) -> None:
        now = self.now()
        if self.serving_since is None or now - self.serving_since < timedelta(hours=1):
            return
        for row in self.oracle.query(
            "SELECT step.*, finished_at FROM step JOIN delivery ON delivery.id = delivery_id"
            " WHERE step.state = 'pending'"
        ):
            if row["finished_at"] and now - datetime.fromtimestamp(row["finished_at"], UTC) > timedelta(hours=8):
                self.violate(f"a follow-up never came to rest: {row['kind']} of delivery {row['delivery_id']}")

    def _check_open(self) -> None:
        if self.serving_since is None or self.now() - self.serving_since < timedelta(hours=1):
            return
        for row in self.oracle.query("SELECT * FROM delivery WHERE state IN ('due', 'claimed')"):
            if self.now() - datetime.fromtimestamp(row["due_at"], UTC) > timedelta(hours=1):
                self.violate(f"nothing is in its way, and nobody tries it ({row['state']}): subscription"
                             f" {row['subscription_id']} on {row['local_date']}")  # fmt: skip

    def _check_rest(self) -> None:
        now = self.now()
        if self.serving_since is None:
            self.violate("the bot does not serve any more")
        for row in self.oracle.query(
            "SELECT * FROM delivery WHERE state IN ('due', 'claimed') OR retry_until IS NOT NULL"
        ):
            if now - datetime.fromtimestamp(row["due_at"], UTC) > timedelta(hours=26):
                self.violate(f"never came to rest: subscription {row['subscription_id']} on {row['local_date']}, "
                             f"{row['state']}")  # fmt: skip
        self._check_follow_ups()
        for row in self.oracle.query(
            "SELECT id FROM subscription"
            " WHERE next_at IS NULL AND NOT at_once AND paused IS NOT 'asked' AND gone_at IS NULL"
        ):
            self.violate(f"subscription {row['id']} has no next post")
        for row in self.oracle.query("SELECT DISTINCT guild_id, gone_at FROM subscription"):
            is_there = str(row["guild_id"]) in self.discord.places.by_id
            if is_there != (row["gone_at"] is None):
                self.violate(f"server {row['guild_id']} {'is back' if is_there else 'was left'}, and nobody knows")
        for known in self.oracle.known.values():
            segment = known.segments[-1]
            if known.is_gone or not segment.active or segment.plan.weekdays != 127 or segment.plan.at_once:
                continue
            row = self.oracle.query("SELECT failures FROM subscription WHERE id = ?", known.id)[0]
            channel = self.discord.places.channel(segment.channel_id)
            if channel is None or row["failures"]:
                continue
            last = self.oracle.query(
                "SELECT state, reason FROM delivery WHERE subscription_id = ? ORDER BY local_date DESC LIMIT 1",
                known.id,
            )
            if last and last[0]["state"] == "failed":
                self.violate(f"the last post of subscription {known.id} failed, and nobody counts it")

    # Servers

    def _dues(self) -> list[tuple[float, int]]:
        """Return when the subscriptions that the world begins with are due, in seconds, each with its server."""
        dues: list[tuple[float, int]] = []
        end = self.start + timedelta(days=self.sizes.days)
        for setting in self.settings:
            plan = Plan(time(setting.hour, setting.minute), setting.zone)
            moments = due_between(plan, self.start, end)
            dues += [((moment - self.start).total_seconds(), setting.guild) for _, moment in moments]
        return dues

    def _prepare(self) -> None:
        for number in range(self.sizes.servers):
            self._add_guild(number)
        self.ledger.write_bytes(_new_ledger())
        self.discord.tell = self._tell
        self.discord.on_message = self._on_message
        self.discord.on_violation = self.violate
        self.discord.on_log = self.note
        self.discord.on_request = self._on_request
        self.discord.on_trouble = self.oracle.disturbed
        if self.oracle.follows is not None:
            self.oracle.follows.is_steady = self._is_steady

    def _add_guild(self, number: int) -> None:
        base = FIRST_GUILD + number * STEP
        server = guild(
            base, name=f"Server {number}",
            channels=[
                channel(base + 1), channel(base + 2, kind=5), forum(base + 3, tags={base + 6: "Daily"}),
                channel(base + 5, "general"),
            ],
            threads=[thread(base + 4, parent_id=base + 1)],
            roles=[role(base + 7, "Readers", mentionable=True), role(base + 8, "Others", mentionable=True)],
            permissions=MEMBER | Permission.PIN, system_channel_id=str(base + 5), owner_id=str(base + 9),
        )  # fmt: skip
        self.discord.places.by_id[server["id"]] = server
        self.discord.places.guilds.append(server)

    async def _set_up(self) -> None:
        """Let the admins subscribe within the first hour, one after the other."""
        await asyncio.sleep(1.0)
        await self._serving()
        pause = 3000.0 / len(self.settings)
        for setting in self.settings:
            await self._add(setting)
            await asyncio.sleep(pause)
        await self.follows.set_up()

    async def _serving(self) -> Life:
        while self.life is None or not self.life.is_serving:
            await asyncio.sleep(1.0)
        return self.life

    async def _add(self, setting: Setting) -> None:
        base, options = FIRST_GUILD + setting.guild * STEP, dict(setting.options)
        role_id = base + 7 if options.pop("role", False) else None
        tag = "Daily" if options.pop("tag", False) else None
        typed = TypedOptions(
            channel_id=base + setting.channel, time=f"{setting.hour:02}:{setting.minute:02}", timezone=setting.zone,
            role_id=role_id, tag=tag, **options,
        )  # fmt: skip
        life = await self._serving()
        with contextlib.suppress(DaybookError):
            await life.run(life.service.add(await life.service.guild(base), typed, locale=None))
        self.oracle.synchronise(setting.guild)

    # The bot's lives

    def begin_life(self) -> None:
        """Start a process of the bot."""
        self._lives += 1
        number = self._lives
        self.note(f"life {number} begins")
        self._is_down_on_purpose = False
        self.life = Life(
            number, self.loop, self.discord, archive=self.archive, ledger=self.ledger, clock=self.clock,
            max_sleep=timedelta(seconds=self.sizes.max_sleep),
            before=lambda sql: self._before(number, sql), after=lambda sql: self._after(number, sql),
        )  # fmt: skip
        self._spawn(self._watch(self.life))

    async def _watch(self, life: Life) -> None:
        """Note when it serves; start it again where it could not."""
        await life.has_begun.wait()
        if life.is_serving:
            self.note(f"life {life.number} serves")
            self.serving_since = self.now()
            self.oracle.synchronise()
        await life.has_ended.wait()
        if self.life is life and not self._is_down_on_purpose:
            if life.task.done() and not life.task.cancelled() and (error := life.task.exception()):
                self.note(f"life {life.number} ended: {error!r}")
                if isinstance(error, ArchiveError):
                    raise error
            await self._down(30.0)

    def _note_poll(self) -> None:
        if self.life is not None and (polled_at := self.life.polled_at) is not None:
            self._polled_at = max(self._polled_at, min(polled_at, self.now()))

    def kill(self, why: str, down: float = 5.0) -> None:
        """End the process as a power cut does, and start another one a little later."""
        life = self.life
        if life is None or life.is_over:
            return
        self.note(f"life {life.number} is killed: {why}")
        self._is_down_on_purpose = True
        self._note_poll()
        self.loop.kill(life.number)
        self._buried.append(life)
        life.end()
        self._close_ledger(life)
        self.serving_since, self.life = None, None
        self.oracle.may_be_unsaved()
        self._spawn(self._down(down))

    @staticmethod
    def _close_ledger(life: Life) -> None:
        """Close the file of a process that has ended, as the system does."""
        with contextlib.suppress(AttributeError, sqlite3.Error):
            db = life.ledger._store._db._db  # type: ignore[attr-defined]
            if db.in_transaction:
                db.execute("ROLLBACK")
            db.close()

    async def _down(self, seconds: float) -> None:
        self._note_poll()
        self.serving_since, self.life = None, None
        await asyncio.sleep(seconds)
        if self.life is None:
            self.begin_life()

    async def _stop(self, seconds: float) -> None:
        life = self.life
        if life is None or not life.is_serving:
            return
        self._is_down_on_purpose = True
        life.stop()
        self.serving_since = None
        with contextlib.suppress(Exception):
            await asyncio.wait_for(asyncio.shield(life.task), 600)
        if self.life is life:
            self.note(f"life {life.number} has stopped")
            self.loop.kill(life.number)
            self._buried.append(life)
            await self._down(seconds)

    def _tell(self, event: str, data: Json) -> None:
        if self.life is not None:
            self.life.tell(event, data)

    def _on_message(self, message: Json, call: Call) -> None:
        self.note(f"discord: message {message['id']} in {message['channel_id']}")
        self.oracle.on_message(message, call)
        if self._kill_at_post and self.life is not None and call.life == self.life.number:
            self._kill_at_post = False
            self.kill("after a post was taken", self.rng.choice((2.0, 50.0, 130.0)))

    def die(self, why: str) -> None:
        """End the process at this very point of its own work."""
        self.kill(why, 3.0)
        raise DeathError

    def _on_request(self, call: Call) -> None:
        self.on_request(call)
        self._digest.update(f"{self.loop.time():.6f} {call.method} {call.path}\n".encode())

    # The ledger

    def _executor_delay(self) -> float:
        if self.loop.time() < self._slow_until:
            return self._slow_seconds
        return self.rng.uniform(0.0001, 0.004)

    def _before(self, life: int, sql: str) -> None:
        if self.loop.is_dead(life):
            raise DeathError
        self._statements += 1
        self.on_statement(True, sql)  # noqa: FBT003
        if self._kill_after >= 0:
            self._kill_after -= 1
            if self._kill_after < 0 and self._kill_before:
                self.kill(f"before {' '.join(sql.split())[:60]}")
                raise DeathError
        if self._fail_after > 0:
            self._fail_after -= 1
        elif self._failing > 0 and not sql.lstrip().startswith("ROLLBACK"):
            self._failing -= 1
            self.note(f"the ledger fails at {' '.join(sql.split())[:60]}")
            self.oracle.may_be_unsaved()
            raise disk_error(self._failure)

    def _after(self, life: int, sql: str) -> None:
        self.on_statement(False, sql)  # noqa: FBT003
        if self._kill_after == -1 or self._kill_before:
            return
        if self._kill_after < 0:
            self._kill_after = -1
        if self._kill_after == 0:
            self._kill_after = -1
            self.kill(f"after {' '.join(sql.split())[:60]}")
            raise DeathError

    # What happens

    def _spawn(self, work: Any) -> None:
        # Not in the context of the bot, where it may have been asked for.
        task = self.loop.create_task(work, context=Context())
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    def _do(self, step: Step) -> None:
        name = step.name
        if name == "trouble":
            self._trouble(step)
        elif self.follows.is_one(step):
            self._spawn(self.follows.do(step))
        elif name in stepping.PLACES:
            self._spawn(self._change_place(step))
        elif name in stepping.ADMIN:
            self._spawn(self._administer(step))
        elif name in stepping.OPERATOR:
            self._operate(step)
        elif name == "lag":
            self._spawn(self._lag(step.values["for"]))
        else:
            self._hurt_ledger(step)

    def _trouble(self, step: Step) -> None:
        values, now = step.values, self.loop.time()
        self.discord.troubles.append(
            Trouble(values["kind"], now, now + values["for"], values["at"], step.guild, values["times"],
                    values["seconds"])
        )  # fmt: skip

    def _hurt_ledger(self, step: Step) -> None:
        values = step.values
        if step.name == "slow":
            self._slow_until, self._slow_seconds = self.loop.time() + values["for"], values["seconds"]
        else:
            self._failure = "SQLITE_FULL" if step.name == "disk-full" else "SQLITE_IOERR_WRITE"
            self._fail_after, self._failing = values["n"], values["times"]

    def _operate(self, step: Step) -> None:
        values = step.values
        match step.name:
            case "stop" | "restart":
                self._spawn(self._stop(values["for"] if step.name == "stop" else 1.0))
            case "kill":
                self.kill("by its operator", values["for"])
            case "kill-at-post":
                self._kill_at_post = True
            case "kill-at-statement":
                self._kill_after, self._kill_before = values["n"], values["before"]
            case "backup":
                self._back_up()
            case "restore":
                self._spawn(self._restore())
            case "import":
                self._import()
            case "clock":
                self._spawn(self._set_clock(values))
            case "zone":
                self._set_zone(values["zone"])

    def _set_zone(self, zone: str | None) -> None:
        if zone is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = zone
        machine_time.tzset()

    def _import(self) -> None:
        """Import more events for the days to come, beside the bot that serves."""
        years: dict[str, set[int]] = {}
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            for offset in range(-1, 4):
                day = (self.now() + timedelta(days=offset)).date()
                for year in self.rng.sample(range(2013, 2025), self.rng.choice((1, 1, 4))):
                    years.setdefault(write_page(Path(name), day, year), set()).add(year)
            import_pages(self.archive, [Path(name)], forgotten=ForgottenEvents())
        self.oracle.imported(years)

    def _back_up(self) -> None:
        to = self.folder / f"backup-{len(self._backups)}.sqlite3"
        with contextlib.suppress(LedgerError):
            backup(self.ledger, to, now=self.now())
            self._backups.append((to, self.now()))

    async def _restore(self) -> None:
        if not self._backups or self.life is None or not self.life.is_serving:
            return
        file, made_at = self._backups[-1]
        life = self.life
        self._is_down_on_purpose = True
        self._note_poll()
        life.stop()
        self.serving_since = None
        with contextlib.suppress(Exception):
            await asyncio.wait_for(asyncio.shield(life.task), 600)
        if self.life is not life:
            return
        self.loop.kill(life.number)
        self._buried.append(life)
        self._close_ledger(life)
        try:
            # By a clock that is behind, it would hold back too little, and nobody could know.
            restore(self.ledger, file, now=max(self.now(), self.clock.now()))
        except LedgerError as error:
            self.note(f"the operator reads: {error}")
            await self._down(1.0)
            return
        for previous in self.folder.glob("ledger-before-restore-*"):
            previous.unlink()
        self.note(f"the backup of {made_at:%d.%m. %H:%M} is restored")
        self.oracle.restored(made_at)
        if self.clock.off > timedelta():
            self._spawn(self._ignore_until_planned(self.now()))
        await self._down(1.0)

    async def _ignore_until_planned(self, since: datetime) -> None:
        # What was put back by a clock that is ahead begins when the bot knows the right time.
        while self.life is None or not self.life.is_serving or not self.life.bot.courier._is_planned:
            await asyncio.sleep(60.0)
        self.oracle.ignore(since, self.now())

    async def _set_clock(self, values: dict[str, Any]) -> None:
        self.clock.off += timedelta(seconds=values["seconds"])
        if abs(self.clock.off) > timedelta(days=2):
            self.clock.off = timedelta()
        if values["back"]:
            await asyncio.sleep(values["for"])
            self.clock.off = timedelta()
            self.note("the machine's clock is right again")

    async def _change_place(self, step: Step) -> None:
        number = step.guild or 0
        base, values, discord = FIRST_GUILD + number * STEP, step.values, self.discord
        if not discord.places.guild(base):
            return
        with contextlib.suppress(LookupError, KeyError):
            match step.name:
                case "delete-channel":
                    target = base + 1 + self.rng.randrange(4)
                    before = discord.places.channel(target)
                    await discord.delete_channel(target)
                    await asyncio.sleep(values["for"])
                    if before is not None and values["new"] and target != base + 4:
                        server = discord.places.guild(base)
                        server["channels"].append(dict(before))
                        await discord._dispatch("CHANNEL_CREATE", before, base)
                case "archive-thread":
                    await discord.update_channel(base + 4, archived=True)
                case "lock-thread":
                    await discord.update_channel(base + 4, locked=True)
                    await asyncio.sleep(values["for"])
                    await discord.update_channel(base + 4, locked=False)
                case "deny" | "deny-history":
                    denied = (
                        Permission.HISTORY
                        if step.name == "deny-history"
                        else self.rng.choice((Permission.SEND, Permission.VIEW, Permission.EMBED, Permission.PIN))
                    )
                    target = base + 1 + self.rng.randrange(3)
                    await discord.set_overwrite(target, deny=denied)
                    await asyncio.sleep(values["for"])
                    await discord.set_overwrite(target)
                case "remove-tag":
                    await discord.update_channel(base + 3, available_tags=[])
                case "delete-role":
                    await discord.delete_role(base + 7)
                case "delete-message":
                    mine = discord.places.history(str(base + 1))[-1:]
                    for message in mine:
                        discord.delete_message(int(message["id"]))
                case "guild-out":
                    await discord.guild_unavailable(base)
                    await asyncio.sleep(values["for"])
                    await discord.guild_available(base)
                case "leave":
                    await self._leave(number, values)

    async def _lag(self, seconds: float) -> None:
        self.discord.event_delay = lambda: 400.0
        await asyncio.sleep(seconds)
        self.discord.event_delay = lambda: 0.05

    async def _leave(self, number: int, values: dict[str, Any]) -> None:
        # What was due after the bot last looked, it does not look for in a server that it is no longer in.
        self._note_poll()
        base = FIRST_GUILD + number * STEP
        self.oracle.ignore(self._polled_at, self.now() + timedelta(days=999), number)
        server = await self.discord.remove_guild(base)
        del self.discord.places.by_id[str(base)]
        await asyncio.sleep(10.0)
        self.oracle.synchronise(number)
        await asyncio.sleep(values["for"])
        self.discord.places.by_id[str(base)] = server
        self.oracle.may_tell(number)
        await self.discord.add_guild(server)
        await asyncio.sleep(10.0)
        await self._serving()
        # However late the bot hears of it.
        await asyncio.sleep(60.0)
        self.oracle.synchronise(number)
        await asyncio.sleep(600.0)
        await self._serving()
        self.oracle.end_ignoring(number)
        self.oracle.may_tell(number)
        self.oracle.synchronise(number)

    async def _administer(self, step: Step) -> None:
        number = step.guild or 0
        life = self.life
        if life is None or not life.is_serving:
            return
        # Before and after: the bot may die over it.
        self.oracle.may_tell(number)
        try:
            await life.run(self._administer_within(life, step, number))
        except DaybookError as error:
            self.note(f"the admin is told: {error}")
        self.oracle.may_tell(number)
        self.oracle.synchronise(number)

    async def _administer_within(self, life: Life, step: Step, number: int) -> None:
        base, values, service = FIRST_GUILD + number * STEP, step.values, life.service
        server = await service.guild(base)
        if step.name == "add":
            typed = TypedOptions(
                channel_id=base + values["channel"], time=values["time"], timezone=values["zone"], count=values["count"]
            )
            await service.add(server, typed, locale=None)
            return
        orders = await service.of_guild(base)
        if not orders:
            return
        order = orders[values["count"] % len(orders)]
        match step.name:
            case "edit":
                await service.edit(server, order, self._edited(base, values), locale=None)
            case "pause":
                await service.pause(order)
            case "resume":
                await service.resume(order)
            case "remove":
                if len(orders) > 1 or values["day"]:
                    await service.remove(order)
            case "test":
                await service.post_test(server, order)
            case "skip" | "swap":
                day = local_date(order.options.plan, life.bot.clock.now()) + timedelta(days=values["day"])
                if step.name == "skip":
                    await service.set_skip(order, day, skip=True)
                    self.oracle.skip(order.id, day)
                else:
                    self.oracle.override(order.id, day)
                    await service.swap_lead(order, day)

    def _edited(self, base: int, values: dict[str, Any]) -> TypedOptions:
        match values["what"]:
            case "time":
                return TypedOptions(time=values["time"])
            case "zone":
                return TypedOptions(timezone=values["zone"])
            case "channel":
                return TypedOptions(channel_id=base + values["channel"])
            case "late":
                return TypedOptions(late=values["late"])
            case "role":
                return TypedOptions(role_id=base + 8)
            case "weekdays":
                return TypedOptions(weekdays=values["weekdays"])
            case "pin":
                return TypedOptions(pin=True)
        return TypedOptions(count=values["count"])


@functools.cache
def _new_ledger() -> bytes:
    """Return the file of a ledger in which nothing stands yet."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "ledger.sqlite3"
        with closing(connect(file, synchronous="OFF")) as db:
            migrate(db, "bot.ledger", LedgerError)
            db.execute("INSERT INTO fact VALUES ('identity', ?)", (IDENTITY,))
        return file.read_bytes()


class _LogHandler(logging.Handler):
    """Writes what the bot logs into the world's log."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.INFO)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        line = self._world.line(f"bot: {record.getMessage()}")
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({record.exc_info[1]!r})"
        self._world.log.append(line)
