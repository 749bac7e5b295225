"""Each language writes dates, numbers and lists as its readers do, and reads what it writes."""

import datetime as dt
import gettext
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.dates import Day, day_first_for, parse_date, parse_day, parse_full_date
from bot.domain.errors import DateError
from bot.domain.text import length
from bot.domain.time_of_day import parse_time
from bot.domain.weekdays import parse_weekdays
from bot.locale import language as languages
from bot.locale.language import CATALOGUES, ENGLISH, Either, Language, Month, echo, event_language_for, language, quoted
from tests.helpers.catalogues import LOCALES, texts, translated

TODAY = dt.date(2026, 3, 1)
DAYS = [dt.date(2016, 1, 1) + dt.timedelta(n) for n in range(366)]


@pytest.mark.parametrize("locale", LOCALES)
def test_all_plurals_a_language_has_are_there(locale: str) -> None:
    say = language(locale)
    for count in (0, 1, 2, 5, 21, 1_000_000):
        sentence = say.many("{count} event", "{count} events", count)
        assert say.number(count) in sentence
        assert sentence != language(ENGLISH).many("{count} event", "{count} events", count)


def test_numbers_dates_and_lists_are_written_as_in_the_readers_country() -> None:
    day = dt.date(2017, 3, 24)
    written = {
        locale: [language(locale).number(12_345), language(locale).day(day), language(locale).listed(["A", "B", "C"])]
        for locale in (ENGLISH, "en-GB", *LOCALES)
    }
    assert written == {
        "en-US": ["12,345", "March 24, 2017", "A, B and C"],
        "en-GB": ["12,345", "24 March 2017", "A, B and C"],
        "de": ["12.345", "24. März 2017", "A, B und C"],
        "es-419": ["12,345", "24 de marzo de 2017", "A, B y C"],
        "es-ES": ["12.345", "24 de marzo de 2017", "A, B y C"],
        "fr": ["12\u202f345", "24 mars 2017", "A, B et C"],
        "ja": ["12,345", "2017年3月24日", "A、B、C"],
        "zh-CN": ["12,345", "2017年3月24日", "A、B和C"],
        "zh-TW": ["12,345", "2017年3月24日", "A、B和C"],
    }


@pytest.mark.parametrize("locale", [None, "", "xx", "pt-BR", "ko", "en"])
def test_a_locale_without_a_catalogue_is_answered_in_english(locale: str | None) -> None:
    say = language(locale)
    assert (say("Share"), say.day(Day(3, 24)), say.number(1234)) == ("Share", "March 24", "1,234")


@pytest.mark.parametrize("locale", [ENGLISH, "en-GB", *LOCALES])
def test_every_day_is_read_as_it_is_written(locale: str) -> None:
    say = language(locale)
    for date in DAYS:
        day = Day(date.month, date.day)
        assert parse_day(say.day(day), today=TODAY) == day
        for text in (say.day(date), say.short(date)):
            assert parse_full_date(text, today=TODAY, day_first=day_first_for(locale)) == date


@pytest.mark.parametrize("locale", [ENGLISH, "en-GB", *LOCALES])
def test_every_day_is_read_with_its_day_of_the_week(locale: str) -> None:
    say = language(locale)
    for date in DAYS:
        # As the lists of posts to come write it, as a calendar does, and short.
        listed = say("{weekday}, {date}", weekday=say.weekday(date.weekday()), date=date)
        short = format_date(date, "EEE, ", say.babel) + say.short(date)
        for text in (listed, format_date(date, "full", say.babel), *[short] * (locale not in ("ja", "zh-TW"))):
            assert parse_full_date(text, today=TODAY, day_first=day_first_for(locale)) == date, text


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("24 de marzo", Day(3, 24)),
        ("el 24 de marzo de 2017", Day(3, 24, 2017)),
        ("24. März", Day(3, 24)),
        ("am 24. Mär 2017", Day(3, 24, 2017)),
        ("24 mars", Day(3, 24)),
        ("le 1er mars 2017", Day(3, 1, 2017)),
        ("24 févr.", Day(2, 24)),
        ("3月24日", Day(3, 24)),
        ("平成", None),
        ("二〇一七年三月二十四日", Day(3, 24, 2017)),
        *((today, Day(3, 1)) for today in ("heute", "hoy", "aujourd’hui", "今日", "今天")),
        *((yesterday, Day(2, 28)) for yesterday in ("gestern", "ayer", "hier", "昨日", "昨天")),
    ],
)
def test_dates_are_understood_as_people_type_them(typed: str, day: Day | None) -> None:
    if day is None:
        with pytest.raises(DateError):
            parse_day(typed, today=TODAY)
    else:
        assert parse_day(typed, today=TODAY) == day


def examples(text: str) -> Iterator[str]:
    """Yield what stands between the quotation marks of any language."""
    for quotation in re.finditer(r"“([^”]+)”|„([^“]+)“|«\s*([^»]+?)\s*»|「([^」]+)」", text):
        yield next(filter(None, quotation.groups()))


@pytest.mark.parametrize("locale", [ENGLISH, *LOCALES])
def test_what_a_complaint_offers_is_understood(locale: str) -> None:
    day_first = day_first_for(locale)
    for parse in (parse_day, parse_full_date, parse_date):
        with pytest.raises(DateError) as error:
            parse("#", today=TODAY, day_first=day_first)
        offered = list(examples(language(locale).render(error.value.sentence)))
        assert (offered[0], len(offered)) == ("#", 4)
        assert all(parse(example, today=TODAY, day_first=day_first) for example in offered[1:])
    say = language(locale)
    weekdays = [*examples(say("“Monday to Friday”")), *examples(say("“sat, sun”")), *examples(say("“every day”"))]
    assert [parse_weekdays(days) for days in weekdays] == [0b001_1111, 0b110_0000, 0b111_1111]
    assert [str(parse_time(time))[:5] for time in ("9:00", "9am", "21.30")] == ["09:00", "09:00", "21:30"]


@pytest.mark.parametrize("locale", [ENGLISH, *LOCALES])
def test_days_of_the_week_are_understood_as_they_are_written(locale: str) -> None:
    say = language(locale)
    for mask in range(1, 1 << 7):
        if locale != "ja" or mask.bit_count() < 7:
            assert parse_weekdays(say.weekdays(mask)) == mask, say.weekdays(mask)


@pytest.mark.parametrize("locale", LOCALES)
def test_dates_in_the_help_are_understood(locale: str) -> None:
    (help_text,) = (
        text
        for message in translated(CATALOGUES[locale])
        if texts(message.id)[0].startswith("`March 24`")
        for text in texts(message.string)
    )
    offered = re.findall(r"`([^`]+)`", help_text)
    assert len(offered) >= 7
    for typed in offered:
        assert parse_day(typed, today=TODAY, day_first=day_first_for(locale)), typed


# Messages.

PARTS = st.recursive(
    st.text(max_size=20)
    | st.integers(0, 10**9)
    | st.builds(languages.Message, st.sampled_from(["Share", "it was paused"])),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.builds(quoted, inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(part=PARTS, locale=st.sampled_from([ENGLISH, *LOCALES]))
def test_a_stored_message_is_rendered_as_before(part: Any, locale: str) -> None:
    message = languages.Message("it could not be sent in time: {reason}", reason=part)
    restored = languages.Message.of_text(message.to_text())
    assert restored == message
    assert language(locale).render(restored) == language(locale).render(message)


@settings(deadline=None)
@given(text=st.text(max_size=200))
def test_a_sentence_of_an_older_version_is_rendered_as_it_was_stored(text: str) -> None:
    if not text.startswith('{"say":'):
        assert language("de").render(languages.Message.of_text(text)) in (text, language("de")(text) if text else "")


def test_a_sentence_of_an_older_version_is_translated_if_it_still_can_be() -> None:
    restored = languages.Message.of_text("the archive has nothing for that day")
    assert language("de").render(restored) != str(restored) == "the archive has nothing for that day"


@settings(deadline=None)
@given(typed=st.text(max_size=300), locale=st.sampled_from([ENGLISH, *LOCALES]))
def test_typed_text_is_echoed_short_and_its_braces_are_left_alone(typed: str, locale: str) -> None:
    sentence = language(locale).render(
        languages.Message("There is no topic {topic} in the archive.", topic=echo(typed))
    )
    assert length(sentence) <= 140
    assert "\n" not in sentence


def test_parts_are_rendered_as_the_language_writes_them() -> None:
    message = languages.Message(
        "{a} {b} {c} {d}", a=Month(3), b=Day(3, 24), c=Either((quoted("x"), quoted("y"))), d=(1234, "z")
    )
    assert str(message) == "March March 24 “x” or “y” 1,234 and z"
    assert language("de").render(message) == "März 24. März „x“ oder „y“ 1.234 und z"


@pytest.mark.parametrize("stored", ['{"say": ', '{"say": "x"}', '{"say": 1, "with": 2}', '{"say": []}', "a {b} c", ""])
def test_a_stored_text_that_is_no_message_is_rendered_as_it_is(stored: str) -> None:
    assert language("de").render(languages.Message.of_text(stored)) == stored


@pytest.mark.parametrize("part", [Month(3), Either(("a", "b")), [Month(3)]])
def test_parts_that_json_cannot_hold_are_refused(part: Any) -> None:
    with pytest.raises(TypeError):
        languages.Message("{part}", part=part).to_text()


@pytest.mark.parametrize(
    ("locale", "event_language"),
    [
        *[
            ("en-US", "en"),
            ("en-GB", "en"),
            ("de", "de"),
            ("es-ES", "es"),
            ("es-419", "es"),
            ("fr", "fr"),
            ("ja", "ja"),
        ],
        *[("zh-CN", "zh"), ("zh-TW", "zh"), ("pt-BR", "pt"), ("ko", "ko"), (None, "en"), ("", "en")],
    ],
)
def test_readers_get_events_in_the_language_of_their_locale_first(locale: str | None, event_language: str) -> None:
    assert event_language_for(locale) == event_language


@pytest.mark.parametrize("locale", LOCALES)
def test_a_sentence_without_a_translation_is_shown_in_english(locale: str) -> None:
    assert (
        language(locale).render(languages.Message("No catalogue has {name}.", name="this")) == "No catalogue has this."
    )


def test_a_plural_without_a_translation_is_shown_in_english() -> None:
    untranslated = Catalog(locale="de")
    untranslated.add(("{count} harbour", "{count} harbours"), ("", ""))
    compiled = io.BytesIO()
    write_mo(compiled, untranslated)
    compiled.seek(0)
    say = Language("de")
    say._catalogue = gettext.GNUTranslations(compiled)
    assert [say.many("{count} harbour", "{count} harbours", count) for count in (1, 2000)] == [
        "1 harbour",
        "2.000 harbours",
    ]


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    french = language("fr")
    assert french.day(Day(3, 1)) == "1er mars"
    assert french.day(dt.date(2017, 3, 1)) == "1er mars 2017"
    assert french.short(dt.date(2017, 3, 1)) == "1er mars 2017"
    assert french.day(dt.date(2017, 3, 11)) == "11 mars 2017"
    assert parse_day("1er mars", today=dt.date(2026, 1, 1)).month_day == 301


@pytest.mark.parametrize(
    ("locale", "one", "two"),
    [
        ("en-US", "Mondays", "Mondays and Wednesdays"),
        ("de", "montags", "montags und mittwochs"),
        ("es-ES", "los lunes", "los lunes y los miércoles"),
        ("fr", "le lundi", "le lundi et le mercredi"),
        ("ja", "月曜日", "月曜日、水曜日"),
        ("zh-TW", "星期一", "星期一和星期三"),
    ],
)
def test_days_of_the_week_are_named_as_days_that_come_again(locale: str, one: str, two: str) -> None:
    assert language(locale).weekdays(0b1) == one
    assert language(locale).weekdays(0b101) == two


@pytest.mark.parametrize("locale", LOCALES)
def test_the_times_of_day_that_errors_offer_are_the_same_in_all_languages(locale: str) -> None:
    say = language(locale)
    assert parse_time(say("9am")) == dt.time(9)
    assert parse_time(say("21:30")) == dt.time(21, 30)
