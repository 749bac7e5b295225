"""How far the news has been read that a running bot keeps current."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewsStatus:
    """Up to when news was read, and since when one of the sources could not be; None if that is not so."""

    until: datetime | None = None
    failing_since: datetime | None = None
