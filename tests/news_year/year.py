"""Plays days of news: what the world tells, what goes wrong, and what should stand in the channels afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any, Literal

from bot.sources.fetch_state import FILE_NAME
from tests.discord_double.double import DEFERRED, DiscordDouble
from tests.helpers.feeds import FeedServer, feed_server
from tests.helpers.posting import Deployment
from tests.helpers.processes import STARTER_OFF, Shell, fetches_of, is_fetch
from tests.helpers.wikipedia import FakeWikipedia, broken, send, too_many, truncated, wikipedia
from tests.news_year.agreement import disagreements
from tests.news_year.newsroom import FEEDS, Newsroom

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.discord_double.double import Answer
    from tests.discord_double.gateway import Json

# What can go wrong, or be changed, on a day; what needs an evening before has it there.
TROUBLES = (
    "reword", "withdraw", "move", "blank", "correct story", "edit list", "late news", "stumble", "outage", "refusal",
    "feeds down", "restart", "late start", "kill the fetch", "kill the bot", "kill the post", "Discord fails",
    "absence", "forget", "lose the archive", "lose the state",
)  # fmt: skip
_WITH_EVENING = {"reword", "withdraw", "move", "blank", "correct story", "forget"}
_LASTING = {"outage", "refusal", "absence"}
# How many days an outage lasts at most, and an absence.
_LONGEST_OUTAGE, _ABSENCE = 4, 2
# Days that the portal has before the bot is there: fewer say nothing of what is usual.
PAST_DAYS = 12
_SOURCES = "portal,onthisday,feeds,articles"
_POST = "/channels/{}/messages"
_MOST_IN_POST = 6
# Seconds between two looks at something, and between two questions; and how many are asked while something is fetched.
_LOOK_AGAIN, _BETWEEN, _QUESTIONS = 0.05, 0.15, 8
# Seconds until a fetch is given up: on a busy machine, one that is less important than all else takes long.
_PATIENCE = 400.0
_HOLDER = re.compile(r"process (\d+)")


def refuse(handler: BaseHTTPRequestHandler) -> bool:
    """Refuse for good, as a server does that has blocked somebody."""
    return send(handler, 403, b"go away")


async def wait_until(condition: Callable[[], object], seconds: float, description: str = "it") -> None:
    """Wait until a condition holds, which may cost something to look at. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{description} did not happen within {seconds:g} s")
        await asyncio.sleep(_LOOK_AGAIN)


def at(day: date, clock: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.combine(day, time_of_day.fromisoformat(clock), UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which days are played, and what goes wrong on each of them."""

    first: date
    days: int
    troubles: Mapping[int, Collection[str]]
    seed: int = 7
    # So many days of the year have lists, from the first one on.
    listed_days: int = 366
    # No day is begun after so long.
    minutes: float = 1000.0


def year_plan(first: date, days: int, seed: int) -> Plan:
    """Return a plan in which something happens on two days of three, and each kind of trouble comes again and again."""
    rng = random.Random(seed)
    troubles: dict[int, set[str]] = {}
    deck: list[str] = []
    number = 1
    while number < days - 1:
        if rng.random() < 2 / 3:
            if not deck:
                deck = rng.sample(TROUBLES, k=len(TROUBLES))
            troubles[number] = {deck.pop()}
        # An outage, and an absence, take some days.
        number += 1 + _LONGEST_OUTAGE * bool(troubles.get(number, set()) & _LASTING)
    return Plan(first, days, troubles, seed)


@dataclass
class Outcome:
    """What was not as it should be, and how long answers took, by command, and by whether a fetch was running."""

    violations: list[str] = field(default_factory=list)
    seconds: dict[tuple[str, bool], list[float]] = field(default_factory=lambda: defaultdict(list))
    days: int = 0
    posts: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    took: float = 0.0

    def all_seconds(self, *, fetching: bool) -> list[float]:
        """Return how long all answers took while something was being fetched, or while nothing was."""
        return sorted(second for (_, is_so), some in self.seconds.items() if is_so is fetching for second in some)


@asynccontextmanager
async def open_year(plan: Plan, folder: Path) -> AsyncIterator[Year]:
    """Start a Wikipedia, feeds and a Discord for a plan; ``folder`` is the bot's."""
    (folder / "data").mkdir()
    with wikipedia() as fake, feed_server() as feeds:
        async with DiscordDouble(guilds=[], clock=folder) as double:
            yield Year(plan, Deployment(double, folder), fake, feeds)


class Year:
    """Days that pass."""

    def __init__(self, plan: Plan, deployment: Deployment, fake: FakeWikipedia, feeds: FeedServer) -> None:
        self.plan, self.deployment, self.fake, self.feeds = plan, deployment, fake, feeds
        self.double, self.server = deployment.double, deployment.server()
        self.rng = random.Random(plan.seed)
        self.newsroom = Newsroom(self.rng, fake, feeds)
        self.outcome = Outcome()
        self.environment = fake.environment | {
            "DAYBOOK_SOURCES": _SOURCES, "DAYBOOK_ALLOW": f"127.0.0.1:{fake.port},127.0.0.1:{feeds.port}",
            # Thousands of processes are started: bytecode is kept, as it is where Daybook is installed.
            "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(deployment.folder / "bytecode"),
        }  # fmt: skip
        self._process = AsyncExitStack()
        self._user_id = 2 * 10**18
        # Days whose news has been told in full.
        self._complete: set[date] = set()
        # What the server of a post's channel should have: the messages of each channel.
        self._messages: dict[int, list[str]] = {self.server.text: [], self.server.news: []}
        self._outage_left = self._absence_left = 0
        self._failing: str | None = None

    @property
    def data(self) -> Path:
        """The bot's folder of data."""
        return self.deployment.folder / "data"

    async def play(self, progress: Callable[[date, Collection[str]], None] = lambda _day, _troubles: None) -> Outcome:
        """Play all days, then see whether everything agrees."""
        began = time.monotonic()
        self._set_up()
        async with self._process:
            await self._start_fetching(at(self.plan.first, "00:45"))
            await self.server.open()
            await self.server.subscribe(self.server.text, content="news")
            await self.server.subscribe(self.server.news, content="both")
            self._expect(not self.server.posts(), "the first fetch posts something")
            for number in range(self.plan.days):
                if time.monotonic() > began + self.plan.minutes * 60:
                    break
                self.outcome.days += 1
                day, troubles = self.plan.first + timedelta(number), self.plan.troubles.get(number, ())
                progress(day, troubles)
                self.outcome.troubles.update(troubles)
                await self._day(day, troubles)
                await self._evening(day, self.plan.troubles.get(number + 1, ()))
            await self._last_fetch()
            await self._stop()
        self._check_channels()
        self._check_agreement()
        self.outcome.took = time.monotonic() - began
        return self.outcome

    def _set_up(self) -> None:
        """Tell the news of the days before, have them fetched and the feeds added, as somebody does who begins."""
        first, newsroom = self.plan.first, self.newsroom
        self.double.set_time(at(first, "00:05"))
        for number in range(PAST_DAYS, 0, -1):
            day = first - timedelta(number)
            newsroom.write_day(day, 4)
            newsroom.write_stories(day, paper=1, zeitung=number % 2)
            self._complete.add(day)
        around = range(-3, self.plan.listed_days - 3)
        newsroom.write_lists(first + timedelta(distance) for distance in around)
        self._shell("fetch", "portal", "--since", f"{first - timedelta(PAST_DAYS)}")
        for path, (name, language) in FEEDS.items():
            self._shell("source", "add", self.feeds.url(path), "--name", name, "--language", language)

    def _shell(self, *arguments: str) -> str:
        more = self.double.environment | self.environment | STARTER_OFF
        answer = Shell(self.deployment.folder)(*arguments, more=more)
        self._expect(answer.code == 0, f"daybook {' '.join(arguments)} ended with {answer.code}: {answer.err}")
        return answer.out

    def _expect(self, condition: object, sentence: str) -> None:
        if not condition:
            self.outcome.violations.append(f"{self.double.time:%Y-%m-%d %H:%M}: {sentence}")

    # The bot's process

    async def _start(self) -> None:
        await self._process.enter_async_context(self.deployment.running(self.environment))

    async def _start_fetching(self, moment: datetime) -> None:
        """Start it at a moment, and wait until it has fetched all that is due."""
        before, due = self._visits(), self._due(moment)
        self.double.set_time(moment)
        await self._start()
        await self._visited(due, before)
        self._note_read(moment)

    async def _stop(self) -> None:
        await self._process.aclose()

    async def _restart(self, moment: datetime | None = None) -> None:
        await self._stop()
        if moment:
            self.double.set_time(moment)
        await self._start()

    async def _killed(self) -> None:
        """Wait for the end of a process that was killed, and start another one."""
        await self.deployment.wait_killed()
        await self._process.aclose()
        await self._start()

    # Days

    async def _day(self, day: date, troubles: Collection[str]) -> None:
        if self._absence_left:
            self._absence_left -= 1
            self._write(day)
            if self._absence_left:
                return
            await self._start_fetching(at(day, "05:00"))
        elif "absence" in troubles:
            await self._stop()
            self._absence_left = _ABSENCE
            self._write(day)
            return
        self._write(day)
        await self._morning(day, troubles)
        if "late news" in troubles:
            self.newsroom.write_day(day - timedelta(1), 1)
            self.newsroom.write_stories(day - timedelta(1), paper=1, zeitung=0)
            await self._fetched(at(day, "08:20"))
        await self._post(day, troubles)
        await self._noon(day, troubles)
        if not self._is_out():
            await self._ask_about(day)

    def _write(self, day: date) -> None:
        """Let editors tell the rest of yesterday, and the first of today."""
        self._complete_day(day - timedelta(1))
        self.newsroom.write_day(day, 2)

    def _complete_day(self, day: date) -> None:
        if day not in self._complete:
            self._complete.add(day)
            # Sometimes more than a post has room for.
            is_full = self.rng.random() < 0.1
            self.newsroom.write_day(day, 5 if is_full else self.rng.randint(0, 2))
            self.newsroom.write_stories(day, paper=self.rng.randint(0, 1), zeitung=self.rng.randint(0, 1))

    async def _morning(self, day: date, troubles: Collection[str]) -> None:
        yesterday, six = day - timedelta(1), at(day, "06:00")
        self._edit(yesterday, troubles)
        failing = next((trouble for trouble in ("outage", "refusal", "feeds down") if trouble in troubles), None)
        if failing and not self._outage_left:
            self._outage_left = 1 if self.plan.days < PAST_DAYS * 3 else self.rng.randint(1, _LONGEST_OUTAGE)
            self._failing = failing
        if self._outage_left:
            await self._fail(six)
            self._outage_left -= 1
            return
        if "stumble" in troubles:
            # Twice in a row is waited for.
            self.fake.faults = [too_many, self.rng.choice((broken, truncated))]
            self.feeds.faults = [broken]
        if "kill the fetch" in troubles:
            await self._kill_fetch(six)
        elif "kill the bot" in troubles:
            await self._kill_bot(six)
        else:
            await self._fetched(six)
        self.newsroom.restore()

    def _edit(self, yesterday: date, troubles: Collection[str]) -> None:
        newsroom = self.newsroom
        edits: dict[str, Callable[[], None]] = {
            "reword": lambda: newsroom.reword(yesterday),
            "withdraw": lambda: newsroom.withdraw(yesterday),
            "move": lambda: newsroom.move(yesterday, yesterday + timedelta(self.rng.choice((-1, 1)))),
            "blank": lambda: newsroom.blank(yesterday),
            "correct story": lambda: newsroom.correct_story(yesterday),
            "edit list": lambda: newsroom.edit_list(yesterday + timedelta(self.rng.randint(1, 6))),
        }
        for trouble, edit in edits.items():
            if trouble in troubles:
                edit()
        if "edit list" in troubles:
            newsroom.grow_articles()

    def _is_out(self) -> bool:
        return self._failing is not None

    async def _fail(self, moment: datetime) -> None:
        """Let a fetch find its sources out of order."""
        before = self._visits()
        faults: list[Any] = [refuse] * 5000
        match self._failing:
            case "outage":
                self.fake.down, self.feeds.faults = True, faults
            case "refusal":
                self.fake.faults, self.feeds.faults = faults, faults.copy()
            case _:
                self.feeds.faults = faults
        self.double.set_time(moment)
        await self._visited(self._due(moment), before)
        if self._failing == "feeds down":
            self.newsroom.read_portal(moment)
        name = "feeds" if self._failing == "feeds down" else "portal"
        words = f"{name} could not be fetched since"
        with suppress(TimeoutError):
            await wait_until(lambda: words in self._health(), 10)
        self._expect(words in self._health(), f"health does not say that {name} fails: {self._health()}")

    def _recover(self) -> None:
        self.fake.down, self.fake.faults, self.feeds.faults, self._failing = False, [], [], None

    def _health(self) -> str:
        return str(json.loads((self.data / "health.json").read_text())["news"])

    async def _kill_fetch(self, moment: datetime) -> None:
        self.double.set_time(moment)
        await self._while_fetching()
        for pid in self._fetches():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await wait_until(lambda: not self._is_fetching(), 60, "the end of the fetches")
        # Until the bot has noted that they failed: it counts from then.
        await self._ask("about", fetching=False)
        await self._fetched(moment + timedelta(minutes=40))

    async def _kill_bot(self, moment: datetime) -> None:
        self.double.set_time(moment)
        await self._while_fetching()
        self.deployment.kill()
        await self._killed()
        # It goes on without the bot.
        await wait_until(lambda: not self._is_fetching(), 60, "the end of a fetch whose bot was killed")
        await self._ask("about", fetching=False)
        await self._fetched(moment + timedelta(minutes=40))

    async def _while_fetching(self) -> None:
        """Wait until something is being fetched, for some time."""
        await wait_until(self._is_fetching, 60, "a fetch")
        await asyncio.sleep(self.rng.random() * 0.3)

    async def _post(self, day: date, troubles: Collection[str]) -> None:
        moment = at(day, "08:31")
        numbers = {1: self.server.text, 2: self.server.news}
        if "Discord fails" in troubles:
            for channel_id in numbers.values():
                self.double.fail_next("POST", _POST.format(channel_id), 503, before_effect=self.rng.random() < 0.5)
        if "kill the post" in troubles:
            when: Literal["before", "after"] = self.rng.choice(("before", "after"))
            channel_id = self.rng.choice(list(numbers.values()))
            self.double.on("POST", _POST.format(channel_id), when, self.deployment.kill)
        if "late start" in troubles:
            moment = at(day, "09:30")
            await self._restart(moment)
        else:
            self.double.set_time(moment)
        if "kill the post" in troubles:
            await self._killed()

        def is_done() -> bool:
            done = [delivery for delivery in self.server.deliveries() if delivery.day == day]
            return len(done) == len(numbers) and not {delivery.state for delivery in done} & {"due", "claimed"}

        with suppress(TimeoutError):
            await wait_until(is_done, 5)
        await self.deployment.advance_until(is_done, hours=1)
        self._check_post(day, moment, numbers)

    def _check_post(self, day: date, moment: datetime, numbers: Mapping[int, int]) -> None:
        news = self.newsroom.news_of(day - timedelta(1), seen_before=moment - timedelta(minutes=30))
        for delivery in self.server.deliveries():
            if delivery.day != day:
                continue
            message = self.double.world.messages.get(delivery.message_id or "")
            possible = set(news)
            if delivery.number != 1:
                possible |= self.newsroom.listed.get((day.month, day.day), set())
                # What came in with the first fetch is an anniversary at the end of the year.
                possible |= {seen.text for seen in self.newsroom.known.get(day - timedelta(365), {}).values()}
            if not possible:
                self._expect(delivery.state == "skipped", f"a post without news is {delivery.state}")
                continue
            self._expect(delivery.state == "sent", f"post {delivery.number} is {delivery.state} ({delivery.reason})")
            self._expect(message, f"post {delivery.number} stands nowhere")
            if message is None:
                continue
            self.outcome.posts += 1
            self._messages[numbers[delivery.number]].append(message["id"])
            lines = lines_of(message)
            if delivery.number == 1:
                is_right = set(lines) == news if len(news) <= _MOST_IN_POST else set(lines) < news
                is_whole = len(lines) == len(set(lines)) == min(len(news), _MOST_IN_POST)
                self._expect(is_right and is_whole, f"the news of yesterday is {sorted(news)}, the post has {lines}")
            else:
                self._expect(set(lines) <= possible, f"the post has {set(lines) - possible}, which stands nowhere")
                self._expect(not news or lines[0] in news, f"the post of both leads with {lines[0]}")

    async def _noon(self, day: date, troubles: Collection[str]) -> None:
        noon = at(day, "12:00")
        if "restart" in troubles:
            await self._restart(noon)
        for trouble, name in (("lose the archive", "archive.sqlite3"), ("lose the state", f"pages/{FILE_NAME}")):
            if trouble in troubles:
                await self._stop()
                for file in self.data.glob(f"{name}*"):
                    file.unlink()
                await self._start_fetching(noon)

    async def _evening(self, day: date, troubles: Collection[str]) -> None:
        """Let the rest of a day be told in the evening, if something is to happen to it in the night."""
        if self._failing and not self._outage_left:
            self._recover()
        if not _WITH_EVENING & {*troubles} or self._failing or self._absence_left:
            return
        self._complete_day(day)
        await self._fetched(at(day, "20:00"))
        if "forget" in troubles and (text := self.newsroom.forget(day)):
            with closing(sqlite3.connect(self.data / "archive.sqlite3")) as db:
                (key,) = db.execute("SELECT key FROM event WHERE headline = ?", (text,)).fetchone()
            self._shell("forget", key)

    async def _last_fetch(self) -> None:
        self._recover()
        if self._absence_left:
            await self._start()
        self.newsroom.restore()
        await self._fetched(at(self.plan.first + timedelta(self.outcome.days), "06:00"))
        await wait_until(lambda: not self._is_fetching(), 60, "the end of the last fetch")

    # Fetches

    async def _fetched(self, moment: datetime) -> None:
        """Let time pass to a moment, wait until all that is due has been fetched, and ask things meanwhile."""
        before = self._visits()
        due = self._due(moment)
        self.double.set_time(moment)
        asking = asyncio.create_task(self._ask_meanwhile())
        try:
            await self._visited(due, before)
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
        self._note_read(moment)

    def _note_read(self, moment: datetime) -> None:
        self.newsroom.read_portal(moment)
        self.newsroom.read_feeds(moment)

    def _due(self, moment: datetime) -> set[str]:
        """Return the sources that are surely fetched at a moment."""
        feeds = {f"feed {self.feeds.url(path)}" for path in FEEDS}
        failures, visited, _ = self._visits().get("onthisday", (0, "", ""))
        is_due = not failures and (not visited or datetime.fromisoformat(visited) + timedelta(1) <= moment)
        return {"portal", *feeds} | ({"onthisday"} if is_due else set())

    async def _visited(self, names: set[str], before: Mapping[str, tuple[int, str, str]]) -> None:
        """Wait until these sources have been visited since, and none is being fetched any more."""

        def is_over() -> bool:
            now = self._visits()
            return all(now.get(name) != before.get(name) for name in names) and not self._is_fetching()

        try:
            await wait_until(is_over, _PATIENCE)
        except TimeoutError as error:
            missing = [name for name in names if self._visits().get(name) == before.get(name)]
            log = self.deployment.process.err[-3000:]
            raise TimeoutError(f"no fetch of {missing} at {self.double.time}, {self._fetches()}: {log}") from error
        # The bot has the end of the last one before it: when it answers, it has noted it.
        await self._ask("about", fetching=False)

    def _visits(self) -> dict[str, tuple[int, str, str]]:
        """Return what the state knows of visits to each source."""
        file = self.data / "pages" / FILE_NAME
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
            return {name: (failures, visited, after) for name, failures, visited, after in db.execute(
                "SELECT name, failures, visited, next_visit FROM source")}  # fmt: skip
        return {}

    def _fetches(self) -> set[int]:
        """Return the processes that are fetching something: the bot's own, and what one that was killed has left."""
        found = fetches_of(self.deployment.process.pid)
        for note in (self.data / "pages").glob(".*.holder"):
            with suppress(OSError):
                match = _HOLDER.search(note.read_text("utf-8"))
                # One that was killed has left its note.
                found |= {int(match[1])} if match and is_fetch(int(match[1])) else set()
        return found

    def _is_fetching(self) -> bool:
        return bool(self._fetches())

    # Questions

    async def _ask(self, command: str, *, fetching: bool, locale: str = "en-GB", **options: Any) -> Answer:
        """Ask as somebody new; note how long the answer took."""
        self._user_id += 1
        answer = await self.double.slash(
            command, options, user_id=self._user_id, guild_id=self.server.id, channel_id=self.server.text, locale=locale
        )
        seconds = answer.elapsed
        if answer.type == DEFERRED:
            await answer.finished()
            seconds = time.monotonic() - answer.sent
        self.outcome.seconds[command, fetching].append(seconds)
        return answer

    async def _ask_meanwhile(self) -> None:
        questions: tuple[tuple[str, dict[str, Any]], ...] = (
            ("latest", {}), ("onthisday", {}), ("search", {"words": "bridges"}), ("topic", {"name": "Ships"}),
        )  # fmt: skip
        for command, options in (questions * _QUESTIONS)[:_QUESTIONS]:
            await asyncio.sleep(_BETWEEN)
            await self._ask(command, fetching=self._is_fetching(), **options)

    async def _ask_about(self, day: date) -> None:
        newsroom, yesterday = self.newsroom, day - timedelta(1)
        for locale in ("en-GB", "de"):
            await self._check_latest(day, locale)
        answer = await self._ask("day", fetching=False, date=f"{yesterday:%Y-%m-%d}")
        of_yesterday = {seen.text for seen in newsroom.known.get(yesterday, {}).values()}
        titles = {embed.get("title") for embed in answer.embeds}
        self._expect(not of_yesterday or titles & of_yesterday, f"/day {yesterday} shows {titles}")
        days = [near for near in newsroom.known if newsroom.known[near] and near <= day]
        seen = self.rng.choice(list(newsroom.known[self.rng.choice(days)].values()))
        answer = await self._ask("search", fetching=False, words=seen.text.split()[0])
        self._expect(seen.text in str(answer.embeds), f"/search does not find “{seen.text}”")
        if newsroom.gone:
            text = self.rng.choice(list(newsroom.gone.values())).text
            answer = await self._ask("search", fetching=False, words=text.split()[0])
            self._expect(text not in str(answer.embeds), f"/search finds “{text}”, which is gone")
        if listed := newsroom.listed.get((day.month, day.day)):
            for locale in ("en-GB", "de"):
                answer = await self._ask("onthisday", fetching=False, locale=locale)
                titles = {embed.get("title") for embed in answer.embeds}
                self._expect(titles & listed, f"/onthisday shows {titles} in {locale}")

    async def _check_latest(self, day: date, locale: str) -> None:
        """See what the newest events are, and that those in the reader's language come first on each day."""
        near = [self.newsroom.known.get(day - timedelta(distance), {}) for distance in range(-1, 9)]
        known = {seen.text: name.startswith("/zeitung ") for some in near for name, seen in some.items()}
        answer = await self._ask("latest", fetching=False, locale=locale)
        days = [[line.removeprefix("• ") for line in field["value"].split("\n")] for field in _fields(answer)]
        lines = {line for of_day in days for line in of_day}
        self._expect(lines, "/latest shows nothing")
        self._expect(lines <= known.keys(), f"/latest shows {lines - known.keys()}, which stands nowhere")
        self._expect(not answer.content, f"/latest says “{answer.content}”")
        for of_day in days:
            own = [known.get(line, False) is (locale == "de") for line in of_day]
            self._expect(own == sorted(own, reverse=True), f"/latest in {locale} has {of_day}")

    # At the end

    def _check_channels(self) -> None:
        for channel_id, messages in self._messages.items():
            posts = [post["id"] for post in self.server.posts(channel_id)]
            self._expect(posts == messages, f"{len(posts)} posts stand in {channel_id}, {len(messages)} were expected")

    def _check_agreement(self) -> None:
        last = self.double.time.date()
        watched = {day: self.fake.revisions[day] for day in self.newsroom.portal if day >= last - timedelta(3)}
        self._shell("rank")
        rebuilt = self.deployment.folder / "rebuilt.sqlite3"
        self.outcome.violations += disagreements(self.data, revisions=watched, rebuilt=rebuilt)


def lines_of(post: Json) -> list[str]:
    """Return the headlines in a post, the lead's first."""
    lead, *others = post["embeds"]
    lines = [line for embed in others for line in embed["description"].splitlines()]
    return [lead["title"], *(re.sub(r"^(?:• |\*\*\d+\*\* · )", "", line) for line in lines)]


def _fields(answer: Answer) -> list[Json]:
    return [field for embed in answer.embeds for field in embed.get("fields") or ()]
