"""The words of daily posts: a channel's standing order, and what became of it on one local date. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.page import key_of
from bot.domain.schedule import Plan
from bot.locale.language import Message

# A post is late when it comes so much after its time; up to that it always comes.
ON_TIME = timedelta(minutes=10)
# How many hours late a post may be, where nothing else is asked.
LATE_HOURS = 6
MOST_LATE_HOURS = 23
OTHERS = 5
MOST_OTHERS = 10
# So many local dates in a row that fail pause an order.
MOST_FAILURES = 3


class Empty(StrEnum):
    """What to post on a day without events."""

    NOTHING = "nothing"
    NEAREST = "nearest"


class Pause(StrEnum):
    """Why nothing is posted: somebody asked for it, or Discord refused too often."""

    ASKED = "asked"
    FAILING = "failing"


class State(StrEnum):
    """What has become of a delivery. ``CLAIMED``: a message may have been sent; nobody has confirmed it yet."""

    DUE = "due"
    CLAIMED = "claimed"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Step(StrEnum):
    """What is done to a post after it stands there."""

    THREAD = "thread"
    PUBLISH = "publish"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class PostOptions:
    """What an admin can ask of a daily post.

    ``late`` is in hours, 0 skips a late post; ids are Discord's, ``topic`` is a topic's key.
    """

    channel: int
    plan: Plan
    topic: str | None = None
    topic_name: str | None = None
    count: int = OTHERS
    role: int | None = None
    thread: bool = False
    late: int = LATE_HOURS
    language: str | None = None
    publish: bool = False
    pin: bool = False
    tag: int | None = None
    empty: Empty = Empty.NOTHING

    @property
    def lateness_allowed(self) -> timedelta:
        """How long after its time a post is still sent."""
        return max(ON_TIME, timedelta(hours=self.late))

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is to be done to each post after it stands there."""
        asked = {Step.THREAD: self.thread, Step.PUBLISH: self.publish, Step.PIN: self.pin}
        return tuple(step for step in asked if asked[step])


@dataclass(frozen=True, slots=True)
class Subscription:
    """One channel's standing order; ``number`` is what its server calls it. Nothing due before ``since`` is posted.

    ``failures`` counts the local dates in a row on which Discord refused the post; ``admins_notified`` says whether the admins
    have heard of it.
    """

    id: int
    guild: int
    number: int
    options: PostOptions
    since: datetime
    next_at: datetime | None
    paused: Pause | None = None
    failures: int = 0
    admins_notified: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """One subscription on one local date. ``channel`` and ``message`` say where the post stands (forums: its thread).

    ``claimed`` is when the first attempt began, ``attempted`` when the last one did. ``unwanted_skip`` says that nobody
    wanted it skipped.
    """

    id: int
    subscription: int
    day: date
    due: datetime
    state: State
    late: bool = False
    claimed: datetime | None = None
    attempted: datetime | None = None
    finished: datetime | None = None
    channel: int | None = None
    message: int | None = None
    reason: Message | None = None
    unwanted_skip: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What admins decided for one local date: nothing at all, or another lead than those in ``rejected_leads`` (keys)."""

    skip: bool = False
    rejected_leads: tuple[str, ...] = field(default=())


def delivery_token(ledger: str, subscription: int, day: date) -> str:
    """Return the 12 characters that a delivery's message carries, and that its nonce is.

    They follow from the ledger's identity, the order and the date alone, so that a ledger put back from a backup
    recognises what was sent after the backup was made.
    """
    return key_of(f"delivery/{ledger}/{subscription}/{day.isoformat()}")
