"""The sentences in the code, and their translations in the catalogues."""

import string
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.locale.language import CATALOGUES, DOMAIN

ROOT = Path(__file__).parents[2]
LOCALES = sorted(CATALOGUES)
NAMES = sorted(set(CATALOGUES.values()))
# What marks a sentence in the code, and which of its arguments are sentences; as in the Makefile.
MARKS: dict[str, Any] = {"say": None, "many": (1, 2), "Message": None, "locale_str": None}


def sentences_in_code(marks: dict[str, Any] = MARKS) -> set[str]:
    """Return all sentences with one of these marks, as Babel finds them: of what has a plural, the singular."""
    sentences: set[str] = set()
    for folder in ("bot", "cogs"):
        for _, _, messages, _, _ in extract_from_dir(ROOT / folder, keywords=marks):
            sentences.add(messages if isinstance(messages, str) else messages[0])
    return sentences


def file_of(name: str, ending: str) -> Path:
    """Return the path of a catalogue, ``po`` or ``mo``."""
    return ROOT / "bot" / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


def catalogue(name: str) -> Catalog:
    with file_of(name, "po").open("rb") as file:
        return read_po(file, locale=name)


def texts(id_or_translation: Any) -> list[str]:
    """Return a text and its plurals."""
    return [id_or_translation] if isinstance(id_or_translation, str) else list(id_or_translation)


def is_translated(message: Message) -> bool:
    return all(texts(message.string)) and not message.fuzzy


def translated(name: str) -> list[Message]:
    """Return the messages of a catalogue that have a translation; the others are shown in English."""
    return [message for message in catalogue(name) if message.id and is_translated(message)]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
