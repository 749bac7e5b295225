"""When a follow reports is read as people type it, said as they would say it, and offered while they type."""

import asyncio
import datetime as dt
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cards import limits
from bot.domain.errors import DailyPostError
from bot.domain.schedule import EVERY_DAY, Plan
from bot.domain.text import length
from bot.domain.weekdays import parse_weekdays
from bot.domain.when import parse_when, typed_time, when_as_typed, when_in_words
from bot.locale.language import ENGLISH, language
from bot.screens.autocomplete import when_choices
from tests.helpers.catalogues import LOCALES
from tests.test_languages import examples

ZONE = "Asia/Tokyo"
ALL_LOCALES = [ENGLISH, "en-GB", *LOCALES]
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}

untimed = settings(deadline=None)  # a busy machine is no reason to fail
some_time = st.builds(dt.time, st.integers(0, 23), st.integers(0, 59))
weekly_plan = st.builds(Plan, some_time, st.just(ZONE), st.integers(1, EVERY_DAY))
monthly_plan = st.builds(Plan, some_time, st.just(ZONE), month_day=st.integers(1, 31))
any_plan = weekly_plan | monthly_plan | st.just(Plan(dt.time(9), ZONE, at_once=True))
any_locale = st.sampled_from(ALL_LOCALES)
pieces = st.sampled_from(
    [
        *"0123456789 .:,-時点半周一五毎每月日\x00\ud800\u202e９",
        *(
            "am",
            "pm",
            "at",
            "um",
            "Uhr",
            "fri",
            "monthly",
            "weekly",
            "daily",
            "at once",
            "1st",
            "last",
            "noon",
            "every",
        ),
        *("des Monats", "du mois", "毎週", "每週", "毎月", "末日", "月底", "晚上", "first", "except", "to", " "),
    ]
)
anything = st.one_of(st.text(), st.lists(pieces, max_size=12).map("".join), st.lists(pieces, max_size=8).map(" ".join))


def in_short(typed: str) -> str:
    """Return what a text was taken for, as it would be typed in English."""
    return when_as_typed(parse_when(typed, ZONE), language(ENGLISH))


def complaint(typed: str, locale: str = ENGLISH) -> str:
    with pytest.raises(DailyPostError) as error:
        parse_when(typed, ZONE)
    return language(locale).render(error.value.sentence)


# What is said can be typed


@untimed
@given(plan=any_plan, locale=any_locale)
def test_what_is_said_is_read_back(plan: Plan, locale: str) -> None:
    say = language(locale)
    for text in (when_in_words(plan, say), when_as_typed(plan, say)):
        for typed in (text, text.upper(), f"  {text}. ", text.translate(FULL_WIDTH)):
            assert parse_when(typed, ZONE) == plan, typed


@pytest.mark.parametrize("locale", ALL_LOCALES)
def test_every_day_of_a_plan_is_said_in_words_of_its_own(locale: str) -> None:
    say = language(locale)
    days = [Plan(dt.time(9), ZONE, weekdays) for weekdays in range(1, EVERY_DAY + 1)]
    days += [Plan(dt.time(9), ZONE, month_day=day) for day in range(1, 32)] + [Plan(dt.time(9), ZONE, at_once=True)]
    for form in (when_in_words, when_as_typed):
        texts = [form(plan, say) for plan in days]
        assert len(set(texts)) == len(days)
        assert [parse_when(text, ZONE) for text in texts] == days
    # In short, it fits into the value of a choice.
    assert max(length(when_as_typed(plan, say)) for plan in days) <= limits.OPTION_TEXT


def test_plans_are_said_as_people_say_them() -> None:
    plans = [
        Plan(dt.time(9), ZONE, at_once=True),
        Plan(dt.time(9), ZONE),
        Plan(dt.time(9), ZONE, parse_weekdays("fri")),
        Plan(dt.time(18, 30), ZONE, parse_weekdays("mon wed")),
        Plan(dt.time(0), ZONE, parse_weekdays("mon-fri")),
        Plan(dt.time(9), ZONE, month_day=1),
        Plan(dt.time(12, 5), ZONE, month_day=31),
    ]
    in_words = {
        locale: [(when_in_words(plan, language(locale)), when_as_typed(plan, language(locale))) for plan in plans]
        for locale in (ENGLISH, "de", "fr", "zh-TW")
    }
    assert in_words == {
        ENGLISH: [
            ("at once", "at once"),
            ("daily at 09:00", "daily 9am"),
            ("every Friday at 09:00", "weekly fri 9am"),
            ("Mondays and Wednesdays at 18:30", "weekly mon wed 6:30pm"),
            ("Monday to Friday at 00:00", "weekdays 12am"),
            ("on day 1 of each month at 09:00", "monthly 1 9am"),
            ("on the last day of each month at 12:05", "monthly 31 12:05pm"),
        ],
        "de": [
            ("sofort", "sofort"),
            ("täglich um 09:00 Uhr", "täglich 9:00"),
            ("jeden Freitag um 09:00 Uhr", "wöchentlich fr 9:00"),
            ("montags und mittwochs um 18:30 Uhr", "wöchentlich mo mi 18:30"),
            ("Montag bis Freitag um 00:00 Uhr", "wochentags 0:00"),
            ("am 1. jedes Monats um 09:00 Uhr", "monatlich 1. 9:00"),
            ("am letzten Tag jedes Monats um 12:05 Uhr", "monatlich 31. 12:05"),
        ],
        "fr": [
            ("immédiatement", "immédiatement"),
            ("tous les jours à 09:00", "chaque jour 9:00"),
            ("chaque vendredi à 09:00", "chaque semaine ven 9:00"),
            ("le lundi et le mercredi à 18:30", "chaque semaine lun mer 18:30"),
            ("du lundi au vendredi à 00:00", "en semaine 0:00"),
            ("le 1er de chaque mois à 09:00", "chaque mois 1 9:00"),
            ("le dernier jour de chaque mois à 12:05", "chaque mois 31 12:05"),
        ],
        "zh-TW": [
            ("立即", "立即"),
            ("每天 09:00", "每天 9:00"),
            ("每星期五 09:00", "每週五 9:00"),
            ("星期一和星期三 18:30", "每週一 週三 18:30"),
            ("星期一至星期五 00:00", "工作日 0:00"),
            ("每月1日 09:00", "每月1日 9:00"),
            ("每月最後一天 12:05", "每月31日 12:05"),
        ],
    }


# What people type


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("at once|At once!|immediately|asap|sofort|al instante|tout de suite|immédiatement|すぐに|直ちに", "at once"),
        ("立即|即時|实时|馬上|ａｔ　ｏｎｃｅ", "at once"),
        ("daily 9am|9am|9|09:00|daily|every day|every day at 9|9 daily|at 9am|0900|DAILY 9 A.M.", "daily 9am"),
        ("täglich 9 Uhr|täglich|um 9 Uhr|jeden Tag um 9|cada día 9am|todos los días a las 9", "daily 9am"),
        ("diario 9 de la mañana|chaque jour 9h|tous les jours à 9h|à 9h|毎日9時|毎日の午前9時", "daily 9am"),
        ("每天9点|每天上午九点|每日９：００|ｄａｉｌｙ　９ａｍ|daily\u200b 9am", "daily 9am"),
        ("weekly fri 9am|fri 9am|fri|weekly fri|fridays at 9|every Friday 9:00|9am on fridays", "weekly fri 9am"),
        ("fri, 9am|fri @ 9am|fri 9|FRIDAY 9 o'clock|every week on friday at 9|friday weekly", "weekly fri 9am"),
        ("wöchentlich Fr 9 Uhr|freitags 9 Uhr|jeden Freitag um 9|9 Uhr am Freitag", "weekly fri 9am"),
        ("cada semana vie 9am|cada viernes a las 9|los viernes|semanal vie", "weekly fri 9am"),
        ("chaque semaine ven 9h|chaque vendredi à 9h|le vendredi 9h|hebdomadaire ven", "weekly fri 9am"),
        ("毎週金曜日 午前9時|毎週金曜9時|金曜日の9時|毎週 金|金 9:00|毎金曜", "weekly fri 9am"),
        ("每周五上午9点|每週五九點|週五|星期五 9:00|每个星期五|每礼拜五九点", "weekly fri 9am"),
        ("毎週日曜 9時|毎日曜|每周日|日曜日", "weekly sun 9am"),
        ("毎月曜 9時|毎週月曜日|月 9時", "weekly mon 9am"),
        ("周五六点|周五 6点|friday 6am", "weekly fri 6am"),
        ("周五十点|周五10点", "weekly fri 10am"),
        ("周一二十点|mon 8pm|montags 20 Uhr|lun 20h", "weekly mon 8pm"),
        ("mon wed 18:30|mon, wed 6:30pm|Mo Mi 18.30 Uhr|lun mer 18h30|18:30 mon & wed", "weekly mon wed 6:30pm"),
        ("周一三 18:30|毎週 月 水 18:30|每週一、三 晚上六點半", "weekly mon wed 6:30pm"),
        ("weekdays 9am|mon-fri 9am|Monday to Friday at 9|wochentags 9 Uhr|entre semana", "weekdays 9am"),
        ("en semaine à 9h|平日9時|工作日上午9点|mon 9am to fri|du lundi au vendredi à 9h", "weekdays 9am"),
        ("weekends 9|每周末9点|毎週末 9時|am Wochenende 9 Uhr", "weekly sat sun 9am"),
        ("every day except sunday 9am|every day at 9am except sunday", "weekly mon tue wed thu fri sat 9am"),
        ("monthly 1 9am|monthly 1|monthly 1 9|1st of the month 9am|on the 1st at 9", "monthly 1 9am"),
        ("the first of every month|1st 9am|every month on the 1st|9am monthly 1", "monthly 1 9am"),
        ("monatlich 1. 9 Uhr|am 1. jedes Monats um 9|am Ersten jeden Monats", "monthly 1 9am"),
        ("monatlich 1. 09:00|monatlich 1, 9 Uhr|1. des Monats", "monthly 1 9am"),
        ("cada mes 1 9am|el 1 de cada mes a las 9|el día 1 del mes|el primero de cada mes", "monthly 1 9am"),
        ("le 1er du mois à 9h|chaque mois le 1er|tous les mois le 1|premier du mois", "monthly 1 9am"),
        ("毎月1日 午前9時|毎月一日9時|每月1号9点|每個月一號|每月第一天|1日9時", "monthly 1 9am"),
        ("monthly 9|monthly 9 9am|monthly 9th", "monthly 9 9am"),
        ("每月二十一日九点|monthly 21|the twenty-first of each month", "monthly 21 9am"),
        ("monthly 12 noon|monthly 12 12pm|12. des Monats mittags", "monthly 12 12pm"),
        ("monthly 31 9am|last day of the month|end of month|Monatsende|monthly last", "monthly 31 9am"),
        ("am letzten Tag des Monats|último día del mes|fin de mes|dernier jour du mois", "monthly 31 9am"),
        ("毎月末日|毎月末 9時|月末9時|毎月最終日|每月最後一天|每月底9点|月底", "monthly 31 9am"),
        ("12 Uhr am Freitag|fri noon|freitags mittags|每周五中午", "weekly fri 12pm"),
        ("21:30 am Freitag|fri 9:30pm", "weekly fri 9:30pm"),
    ],
)  # fmt: skip
def test_plans_are_read_as_people_type_them(texts: str, expected: str) -> None:
    assert {text: in_short(text) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), expected)


def test_a_plan_keeps_the_zone_that_it_is_given() -> None:
    assert parse_when("fri 9am", "Europe/Berlin") == Plan(dt.time(9), "Europe/Berlin", parse_weekdays("fri"))


# What cannot be read


TRY = "try “at once”, “daily 9am”, “weekly fri 9am” or “monthly 1 9am”."


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ("weekly|weekly 9am|weekly 9|wöchentlich|毎週 9時|每周9点|weekly foo", "Weekly needs a day of the week"),
        ("monthly|monthly 9am|monthly 0|monthly 32|每月|32nd", "Monthly needs one day of the month, 1 to 31"),
        ("monthly fri 9am|monthly 1 15 9am|monthly 1, 15|first monday of the month",
         "Monthly needs one day of the month, 1 to 31"),
        ("at once 9am|sofort 9 Uhr|9am at once", "“At once” has no time of day"),
        ("fri 9:75|9:75|monthly 1 9:75", "Minutes run from 0 to 59"),
        ("fri 25:00|fri 25|25|daily 99", "A day has no more than 24 hours"),
        ("fri 24:00", "A day ends at 23:59 and the next begins at 0:00"),
        ("fri 13am|fri 13:30am|13 am", "13 does not fit “am”"),
        ("every day except mon-sun 9am", "That leaves no days"),
    ],
)  # fmt: skip
def test_a_complaint_says_what_is_wrong(texts: str, problem: str) -> None:
    assert {text: complaint(text) for text in texts.split("|")} == {
        text: f"{problem}, so I can't use “{text}”: {TRY}" for text in texts.split("|")
    }


@pytest.mark.parametrize(
    "typed", ["foo", "foo 9am", "31 9am", "1 9am", "fri 9am 10am", "daily 9 30", ",", "fri foo", "weekly fri foo", "周"]
)
def test_what_makes_no_sense_is_answered_with_what_would(typed: str) -> None:
    assert complaint(typed) == f"I can't tell from “{typed}” when to post: {TRY}"


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "."])
def test_an_empty_entry_is_no_plan(typed: str) -> None:
    assert "when to post" in complaint(typed)


@pytest.mark.parametrize("locale", ALL_LOCALES)
def test_what_a_complaint_offers_is_understood(locale: str) -> None:
    offered = list(examples(complaint("#", locale)))
    assert (offered[0], len(offered)) == ("#", 5)
    assert [in_short(text) for text in offered[1:]] == ["at once", "daily 9am", "weekly fri 9am", "monthly 1 9am"]


@untimed
@given(typed=anything)
@example(typed="9" * 5000)
@example(typed="周五" * 50)
@example(typed="9 " * 50)
@example(typed="a " * 50)
@example(typed="1." * 50)
def test_any_text_is_a_plan_or_answered_with_one_helpful_sentence(typed: str) -> None:
    try:
        plan = parse_when(typed, ZONE)
    except DailyPostError as error:
        sentence = str(error)
        assert sentence.endswith(".")
        assert ": try “" in sentence or "is too long" in sentence
        assert length(sentence) < 220
        assert not any(unicodedata.category(character).startswith("C") for character in sentence)
    else:
        assert plan.zone == ZONE
        assert parse_when(when_as_typed(plan, language(ENGLISH)), ZONE) == plan


# What is offered


def offers(typed: str, locale: str = ENGLISH) -> dict[str, str]:
    """Return the names of what is offered, by what would be typed."""
    return {choice.value: choice.name for choice in asyncio.run(when_choices(typed, locale))}


@untimed
@given(typed=anything | st.sampled_from(["", "we", "weekly", "monthly 1", "fri 1", "jeden", "毎"]), locale=any_locale)
def test_whatever_is_typed_what_is_offered_can_be_read(typed: str, locale: str) -> None:
    offered = offers(typed, locale)
    assert 1 <= len(offered) <= 25
    for value, name in offered.items():
        plan = parse_when(value, ZONE)
        assert parse_when(name, ZONE) == plan
        assert name == when_in_words(plan, language(locale))
        assert 1 <= length(value) <= limits.OPTION_TEXT
        assert 1 <= length(name) <= limits.OPTION_TEXT


@untimed
@given(plan=any_plan, locale=any_locale)
def test_what_was_typed_in_full_is_offered_first(plan: Plan, locale: str) -> None:
    say = language(locale)
    for typed in (when_as_typed(plan, say), when_in_words(plan, say)):
        assert next(iter(offers(typed, locale).values())) == when_in_words(plan, say)


def test_before_anything_is_typed_each_kind_is_offered() -> None:
    offered = list(offers(""))
    assert offered[:4] == ["at once", "daily 9am", "weekdays 9am", "weekly mon 9am"]
    assert {"weekly fri 9am", "monthly 1 9am", "monthly 31 9am", "daily 6pm"} <= set(offered)


@pytest.mark.parametrize(
    ("typed", "locale", "first"),
    [
        ("a", ENGLISH, ["at once", "daily 9am"]),
        ("dai", ENGLISH, ["daily 9am", "daily 6pm"]),
        ("weekly", ENGLISH, ["weekly mon 9am", "weekly tue 9am"]),
        ("weekly f", ENGLISH, ["weekly fri 9am", "weekly fri 6pm"]),
        ("weekly 9:30", ENGLISH, ["weekly mon 9:30am", "weekly tue 9:30am"]),
        ("weekly 7", ENGLISH, ["weekly mon 7am", "weekly tue 7am"]),
        ("fri", ENGLISH, ["weekly fri 9am", "weekdays 9am", "weekly fri 6pm"]),
        ("mon wed", ENGLISH, ["weekly mon wed 9am", "weekly mon wed 6pm"]),
        ("monthly", ENGLISH, ["monthly 1 9am", "monthly 31 9am", "monthly 15 9am"]),
        ("monthly 2", ENGLISH, ["monthly 2 9am", "monthly 20 9am"]),
        ("monthly l", ENGLISH, ["monthly 31 9am", "monthly 31 6pm"]),
        ("18:30", ENGLISH, ["daily 6:30pm", "at once", "weekdays 6:30pm"]),
        ("nonsense", ENGLISH, ["at once", "daily 9am"]),
        ("tägl", "de", ["täglich 9:00", "täglich 18:00"]),
        ("Daily", "de", ["täglich 9:00", "täglich 18:00"]),
        ("jeden f", "de", ["wöchentlich fr 9:00"]),
        ("chaque mois 1", "fr", ["chaque mois 1 9:00", "chaque mois 15 9:00"]),
        ("毎月", "ja", ["毎月1日 9:00", "毎月31日 9:00"]),
        ("每週", "zh-TW", ["每週一 9:00", "每週二 9:00"]),
        ("ｆｒｉ", "es-ES", ["cada semana vie 9:00"]),
    ],
)
def test_what_fits_what_is_being_typed_comes_first(typed: str, locale: str, first: list[str]) -> None:
    assert list(offers(typed, locale))[: len(first)] == first


@pytest.mark.parametrize(
    ("typed", "rest", "time"),
    [
        ("weekly 9:30", "weekly", dt.time(9, 30)),
        ("weekly 9", "weekly", dt.time(9)),
        ("monthly 9", "monthly 9", None),
        ("monthly 1 9", "monthly 1", dt.time(9)),
        ("every fri at", "every fri at", None),
        ("fri 25:00", "fri 25:00", None),
        ("x" * 101, "", None),
    ],
)
def test_the_time_is_parted_from_what_is_being_typed(typed: str, rest: str, time: dt.time | None) -> None:
    assert typed_time(typed) == (rest, time)
