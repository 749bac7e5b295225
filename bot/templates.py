"""What a reader would want of a wiki template that was left in a page's text. Pure."""

import re

# Templates that say something about the text, not in it.
_SILENT = frozenset(
    "anchor cbignore citation cn dead dn efn fact failed flagicon fs full hatnote clear reflist nonp not nbsp ref refn rp sfn"
    " update verify webarchive when where which who why clarify main see".split()
)
# Templates whose text comes after a language, a page or a code.
_SECOND = frozenset(("lang", "color", "font color", "colour", "tsl", "w-link", "ill2", "illm"))
_LAST = frozenset(("w", "wikt", "link", "pagelink"))
_MONEY = {
    "us$": "US$", "usd": "US$", "usdollar": "US$", "aud": "A$", "cad": "C$", "gbp": "£", "£": "£", "eur": "€",
    "€": "€", "euro": "€", "inr": "₹", "jpy": "¥", "cny": "¥", "rmb": "¥", "yen": "¥", "nt$": "NT$", "hk$": "HK$",
}  # fmt: skip
_SIGNS = {
    "ndash": "–", "mdash": "—", "spnd": " – ", "snd": " – ", "spaced ndash": " – ", "emdash": "—", "endash": "–",
    "en dash": "–", "em dash": "—", "'": "'", '"': '"', "!": "|", "=": "=", "dot": "·", "·": "·", "bull": "•",
    "minus": "−", "times": "×", "ca": "c.", "circa": "c.", "e": "e", "frac": "½",
}  # fmt: skip
_NUMBER = re.compile(r"[+\-−–~]?[\d.,/+]++%?")
_BETWEEN = frozenset(("-", "–", "to", "to(-)", "and", "and(-)", "or", "x", "by", "+/-", "±", "*", "×"))
_NAMED = re.compile(r"\s*+[\w \-]{1,30}=")


def plain(inside: str) -> str:
    """Return what stands for a template, given the text between its braces: ``convert|50|m`` gives ``50 m``."""
    name, _, rest = inside.partition("|")
    name = " ".join(name.replace("_", " ").lower().split())
    given = [part.strip() for part in rest.split("|") if not _NAMED.match(part)] if rest else []
    if name in ("convert", "cvt", "conv"):
        return _measure(given)
    if name in _MONEY:
        return _MONEY[name] + " ".join(given[:1])
    if name in ("frac", "fraction", "sfrac") and given:
        return "/".join(given) if len(given) < 3 else f"{given[0]} {given[1]}/{given[2]}"  # noqa: PLR2004
    if name in _SIGNS:
        return f"{_SIGNS[name]} {given[0]}".strip() if name in ("ca", "circa") and given else _SIGNS[name]
    if name in _SILENT or name.startswith(("cite", "citation", "dead link", "flagicon", "webarchive", "update")):
        return ""
    if name in _SECOND:
        return given[1] if len(given) > 1 else "".join(given)
    if name in _LAST:
        return given[-1] if given else ""
    if given:
        return given[0]
    # An abbreviation without parts, such as {{ROC}}, stands for itself.
    return inside.strip() if inside.strip().isupper() and "|" not in inside else ""


def _measure(given: list[str]) -> str:
    """Return the numbers and the unit of a measure as written, not what it would be converted to."""
    shown: list[str] = []
    for part in given:
        if _NUMBER.fullmatch(part):
            shown.append(part)
        elif part.lower() in _BETWEEN:
            shown.append("to" if part.startswith("to") else "and" if part.startswith("and") else part)
        else:
            return " ".join([*shown, part])
    return " ".join(shown)
