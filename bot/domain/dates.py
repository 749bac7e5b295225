"""What people type, read as a day of the year or as a full date. Pure: today is an argument."""

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.errors import DateError
from bot.locale.language import Either, Message, Month, Part, echo, quoted

LONGEST_TEXT = 100
_LEAP_YEAR = 2000
_YEAR_DIGITS = 4
_DAY_DIGITS = 2
_MONTHS_IN_A_YEAR = 12

# A table of our own, because the libraries cost more than these lines. dateutil's parser guesses: it takes “12:30”
# and “Fri” for days and “3.24” for 3 January, whatever names its parserinfo is taught. Babel writes dates, but its
# parser takes them in one order of numbers only. Month names do not change; a language is added by a line of twelve.
# Accents and case are folded on both sides.
_MONTH_LINES = (
    "January February March April May June July August September October November December",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz apr mai jun jul aug sept okt nov dez",
    "jän feb mrz apr mai jun jul aug sep okt nov dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago setiembre oct nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "янв фев мар апр май июн июл авг сен окт ноя дек",
    "янв февр мар апр мая июн июл авг сент окт нояб дек",
)
_NEARBY_LINES = {
    -1: "yesterday gestern hier ayer ieri ontem gisteren wczoraj вчера 昨天 昨日 어제",
    0: "today heute aujourd'hui hoy oggi hoje vandaag dziś dzisiaj сегодня 今天 今日 오늘",
    1: "tomorrow morgen demain mañana domani amanhã jutro завтра 明天 明日 내일",
}
_FILLERS = {"of", "on", "the", "am", "den", "der", "de", "del", "di", "el", "il", "le", "года", "год", "г", "roku", "r"}
_DAY_FIRST_LANGUAGES = "bg cs da de el es fi fr hi hr id it nl no pl pt ro ru sv th tr uk vi"

_ALIKE = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-") | {"’": "'", "号": "日", "號": "日", "년": "年", "월": "月", "일": "日"},
)
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE_NUMBER = re.compile("[〇○零一二三四五六七八九十廿卅]+")
# Years of too few or too many digits are let in, to be told apart from plain nonsense. No repetition holds another.
_MONTH, _DAY, _TO = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})", r" ?(?P<to>[./-]) ?"
_NOTATIONS = tuple(
    re.compile(notation)
    for notation in (
        r"(?P<year>\d{4}) ?年?",  # 2017
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",  # 20170324
        rf"(?P<year>\d{{3,5}}){_TO}{_MONTH}(?: ?(?P=to) ?{_DAY})?",  # 2017-03-24, 2017/3
        rf"{_MONTH}{_TO}(?P<year>\d{{3,5}})",  # 3/2017
        rf"--{_MONTH}-?{_DAY}",  # --03-24
        rf"{_DAY} ?\. ?{_MONTH}(?: ?\. ?(?P<year>\d{{1,5}}))?",  # 24.3.2017
        r"(?P<first>\d{1,2}) ?(?P<to>[/-]) ?(?P<second>\d{1,2})(?: ?(?P=to) ?(?P<year>\d{1,5}))?",  # 3/24/2017
        rf"(?:(?P<year>\d{{1,5}}) ?年 ?)?{_MONTH} ?月 ?(?:{_DAY} ?日?)?",  # 2017年3月24日
    )
)
_TOKEN = re.compile(
    r"(?P<number>\d+)(?:-?(?:st|nd|rd|th|er|o|°|a|ste|de|e|го|е)(?![^\W\d_]))?|(?P<word>[^\W\d_]+)|[^\s.,/'-]",
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the year, 29 February included; ``year`` is None unless it was typed or meant (“yesterday”).

    Raises ValueError for a day that is in no calendar (30 February, 29 February 2017).
    """

    month: int
    day: int
    year: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is in no calendar."""
        dt.date(_LEAP_YEAR if self.year is None else self.year, self.month, self.day)

    @property
    def month_day(self) -> int:
        """Return month * 100 + day: 324 for 24 March."""
        return self.month * 100 + self.day

    @property
    def date(self) -> dt.date | None:
        """Return the full date, or None when no year is known."""
        return None if self.year is None else dt.date(self.year, self.month, self.day)


class _Typed(NamedTuple):
    """The numbers that a text names, not yet checked: a day with or without its year, a month of a year, a year.

    ``counted`` says that nobody typed them: they were counted from today.
    """

    year: int | None
    month: int | None
    day: int | None
    counted: bool = False


class _ReadingError(Exception):
    """Why a text cannot be used, in a few words fit to open a sentence; None when it just makes no sense."""

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_day(text: str, *, today: dt.date, day_first: bool = False) -> Day:
    """Read ``text`` as a day, with a year only if it names one; “yesterday” and its like are counted from ``today``.

    ``day_first`` settles what numbers leave open (``3/4``, ``3-4-2017``). With dots the day always comes first; after
    a year or ``--`` the month does. Raises DateError, one sentence that quotes the text and shows what works.
    """
    try:
        typed = _read(text, today=today, day_first=day_first)
        day = _day(typed, today)
        # Who asks for "yesterday" asks what happened on that day of all years.
        return Day(day.month, day.day) if typed.counted else day
    except _ReadingError as why:
        raise DateError(_refusal(text, why, Day(3, 24), Message("24.3."), "2017-03-24")) from None


def parse_date(text: str, *, today: dt.date, day_first: bool = False, end: bool = False) -> dt.date:
    """Read ``text`` as a full date; a month or a year stands for its first day, or with ``end`` for its last.

    Takes all that ``parse_day`` takes if the year is there, and also ``2016``, ``2016-05``, ``May 2016``. Raises
    DateError, one sentence that quotes the text and shows what works.
    """
    try:
        return _edge(_read(text, today=today, day_first=day_first), today, end=end)
    except _ReadingError as why:
        raise DateError(_refusal(text, why, "2017-03-24", "2016-05", "2016")) from None


def parse_full_date(text: str, *, today: dt.date, day_first: bool = False) -> dt.date:
    """Read ``text`` as one date: a day with its year; a month or a year alone is none.

    Raises DateError, one sentence that quotes the text and shows what works.
    """
    try:
        return _full(_read(text, today=today, day_first=day_first), today)
    except _ReadingError as why:
        raise DateError(_refusal(text, why, Day(3, 24, 2017), Message("24.3.2017"), "2017-03-24")) from None


def day_first_for(locale: str | None) -> bool:
    """Tell whether people of a Discord locale (``en-GB``, ``de``) write 3/4 for 3 April; False if unknown."""
    code = (locale or "").casefold().replace("_", "-")
    return code == "en-gb" or code.partition("-")[0] in _DAY_FIRST_LANGUAGES.split()


def _folded(text: str) -> str:
    """Return ``text`` without what is beside the point: case, accents, width, invisible marks, spare spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(mark for mark in decomposed if unicodedata.category(mark) not in {"Mn", "Cf"})
    plain = unicodedata.normalize("NFC", bare).casefold().translate(_ALIKE)
    return " ".join(_CHINESE_NUMBER.sub(_arabic, plain).split()).rstrip(" .,。")


def _arabic(found: re.Match[str]) -> str:
    """Turn 二十四 into 24 and 二〇一七 into 2017; leave alone what is no such number."""
    run = found[0].replace("廿", "二十").replace("卅", "三十").translate(_CHINESE_DIGITS)
    tens, ten, units = run.partition("十")
    if not ten:
        return run
    return f"{tens or 1}{units or 0}" if len(tens) <= 1 and len(units) <= 1 and units != "十" else found[0]


_MONTHS = {_folded(name): month for line in _MONTH_LINES for month, name in enumerate(line.split(), 1)}
_NEARBY = {_folded(word): days for days, line in _NEARBY_LINES.items() for word in line.split()}


def _read(text: str, *, today: dt.date, day_first: bool) -> _Typed:
    if len(text) > LONGEST_TEXT:
        raise _ReadingError(Message("A date has no more than {most} characters", most=LONGEST_TEXT))
    plain = _folded(text)
    typed = _nearby(plain, today) or _numeric(plain, day_first=day_first) or _named(plain)
    if typed is None:
        raise _ReadingError
    return typed


def _nearby(plain: str, today: dt.date) -> _Typed | None:
    if plain not in _NEARBY:
        return None
    try:
        near = today + dt.timedelta(_NEARBY[plain])
    except OverflowError:
        raise _ReadingError(Message("The calendar ends there")) from None
    return _Typed(near.year, near.month, near.day, counted=True)


def _numeric(plain: str, *, day_first: bool) -> _Typed | None:
    for notation in _NOTATIONS:
        if found := notation.fullmatch(plain):
            parts = {name: digits for name, digits in found.groupdict().items() if digits}
            if "first" in parts:
                parts |= _ordered(parts["first"], parts["second"], day_first=day_first)
            month, day = (int(parts[name]) if name in parts else None for name in ("month", "day"))
            return _Typed(_year(parts["year"]) if "year" in parts else None, month, day)
    return None


def _ordered(first: str, second: str, *, day_first: bool) -> dict[str, str]:
    """Tell month from day; the order people are used to gives way to the only one that makes sense."""
    month, day = (second, first) if day_first else (first, second)
    if int(month) > _MONTHS_IN_A_YEAR >= int(day):
        month, day = day, month
    return {"month": month, "day": day}


def _named(plain: str) -> _Typed | None:
    """Read one month's name with a day, a year or both, in any order: nothing else can be meant."""
    months: list[int] = []
    numbers: list[str] = []
    for token in _TOKEN.finditer(plain):
        if token["number"]:
            numbers.append(token["number"])
        elif token["word"] in _MONTHS:
            months.append(_MONTHS[token["word"]])
        elif token["word"] not in _FILLERS:
            return None
    match months, sorted(numbers, key=len):
        case [month], [number] if len(number) <= _DAY_DIGITS:
            return _Typed(None, month, int(number))
        case [month], [number]:
            return _Typed(_year(number), month, None)
        case [month], [day, year] if len(day) <= _DAY_DIGITS:
            return _Typed(_year(year), month, int(day))
    return None


def _year(digits: str) -> int:
    if len(digits) != _YEAR_DIGITS:
        raise _ReadingError(Message("A year needs all four digits"))
    return int(digits)


def _day(typed: _Typed, today: dt.date) -> Day:
    year, month, day, _ = typed
    if month is None or day is None:
        raise _ReadingError
    if year == 0:
        raise _ReadingError(Message("Years run from 1 to 9999"))
    if not 1 <= month <= _MONTHS_IN_A_YEAR:
        raise _ReadingError(Message("A year has no month {number}", number=str(month)))
    if not 1 <= day <= calendar.monthrange(_LEAP_YEAR, month)[1]:
        raise _ReadingError(Message("{month} has no day {number}", month=Month(month), number=str(day)))
    if year is not None and day > calendar.monthrange(year, month)[1]:
        had = Message("{year} had no {day}", year=str(year), day=Day(month, day))
        has = Message("{year} has no {day}", year=str(year), day=Day(month, day))
        raise _ReadingError(had if year < today.year else has)
    return Day(month, day, year)


def _full(typed: _Typed, today: dt.date) -> dt.date:
    date = _day(typed, today).date
    if date is None:
        raise _ReadingError(Message("A date needs its year"))
    return date


def _edge(typed: _Typed, today: dt.date, *, end: bool) -> dt.date:
    """Return the day that was typed, or the first or last one of the month or the year that was."""
    year, month, day, _ = typed
    if year is None:
        raise _ReadingError(Message("A date needs its year"))
    if month is None:
        month = _MONTHS_IN_A_YEAR if end else 1
    known = _day(_Typed(year, month, 1 if day is None else day), today)
    last = calendar.monthrange(year, known.month)[1]
    return dt.date(year, known.month, last if day is None and end else known.day)


def _refusal(text: str, why: _ReadingError, *examples: Part) -> Message:
    tried: dict[str, Part] = {"text": echo(text), "examples": Either(map(quoted, examples))}
    if why.reason is not None:
        return Message("{reason}, so I can't use {text}: try {examples}.", reason=why.reason, **tried)
    return Message("I can't read {text} as a date: try {examples}.", **tried)
