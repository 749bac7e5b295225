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
PLACEHOLDER = 150
BUTTON_LABEL = 80
URL = 2048

# What Discord would take for formatting, a link, a mention or a timestamp. Every match begins with one of a few
# characters, and list items have a pattern of their own: so most text is passed over quickly.
_MARKUP = re.compile(
    r"[\\*_~`|\[\]<>@#]"
    r"|:(?<=[A-Za-z]:)(?=//)"  # a bare address
    r"|:(?=[A-Za-z0-9+\-]{1,32}:)"  # an emoji's name
)
_LINK = re.compile(r":(?=//)|\.(?=gg/)", re.IGNORECASE)
_LIST_ITEM = re.compile(r"^[^\S\n]*+(?:[-+](?=\s|$)|\d++(?=[.)](?:\s|$)))", re.MULTILINE)

_ENCODED = str.maketrans({"(": "%28", ")": "%29", "[": "%5B", "]": "%5D", "'": "%27", "*": "%2A", "~": "%7E"})


def escape_discord(text: str) -> str:
    """Return ``text`` with backslashes such that Discord shows it letter by letter, without formatting."""
    escaped = _MARKUP.sub(_escape, text)
    return _LIST_ITEM.sub(_escape, escaped) if "\n" in escaped or _LIST_ITEM.match(escaped) else escaped


def without_links(text: str) -> str:
    """Return a sentence in which no address is a link, be it bare, behind a label, or an invitation to a server."""
    return _LINK.sub(r"\\\g<0>", text)


def _escape(match: re.Match[str]) -> str:
    markup = match[0]
    # "1." at the beginning of a line would be a list: there the dot is escaped, not the digit.
    return f"{markup}\\" if markup[-1].isdigit() else f"{markup[:-1]}\\{markup[-1]}"


def fit(text: str, limit: int) -> str:
    """Return ``text``, escaped, within ``limit`` units: whole, or cut at a word."""
    return escape_discord(_cut_to_escape(text, limit))


def fit_and_rest(text: str, limit: int) -> tuple[str, str]:
    """Return what ``fit`` returns, and the part of ``text`` that is missing in it, not escaped."""
    part = _cut_to_escape(text, limit)
    return escape_discord(part), "" if part == text else text[len(part.removesuffix("…")) :].lstrip()


def _cut_to_escape(text: str, limit: int) -> str:
    """Cut ``text`` such that it has at most ``limit`` units once it is escaped."""
    part = cut(text, limit)
    # Escaping lengthens: cut the text itself, never between a backslash and what it escapes. A unit of text becomes at
    # most two when escaped, so that half of the excess is never more than has to go.
    while (excess := length(escape_discord(part)) - limit) > 0:
        part = cut(text, length(part) - (excess + 1) // 2)
    return part


def link_url(url: str) -> str | None:
    """Return ``url`` as it can stand in a link: only ASCII, no bracket that would end the link; None if too long."""
    try:
        encoded = str(yarl.URL(url))
    except ValueError:
        encoded = url
    encoded = quote(encoded, safe="%/:?#@!$&'*+,;=~[]-._", errors="replace").translate(_ENCODED)
    return encoded if len(encoded) <= URL else None


def fit_lines(lines: Iterable[str], limit: int = FIELD_VALUE) -> str:
    """Return as many whole lines as fit into ``limit`` units, and ``…`` where some did not."""
    fitting: list[str] = []
    space = limit - 2
    for line in lines:
        space -= length(line) + 1
        if space < 0:
            fitting.append("…")
            break
        fitting.append(line)
    return "\n".join(fitting)
