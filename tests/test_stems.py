"""Words in their basic form: what is the same word to a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.stems import stems
from bot.domain.word_forms import CHINESE, FILLERS, PHRASES, WORDS


@pytest.mark.parametrize(
    "same",
    [
        ("attack", "attacks", "attacked", "attack's", "attack’s", "Attacking"),
        ("elected", "election", "elections", "elects"),
        ("dies", "death", "died", "dead"),
        ("won", "wins", "winner", "victory"),
        ("U.S.", "US", "USA", "American", "the United States".removeprefix("the ")),
        ("U.K.", "Britain", "British", "United Kingdom"),
        ("French", "France"),
        ("F16", "F-16", "F 16"),
        ("covid19", "COVID-19", "Coronavirus 19"),
        ("World War II", "WWII", "world war 2", "Second World War"),
        ("川普", "特朗普"),
        ("北韓", "朝鲜", "朝鮮"),
        ("奥林匹克运动会", "奥运"),
    ],
)
def test_these_are_the_same_words(same: tuple[str, ...]) -> None:
    assert len({tuple(stems(text, "en")) for text in same}) == 1


@pytest.mark.parametrize(
    "different",
    [
        ("Austria", "Australia"),
        ("World War I", "World War II"),
        ("Niger", "Nigeria"),
        ("2016", "2012"),
        ("日本", "韩国"),
        ("F16", "F15"),
    ],
)
def test_these_are_not(different: tuple[str, ...]) -> None:
    assert len({tuple(stems(text, "en")) for text in different}) == len(different)


def test_each_language_has_its_own_forms() -> None:
    assert stems("Wahlen", "de") == stems("Wahl", "de")
    assert stems("Wahlen", "en") != stems("Wahl", "en")
    assert stems("élections", "fr") == stems("élection", "fr")
    assert stems("Whatever", "a language without a stemmer") == ["whatever"]


def test_chinese_is_cut_into_pairs() -> None:
    assert stems("日本地震 7级", "zh") == ["日本", "本地", "地震", "7", "级"]


@given(st.text(), st.sampled_from(["en", "de", "zh", "ja", "xx"]))
def test_forms_hold_nothing_that_parts_fields_or_names(text: str, language: str) -> None:
    forms = stems(text, language)
    assert all(form and not set(form) & set(" ;,\"'*") for form in forms)
    # A form is folded: what is written in another case is the same.
    assert stems(text.lower(), language) == stems(text.lower().upper().lower(), language) or not text.isascii()


def test_no_word_stands_in_two_rows() -> None:
    for table in (WORDS, CHINESE):
        for word, form in table.items():
            assert table.get(form, form) == form, word
    assert not set(PHRASES) & FILLERS
