"""What a fetch did, and the interface to which it reports its progress."""

from collections.abc import Callable
from dataclasses import dataclass, field

# Called with how many of all parts of a source have been visited.
FetchProgress = Callable[[int, int], None]


@dataclass(slots=True)
class FetchReport:
    """What a fetch did.

    Of a source's own pages, ``visited`` and ``fetched`` are how many it looked at, and how many texts it read. Of the
    page files, ``written`` counts all that were written: the ``changed`` among them were there before, in another
    wording, and the ``withdrawn`` are marked as such now; ``unchanged`` were not touched. ``missed`` are citations that
    were in no event, and entries of lists that were of no date; ``before_christ`` are entries from before Christ, which
    are left out; ``alarms`` say, a sentence each, what was left as it was because something was wrong; ``reached`` is
    whether the source answered.
    """

    visited: int = 0
    fetched: int = 0
    written: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    missed: int = 0
    before_christ: int = 0
    alarms: list[str] = field(default_factory=list)
    reached: bool = False
