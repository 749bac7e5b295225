"""What Daybook says, as its readers say it: sentences from gettext catalogues; dates, numbers and lists by Babel. Pure.

Sentences stand in the code in English, where they are said: ``say("…")``, ``say.many("…", "…", count)``, or as messages
that are said later: ``Message("…")``. ``make messages`` gathers them for the catalogues in ``bot/locale``.
"""

import datetime as dt
import functools
import gettext
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, Union

from bot.domain.text import cut, in_script

if TYPE_CHECKING:
    from babel import Locale

DOMAIN = "daybook"
# Where a locale is not known; what stands in the code.
ENGLISH = "en-US"
# The catalogues, and what Babel calls the locales of Discord's that have one.
CATALOGUES = {"de": "de", "es-ES": "es", "es-419": "es", "fr": "fr", "ja": "ja", "zh-CN": "zh_Hans", "zh-TW": "zh_Hant"}
_BABEL = {ENGLISH: "en_US", "en-GB": "en_GB", **CATALOGUES, "es-419": "es_419"}
# Of any year that has a 29 February.
_LEAP_YEAR = 2000
# What a kept message begins with.
_TEXT = "say"
_EVERY_DAY = 0b111_1111
_SHORTEST_RUN = 3


class DayOfYear(Protocol):
    """A day, with a year or without."""

    @property
    def month(self) -> int: ...  # noqa: D102
    @property
    def day(self) -> int: ...  # noqa: D102
    @property
    def year(self) -> int | None: ...  # noqa: D102


Part = Union[str, int, dt.date, DayOfYear, "Message", Sequence["Part"]]


class Month(int):
    """A month, said by its name."""


class Either(tuple[Part, ...]):
    """Parts of which one is enough: ``A, B or C``."""

    __slots__ = ()


class Message:
    """A sentence, or a part of one, that is not said yet: English, with the names of what is to be filled in.

    ``parts`` are said as the language has it: numbers (of things: what is no count is given as a text), dates, days,
    other messages, and sequences of these (``A, B and C``).
    """

    __slots__ = ("parts", "text")

    def __init__(self, text: str, /, **parts: Part) -> None:
        self.text, self.parts = text, parts

    def __str__(self) -> str:
        return language(ENGLISH).render(self)

    def __repr__(self) -> str:
        return f"Message({self.text!r}, {self.parts!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.parts) == (other.text, other.parts)

    def __hash__(self) -> int:
        return hash(self.text)

    def to_text(self) -> str:
        """Return the message as it is kept, to be said in whatever language later: English, or JSON if it has parts.

        The parts may be no dates, days, months or choices: raises TypeError for these.
        """
        return json.dumps(_kept(self), ensure_ascii=False) if self.parts else self.text

    @classmethod
    def of_text(cls, kept: str) -> "Message":
        """Return a message that was kept; what is none is said as it is."""
        try:
            found = _found(json.loads(kept)) if kept.startswith(f'{{"{_TEXT}":') else None
        except (ValueError, KeyError, TypeError, AttributeError):
            found = None
        return found if isinstance(found, Message) else cls(kept)


def _kept(part: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(part, Message):
        return {_TEXT: part.text, "with": {name: _kept(each) for name, each in part.parts.items()}}
    if isinstance(part, Either | Month):
        raise TypeError(f"{part!r} cannot be kept")
    return [_kept(each) for each in part] if isinstance(part, list | tuple) else part


def _found(kept: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(kept, dict):
        return Message(kept[_TEXT], **{name: _found(each) for name, each in kept["with"].items()})
    return tuple(map(_found, kept)) if isinstance(kept, list) else kept


class Language:
    """How Daybook speaks to the readers of one of Discord's locales; see ``language``."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._catalogue = _catalogue(CATALOGUES[locale]) if locale in CATALOGUES else gettext.NullTranslations()

    @functools.cached_property
    def babel(self) -> "Locale":
        """What Babel knows of it. Babel is not imported before something is said."""
        from babel import Locale

        return Locale.parse(_BABEL[self.locale])

    def __call__(self, text: str, /, **parts: Part) -> str:
        """Say a sentence, given in English, with its parts; see Message."""
        # For an empty text gettext has the catalogue's own data.
        return self._filled(self._catalogue.gettext(text), parts) if text else ""

    say = __call__

    def many(self, one: str, more: str, count: int, /, **parts: Part) -> str:
        """Say what is one of a thing, or more: ``{count}`` of it."""
        return self._filled(self._catalogue.ngettext(one, more, count), {"count": count, **parts})

    def render(self, message: Message | str) -> str:
        """Say a message; a text as it is."""
        return message if isinstance(message, str) else self(message.text, **message.parts)

    def _filled(self, text: str, parts: Mapping[str, Part]) -> str:
        # What has no parts may be anything, as older versions kept it.
        return text.format(**{name: self._said(part) for name, part in parts.items()}) if parts else text

    def _said(self, part: Part) -> str:
        match part:
            case str():
                return part
            case Message():
                return self.render(part)
            case int():
                return self.month(part) if isinstance(part, Month) else self.number(part)
            case list() | tuple():
                return self._list(part, "or" if isinstance(part, Either) else "standard")
        return self.day(part)  # type: ignore[arg-type]  # (what is left)

    def script(self, text: str) -> str:
        """Return a text of the archive in the reader's Chinese script; other readers' as it is."""
        return in_script(text, self.locale)

    def number(self, count: int) -> str:
        """Return ``12,345``."""
        return _number(self, count)

    def day(self, day: DayOfYear) -> str:
        """Return ``March 24``, or ``March 24, 2017`` if it has a year."""
        date = dt.date(_LEAP_YEAR if day.year is None else day.year, day.month, day.day)
        return _date(self, "MMMMd" if day.year is None else "long", date)

    def short(self, date: dt.date) -> str:
        """Return ``Mar 24, 2017``."""
        return _date(self, "yMMMd", date)

    def month(self, month: int) -> str:
        """Return ``March``."""
        from babel.dates import get_month_names

        return str(get_month_names("wide", "stand-alone", self.babel)[month])

    def weekday(self, number: int) -> str:
        """Return ``Monday`` for 0."""
        from babel.dates import get_day_names

        return str(get_day_names("wide", "stand-alone", self.babel)[number])

    def weekdays(self, mask: int) -> str:
        """Say a mask, bit 0 for Monday: ``every day``, ``Monday to Friday``, ``Monday, Wednesday and Friday``.

        Raises ValueError for what is no mask of at least one day.
        """
        if not 1 <= mask <= _EVERY_DAY:
            raise ValueError(f"{mask} does not stand for days of the week")
        if mask == _EVERY_DAY:
            return self.say("every day")
        chosen = [day for day in range(7) if mask >> day & 1]
        # The first day of a run is one whose day before is not chosen; with a single one, the run is all there is.
        starts = [day for day in chosen if not mask >> (day - 1) % 7 & 1]
        if len(starts) == 1 and len(chosen) >= _SHORTEST_RUN:
            first, last = self.weekday(starts[0]), self.weekday((starts[0] + len(chosen) - 1) % 7)
            return self.say("{first} to {last}", first=first, last=last)
        return self.listed([self.weekday(day) for day in chosen])

    def listed(self, parts: Iterable[Part]) -> str:
        """Return ``A``, ``A and B``, ``A, B and C``."""
        return self._list(parts, "standard")

    def _list(self, parts: Iterable[Part], style: Any) -> str:  # noqa: ANN401  (one of Babel's)
        from babel.lists import format_list

        # English without the comma before the last one, as all that Daybook says.
        locale = "en_GB" if self.locale == ENGLISH else self.babel
        return format_list([self._said(part) for part in parts], style=style, locale=locale)


@functools.lru_cache(maxsize=1024)
def _number(to: Language, count: int) -> str:
    from babel.numbers import format_decimal

    return format_decimal(count, locale=to.babel)


# A card has a dozen dates, and many people look at the same.
@functools.lru_cache(maxsize=2048)
def _date(to: Language, form: str, date: Any) -> str:  # noqa: ANN401  (Babel 2.18 says "datetime", and takes a date)
    from babel.dates import format_date, format_skeleton

    said: str = format_date(date, form, to.babel) if form == "long" else format_skeleton(form, date, locale=to.babel)
    return said


def quoted(part: Part) -> Message:
    """Return something between the quotation marks of a language."""
    return Message("“{text}”", text=part)


def echo(typed: str, most: int = 40) -> Message:
    """Return what somebody typed, in quotes, short and on one line, without control, direction and private signs."""
    clean = (" " if sign.isspace() else sign for sign in typed[:1000])
    words = " ".join("".join(sign for sign in clean if not unicodedata.category(sign).startswith("C")).split())
    return quoted(cut(words, most)) if words else Message("an empty text")


def _catalogue(name: str) -> gettext.NullTranslations:
    with (files("bot") / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


def language(locale: str | None) -> Language:
    """Return how to speak to readers of a Discord locale (``de``, ``zh-TW``): in English, where it is not known."""
    return _language(locale if locale in _BABEL else ENGLISH)


@functools.cache
def _language(locale: str) -> Language:
    return Language(locale)


def event_language_for(locale: str | None) -> str:
    """Return the language of events, as they name it, that a reader of a locale is given first."""
    return "zh" if locale in ("zh-CN", "zh-TW") else "en"
