"""Whose texts a card shows: names for its footer, and the link to the revision of an event's text. Pure."""

from collections.abc import Iterable, Sequence

from bot.cards.limits import link_url
from bot.domain.credit import STARTER_CREDIT, credit_name, revision_address
from bot.domain.event import RelatedEvent
from bot.domain.text import cut, length
from bot.locale.language import Language

# Lengths, in UTF-16 units: one name; all of a card's that stand beside it.
_NAME, _NAMES = 100, 200
_LINK = 500


def name_of(credit: str, say: Language) -> str:
    """Say in a few words whose text an event is."""
    return say("Daybook's starter archive") if credit == STARTER_CREDIT else cut(credit_name(credit), _NAME)


def names_of(events: Iterable[RelatedEvent], say: Language, *, but: Sequence[str] = ()) -> str:
    """Say whose texts several events are, each name once, without those in ``but``; "" if nothing is left to say."""
    names = dict.fromkeys(name_of(event.credit, say) for event in events if event.credit)
    return cut(" · ".join(name for name in names if name not in but), _NAMES)


def revision_link(credit: str, say: Language) -> str | None:
    """Return a link to the revision that an event's text was taken from; None if its credit names none."""
    address = revision_address(credit)
    url = link_url(address) if address else None
    label = say("Revision of this text")
    link = f"[{label}]({url})"
    return link if url and length(link) <= _LINK else None
