"""What the running bot tells Prometheus of itself: each figure, and the page at which they are read.

Off unless ``DAYBOOK_METRICS`` says where. Nothing of people or servers is in it, and no name of a channel.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import aiohttp
import discord
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.clock import Clock
from bot.domain.errors import DaybookError
from bot.health import newest_event_age
from bot.heartbeat import is_connected
from bot.settings import Address

log = logging.getLogger(__name__)

_TOO_MANY_REQUESTS, _FIRST_ERROR = 429, 400
_CALLBACK = "/callback"
# In seconds.
_ANSWER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 10)
_LATE_BUCKETS = (5, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
# Interactions whose answers are still to come; those that are never answered are dropped.
_MOST_OPEN = 1000


class Metrics:
    """The figures. Those that change by events are counted, all others are read when somebody asks for them."""

    def __init__(self, bot: Daybook, archive: Archive, *, clock: Clock) -> None:
        self._bot = bot
        self._archive = archive
        self._clock = clock
        self._registry = CollectorRegistry(auto_describe=True)
        self._received_at: dict[str, float] = {}
        self._answers = self._histogram(
            "daybook_answer_seconds", "Time until Discord has an answer, or its deferral", _ANSWER_BUCKETS
        )
        self._lateness = self._histogram(
            "daybook_post_late_seconds", "How long after its time a daily post was sent", _LATE_BUCKETS
        )
        self._posts = Counter("daybook_posts", "What has become of daily posts", ["state"], registry=self._registry)
        self._limited = Counter("daybook_rate_limited", "Answers 429 of Discord", ["scope"], registry=self._registry)
        self._unreadable = Counter(
            "daybook_unreadable", "What Discord's gateway sent and could not be read", ["what"], registry=self._registry
        )
        for what in ("event", "frame"):
            self._unreadable.labels(what)
        self._answered = Counter(
            "daybook_answers", "Answers to commands and buttons", ["outcome"], registry=self._registry
        )
        self._newest_event = self._gauge(
            "daybook_newest_event_age_days", "Days since the day of the newest event ended"
        )
        self._events = self._gauge("daybook_archive_events", "Events in the archive")
        self._changed = self._gauge(
            "daybook_archive_changed_timestamp_seconds", "When an import, or the upkeep, last wrote the archive"
        )
        self._archive_readable = self._gauge("daybook_archive_readable", "1 if the archive in its place can be read")
        self._read("daybook_connected", "1 if every shard is connected", lambda: is_connected(bot))
        self._read("daybook_latency_seconds", "Time between a heartbeat and Discord's answer", self._latency)
        self._read(
            "daybook_looked_for_posts_timestamp_seconds", "When it last looked for posts that are due", self._looked_at
        )
        self._read(
            "daybook_ledger_writable", "1 if the last change could be written", lambda: bot.ledger.write_fault is None
        )
        self._read(
            "daybook_ledger_whole",
            "0 if the check of the whole ledger has found damage",
            lambda: bot.ledger.damage is None,
        )
        self._read(
            "daybook_clock_off_seconds",
            "How far the machine's clock is ahead of Discord's, if that matters",
            lambda: bot.clock_check.off_by / timedelta(seconds=1),
        )
        self._read(
            "daybook_waiting_to_connect",
            "1 while it waits before it begins a session",
            lambda: bot.session_pace.waiting is not None,
        )
        self._read(
            "daybook_commands_registered",
            "1 if Discord has the commands as they are",
            lambda: bot.command_sync.is_done,
        )
        self._sessions = self._gauge(
            "daybook_sessions_begun_in_a_day", "Sessions begun with Discord in 24 hours; 500 is the most"
        )

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Count the answers to the bot's requests, and what it cannot read."""
        trace.on_request_end.append(self._on_request_end)
        self._bot.add_listener(self._on_interaction, "on_interaction")
        self._bot.add_listener(self._on_unreadable, "on_unreadable")
        self._bot.courier.on_outcome = self._on_outcome

    async def page(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        await self._archive.check()
        self._archive_readable.set(self._archive.fault is None)
        try:
            stats = await self._archive.stats()
            self._events.set(stats.events)
            if (age := newest_event_age(stats.last_date, now=self._clock.now())) is not None:
                self._newest_event.set(age / timedelta(days=1))
            self._changed.set(self._archive.changed_at)
        except DaybookError:
            self._archive_readable.set(0)
        except OSError:
            pass
        self._sessions.set(await self._bot.session_pace.begun_in_a_day())
        return generate_latest(self._registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, about, buckets=buckets, registry=self._registry)

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, registry=self._registry)

    def _read(self, name: str, about: str, value: Callable[[], float]) -> None:
        self._gauge(name, about).set_function(value)

    def _latency(self) -> float:
        return max((shard.latency for shard in self._bot.shards.values()), default=float("nan"))

    def _looked_at(self) -> float:
        polled_at = self._bot.courier.last_poll_at
        return polled_at.timestamp() if polled_at else 0.0

    def _on_outcome(self, state: str, lateness: timedelta | None) -> None:
        self._posts.labels(state).inc()
        if lateness is not None:
            self._lateness.observe(max(lateness.total_seconds(), 0.0))

    async def _on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            return
        if len(self._received_at) >= _MOST_OPEN:
            self._received_at.pop(next(iter(self._received_at)))
        self._received_at[str(interaction.id)] = self._clock.monotonic()

    async def _on_unreadable(self, what: str) -> None:
        self._unreadable.labels(what).inc()

    async def _on_request_end(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        path, response = answer.url.path, answer.response
        if response.status == _TOO_MANY_REQUESTS:
            is_discord = "Via" in response.headers
            self._limited.labels(response.headers.get("X-RateLimit-Scope", "user") if is_discord else "blocked").inc()
        if path.endswith(_CALLBACK):
            received_at = self._received_at.pop(path.split("/")[-3], None)
            if received_at is not None:
                self._answers.observe(self._clock.monotonic() - received_at)
                self._answered.labels("taken" if response.status < _FIRST_ERROR else "refused").inc()


async def serve_metrics(metrics: Metrics, address: Address) -> web.AppRunner | None:
    """Serve the page until the runner is cleaned up; None, and a line in the log, where that cannot be."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=await metrics.page(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, address.host, address.port).start()
    except OSError as error:
        # Posts and answers matter more.
        log.error("the figures cannot be served at %s (%s): set DAYBOOK_METRICS to another port", address, error)  # noqa: TRY400
        await runner.cleanup()
        return None
    log.info("figures are served at http://%s/metrics", address)
    return runner
