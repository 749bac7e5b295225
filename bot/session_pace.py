"""How often the bot may begin a session with Discord (IDENTIFY), over all its restarts.

Discord allows a bot 1,000 in 24 hours, and resets the token of one that begins more. Half of them is what the bot takes
at most. A process that cannot stay connected, and is started again and again, waits longer from start to start; one
that loses its sessions waits a minute at most, until it has used up a good part of what it may take.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.errors import DaybookError
from bot.ledger.identifies import Identifies, RecentIdentifies

log = logging.getLogger(__name__)

_DAY = timedelta(hours=24)
# What Discord allows a bot of ordinary size in 24 hours.
_TOTAL = 1000
# Waits after sessions that did not last, in seconds: the first, the longest within a process and between starts.
_FIRST_WAIT, _LONGEST_WAIT, _LONGEST_WAIT_TO_START = 2.0, 60.0, 1200.0
# A bot of more shards than this begins more sessions at each start, and so starts less often.
_FEW_SHARDS = 5
# A bot that has been connected for so long, in seconds, is well; how often it is looked whether it is.
_LASTING, _LOOK_EVERY = 300.0, 20.0
# After so many RESUMEs that led to nothing, a session is given up.
_MOST_RESUMES = 3


@dataclass(frozen=True, slots=True)
class SessionLimit:
    """How many sessions Discord lets the bot begin: in 24 hours, how many of them are left, and until when."""

    total: int = _TOTAL
    remaining: int = _TOTAL
    reset_after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when the bot begins no session, how many seconds that is, and why."""

    until: datetime
    seconds: float
    reason: str

    def __str__(self) -> str:
        """Return it as the log and ``daybook health`` say it."""
        return f"waits until {self.until:%Y-%m-%d %H:%M:%S} UTC before it connects to Discord: {self.reason}"


# Until when to wait, and why.
_Moment = tuple[datetime, str]


class SessionPace:
    """Says when the bot may begin a session.

    ``waiting`` is what it waits for at the moment. ``is_patient`` is false for tests whose clock stands still: then
    sessions are counted, but not waited for.
    """

    def __init__(self, identifies: Identifies, *, clock: Clock, is_patient: bool = True) -> None:
        self.waiting: Wait | None = None
        self.is_patient = is_patient
        self._identifies = identifies
        self._clock = clock
        self._limit = SessionLimit()
        self._is_started = False
        # By shard: how many sessions in a row did not last, and when the last one was begun (monotonic).
        self._failures: defaultdict[int, int] = defaultdict(int)
        self._begun_at: dict[int, float] = {}
        self._resumes: defaultdict[int, int] = defaultdict(int)

    async def count(self, shard: int) -> None:
        """Record that a session is about to be begun."""
        now = self._clock.now()
        self._failures[shard] += 1
        self._begun_at[shard] = self._clock.monotonic()
        is_start, self._is_started = not self._is_started, True
        try:
            await self._identifies.add(shard, is_start=is_start, now=now, purge_before=now - 2 * _DAY)
        except DaybookError as error:
            # A full disk is no reason not to serve.
            log.error("a session with Discord cannot be counted: %s", error)  # noqa: TRY400

    async def begun_in_a_day(self) -> int:
        """Return how many sessions were begun in the last 24 hours."""
        return len((await self._recent(self._clock.now())).times)

    def count_resume(self, shard: int) -> None:
        """Record that a session is about to be resumed."""
        self._resumes[shard] += 1

    def may_resume(self, shard: int) -> bool:
        """Tell whether it makes sense to try to resume a session (again)."""
        return self._resumes[shard] < _MOST_RESUMES

    def note_connected(self, shard: int) -> None:
        """Note that a shard has a session."""
        self._resumes.pop(shard, None)

    async def watch(self, is_connected: Callable[[], bool]) -> None:
        """Record when the bot has been connected for some minutes; go on until cancelled."""
        since: float | None = None
        is_recorded = False
        while True:
            if not is_connected():
                since, is_recorded = None, False
            elif since is None:
                since = self._clock.monotonic()
            elif not is_recorded and self._clock.monotonic() - since >= _LASTING:
                is_recorded = await self.mark_lasting()
            await asyncio.sleep(_LOOK_EVERY)

    async def mark_lasting(self) -> bool:
        """Record that the bot has been connected for some minutes; False if that cannot be written."""
        self._failures.clear()
        try:
            await self._identifies.mark_lasting()
        except DaybookError:
            return False
        return True

    async def wait_to_start(self, ask: Callable[[], Awaitable[tuple[int, SessionLimit]]]) -> None:
        """Wait until a process may begin its sessions; ``ask`` returns how many it needs, and what Discord allows."""
        shards, self._limit = await ask()
        await self._wait(await self.to_start(shards))
        while (wait := self._exhausted(shards)) is not None:
            await self._wait(wait)
            shards, self._limit = await ask()

    async def to_start(self, shards: int) -> Wait | None:
        """Return what a process that begins a session for each shard has to wait for."""
        now = self._clock.now()
        recent = await self._recent(now)
        if not recent.times:
            return None
        waits = [self._used_up(recent.times, shards)]
        if recent.failed_starts:
            longest = _LONGEST_WAIT_TO_START * max(1.0, shards / _FEW_SHARDS)
            seconds = min(_FIRST_WAIT ** min(recent.failed_starts, 20), longest)
            starts = "its last start" if recent.failed_starts == 1 else f"its last {recent.failed_starts} starts"
            reason = f"{starts} did not stay connected, and Discord resets the token of a bot that begins too often"
            waits.append((recent.times[-1] + timedelta(seconds=seconds), reason))
        return self._longest(waits, now)

    async def to_begin(self, shard: int) -> Wait | None:
        """Return what a shard that has lost its session has to wait for before it begins another."""
        now = self._clock.now()
        recent = await self._recent(now)
        waits = [self._used_up(recent.times, 1)]
        if shard in self._begun_at:
            seconds = min(_FIRST_WAIT ** min(self._failures[shard], 20), _LONGEST_WAIT)
            left = self._begun_at[shard] + seconds - self._clock.monotonic()
            waits.append((now + timedelta(seconds=left), "its last session was ended soon"))
        return self._longest(waits, now)

    async def _recent(self, now: datetime) -> RecentIdentifies:
        try:
            recent = await self._identifies.recent(now - _DAY)
        except DaybookError as error:
            log.error("the sessions with Discord cannot be counted: %s", error)  # noqa: TRY400
            return RecentIdentifies((), 0)
        # What a clock that was ahead has noted for the future was begun by now.
        return RecentIdentifies(tuple(min(time, now) for time in recent.times), recent.failed_starts)

    def begin_waiting(self, wait: Wait) -> None:
        """Note, and log, what is being waited for."""
        self.waiting = wait
        log.warning("the bot %s", wait)

    async def _wait(self, wait: Wait | None) -> None:
        if wait is None:
            return
        self.begin_waiting(wait)
        # By the monotonic clock: whoever sets the wall clock back does not prolong it.
        await asyncio.sleep(wait.seconds)
        self.waiting = None

    def _exhausted(self, shards: int) -> Wait | None:
        """Return what to wait for where Discord says that too few sessions are left."""
        limit = self._limit
        # The rest is for whoever else has the token, and for the next sessions of this process.
        if not self.is_patient or limit.remaining >= shards + limit.total // 10 or not limit.reset_after:
            return None
        reason = f"Discord lets it begin {limit.remaining} more sessions until then, of {limit.total}"
        return Wait(self._clock.now() + limit.reset_after, limit.reset_after.total_seconds(), reason)

    def _used_up(self, times: tuple[datetime, ...], shards: int) -> _Moment | None:
        """Return until when to wait where many of the sessions of 24 hours have been begun already."""
        most = self._limit.total // 2
        used = len(times)
        reason = f"it has begun {used} sessions in 24 hours, and may begin {most}"
        if used + shards > most:
            # So many have to be more than 24 hours old; a bot of very many shards waits for all of them.
            return times[min(used + shards - most, used) - 1] + _DAY, reason
        if used >= most // 2:
            return times[-1] + shards * _DAY / (most - most // 2), reason
        return None

    def _longest(self, moments: list[_Moment | None], now: datetime) -> Wait | None:
        ahead = [moment for moment in moments if moment is not None and moment[0] > now]
        if not ahead or not self.is_patient:
            return None
        until, reason = max(ahead)
        return Wait(until, (until - now).total_seconds(), reason)
