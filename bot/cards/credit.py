"""Whose texts and images a card shows: names for its footer, links to a text's revision, an image's page. Pure."""

from collections.abc import Iterable, Sequence

from bot.cards.limits import fit, link_url
from bot.domain.credit import STARTER_CREDIT, credit_name, revision_address
from bot.domain.event import RelatedEvent
from bot.domain.text import cut, length
from bot.locale.language import Language

# Lengths, in UTF-16 units: one name; all of a card's that stand beside it.
_NAME, _NAMES = 100, 200
_LINK = 500
# Author and licence of an image: as long as ``formats/articles.py`` lets them be.
_IMAGE_NAME, _IMAGE_LINK = 170, 800


def name_of(credit: str, say: Language) -> str:
    """Say in a few words whose text an event is."""
    return say("Daybook's starter archive") if credit == STARTER_CREDIT else cut(credit_name(credit), _NAME)


def names_of(events: Iterable[RelatedEvent], say: Language, *, but: Sequence[str] = ()) -> str:
    """Say whose texts several events are, each name once, without those in ``but``; "" if nothing is left to say."""
    names = dict.fromkeys(name_of(event.credit, say) for event in events if event.credit)
    return cut(" · ".join(name for name in names if name not in but), _NAMES)


def revision_link(credit: str, say: Language) -> str | None:
    """Return a link to the revision that an event's text was taken from; None if its credit names none."""
    return _link(say("Revision of this text"), credit, limit=_LINK)


def image_line(credit: str, say: Language) -> str:
    """Say whose image a card shows, under which licence, with a link to its page if the credit names one."""
    name = fit(cut(credit_name(credit), _IMAGE_NAME), 2 * _IMAGE_NAME)
    return say("Image: {credit}", credit=_link(name, credit, limit=_IMAGE_LINK) or name)


def _link(label: str, credit: str, *, limit: int) -> str | None:
    """Return a link to the address that a credit ends with; None if it names none, or one that is too long."""
    address = revision_address(credit)
    url = link_url(address) if address else None
    link = f"[{label}]({url})"
    return link if url and length(link) <= limit else None
