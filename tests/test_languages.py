"""The catalogues: whole, in step with the code, and such that nothing they say breaks a limit or a promise."""

import ast
import datetime as dt
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.dates import Day, day_first_for, parse_date, parse_day, parse_full_date
from bot.domain.errors import DateError
from bot.domain.text import length
from bot.domain.typed_input import parse_time, parse_weekdays
from bot.locale import language as languages
from bot.locale.language import CATALOGUES, DOMAIN, ENGLISH, Either, Month, echo, language, quoted

ROOT = Path(__file__).parents[1]
LOCALES = sorted(CATALOGUES)
NAMES = sorted(set(CATALOGUES.values()))
TODAY = dt.date(2026, 3, 1)
DAYS = [dt.date(2016, 1, 1) + dt.timedelta(n) for n in range(366)]
# What marks a sentence in the code, and which of its arguments are sentences; as in the Makefile.
MARKS: dict[str, Any] = {"say": None, "many": (1, 2), "Message": None, "locale_str": None}


@pytest.fixture(scope="module")
def said() -> set[str]:
    """All that the code says, as Babel finds it: of what has a plural, the singular."""
    found: set[str] = set()
    for folder in ("bot", "cogs"):
        for _, _, messages, _, _ in extract_from_dir(ROOT / folder, keywords=MARKS):
            found.add(messages if isinstance(messages, str) else messages[0])
    return found


def catalogue(name: str) -> Catalog:
    with (ROOT / "bot" / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=name)


def messages(name: str) -> list[Message]:
    return [message for message in catalogue(name) if message.id]


def texts(of: Any) -> list[str]:
    return [of] if isinstance(of, str) else list(of)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_nothing_is_said_where_babel_does_not_find_it(said: set[str]) -> None:
    """Such as in a formatted string, or behind another name."""
    missed: list[str] = []
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            called = node.func
            name = getattr(called, "attr", None) or getattr(called, "id", None)
            is_said = name in MARKS or (isinstance(called, ast.Call) and getattr(called.func, "id", "") == "language")
            if is_said and isinstance(node.args[0].value, str) and node.args[0].value not in said:
                missed.append(f"{path.name}:{node.lineno}: {node.args[0].value}")
    assert missed == []


@pytest.mark.parametrize("name", NAMES)
def test_no_catalogue_lacks_a_message_or_keeps_one_that_nobody_says(name: str, said: set[str]) -> None:
    known = {texts(message.id)[0]: message for message in messages(name)}
    assert set(known) == said, "“make messages” brings them in step"
    lacking = [first for first, message in known.items() if not all(texts(message.string)) or message.fuzzy]
    assert lacking == []
    assert not catalogue(name).obsolete


@pytest.mark.parametrize("name", NAMES)
def test_what_is_compiled_is_what_was_written(name: str) -> None:
    with (ROOT / "bot" / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        compiled = {texts(message.id)[0]: texts(message.string) for message in read_mo(file) if message.id}
    written = {texts(message.id)[0]: texts(message.string) for message in messages(name)}
    assert compiled == written, "“make messages” compiles them"


@pytest.mark.parametrize("name", NAMES)
def test_placeholders_match(name: str) -> None:
    for message in messages(name):
        given = texts(message.id)
        wanted = set().union(*map(placeholders, given))
        for text in texts(message.string):
            if len(given) == 1:
                assert placeholders(text) == wanted, text
            else:
                # “One year ago” has no number.
                assert placeholders(given[0]) <= placeholders(text) <= wanted, text


@pytest.mark.parametrize("name", NAMES)
def test_formatting_commands_and_addresses_stay_as_they_are(name: str) -> None:
    for message in messages(name):
        given = texts(message.id)[-1]
        for text in texts(message.string):
            for kept in (r"`/[a-z ]+`", r"https?://[^)]+", r"\*\*", r"\|\|"):
                assert sorted(re.findall(kept, text)) == sorted(re.findall(kept, given)), text
            assert text.count("`") % 2 == 0, text
            assert not text.startswith(" ") and not text.endswith(" "), text  # noqa: PT018
            assert "  " not in text, text


@pytest.mark.parametrize("locale", LOCALES)
def test_all_plurals_a_language_has_are_there(locale: str) -> None:
    say = language(locale)
    for count in (0, 1, 2, 5, 21, 1_000_000):
        shown = say.many("{count} event", "{count} events", count)
        assert say.number(count) in shown
        assert shown != language(ENGLISH).many("{count} event", "{count} events", count)


def test_numbers_dates_and_lists_are_written_as_in_the_readers_country() -> None:
    day = dt.date(2017, 3, 24)
    shown = {
        locale: [language(locale).number(12_345), language(locale).day(day), language(locale).listed(["A", "B", "C"])]
        for locale in (ENGLISH, "en-GB", *LOCALES)
    }
    assert shown == {
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
def test_where_a_locale_has_no_catalogue_it_is_english(locale: str | None) -> None:
    say = language(locale)
    assert (say("Share"), say.day(Day(3, 24)), say.number(1234)) == ("Share", "March 24", "1,234")


@pytest.mark.parametrize("locale", [ENGLISH, "en-GB", *LOCALES])
def test_every_day_is_read_as_it_is_written(locale: str) -> None:
    say = language(locale)
    for date in DAYS:
        day = Day(date.month, date.day)
        assert parse_day(say.day(day), today=TODAY) == day
        for written in (say.day(date), say.short(date)):
            assert parse_full_date(written, today=TODAY, day_first=day_first_for(locale)) == date


@pytest.mark.parametrize(
    ("typed", "read"),
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
def test_dates_are_understood_as_people_type_them(typed: str, read: Day | None) -> None:
    if read is None:
        with pytest.raises(DateError):
            parse_day(typed, today=TODAY)
    else:
        assert parse_day(typed, today=TODAY) == read


def examples(text: str) -> Iterator[str]:
    """Yield what stands between the quotation marks of any language."""
    for found in re.finditer(r"“([^”]+)”|„([^“]+)“|«\s*([^»]+?)\s*»|「([^」]+)」", text):
        yield next(filter(None, found.groups()))


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
    assert [parse_weekdays(each) for each in weekdays] == [0b001_1111, 0b110_0000, 0b111_1111]
    assert [str(parse_time(each))[:5] for each in ("9:00", "9am", "21.30")] == ["09:00", "09:00", "21:30"]


@pytest.mark.parametrize("locale", [ENGLISH, *LOCALES])
def test_days_of_the_week_that_are_said_are_understood(locale: str) -> None:
    say = language(locale)
    for mask in range(1, 1 << 7):
        if locale != "ja" or mask.bit_count() < 7:
            assert parse_weekdays(say.weekdays(mask)) == mask, say.weekdays(mask)


@pytest.mark.parametrize("locale", LOCALES)
def test_dates_in_the_help_are_understood(locale: str) -> None:
    (help_text,) = (
        text
        for message in messages(CATALOGUES[locale])
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
def test_a_message_that_was_kept_says_the_same(part: Any, locale: str) -> None:
    message = languages.Message("it could not be sent in time: {reason}", reason=part)
    kept = languages.Message.of_text(message.to_text())
    assert kept == message
    assert language(locale).render(kept) == language(locale).render(message)


@settings(deadline=None)
@given(text=st.text(max_size=200))
def test_a_sentence_of_an_older_version_is_said_as_it_was_kept(text: str) -> None:
    if not text.startswith('{"say":'):
        assert language("de").render(languages.Message.of_text(text)) in (text, language("de")(text) if text else "")


def test_a_sentence_of_an_older_version_that_is_still_said_is_translated() -> None:
    kept = languages.Message.of_text("the archive has nothing for that day")
    assert language("de").render(kept) != str(kept) == "the archive has nothing for that day"


@settings(deadline=None)
@given(typed=st.text(max_size=300), locale=st.sampled_from([ENGLISH, *LOCALES]))
def test_what_was_typed_is_echoed_short_and_never_filled_in(typed: str, locale: str) -> None:
    shown = language(locale).render(languages.Message("The archive knows no topic {topic}.", topic=echo(typed)))
    assert length(shown) <= 140
    assert "\n" not in shown


def test_parts_are_said_as_the_language_has_them() -> None:
    message = languages.Message(
        "{a} {b} {c} {d}", a=Month(3), b=Day(3, 24), c=Either((quoted("x"), quoted("y"))), d=(1234, "z")
    )
    assert str(message) == "March March 24 “x” or “y” 1,234 and z"
    assert language("de").render(message) == "März 24. März „x“ oder „y“ 1.234 und z"


@pytest.mark.parametrize("kept", ['{"say": ', '{"say": "x"}', '{"say": 1, "with": 2}', '{"say": []}', "a {b} c", ""])
def test_what_is_no_message_is_said_as_it_is(kept: str) -> None:
    assert language("de").render(languages.Message.of_text(kept)) == kept


@pytest.mark.parametrize("part", [Month(3), Either(("a", "b")), [Month(3)]])
def test_what_could_not_be_said_again_is_not_kept(part: Any) -> None:
    with pytest.raises(TypeError):
        languages.Message("{part}", part=part).to_text()


@pytest.mark.parametrize("name", NAMES)
def test_names_of_options_stay_as_they_are(name: str) -> None:
    for message in messages(name):
        if found := re.match(r"(topic|role|language|tag|weekdays): ", str(message.id)):
            assert str(message.string).startswith(found[1])
