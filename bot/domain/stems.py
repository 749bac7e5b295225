"""The words of a text in their basic form, by which search compares. Pure."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import Stemmer

from bot.domain.text import IS_HAN, join_initials, runs
from bot.domain.word_forms import CHINESE, PHRASES, WORDS

_CACHE_SIZE = 1 << 14
_POSSESSIVE = re.compile(r"['’ʼ`´＇][sS]\b")
# A name and its number: F16, COVID19, MH370.
_NUMBERED = re.compile(r"([a-z]+)(\d+)")
_CHINESE_NAME = re.compile("|".join(sorted(CHINESE, key=len, reverse=True)))
# The library's stemmers, by the codes of their languages.
_ALGORITHMS = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip


def stems(text: str, language: str) -> list[str]:
    """Return the words of ``text`` in their basic form, in order.

    ``attacks``, ``attacked`` and ``attack's`` have one form; ``U.S.``, ``America`` and ``United States`` are one word,
    ``F-16`` and ``F16`` the same two. Chinese, Japanese and Korean runs become pairs of characters.
    """
    text = _POSSESSIVE.sub("", join_initials(text))
    result: list[str] = []
    words: list[str] = []
    for run in runs(text):
        if run.isascii():
            if not run.isalpha() and (numbered := _NUMBERED.fullmatch(run)):
                words += numbered.groups()
            else:
                words.append(run)
        elif IS_HAN.match(run):
            result += _basic_forms(words, language)
            result += pairs(run)
            words = []
        else:
            words.append(run)
    return result + _basic_forms(words, language)


def pairs(run: str) -> list[str]:
    """Return the pairs of neighbouring characters in a run; a single character stands for itself."""
    run = _CHINESE_NAME.sub(lambda match: CHINESE[match[0]], run)
    return [run[start : start + 2] for start in range(max(len(run) - 1, 1))]


def _basic_forms(words: Sequence[str], language: str) -> list[str]:
    """Return the basic forms of folded words; names of several words become one."""
    if PHRASES.keys().isdisjoint(words):
        return [_basic_form(word, language) for word in words]
    forms: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        for phrase, form in PHRASES.get(word, ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                forms.append(form)
                position += len(phrase)
                break
        else:
            forms.append(_basic_form(word, language))
            position += 1
    return forms


@lru_cache(_CACHE_SIZE)
def _basic_form(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    form = WORDS.get(word, word)
    return form if stemmer is None or form.isdigit() else str(stemmer.stemWord(form))


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    algorithm = _ALGORITHMS.get(language.partition("-")[0])
    return Stemmer.Stemmer(algorithm) if algorithm else None
