"""What the archive has newly seen reaches the follows that post at once, though the ledger fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.archive.resolve import read_subject
from bot.daily.news_watch import NewsWatch
from bot.domain.errors import LedgerError
from bot.domain.schedule import Plan
from bot.domain.subscription import PostOptions
from tests.helpers.samples import write

if TYPE_CHECKING:
    from pathlib import Path

    from bot.archive.archive import Archive
    from bot.ledger.ledger import Ledger
    from tests.helpers.archives import Import

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
GUILD, CHANNEL = 1, 2


async def test_what_could_not_be_noted_is_noted_when_the_ledger_can_be_written_again(
    archive: Archive, ledger: Ledger, load: Import, tmp_path: Path
) -> None:
    subject = await read_subject(archive, "keeper")
    await ledger.subjects.put(subject, await archive.subject_terms(subject))
    plan = Plan(time(0), "UTC", at_once=True)
    options = PostOptions(CHANNEL, plan, subject=subject.key, subject_name=subject.name)
    follow = await ledger.subscriptions.add(
        GUILD, options, since=NOW - timedelta(hours=1), next_at=None, max_count=25
    )  # fmt: skip
    assert follow is not None
    load(write(tmp_path / "news", "2026-03-02", "The keeper waits", summary="So.", block="seen: 2026-03-02T09:59:00Z"))
    watch = NewsWatch(archive=archive, ledger=ledger)
    await ledger._store.read("PRAGMA query_only = ON", {})
    with pytest.raises(LedgerError):
        await watch.look(NOW)
    await ledger._store.read("PRAGMA query_only = OFF", {})
    assert await watch.look(NOW + timedelta(minutes=1))
    noted = await ledger.subscriptions.get(follow.id)
    assert noted is not None
    assert noted.next_at == NOW + timedelta(minutes=39)
    # Once is enough.
    assert not await watch.look(NOW + timedelta(minutes=2))


async def test_a_change_by_somebody_who_had_not_seen_the_news_leaves_it_to_be_posted(
    archive: Archive, ledger: Ledger
) -> None:
    subject = await read_subject(archive, "keeper")
    await ledger.subjects.put(subject, await archive.subject_terms(subject))
    options = PostOptions(
        CHANNEL, Plan(time(0), "UTC", at_once=True), subject=subject.key, subject_name=subject.name
    )  # fmt: skip
    before = await ledger.subscriptions.add(GUILD, options, since=NOW, next_at=None, max_count=25)
    assert before is not None
    due_at = NOW + timedelta(minutes=45)
    await ledger.subscriptions.note_news([subject.key], "a" * 12, seen=NOW + timedelta(minutes=5), due_at=due_at)
    changed = await ledger.subscriptions.update(
        before.id, replace(options, count=3), since=before.since, next_at=before.next_at
    )  # fmt: skip
    assert changed is not None
    assert (changed.options.count, changed.next_at) == (3, due_at)
