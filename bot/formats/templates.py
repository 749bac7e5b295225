"""What a reader would want of a wiki template that was left in a page's text. Pure."""

import re

# Templates that say something about the text, not in it.
_SILENT = frozenset(
    (
        "anchor", "cbignore", "clarify", "clear", "cn", "coord", "dead", "dn", "efn", "fact", "failed", "fs", "full",
        "hatnote", "main", "nonp", "not", "ref", "reflist", "refn", "rp", "see", "sfn", "verify", "when", "where",
        "which", "who", "why",
    )
)  # fmt: skip
_SILENT_KINDS = ("cite", "citation", "dead link", "flagicon", "update", "webarchive")
# Templates whose text comes after a language, a page or a code.
_SECOND = frozenset(("lang", "color", "font color", "colour", "w-link", "ill2", "illm"))
_LAST = frozenset(("w", "wikt", "link", "pagelink", "tsl"))
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
_BETWEEN = frozenset(("-", "–", "to", "to(-)", "and", "and(-)", "or", "x", "by", "+/-", "±", "*", "×"))
_NAMED = re.compile(r"\s*+[\w \-]{1,30}=")
_COUNTED = re.compile(r"^\s*+[1-9]\s*+=")


def plain(inside: str) -> str:
    """Return what stands for a template, given the text between its braces: ``convert|50|m`` gives ``50 m``."""
    name, _, rest = inside.partition("|")
    name = " ".join(name.replace("_", " ").lower().split())
    parts = [_COUNTED.sub("", part) for part in rest.split("|")] if rest else []
    given = [part.strip() for part in parts if not _NAMED.match(part)]
    if name in _SILENT or name.startswith(_SILENT_KINDS):
        shown = ""
    elif name in ("convert", "cvt", "conv"):
        shown = _measure(given)
    elif name in _MONEY:
        shown = _MONEY[name] + "".join(given[:1])
    elif name in ("frac", "fraction", "sfrac") and given:
        shown = " ".join([*given[:-2], "/".join(given[-2:])])
    elif name.startswith("formatnum:"):
        shown = name.removeprefix("formatnum:").strip()
    elif name in _SIGNS:
        shown = f"{_SIGNS[name]} {given[0]}" if name in ("ca", "circa") and given else _SIGNS[name]
    elif name in _SECOND:
        shown = "".join(given[1:2] or given)
    elif name in _LAST:
        shown = "".join(given[-1:])
    elif given:
        shown = given[0]
    else:
        # An abbreviation without parts, such as {{ROC}}, stands for itself.
        shown = inside.strip() if inside.strip().isupper() and "|" not in inside else ""
    return shown


def _measure(given: list[str]) -> str:
    """Return the numbers and the units of a measure as written, not what they would be converted to."""
    shown: list[str] = []
    unit = False
    for place, part in enumerate(given):
        if _NUMBER.fullmatch(part):
            # After a unit: more of the measure (3 ft 6 in), or only how exactly to convert it.
            if unit and (place + 1 == len(given) or _NUMBER.fullmatch(given[place + 1])):
                break
            shown.append(part)
            unit = False
        elif unit:
            break
        elif part.lower() in _BETWEEN:
            shown.append("to" if part.startswith("to") else "and" if part.startswith("and") else part)
        else:
            shown.append(part)
            unit = True
    return " ".join(shown)
