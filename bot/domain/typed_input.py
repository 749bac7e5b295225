"""What all readers of typed text share: normalising it, and refusing it with a reason. Pure."""

import re
import unicodedata

from bot.domain.errors import DailyPostError
from bot.domain.text import fold, han_letters
from bot.locale.language import Either, Message, Part, echo

LONGEST_TEXT = 100
# Characters that people type in place of others.
_LOOKALIKES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("〜∼", "~") | {"’": "'", "。": ".", "،": ","},
)
_CHINESE_DIGITS = str.maketrans("〇○零一二两三四五六七八九", "0001223456789")
_CHINESE_NUMBER = re.compile("[〇○零一二两三四五六七八九十廿卅]+")


class ReadingError(Exception):
    """A typed text cannot be used. ``reason`` can open a sentence; it is None if the text just makes no sense."""

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__(reason)
        self.reason = reason


def normalise_input(text: str) -> str:
    """Fold ``text`` (case, accents, width, Chinese script), drop invisible characters, unify dashes and quotes.

    Raises DailyPostError if it is longer than ``LONGEST_TEXT`` characters.
    """
    if len(text) > LONGEST_TEXT:
        raise DailyPostError(
            Message("{text} is too long: at most {most} characters are read.", text=echo(text), most=LONGEST_TEXT)
        )
    visible = "".join(character for character in text if unicodedata.category(character) not in {"Cf", "Cs"})
    return fold(visible).translate(_LOOKALIKES)


def fold_known_word(word: str) -> str:
    """Fold a word of one of our own tables; Chinese must stand there in its folded form already.

    Folding Chinese would load a large table (0.05 seconds) for people who never type any.
    """
    return word if han_letters(word) else fold(word)


def refusal(text: str, error: ReadingError, unreadable: Message, *examples: Part) -> DailyPostError:
    """Return the error for a typed text: the reason, or ``unreadable`` if there is none, and ``examples`` to try.

    ``unreadable`` is a sentence with the placeholder ``{text}``.
    """
    quotation = echo(text)
    problem = Message(unreadable.text, text=quotation)
    if error.reason is not None:
        problem = Message("{reason}, so I can't use {text}", reason=error.reason, text=quotation)
    return DailyPostError(Message("{what}: try {examples}.", what=problem, examples=Either(examples)))


def chinese_numbers_to_digits(text: str) -> str:
    """Replace Chinese numbers below 100, and Chinese digits in a row: 二十四 gives 24, 二〇一七 gives 2017.

    A run of Chinese digits that is no such number is left as it is.
    """
    return _CHINESE_NUMBER.sub(_digits, text)


def _digits(number: re.Match[str]) -> str:
    characters = number[0].replace("廿", "二十").replace("卅", "三十").translate(_CHINESE_DIGITS)
    tens, ten, units = characters.partition("十")
    if not ten:
        return characters
    is_number = len(tens) <= 1 and len(units) <= 1 and units != "十"
    return f"{tens or 1}{units or 0}" if is_number else number[0]
