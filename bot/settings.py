"""Settings from the environment (and a ``.env`` file beside it)."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from yarl import URL

from bot.domain.errors import SettingsError
from bot.processes import TOKEN

DATA = "data"
# What a person in the shell is shown of a list without asking for more.
FEW = 25


@dataclass(frozen=True, slots=True)
class Settings:
    """``data`` is the folder of the two files; ``token`` Discord's; ``api`` another Discord, on this machine only.

    ``most_subscriptions`` is how many daily posts a server may have.
    ``clock`` is a file that tells the time instead of the machine: for tests, beside another Discord only.
    """

    data: Path
    token: str | None = None
    api: URL | None = None
    clock: Path | None = None
    most_subscriptions: int = 10

    @classmethod
    def read(cls, environment: Mapping[str, str], *, data: str | None = None) -> "Settings":
        """Read them from ``environment``; ``data`` is what the command line says. Raises SettingsError."""
        api = _api(environment.get("DAYBOOK_DISCORD_API"))
        clock = environment.get("DAYBOOK_CLOCK")
        if clock and api is None:
            raise SettingsError("DAYBOOK_CLOCK is for tests: it needs DAYBOOK_DISCORD_API beside it")
        return cls(
            data=Path(data or environment.get("DAYBOOK_DATA") or DATA),
            token=(environment.get(TOKEN) or "").strip() or None,
            api=api,
            clock=Path(clock) if clock else None,
            most_subscriptions=_most(environment.get("DAYBOOK_DAILY_POSTS")),
        )

    @property
    def archive(self) -> Path:
        """Where the archive is."""
        return self.data / "archive.sqlite3"

    @property
    def ledger(self) -> Path:
        """Where the ledger is."""
        return self.data / "ledger.sqlite3"

    @property
    def lock(self) -> Path:
        """What the one running bot holds."""
        return self.data / "run.lock"

    @property
    def health(self) -> Path:
        """Where the running bot tells that it is connected."""
        return self.data / "health.json"


def _most(value: str | None) -> int:
    """Read how many daily posts a server may have; a card that lists them holds 25."""
    if not value:
        return 10
    if value.isascii() and value.isdigit() and len(value) <= len("25") and 1 <= int(value) <= 25:  # noqa: PLR2004
        return int(value)
    raise SettingsError(f"DAYBOOK_DAILY_POSTS is “{value}”: a number from 1 to 25 would do")


def _api(value: str | None) -> URL | None:
    """Read the address of a Discord double; a token must never be sent to another machine."""
    if not value:
        return None
    try:
        url = URL(value)
        local = url.scheme == "http" and (url.host == "localhost" or ip_address(url.host or "").is_loopback)
    except ValueError:
        local = False
    if not local:
        reason = f"DAYBOOK_DISCORD_API is “{value}”: only an address on this machine will do, like http://127.0.0.1:8080/api/v10"
        raise SettingsError(reason)
    return url
