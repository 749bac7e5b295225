"""Reads the options of ``/daily`` and ``/follow`` as admins type them."""

from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Any

from bot.archive.archive import Archive
from bot.archive.resolve import likely_topics, resolve_topic
from bot.domain.errors import DailyPostError
from bot.domain.event import Topic
from bot.domain.schedule import EVERY_DAY, Plan
from bot.domain.subject import Subject
from bot.domain.subscription import Content, EmptyDay, PostOptions
from bot.domain.time_of_day import parse_time
from bot.domain.weekdays import parse_weekdays
from bot.domain.when import parse_when
from bot.domain.zones import find_zone
from bot.locale.event_languages import language_code
from bot.locale.language import Either, Message, echo, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedOptions:
    """The options of ``add`` and ``edit`` as they were typed; None for those left out.

    An option whose value needs no reading has the same name in PostOptions, and is taken over as it is.
    """

    channel_id: int | None = None
    time: str | None = None
    timezone: str | None = None
    topic: str | None = None
    count: int | None = None
    role_id: int | None = None
    thread: bool | None = None
    late: int | None = None
    language: str | None = None
    weekdays: str | None = None
    publish: bool | None = None
    pin: bool | None = None
    tag: str | None = None
    empty: str | None = None
    content: str | None = None
    clear: str | None = None
    what: str | None = None
    when: str | None = None

    @property
    def all_left_out(self) -> bool:
        """Whether no option was given."""
        return self == TypedOptions()


async def read_options(
    typed: TypedOptions,
    *,
    archive: Archive,
    locale: str | None,
    base: PostOptions | None = None,
    zone: str | None = None,
    subject: Subject | None = None,
) -> PostOptions:
    """Return ``base``, or the defaults, with the options that were typed by a reader of a locale.

    ``zone`` is the time zone where none is typed (UTC if left out); ``subject`` is what was typed as ``what``. Raises
    DailyPostError for what cannot be read.
    """
    options = base or PostOptions(channel_id=0, plan=Plan(time(9), zone or "UTC"))
    if typed.clear is not None:
        options = _without_option(options, typed.clear)
    names = (field.name for field in fields(PostOptions) if hasattr(typed, field.name))
    changes: dict[str, Any] = {name: getattr(typed, name) for name in names if getattr(typed, name) is not None}
    if typed.topic is not None:
        topic = await find_topic(archive, typed.topic)
        changes |= {"topic": topic.key, "topic_name": topic.name}
    if subject is not None:
        changes |= {"subject": subject.key, "subject_name": subject.name}
    if typed.language is not None:
        changes["language"] = await _find_language(archive, typed.language, locale)
    if typed.empty is not None:
        changes["empty"] = EmptyDay(typed.empty)
    if typed.content is not None:
        changes["content"] = Content(typed.content)
    options = replace(options, plan=_read_plan(typed, options.plan), **changes)
    if options.topic and options.content is not Content.ANNIVERSARIES:
        raise DailyPostError(
            Message("Yesterday's news cannot have a topic: leave the topic out, or choose anniversaries.")
        )
    return options


def _read_plan(typed: TypedOptions, plan: Plan) -> Plan:
    if typed.time is not None:
        plan = replace(plan, time=parse_time(typed.time))
    if typed.timezone is not None:
        plan = replace(plan, zone=find_zone(typed.timezone))
    if typed.when is not None:
        plan = parse_when(typed.when, plan.zone)
    if typed.weekdays is not None:
        plan = replace(plan, weekdays=parse_weekdays(typed.weekdays))
    return plan


def _without_option(options: PostOptions, name: str) -> PostOptions:
    """Return options without one of them; ``name`` is the value of a choice of the option ``clear``."""
    match name:
        case "topic":
            return replace(options, topic=None, topic_name=None)
        case "weekdays":
            return replace(options, plan=replace(options.plan, weekdays=EVERY_DAY))
        case "role":
            return replace(options, role_id=None)
        case "tag":
            return replace(options, tag_id=None)
        case "language":
            return replace(options, language=None)
    raise ValueError(f"the option {name} cannot be cleared")


async def find_topic(archive: Archive, typed: str) -> Topic:
    """Return the topic that was typed, picked or probably meant. Raises DailyPostError for an unknown one."""
    resolved = await resolve_topic(archive, typed)
    if resolved is None:
        similar = await likely_topics(archive, typed, limit=3)
        unknown = Message("There is no topic {topic} in the archive.", topic=echo(typed, 60))
        if not similar:
            raise DailyPostError(unknown)
        perhaps = Either(quoted(topic.name) for topic in similar)
        raise DailyPostError(Message("{unknown} Did you mean {perhaps}?", unknown=unknown, perhaps=perhaps))
    return resolved.topic


async def _find_language(archive: Archive, typed: str, locale: str | None) -> str:
    """Return the code of the language that was typed or chosen. Raises DailyPostError for an unknown one."""
    stats = await archive.stats()
    code = language_code(typed, locale, codes=stats.languages)
    if code is None:
        raise DailyPostError(
            Message("{text} is not a language I know: choose another one, such as “English”.", text=echo(typed))
        )
    return code
