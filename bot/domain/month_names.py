"""Names of months that people type, in ten languages: CLDR's (through Babel), and a few that it lacks. Pure."""

import functools

from bot.domain.text import fold

# Babel locales, Austria for "Jänner". Chinese, Japanese and Korean write months as numbers.
_LANGUAGES = ("en", "de", "de_AT", "es", "fr", "it", "nl", "pl", "pt", "ru")
_FORMS = ("wide", "abbreviated")
# After a day some languages inflect the name ("24 marca"), alone they do not ("marzec").
_CONTEXTS = ("format", "stand-alone")
_NOT_IN_CLDR = {"feber": 2, "maerz": 3, "mrz": 3, "setiembre": 9, "фев": 2, "сен": 9, "ноя": 11}


def month_number(name: str) -> int | None:
    """Return the number of a month (1 to 12) from its folded name, full or abbreviated; None if it is no month's name.

    Languages are loaded one by one until a name fits, English first: each takes Babel about 5 ms and 1 MB, once.
    """
    if name in _NOT_IN_CLDR:
        return _NOT_IN_CLDR[name]
    return next((names[name] for names in map(_month_names, _LANGUAGES) if name in names), None)


@functools.cache
def _month_names(language: str) -> dict[str, int]:
    from babel import Locale

    months = Locale.parse(language).months
    return {
        fold(name).rstrip("."): number
        for context in _CONTEXTS
        for form in _FORMS
        for number, name in months[context][form].items()
    }
