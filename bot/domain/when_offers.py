"""Plans that are offered while somebody types when a follow reports. Pure."""

import datetime as dt
import functools
import itertools
from collections.abc import Iterator
from dataclasses import replace

from bot.domain.errors import DailyPostError
from bot.domain.month_day import LAST_OF_MONTH
from bot.domain.schedule import Plan
from bot.domain.text import IS_HAN, fold
from bot.domain.when import DEFAULT_TIME, WORKING_DAYS, parse_when, typed_time, when_as_typed, when_in_words
from bot.locale.language import ENGLISH, Language, language

# The usual time first.
_LIKELY_TIMES = (DEFAULT_TIME, dt.time(18), dt.time(12), dt.time(7), dt.time(21))
# An offer names no time zone: the command has an option of its own for it.
_DAILY = Plan(DEFAULT_TIME, "UTC")
_LIKELY_MONTH_DAYS = (1, LAST_OF_MONTH, 15)
_LIKELY_PLANS = (
    replace(_DAILY, at_once=True),
    _DAILY,
    replace(_DAILY, weekdays=WORKING_DAYS),
    *(replace(_DAILY, weekdays=1 << day) for day in range(7)),
    *(replace(_DAILY, month_day=day) for day in _LIKELY_MONTH_DAYS),
)
_OTHER_PLANS = tuple(replace(_DAILY, month_day=day) for day in range(1, LAST_OF_MONTH) if day not in _LIKELY_MONTH_DAYS)


def when_offers(typed: str, say: Language, *, limit: int) -> dict[str, str]:
    """Return at most ``limit`` plans that fit what is being typed, in words, by their short forms.

    What is typed in full comes first. ``parse_when`` reads the short forms, and the words too.
    """
    offers: dict[str, str] = {}
    for plan in _plans(typed, say.locale):
        offers.setdefault(when_as_typed(plan, say), when_in_words(plan, say))
        if len(offers) == limit:
            break
    return offers


def _plans(typed: str, locale: str) -> Iterator[Plan]:
    rest, typed_at = typed_time(typed)
    try:
        meant = [parse_when(typed, _DAILY.zone)]
    except DailyPostError:
        meant = []
    yield from meant
    # Where nothing fits what was typed, the usual plans show what can be.
    likely = [*meant, *_plans_like(rest, locale)] or _LIKELY_PLANS
    times = _LIKELY_TIMES if typed_at is None else (typed_at,)
    for time, plan in itertools.product(times, likely):
        yield replace(plan, time=time)


def _plans_like(typed: str, locale: str) -> list[Plan]:
    """Return the plans in whose words, English or the reader's, all words of a normalised text begin others."""
    words = typed.split()
    plans = zip((*_LIKELY_PLANS, *_OTHER_PLANS) if words else _LIKELY_PLANS, _names(locale), strict=False)
    return [plan for plan, names in plans if all(_begins_word(word, names) for word in words)]


def _begins_word(start: str, text: str) -> bool:
    # Chinese and Japanese have no spaces between words.
    return f" {start}" in text or (IS_HAN.search(start) is not None and start in text)


@functools.cache
def _names(locale: str) -> list[str]:
    """Return what each plan is called in English and in another language, folded, a space before each word."""
    languages = language(locale), language(ENGLISH)
    return [
        " " + fold(" ".join(say_when(plan, say) for say_when in (when_as_typed, when_in_words) for say in languages))
        for plan in (*_LIKELY_PLANS, *_OTHER_PLANS)
    ]
