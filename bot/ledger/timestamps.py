"""Moments as the ledger stores them: whole seconds since 1970, UTC."""

from datetime import UTC, datetime
from typing import overload


@overload
def to_timestamp(moment: datetime) -> int: ...
@overload
def to_timestamp(moment: datetime | None) -> int | None: ...
def to_timestamp(moment: datetime | None) -> int | None:
    """Return the seconds to store for a moment (aware)."""
    return None if moment is None else int(moment.timestamp())


@overload
def from_timestamp(seconds: int) -> datetime: ...
@overload
def from_timestamp(seconds: int | None) -> datetime | None: ...
def from_timestamp(seconds: int | None) -> datetime | None:
    """Return the moment, in UTC, that was stored."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
