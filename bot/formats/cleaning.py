"""Cleans a page's text once, when the page is read: no markup, entities or hidden characters. Pure."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator

from bot.domain.text import is_traditional
from bot.formats.templates import superscript, template_text

# Each round can uncover markup that was inside other markup. Real pages need two rounds; a text that needs more than
# these loses all characters of markup.
_ROUNDS = 8

_ENTITY = re.compile(r"&(?:(?:amp;)*+(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|(?:amp;)++)")
_REFERENCE = re.compile(r"<ref\b(?:[^<>/]|/(?!>))*+(?:/>|>[^<>]*+</ref>)", re.IGNORECASE)
_REFERENCE_TAG = re.compile(r"</?ref\b[^<>]*+>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|div|em|font|i|li|nowiki|ol|p|s|small|span|strong|sub|sup"
    r"|u|ul)\b[^<>]*+>",
    re.IGNORECASE,
)
_EXPONENT = re.compile(r"<sup\b[^<>]*+>\s*+([0-9+\-−]{1,8}+)\s*+</sup\s*+>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:[^<>-]|-(?!->))*+-->")
_FILE_LINK = re.compile(r"\[\[\s*+(?:File|Image|文件|檔案|圖像)\s*+:[^\[\]]*+\]\]", re.IGNORECASE)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*+\|)*+([^\[\]|]*+)\]\]")
_WEB_LINK = re.compile(r"\[\s*+(?:https?|ftp):(?://|--)[^\s\[\]]*+(?:\s++([^\[\]]*+))?\]", re.IGNORECASE)
_CUT_WEB_LINK = re.compile(r"\[\s*+(?:https?|ftp):(?://|--)[^\s\[\]]*+$", re.IGNORECASE)
# A text in several Chinese scripts: -{zh-hans:…; zh-hant:…}-.
_CONVERTER_MARK = re.compile(r"-\{([^{}]*+)\}-")
_FORM = re.compile(r"(?:zh(?:-[a-z]{2,4})?\s*+:\s*+)++([^:;]*+)")
_FORM_NAME = re.compile(r"\s*+(zh(?:-[a-z]{2,4})?)\s*+:", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\{([^{}]*+)\}\}")
_CUT_TEMPLATE = re.compile(r"\{\{\s*+(?:dead link|cite|webarchive|citation)\b[^{}]*+$", re.IGNORECASE)
# A measure whose braces are gone: 435|mi|km, or convert|435|mi.
_FIGURES = r"\d[\d,.]*+(?:\|(?:to|and|by|or|x|[-–])\|\d[\d,.]*+)?"
_UNIT, _DETAIL = r"\|[A-Za-z°][A-Za-z0-9²³°/]{0,9}+", r"(?:\|[A-Za-z0-9²³°/=]{1,16}+)"
_BARE_MEASURE = re.compile(
    rf"(?<![\w|])(?:(?:convert|cvt)\|({_FIGURES}{_DETAIL}{{1,6}}+)|({_FIGURES}{_UNIT}{_UNIT}{_DETAIL}{{0,6}}+))"
)
# The parameters of a reference whose braces are gone.
_BARE_PARAMETERS = re.compile(
    r"(?:\b(?:language|author|coauthors|last|first|url|title|work|publisher|pages|format|(?:access|archive)-?(?:date|url)"
    r"|date)\s?=[^|]{0,300}+\|[|\s]*+){2,}+(?:[a-z-]{1,16}\s?=\s?[\w./-]{0,30}+)?"
)
# What earlier programs left behind in the wiki's text: a string that is in all of its forms (quick to look for), the
# pattern, and its replacement.
_LEFTOVERS: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
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
    ("|", _BARE_MEASURE, lambda match: template_text(f"convert|{match[1] or match[2]}")),
    ("=", _BARE_PARAMETERS, " "),
    ("(", re.compile(r"\(\s*+\)"), ""),
    ("（", re.compile(r"（\s*+）"), ""),
)
# Full stops and commas that stood behind what was taken out, and the pattern of what to drop, in a text on one line. An
# ellipsis may be written ". . .".
_STRAY_STOPS = (
    (" .", re.compile(r"(?:(?<=[^\s.][.!?])|(?<=[.!?][\"”’)\]])) \.(?=$| (?!\.))")),
    (" .", re.compile(r"(?<=[\w)\]\"”’]) (?=\.(?:$| (?!\.)))")),
    (" ,", re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"”’)\]]))(?: ,)++$")),
    (" ,", re.compile(r"(?<=[\w)\]\"”’.]) (?=,(?:$| ))")),
)
# No clean text matches; most texts match nowhere and are done at once.
_SUSPICIOUS = re.compile(r"[&<\[{}=|]|\]\]|''|\"'|:--|\+00:|\((?:Link|\s*+\))")
_POSSESSIVE = re.compile(r"(?<!')''([^']{1,200}+)'''(?=s\b)")
_QUOTES = re.compile(r"''++")
# Every character that a rule above could begin with.
_MARKUP = str.maketrans("", "", "&{}[]<>()（）='\":+|")
_LONE_STOPS = re.compile(r"(?: [.,])++(?=$| )")
_SPACES = re.compile(r"\s++")
_SPACE_BEFORE_STOP = re.compile(r" (?=[。，、；：！？])")

# Invisible, but part of written language or of emoji: the zero-width non-joiner and joiner.
_JOINERS = "\u200c\u200d"
_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"))

_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_SIMPLIFIED = ("zh-hans", "zh-cn", "zh-sg", "zh-my", "zh")


def clean(text: str) -> str:
    """Return ``text`` as a reader should see it: no markup, entities, hidden characters or doubled spaces.

    Cleaning what is clean already changes nothing, whatever the text.
    """
    if text.isascii() and text.isprintable() and not (" ." in text or " ," in text or _SUSPICIOUS.search(text)):
        return " ".join(text.split())
    for _ in range(_ROUNDS):
        before, text = text, _round(text)
        if text == before:
            return text
    return _tidy(_LONE_STOPS.sub("", single_line(text.translate(_MARKUP))))


def _round(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(f"&{match[1]};") if match[1] else "&", text)
    if "<" in text:
        text = _EXPONENT.sub(lambda match: superscript(match[1]), text)
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
        traditional = is_traditional(_CONVERTER_MARK.sub("", text))
        text = _CONVERTER_MARK.sub(lambda match: _form_for_script(match[1], traditional=traditional), text)
    text = _TEMPLATE.sub(lambda match: template_text(match[1]), text)
    text = _CUT_TEMPLATE.sub("", text)
    if not _TEMPLATE.search(text) and not _CONVERTER_MARK.search(text):
        text = text.replace("{{", "").replace("}}", "").replace("-{", "").replace("}-", "")
    return text


def _brackets(text: str) -> str:
    text = _WIKI_LINK.sub(r"\1", _FILE_LINK.sub("", text))
    text = _WEB_LINK.sub(lambda match: f" {match[1]} " if match[1] else " ", text)
    text = _CUT_WEB_LINK.sub("", text)
    if not _WIKI_LINK.search(text):
        text = text.replace("[[", "").replace("]]", "")
    return text


def _form_for_script(inside: str, *, traditional: bool) -> str:
    """Return, of the forms inside a converter mark, the one in the script of the text around it."""
    flags, bar, rest = inside.partition("|")
    if bar and not flags.strip("ADHNRST-+; "):
        if set(flags) & set("HT"):
            return ""
        inside = rest
    forms: dict[str, str] = {}
    for part in inside.split(";"):
        name = _FORM_NAME.match(part)
        if name and (form := _FORM.search(part)):
            forms.setdefault(name[1].lower(), form[1].strip())
    if not forms:
        return inside.strip()
    scripts = (*_TRADITIONAL, *_SIMPLIFIED) if traditional else (*_SIMPLIFIED, *_TRADITIONAL)
    return next((forms[name] for name in scripts if forms.get(name)), next(iter(forms.values())))


def _tidy(text: str) -> str:
    """Return ``text`` on one line, without what earlier programs left behind."""
    for substring, pattern, replacement in _LEFTOVERS:
        if substring in text:
            text = pattern.sub(replacement, text)
    text = single_line(text)
    for substring, pattern in _STRAY_STOPS:
        if substring in text:
            text = pattern.sub("", text)
    return text


def single_line(text: str) -> str:
    """Return ``text`` on one line: composed (NFC), without hidden characters, with single spaces; markup stays."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        # Dropping a hidden character can bring a letter and its accent together.
        text = unicodedata.normalize("NFC", "".join(_visible(text)))
    return _SPACE_BEFORE_STOP.sub("", _SPACES.sub(" ", text)).strip()


def _visible(text: str) -> Iterator[str]:
    for character in text:
        if character.isspace():
            yield " "
        elif character in _JOINERS or unicodedata.category(character) not in _HIDDEN_CATEGORIES:
            yield character
