"""Subscriptions: which channel gets a daily post, with which options."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.delivery import FollowUpStep
from bot.domain.schedule import Plan

# A post that comes later than this after its time is marked as late; one that comes earlier is never dropped.
LATE_AFTER = timedelta(minutes=10)
# How many hours late a post may be.
DEFAULT_LATE_HOURS = 6
MAX_LATE_HOURS = 23
# How many events are listed below the lead.
DEFAULT_COUNT = 5
MAX_COUNT = 10
# How many messages follows that post at once make in a channel on one local date; the rest comes with the next.
MOST_AT_ONCE = 6
# A subscription is paused after its post failed on this many local dates in a row.
MAX_FAILURES = 3


class EmptyDay(StrEnum):
    """What to post on a day without events."""

    NOTHING = "nothing"
    NEAREST = "nearest"


class Content(StrEnum):
    """What a daily post tells: anniversaries of its day, yesterday's news, or both."""

    ANNIVERSARIES = "anniversaries"
    NEWS = "news"
    BOTH = "both"


class Kind(StrEnum):
    """What an admin set up: a daily post, or a follow, which posts what is new about a subject."""

    DAILY_POST = "daily"
    FOLLOW = "follow"


class Pause(StrEnum):
    """Why a subscription is paused: an admin asked for it, or Discord refused its posts too often."""

    BY_ADMIN = "asked"
    AFTER_FAILURES = "failing"


@dataclass(frozen=True, slots=True)
class PostOptions:
    """The options of a subscription. The ledger has a column of the same name for each (five for the plan).

    ``topic`` is a topic's key, ``count`` how many events are listed below the lead, ``late`` how many hours late a post
    may still come (0: a late post is skipped), ``language`` the code of the only language to show. Ids are Discord's. A
    follow has a ``subject``, the key of what it is about, and its name; ``topic``, ``empty`` and ``content`` are those
    of a daily post.
    """

    channel_id: int
    plan: Plan
    topic: str | None = None
    topic_name: str | None = None
    count: int = DEFAULT_COUNT
    role_id: int | None = None
    thread: bool = False
    late: int = DEFAULT_LATE_HOURS
    language: str | None = None
    publish: bool = False
    pin: bool = False
    tag_id: int | None = None
    empty: EmptyDay = EmptyDay.NOTHING
    content: Content = Content.ANNIVERSARIES
    subject: str | None = None
    subject_name: str | None = None

    @property
    def kind(self) -> Kind:
        """What these are the options of."""
        return Kind.FOLLOW if self.subject else Kind.DAILY_POST

    @property
    def lateness_allowed(self) -> timedelta:
        """How long after its time a post is still sent."""
        return max(LATE_AFTER, timedelta(hours=self.late))

    @property
    def follow_up_steps(self) -> tuple[FollowUpStep, ...]:
        """What is done to each post after it was sent."""
        enabled = {
            FollowUpStep.THREAD: self.thread,
            FollowUpStep.PUBLISH: self.publish,
            FollowUpStep.PIN: self.pin,
        }
        return tuple(step for step in enabled if enabled[step])


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel's daily post or follow, as an admin set it up.

    ``number`` is what its server calls it (1, 2, …); ``id`` is unique in the ledger. Nothing that was due before
    ``since`` is posted; to a follow, nothing that was first fetched before ``news_since`` is news. ``next_at`` is when
    the courier looks at it next (None while it is paused by an admin, or posts at once and nothing new has come in).
    ``failures`` counts the local dates in a row on which Discord refused the post; ``admins_notified`` says that the
    server's admins were told of them.
    """

    id: int
    guild_id: int
    number: int
    options: PostOptions
    since: datetime
    next_at: datetime | None
    paused: Pause | None = None
    failures: int = 0
    admins_notified: bool = False
    news_since: datetime | None = None

    @property
    def kind(self) -> Kind:
        """What this is."""
        return self.options.kind
