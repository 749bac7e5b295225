"""What admins type when they order a daily post: a time of day, days of the week. Pure."""

import datetime as dt
import re
import unicodedata

from bot.domain import text as texts
from bot.domain.errors import DailyPostError
from bot.locale.language import Either, Message, Part, echo, quoted

LONGEST_TEXT = 100
_HOURS, _MINUTES, _HALF = 24, 60, 12
_EVERY_DAY = 0b111_1111
# Monday, to, Friday.
_RANGE = 3

# Which hour of the day an hour means beside a word. What people read in two ways (上午12点, 晚上3点) is in none.
_AM = {hour: hour for hour in range(_HALF)} | {_HALF: 0}
_PM = {hour: hour + _HALF for hour in range(1, _HALF)} | {_HALF: _HALF}
_MORNING = {hour: hour for hour in range(_HALF)}
_AFTERNOON = _PM | {hour: hour for hour in range(13, _HOURS)}
_EVENING = {hour: hour + _HALF for hour in range(5, _HALF)} | {hour: hour for hour in range(17, _HOURS)} | {_HALF: 0}
_SMALL_HOURS = {hour: hour for hour in range(7)} | {_HALF: 0}
_MIDDAY = {11: 11, 12: 12, 1: 13, 2: 14}
_PARTS_OF_THE_DAY = (
    (_AM, ("am", "a.m", "a. m", "午前")),
    (_PM, ("pm", "p.m", "p. m", "午后")),
    (_MORNING, ("in the morning", "morgens", "früh", "vormittags", "du matin", "de la mañana")),
    (_MORNING, ("上午", "早上", "早晨", "清晨", "朝")),
    (_AFTERNOON, ("in the afternoon", "nachmittags", "de l'après-midi", "de la tarde", "下午")),
    (_EVENING, ("in the evening", "abends", "du soir", "晚上", "傍晚", "夜", "夕方")),
    ({_HALF: _HALF}, ("noon",)),
    ({_HALF: 0}, ("midnight",)),
    (_SMALL_HOURS, ("凌晨",)),
    (_MIDDAY, ("中午",)),
)


def _folded(word: str) -> str:
    # Chinese stands here as folding leaves it: the table that folds it would make every start of the bot slower.
    return word if texts.han_letters(word) else texts.fold(word)


_PARTS = {_folded(word): hours for hours, words in _PARTS_OF_THE_DAY for word in words}
_NAMED_TIMES = {
    _folded(word): dt.time(hour)
    for hour, words in (
        (_HALF, "noon midday mittag mittags midi mediodía 正午 中午"),
        (0, "midnight mitternacht mitternachts minuit medianoche 午夜 半夜"),
    )
    for word in words.split()
}
_CHINESE_DIGITS = str.maketrans("〇零一二两三四五六七八九", "001223456789")
_CHINESE_NUMBER = re.compile("[〇零一二两三四五六七八九十]+")
_QUARTERS = {"半": 30, "一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45}
_PART = "|".join(re.escape(word) for word in sorted(_PARTS, key=len, reverse=True))
_TIME = re.compile(
    rf"(?P<before>{_PART})? ?"
    r"(?:(?P<compact>\d{3,4})|(?P<hour>\d{1,2})(?: ?(?:[:.] ?(?P<minute>\d\d)(?: ?(?:h|uhr))?"
    r"|(?:[h点时]|uhr|o'?clock|hrs?|hours?|heures?) ?(?P<spoken>\d\d?(?= ?分)|\d\d)?(?:(?<=\d) ?分)?))?)"
    rf" ?(?P<after>{_PART})?",
)

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905
# One line for each set of names, Monday first. A language is added by a line of seven; accents and case are folded.
_DAY_LINES = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays",
    "mon tue wed thu fri sat sun",
    "mo tues weds thur fr sat su",
    "mo tu we thurs fr sa su",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "montags dienstags mittwochs donnerstags freitags samstags sonntags",
    "mo di mi do fr sonnabend so",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lundis mardis mercredis jeudis vendredis samedis dimanches",
    "lun mar mer jeu ven sam dim",
    "lunes martes miércoles jueves viernes sábado domingo",
    "lunes martes miércoles jueves viernes sábados domingos",
    "lun mar mié jue vie sáb dom",
    "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
    "月曜 火曜 水曜 木曜 金曜 土曜 日曜",
    "月 火 水 木 金 土 日",
)
_WEEKEND = 0b110_0000
_WEEKDAYS = 0b001_1111
# “Werktags” and “jours ouvrables” are missing on purpose: to many they include Saturday.
_GROUPS = {
    _EVERY_DAY: (
        *("every day", "everyday", "each day", "all days", "all", "daily", "jeden tag", "alle tage", "täglich"),
        *("tous les jours", "chaque jour", "quotidien", "todos los días", "cada día", "diario", "diariamente"),
        *("每天", "每日", "天天", "毎日"),
    ),
    _WEEKDAYS: (
        *("weekdays", "weekday", "working days", "workdays", "wochentags", "en semaine", "jours ouvrés"),
        *("entre semana", "días laborables", "平日", "工作日"),
    ),
    _WEEKEND: (
        *("weekends", "weekend", "week-end", "week-ends", "wochenende", "wochenenden", "am wochenende"),
        *("fin de semana", "fines de semana", "周末"),
    ),
}
_NAMES = {_folded(name): 1 << day for line in _DAY_LINES for day, name in enumerate(line.split())}
_NAMES |= {_folded(name): mask for mask, names in _GROUPS.items() for name in names}
_TO = {"-", "~", "..", "...", "to", "till", "until", "through", "thru", "bis", "a", "au", "al", "hasta"}
_TO |= {"至", "到", "から"}
_NOT = {"not", "no", "except", "but", "without", "ausser", "nicht", "ohne", "sauf", "excepto", "salvo", "menos", "除了"}
_NOT |= {"除"}
_END_OF_NOT = {"以外", "之外", "外"}
# What says nothing here.
_FILLERS = {*",;&+/.、", "and", "und", "et", "y", "on", "the", "every", "each", "only", "from", "von", "am", "du", "de"}
_FILLERS |= {"le", "les", "los", "el", "jeden", "chaque", "cada", "for"}
_FILLERS |= {"和", "与", "及", "每", "と", "・", texts.fold("まで")}
_WORDS = sorted((word for word in _NAMES | dict.fromkeys(_TO | _NOT | _END_OF_NOT | _FILLERS)), key=len, reverse=True)
_TOKEN = re.compile(
    # A Chinese word may touch the next one; a word of letters ends where its letters end.
    "|".join(re.escape(word) + (r"(?![^\W\d_])" if word.isascii() and word[-1].isalpha() else "") for word in _WORDS)
)
_CHINESE_DAYS = re.compile("(?:周|星期|礼拜)([一二三四五六日天](?:[、,至到~-]?[一二三四五六日天])*)")
_CHINESE_DAY_NAMES = str.maketrans(
    dict(zip("一二三四五六日天", (f" {day[:3].lower()} " for day in [*_DAYS, _DAYS[-1]]), strict=True))
)
_ALIKE = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("〜∼", "~") | {"’": "'", "。": ".", "،": ","})


class _ReadingError(Exception):
    """Why a text cannot be used, in a few words fit to open a sentence; None when it just makes no sense."""

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__(reason)
        self.reason = reason


def plain(text: str) -> str:
    """Return ``text`` without what is beside the point: case, accents, width, Chinese script, invisible marks.

    Raises OrderError for a text that nobody types.
    """
    if len(text) > LONGEST_TEXT:
        raise DailyPostError(
            Message(
                "{text} is too long: no more than {most} characters are read here.", text=echo(text), most=LONGEST_TEXT
            )
        )
    visible = "".join(mark for mark in text if unicodedata.category(mark) not in {"Cf", "Cs"})
    return texts.fold(visible).translate(_ALIKE)


def parse_time(text: str) -> dt.time:
    """Read ``text`` as a time of day, in hours and minutes: ``9:00``, ``9pm``, ``21h30``, ``9 Uhr``, ``下午9点半``.

    Raises OrderError, one sentence that quotes the text and shows what works.
    """
    try:
        return _time(plain(text).rstrip(" ."))
    except _ReadingError as why:
        unread = Message("I can't read {text} as a time of day")
        raise DailyPostError(
            _refusal(text, why, unread, quoted("9:00"), quoted(Message("9am")), quoted(Message("21.30")))
        ) from None


def _time(typed: str) -> dt.time:
    if typed in _NAMED_TIMES:
        return _NAMED_TIMES[typed]
    for word, minutes in _QUARTERS.items():
        typed = typed.replace(f"点{word}", f"点{minutes}").replace(f"时{word}", f"时{minutes}")
    found = _TIME.fullmatch(_CHINESE_NUMBER.sub(_arabic, typed))
    if not found or (found["before"] and found["after"]):
        raise _ReadingError
    compact = found["compact"] or ""
    hour, minute = int(found["hour"] or compact[:-2]), int(found["minute"] or found["spoken"] or compact[-2:] or 0)
    if minute >= _MINUTES:
        raise _ReadingError(Message("Minutes run from 0 to 59"))
    if part := found["before"] or found["after"]:
        if hour not in _PARTS[part]:
            raise _ReadingError(Message("{hour} does not go with {part}", hour=str(hour), part=quoted(part)))
        hour = _PARTS[part][hour]
    if hour == _HOURS:
        raise _ReadingError(Message("A day ends at 23:59 and the next begins at 0:00"))
    if hour > _HOURS:
        raise _ReadingError(Message("A day has no more than 24 hours"))
    return dt.time(hour, minute)


def _arabic(found: re.Match[str]) -> str:
    """Turn 二十一 into 21; leave alone what is no such number."""
    run = found[0].translate(_CHINESE_DIGITS)
    tens, ten, units = run.partition("十")
    if not ten:
        return run
    return f"{tens or 1}{units or 0}" if len(tens) <= 1 and len(units) <= 1 and units != "十" else found[0]


def say_time(time: dt.time) -> str:
    """Return ``09:00``."""
    return f"{time.hour:02}:{time.minute:02}"


def parse_weekdays(text: str) -> int:
    """Read ``text`` as days of the week: a mask with bit 0 for Monday to bit 6 for Sunday, never 0.

    Takes names in English, German, French, Spanish, Chinese and Japanese, lists and ranges of them (``fri-mon`` too),
    ``weekdays``, ``every day except sunday``. Raises OrderError, one sentence that quotes the text and shows what
    works.
    """
    try:
        return _weekdays(_begun(_tokens(plain(text))))
    except _ReadingError as why:
        unread = Message("I can't read {text} as days of the week")
        examples = (Message("“Monday to Friday”"), Message("“sat, sun”"), Message("“every day”"))
        raise DailyPostError(_refusal(text, why, unread, *examples)) from None


def _tokens(typed: str) -> list[str]:
    typed = _CHINESE_DAYS.sub(lambda found: found[1].translate(_CHINESE_DAY_NAMES), typed)
    tokens: list[str] = []
    place = 0
    while place < len(typed):
        found = _TOKEN.match(typed, place)
        if typed[place] == " ":
            place += 1
        elif found:
            tokens.append(found[0])
            place = found.end()
        else:
            raise _ReadingError
    return tokens


def _begun(tokens: list[str]) -> list[str]:
    """Return the tokens with a “not” before what only ends with one: 日曜以外 is 除日曜以外."""
    ends = [place for place, token in enumerate(tokens) if token in _END_OF_NOT]
    if not ends or _NOT.intersection(tokens):
        return tokens
    # In 毎日 日曜以外 it is not “every day” that is left out.
    start = max((place + 1 for place in range(ends[0]) if _NAMES.get(tokens[place]) == _EVERY_DAY), default=0)
    left_out = tokens[start : ends[0]]
    if len(ends) > 1 or not left_out or (_TO.intersection(left_out) and len(left_out) > _RANGE):
        raise _ReadingError  # 月～金、水曜以外: from Monday to Friday without Wednesday, or all but these?
    return [*tokens[:start], "除", *tokens[start:]]


def _weekdays(tokens: list[str]) -> int:
    """Add up the days; those behind a “not” are taken away."""
    masks = {False: 0, True: 0}
    negated = False
    last: int | None = None  # the single day a range may start from
    open_range = False
    for token in tokens:
        if token in _NAMES:
            days = _NAMES[token]
            if open_range:
                days, last = _range(last, days), None
            else:
                last = days if days.bit_count() == 1 else None
            open_range = False
            masks[negated] |= days
        elif token in _TO:
            if last is None or open_range:
                raise _ReadingError
            open_range = True
        elif token in _NOT or token in _END_OF_NOT:
            negated, last = token in _NOT, None
    if open_range or not (masks[False] or masks[True]) or (negated and not masks[True]):
        raise _ReadingError
    left = (masks[False] or _EVERY_DAY) & ~masks[True]
    if not left:
        raise _ReadingError(Message("That leaves no day"))
    return left


def _range(first: int | None, last: int) -> int:
    """Return all days from one to another, past Sunday if need be."""
    if first is None or last.bit_count() != 1 or first == last:
        raise _ReadingError  # From Monday to Monday: is that one day, or all of them?
    days = first
    while first != last:
        first = first << 1 if first << 1 <= _EVERY_DAY else 1
        days |= first
    return days


def _refusal(text: str, why: _ReadingError, unread: Message, *examples: Part) -> Message:
    shown = echo(text)
    what = Message(unread.text, text=shown)
    if why.reason is not None:
        what = Message("{reason}, so I can't use {text}", reason=why.reason, text=shown)
    return Message("{what}: try {examples}.", what=what, examples=Either(examples))
