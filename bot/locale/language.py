"""Translation of what Daybook says: sentences from gettext catalogues; dates, numbers and lists by Babel.

Sentences stand in the code, in English, where they are used: ``say("…")`` and ``say.many("…", "…", count)`` translate
at once, ``Message("…")`` is translated when it is rendered. ``make messages`` collects them for the catalogues in
``bot/locale``. A sentence without a translation is shown in English.
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
# The language of the code, and of readers whose locale has no catalogue.
ENGLISH = "en-US"
# Discord's locales that have a catalogue, and the name of its folder, which Babel knows as a locale, too.
CATALOGUES = {"de": "de", "es-ES": "es", "es-419": "es", "fr": "fr", "ja": "ja", "zh-CN": "zh_Hans", "zh-TW": "zh_Hant"}
_UNSPACED = ("ja", "zh-CN", "zh-TW")
_BABEL = {ENGLISH: "en_US", "en-GB": "en_GB", **CATALOGUES, "es-419": "es_419"}
# Any year that has a 29 February.
_LEAP_YEAR = 2000
# The keys of a message in JSON, as the ledger stores it.
_TEXT, _PARTS = "say", "with"
_EVERY_DAY = 0b111_1111
_SHORTEST_RANGE = 3


class DayOfYear(Protocol):
    """A day of the year, or a date if it has a year."""

    @property
    def month(self) -> int: ...  # noqa: D102
    @property
    def day(self) -> int: ...  # noqa: D102
    @property
    def year(self) -> int | None: ...  # noqa: D102


Part = Union[str, int, dt.date, DayOfYear, "Message", Sequence["Part"]]


class Month(int):
    """The number of a month, rendered as its name."""


class Either(tuple[Part, ...]):
    """Alternatives, rendered as ``A, B or C``; other sequences are rendered as ``A, B and C``."""

    __slots__ = ()


class Message:
    """A sentence, or a part of one, to be translated later: English text with {placeholders}, and their values.

    ``parts`` are the values by the names of their placeholders: texts, counts (a number that counts nothing, such as a
    year, is passed as a text), dates, days, other messages, and sequences of these (``A, B and C``). ``str(message)``
    is English.
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
        """Return the message as it is stored, to be rendered in any language later: English text, or JSON with parts.

        Raises TypeError if one of the parts is a date, a day, a ``Month`` or an ``Either``.
        """
        return json.dumps(_to_json(self), ensure_ascii=False) if self.parts else self.text

    @classmethod
    def of_text(cls, stored: str) -> "Message":
        """Return the message that ``to_text`` stored; any other text is a message of its own, without parts."""
        try:
            message = _from_json(json.loads(stored)) if stored.startswith(f'{{"{_TEXT}":') else None
        except (ValueError, KeyError, TypeError, AttributeError):
            message = None
        return message if isinstance(message, Message) else cls(stored)


def _to_json(part: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(part, Message):
        return {_TEXT: part.text, _PARTS: {name: _to_json(value) for name, value in part.parts.items()}}
    if isinstance(part, Either | Month):
        raise TypeError(f"{part!r} cannot be stored")
    return [_to_json(item) for item in part] if isinstance(part, list | tuple) else part


def _from_json(part: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(part, dict):
        return Message(part[_TEXT], **{name: _from_json(value) for name, value in part[_PARTS].items()})
    return tuple(map(_from_json, part)) if isinstance(part, list) else part


_ON_WEEKDAYS = (
    Message("Mondays"),
    Message("Tuesdays"),
    Message("Wednesdays"),
    Message("Thursdays"),
    Message("Fridays"),
    Message("Saturdays"),
    Message("Sundays"),
)


class Language:
    """Translates sentences and formats dates, numbers and lists for one Discord locale; see ``language``."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._catalogue = _catalogue(CATALOGUES[locale]) if locale in CATALOGUES else gettext.NullTranslations()

    @functools.cached_property
    def babel(self) -> "Locale":
        """Babel's data of this locale. Importing Babel is slow, so it waits until it is needed."""
        from babel import Locale

        return Locale.parse(_BABEL[self.locale])

    def __call__(self, text: str, /, **parts: Part) -> str:
        """Translate an English sentence and fill in its parts; see Message."""
        # gettext would translate an empty text to the catalogue's header.
        return self._fill(self._catalogue.gettext(text), parts) if text else ""

    say = __call__

    def many(self, one: str, more: str, count: int, /, **parts: Part) -> str:
        """Translate a sentence that depends on a number, ``{count}`` in it: ``one`` thing, or ``more`` of them."""
        return self._fill(self._catalogue.ngettext(one, more, count), {"count": count, **parts})

    def render(self, message: Message | str) -> str:
        """Translate a message; a plain string is returned unchanged."""
        return message if isinstance(message, str) else self(message.text, **message.parts)

    def _fill(self, text: str, parts: Mapping[str, Part]) -> str:
        # A text without parts may hold braces: older versions stored rendered sentences.
        return text.format(**{name: self._render_part(part) for name, part in parts.items()}) if parts else text

    def _render_part(self, part: Part) -> str:
        match part:
            case str():
                return part
            case Message():
                return self.render(part)
            case Month():
                return self.month(part)
            case int():
                return self.number(part)
            case list() | tuple():
                return self._list(part, "or" if isinstance(part, Either) else "standard")
        return self.day(part)  # type: ignore[arg-type]  # (a date or a DayOfYear)

    def together(self, *sentences: str) -> str:
        """Return sentences one behind the other: Chinese and Japanese leave no blank between them."""
        return ("" if self.locale in _UNSPACED else " ").join(sentences)

    def script(self, text: str) -> str:
        """Return a text of the archive in the reader's Chinese script; for readers of other languages, unchanged."""
        return in_script(text, self.locale)

    def number(self, count: int) -> str:
        """Return ``12,345``."""
        return _number(self, count)

    def day(self, day: DayOfYear) -> str:
        """Return ``March 24``, or ``March 24, 2017`` if it has a year."""
        date = dt.date(_LEAP_YEAR if day.year is None else day.year, day.month, day.day)
        return _date(self, "MMMMd" if day.year is None else "long", date)

    def month_day(self, day: int) -> str:
        """Return the number of a day of a month: ``1``; in French, ``1er``."""
        return "1er" if day == 1 and self.locale == "fr" else str(day)

    def short(self, date: dt.date) -> str:
        """Return ``Mar 24, 2017``."""
        return _date(self, "yMMMd", date)

    def month(self, month: int) -> str:
        """Return ``March`` for 3."""
        from babel.dates import get_month_names

        return str(get_month_names("wide", "stand-alone", self.babel)[month])

    def weekday(self, weekday: int) -> str:
        """Return ``Monday`` for 0, …, ``Sunday`` for 6."""
        from babel.dates import get_day_names

        return str(get_day_names("wide", "stand-alone", self.babel)[weekday])

    def short_weekday(self, weekday: int) -> str:
        """Return ``Mon`` for 0, …, ``Sun`` for 6."""
        from babel.dates import get_day_names

        return str(get_day_names("abbreviated", "stand-alone", self.babel)[weekday]).rstrip(".")

    def weekdays(self, mask: int) -> str:
        """Describe days of the week: ``every day``, ``Monday to Friday``, ``Mondays and Fridays``.

        ``mask`` has bit 0 for Monday to bit 6 for Sunday. Raises ValueError if it holds no day or another bit.
        """
        if not 1 <= mask <= _EVERY_DAY:
            raise ValueError(f"{mask} does not stand for days of the week")
        if mask == _EVERY_DAY:
            return self.say("every day")
        days = [day for day in range(7) if mask >> day & 1]
        # A range starts where the day before is not in the mask; with a single start, the days are one range.
        starts = [day for day in days if not mask >> (day - 1) % 7 & 1]
        if len(starts) == 1 and len(days) >= _SHORTEST_RANGE:
            first, last = self.weekday(starts[0]), self.weekday((starts[0] + len(days) - 1) % 7)
            return self.say("{first} to {last}", first=first, last=last)
        return self.listed([_ON_WEEKDAYS[day] for day in days])

    def listed(self, parts: Iterable[Part]) -> str:
        """Return ``A``, ``A and B``, ``A, B and C``."""
        return self._list(parts, "standard")

    def _list(self, parts: Iterable[Part], style: Any) -> str:  # noqa: ANN401  (one of Babel's)
        from babel.lists import format_list

        # In all of Daybook's English there is no comma before "and".
        locale = "en_GB" if self.locale == ENGLISH else self.babel
        return format_list([self._render_part(part) for part in parts], style=style, locale=locale)


@functools.lru_cache(maxsize=1024)
def _number(reader: Language, count: int) -> str:
    from babel.numbers import format_decimal

    return format_decimal(count, locale=reader.babel)


# A card has a dozen dates, and many people look at the same card.
@functools.lru_cache(maxsize=2048)
def _date(reader: Language, form: str, date: Any) -> str:  # noqa: ANN401  (Babel 2.18 says "datetime", and takes a date)
    from babel.dates import format_date, format_skeleton

    text = (
        format_date(date, form, reader.babel)
        if form == "long"
        else str(format_skeleton(form, date, locale=reader.babel))
    )
    # CLDR has no ordinals: in French only the first of a month is one, "1er mars".
    return f"1er{text[1:]}" if reader.locale == "fr" and date.day == 1 else text


def quoted(part: Part) -> Message:
    """Put quotation marks around a part, those of the reader's language."""
    return Message("“{text}”", text=part)


def echo(typed: str, most: int = 40) -> Message:
    """Quote what somebody typed: one line of at most ``most`` UTF-16 units, without control or format characters."""
    characters = (" " if character.isspace() else character for character in typed[:1000])
    visible = (character for character in characters if not unicodedata.category(character).startswith("C"))
    line = " ".join("".join(visible).split())
    return quoted(cut(line, most)) if line else Message("an empty entry")


def _catalogue(name: str) -> gettext.NullTranslations:
    with (files("bot") / "locale" / name / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


def language(locale: str | None) -> Language:
    """Return the Language of a Discord locale (``de``, ``zh-TW``); English if it is unknown or has no catalogue."""
    return _language(locale if locale in _BABEL else ENGLISH)


@functools.cache
def _language(locale: str) -> Language:
    return Language(locale)


def event_language_for(locale: str | None) -> str:
    """Return the language of the events that a reader sees first, as pages name it; ``en`` if the locale is unknown.

    It is the locale's primary language: ``zh`` for ``zh-TW``, ``es`` for ``es-419``, whether the archive has such
    events or not.
    """
    return (locale or ENGLISH).partition("-")[0]
