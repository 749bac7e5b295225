"""Who an answer is for. Pure."""

from dataclasses import dataclass
from datetime import date

from bot.domain.preferences import NO_MUTES, Mutes


@dataclass(frozen=True, slots=True)
class Audience:
    """The person who used a command or a button, where they did: all that an answer to them depends on.

    ``locale`` is the person's Discord locale, ``prefer`` the language of the events that they are shown first,
    ``muted`` what their server has muted, ``today`` the date in their time zone; ``private`` is whether only they see
    the answer.
    """

    locale: str
    prefer: str
    today: date
    muted: Mutes = NO_MUTES
    private: bool = False
