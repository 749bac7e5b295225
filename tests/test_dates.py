"""What people type is read as the day they mean, or answered with one sentence that helps."""

import datetime as dt
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.dates import Day, day_first_for, parse_date, parse_day, parse_full_date
from bot.domain.errors import DateError
from bot.domain.typed_input import LONGEST_TEXT
from bot.locale.language import ENGLISH, language

TODAY = dt.date(2026, 3, 1)
MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
# A fixed list: whatever the next version of a library has, these names are read.
MONTH_LINES = (
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
DIGITS = "〇一二三四五六七八九"
ENGLISH_DAY = language(ENGLISH).day
DAYS_OF_THE_YEAR = [dt.date(2016, 1, 1) + dt.timedelta(n) for n in range(366)]
MARCH_24 = Day(3, 24)
MARCH_24_2017 = Day(3, 24, 2017)

untimed = settings(deadline=None)  # a busy machine is no reason to fail
some_date = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
pieces = st.sampled_from(
    [
        *[*MONTHS, *"0123456789年月日十三.,/-: '’٣３", "29", "2017", "th", "of", "März", "\u202e", "\ud800"],
        *["Friday", "mar", "mardi", "(金)", "星期五", "first", "twenty-", "T10:00", "Z", "?", "“", " (", ")"],
    ]
)
near_misses = st.lists(pieces, max_size=9).map("".join)


def chinese(value: int) -> str:
    tens, units = divmod(value, 10)
    return ("" if tens < 2 else DIGITS[tens]) + ("十" if tens else "") + (DIGITS[units] if units else "")


Notation = Callable[[dt.date], str]
WITHOUT_A_YEAR: dict[str, Notation] = {
    "March 24": lambda d: f"{MONTHS[d.month - 1]} {d.day}",
    "24 March": lambda d: f"{d.day} {MONTHS[d.month - 1]}",
    "Mar 24": lambda d: f"{MONTHS[d.month - 1][:3]} {d.day}",
    "MARCH 24TH": lambda d: f"{MONTHS[d.month - 1]} {d.day}th".upper(),
    "24.3.": lambda d: f"{d.day}.{d.month}.",
    "24.03": lambda d: f"{d.day:02}.{d.month:02}",
    "--03-24": lambda d: f"--{d.month:02}-{d.day:02}",
    "3月24日": lambda d: f"{d.month}月{d.day}日",
    "三月二十四日": lambda d: f"{chinese(d.month)}月{chinese(d.day)}日",
}
WITH_A_YEAR: dict[str, Notation] = {
    "March 24, 2017": ENGLISH_DAY,
    "24 Mar 2017": lambda d: f"{d.day} {MONTHS[d.month - 1][:3]} {d.year}",
    "24. märz 2017": lambda d: f"{d.day}. {MONTH_LINES[2].split()[d.month - 1]} {d.year}",
    "24.3.2017": lambda d: f"{d.day}.{d.month}.{d.year}",
    "24. 03. 2017": lambda d: f"{d.day:02}. {d.month:02}. {d.year}",
    "2017-03-24": dt.date.isoformat,
    "2017/3/24": lambda d: f"{d.year}/{d.month}/{d.day}",
    "2017.3.24": lambda d: f"{d.year}.{d.month}.{d.day}",
    "20170324": lambda d: f"{d:%Y%m%d}",
    "2017年3月24日": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "2017년 3월 24일": lambda d: f"{d.year}년 {d.month}월 {d.day}일",
    "二〇一七年三月二十四日": lambda d: (
        "".join(DIGITS[int(n)] for n in str(d.year)) + f"年{chinese(d.month)}月{chinese(d.day)}日"
    ),
}
IN_THE_READERS_ORDER: dict[str, Callable[[int, int], str]] = {
    "3/24": lambda first, second: f"{first}/{second}",
    "03-24": lambda first, second: f"{first:02}-{second:02}",
    "3/24/2017": lambda first, second: f"{first}/{second}/2016",
    "03-24-2017": lambda first, second: f"{first:02}-{second:02}-2016",
}


def day(text: str, *, day_first: bool = False) -> Day:
    return parse_day(text, today=TODAY, day_first=day_first)


def complaint(text: str) -> str:
    with pytest.raises(DateError) as error:
        day(text)
    return str(error.value)


# Any text at all


@untimed
@given(text=st.one_of(st.text(), near_misses), today=st.dates(), day_first=st.booleans())
@example(text="tomorrow", today=dt.date.max, day_first=False)
@example(text="yesterday", today=dt.date.min, day_first=False)
@example(text="9" * 5000, today=TODAY, day_first=False)
@example(text="ﷺ" * 100, today=TODAY, day_first=True)
def test_any_text_is_a_day_or_one_helpful_sentence(text: str, today: dt.date, *, day_first: bool) -> None:
    for read in (parse_day, parse_date):
        try:
            read(text, today=today, day_first=day_first)
        except DateError as error:
            sentence = str(error)
            assert ": try “" in sentence
            assert sentence.endswith(".")
            assert len(sentence) < 200
            assert not any(unicodedata.category(character).startswith("C") for character in sentence)


# Every notation, every day


@pytest.mark.parametrize("notation", WITHOUT_A_YEAR)
@pytest.mark.parametrize("day_first", [True, False])
def test_every_day_of_the_year_survives_a_round_trip(notation: str, *, day_first: bool) -> None:
    for date in DAYS_OF_THE_YEAR:
        assert day(WITHOUT_A_YEAR[notation](date), day_first=day_first) == Day(date.month, date.day)


@pytest.mark.parametrize("notation", WITH_A_YEAR)
@untimed
@given(date=some_date, day_first=st.booleans(), end=st.booleans())
def test_every_date_survives_a_round_trip(notation: str, date: dt.date, *, day_first: bool, end: bool) -> None:
    text = WITH_A_YEAR[notation](date)
    assert day(text, day_first=day_first) == Day(date.month, date.day, date.year)
    assert parse_date(text, today=TODAY, day_first=day_first, end=end) == date


def test_two_centuries_survive_a_round_trip_as_they_are_written_and_as_iso() -> None:
    for ordinal in range(dt.date(1900, 1, 1).toordinal(), dt.date(2101, 1, 1).toordinal()):
        date = dt.date.fromordinal(ordinal)
        assert day(ENGLISH_DAY(date)).date == date
        assert day(date.isoformat()).date == date


@pytest.mark.parametrize("notation", IN_THE_READERS_ORDER)
def test_numbers_are_read_in_the_readers_order(notation: str) -> None:
    for date in DAYS_OF_THE_YEAR:
        month_first = IN_THE_READERS_ORDER[notation](date.month, date.day)
        day_first = IN_THE_READERS_ORDER[notation](date.day, date.month)
        assert day(month_first).month_day == day(day_first, day_first=True).month_day == date.month * 100 + date.day


@untimed
@given(day_first=st.booleans(), above_twelve=st.integers(13, 31), separator=st.sampled_from("/-"))
def test_an_order_that_makes_no_sense_gives_way(above_twelve: int, separator: str, *, day_first: bool) -> None:
    for text in (f"3{separator}{above_twelve}", f"{above_twelve}{separator}3"):
        assert day(text, day_first=day_first) == Day(3, above_twelve)


@untimed
@given(first=st.integers(1, 12), second=st.integers(1, 12), day_first=st.booleans())
def test_with_dots_the_day_comes_first_for_everyone(first: int, second: int, *, day_first: bool) -> None:
    assert day(f"{first}.{second}.", day_first=day_first) == Day(second, first)


# What people write


@pytest.mark.parametrize(
    "text",
    [
        *[
            "  march   24 ",
            "March24",
            "24-Mar",
            "MAR. 24.",
            "march 24,",
            "24th of March",
            "the 24th March",
            "24TH march",
        ],
        *["24. März", "24. maerz", "24 mars", "le 24 mars", "24 de marzo", "24° marzo", "24 de março", "24 maart"],
        *["24 mrt", "24 marca", "24 marzec", "24 марта", "24-го марта", "24 МАР", "2４．３．", "３月２４日", "3月24號"],
        *["三月廿四日", "3 月 24 日", "3월 24일", "㋂㏷", "24/03", "24–3", "24.3.,", "March\u200e 24", "March\n24"],
    ],
)
def test_forgiven_spellings_of_24_march(text: str) -> None:
    assert day(text) == MARCH_24


@pytest.mark.parametrize(
    "text",
    [
        *["March 24th, 2017", "2017 March 24", "24/Mar/2017", "24mar2017", "24 de marzo de 2017", "24 марта 2017 г."],
        *[
            "24 marca 2017 r.",
            "2017. 3. 24.",
            "2017 - 03 - 24",
            "24/3/2017",
            "3/24/2017",
            "24-3-2017",
            "２０１７年３月２４日",
        ],
    ],
)
def test_forgiven_spellings_of_24_march_2017(text: str) -> None:
    assert day(text) == MARCH_24_2017


@pytest.mark.parametrize(
    "text", ["1st January", "1er janvier", "1º de janeiro", "1ste januari", "January 1st", "一月一日"]
)
def test_ordinals_are_forgiven(text: str) -> None:
    assert day(text) == Day(1, 1)


@pytest.mark.parametrize("line", MONTH_LINES)
def test_a_line_of_names_has_twelve_months_that_are_read_as_such(line: str) -> None:
    assert [day(f"5 {name}").month for name in line.split()] == list(range(1, 13))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("yesterday gestern hier ayer ieri ontem вчера 昨天 昨日 어제", Day(2, 28)),
        ("today Heute aujourd'hui aujourd’hui hoy oggi hoje dzis сегодня 今天 今日 오늘 TODAY.", Day(3, 1)),
        ("tomorrow morgen demain mañana manana domani amanhã jutro завтра 明天 내일", Day(3, 2)),
    ],
)
def test_nearby_days_are_counted_from_today_and_mean_any_year(words: str, expected: Day) -> None:
    assert {day(word) for word in words.split()} == {expected}


# A date is copied with its day of the week, which need not be right.
@pytest.mark.parametrize(
    "text",
    [
        *["Friday, March 24, 2017", "Fri 24 March 2017", "on Friday the 24th of March 2017", "March 24, 2017 (Friday)"],
        *["Friday 2017-03-24", "Fri, 3/24/2017", "March 24, Friday, 2017", "Monday, March 24, 2017"],
        *["Freitag, 24. März 2017", "am Freitag, dem 24. März 2017", "Fr. 24.3.2017", "viernes, 24 de marzo de 2017"],
        *["el viernes 24 de marzo de 2017", "vendredi 24 mars 2017", "mar 24 mars 2017", "mar. 24/03/2017"],
        *["2017年3月24日金曜日", "2017年3月24日（金）", "2017年3月24日 (金曜)", "2017/3/24(金)", "2017年3月24日星期五"],
        *["2017年3月24日 星期五", "二〇一七年三月二十四日周五", "2017年3月24日（五）", "2017年3月24日 禮拜五"],
    ],
)
def test_a_day_of_the_week_beside_the_date_is_passed_over(text: str) -> None:
    assert day(text) == MARCH_24_2017


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mar 24", MARCH_24),
        ("24 mar", MARCH_24),
        ("10 mar 2017", Day(3, 10, 2017)),
        ("3月1日", Day(3, 1)),
        ("3月1日(日)", Day(3, 1)),
        ("3月1日日曜日", Day(3, 1)),
        ("today, Sunday", Day(3, 1)),
    ],
)
def test_a_month_or_a_day_is_not_taken_for_a_day_of_the_week(text: str, expected: Day) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[
            ("first of May", Day(5, 1)),
            ("May the fourth", Day(5, 4)),
            ("the Twentieth of July, 1969", Day(7, 20, 1969)),
        ],
        *[
            ("thirty-first December", Day(12, 31)),
            ("June twenty second", Day(6, 22)),
            ("May first, 2017", Day(5, 1, 2017)),
        ],
        *[("premier mai", Day(5, 1)), ("Erster Mai", Day(5, 1)), ("primero de mayo", Day(5, 1))],
    ],
)
def test_ordinals_in_words_are_read(text: str, expected: Day) -> None:
    assert day(text) == expected


ENGLISH_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth"
    " twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)


def test_every_day_of_a_month_has_an_ordinal_in_words() -> None:
    assert [day(f"{word} of May").day for word in ENGLISH_ORDINALS.split()] == list(range(1, 32))


@untimed
@given(
    notation=st.sampled_from([*WITHOUT_A_YEAR.values(), *WITH_A_YEAR.values(), lambda d: f"{d:%A}, {d:%B} {d.day}"]),
    date=some_date,
    before=st.sampled_from(["", " ", "“", "¿", "(", "„", '"', "`"]),
    after=st.text(" .,;:!?。、”\"')`", max_size=4),
)
def test_what_stands_around_a_date_says_nothing(notation: Notation, date: dt.date, before: str, after: str) -> None:
    assert day(f"{before}{notation(date)}{after}").month_day == date.month * 100 + date.day


@untimed
@given(date=some_date, time=st.times(), data=st.data())
def test_a_time_behind_an_iso_date_is_passed_over(date: dt.date, time: dt.time, data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(["", "Z", "z", " UTC", "+02:00", "-0330", "+01"]))
    detail = data.draw(st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]))
    for separator in "T ":
        text = f"{date}{separator}{time.isoformat(detail)}{zone}"
        assert day(text).date == parse_date(text, today=TODAY) == date


@pytest.mark.parametrize("text", ["29 February", "Feb 29", "29.2.", "2/29", "29/2", "2月29日", "--02-29"])
def test_29_february_is_a_day_of_the_year(text: str) -> None:
    assert day(text) == Day(2, 29)


# What is no day


@pytest.mark.parametrize(
    "text",
    [
        *[
            "12:30",
            "12:30:45",
            "March 12:30",
            "2017-03-24T25:00",
            "2017-03-24 10",
            "Fri",
            "Friday 13",
            "Friday 2017",
            "10",
            "10th",
            "2016",
            "2016-05",
            "May 2016",
        ],
        *[
            "March",
            "3月",
            "24日",
            "99999999999999999999",
            "3,24",
            "1.2.3.4",
            "2017-03/24",
            "24.3/2017",
            "of",
            "th",
            "-",
        ],
        *[
            "March April 24",
            "March 1 2 3",
            "March 2016 2017",
            "24 thx March",
            "十十月一日",
            "一十二三四年一月一日",
            "Marchish 24",
            "½",
            "❤",
        ],
    ],
)
def test_what_names_no_single_day_is_quoted_back(text: str) -> None:
    assert complaint(text) == f"I can't read “{text}” as a date: try “March 24”, “3/24” or “2017-03-24”."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("30 Feb", "There is no February 30"),
        ("4/31", "There is no April 31"),
        ("32.5.", "There is no May 32"),
        ("March 0", "There is no March 0"),
        ("29 Feb 2017", "2017 had no February 29"),
        ("1900-02-29", "1900 had no February 29"),
        ("29.2.2027", "2027 has no February 29"),
        ("3.24", "There is no month 24"),
        ("2017-13-01", "There is no month 13"),
        ("13/13", "There is no month 13"),
        ("0000-01-01", "Years run from 1 to 9999"),
    ],
)
def test_an_impossible_day_is_refused_with_a_reason(text: str, reason: str) -> None:
    assert complaint(text) == f"{reason}, so I can't use “{text}”: try “March 24”, “3/24” or “2017-03-24”."


@pytest.mark.parametrize(
    "text", ["24.03.17", "3/24/17", "24 Mar 17", "March 24, '17", "17-03-24", "17年3月24日", "5.3.20177"]
)
def test_a_year_is_written_with_all_four_digits(text: str) -> None:
    assert complaint(text).startswith("A year needs all four digits, so I can't use “")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00", "\u200b"])
def test_nothing_to_see_is_an_empty_text(text: str) -> None:
    assert complaint(text).startswith("I can't read an empty entry as a date: try “")


def test_a_long_text_is_refused_unread_and_quoted_short() -> None:
    assert day("March 24".ljust(LONGEST_TEXT)) == MARCH_24
    assert complaint("March 24".ljust(LONGEST_TEXT + 1)).startswith("A date has at most 100 characters")
    assert f"“{'x' * 39}…”" in complaint("x" * 10_000)


def test_a_quoted_text_stays_on_one_line_without_invisible_marks() -> None:
    assert "“so what?”" in complaint("\u202eso\x1b\r\n  what\ud800\u200b?\x00")


# Ranges


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2016", dt.date(2016, 1, 1), dt.date(2016, 12, 31)),
        ("2016年", dt.date(2016, 1, 1), dt.date(2016, 12, 31)),
        ("9999", dt.date(9999, 1, 1), dt.date(9999, 12, 31)),
        *((text, dt.date(2016, 2, 1), dt.date(2016, 2, 29)) for text in ("2016-02", "2/2016", "Feb 2016", "2016年2月")),
        ("May 2016", dt.date(2016, 5, 1), dt.date(2016, 5, 31)),
        ("yesterday", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
    ],
)
def test_a_month_or_a_year_stands_for_its_first_or_last_day(text: str, first: dt.date, last: dt.date) -> None:
    assert parse_date(text, today=TODAY) == first
    assert parse_date(text, today=TODAY, end=True) == last


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("March 24", "The year is missing, so I can't use “March 24”: try “2017-03-24”, “2016-05” or “2016”."),
        ("12:30", "I can't read “12:30” as a date: try “2017-03-24”, “2016-05” or “2016”."),
        ("2016-00", "There is no month 0"),
        ("2016-05-00", "There is no May 0"),
        ("0000", "Years run from 1 to 9999"),
        ("May 476", "A year needs all four digits"),
    ],
)
@pytest.mark.parametrize("end", [True, False])
def test_what_is_no_full_date_is_refused_with_a_reason(text: str, start: str, *, end: bool) -> None:
    with pytest.raises(DateError) as error:
        parse_date(text, today=TODAY, end=end)
    assert str(error.value).startswith(start)


@pytest.mark.parametrize("wrong", [(2, 30, None), (2, 29, 2017), (13, 1, None), (1, 1, 0)])
def test_a_day_that_is_in_no_calendar_cannot_be_made(wrong: tuple[int, int, int | None]) -> None:
    with pytest.raises(ValueError, match=r"must be in|out of range"):
        Day(*wrong)


def test_a_day_knows_its_number_and_its_date() -> None:
    assert (MARCH_24.month_day, MARCH_24.date) == (324, None)
    assert (MARCH_24_2017.month_day, MARCH_24_2017.date) == (324, dt.date(2017, 3, 24))


def test_a_day_is_written_without_a_leading_zero() -> None:
    assert ENGLISH_DAY(Day(3, 4)) == "March 4"
    assert ENGLISH_DAY(MARCH_24_2017) == ENGLISH_DAY(dt.date(2017, 3, 24)) == "March 24, 2017"


@pytest.mark.parametrize(
    "locale", ["en-GB", "de", "fr", "es-ES", "es-419", "pt-BR", "sv-SE", "nl", "ru", "hi", "de_AT"]
)
def test_most_of_the_world_puts_the_day_first(locale: str) -> None:
    assert day_first_for(locale)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "zh-TW", "ja", "ko", "hu", "lt", "xx", "", None])
def test_americans_east_asia_and_the_unknown_put_the_month_first(locale: str | None) -> None:
    assert not day_first_for(locale)


@pytest.mark.parametrize("text", ["2017", "May 2017", "24.3.", "March 24", "12:30", "", "30 Feb 2017"])
def test_what_is_no_day_with_its_year_is_no_full_date(text: str) -> None:
    with pytest.raises(DateError, match=r"“March 24, 2017”, “3/24/2017” or “2017-03-24”"):
        parse_full_date(text, today=TODAY)


def test_a_full_date_is_read_in_every_notation_and_counted_from_today() -> None:
    for text in ("March 24, 2017", "24.3.2017", "2017-03-24", "2017年3月24日"):
        assert parse_full_date(text, today=TODAY) == dt.date(2017, 3, 24)
    assert parse_full_date("yesterday", today=TODAY) == TODAY - dt.timedelta(1)
