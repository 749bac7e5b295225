"""When a follow reports: read as people type it (``weekly fri 9am``), and said (“every Friday at 09:00”). Pure."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.domain.errors import DailyPostError
from bot.domain.month_day import LAST_OF_MONTH, is_monthly, read_month_day
from bot.domain.schedule import EVERY_DAY, Plan
from bot.domain.text import fold
from bot.domain.time_of_day import format_time, read_time
from bot.domain.typed_input import ReadingError, chinese_numbers_to_digits, normalise_input, refusal
from bot.domain.weekdays import is_weekday, is_weekly, name_eastern_days, read_weekdays
from bot.locale.language import ENGLISH, Language, Message, quoted

# The time of a plan that is typed without one.
DEFAULT_TIME = dt.time(9)
WORKING_DAYS = 0b001_1111
_NOON = 12
# The words of all languages are folded.
_AT_ONCE = {
    *("at once", "immediately", "instantly", "right away", "straight away", "as it happens", "asap", "live", "now"),
    *("sofort", "umgehend", "unverzuglich", "al instante", "inmediatamente", "de inmediato", "en seguida", "enseguida"),
    *("tout de suite", "immediatement", "aussitot", "sans attendre", "即时", "实时", "立即", "立刻", "马上", "随时"),
    *(fold("すぐ"), fold("すぐに"), fold("ただちに"), "直ちに", "即座に"),
}
# Parts of a text that a time of day is made of, and the most that one has (下午十一点四十五分, 9:30 de l'après-midi).
_PIECE = re.compile(r"\d+|[a-z]+|\S")
_MOST_PIECES = 12
# A longer text takes long to try, and says no time: the longest that we write ourselves has 22.
_MOST_PIECES_OF_ALL = 50
# What joins the days and the time: “on fridays at 9”.
_JOINT = r"\b(?:at|um|jeweils|a las|a la|a)\b"
_BEFORE_TIME = re.compile(rf"(?:[\s,;@的在のに-]|{_JOINT})*$")
_BEFORE_NUMBER = re.compile(rf"(?:\s|{_JOINT})*$")
# In German, “am” stands before a day: 9 Uhr am Freitag, am 1. des Monats.
_GERMAN_AM = re.compile(r"^am\b|\buhr ?am$")
# The day 1. and then 9:30, not nine past one.
_ORDINAL_AND_NUMBER = re.compile(r"\d\.\s")
_NUMBER = re.compile(r"\d")


def parse_when(typed: str, zone: str) -> Plan:
    """Read ``typed`` as the plan of a follow: ``at once``, ``daily 9am``, ``weekly fri 9am``, ``monthly 1 9am``.

    The days are days of the week as ``parse_weekdays`` reads them, a day of the month, or left out: then it is daily. A
    time left out is 9:00. ``zone`` is the IANA name of the plan's time zone. Raises DailyPostError: one sentence that
    quotes what was typed, says what is wrong with it, and shows what works.
    """
    try:
        return _read(normalise_input(typed).rstrip(" .!"), zone)
    except ReadingError as error:
        unreadable = Message("I can't tell from {text} when to post")
        examples = (Message("at once"), Message("daily 9am"), Message("weekly fri 9am"), Message("monthly 1 9am"))
        raise refusal(typed, error, unreadable, *map(quoted, examples)) from None


def typed_time(typed: str) -> tuple[str, dt.time | None]:
    """Split what is being typed into the rest, normalised, and its time of day; None if it has none, or no good one."""
    try:
        text = normalise_input(typed)
    except DailyPostError:
        return "", None
    named = name_eastern_days(text)
    for split in list(_splits(named, marked=True)) or _splits(named, marked=False):
        # The first number of “monthly 1” is no time.
        is_day = is_monthly(split.rest) and not _NUMBER.search(split.rest)
        if split.time is not None and not is_day:
            return split.rest, split.time
    return text, None


def when_in_words(plan: Plan, say: Language) -> str:
    """Say when a plan comes: “at once”, “every Friday at 09:00”, “on the last day of each month at 09:00”."""
    if plan.at_once:
        return say("at once")
    time = format_time(plan.time)
    if plan.month_day == LAST_OF_MONTH:
        return say("on the last day of each month at {time}", time=time)
    if plan.month_day is not None:
        return say("on day {day} of each month at {time}", day=say.month_day(plan.month_day), time=time)
    if plan.weekdays == EVERY_DAY:
        return say("daily at {time}", time=time)
    days = _days(plan.weekdays)
    if len(days) == 1:
        return say("every {weekday} at {time}", weekday=say.weekday(days[0]), time=time)
    return say("{weekdays} at {time}", weekdays=say.weekdays(plan.weekdays), time=time)


def when_as_typed(plan: Plan, say: Language) -> str:
    """Return a plan in short, as a reader of this language can type it: ``weekly fri 9am``."""
    if plan.at_once:
        return say("at once")
    time = _short_time(plan.time, say)
    if plan.month_day is not None:
        return say("monthly {day} {time}", day=str(plan.month_day), time=time)
    if plan.weekdays == EVERY_DAY:
        return say("daily {time}", time=time)
    if plan.weekdays == WORKING_DAYS:
        return say("weekdays {time}", time=time)
    days = " ".join(say.short_weekday(day).lower() for day in _days(plan.weekdays))
    return say("weekly {days} {time}", days=days, time=time)


def _days(mask: int) -> list[int]:
    return [day for day in range(7) if mask >> day & 1]


def _short_time(time: dt.time, say: Language) -> str:
    """Return ``9am`` or ``9:30pm`` in English, ``9:00`` or ``21:30`` in other languages."""
    if not say.locale.startswith(ENGLISH[:2]):
        return f"{time.hour}:{time.minute:02}"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % _NOON or _NOON}{minutes}{'pm' if time.hour >= _NOON else 'am'}"


class _Split(NamedTuple):
    """One way to part a text into a time of day and the rest. ``time`` is None if the time is wrong: see ``error``."""

    rest: str
    time: dt.time | None
    error: ReadingError | None = None


def _read(text: str, zone: str) -> Plan:
    if not text:
        raise ReadingError
    if text in _AT_ONCE:
        return Plan(DEFAULT_TIME, zone, at_once=True)
    text = name_eastern_days(text)
    splits = list(_splits(text, marked=True))
    if not splits:
        # “monthly 9” is the ninth; in “monthly 1 9” and “fri 9” the last number is a time.
        splits = [_Split(text, DEFAULT_TIME), *_splits(text, marked=False)]
    errors: list[ReadingError] = []
    for split in splits:
        try:
            return _plan(split, zone)
        except ReadingError as error:
            errors.append(error)
    raise next((error for error in errors if error.reason), ReadingError())


def _splits(text: str, *, marked: bool) -> Iterator[_Split]:
    """Yield the ways to find a time in a text, the longest time first, and of two as long the last.

    A marked time is one by its looks, such as 9:00 or noon; others are mere numbers, at the end or at the start.
    """
    pieces = list(_PIECE.finditer(text))
    if len(pieces) > _MOST_PIECES_OF_ALL:
        return
    for count in range(min(len(pieces), _MOST_PIECES if marked else 1), 0, -1):
        for first in range(len(pieces) - count, -1, -1):
            start, end = pieces[first].start(), pieces[first + count - 1].end()
            time, behind = text[start:end], text[end:].strip()
            # 一 and “1.” are numbers, too, but no times.
            is_number = chinese_numbers_to_digits(time).rstrip(" .").isdigit() if marked else time.isdigit()
            if is_number is marked or (not marked and 0 < first < len(pieces) - 1):
                continue
            # 13:30am is neither 13:30 nor anything else.
            if _ORDINAL_AND_NUMBER.search(time) or _GERMAN_AM.search(time) or behind == "am":
                continue
            try:
                found, wrong = read_time(time), None
            except ReadingError as error:
                if error.reason is None:
                    continue
                found, wrong = None, error
            before = (_BEFORE_TIME if marked else _BEFORE_NUMBER).sub("", text[:start], count=1)
            yield _Split(f"{before} {behind.lstrip(' ,;')}".strip(), found, wrong)


def _plan(split: _Split, zone: str) -> Plan:
    days = split.rest
    if days in _AT_ONCE:
        raise ReadingError(Message("“At once” has no time of day"))
    month_day = read_month_day(days)
    weekdays = EVERY_DAY if month_day is not None or not days else _weekdays(days)
    # What is wrong with a time is worth saying if the rest is right.
    if split.time is None:
        raise split.error or ReadingError()
    return Plan(split.time, zone, weekdays, month_day)


def _weekdays(text: str) -> int:
    try:
        return read_weekdays(text)
    except ReadingError as error:
        if error.reason is None and is_weekly(text) and not any(map(is_weekday, text.split())):
            raise ReadingError(Message("Weekly needs a day of the week")) from None
        raise
