"""What an admin typed -> what is ordered. Raises OrderError, one sentence, where it cannot be."""

from dataclasses import dataclass, replace
from datetime import time
from typing import Any

from bot.archive.archive import Archive
from bot.archive.resolve import resolve_topic
from bot.domain.errors import DailyPostError
from bot.domain.event import Topic
from bot.domain.schedule import Plan
from bot.domain.subscription import Empty, PostOptions
from bot.domain.time_of_day import parse_time
from bot.domain.weekdays import parse_weekdays
from bot.domain.zones import find_zone
from bot.locale.language import Either, Message, echo, quoted

EVERY_DAY = 127
LANGUAGES = {"en": Message("English"), "zh": Message("Chinese")}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedOptions:
    """The options of ``/daily add`` and ``/daily edit`` as they were typed; None for those left out."""

    channel: int | None = None
    time: str | None = None
    timezone: str | None = None
    topic: str | None = None
    count: int | None = None
    role: int | None = None
    thread: bool | None = None
    late: int | None = None
    language: str | None = None
    weekdays: str | None = None
    publish: bool | None = None
    pin: bool | None = None
    tag: int | None = None
    empty: str | None = None
    clear: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether every option was left out."""
        return self == TypedOptions()


async def read_options(asked: TypedOptions, *, archive: Archive, base: PostOptions | None = None) -> PostOptions:
    """Return what is ordered: ``base``, or the usual, with what was asked. Raises OrderError."""
    options = base or PostOptions(channel=0, plan=Plan(time(9), "UTC"))
    if asked.clear is not None:
        options = _cleared(options, asked.clear)
    options = replace(options, plan=_plan(asked, options.plan))
    if asked.topic is not None:
        topic = await find_topic(archive, asked.topic)
        options = replace(options, topic=topic.key, topic_name=topic.name)
    if asked.empty is not None:
        options = replace(options, empty=Empty(asked.empty))
    for name in ("channel", "count", "role", "thread", "late", "language", "publish", "pin", "tag"):
        value = getattr(asked, name)
        if value is not None:
            options = replace(options, **{name: value})
    return options


def _plan(asked: TypedOptions, plan: Plan) -> Plan:
    if asked.time is not None:
        plan = replace(plan, time=parse_time(asked.time))
    if asked.timezone is not None:
        plan = replace(plan, zone=find_zone(asked.timezone))
    if asked.weekdays is not None:
        plan = replace(plan, weekdays=parse_weekdays(asked.weekdays))
    return plan


def _cleared(options: PostOptions, name: str) -> PostOptions:
    match name:
        case "topic":
            return replace(options, topic=None, topic_name=None)
        case "weekdays":
            return replace(options, plan=replace(options.plan, weekdays=EVERY_DAY))
        case _:
            taken_back: dict[str, Any] = {name: None}
            return replace(options, **taken_back)


async def find_topic(archive: Archive, typed: str) -> Topic:
    """Return the topic that was typed, chosen or surely meant. Raises OrderError for an unknown one."""
    found = await resolve_topic(archive, typed)
    if found is None:
        alike = await archive.topics.similar(typed, limit=3)
        unknown = Message("The archive knows no topic {topic}.", topic=echo(typed, 60))
        if not alike:
            raise DailyPostError(unknown)
        perhaps = Either(quoted(each.name) for each in alike)
        raise DailyPostError(Message("{unknown} Did you mean {perhaps}?", unknown=unknown, perhaps=perhaps))
    return found.topic
