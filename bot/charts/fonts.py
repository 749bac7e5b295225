"""Which installed fonts have the letters of a text. Belongs to the process that draws: asks matplotlib."""

import functools
import unicodedata

# Comes with matplotlib: Latin, Greek, Cyrillic, Arabic and many signs.
BASE = "DejaVu Sans"
# Fonts for Chinese, Japanese and Korean: Debian's and others' Noto, Adobe's, those of macOS, Windows, older systems.
_SIMPLIFIED = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
               "Microsoft YaHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Heiti SC", "SimHei")  # fmt: skip
_TRADITIONAL = ("Noto Sans CJK TC", "Noto Sans TC", "Source Han Sans TC", "PingFang TC", "Microsoft JhengHei",
                "Heiti TC")  # fmt: skip
_JAPANESE = ("Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans", "Hiragino Sans", "Yu Gothic", "Meiryo",
             "IPAexGothic", "IPAGothic", "VL Gothic")  # fmt: skip
_KOREAN = ("Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic")
# Have a little of everything.
_LAST = ("Arial Unicode MS", "Droid Sans Fallback", "Unifont", "Noto Sans")
# They choose between forms of the sign before them.
_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
_ORDER = {"zh-TW": (_TRADITIONAL, _SIMPLIFIED), "ja": (_JAPANESE, _SIMPLIFIED), "ko": (_KOREAN, _SIMPLIFIED)}


def families(text: str, locale: str) -> list[str] | None:
    """Return the fonts that together have all letters of ``text``, to be tried in this order; None if some lack."""
    chosen, missing = [BASE], _lacking(_letters(text), BASE)
    for family in _preferred(locale):
        if not missing:
            break
        left = _lacking(missing, family)
        if left != missing:
            chosen.append(family)
            missing = left
    return None if missing else chosen


def scripts(text: str) -> set[str]:
    """Name the scripts of the letters that no installed font has, such as ``CJK``; ``SIGNS`` for what is no letter."""
    missing = _letters(text)
    for family in (BASE, *_preferred("")):
        missing = _lacking(missing, family)
    return {unicodedata.name(sign, "UNKNOWN").split()[0] if _is(sign, "L") else "SIGNS" for sign in missing}


def drawable(text: str) -> str:
    """Return ``text`` in one line, without what has no picture of its own: joiners, marks of direction, controls."""
    signs = (" " if _is(sign, "Z", "Cc") else "" if _is(sign, "C") or sign in _VARIATIONS else sign for sign in text)
    return " ".join("".join(signs).split())


def _is(sign: str, *categories: str) -> bool:
    return unicodedata.category(sign).startswith(categories)


def _letters(text: str) -> frozenset[str]:
    return frozenset(drawable(text)) - {" "}


def _preferred(locale: str) -> tuple[str, ...]:
    orders = (*_ORDER.get(locale, ()), _SIMPLIFIED, _TRADITIONAL, _JAPANESE, _KOREAN, _LAST)
    return tuple(dict.fromkeys(family for order in orders for family in order if family in _installed()))


@functools.cache
def _installed() -> frozenset[str]:
    from matplotlib.font_manager import fontManager

    return frozenset(entry.name for entry in fontManager.ttflist)


def _lacking(letters: frozenset[str], family: str) -> frozenset[str]:
    """Return those of the letters that a font lacks, in either of the weights that are drawn."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=[family], weight=weight))) for weight in ("normal", "bold")]
    return frozenset(letter for letter in letters if not all(font.get_char_index(ord(letter)) for font in fonts))
