"""Watches what comes into the archive, for the follows that post at once."""

import logging
from datetime import datetime, timedelta

from bot import __version__
from bot.archive.archive import Archive
from bot.daily.news_selector import NEWS_AGE, NEWS_DAYS
from bot.domain.errors import ArchiveError
from bot.ledger.ledger import Ledger

log = logging.getLogger(__name__)

# How long after the first of them events are gathered for one message.
GATHERED = timedelta(minutes=10)
# How long ago events may have been fetched that are looked at: usually, and at the start and once an hour, since it may
# take a while until what was fetched is in the archive.
_RECENT, _LONGEST = timedelta(minutes=30), timedelta(days=2)
_THOROUGH_EVERY = timedelta(hours=1)
_BATCH = 200


class NewsWatch:
    """Tells follows that post at once when to look, by what the archive has newly seen."""

    def __init__(self, *, archive: Archive, ledger: Ledger) -> None:
        self._archive = archive
        self._ledger = ledger
        self._subjects = ledger.subjects
        self._subscriptions = ledger.subscriptions
        # The keys of events that were looked at, with when they were first fetched.
        self._handled: dict[str, datetime] = {}
        self._thorough_at: datetime | None = None

    async def look(self, now: datetime) -> bool:
        """Look at what is new; return whether a follow is to look at it. Raises LedgerError.

        An archive that cannot be read is read the next time: others have said that it cannot.
        """
        if not await self._subscriptions.any_at_once():
            return False
        try:
            return await self._look(now)
        except ArchiveError as error:
            log.warning("what is new cannot be read: %s", error)
            return False

    async def _renew_terms(self) -> None:
        """Let subjects be found by the words of all languages that the archive has now, as this Daybook reads them."""
        stats = await self._archive.stats()
        forms = f"{__version__} {' '.join(sorted(stats.languages))}"
        if await self._ledger.fact("forms of subjects") != forms:
            for subject in await self._subjects.with_searches():
                await self._subjects.put(subject, await self._archive.subject_terms(subject))
            await self._ledger.remember("forms of subjects", forms)

    async def _look(self, now: datetime) -> bool:
        is_thorough = self._thorough_at is None or not timedelta() <= now - self._thorough_at < _THOROUGH_EVERY
        if is_thorough:
            await self._renew_terms()
        after = now - (_LONGEST if is_thorough else _RECENT)
        oldest = (after - NEWS_DAYS).date()
        is_awaited = False
        while events := await self._archive.seen_events(after=after, since=oldest, most=_BATCH):
            for event in events:
                # One of the future was fetched before the clock was set back.
                if event.key in self._handled or event.seen > now:
                    continue
                if subjects := await self._subjects.match(event.terms):
                    due_at = max(event.seen + GATHERED + NEWS_AGE, now)
                    count = await self._subscriptions.note_news(subjects, event.key, seen=event.seen, due_at=due_at)
                    is_awaited = is_awaited or count > 0
                # Not before: what could not be noted is noted the next time.
                self._handled[event.key] = event.seen
            if len(events) < _BATCH:
                break
            after = events[-1].seen
        if is_thorough:
            self._thorough_at = now
            self._handled = {key: seen for key, seen in self._handled.items() if seen > now - _LONGEST}
        return is_awaited
