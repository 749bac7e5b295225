"""What can go wrong and be told to a person in one sentence."""

from bot.locale.language import Message


class DaybookError(Exception):
    """Something a person can be told: one clear sentence, fit to be shown as it is; ``str(error)`` is in English."""

    def __init__(self, sentence: Message | str) -> None:
        super().__init__(sentence)
        self.sentence = sentence if isinstance(sentence, Message) else Message(sentence)


class PageError(DaybookError):
    """A page cannot be an event; the text says why, in a few words."""


class DateError(DaybookError):
    """What somebody typed is not a day; the text names it and shows what works."""


class ArchiveError(DaybookError):
    """The archive cannot be opened, read or written; the text says what to do."""


class LedgerError(DaybookError):
    """The ledger cannot be opened, read or written; the text says what to do."""


class SettingsError(DaybookError):
    """A setting is missing or has a value that cannot be used; the text names it."""


class DailyPostError(DaybookError):
    """What an admin asked of a daily post cannot be; the text says why and what would work."""


class PreferenceError(DaybookError):
    """What somebody asked of their settings, or of their server's, cannot be; the text says why and what would work."""
