"""Reads dates in the notations that people use into numbers, not checked yet. Pure: today is an argument."""

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

from bot.domain.month_names import month_number
from bot.domain.typed_input import LONGEST_TEXT, ReadingError, chinese_numbers_to_digits
from bot.domain.weekdays import is_weekday
from bot.locale.language import Message

_MONTHS_IN_A_YEAR = 12
_YEAR_DIGITS = 4
_DAY_DIGITS = 2

_NEARBY_DAYS = {
    -1: "yesterday gestern hier ayer ieri ontem gisteren wczoraj вчера 昨天 昨日 어제",
    0: "today heute aujourd'hui hoy oggi hoje vandaag dziś dzisiaj сегодня 今天 今日 오늘",
    1: "tomorrow morgen demain mañana domani amanhã jutro завтра 明天 明日 내일",
}
# Words around a date that do not change it.
_FILLERS = {
    "of",
    "on",
    "the",
    "am",
    "dem",
    "den",
    "der",
    "de",
    "del",
    "di",
    "el",
    "il",
    "le",
    "года",
    "год",
    "г",
    "roku",
    "r",
}
# What stands around a date in a sentence, and says nothing.
_AROUND = " .,;:!?¿¡。、\"'`“”„«»「」()"
# Characters that people type in place of others.
_LOOKALIKES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-") | {"’": "'", "号": "日", "號": "日", "년": "年", "월": "月", "일": "日"},
)
# Notations in numbers. Years of too few or too many digits match, too, so that the error can be about the year.
# No repetition holds another, so that no text takes long.
_MONTH, _DAY, _SEPARATOR = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})", r" ?(?P<separator>[./-]) ?"
_NOTATIONS = tuple(
    re.compile(notation)
    for notation in (
        r"(?P<year>\d{4}) ?年?",  # 2017
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",  # 20170324
        rf"(?P<year>\d{{3,5}}){_SEPARATOR}{_MONTH}(?: ?(?P=separator) ?{_DAY})?",  # 2017-03-24, 2017/3
        rf"{_MONTH}{_SEPARATOR}(?P<year>\d{{3,5}})",  # 3/2017
        rf"--{_MONTH}-?{_DAY}",  # --03-24
        rf"{_DAY} ?\. ?{_MONTH}(?: ?\. ?(?P<year>\d{{1,5}}))?",  # 24.3.2017
        # 3/24/2017, or 24/3/2017
        r"(?P<first>\d{1,2}) ?(?P<separator>[/-]) ?(?P<second>\d{1,2})(?: ?(?P=separator) ?(?P<year>\d{1,5}))?",
        rf"(?:(?P<year>\d{{1,5}}) ?年 ?)?{_MONTH} ?月 ?(?:{_DAY} ?日?)?",  # 2017年3月24日
    )
)
# A time behind a date of ISO 8601: it is passed over, and so is its zone.
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[t ] ?(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?"
    r" ?(?:z|utc|gmt|[+-]\d\d(?::?\d\d)?)?"
)
_WORD = re.compile(r"[^\W\d_]+")
# Days of the week in Chinese and Japanese, numbers in digits already: 星期5, 金曜日, (金). A 日 alone is no Sunday.
_EASTERN_WEEKDAY = re.compile(
    r"(?:星期|周|週|礼拜|禮拜)[1-6日天]|[月火水木金土日]曜日?|\( ?[1-6月火水木金土日天] ?(?:\)|$)"
)
# Ordinals in words: all days of a month in English, of other languages the first.
_UNITS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = ("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth")
_ORDINALS = {
    **{word: number for number, word in enumerate((*_UNITS, *_TEENS, "eighteenth", "nineteenth", "twentieth"), 1)},
    **{f"twenty{joint}{word}": number for number, word in enumerate(_UNITS, 21) for joint in "- "},
    **dict.fromkeys(("premier", "erste", "ersten", "erster", "primero", "primer", "primo", "primeiro"), 1),
}
_ORDINALS |= {"thirtieth": 30, "thirty-first": 31, "thirty first": 31}
_ORDINAL = re.compile(rf"\b(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})\b")
# A number, perhaps ordinal; a word; or anything that a date with a month's name does not have.
_TOKEN = re.compile(
    r"(?P<number>\d+)(?:-?(?:st|nd|rd|th|er|o|°|a|ste|de|e|го|е)(?![^\W\d_]))?|(?P<word>[^\W\d_]+)|[^\s.,/'-]",
)


class TypedDate(NamedTuple):
    """The numbers in a typed date, not checked yet: a day with or without its year, a month of a year, a year.

    ``relative`` says that the date was counted from today ("yesterday").
    """

    year: int | None
    month: int | None
    day: int | None
    relative: bool = False


def read_date(text: str, *, today: dt.date, day_first: bool) -> TypedDate:
    """Read ``text`` in whatever notation fits; ``day_first`` settles what 3/4 means.

    Raises ReadingError if none fits, and for a year without all four digits.
    """
    if len(text) > LONGEST_TEXT:
        raise ReadingError(Message("A date has at most {most} characters", most=LONGEST_TEXT))
    text = _normalise(text)
    date = _read(text, today, day_first=day_first) or _read_without_weekday(text, today, day_first=day_first)
    if date is None:
        raise ReadingError
    return date


def ordinals_to_digits(text: str, *, ending: str = "") -> str:
    """Replace ordinals in words by numbers, each with an ``ending``: ``twenty-first`` gives ``21``."""
    return _ORDINAL.sub(lambda word: f"{_ORDINALS[word[0]]}{ending}", text)


def _read(text: str, today: dt.date, *, day_first: bool) -> TypedDate | None:
    return _read_nearby_day(text, today) or _read_numbers(text, day_first=day_first) or _read_month_name(text)


def _read_without_weekday(text: str, today: dt.date, *, day_first: bool) -> TypedDate | None:
    """Read a date with its day of the week, wherever that stands; which day it is need not be right.

    Read last, as "mar" is a Tuesday only where there is another month.
    """
    rest, count = _EASTERN_WEEKDAY.subn(" ", text, count=1)
    if not count:
        weekday = next((word for word in _WORD.finditer(text) if is_weekday(word[0])), None)
        rest = f"{text[: weekday.start()]} {text[weekday.end() :]}" if weekday else text
    rest = _WORD.sub(lambda word: "" if word[0] in _FILLERS else word[0], rest)
    rest = " ".join(rest.split()).strip(_AROUND)
    date = _read(rest, today, day_first=day_first) if rest != text else None
    # "Friday 2017" names no year, and no day either.
    return date if date and date.day else None


def _normalise(text: str) -> str:
    """Fold case, accents and width, drop invisible characters and spare spaces, write numbers in digits.

    Chinese characters keep their script, unlike in ``fold``.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in decomposed if unicodedata.category(character) not in {"Mn", "Cf"})
    folded = unicodedata.normalize("NFC", bare).casefold().translate(_LOOKALIKES)
    text = " ".join(chinese_numbers_to_digits(folded).split()).strip(_AROUND)
    return match[1] if (match := _MOMENT.fullmatch(text)) else text


_DAYS_AWAY = {_normalise(word): days for days, words in _NEARBY_DAYS.items() for word in words.split()}


def _read_nearby_day(text: str, today: dt.date) -> TypedDate | None:
    if text not in _DAYS_AWAY:
        return None
    try:
        day = today + dt.timedelta(_DAYS_AWAY[text])
    except OverflowError:
        raise ReadingError(Message("The calendar ends there")) from None
    return TypedDate(day.year, day.month, day.day, relative=True)


def _read_numbers(text: str, *, day_first: bool) -> TypedDate | None:
    for notation in _NOTATIONS:
        if match := notation.fullmatch(text):
            parts = {name: digits for name, digits in match.groupdict().items() if digits}
            if "first" in parts:
                parts |= _month_and_day(parts["first"], parts["second"], day_first=day_first)
            month, day = (int(parts[name]) if name in parts else None for name in ("month", "day"))
            return TypedDate(_year(parts["year"]) if "year" in parts else None, month, day)
    return None


def _month_and_day(first: str, second: str, *, day_first: bool) -> dict[str, str]:
    """Decide which number is the month; the reader's order gives way if only the other one makes sense."""
    month, day = (second, first) if day_first else (first, second)
    if int(month) > _MONTHS_IN_A_YEAR >= int(day):
        month, day = day, month
    return {"month": month, "day": day}


def _read_month_name(text: str) -> TypedDate | None:
    """Read the name of one month with a day, a year or both, in any order: the numbers' lengths tell them apart."""
    months: list[int] = []
    numbers: list[str] = []
    for token in _TOKEN.finditer(ordinals_to_digits(text)):
        if token["number"]:
            numbers.append(token["number"])
        elif token["word"] is None:
            return None
        elif token["word"] not in _FILLERS:
            month = month_number(token["word"])
            if month is None:
                return None
            months.append(month)
    match months, sorted(numbers, key=len):
        case [month], [number] if len(number) <= _DAY_DIGITS:
            return TypedDate(None, month, int(number))
        case [month], [number]:
            return TypedDate(_year(number), month, None)
        case [month], [day, year] if len(day) <= _DAY_DIGITS:
            return TypedDate(_year(year), month, int(day))
    return None


def _year(digits: str) -> int:
    if len(digits) != _YEAR_DIGITS:
        raise ReadingError(Message("A year needs all four digits"))
    return int(digits)
