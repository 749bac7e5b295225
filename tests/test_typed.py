"""What admins type is read as the time and the days they mean, or answered with one sentence that helps."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.errors import DailyPostError
from bot.domain.time_of_day import format_time, parse_time
from bot.domain.typed_input import LONGEST_TEXT
from bot.domain.weekdays import parse_weekdays
from bot.locale.language import ENGLISH, echo, language

MINUTES = [dt.time(hour, minute) for hour in range(24) for minute in range(60)]
MASKS = range(1, 128)
EVERY_DAY, WORKDAYS, WEEKEND = 0b111_1111, 0b001_1111, 0b110_0000
MON, TUE, WED, THU, FRI, SAT, SUN = (1 << day for day in range(7))
# A fixed list: whatever the next version of a library has, these names are read.
DAY_LINES = (
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

untimed = settings(deadline=None)  # a busy machine is no reason to fail
pieces = st.sampled_from(
    [
        *"0123459:.-h点半分十三周一日 ,&\x00\ud800\u202e９：",
        "am",
        "pm",
        "下午",
        "mon",
        "fri",
        "to",
        "not",
        "every day",
        "Uhr",
    ]
)
anything = st.one_of(st.text(), st.lists(pieces, max_size=9).map("".join))


def complaint_about_time(text: str) -> str:
    with pytest.raises(DailyPostError) as error:
        parse_time(text)
    return str(error.value)


def complaint_about_days(text: str) -> str:
    with pytest.raises(DailyPostError) as error:
        parse_weekdays(text)
    return str(error.value)


# Any text at all


@untimed
@given(text=anything)
@example(text="9" * 5000)
@example(text="ﷺ" * 100)
@example(text="\x00")
@example(text="-" * 100)
@example(text="周一" * 50)
def test_any_text_is_read_or_answered_with_one_helpful_sentence(text: str) -> None:
    for read in (parse_time, parse_weekdays):
        try:
            read(text)
        except DailyPostError as error:
            sentence = str(error)
            assert sentence.endswith(".")
            assert ": try “" in sentence or "is too long" in sentence
            assert len(sentence) < 200
            assert not any(unicodedata.category(character).startswith("C") for character in sentence)


def test_every_minute_survives_a_round_trip() -> None:
    for time in MINUTES:
        hour, minute = time.hour, time.minute
        half = "am" if hour < 12 else "pm"
        for text in (
            format_time(time),
            f"{hour}:{minute:02}",
            f"{hour}.{minute:02}",
            f"{hour}h{minute:02}",
            f"{hour:02}{minute:02}",
            f"{hour} Uhr {minute:02}",
            f"{hour}点{minute}分",
            f"{hour % 12 or 12}:{minute:02} {half}",
            f"{hour % 12 or 12}:{minute:02}{half[0].upper()}.M.",
        ):
            assert parse_time(text) == time, text


def test_every_choice_of_weekdays_survives_a_round_trip() -> None:
    assert len({language(ENGLISH).weekdays(mask) for mask in MASKS}) == 127
    for mask in MASKS:
        words = language(ENGLISH).weekdays(mask)
        assert parse_weekdays(words) == parse_weekdays(words.upper()) == mask
        assert parse_weekdays(f"every day except {words}" if mask != EVERY_DAY else words) == (EVERY_DAY ^ mask or mask)


@pytest.mark.parametrize("line", DAY_LINES)
def test_a_line_of_names_has_seven_days_that_are_read_as_such(line: str) -> None:
    assert [parse_weekdays(name) for name in line.split()] == [MON, TUE, WED, THU, FRI, SAT, SUN]


# Times


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("9:00|09:00|9|09|9am|9 am|9:00 AM|9 a.m.|9h|9h00|9 Uhr|9.00 Uhr|0900|900|9 o'clock|9:00h", "09:00"),
        ("9点|９：００|９时|上午9点|早上九点|九點|9點|午前9時|9 de la mañana|9h du matin|9 Uhr morgens", "09:00"),
        ("21.30|21:30|21h30|21 h 30|2130|9:30pm|9.30 p.m.|930pm|21 Uhr 30|21.30 Uhr|9:30 PM.", "21:30"),
        ("下午9点半|晚上9點30分|晚上二十一点三十分|21点半|午後9時30分|9.30 Uhr abends", "21:30"),
        ("9:05 p.m.|9:05PM|21h05|21点5分|晚上9点05分", "21:05"),
        ("晚上8點|20|8pm|夜8時|夕方8時|20 heures|8 de la tarde|8h du soir|8 in the evening", "20:00"),
        ("noon|NOON|12pm|12 noon|mittags|midi|mediodía|正午|中午|中午12点|下午12点|12:00", "12:00"),
        ("midnight|12 midnight|12am|12:00 a.m.|0:00|0|0am|00h|零点", "00:00"),
        ("Mitternacht|minuit|medianoche|午夜|凌晨12点|晚上12点", "00:00"),
        ("三点一刻|3点15分|凌晨3点15分|3:15", "03:15"),
        ("三点三刻|0345|3h45", "03:45"),
        ("十点|十時", "10:00"),
        ("\u200e9:00|9:00\u200b| 9 : 00 |٩:٠٠", "09:00"),
    ],
)
def test_times_are_read_as_people_write_them(texts: str, expected: str) -> None:
    assert {text: format_time(parse_time(text)) for text in texts.split("|")} == dict.fromkeys(
        texts.split("|"), expected
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13pm", "13 does not fit “pm”"),
        ("0pm", "0 does not fit “pm”"),
        ("13:30 am", "13 does not fit “am”"),
        ("上午12点", "12 does not fit “上午”"),  # midnight to some, noon to others
        ("晚上3点", "3 does not fit “晚上”"),
        ("24:00", "A day ends at 23:59 and the next begins at 0:00"),
        ("2400", "A day ends at 23:59 and the next begins at 0:00"),
        ("25:00", "A day has no more than 24 hours"),
        ("99", "A day has no more than 24 hours"),
        ("9:75", "Minutes run from 0 to 59"),
        ("0960", "Minutes run from 0 to 59"),
    ],
)
def test_an_impossible_time_is_refused_with_a_reason(text: str, reason: str) -> None:
    assert complaint_about_time(text) == f"{reason}, so I can't use “{text}”: try “9:00”, “9am” or “21:30”."


@pytest.mark.parametrize(
    "text",
    [
        *[
            "soon",
            "9:5",
            "9:",
            ":30",
            "9:00:00",
            "-1",
            "+9",
            "9 12",
            "12345",
            "9,30",
            "9.5",
            "½",
            "半",
            "9am pm",
            "am",
            "h",
        ],
        *["下午9点pm", "9点点", "9点分", "一十二三点", "十十点", "noonish", "UTC", "9：三"],
    ],
)
def test_what_is_no_time_is_quoted_back(text: str) -> None:
    assert complaint_about_time(text) == f"I can't read “{text}” as a time of day: try “9:00”, “9am” or “21:30”."


@pytest.mark.parametrize("text", ["", "  ", "\n", "\u200b"])
def test_nothing_to_see_is_an_empty_text(text: str) -> None:
    assert complaint_about_time(text).startswith("I can't read an empty entry as a time of day: try “")
    assert complaint_about_days(text).startswith("I can't read an empty entry as days of the week: try “")


# Days of the week


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("mon-fri|Monday to Friday|monday – friday|Mon..Fri|Mon…Fri|from Monday through Friday|Mo.–Fr.", WORKDAYS),
        ("weekdays|on weekdays|Mo bis Fr|von Montag bis Freitag|lundi à vendredi|du lundi au vendredi", WORKDAYS),
        ("lunes a viernes|de lunes a viernes|周一至周五|週一至週五|周一到五|星期一到星期五|平日|工作日", WORKDAYS),
        ("every day except weekends|not sat & sun|all but weekends|en semaine|entre semana", WORKDAYS),
        ("weekends|the weekend|sat & sun|Sat/Sun|sat+sun|Saturday and Sunday|Wochenende|Samstag und Sonntag", WEEKEND),
        ("week-end|le week-end|samedi et dimanche|fin de semana|sábado y domingo|周末|週末|周六日|周六和周日", WEEKEND),
        ("every day|Daily|all|everyday|each day|jeden Tag|täglich|tous les jours|todos los días|每天|每日", EVERY_DAY),
        ("mon-sun|Mo Di Mi Do Fr Sa So|周一至周日|周一二三四五六日", EVERY_DAY),
        (
            "mon, wed, fri|Mon Wed Fri|Mo/Mi/Fr|lun, mer, ven|周一、三、五|周一三五|Mondays, Wednesdays and Fridays",
            MON | WED | FRI,
        ),
        ("Mon Wed|wed mon|mon,,wed|Montag, Mittwoch|lunes y miércoles|週一和週三", MON | WED),
        ("not sunday|except sunday|every day except Sunday|daily but not sundays|mon-sat", EVERY_DAY ^ SUN),
        (
            "außer Sonntag|täglich außer So|sauf dimanche|tous les jours sauf le dimanche|excepto domingo",
            EVERY_DAY ^ SUN,
        ),
        ("除了周日|除了周日以外每天|除星期天外|日曜以外|毎日、日曜以外", EVERY_DAY ^ SUN),
        ("月曜日から金曜日まで|月〜金|月・火・水・木・金|土日以外|土曜と日曜以外", WORKDAYS),
        ("土日|土曜日と日曜日|月〜金以外|平日以外", WEEKEND),
        ("毎日|月曜から日曜", EVERY_DAY),
        ("fri-mon|friday to monday|周五至周一|vendredi-lundi", FRI | SAT | SUN | MON),
        ("weekdays except friday|mon-fri not fri|Mo-Do", WORKDAYS ^ FRI),
        ("sun-mon|sun mon", SUN | MON),
        ("周一|星期一|礼拜一|每週一|every Monday|Mondays|mon|Montags|lundi", MON),
        ("星期天|周日|星期日|礼拜天|dim|dom|so|sundays", SUN),
        ("ＭＯＮ\u200b|MON.", MON),
    ],
)
def test_weekdays_are_read_as_people_write_them(texts: str, expected: int) -> None:
    assert {text: parse_weekdays(text) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), expected)


@pytest.mark.parametrize(
    "text",
    [
        *["never", "every other day", "every", "mon-", "-fri", "mon--fri", "mon-wed-fri", "monday to", "mon-mon", "to"],
        *[
            "weekdays-sun",
            "monfri",
            "not",
            "mon not",
            "everything",
            "1-5",
            "周",
            "一",
            "周八",
            "Werktags",
            "a",
            "1st monday",
            "月〜金、水曜以外",
            "毎日以外",
            "以外",
        ],
    ],
)
def test_what_names_no_weekdays_is_quoted_back(text: str) -> None:
    expected = f"I can't read “{text}” as days of the week: try “Monday to Friday”, “sat, sun” or “every day”."
    assert complaint_about_days(text) == expected


def test_at_least_one_day_is_left() -> None:
    assert complaint_about_days("mon except mon").startswith(
        "That leaves no days, so I can't use “mon except mon”: try “"
    )


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (EVERY_DAY, "every day"),
        (WORKDAYS, "Monday to Friday"),
        (WEEKEND, "Saturdays and Sundays"),
        (MON | WED | FRI, "Mondays, Wednesdays and Fridays"),
        (MON | TUE | WED | FRI, "Mondays, Tuesdays, Wednesdays and Fridays"),
        (FRI | SAT | SUN | MON, "Friday to Monday"),
        (EVERY_DAY ^ SUN, "Monday to Saturday"),
        (SUN | MON, "Mondays and Sundays"),
        (WED, "Wednesdays"),
    ],
)
def test_weekdays_are_described_in_a_few_words(mask: int, words: str) -> None:
    assert language(ENGLISH).weekdays(mask) == words


@pytest.mark.parametrize("mask", [0, 128, -1])
def test_a_mask_without_weekdays_cannot_be_described(mask: int) -> None:
    with pytest.raises(ValueError, match="days of the week"):
        language(ENGLISH).weekdays(mask)


# What is quoted


def test_a_long_text_is_refused_unread_and_quoted_short() -> None:
    assert parse_time("9:00".ljust(LONGEST_TEXT)) == dt.time(9)
    for complain in (complaint_about_time, complaint_about_days):
        assert complain("x" * 101) == f"“{'x' * 39}…” is too long: at most 100 characters are read."


def test_a_quoted_text_stays_on_one_line_without_invisible_marks() -> None:
    assert str(echo("\u202eso\x1b\r\n  what\ud800\u200b?\x00")) == "“so what?”"
