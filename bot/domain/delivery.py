"""Deliveries: one subscription's post on one local date, from the moment it is due to its follow-ups."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.page import key_of
from bot.locale.language import Message

# The history of a channel knows an event by so many of its key's twelve characters: of the few hundred events of a day,
# hardly two have them in common, and the history takes a third of the space.
HISTORY_KEY = 4


def history_key(key: str) -> str:
    """Return the beginning of an event's key by which the history of a channel knows it."""
    return key[:HISTORY_KEY]


class DeliveryState(StrEnum):
    """How far a delivery is. ``CLAIMED``: a message may have been sent, but this is not confirmed yet."""

    DUE = "due"
    CLAIMED = "claimed"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether the post may still be sent."""
        return self in {DeliveryState.DUE, DeliveryState.CLAIMED}


class FollowUpStep(StrEnum):
    """What can be done to a post after it was sent."""

    THREAD = "thread"
    PUBLISH = "publish"
    PIN = "pin"


class FollowUpState(StrEnum):
    """How far a follow-up is."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One subscription's post on one local date.

    ``channel_id`` and ``message_id`` are where the post is (in a forum, ``channel_id`` is its thread). ``claimed_at``
    is when the first attempt to send it began, ``attempted_at`` when the last one did. ``reason`` is why it was
    skipped, why it failed, or why it has to wait. ``unwanted_skip`` says that it did not come although it
    was expected: it was too late, Discord refused it, or the bot had left the server. One that was refused may still be
    sent until ``retry_until``. ``part`` is 0, but for follows that post at once: of their posts of a local date it is
    1, 2, …; ``report`` is what a follow found.
    """

    id: int
    subscription_id: int
    day: date
    due_at: datetime
    state: DeliveryState
    late: bool = False
    claimed_at: datetime | None = None
    attempted_at: datetime | None = None
    finished_at: datetime | None = None
    channel_id: int | None = None
    message_id: int | None = None
    reason: Message | None = None
    unwanted_skip: bool = False
    retry_until: datetime | None = None
    part: int = 0
    report: "NewsReport | None" = None


@dataclass(frozen=True, slots=True)
class NewsReport:
    """How many new events a follow found about its subject, and what became of them.

    ``posted``: they are in the post; ``posted_before``: in an earlier one, or in that of another follow in the channel;
    ``muted``: by the server; ``too_old``: they came in long after their dates.
    """

    posted: int = 0
    posted_before: int = 0
    muted: int = 0
    too_old: int = 0

    @property
    def matched(self) -> int:
        """How many there were in all."""
        return self.posted + self.posted_before + self.muted + self.too_old

    def to_json(self) -> str:
        """Return the report as the ledger keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "NewsReport":
        """Return the report that ``to_json`` gave."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class DayChoice:
    """What admins decided for one local date: to skip it, or that some events (by their keys) are not to lead."""

    skip: bool = False
    rejected_leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What is about to be sent, as it is recorded in the ledger beforehand.

    ``events`` are pairs of an event's day of the year (``month * 100 + day``) and its key; ``title`` is the name of a
    thread about the post; ``report`` is what a follow found.
    """

    channel_id: int
    events: Sequence[tuple[int, str]]
    title: str
    late: bool
    report: NewsReport | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One step to be done to a post after it was sent, or how that ended."""

    delivery_id: int
    step: FollowUpStep
    subscription_id: int
    channel_id: int
    message_id: int
    sent_at: datetime
    title: str
    state: FollowUpState = FollowUpState.PENDING
    reason: Message | None = None


def delivery_token(ledger: str, subscription_id: int, day: date, part: int = 0) -> str:
    """Return the 12 characters by which a delivery's message is recognised; they are its nonce, too.

    They follow from the ledger's identity, the subscription and the local date (and part) alone: a ledger that was
    restored from a backup recognises what was sent after the backup was made.
    """
    of_part = f"/{part}" if part else ""
    return key_of(f"delivery/{ledger}/{subscription_id}/{day.isoformat()}{of_part}")
