"""Moments as the ledger keeps them: whole seconds since 1970."""

from datetime import UTC, datetime


def seconds(moment: datetime | None) -> int | None:
    """Return what is kept of a moment."""
    return None if moment is None else int(moment.timestamp())


def moment(kept: int | None) -> datetime | None:
    """Return the moment that was kept."""
    return None if kept is None else datetime.fromtimestamp(kept, UTC)
