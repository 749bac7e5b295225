"""Turns between people at what is costly: one thing of each person at a time, and so many seconds of it a minute.

Whoever answers a person calls ``set_asker`` first; a question without an asker, as in the shell or for a daily post,
waits for no turn and costs nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import ceil
from weakref import WeakValueDictionary

from bot.domain.errors import UserError
from bot.locale.language import Message


@dataclass(slots=True)
class _Question:
    """What one person asks; ``is_let_in`` says that their time was enough when it began, and it is answered whole."""

    person: int
    is_let_in: bool = False


_question: ContextVar[_Question | None] = ContextVar("question", default=None)
# Budgets in memory before those that are full again are dropped.
_MOST_BUDGETS = 2000


def set_asker(user_id: int) -> None:
    """Note for the rest of this task whose question it answers."""
    _question.set(_Question(user_id))


class TurnError(UserError):
    """A person has used up their time; the sentence says when there is some again."""


class Turns:
    """Lets the things of one person come one after the other, and of different people in turns.

    A person may use ``burst`` seconds at once, and ``share`` of each second in the long run; None for no budget.
    """

    def __init__(self, *, burst: float | None = None, share: float = 1.0) -> None:
        self._burst, self._share = burst, share
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        # Of each person, the seconds that they had left, and when.
        self._left: dict[int, tuple[float, float]] = {}

    @property
    def budgets(self) -> int:
        """Of how many people the time that they have left is known."""
        return len(self._left)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Callable[[float], None]]:
        """Wait until the person's thing before this one is done; give a function that takes the seconds it has used.

        Raises TurnError when the person has used up their time.
        """
        question = _question.get()
        if question is None:
            yield _uncounted
            return
        person = question.person
        # Whoever waits holds the lock, too: it is dropped with the last of them.
        lock = self._locks.setdefault(person, asyncio.Lock())
        async with lock:
            if not question.is_let_in:
                self._check(person)
                question.is_let_in = self._burst is not None
            yield lambda seconds: self._count(person, seconds)

    def _check(self, person: int) -> None:
        if self._burst is None or (left := self._seconds_left(person)) > 0:
            return
        seconds = ceil(-left / self._share) or 1
        raise TurnError(Message("Too many requests: please try again in {seconds} s.", seconds=seconds))

    def _seconds_left(self, person: int) -> float:
        left, since = self._left.get(person, (self._burst or 0.0, 0.0))
        return min(left + (_now() - since) * self._share, self._burst or 0.0)

    def _count(self, person: int, seconds: float) -> None:
        if self._burst is None:
            return
        self._left[person] = (self._seconds_left(person) - seconds, _now())
        if len(self._left) > _MOST_BUDGETS:
            self._left = {id_: left for id_, left in self._left.items() if self._seconds_left(id_) < self._burst}


def _uncounted(seconds: float) -> None:
    """Take note of nothing."""


def _now() -> float:
    # The event loop's own clock, in seconds.
    return asyncio.get_running_loop().time()
