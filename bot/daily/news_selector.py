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
    part: int = 0,
    until: datetime,
    muted: Mutes,
    prefer: str | None,
    is_test: bool = False,
) -> FoundNews:
    """Return what a follow posts on a local date (in the ``part``-th message) of what came in ``until`` a moment.

    For a test nothing was posted before, and all that came in is new. Raises ArchiveError, LedgerError.
    """
    options = subscription.options
    subject = await ledger.subjects.get(options.subject or "")
    if subject is None:
        return FoundNews(None, NewsReport())
    period = _period(options.plan)
    # Longer than a period, for what could not be posted the last time, or came into the archive late.
    since = until - max(period, _DAY) - NEWS_DAYS
    if not is_test and subscription.news_since is not None:
        since = max(since, subscription.news_since)
    found = await archive.subject_news(
        subject, seen_after=since, seen_before=until, language=options.language, prefer=options.language or prefer
    )
    posted = frozenset[str]()
    if not is_test:
        posted = await ledger.deliveries.posted_news(subscription.id, options.channel_id, day, part)
    hidden = await archive.find_muted([news.key for news in found], muted)
    oldest = day - NEWS_DAYS - max(period, _DAY) + _DAY
    news: list[NewsCandidate] = []
    counts = {"posted_before": 0, "muted": 0, "too_old": 0}
    for event in found:
        if not posted.isdisjoint(event.keys):
            verdict = "posted_before"
        elif event.key in hidden:
            verdict = "muted"
        elif event.date < max(oldest, event.seen.date() - NEWS_DAYS):
            verdict = "too_old"
        else:
            news.append(event)
            continue
        # What came in before this period was counted then.
        counts[verdict] += event.seen > until - period
    report = NewsReport(posted=len(news), **counts)
    selection = await _selection(archive, options, subject, news, day, prefer)
    if selection is not None:
        (lead,) = await archive.mark_muted([selection.lead], muted)
        selection = replace(selection, lead=lead)
    return FoundNews(selection, report)


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
