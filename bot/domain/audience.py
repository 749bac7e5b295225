"""The audience of an answer: who asked, and in which server. Pure."""

from dataclasses import dataclass
from datetime import date

from bot.domain.preferences import NO_MUTES, Mutes


@dataclass(frozen=True, slots=True)
class Audience:
    """All that an answer depends on besides the question: who used a command or a button, and in which server.

    ``locale`` is the person's Discord locale, ``prefer`` the language of the events that they are shown first,
    ``muted`` what their server has muted, ``today`` the date in their time zone; ``private`` is whether only they see
    the answer; ``may_follow`` whether they may let a channel of their server follow a topic.
    """

    locale: str
    prefer: str
    today: date
    muted: Mutes = NO_MUTES
    private: bool = False
    may_follow: bool = False
