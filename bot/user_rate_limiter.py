"""A flood from one person is slowed, and nobody else's answer waits for it."""

from discord.app_commands import Cooldown

_MOST_KEPT = 2000


class UserRateLimiter:
    """Allows each person ``rate`` answers in ``per`` seconds. Time is an argument: seconds since whenever."""

    def __init__(self, *, rate: int = 20, per: float = 20.0) -> None:
        self._rate, self._per = rate, per
        self._used: dict[int, Cooldown] = {}

    def retry_after(self, person: int, now: float) -> float:
        """Count one answer; return how many seconds to wait for it, 0 for now."""
        if len(self._used) > _MOST_KEPT:
            self._used = {kept: used for kept, used in self._used.items() if used.get_tokens(now) < self._rate}
        return self._used.setdefault(person, Cooldown(self._rate, self._per)).update_rate_limit(now) or 0.0
