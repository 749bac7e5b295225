"""Has a feed's document read in a process of its own: whatever stands in it, it costs some seconds and some memory.

The process gets a line of JSON with the content type and the address, then the bytes; it answers with JSON.
"""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from bot.domain.errors import FetchError
from bot.domain.feed import FeedDocument
from bot.processes import helper_environment
from bot.sources.feed_document import from_json, read_document, to_json

# How long a document may take, in seconds; a large one takes three.
TIMEOUT = 30.0
# Two hundred items as long as they can be are less than this.
_MOST_OUTPUT = 8 * 2**20
_MOST_MEMORY = 2**30
_COMMAND = (sys.executable, "-m", "bot.sources.feed_process")
# The folder that has the package "bot": Python looks for it where the process starts, wherever Daybook was started.
_WORKING_FOLDER = Path(__file__).parents[2]


async def read_in_process(data: bytes, content_type: str, address: str, *, seconds: float = TIMEOUT) -> FeedDocument:
    """Return what a document says. Raises FetchError if it cannot be read within time and memory."""
    try:
        async with asyncio.timeout(seconds):
            return from_json(await _run(json.dumps([content_type, address]).encode() + b"\n" + data))
    except TimeoutError as error:
        raise FetchError(f"{address} takes too long to read: what it said before stays") from error
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise FetchError(f"{address} cannot be read: what it answers is too much, or too broken") from error


async def _run(question: bytes) -> bytes:
    """Return the answer of a process, which never outlives this call. Raises OSError, ValueError."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=_WORKING_FOLDER, env=helper_environment(os.environ), start_new_session=True,
    )  # fmt: skip
    try:
        return await _ask(process, question)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _ask(process: asyncio.subprocess.Process, question: bytes) -> bytes:
    """Return the answer, and no more of it than there can be. Raises OSError, ValueError."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("a process without pipes")
    stdin, stdout = process.stdin, process.stdout

    async def write() -> None:
        # It may have ended before it has read everything.
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(question)
            await stdin.drain()
        stdin.close()

    writing = asyncio.ensure_future(write())
    try:
        answer = bytearray()
        while chunk := await stdout.read(2**16):
            answer += chunk
            if len(answer) > _MOST_OUTPUT:
                raise ValueError("an answer that is too long")
        # Before anybody kills it: to kill what has just ended confuses asyncio.
        await process.wait()
        return bytes(answer)
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


def main() -> None:
    """Read one document from stdin, and answer on stdout."""
    _limit()
    head, _, data = sys.stdin.buffer.read().partition(b"\n")
    content_type, address = json.loads(head)
    sys.stdout.buffer.write(to_json(read_document(data, content_type, address)))
    sys.stdout.buffer.flush()


def _limit() -> None:
    """Take no more memory and time than a document needs, where the system can be asked for that."""
    # Windows has no such module.
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(TIMEOUT), int(TIMEOUT) + 1))


if __name__ == "__main__":
    main()
