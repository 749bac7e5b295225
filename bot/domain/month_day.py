"""A day of each month that people type: ``monthly 1``, ``the last day of the month``, ``毎月1日``. Pure."""

import functools
import re

from bot.domain.date_notations import ordinals_to_digits
from bot.domain.typed_input import ReadingError, chinese_numbers_to_digits
from bot.locale.language import Message

# The day that each month has at its end: in shorter months, the last one.
LAST_OF_MONTH = 31
# Words of all languages, folded; those of Latin letters are words of their own.
_MONTH = (
    "monthly months? monatlich monate? monats mensual(?:mente)? mes(?:es)? mensuel(?:lement)? mois 毎月 每月 每个月"
)
_LAST = "last end letzte[nr]? ende ultimo dernier fin 最后1[天日] 最终日 末日 末 底"
# The last of a month in one word.
_END_OF_MONTH = "monatsende 月底 月末"
# Words around a day that do not change it.
_FILLERS = (
    "on the of day at in per a every each am an zum im pro der den dem des jede[nrs] tag el dia de del al cada todos"
    " los le du par chaque jour tous les 第 的 の 在 に"
)


def read_month_day(text: str) -> int | None:
    """Read normalised text as a day of each month: 1 to 31, which is the last. None if it is about something else.

    Raises ReadingError if it is about a month, and names no day, several, or one that no month has.
    """
    text = ordinals_to_digits(chinese_numbers_to_digits(text), ending=".")
    days, names_ordinal, position = [], False, 0
    while match := _token().match(text, position):
        position = match.end()
        if match["day"]:
            days.append(int(match["day"]))
        elif match["last"]:
            days.append(LAST_OF_MONTH)
        # Without a word for months, “1st” is a day of one, and “1” is not.
        names_ordinal |= match["ordinal"] is not None
    is_understood = position == len(text)
    if not is_monthly(text) and not (names_ordinal and is_understood):
        return None
    if not is_understood or len(days) != 1 or not 1 <= days[0] <= LAST_OF_MONTH:
        raise ReadingError(Message("Monthly needs one day of the month, 1 to 31"))
    return days[0]


def is_monthly(text: str) -> bool:
    """Return whether normalised text has a word for a month."""
    return _month_word().search(text) is not None


def _any_of(words: str) -> str:
    return "|".join(rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word for word in words.split())


# Compiled when they are needed, not at the start of the bot.
@functools.cache
def _month_word() -> re.Pattern[str]:
    return re.compile(_any_of(f"{_END_OF_MONTH} {_MONTH}"))


@functools.cache
def _token() -> re.Pattern[str]:
    return re.compile(
        rf" +|(?P<last>{_any_of(f'{_END_OF_MONTH} {_LAST}')})|{_any_of(f'{_MONTH} {_FILLERS}')}"
        r"|(?P<day>\d+)(?P<ordinal>-?(?:st|nd|rd|th|er|o|te|ten|ter)(?![a-z])|[.日号天])?"
    )
