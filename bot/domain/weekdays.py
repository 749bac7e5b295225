"""Days of the week that people type: names, lists, ranges, exceptions (``every day except sunday``). Pure.

Days are a mask: bit 0 for Monday to bit 6 for Sunday.
"""

import functools
import re

from bot.domain.schedule import EVERY_DAY
from bot.domain.text import fold
from bot.domain.typed_input import ReadingError, fold_known_word, normalise_input, refusal
from bot.locale.language import Message

_WORKING_DAYS = 0b001_1111
_WEEKEND = 0b110_0000

# Babel locales. Two-letter names are left out: "do" is Thursday in German and Sunday in Spanish.
_LANGUAGES = ("en", "de", "es", "fr", "ja")
# What CLDR lacks, in its folded form: Monday first, "-" where nothing is missing.
_NOT_IN_CLDR = (
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays",
    "mo tues weds thur fr sa su",
    "- tu we thurs - - -",
    "montags dienstags mittwochs donnerstags freitags samstags sonntags",
    "- - - - - sonnabend -",
    "lundis mardis mercredis jeudis vendredis samedis dimanches",
    "- - - - - sabados domingos",
    "月曜 火曜 水曜 木曜 金曜 土曜 日曜",
)
# "Werktags" and "jours ouvrables" are missing on purpose: to many people they include Saturday.
_GROUPS = {
    EVERY_DAY: (
        *("every day", "everyday", "each day", "all days", "all", "daily", "jeden tag", "alle tage", "täglich"),
        *("tous les jours", "chaque jour", "quotidien", "todos los días", "cada día", "diario", "diariamente"),
        *("每天", "每日", "天天", "毎日"),
    ),
    _WORKING_DAYS: (
        *("weekdays", "weekday", "working days", "workdays", "wochentags", "en semaine", "jours ouvrés"),
        *("entre semana", "días laborables", "平日", "工作日"),
    ),
    _WEEKEND: (
        *("weekends", "weekend", "week-end", "week-ends", "wochenende", "wochenenden", "am wochenende"),
        *("fin de semana", "fines de semana", "周末", "每周末", "毎周末"),
    ),
}
_RANGE_WORDS = {"-", "~", "..", "...", "to", "till", "until", "through", "thru", "bis", "a", "au", "al", "hasta"}
_RANGE_WORDS |= {"至", "到", "から"}
_EXCEPT = {"not", "no", "except", "but", "without", "ausser", "nicht", "ohne", "sauf", "excepto", "salvo", "menos"}
_EXCEPT |= {"除了", "除"}
# Words for "except" that stand behind the days.
_EXCEPT_BEHIND = {"以外", "之外", "外"}
# Words that change nothing.
_FILLERS = {*",;&+/.、", "and", "und", "et", "y", "on", "the", "every", "each", "only", "from", "von", "am", "du", "de"}
_FILLERS |= {"le", "les", "los", "el", "jeden", "chaque", "cada", "for"}
_FILLERS |= {"和", "与", "及", "每", "每个", "毎", "と", "・", fold("まで")}
# Words for "every week", folded. Beside days they change nothing.
_WEEKLY = frozenset(
    (
        *("weekly", "every week", "each week", "wochentlich", "jede woche", "semanal", "semanalmente", "cada semana"),
        *("todas las semanas", "hebdomadaire", "hebdomadairement", "chaque semaine", "toutes les semaines"),
        *("每周", "每星期", "每礼拜", "毎周"),
    )
)
_FILLERS |= _WEEKLY
# 周一三五 is "Monday, Wednesday, Friday": the days behind the word for "week" become English names. A number of hours
# (周五六点, "Friday, 6 o'clock") is no day, and in Japanese 毎周日曜 the day stands for itself.
_CHINESE_DAYS = re.compile("(?<!毎)(?:周|星期|礼拜)([一二三四五六日天](?:[、,至到~-]?[一二三四五六日天](?![十点时]))*)")
# "Every" of 毎月曜, "every Monday", which is not 毎月, "every month".
_EVERY_BEFORE_A_DAY = re.compile("毎(?=[月火水木金土日]曜)")
_CHINESE_DAY_NAMES = str.maketrans(
    {
        "一": " mon ",
        "二": " tue ",
        "三": " wed ",
        "四": " thu ",
        "五": " fri ",
        "六": " sat ",
        "日": " sun ",
        "天": " sun ",
    }
)
_TOKENS_IN_A_RANGE = 3  # Monday, to, Friday


def parse_weekdays(text: str) -> int:
    """Read ``text`` as days of the week; returns a mask of at least one day.

    Takes names in English, German, French, Spanish, Chinese and Japanese, lists and ranges of them (``fri-mon`` too),
    ``weekdays``, ``every day except sunday``. Raises DailyPostError: one sentence that quotes the text and shows what
    works.
    """
    try:
        return read_weekdays(normalise_input(text))
    except ReadingError as error:
        unreadable = Message("I can't read {text} as days of the week")
        examples = (Message("“Monday to Friday”"), Message("“sat, sun”"), Message("“every day”"))
        raise refusal(text, error, unreadable, *examples) from None


def read_weekdays(text: str) -> int:
    """Read normalised text as ``parse_weekdays`` does; raises ReadingError."""
    return _combine(_move_except_to_front(_tokens(name_eastern_days(text))))


def is_weekly(text: str) -> bool:
    """Return whether normalised text has a word for "every week"."""
    return any(word in text for word in _WEEKLY)


def name_eastern_days(text: str) -> str:
    """Replace Chinese days of the week, which are numbers, by English names: 每周一三五 gives ``每 mon  wed  fri``."""
    text = _CHINESE_DAYS.sub(lambda match: match[1].translate(_CHINESE_DAY_NAMES), text)
    return _EVERY_BEFORE_A_DAY.sub("", text)


def is_weekday(name: str) -> bool:
    """Return whether a folded word is the name, or a short name, of a single day of the week."""
    return _masks().get(name, 0).bit_count() == 1


@functools.cache
def _masks() -> dict[str, int]:
    """Return the days that each folded name stands for. The first call loads Babel's locales (about 0.05 seconds)."""
    from babel import Locale

    masks = {fold_known_word(name): mask for mask, names in _GROUPS.items() for name in names}
    for line in _NOT_IN_CLDR:
        masks |= {name: 1 << weekday for weekday, name in enumerate(line.split()) if name != "-"}
    for days in (Locale.parse(code).days for code in _LANGUAGES):
        for names in (days[context][form] for context in ("format", "stand-alone") for form in ("wide", "abbreviated")):
            masks |= {fold_known_word(name).rstrip("."): 1 << weekday for weekday, name in names.items()}
    return masks


@functools.cache
def _token_pattern() -> re.Pattern[str]:
    """Return a pattern of all known words, long ones first."""
    words = {*_masks(), *_RANGE_WORDS, *_EXCEPT, *_EXCEPT_BEHIND, *_FILLERS}
    return re.compile(
        # A Chinese word may touch the next one; a word of letters ends where its letters end.
        "|".join(
            re.escape(word) + (r"(?![^\W\d_])" if word.isascii() and word[-1].isalpha() else "")
            for word in sorted(words, key=len, reverse=True)
        )
    )


def _tokens(text: str) -> list[str]:
    """Split normalised text into known words; raises ReadingError for any other."""
    tokens: list[str] = []
    position = 0
    while position < len(text):
        match = _token_pattern().match(text, position)
        if text[position] == " ":
            position += 1
        elif match:
            tokens.append(match[0])
            position = match.end()
        else:
            raise ReadingError
    return tokens


def _move_except_to_front(tokens: list[str]) -> list[str]:
    """Return the tokens with "except" before the days, where it stands behind them: 日曜以外 becomes 除日曜以外."""
    ends = [index for index, token in enumerate(tokens) if token in _EXCEPT_BEHIND]
    if not ends or _EXCEPT.intersection(tokens):
        return tokens
    # In 毎日 日曜以外, "every day" is not among the exceptions.
    start = max((index + 1 for index in range(ends[0]) if _masks().get(tokens[index]) == EVERY_DAY), default=0)
    exceptions = tokens[start : ends[0]]
    is_long_range = _RANGE_WORDS.intersection(exceptions) and len(exceptions) > _TOKENS_IN_A_RANGE
    if len(ends) > 1 or not exceptions or is_long_range:
        raise ReadingError  # 月～金、水曜以外: from Monday to Friday without Wednesday, or all but these?
    return [*tokens[:start], "除", *tokens[start:]]


def _combine(tokens: list[str]) -> int:
    """Add up the days before "except", or all days, and take away those behind it."""
    masks = {False: 0, True: 0}  # by whether the days are excepted
    excepted = False
    range_start: int | None = None  # the single day before, from which a range may start
    in_range = False
    for token in tokens:
        if token in _masks():
            days = _masks()[token]
            if in_range:
                days, range_start = _range(range_start, days), None
            else:
                range_start = days if days.bit_count() == 1 else None
            in_range = False
            masks[excepted] |= days
        elif token in _RANGE_WORDS:
            if range_start is None or in_range:
                raise ReadingError
            in_range = True
        elif token in _EXCEPT or token in _EXCEPT_BEHIND:
            excepted, range_start = token in _EXCEPT, None
    if in_range or not (masks[False] or masks[True]) or (excepted and not masks[True]):
        raise ReadingError
    days = (masks[False] or EVERY_DAY) & ~masks[True]
    if not days:
        raise ReadingError(Message("That leaves no days"))
    return days


def _range(first: int | None, last: int) -> int:
    """Return the mask of all days from ``first`` to ``last``, past Sunday if need be."""
    if first is None or last.bit_count() != 1 or first == last:
        raise ReadingError  # From Monday to Monday: is that one day, or all of them?
    days = first
    while first != last:
        first = first << 1 if first << 1 <= EVERY_DAY else 1
        days |= first
    return days
