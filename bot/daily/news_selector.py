"""Selects what is new about the subject of a follow.

New is what was first fetched after the follow was set up, and half an hour ago or earlier, about the last days, and not
posted before. It is read from the archive when the post is due: what was merged, edited or withdrawn by then counts as
it is then.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.archive.archive import Archive
from bot.domain.delivery import NewsReport
from bot.domain.event import NewsCandidate
from bot.domain.picker import pick_news
from bot.domain.preferences import Mutes
from bot.domain.schedule import EVERY_DAY, Plan
from bot.domain.selection import Selection, Window
from bot.domain.subject import Subject
from bot.domain.subscription import PostOptions, Subscription
from bot.ledger.ledger import Ledger

# How old a text has to be: its source may still change it, or take it back.
NEWS_AGE = timedelta(minutes=30)
# How long after its date an event is news.
NEWS_DAYS = timedelta(days=7)
# A test, and the answer to those who set a follow up, tell of what came in within this time.
LATELY = timedelta(days=7)
# From one post to the next, at most. Of what is posted at once: what its report tells of.
_MONTH, _WEEK, _DAY, _AT_ONCE = timedelta(days=31), timedelta(days=7), timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FoundNews:
    """What a follow posts, None if it has nothing to post; and how much it found, and what became of that."""

    selection: Selection | None
    report: NewsReport


async def select_news(  # noqa: PLR0913  (all that a selection depends on)
    archive: Archive,
    ledger: Ledger,
    subscription: Subscription,
    *,
    day: date,
    until: datetime,
    muted: Mutes,
    prefer: str | None,
    delivery_id: int | None,
) -> FoundNews:
    """Return what a follow posts on a local date of what came in ``until`` a moment.

    Without a ``delivery_id`` it is for a test: nothing was posted before, and all that came in lately is new. Raises
    ArchiveError, LedgerError.
    """
    options = subscription.options
    subject = await ledger.subjects.get(options.subject or "")
    if subject is None:
        return FoundNews(None, NewsReport())
    period = _period(options.plan)
    if delivery_id is None:
        since = until - LATELY
    else:
        # Longer than a period, for what could not be posted the last time, or came into the archive late.
        since = until - max(period, _DAY) - NEWS_DAYS
        since = max(since, subscription.news_since or since)
    oldest = day - NEWS_DAYS - max(period, _DAY) + _DAY
    found = await archive.subject_news(
        subject, seen_after=since, seen_before=until, since=oldest - _MONTH,
        language=options.language, prefer=options.language or prefer,
    )  # fmt: skip
    posted = frozenset[str]()
    if delivery_id is not None:
        posted = await ledger.deliveries.posted_news(subscription.id, delivery_id, options.channel_id, day)
    hidden = await archive.find_muted([news.key for news in found], muted)
    news: list[NewsCandidate] = []
    counts = {"posted_before": 0, "muted": 0, "too_old": 0}
    for event in found:
        if not posted.isdisjoint(event.keys):
            verdict = "posted_before"
        elif event.key in hidden:
            verdict = "muted"
        elif event.date < oldest or _is_too_old(event):
            verdict = "too_old"
        else:
            news.append(event)
            continue
        # What came in before this period was counted then.
        counts[verdict] += event.seen > until - period
    selection = await _selection(archive, options, subject, news, day, prefer)
    report = NewsReport(posted=selection.total if selection else 0, **counts)
    if selection is not None:
        (lead,) = await archive.mark_muted([selection.lead], muted)
        selection = replace(selection, lead=lead)
    return FoundNews(selection, report)


async def count_news(archive: Archive, subject: Subject, now: datetime, *, language: str | None) -> int:
    """Return how many events about a subject came in lately that are news. Raises ArchiveError."""
    found = await archive.subject_news(subject, seen_after=now - LATELY, seen_before=now, language=language)
    return sum(not _is_too_old(event) for event in found)


def _is_too_old(event: NewsCandidate) -> bool:
    """Return whether an event was too old to be news when it came in."""
    return event.date < event.seen.date() - NEWS_DAYS


def _period(plan: Plan) -> timedelta:
    """Return the time from one post to the next, at most."""
    if plan.at_once:
        return _AT_ONCE
    if plan.month_day is not None:
        return _MONTH
    return _DAY if plan.weekdays == EVERY_DAY else _WEEK


async def _selection(
    archive: Archive, options: PostOptions, subject: Subject, news: list[NewsCandidate], day: date, prefer: str | None
) -> Selection | None:
    """Return the news as a post shows it: all of them, the most notable first."""
    pick = pick_news(news, others=len(news))
    if pick is None:
        return None
    lead = await archive.event(pick.lead.key, prefer=options.language or prefer)
    if lead is None:
        # It was withdrawn a moment ago.
        return await _selection(archive, options, subject, news[1:], day, prefer)
    dates = [event.date for event in news]
    window = Window(subject.key, subject.name, min(dates), max(dates))
    listing = await archive.window(subject, since=window.since, until=window.until, limit=0)
    return Selection(day, pick, lead, len(news), listing.total, is_news=True, window=window)
