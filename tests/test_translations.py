"""The catalogues are complete and correct. Nothing else in the tests asks for a translation."""

import ast
import re

import pytest
from babel.messages.mofile import read_mo

from bot.domain.text import length
from tests.helpers.catalogues import (
    MARKS,
    NAMES,
    ROOT,
    catalogue,
    file_of,
    is_translated,
    placeholders,
    sentences_in_code,
    texts,
    translated,
)

# Discord's limit for descriptions of commands and options, and for names of choices.
LONGEST_DESCRIPTION = 100


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    return sentences_in_code()


def test_every_sentence_is_translated(sentences: set[str]) -> None:
    """The rest of the tests pass without: an untranslated sentence is shown in English."""
    missing = []
    for name in NAMES:
        done = {texts(message.id)[0] for message in translated(name)}
        missing += [f"{name}: {sentence}" for sentence in sorted(sentences - done)]
    assert missing == [], "“make messages” brings the catalogues in step; then fill in what is empty"


@pytest.mark.parametrize("name", NAMES)
def test_no_catalogue_keeps_a_sentence_that_the_code_no_longer_has(name: str, sentences: set[str]) -> None:
    in_catalogue = {texts(message.id)[0] for message in catalogue(name) if message.id}
    assert in_catalogue <= sentences, "“make messages” brings them in step"
    assert not catalogue(name).obsolete


def test_babel_finds_every_sentence_in_the_code(sentences: set[str]) -> None:
    """It would not in a formatted string, or behind another name."""
    missed: list[str] = []
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            function = node.func
            name = getattr(function, "attr", None) or getattr(function, "id", None)
            is_mark = name in MARKS or (
                isinstance(function, ast.Call) and getattr(function.func, "id", "") == "language"
            )
            if is_mark and isinstance(node.args[0].value, str) and node.args[0].value not in sentences:
                missed.append(f"{path.name}:{node.lineno}: {node.args[0].value}")
    assert missed == []


@pytest.mark.parametrize("name", NAMES)
def test_the_compiled_catalogue_is_in_step(name: str) -> None:
    with file_of(name, "mo").open("rb") as file:
        compiled = {texts(message.id)[0]: texts(message.string) for message in read_mo(file) if message.id}
    for message in catalogue(name):
        if message.id and not is_translated(message):
            # It is left out, or it is English if it has a plural.
            english = texts(message.id)
            assert set(compiled.pop(english[0], english)) <= set(english)
    source = {texts(message.id)[0]: texts(message.string) for message in translated(name)}
    assert compiled == source, "“make messages” compiles them"


@pytest.mark.parametrize("name", NAMES)
def test_placeholders_match(name: str) -> None:
    for message in translated(name):
        english = texts(message.id)
        expected = set().union(*map(placeholders, english))
        for text in texts(message.string):
            if len(english) == 1:
                assert placeholders(text) == expected, text
            else:
                # “One year ago” has no number.
                assert placeholders(english[0]) <= placeholders(text) <= expected, text


@pytest.mark.parametrize("name", NAMES)
def test_formatting_commands_and_addresses_stay_as_they_are(name: str) -> None:
    for message in translated(name):
        english = texts(message.id)[-1]
        for text in texts(message.string):
            for markup in (r"`/[a-z ]+`", r"https?://[^)]+", r"\*\*", r"\|\|"):
                assert sorted(re.findall(markup, text)) == sorted(re.findall(markup, english)), text
            assert text.count("`") % 2 == 0, text
            assert not text.startswith(" ") and not text.endswith(" "), text  # noqa: PT018
            assert "  " not in text, text


@pytest.mark.parametrize("name", NAMES)
def test_names_of_options_stay_as_they_are(name: str) -> None:
    for message in translated(name):
        if option := re.match(r"(topic|role|language|tag|weekdays): ", str(message.id)):
            assert str(message.string).startswith(option[1])


@pytest.mark.parametrize("name", NAMES)
def test_descriptions_are_as_short_as_discord_wants_them(name: str) -> None:
    descriptions = sentences_in_code({"locale_str": None})
    assert len(descriptions) > 60
    for message in translated(name):
        if message.id in descriptions:
            assert length(str(message.string)) <= LONGEST_DESCRIPTION, message.string


def test_a_message_without_a_translation_counts_as_none() -> None:
    (message, *_) = translated(NAMES[0])
    message.string = ""
    assert not is_translated(message)
