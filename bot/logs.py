"""Log lines: JSON objects for programs, aligned and coloured text for a terminal; the token is in none of them."""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

# What stands in a line where the token was.
TOKEN_MASK = "[token]"  # noqa: S105  (it stands for one)
_LEADING_FIELDS = ("timestamp", "level", "logger", "event")
_CONNECTION_ERRORS = (OSError, aiohttp.ClientError, discord.DiscordException)


def set_up(*, token: str) -> None:
    """Write all log records, and Python's warnings, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(token=token, terminal=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # All that it has to say at INFO is that a token is being used.
    logging.getLogger("discord.client").setLevel(logging.WARNING)


def formatter(*, token: str, terminal: bool) -> logging.Formatter:
    """Return a formatter that writes a record as one line; ``token`` becomes ``[token]`` wherever it stands.

    A record's ``extra={"reference": …}`` becomes a field of the line.
    """
    with _import_blocked("rich"):
        import structlog

    add_time = structlog.processors.TimeStamper(
        fmt="%Y-%m-%d %H:%M:%S" if terminal else "iso", utc=not terminal, key="timestamp"
    )
    fields: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_time,
        structlog.stdlib.ExtraAdder(),
    ]
    lines: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _shorten_reconnect,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _Sanitiser(token, terminal=terminal),
        # The default would show tracebacks with the values of local variables.
        structlog.dev.ConsoleRenderer(
            colors=not os.environ.get("NO_COLOR"), exception_formatter=structlog.dev.plain_traceback
        )
        if terminal
        else structlog.processors.JSONRenderer(),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=fields, processors=lines)


@contextmanager
def _import_blocked(module: str) -> Iterator[None]:
    """Import in the block as if a module were not installed.

    structlog imports rich where it is installed, for tracebacks that are not wanted here. Without it a start imports in
    12 % less time and the bot holds 5 MiB less.
    """
    original = sys.modules.get(module)
    # Python's own mark of a module that cannot be imported.
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if original is not None:
            sys.modules[module] = original


def _shorten_reconnect(_logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
    """Replace the traceback of a lost connection to Discord by its cause: it is often lost, and made again."""
    error = line["exc_info"][1] if line["logger"] == "discord.shard" and line.get("exc_info") else None
    if isinstance(error, _CONNECTION_ERRORS):
        del line["exc_info"]
        line["cause"] = f"{type(error).__name__}: {error}"
    return line


@dataclass(frozen=True, slots=True)
class _Sanitiser:
    """Masks the token in a line's values, however deep; for a terminal, also replaces control characters."""

    token: str
    terminal: bool

    def __call__(self, _logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
        leading = [name for name in _LEADING_FIELDS if name in line]
        names = [*leading, *(name for name in line if name not in leading)]
        return {name: self._value(line[name]) for name in names}

    def _value(self, value: object) -> Any:  # noqa: ANN401  (what JSON can say)
        match value:
            case str():
                return self._text(value)
            case Mapping():
                return {self._text(str(name)): self._value(item) for name, item in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._value(item) for item in value]
            case None | bool() | int() | float() if self.token not in str(value) and _is_json(value):
                return value
            case _:
                return self._text(repr(value))

    def _text(self, text: str) -> str:
        text = text.replace(self.token, TOKEN_MASK)
        if self.terminal:
            text = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
        return text


def _is_json(value: float | None) -> bool:
    """Return whether JSON can hold a number: it has no infinity and no NaN."""
    return not isinstance(value, float) or isfinite(value)
