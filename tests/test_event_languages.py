"""Languages of events, by the names that readers have for them: any language, without a line of code for it."""

import pytest

from bot.cards.daily_options import language_choices
from bot.locale.event_languages import language_code, language_name
from bot.locale.language import CATALOGUES, ENGLISH

ARCHIVE = ("en", "zh")


@pytest.mark.parametrize(
    ("code", "locale", "name"),
    [
        ("en", ENGLISH, "English"), ("zh", ENGLISH, "Chinese"), ("zh", None, "Chinese"), ("zh", "de", "Chinesisch"),
        ("en", "fr", "anglais"), ("pt", "ja", "ポルトガル語"), ("pt-BR", ENGLISH, "Brazilian Portuguese"),
        ("qqq", "de", "qqq"),
    ],
)  # fmt: skip
def test_a_language_has_the_name_that_its_reader_has_for_it(code: str, locale: str | None, name: str) -> None:
    assert language_name(code, locale) == name


@pytest.mark.parametrize(
    ("typed", "locale", "code"),
    [
        ("en", ENGLISH, "en"), ("ZH", "de", "zh"), ("chinese", ENGLISH, "zh"), (" Chinesisch ", "de", "zh"),
        ("Chinese", "de", "zh"), ("英文", "zh-TW", "en"), ("Portuguese", None, "pt"), ("Inglés", "es-ES", "en"),
        ("Chinesisch", "fr", None), ("Klingonisch", ENGLISH, None), ("", ENGLISH, None), ("zh_Hans", ENGLISH, None),
    ],
)  # fmt: skip
def test_a_language_is_found_by_its_code_and_by_its_name_in_english_or_the_readers_language(
    typed: str, locale: str | None, code: str | None
) -> None:
    assert language_code(typed, locale, codes=ARCHIVE) == code


def test_a_language_of_the_archive_is_found_though_nobody_has_a_name_for_it() -> None:
    assert language_code("x-quendi", ENGLISH, codes=ARCHIVE) is None
    assert language_code("X-Quendi", ENGLISH, codes=(*ARCHIVE, "x-quendi")) == "x-quendi"


@pytest.mark.parametrize("locale", [ENGLISH, *CATALOGUES])
def test_what_is_offered_is_understood(locale: str) -> None:
    codes = (*ARCHIVE, "pt", "x-quendi")
    choices = language_choices(codes, "", locale)
    assert [choice.value for choice in choices] == list(codes)
    for choice in choices:
        assert language_code(choice.value, locale, codes=codes) == choice.value
        assert language_code(choice.name, locale, codes=codes) == choice.value


def test_what_is_being_typed_narrows_what_is_offered() -> None:
    assert [choice.name for choice in language_choices(ARCHIVE, "chin", "de")] == ["Chinesisch"]
    assert [choice.name for choice in language_choices(ARCHIVE, "zh", "de")] == ["Chinesisch"]
    assert language_choices(ARCHIVE, "port", ENGLISH) == []
