"""Which installed fonts have the letters of a text. For the drawing process only: it asks matplotlib."""

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
# Fonts that have a little of everything.
_LAST = ("Arial Unicode MS", "Droid Sans Fallback", "Unifont", "Noto Sans")
# Variation selectors: they choose between forms of the character before them.
_VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))
_PREFERRED = {"zh-TW": (_TRADITIONAL, _SIMPLIFIED), "ja": (_JAPANESE, _SIMPLIFIED), "ko": (_KOREAN, _SIMPLIFIED)}


def font_families(text: str, locale: str) -> list[str] | None:
    """Return the fonts that together have all letters of ``text``, in the order to try them; None if some lack."""
    families, missing = [BASE], _missing_letters(_letters(text), BASE)
    for family in _families_for(locale):
        if not missing:
            break
        still_missing = _missing_letters(missing, family)
        if still_missing != missing:
            families.append(family)
            missing = still_missing
    return None if missing else families


def missing_scripts(text: str) -> set[str]:
    """Name the scripts of the letters that no installed font has, such as ``CJK``; ``SIGNS`` for what is no letter."""
    missing = _letters(text)
    for family in (BASE, *_families_for("")):
        missing = _missing_letters(missing, family)
    return {
        unicodedata.name(letter, "UNKNOWN").split()[0] if _is_category(letter, "L") else "SIGNS" for letter in missing
    }


def drawable_text(text: str) -> str:
    """Return ``text`` in one line, without characters that have no picture: joiners, direction marks, controls."""
    characters = (
        " " if _is_category(character, "Z", "Cc") else "" if _has_no_picture(character) else character
        for character in text
    )
    return " ".join("".join(characters).split())


def _has_no_picture(character: str) -> bool:
    return _is_category(character, "C") or character in _VARIATIONS


def _is_category(character: str, *categories: str) -> bool:
    return unicodedata.category(character).startswith(categories)


def _letters(text: str) -> frozenset[str]:
    return frozenset(drawable_text(text)) - {" "}


def _families_for(locale: str) -> tuple[str, ...]:
    """Return the installed fonts for a locale's readers, the best first."""
    groups = (*_PREFERRED.get(locale, ()), _SIMPLIFIED, _TRADITIONAL, _JAPANESE, _KOREAN, _LAST)
    return tuple(dict.fromkeys(family for group in groups for family in group if family in _installed_families()))


@functools.cache
def _installed_families() -> frozenset[str]:
    from matplotlib.font_manager import fontManager

    return frozenset(entry.name for entry in fontManager.ttflist)


def _missing_letters(letters: frozenset[str], family: str) -> frozenset[str]:
    """Return those of the letters that a font lacks, in either of the weights that are drawn."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=[family], weight=weight))) for weight in ("normal", "bold")]
    return frozenset(letter for letter in letters if not all(font.get_char_index(ord(letter)) for font in fonts))
