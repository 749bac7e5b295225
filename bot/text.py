"""Text: cleaned once on the way in, folded for comparing, cut into words for search, cut to a length. Pure."""

import functools
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import opencc
import regex

from bot.templates import plain

# Each round can uncover a construct that another one hid; real pages need two rounds, hostile ones are stripped.
_ROUNDS = 8

_ENTITY = re.compile(r"&(?:(?:amp;)*+(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|(?:amp;)++)")
_REFERENCE = re.compile(r"<ref\b(?:[^<>/]|/(?!>))*+(?:/>|>[^<>]*+</ref>)", re.IGNORECASE)
_REFERENCE_TAG = re.compile(r"</?ref\b[^<>]*+>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|div|em|font|i|li|nowiki|ol|p|s|small|span|strong|sub|sup"
    r"|u|ul)\b[^<>]*+>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--(?:[^<>-]|-(?!->))*+-->")
_FILE_LINK = re.compile(r"\[\[\s*+(?:File|Image|文件|檔案|圖像)\s*+:[^\[\]]*+\]\]", re.IGNORECASE)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*+\|)*+([^\[\]|]*+)\]\]")
_WEB_LINK = re.compile(r"\[\s*+(?:https?|ftp):(?://|--)[^\s\[\]]*+(?:\s++([^\[\]]*+))?\]", re.IGNORECASE)
_CUT_WEB_LINK = re.compile(r"\[\s*+(?:https?|ftp):(?://|--)[^\s\[\]]*+$", re.IGNORECASE)
_MARK = re.compile(r"-\{([^{}]*+)\}-")
_FORM = re.compile(r"(?:zh(?:-[a-z]{2,4})?\s*+:\s*+)++([^:;]*+)")
_FORM_NAME = re.compile(r"\s*+(zh(?:-[a-z]{2,4})?)\s*+:", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{([^{}]*+)\}\}")
_CUT_TEMPLATE = re.compile(r"\{\{\s*+(?:dead link|cite|webarchive|citation)\b[^{}]*+$", re.IGNORECASE)
# What earlier readers of the wiki's text left behind, each with what every such place holds.
_RUBBLE = (
    (
        "date=",
        re.compile(
            r"(?<=[\])}.。!?！？、，\s])date="
            r"(?:[一二三四五六七八九十]{1,3}月\s?\d{4}|\d{4}年\d{1,2}月|[A-Z][a-z]{2,8}\s\d{4})"
        ),
        " ",
    ),
    ("(Link dead", re.compile(r"\(Link dead as of [^()]{0,60}\(UTC\)\)"), " "),
    # The end of a wording's date in a history.
    ("+00:00", re.compile(r"(?<!\d):\d\d:\d\d\+00:00"), " "),
    # A web address whose slashes became dashes leads nowhere.
    (":--", re.compile(r"\[?(?:url\s?=\s?)?(?:https?|ftp):--[!-'*-Z\\^-~]*+", re.IGNORECASE), " "),
    # Bold text, two of its three apostrophes turned into a quotation mark.
    ("\"'", re.compile(r"\"'([^\"']{1,80}+)\"'"), r"\1"),
    ("(", re.compile(r"\(\s*+\)"), ""),
    ("（", re.compile(r"（\s*+）"), ""),
)
# What no clean text holds; most texts hold none of it and are done at once.
_SUSPICIOUS = re.compile(r"[&<\[{}=]|\]\]|''|\"'|:--|\+00:|\((?:Link|\s*+\))")
_POSSESSIVE = re.compile(r"(?<!')''([^']{1,200}+)'''(?=s\b)")
_QUOTES = re.compile(r"''++")
# All that a rule above could begin with.
_MARKUP = str.maketrans("", "", "&{}[]<>()（）='\":+")
_SPACES = re.compile(r"\s++")
_SPACE_BEFORE_STOP = re.compile(r" (?=[。，、；：！？])")

# Formatting characters that are part of written language or of emoji: the zero-width (non-)joiner.
_KEPT_FORMATS = "\u200c\u200d"
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))

_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_SIMPLIFIED = ("zh-hans", "zh-cn", "zh-sg", "zh-my", "zh")

# Half a character: no file and no database takes it.
_LONE = re.compile("[\ud800-\udfff]")
# Letters that Unicode does not decompose into a base letter and an accent.
_STROKES = str.maketrans("đħıłøŧæœðþ", "dhilotaodt")


def clean(text: str) -> str:
    """Return ``text`` as a reader should see it: no markup, entities, hidden characters or doubled spaces.

    Cleaning what is clean already changes nothing, whatever the text.
    """
    if text.isascii() and text.isprintable() and not _SUSPICIOUS.search(text):
        return _SPACES.sub(" ", text).strip()
    for _ in range(_ROUNDS):
        before, text = text, _round(text)
        if text == before:
            return text
    return _tidy(text.translate(_MARKUP))


def _round(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(f"&{match[1]};") if match[1] else "&", text)
    if "<" in text:
        text = _TAG.sub(lambda match: " " if match[0].lower().startswith("<br") else "", text)
        text = _REFERENCE_TAG.sub("", _REFERENCE.sub("", _COMMENT.sub("", text)))
    if "{" in text or "}" in text:
        text = _braces(text)
    if "[" in text or "]]" in text:
        text = _brackets(text)
    if "''" in text:
        text = _QUOTES.sub("", _POSSESSIVE.sub(r"\1'", text))
    return _tidy(text)


def _braces(text: str) -> str:
    if "-{" in text:
        traditional = is_traditional(_MARK.sub("", text))
        text = _MARK.sub(lambda match: _one_form(match[1], traditional=traditional), text)
    text = _TEMPLATE.sub(lambda match: plain(match[1]), text)
    text = _CUT_TEMPLATE.sub("", text)
    if not _TEMPLATE.search(text) and not _MARK.search(text):
        text = text.replace("{{", "").replace("}}", "").replace("-{", "").replace("}-", "")
    return text


def _brackets(text: str) -> str:
    text = _WIKI_LINK.sub(r"\1", _FILE_LINK.sub("", text))
    text = _WEB_LINK.sub(lambda match: f" {match[1]} " if match[1] else " ", text)
    text = _CUT_WEB_LINK.sub("", text)
    if not _WIKI_LINK.search(text):
        text = text.replace("[[", "").replace("]]", "")
    return text


def _one_form(mark: str, *, traditional: bool) -> str:
    """Return the form of a converter mark's inside that fits the text around it."""
    flags, bar, rest = mark.partition("|")
    if bar and not flags.strip("ADHNRST-+; "):
        if set(flags) & set("HT"):
            return ""
        mark = rest
    forms: dict[str, str] = {}
    for part in mark.split(";"):
        named = _FORM_NAME.match(part)
        if named and (form := _FORM.search(part)):
            forms.setdefault(named[1].lower(), form[1].strip())
    if not forms:
        return mark.strip()
    order = (*_TRADITIONAL, *_SIMPLIFIED) if traditional else (*_SIMPLIFIED, *_TRADITIONAL)
    return next((forms[name] for name in order if forms.get(name)), next(iter(forms.values())))


def _tidy(text: str) -> str:
    """Return ``text`` composed (NFC), without rubble and hidden characters, with single spaces."""
    for sign, rubble, instead in _RUBBLE:
        if sign in text:
            text = rubble.sub(instead, text)
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text).strip()
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        # Dropping a hidden character can bring a letter and its accent together.
        text = unicodedata.normalize("NFC", "".join(_shown(text)))
    return _SPACE_BEFORE_STOP.sub("", _SPACES.sub(" ", text)).strip()


def _shown(text: str) -> Iterator[str]:
    for character in text:
        if character.isspace():
            yield " "
        elif character in _KEPT_FORMATS or unicodedata.category(character) not in _HIDDEN:
            yield character


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
    return _SPACES.sub(" ", text.translate(_simplified())).strip()


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef\u3040-\u30ff\uac00-\ud7af"
_RUN = re.compile(rf"[{_HAN}]++|[^\W_{_HAN}]++")
_IS_HAN = re.compile(rf"[{_HAN}]")
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef]")


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, folded; a Chinese, Japanese or Korean run is cut into pairs.

    ``国际空间站`` gives ``国际 际空 空间 间站 站``: any two neighbouring characters can be looked for, and the last
    character alone lets a search for a single one find the end of a run.
    """
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        if _IS_HAN.match(run):
            found += [run[place : place + 2] for place in range(len(run))]
        else:
            found.append(run)
    return found


_PHRASE = re.compile(r'"([^"]*+)"?|([^\s"]++)')
_QUOTATION = str.maketrans("“”„«»「」『』＂", '""""""""""')
_MOST_TERMS = 16


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand next to each other; the last may be only the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool


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
_LOOSE = frozenset(" ,;:，；：、-–—(（")


def length(text: str) -> int:
    """Return how long Discord takes ``text`` to be: UTF-16 code units, the stricter of the two ways to count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, *, mark: str = "…") -> str:
    """Return ``text`` within ``limit`` UTF-16 units: whole, or cut at a word and ended by ``mark``.

    Never cuts inside what a reader takes for one character (an emoji, a letter with its accents).
    """
    if length(text) <= limit:
        return text
    room = limit - length(mark)
    if room < 0:
        return ""
    kept: list[str] = []
    for cluster in regex.findall(r"\X", text[: room + 1]):
        room -= length(cluster)
        if room < 0:
            break
        kept.append(cluster)
    after = text[sum(map(len, kept))]
    if kept and not after.isspace() and not _WIDE.match(after) and not _WIDE.match(kept[-1]):
        # A "word" as long as half the room is a run without spaces: better cut inside it than lose it.
        half = len(kept) // 2
        if " " in kept[half:]:
            del kept[len(kept) - 1 - kept[::-1].index(" ") :]
    while kept and kept[-1] in _LOOSE:
        kept.pop()
    return "".join(kept) + mark
