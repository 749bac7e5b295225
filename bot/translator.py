"""Translates what Discord shows of the commands. Their names, which people type, stay as they are."""

from discord import Locale
from discord.app_commands import TranslationContextLocation, TranslationContextTypes, Translator, locale_str

from bot.locale.language import CATALOGUES, language

_NAMES = (
    TranslationContextLocation.command_name,
    TranslationContextLocation.group_name,
    TranslationContextLocation.parameter_name,
)


class CommandTranslator(Translator):
    """Translates the descriptions of commands and options, and the names of choices."""

    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        """Return a text in a locale's language; None where it is English, or a name that people type."""
        if context.location in _NAMES or locale.value not in CATALOGUES:
            return None
        return language(locale.value)(string.message)
