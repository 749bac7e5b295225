"""Replaces wiki templates in a page's text by what to show in their place. Pure."""

import re
from collections.abc import Callable
from functools import partial
from operator import itemgetter

# Templates that are about the text, not part of it: nothing is shown.
_SILENT = frozenset(
    (
        "anchor", "cbignore", "clarify", "clear", "cn", "coord", "dead", "dn", "efn", "fact", "failed", "fs", "full",
        "hatnote", "main", "nonp", "not", "ref", "reflist", "refn", "rp", "see", "sfn", "verify", "when", "where",
        "which", "who", "why",
    )
)  # fmt: skip
_SILENT_PREFIXES = ("cite", "citation", "dead link", "flagicon", "update", "webarchive")
_MONEY = {
    "us$": "US$", "usd": "US$", "usdollar": "US$", "aud": "A$", "cad": "C$", "gbp": "£", "£": "£", "eur": "€",
    "€": "€", "euro": "€", "inr": "₹", "jpy": "¥", "cny": "¥", "rmb": "¥", "yen": "¥", "nt$": "NT$", "hk$": "HK$",
}  # fmt: skip
_SIGNS = {
    "ndash": "–", "mdash": "—", "spnd": " – ", "snd": " – ", "spaced ndash": " – ", "emdash": "—", "endash": "–",
    "en dash": "–", "em dash": "—", "'": "'", '"': '"', "!": "|", "=": "=", "dot": "·", "·": "·", "bull": "•",
    "minus": "−", "times": "×", "ca": "c.", "circa": "c.", "frac": "½", "nbsp": " ",
}  # fmt: skip
# Prefixes of ships that have a template of their own: {{USS|Cole|DDG-67}}.
_SHIPS = "USS USNS USCGC HMS HMAS HMCS HMNZS INS JDS MV RFA RMS RV SS MS MT".split()  # noqa: SIM905
_SUPERSCRIPT = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_NUMBER = re.compile(r"[+\-−–~]?[\d.,/+]++%?")
_RANGE_WORDS = frozenset(("-", "–", "to", "to(-)", "and", "and(-)", "or", "x", "by", "+/-", "±", "*", "×"))
_NAMED_PARAMETER = re.compile(r"\s*+[\w \-]{1,30}=")
_PARAMETER_NUMBER = re.compile(r"^\s*+[1-9]\s*+=")


def template_text(inside: str) -> str:
    """Return the text to show for a template, given what is between its braces: ``convert|50|m`` gives ``50 m``."""
    name, _, rest = inside.partition("|")
    name = " ".join(name.replace("_", " ").lower().split())
    parts = [_PARAMETER_NUMBER.sub("", part) for part in rest.split("|")] if rest else []
    values = [part.strip() for part in parts if not _NAMED_PARAMETER.match(part)]
    if name in _SILENT or name.startswith(_SILENT_PREFIXES):
        text = ""
    elif name in _READERS and values:
        text = _READERS[name](values)
    elif name in _MONEY:
        text = _MONEY[name] + "".join(values[:1])
    elif name.startswith("formatnum:"):
        text = name.removeprefix("formatnum:").strip()
    elif name in _SIGNS:
        text = f"{_SIGNS[name]} {values[0]}" if name in ("ca", "circa") and values else _SIGNS[name]
    elif values:
        text = values[0]
    else:
        # An abbreviation without parts, such as {{ROC}}, stands for itself.
        text = inside.strip() if inside.strip().isupper() and "|" not in inside else ""
    return text


def superscript(number: str) -> str:
    """Return a number as an exponent: ``-3`` gives ``⁻³``."""
    return number.translate(_SUPERSCRIPT)


def _measure(values: list[str]) -> str:
    """Return the numbers and the units of a measure as written, not what they would be converted to."""
    words: list[str] = []
    after_unit = False
    for index, value in enumerate(values):
        if _NUMBER.fullmatch(value):
            # A number behind a unit is part of the measure (3 ft 6 in) if another unit follows it; else a precision.
            if after_unit and (index + 1 == len(values) or _NUMBER.fullmatch(values[index + 1])):
                break
            words.append(value)
            after_unit = False
        elif after_unit:
            break
        elif value.lower() in _RANGE_WORDS:
            words.append("to" if value.startswith("to") else "and" if value.startswith("and") else value)
        else:
            words.append(value)
            after_unit = True
    return " ".join(words)


def _second(values: list[str]) -> str:
    """Return the text behind a language or a colour."""
    return "".join(values[1:2] or values)


def _fraction(values: list[str]) -> str:
    return " ".join([*values[:-2], "/".join(values[-2:])])


def _ship(prefix: str, values: list[str]) -> str:
    """Return a ship's prefix, its name, and its number in brackets.

    A third value says which of them to show, as a sum: 4 is the prefix, 2 the name, 1 the number.
    """
    name, number, shown = (*values, "", "", "")[:3]
    parts = int(shown) % 8 if shown.isascii() and shown.isdecimal() and len(shown) <= len("15") else 0
    parts = parts or 7
    texts = [prefix if parts & 4 else "", name if parts & 2 else ""]
    if number and parts & 1:
        texts.append(f"({number})" if parts > 1 else number)
    return " ".join(filter(None, texts))


def _ship_class(values: list[str]) -> str:
    return " ".join([f"{values[0]}-class", *values[1:2]])


def _magnitude(values: list[str]) -> str:
    """Return the magnitude of an earthquake: ``w`` and ``7.2`` are ``Mw 7.2``."""
    scale = f"M{values[0]}" if values[0].isalpha() else f"M {values[0]}"
    return " ".join([scale, *values[1:2]])


# What reads the values of a template that has some.
_READERS: dict[str, Callable[[list[str]], str]] = {
    **dict.fromkeys(("convert", "cvt", "conv"), _measure),
    **dict.fromkeys(("frac", "fraction", "sfrac"), _fraction),
    **dict.fromkeys(("lang", "color", "font color", "colour", "w-link", "ill2", "illm"), _second),
    **dict.fromkeys(("w", "wikt", "link", "pagelink", "tsl"), itemgetter(-1)),
    **dict.fromkeys(("sclass", "sclass-", "sclass2", "sclass2-"), _ship_class),
    **{prefix.lower(): partial(_ship, prefix) for prefix in _SHIPS},
    "ship": lambda values: _ship(values[0], values[1:]),
    "m": _magnitude,
    "e": lambda values: f"×10{superscript(values[0])}",
    "10^": lambda values: f"10{superscript(values[0])}",
    "sup": lambda values: superscript(values[0]),
}
