"""Times of day that people type: ``9:00``, ``9pm``, ``21h30``, ``9 Uhr``, ``下午9点半``. Pure."""

import datetime as dt
import re

from bot.domain.typed_input import ReadingError, chinese_numbers_to_digits, fold_known_word, normalise_input, refusal
from bot.locale.language import Message, quoted

_HOURS, _MINUTES, _NOON = 24, 60, 12

# The hours of 24 that typed hours mean beside a word for a part of the day. What people understand in two ways
# (上午12点, 晚上3点) is left out.
_AM = {hour: hour for hour in range(_NOON)} | {_NOON: 0}
_PM = {hour: hour + _NOON for hour in range(1, _NOON)} | {_NOON: _NOON}
_MORNING = {hour: hour for hour in range(_NOON)}
_AFTERNOON = _PM | {hour: hour for hour in range(13, _HOURS)}
_EVENING = {hour: hour + _NOON for hour in range(5, _NOON)} | {hour: hour for hour in range(17, _HOURS)} | {_NOON: 0}
_SMALL_HOURS = {hour: hour for hour in range(7)} | {_NOON: 0}
_MIDDAY = {11: 11, 12: 12, 1: 13, 2: 14}
_PARTS_OF_THE_DAY = (
    (_AM, ("am", "a.m", "a. m", "午前")),
    (_PM, ("pm", "p.m", "p. m", "午后")),
    (_MORNING, ("in the morning", "morgens", "früh", "vormittags", "du matin", "de la mañana")),
    (_MORNING, ("上午", "早上", "早晨", "清晨", "朝")),
    (_AFTERNOON, ("in the afternoon", "nachmittags", "de l'après-midi", "de la tarde", "下午")),
    (_EVENING, ("in the evening", "abends", "du soir", "晚上", "傍晚", "夜", "夕方")),
    ({_NOON: _NOON}, ("noon",)),
    ({_NOON: 0}, ("midnight",)),
    (_SMALL_HOURS, ("凌晨",)),
    (_MIDDAY, ("中午",)),
)
_HOURS_OF_PART = {fold_known_word(word): hours for hours, words in _PARTS_OF_THE_DAY for word in words}
_NAMED_TIMES = {
    fold_known_word(word): dt.time(hour)
    for hour, words in (
        (_NOON, "noon midday mittag mittags midi mediodía 正午 中午"),
        (0, "midnight mitternacht mitternachts minuit medianoche 午夜 半夜"),
    )
    for word in words.split()
}
_CHINESE_QUARTERS = {"半": 30, "一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45}
_PART = "|".join(re.escape(word) for word in sorted(_HOURS_OF_PART, key=len, reverse=True))
_TIME = re.compile(
    rf"(?P<before>{_PART})? ?"
    r"(?:(?P<compact>\d{3,4})|(?P<hour>\d{1,2})(?: ?(?:[:.] ?(?P<minute>\d\d)(?: ?(?:h|uhr))?"
    r"|(?:[h点时]|uhr|o'?clock|hrs?|hours?|heures?) ?(?P<spoken>\d\d?(?= ?分)|\d\d)?(?:(?<=\d) ?分)?))?)"
    rf" ?(?P<after>{_PART})?",
)


def parse_time(text: str) -> dt.time:
    """Read ``text`` as a time of day in hours and minutes, without a time zone.

    Raises DailyPostError: one sentence that quotes the text and shows what works.
    """
    try:
        return read_time(normalise_input(text))
    except ReadingError as error:
        unreadable = Message("I can't read {text} as a time of day")
        raise refusal(
            text, error, unreadable, quoted("9:00"), quoted(Message("9am")), quoted(Message("21:30"))
        ) from None


def format_time(time: dt.time) -> str:
    """Return ``09:00``."""
    return f"{time.hour:02}:{time.minute:02}"


def read_time(text: str) -> dt.time:
    """Read normalised text as ``parse_time`` does; raises ReadingError."""
    text = text.rstrip(" .")
    if text in _NAMED_TIMES:
        return _NAMED_TIMES[text]
    for word, minutes in _CHINESE_QUARTERS.items():
        text = text.replace(f"点{word}", f"点{minutes}").replace(f"时{word}", f"时{minutes}")
    match = _TIME.fullmatch(chinese_numbers_to_digits(text))
    if not match or (match["before"] and match["after"]):
        raise ReadingError
    compact = match["compact"] or ""  # 930, 0930
    hour, minute = int(match["hour"] or compact[:-2]), int(match["minute"] or match["spoken"] or compact[-2:] or 0)
    if minute >= _MINUTES:
        raise ReadingError(Message("Minutes run from 0 to 59"))
    if part := match["before"] or match["after"]:
        if hour not in _HOURS_OF_PART[part]:
            raise ReadingError(Message("{hour} does not fit {part}", hour=str(hour), part=quoted(part)))
        hour = _HOURS_OF_PART[part][hour]
    if hour == _HOURS:
        raise ReadingError(Message("A day ends at 23:59 and the next begins at 0:00"))
    if hour > _HOURS:
        raise ReadingError(Message("A day has no more than 24 hours"))
    return dt.time(hour, minute)
