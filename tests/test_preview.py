"""The preview as a real process: its page, its end, and that it leaves the data alone."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.helpers.processes import Running, Shell, environment
from tests.helpers.samples import write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.process


class Page:
    """A page of the preview, asked as a browser asks it."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.session = session
        self.base, _, self.capability = address.partition("/#")
        self.state: dict[str, Any] = {}

    async def call(self, path: str, body: object | None = None) -> dict[str, Any]:
        headers = {"X-Simcord-Capability": self.capability}
        if self.state:
            headers["X-Simcord-Context"] = self.state["context"]["id"]
        method = "GET" if body is None else "POST"
        async with self.session.request(method, f"{self.base}/api/{path}", json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            answer: dict[str, Any] = await response.json()
            return answer

    async def open(self) -> list[dict[str, Any]]:
        """Open the page, and return its messages, oldest first."""
        self.state = await self.call("pages", {})
        return [self.state["messages"][row["id"]] for row in self.state["messageIndex"]]

    async def run(self, command: str, **options: str) -> dict[str, Any]:
        """Use a command as the page's first action, and return the receipt."""
        entries = (await self.call("commands"))["entries"]
        entry = next(entry for entry in entries if entry["invocation"] == command)
        action = {
            "protocol_version": 3,
            "sequence": 1,
            "request_id": "test",
            "generation": self.state["context"]["generation"],
            "bot_generation": self.state["botGeneration"],
            "published_revision": self.state["publishedRevision"],
            "kind": "run_command",
            "command_id": entry["commandId"],
            "path": entry["path"],
            "schema_fingerprint": entry["schemaFingerprint"],
            "options": options,
        }
        return await self.call("action", action)


@contextlib.asynccontextmanager
async def served_page(folder: Path) -> AsyncIterator[Page]:
    """Serve a preview of the folder's data, and hand out a page of it."""
    async with Running("preview", folder=folder) as process:
        await process.says("Ctrl-C ends it.", seconds=40)
        (address,) = re.findall(r"http://\S+", process.out)
        async with aiohttp.ClientSession() as session:
            yield Page(session, address)
        await process.stop()


def dump_ledger(folder: Path) -> list[str]:
    """Return all that the data's ledger holds, as SQL."""
    with contextlib.closing(sqlite3.connect(folder / "data" / "ledger.sqlite3")) as db:
        return list(db.iterdump())


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
async def test_the_page_is_served_here_until_a_signal_ends_it(tmp_path: Path, signal_number: signal.Signals) -> None:
    assert Shell(tmp_path)("stats").code == 0
    before = dump_ledger(tmp_path)
    more = {"TMPDIR": str(tmp_path / "temporary")}
    (tmp_path / "temporary").mkdir()
    async with Running("preview", "--port", "0", folder=tmp_path, more=more) as process:
        await process.says("Ctrl-C ends it.", seconds=40)
        (address,) = re.findall(r"http://\S+", process.out)
        assert urlsplit(address).hostname == "127.0.0.1"
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            assert response.status == 200
            assert response.content_type == "text/html"
            assert await response.text()
        answer = await process.stop(signal_number)
    assert answer.err == ""
    assert dump_ledger(tmp_path) == before
    assert list((tmp_path / "temporary").iterdir()) == []


async def test_two_signals_end_it_like_one(tmp_path: Path) -> None:
    async with Running("preview", folder=tmp_path) as process:
        await process.says("Ctrl-C ends it.", seconds=40)
        process.send(signal.SIGINT)
        answer = await process.stop(signal.SIGINT)
    assert answer.err == ""


async def test_the_page_comes_from_the_port_that_was_asked_for_or_one_line_says_why_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other_server:
        port = str(other_server.getsockname()[1])
        async with Running("preview", "--port", port, folder=tmp_path) as process:
            answer = await process.ended(40)
    assert (answer.code, answer.out) == (1, "")
    assert port in answer.complaint
    assert "--port" in answer.complaint
    async with Running("preview", "--port", port, folder=tmp_path) as process:
        await process.says(f"http://127.0.0.1:{port}/", seconds=40)
        await process.stop()


async def test_the_first_screen_says_what_to_try_above_a_card_with_an_image(tmp_path: Path) -> None:
    async with served_page(tmp_path) as page:
        welcome, card = await page.open()
        assert page.state["targetId"] == welcome["id"]
        assert welcome["content"].count("\n") == 1
        assert "`/topic International Space Station`" in welcome["content"]
        assert "/daily add" in welcome["content"]
        (embed,) = card["embeds"]
        assert embed["author"]["name"] == "March 24, 2017"
        images = [asset for asset in page.state["assets"].values() if asset["filename"] == "cover.png"]
        assert [asset["available"] for asset in images] == [True]


async def test_a_command_that_was_mistyped_is_answered_like_any_other(tmp_path: Path) -> None:
    async with served_page(tmp_path) as page:
        before = await page.open()
        receipt = await page.run("day", date="march 24")
        assert (receipt["settlement"], receipt["diagnostics"]) == ("settled", [])
        page.state = {}
        after = await page.open()
    (answer,) = after[len(before) :]
    assert "The year is missing" in answer["content"]


async def test_an_archive_without_images_is_shown_too(tmp_path: Path) -> None:
    write(tmp_path, "2011-04-05", "A lighthouse is lit")
    assert Shell(tmp_path).json("import", "news")["events"] == 1
    async with Running("preview", folder=tmp_path) as process:
        await process.says("Ctrl-C ends it.", seconds=40)
        answer = await process.stop()
    assert answer.err == ""


def test_without_its_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "simcord.py").write_text("raise ImportError")
    path = f"{tmp_path}{os.pathsep}{environment()['PYTHONPATH']}"
    answer = Shell(tmp_path)("preview", more={"PYTHONPATH": path})
    assert answer.code == 1
    assert "run “make preview” in a checkout" in answer.complaint


def test_data_that_cannot_be_used_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    answer = Shell(tmp_path)("preview")
    assert answer.code == 1
    assert "data" in answer.complaint
