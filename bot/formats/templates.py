"""Replaces wiki templates in a page's text by what to show in their place. Pure."""

import re

# Templates that are about the text, not part of it: nothing is shown.
_SILENT = frozenset(
    (
        "anchor", "cbignore", "clarify", "clear", "cn", "coord", "dead", "dn", "efn", "fact", "failed", "fs", "full",
        "hatnote", "main", "nonp", "not", "ref", "reflist", "refn", "rp", "see", "sfn", "verify", "when", "where",
        "which", "who", "why",
    )
)  # fmt: skip
_SILENT_PREFIXES = ("cite", "citation", "dead link", "flagicon", "update", "webarchive")
# Templates whose text comes after a language, a page or a code.
_TEXT_IS_SECOND = frozenset(("lang", "color", "font color", "colour", "w-link", "ill2", "illm"))
_TEXT_IS_LAST = frozenset(("w", "wikt", "link", "pagelink", "tsl"))
_MONEY = {
    "us$": "US$", "usd": "US$", "usdollar": "US$", "aud": "A$", "cad": "C$", "gbp": "£", "£": "£", "eur": "€",
    "€": "€", "euro": "€", "inr": "₹", "jpy": "¥", "cny": "¥", "rmb": "¥", "yen": "¥", "nt$": "NT$", "hk$": "HK$",
}  # fmt: skip
_SIGNS = {
    "ndash": "–", "mdash": "—", "spnd": " – ", "snd": " – ", "spaced ndash": " – ", "emdash": "—", "endash": "–",
    "en dash": "–", "em dash": "—", "'": "'", '"': '"', "!": "|", "=": "=", "dot": "·", "·": "·", "bull": "•",
    "minus": "−", "times": "×", "ca": "c.", "circa": "c.", "e": "e", "frac": "½", "nbsp": " ",
}  # fmt: skip
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
    elif name in ("convert", "cvt", "conv"):
        text = _measure(values)
    elif name in _MONEY:
        text = _MONEY[name] + "".join(values[:1])
    elif name in ("frac", "fraction", "sfrac") and values:
        text = " ".join([*values[:-2], "/".join(values[-2:])])
    elif name.startswith("formatnum:"):
        text = name.removeprefix("formatnum:").strip()
    elif name in _SIGNS:
        text = f"{_SIGNS[name]} {values[0]}" if name in ("ca", "circa") and values else _SIGNS[name]
    elif name in _TEXT_IS_SECOND:
        text = "".join(values[1:2] or values)
    elif name in _TEXT_IS_LAST:
        text = "".join(values[-1:])
    elif values:
        text = values[0]
    else:
        # An abbreviation without parts, such as {{ROC}}, stands for itself.
        text = inside.strip() if inside.strip().isupper() and "|" not in inside else ""
    return text


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
