"""Log lines: a JSON object each for programs, aligned and coloured ones for a terminal; the token in none of them."""

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

HIDDEN = "[token]"
_FIRST = ("timestamp", "level", "logger", "event")
_TROUBLE = (OSError, aiohttp.ClientError, discord.DiscordException)


def set_up(*, token: str) -> None:
    """Send all that is logged, and Python's warnings, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(token=token, terminal=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # Its only news at this level is that a token is being used.
    logging.getLogger("discord.client").setLevel(logging.WARNING)


def formatter(*, token: str, terminal: bool) -> logging.Formatter:
    """Return what makes lines of records; ``token`` becomes ``[token]`` wherever it stands.

    A field of a line is given by ``extra={"reference": …}``.
    """
    with _hidden("rich"):
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
        _cut_short,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _Cleaner(token, terminal=terminal),
        # The default would show tracebacks with the values of local variables.
        structlog.dev.ConsoleRenderer(
            colors=not os.environ.get("NO_COLOR"), exception_formatter=structlog.dev.plain_traceback
        )
        if terminal
        else structlog.processors.JSONRenderer(),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=fields, processors=lines)


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Let imports in the block go as if a module were not installed.

    structlog imports rich wherever it is, for tracebacks that are not shown here: a tenth of a start, and 3 MiB.
    """
    kept = sys.modules.get(module)
    # What Python itself takes for missing.
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if kept is not None:
            sys.modules[module] = kept


def _cut_short(_logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
    """Tell a broken line to Discord by its cause: it is made anew, and where it broke is no news."""
    error = line["exc_info"][1] if line["logger"] == "discord.shard" and line.get("exc_info") else None
    if isinstance(error, _TROUBLE):
        del line["exc_info"]
        line["cause"] = f"{type(error).__name__}: {error}"
    return line


@dataclass(frozen=True, slots=True)
class _Cleaner:
    """Takes the token out of a line's values, in whatever they hold; and off a terminal what it would obey."""

    token: str
    terminal: bool

    def __call__(self, _logger: "WrappedLogger", _method: str, line: "EventDict") -> "EventDict":
        names = [*(name for name in _FIRST if name in line), *(name for name in line if name not in _FIRST)]
        return {name: self._value(line[name]) for name in names}

    def _value(self, value: object) -> Any:  # noqa: ANN401  (what JSON can say)
        match value:
            case str():
                return self._text(value)
            case Mapping():
                return {self._text(str(name)): self._value(inner) for name, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._value(inner) for inner in value]
            case None | bool() | int() | float() if self.token not in str(value) and _in_json(value):
                return value
            case _:
                return self._text(repr(value))

    def _text(self, text: str) -> str:
        text = text.replace(self.token, HIDDEN)
        if self.terminal:
            text = "".join(mark if mark.isprintable() or mark in "\n\t" else "\ufffd" for mark in text)
        return text


def _in_json(value: float | None) -> bool:
    """Tell whether JSON has a number for it."""
    return not isinstance(value, float) or isfinite(value)
