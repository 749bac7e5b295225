"""Finds installed fonts that have the letters of a text. For the drawing process only: it imports matplotlib."""

import functools
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

REGULAR, BOLD = 400, 700
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
# Fonts that have some characters of most scripts, tried last.
_FALLBACKS = ("Arial Unicode MS", "Droid Sans Fallback", "Unifont", "Noto Sans")
# They choose between forms of the character before them, and are themselves invisible.
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
_PREFERRED_GROUPS = {"zh-TW": (_TRADITIONAL, _SIMPLIFIED), "ja": (_JAPANESE, _SIMPLIFIED), "ko": (_KOREAN, _SIMPLIFIED)}


def font_families(text: str, locale: str) -> list[str] | None:
    """Return fonts that together have all letters of ``text``, in the order to try them; None if there are none."""
    families, missing = [BASE], _missing_letters(_letters(text), BASE)
    for family in _families_for(locale):
        if not missing:
            break
        still_missing = _missing_letters(missing, family)
        if still_missing != missing:
            families.append(family)
            missing = still_missing
    return None if missing else families


def font_weight(families: Iterable[str], *, bold: bool) -> int:
    """Return the weight to draw a text in: bold only if all its fonts have a bold face, so that it looks even."""
    return BOLD if bold and all(BOLD in _weights()[family] for family in families) else REGULAR


def missing_scripts(text: str) -> set[str]:
    """Return the scripts of the characters that no installed font has, such as ``CJK``; ``SIGNS`` for those of none."""
    missing = _letters(text)
    for family in (BASE, *_families_for("")):
        missing = _missing_letters(missing, family)
    return {
        unicodedata.name(letter, "UNKNOWN").split()[0] if _is_category(letter, "L") else "SIGNS" for letter in missing
    }


def drawable_text(text: str) -> str:
    """Return ``text`` in one line, without invisible characters: joiners, direction marks, controls."""
    characters = (
        " " if _is_category(character, "Z", "Cc") else "" if _is_invisible(character) else character
        for character in text
    )
    return " ".join("".join(characters).split())


def _is_invisible(character: str) -> bool:
    return _is_category(character, "C") or character in _VARIATION_SELECTORS


def _is_category(character: str, *categories: str) -> bool:
    return unicodedata.category(character).startswith(categories)


def _letters(text: str) -> frozenset[str]:
    return frozenset(drawable_text(text)) - {" "}


def _families_for(locale: str) -> tuple[str, ...]:
    """Return the installed fonts for a locale's readers, the best first."""
    groups = (*_PREFERRED_GROUPS.get(locale, ()), _SIMPLIFIED, _TRADITIONAL, _JAPANESE, _KOREAN, _FALLBACKS)
    return tuple(dict.fromkeys(family for group in groups for family in group if family in _weights()))


def _missing_letters(letters: frozenset[str], family: str) -> frozenset[str]:
    """Return those of the letters that a font lacks, in any of the weights that are drawn."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=[family], weight=weight))) for weight in _weights()[family]]
    return frozenset(letter for letter in letters if not all(font.get_char_index(ord(letter)) for font in fonts))


@functools.cache
def _weights() -> dict[str, tuple[int, ...]]:
    """Return each installed family's weights to draw in: regular, and bold if it has such a face.

    Where a family has no regular face (Hiragino Sans GB, WenQuanYi Zen Hei), the one that comes nearest is added to
    matplotlib's list as its regular face: matplotlib would choose it, too, but print a warning.
    """
    from matplotlib.font_manager import fontManager

    faces_of: dict[str, list[FontEntry]] = {}
    for face in fontManager.ttflist:
        faces_of.setdefault(face.name, []).append(face)
    fontManager.ttflist += [_nearest_to_regular(faces) for faces in faces_of.values() if not _has_face(faces, REGULAR)]
    return {family: (REGULAR, BOLD) if _has_face(faces, BOLD) else (REGULAR,) for family, faces in faces_of.items()}


def _has_face(faces: Iterable["FontEntry"], weight: int) -> bool:
    return any(_is_upright(face) and _weight(face) == weight for face in faces)


def _nearest_to_regular(faces: Iterable["FontEntry"]) -> "FontEntry":
    """Return the face that looks most like a regular one, described as one."""
    face = min(faces, key=lambda face: (not _is_upright(face), abs(_weight(face) - REGULAR)))
    return replace(face, weight=REGULAR, style="normal", variant="normal", stretch="normal")


def _is_upright(face: "FontEntry") -> bool:
    """Return whether a face is neither slanted nor narrow nor of small capitals."""
    return (face.style, face.variant, face.stretch) == ("normal", "normal", "normal")


def _weight(face: "FontEntry") -> int:
    """Return a face's weight as a number: matplotlib has names for some, such as ``demi``."""
    from matplotlib.font_manager import weight_dict

    return weight_dict[face.weight] if isinstance(face.weight, str) else face.weight
