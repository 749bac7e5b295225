"""Text: folded for comparing, cut into words for search, cut to a length, in a reader's script. Pure."""

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import opencc

_SPACES = re.compile(r"\s++")
# Half a character: no file and no database takes it.
_LONE = re.compile("[\ud800-\udfff]")
# Letters that Unicode does not decompose into a base letter and an accent.
_STROKES = str.maketrans("đħıłøŧæœðþ", "dhilotaodt")


@functools.cache
def _simplified() -> dict[int, str]:
    """Return a table of each Han character that has another simplified form, one by one.

    Character by character, so that a word folds alike wherever it stands (OpenCC's phrases depend on neighbours).
    """
    blocks = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x2A6E0))
    characters = [chr(code) for block in blocks for code in block]
    simple = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(old): new for old, new in zip(characters, simple, strict=True) if old != new and len(new) == 1}


@functools.cache
def _only_simplified() -> frozenset[str]:
    return frozenset(_simplified().values()) - {chr(code) for code in _simplified()}


def is_traditional(text: str) -> bool:
    """Tell whether ``text`` is written in traditional rather than simplified Chinese."""
    table, simple = _simplified(), _only_simplified()
    return sum(ord(character) in table for character in text) > sum(character in simple for character in text)


@functools.cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


def in_script(text: str, locale: str | None) -> str:
    """Return Chinese ``text`` in the script of a reader's ``locale`` (a Discord code); other readers' as it is."""
    if text.isascii() or locale not in ("zh-CN", "zh-TW"):
        return text
    converted: str = _converter("t2s" if locale == "zh-CN" else "s2tw").convert(text)
    return converted


def fold(text: str) -> str:
    """Return ``text`` for comparing: without case, accents, width and Chinese script; spaces single."""
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c) and not _LONE.match(c)).casefold()
    text = unicodedata.normalize("NFC", text).translate(_STROKES)
    if _IDEOGRAPH.search(text):
        text = text.translate(_simplified())
    return _SPACES.sub(" ", text).strip()


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef\u3040-\u30ff\uac00-\ud7af"
_RUN = re.compile(rf"[{_HAN}]++|[^\W_{_HAN}]++")
_IS_HAN = re.compile(rf"[{_HAN}]")
_IS_PAIR = re.compile(rf"[{_HAN}]{{2}}")
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef]")


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, folded; a Chinese, Japanese or Korean run is cut into pairs.

    ``国际空间站`` gives ``国际 际空 空间 间站 站``: any two neighbouring characters can be looked for, and the last
    character alone lets a search for a single one find the end of a run.
    """
    found: list[str] = []
    for run in runs(text):
        if _IS_HAN.match(run):
            found += [run[place : place + 2] for place in range(len(run))]
        else:
            found.append(run)
    return found


def runs(text: str) -> list[str]:
    """Return the words of ``text`` in order, folded; a Chinese, Japanese or Korean run is one."""
    return _RUN.findall(fold(text))


def told(text: str) -> str:
    """Return the words of ``text`` between spaces: it has a phrase if that has the ``phrase``'s."""
    return f" {' '.join(words(text))} "


def phrase(text: str) -> str:
    """Return what ``told`` has of each text with the words of ``text`` in a row: whole words, or Chinese anywhere."""
    found = words(text)
    if not found:
        return ""
    if len(found) > 1 and _IS_PAIR.fullmatch(found[-2]) and found[-2][1] == found[-1]:
        # In a longer run there is no end here.
        found.pop()
    # A single character is the beginning of a pair, or the end of a run.
    begun = len(found[-1]) == 1 and _IS_HAN.match(found[-1])
    return f" {' '.join(found)}{'' if begun else ' '}"


_PHRASE = re.compile(r'"([^"]*+)"?|([^\s"]++)')
_QUOTATION = str.maketrans("“”„«»「」『』＂", '""""""""""')
_MOST_TERMS = 16


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand next to each other; the last may be only the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool

    def opened(self) -> "Term":
        """Return this term with its last word only begun; a Chinese pair is whole, and begins nothing."""
        return self if _IS_PAIR.fullmatch(self.words[-1]) else replace(self, prefix=True)


def search_terms(typed: str) -> list[Term]:
    """Return what somebody looks for: words, ``prefix*``, phrases in any kind of quotes. Never raises."""
    terms: list[Term] = []
    for phrase, word in _PHRASE.findall(typed[:300].translate(_QUOTATION)):
        terms += _terms(phrase or word, starred=word.endswith(("*", "＊")))
    return terms[:_MOST_TERMS]


def _terms(typed: str, *, starred: bool) -> Iterator[Term]:
    """Yield a term for what stands together: a Chinese run is one of its own."""
    together: list[str] = []
    for run in _RUN.findall(fold(typed)):
        if not _IS_HAN.match(run):
            together.append(run)
            continue
        if together:
            yield Term(tuple(together), prefix=False)
            together = []
        pairs = tuple(run[place : place + 2] for place in range(len(run) - 1))
        # A single character is the beginning of a pair, or the end of a run.
        yield Term(pairs or (run,), prefix=not pairs)
    if together:
        yield Term(tuple(together), prefix=starred)


def han_letters(text: str) -> int:
    """Count the Chinese characters in ``text``."""
    return len(_IDEOGRAPH.findall(text))


# Text of these can be cut anywhere.
_WIDE = re.compile(rf"[{_HAN}\u3000-\u303f\uff00-\uffef]")
# What no cut text should end with.
_LOOSE = " ,;:，；：、-–—(（"
# Letters and punctuation of one unit each, between any two of which text can be cut: no accents to join, no emoji.
_PLAIN = re.compile("[ -~\u00a0-\u02ff\u2010-\u2027\u3000-\u3029\u4e00-\u9fff\uff01-\uff5e]*+")


def length(text: str) -> int:
    """Return how long Discord takes ``text`` to be: UTF-16 code units, the stricter of the two ways to count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, *, mark: str = "…") -> str:
    """Return ``text`` within ``limit`` UTF-16 units: whole, or cut at a word and ended by ``mark``.

    Never cuts inside what a reader takes for one character (an emoji, a letter with its accents).
    """
    # No character is longer than two units.
    if 2 * len(text) <= limit or length(text) <= limit:
        return text
    room = limit - length(mark)
    if room < 0:
        return ""
    # Most text has no sign that another one can join: each of its characters is one by itself.
    plain = text.isascii() or _PLAIN.fullmatch(text, 0, room + 1)
    signs: Sequence[str] = text[:room] if plain else list(_clusters(text, room))
    after = text[room if plain else sum(map(len, signs))]
    if signs and not after.isspace() and not _WIDE.match(after) and not _WIDE.match(signs[-1]):
        # A "word" as long as half the room is a run without spaces: better cut inside it than lose it.
        if isinstance(signs, str):
            place = signs.rfind(" ", len(signs) // 2)
        else:
            half = range(len(signs) - 1, len(signs) // 2 - 1, -1)
            place = next((place for place in half if signs[place][0] == " "), -1)
        signs = signs[:place] if place >= 0 else signs
    end = len(signs)
    while end and signs[end - 1] in _LOOSE:
        end -= 1
    return "".join(signs[:end]) + mark


def _clusters(text: str, room: int) -> Iterator[str]:
    """Yield the signs that ``text`` begins with, as many as fit into so many units."""
    # What it compiles at import would make the start slower, for text that is rare.
    import regex

    for cluster in regex.findall(r"\X", text[: room + 1]):
        room -= length(cluster)
        if room < 0:
            break
        yield cluster
