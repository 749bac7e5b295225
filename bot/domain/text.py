"""Text functions: fold for comparing, split into words for search, shorten, convert Chinese script. Pure."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
# Half of a surrogate pair: neither UTF-8 nor SQLite can store it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# Letters that Unicode does not decompose into a base letter and an accent.
_STROKE_LETTERS = str.maketrans("đħıłøŧæœðþ", "dhilotaodt")


@functools.cache
def _simplified() -> dict[int, str]:
    """Return a translation table from each traditional Han character to its simplified form.

    It works character by character, so that a word folds alike wherever it stands (OpenCC's phrases depend on
    neighbours). The first call takes about 0.05 seconds.
    """
    blocks = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x2A6E0))
    characters = [chr(code) for block in blocks for code in block]
    simplified = _converter("t2s").convert("\n".join(characters)).split("\n")
    return {ord(old): new for old, new in zip(characters, simplified, strict=True) if old != new and len(new) == 1}


@functools.cache
def _only_simplified() -> frozenset[str]:
    """Return the characters that are written in simplified Chinese only."""
    return frozenset(_simplified().values()) - {chr(code) for code in _simplified()}


def join_initials(text: str) -> str:
    """Return ``text`` without the full stops between single letters: ``US`` for ``U.S.``."""
    return _INITIALS.sub(lambda match: match[0].replace(".", ""), text) if "." in text else text


def is_traditional(text: str) -> bool:
    """Return whether ``text`` has more characters of traditional than of simplified Chinese."""
    traditional, simplified = _simplified(), _only_simplified()
    return sum(ord(character) in traditional for character in text) > sum(character in simplified for character in text)


@functools.cache
def _converter(name: str) -> "OpenCC":
    # Where all are ASCII, nothing needs it.
    from opencc import OpenCC

    return OpenCC(name)


def in_script(text: str, locale: str | None) -> str:
    """Convert ``text`` to the Chinese script of a reader's ``locale`` (``zh-CN``, ``zh-TW``).

    For readers of other locales the text is returned unchanged.
    """
    if text.isascii() or locale not in ("zh-CN", "zh-TW"):
        return text
    converted: str = _converter("t2s" if locale == "zh-CN" else "s2tw").convert(text)
    return converted


@functools.lru_cache(1 << 12)
def fold(text: str) -> str:
    """Return ``text`` in the form used for comparing: lower case, no accents, normal width, simplified, single spaces.

    ``Łódź`` gives ``lodz``, ``ＮＡＳＡ`` gives ``nasa`` and ``北韓`` gives ``北韩``.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKD", _LONE_SURROGATE.sub("", text).casefold())
    text = "".join(itertools.filterfalse(unicodedata.combining, text)).casefold()
    text = unicodedata.normalize("NFC", text).translate(_STROKE_LETTERS)
    if _compiled(_IDEOGRAPH).search(text):
        text = text.translate(_simplified())
    return " ".join(text.split())


# Letters of Chinese, Japanese and Korean, which are written without spaces between words.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef\u3040-\u30ff\uac00-\ud7af"
_ASCII_RUN = re.compile(r"[a-z0-9]++")
IS_HAN = re.compile(rf"[{_HAN}]")
_RUN = rf"[{_HAN}]++|[^\W_{_HAN}]++"
_IDEOGRAPH = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef]"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern, compiled when it is first needed: large ranges take long enough to be felt at a start."""
    return re.compile(pattern)


def words(text: str) -> list[str]:
    """Split ``text`` into folded words, in order; Chinese, Japanese and Korean runs become pairs of characters.

    ``国际空间站`` gives ``国际 际空 空间 间站 站``: any two neighbouring characters can be searched for, and the last
    character alone lets a search for a single one find the end of a run.
    """
    if text.isascii():
        return runs(text)
    result: list[str] = []
    for run in runs(text):
        if IS_HAN.match(run):
            result += [run[start : start + 2] for start in range(len(run))]
        else:
            result.append(run)
    return result


def runs(text: str) -> list[str]:
    """Split ``text`` into folded words, in order; a run of Chinese, Japanese or Korean characters stays whole."""
    folded = fold(text)
    # Most texts are ASCII, in which a simpler pattern finds the same in half the time.
    return (_ASCII_RUN if folded.isascii() else _compiled(_RUN)).findall(folded)


def searchable_words(text: str) -> str:
    """Return the words of ``text`` between spaces, at both ends too: the haystack for a ``phrase_needle``."""
    return f" {' '.join(words(text))} "


def phrase_needle(text: str) -> str:
    """Return the string that ``searchable_words`` of a text contains if that text contains the phrase ``text``.

    Words match whole; Chinese matches anywhere in a run. Without any word the needle is empty.
    """
    phrase = words(text)
    if not phrase:
        return ""
    if len(phrase) > 1 and len(phrase[-2]) == 2 and IS_HAN.match(phrase[-2]) and phrase[-2][1] == phrase[-1]:  # noqa: PLR2004
        # The last character alone marks the end of a run, and the run searched in may go on.
        phrase.pop()
    # A single character may be the first of a pair, or the end of a run.
    may_go_on = len(phrase[-1]) == 1 and IS_HAN.match(phrase[-1])
    return f" {' '.join(phrase)}{'' if may_go_on else ' '}"


_PHRASE = re.compile(r'"([^"]*+)"?|([^\s"]++)')
_QUOTATION_MARKS = str.maketrans("“”„«»「」『』＂", '""""""""""')
_MOST_TERMS = 16
_MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand next to each other in a text; with ``prefix``, the last is only the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool


def search_terms(typed: str) -> list[Term]:
    """Parse a typed search: words, ``prefix*``, phrases in any kind of quotes. Never raises; at most 16 terms."""
    terms: list[Term] = []
    for phrase, word in _PHRASE.findall(typed[:_MOST_CHARACTERS].translate(_QUOTATION_MARKS)):
        terms += _terms(phrase or word, starred=word.endswith(("*", "＊")))
    return terms[:_MOST_TERMS]


def _terms(typed: str, *, starred: bool) -> Iterator[Term]:
    """Yield a term for each group of adjacent words; each Chinese run is a term of its own."""
    adjacent: list[str] = []
    for run in _compiled(_RUN).findall(fold(typed)):
        if not IS_HAN.match(run):
            adjacent.append(run)
            continue
        if adjacent:
            yield Term(tuple(adjacent), prefix=False)
            adjacent = []
        pairs = tuple(run[start : start + 2] for start in range(len(run) - 1))
        # A single character may be the first of a pair, or the end of a run.
        yield Term(pairs or (run,), prefix=not pairs)
    if adjacent:
        # The beginnings of one letter are those of a tenth of all words: it is looked for as a word.
        yield Term(tuple(adjacent), prefix=starred and len(adjacent[-1]) > 1)


def han_letters(text: str) -> int:
    """Count the Chinese characters in ``text``."""
    return len(_compiled(_IDEOGRAPH).findall(text))


# Text can be cut anywhere between characters such as these.
_WIDE = rf"[{_HAN}\u3000-\u303f\uff00-\uffef]"
# Shortened text should not end with one of these.
_DANGLING = " ,;:，；：、-–—(（"
# Letters and punctuation of one UTF-16 unit each that never join into one grapheme: no combining accents, no emoji.
_SIMPLE = "[ -~\u00a0-\u02ff\u2010-\u2027\u3000-\u3029\u4e00-\u9fff\uff01-\uff5e]*+"


def length(text: str) -> int:
    """Return the length of ``text`` as Discord counts it: UTF-16 code units, the stricter of its two ways to count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, *, mark: str = "…") -> str:
    """Shorten ``text`` to at most ``limit`` UTF-16 units: whole, or cut at a word and ended by ``mark``.

    Never cuts inside a grapheme (an emoji, a letter with its accents). Returns "" if not even ``mark`` fits.
    """
    # No character is longer than two units.
    if 2 * len(text) <= limit or length(text) <= limit:
        return text
    space = limit - length(mark)
    if space < 0:
        return ""
    # Most text is simple: each of its characters is a grapheme, and slicing is enough.
    simple = text.isascii() or _compiled(_SIMPLE).fullmatch(text, 0, space + 1)
    graphemes: Sequence[str] = text[:space] if simple else list(_graphemes(text, space))
    next_character = text[space if simple else sum(map(len, graphemes))]
    end = _end_of_word(graphemes, next_character)
    while end and graphemes[end - 1] in _DANGLING:
        end -= 1
    return "".join(graphemes[:end]) + mark


def _end_of_word(graphemes: Sequence[str], next_character: str) -> int:
    """Return how many of the graphemes to keep so that no word is cut; all of them if that would lose half of them."""
    is_wide = _compiled(_WIDE).match
    if not graphemes or next_character.isspace() or is_wide(next_character) or is_wide(graphemes[-1]):
        return len(graphemes)
    # A "word" as long as half of the text is a run without spaces: better cut inside it than lose it.
    half = len(graphemes) // 2
    if isinstance(graphemes, str):
        space = graphemes.rfind(" ", half)
    else:
        indexes = range(len(graphemes) - 1, half - 1, -1)
        space = next((index for index in indexes if graphemes[index][0] == " "), -1)
    return space if space >= 0 else len(graphemes)


def _graphemes(text: str, limit: int) -> Iterator[str]:
    """Yield the graphemes at the start of ``text`` that fit into ``limit`` UTF-16 units."""
    # Importing regex would make every start of the bot slower, for text that is rare.
    import regex

    for grapheme in regex.findall(r"\X", text[: limit + 1]):
        limit -= length(grapheme)
        if limit < 0:
            break
        yield grapheme
