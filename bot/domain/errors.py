"""What can go wrong and be explained to a person in one sentence.

Those who run the bot get any ``DaybookError`` as one line, in the shell or in its log. People in Discord get the
sentence of a ``UserError``; for any other error only a reference by which it is found in the log.
"""

from bot.locale.language import Message


class DaybookError(Exception):
    """An error whose sentence is fit to be shown as it is; ``str(error)`` is the sentence in English."""

    def __init__(self, sentence: Message | str) -> None:
        super().__init__(sentence)
        self.sentence = sentence if isinstance(sentence, Message) else Message(sentence)


# For those who use the bot


class UserError(DaybookError):
    """A request cannot be met as it was made: the sentence is shown to the person who made it, and not logged."""


class DateError(UserError):
    """What somebody typed is not a day; the sentence names it and shows what works. Wrong usage in the shell."""


class DailyPostError(UserError):
    """What an admin asked of a daily post cannot be done; the sentence says why and what would work."""


class SubjectError(UserError):
    """What an admin typed cannot be followed; the sentence says why and what would work."""


class PreferenceError(UserError):
    """A setting of a person or a server cannot be changed as asked; the sentence says why and what would work."""


# For those who run the bot


class PageError(DaybookError):
    """A page cannot be read as an event; the sentence says why, in a few words. Listed in the import's report."""


class ArchiveError(DaybookError):
    """The archive cannot be opened, read or written; the sentence says what to do."""


class LedgerError(DaybookError):
    """The ledger cannot be opened, read or written; the sentence says what to do."""


class FetchError(DaybookError):
    """A source cannot be fetched or read; the sentence says which, why, and what becomes of it."""


class Unreachable(FetchError):  # noqa: N818  (a word that callers read)
    """A host could not be reached, or answered with trouble: it may be asked again later."""


class Refused(FetchError):  # noqa: N818  (a word that callers read)
    """Daybook does not fetch this: the address, what it leads to, or what it answers is against its rules."""


class DiskError(FetchError):
    """What was fetched cannot be kept: the disk is full, or may not be written. The sentence says what to do."""


class SettingsError(DaybookError):
    """A setting is missing or has a value that cannot be used; the sentence names it."""
