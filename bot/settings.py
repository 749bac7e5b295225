"""The program's settings, read from environment variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from yarl import URL

from bot.domain.errors import SettingsError
from bot.processes import TOKEN

_DEFAULT_FOLDER = "data"
WIKIPEDIA = "https://{language}.wikipedia.org"
# What can be kept current while the bot runs.
SOURCES = ("portal", "onthisday", "feeds", "articles")
_CONTACT = re.compile(r"[^\s()<>@]+@[^\s()<>@]+|https?://[^\s()<>]+", re.ASCII)
_HOST_AND_PORT = re.compile(r"(?:[^\s:/@\[\]]+|\[[0-9a-f:.]+\]):[0-9]{1,5}")
# Events of a list that the shell shows to a person who did not ask for more.
SHELL_LIMIT = 25
# How many daily posts and follows a server may have, where no other number is set.
DEFAULT_SUBSCRIPTIONS = 10
# The highest number that can be set: as many as the card that lists them can hold.
_MAX_SUBSCRIPTIONS = 25
_MAX_PORT = 65535


class Address(NamedTuple):
    """Where something is served: a host, or its address, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return it as it stands in a web address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment and the command line set.

    ``data`` is the folder of the two databases; ``token`` the bot's token for Discord. ``most_subscriptions`` is how
    many daily posts and follows a server may have; ``starter`` is whether the archive is to have the starter pages.
    ``contact`` is a mail or web address by which those whose pages are fetched reach the operator;
    ``wikipedia`` is the address of Wikipedia's APIs, with ``{language}`` in it; from ``allowed_hosts`` (``host:port``)
    may be fetched though they are not public; ``sources`` are those that a running bot keeps current; ``metrics`` is
    where Prometheus reads the bot's figures. Two are for tests: ``api`` is the address of a server on this machine that
    stands in for Discord, ``clock_file`` a file that the time is read from, in place of the machine's clock.
    """

    data: Path
    token: str | None = None
    api: URL | None = None
    clock_file: Path | None = None
    most_subscriptions: int = DEFAULT_SUBSCRIPTIONS
    starter: bool = True
    contact: str | None = None
    wikipedia: str = WIKIPEDIA
    allowed_hosts: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    metrics: Address | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str], *, data: str | None = None) -> "Settings":
        """Read them from ``environment``; ``data`` is the command line's folder, if given. Raises SettingsError."""
        api = _parse_api(environment.get("DAYBOOK_DISCORD_API"))
        clock_file = environment.get("DAYBOOK_CLOCK")
        if clock_file and api is None:
            raise SettingsError("DAYBOOK_CLOCK is for tests: it needs DAYBOOK_DISCORD_API beside it")
        return cls(
            data=Path(data or environment.get("DAYBOOK_DATA") or _DEFAULT_FOLDER),
            token=(environment.get(TOKEN) or "").strip() or None,
            api=api,
            clock_file=Path(clock_file) if clock_file else None,
            most_subscriptions=_parse_most_subscriptions(environment.get("DAYBOOK_DAILY_POSTS")),
            starter=_parse_starter(environment.get("DAYBOOK_STARTER")),
            contact=_parse_contact(environment.get("DAYBOOK_CONTACT")),
            wikipedia=_parse_wikipedia(environment.get("DAYBOOK_WIKIPEDIA")),
            allowed_hosts=_parse_allowed_hosts(environment.get("DAYBOOK_ALLOW")),
            sources=_parse_sources(environment.get("DAYBOOK_SOURCES"), environment.get("DAYBOOK_CONTACT")),
            metrics=_parse_metrics(environment.get("DAYBOOK_METRICS")),
        )

    @property
    def archive(self) -> Path:
        """The archive's database."""
        return self.data / "archive.sqlite3"

    @property
    def ledger(self) -> Path:
        """The ledger's database."""
        return self.data / "ledger.sqlite3"

    @property
    def pages(self) -> Path:
        """The folder of fetched pages."""
        return self.data / "pages"

    @property
    def lock(self) -> Path:
        """The file that the running bot holds a lock on, so that there is only one."""
        return self.data / "run.lock"

    @property
    def health(self) -> Path:
        """The file that the running bot writes its heartbeats to."""
        return self.data / "health.json"


def _parse_most_subscriptions(value: str | None) -> int:
    if not value:
        return DEFAULT_SUBSCRIPTIONS
    # Digits are counted first: Python refuses to read very long numbers.
    if value.isascii() and value.isdigit() and len(value) <= len("25") and 1 <= int(value) <= _MAX_SUBSCRIPTIONS:
        return int(value)
    raise SettingsError(f"DAYBOOK_DAILY_POSTS is “{value}”: use a number from 1 to 25")


def _parse_starter(value: str | None) -> bool:
    if not value or value.lower() == "on":
        return True
    if value.lower() == "off":
        return False
    raise SettingsError(f"DAYBOOK_STARTER is “{value}”: it can be “on” (the default) or “off”")


def _parse_contact(value: str | None) -> str | None:
    """Parse the address that requests carry in their headers."""
    value = (value or "").strip()
    if not value:
        return None
    if not _CONTACT.fullmatch(value):
        raise SettingsError(f"DAYBOOK_CONTACT is “{value}”: use a mail address, or the address of a page about you")
    return value


def _parse_wikipedia(value: str | None) -> str:
    value = (value or WIKIPEDIA).rstrip("/")
    try:
        url = URL(value.replace("{language}", "en"))
        is_base = url.scheme in ("http", "https") and bool(url.host) and "{language}" in value and not url.query_string
    except ValueError:
        is_base = False
    if not is_base:
        raise SettingsError(f"DAYBOOK_WIKIPEDIA is “{value}”: use an address such as {WIKIPEDIA}")
    return value


def _parse_allowed_hosts(value: str | None) -> frozenset[str]:
    hosts = [host.strip().lower() for host in (value or "").split(",") if host.strip()]
    for host in hosts:
        if not _HOST_AND_PORT.fullmatch(host):
            raise SettingsError(f"DAYBOOK_ALLOW has “{host}”: use a host with its port, such as wiki.example:8080")
    return frozenset(hosts)


def _parse_sources(value: str | None, contact: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower() for name in (value or "").split(",") if name.strip()))
    for name in names:
        if name not in SOURCES:
            raise SettingsError(f"DAYBOOK_SOURCES has “{name}”: use {', '.join(SOURCES)}, separated by commas")
    if names and not (contact or "").strip():
        raise SettingsError(
            "DAYBOOK_SOURCES needs DAYBOOK_CONTACT: a mail address or a web page by which sites can reach you"
        )
    return names


def _parse_metrics(value: str | None) -> Address | None:
    """Parse a port, on this machine alone, or an address with its port."""
    if not value or value.lower() == "off":
        return None
    host, _, port = value.rpartition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= len("65535") and 1 <= int(port) <= _MAX_PORT
    if not is_port or (host and not _HOST_AND_PORT.fullmatch(value.lower())):
        raise SettingsError(f"DAYBOOK_METRICS is “{value}”: use a port such as 9464, or 0.0.0.0:9464")
    return Address(host.strip("[]") or "127.0.0.1", int(port))


def _parse_api(value: str | None) -> URL | None:
    """Parse the address that stands in for Discord; the token must never be sent to another machine."""
    if not value:
        return None
    try:
        url = URL(value)
        is_local = url.scheme == "http" and (url.host == "localhost" or ip_address(url.host or "").is_loopback)
    except ValueError:
        is_local = False
    if not is_local:
        reason = f"DAYBOOK_DISCORD_API is “{value}”: use an address on this machine, like http://127.0.0.1:8080/api/v10"
        raise SettingsError(reason)
    return url
