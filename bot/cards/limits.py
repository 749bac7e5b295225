"""Discord's limits, in UTF-16 units, and text that fits them. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import quote

import yarl

from bot.domain.text import cut, length

TITLE = 256
DESCRIPTION = 4096
FIELD_VALUE = 1024
EMBED = 6000
OPTIONS = 25
OPTION_TEXT = 100
URL = 2048

# What Discord would take for formatting, a link, a mention or a timestamp. Each begins with one of a few signs, and the
# items of lists are looked for apart: so most text is passed over quickly.
_SPECIAL = re.compile(
    r"[\\*_~`|\[\]<>@#]"
    r"|:(?<=[A-Za-z]:)(?=//)"  # a bare address
    r"|:(?=[A-Za-z0-9+\-]{1,32}:)"  # an emoji's name
)
_ITEM = re.compile(r"^[^\S\n]*+(?:[-+](?=\s|$)|\d++(?=[.)](?:\s|$)))", re.MULTILINE)

_BRACKETS = str.maketrans({"(": "%28", ")": "%29", "[": "%5B", "]": "%5D", "'": "%27", "*": "%2A", "~": "%7E"})


def plain(text: str) -> str:
    """Return ``text`` such that Discord shows it letter by letter."""
    shown = _SPECIAL.sub(_escaped, text)
    return _ITEM.sub(_escaped, shown) if "\n" in shown or _ITEM.match(shown) else shown


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    # "1." at the beginning of a line would be a list: it is the dot that is escaped.
    return f"{found}\\" if found[-1].isdigit() else f"{found[:-1]}\\{found[-1]}"


def fit(text: str, limit: int) -> str:
    """Return ``text``, made plain, within ``limit`` units: whole, or cut at a word."""
    part = cut(text, limit)
    # Escaping lengthens: cut the text itself, never between a backslash and what it escapes. A unit of text is at
    # most two when shown, so that half of what is too much is never more than has to go.
    while (excess := length(shown := plain(part)) - limit) > 0:
        part = cut(text, length(part) - (excess + 1) // 2)
    return shown


def address(url: str) -> str | None:
    """Return ``url`` as it can stand in a link: only ASCII, no bracket that would end the link; None if too long."""
    try:
        encoded = str(yarl.URL(url))
    except ValueError:
        encoded = url
    encoded = quote(encoded, safe="%/:?#@!$&'*+,;=~[]-._", errors="replace").translate(_BRACKETS)
    return encoded if len(encoded) <= URL else None


def fit_lines(lines: Iterable[str], room: int = FIELD_VALUE) -> str:
    """Return as many whole lines as fit, and a sign where some did not."""
    kept: list[str] = []
    left = room - 2
    for line in lines:
        left -= length(line) + 1
        if left < 0:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)
