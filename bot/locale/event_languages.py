"""Names of the languages that events are written in, as readers call them: from CLDR, through Babel."""

from collections.abc import Collection

from bot.locale.language import ENGLISH, language


def language_name(code: str, locale: str | None) -> str:
    """Return what readers of a Discord locale call a language: ``Chinese`` for ``zh``; the code, if it has no name."""
    names = language(locale).babel.languages
    return str(names.get(code.replace("-", "_"), code))


def language_code(typed: str, locale: str | None, *, codes: Collection[str]) -> str | None:
    """Return the code of a language that a reader of a Discord locale typed; None for what is no language.

    They may type a code, or a name in English or in their own language. Any language of CLDR's is known, and those of
    ``codes``, the archive's.
    """
    typed_name = typed.strip().casefold()
    # Without those of a script or region, such as zh_Hans: events have none.
    plain_codes = [code for code in map(str, language(ENGLISH).babel.languages) if "_" not in code]
    for code in (*codes, *plain_codes):
        names = (code, language_name(code, ENGLISH), language_name(code, locale))
        if typed_name in (name.casefold() for name in names):
            return code
    return None


def is_language_code(code: str) -> bool:
    """Return whether a code of two or three letters, as pages have it, is that of a language."""
    return len(code) in (2, 3) and code in language(ENGLISH).babel.languages
