"""Answers that get lost on the way, or that Discord refuses: the real bot in this process, on a Discord of our own."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import READERS, Archive
from tests.discord_double.double import Answer, DiscordDouble
from tests.discord_double.gateway import ALL, CHANNEL, EPHEMERAL, LOADING, until
from tests.discord_double.limits import custom_id_starting
from tests.helpers.archives import Import
from tests.helpers.samples import SEED
from tests.helpers.serving import serving
from tests.test_slow import busy

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE = 4, 5, 6, 7
CALLBACK = "/interactions/.*/callback"
EDIT = "/webhooks/.*/messages/@original"
HTML = "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"
# How Discord may say that it has taken an answer, without saying so: status and body.
BADLY: dict[str, tuple[int, Any]] = {
    "a bad gateway": (502, HTML),
    "a gateway that waits no longer": (504, HTML),
    "a cut line": (0, None),
    "a page of HTML": (200, HTML),
    "a list": (200, []),
    "an empty object": (200, {}),
    "JSON that is cut off": (200, b'{"interaction": {'),
}
DAILY = {"channel": CHANNEL, "time": "9am", "timezone": "UTC"}
ORDERED = "Daily post 1 is set up"
WRONG_IMAGE = {"code": 50035, "message": "Invalid Form Body", "errors": {"embeds": {"0": {"image": {}}}}}


@pytest.fixture
async def double(load: Import, archive: Archive, tmp_path: Path) -> AsyncIterator[DiscordDouble]:
    load(SEED)
    async with serving(archive, tmp_path) as double:
        yield double


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take anything for slow that is not answered at once."""
    monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.01)


async def daily(double: DiscordDouble, command: str, **options: Any) -> Answer:
    return await double.slash(f"daily {command}", options, permissions=ALL)


def is_thinking(answer: Answer) -> bool:
    return bool((answer.message or {}).get("flags", 0) & LOADING)


# Taken, but answered badly


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", BADLY)
async def test_a_deferral_that_was_taken_but_answered_badly_counts(
    double: DiscordDouble, archive: Archive, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, body = BADLY[name]
    double.fail_next("POST", CALLBACK, status, body=body, before_effect=False)
    async with busy(archive, READERS):
        answer = await double.slash("onthisday", {"date": "March 24"})
        assert answer.type == DEFERRED_MESSAGE
        assert is_thinking(answer)
    await until(lambda: not is_thinking(answer))
    assert answer.embeds[0]["author"]["name"] == "March 24, 2017"
    assert not answer.followups
    assert "reference" not in caplog.text


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", ["a bad gateway", "a cut line", "a page of HTML", "JSON that is cut off"])
async def test_a_press_whose_deferral_was_answered_badly_is_answered(
    double: DiscordDouble, archive: Archive, name: str
) -> None:
    status, body = BADLY[name]
    message = await double.slash("onthisday", {"date": "March 24"})
    await message.finished()
    double.fail_next("POST", CALLBACK, status, body=body, times=2, before_effect=False)
    async with busy(archive):
        own = await double.press(message, custom_id_starting(message, "after:"))
        copy = await double.press(message, custom_id_starting(message, "after:"), user_id=4242)
        assert (own.type, copy.type) == (DEFERRED_UPDATE, DEFERRED_MESSAGE)
    await until(lambda: message.embeds[0]["author"]["name"] == "April 8, 2016")
    await until(lambda: not is_thinking(copy))
    assert copy.embeds[0]["author"]["name"] == "April 8, 2016"
    assert not own.followups


@pytest.mark.usefixtures("impatient")
async def test_a_deferral_of_which_nobody_knows_is_found_out_by_the_answer(
    double: DiscordDouble, archive: Archive
) -> None:
    # The first is taken, and neither it nor its repetition is confirmed.
    double.fail_next("POST", CALLBACK, 0, before_effect=False)
    double.fail_next("POST", CALLBACK, 0)
    async with busy(archive):
        taken = await double.slash("onthisday", {"date": "March 24"})
        await until(lambda: len(double.calls("POST", CALLBACK)) == 2)
    await taken.finished()
    assert taken.embeds
    # Neither is taken: the answer comes by itself.
    double.fail_next("POST", CALLBACK, 0, times=2)
    async with busy(archive):
        asked = asyncio.create_task(double.slash("onthisday", {"date": "April 8"}))
        await until(lambda: len(double.calls("POST", CALLBACK)) == 4)
    lost = await asked
    assert (lost.type, len(lost.embeds)) == (MESSAGE, 1)


@pytest.mark.parametrize("name", BADLY)
async def test_an_answer_that_was_taken_but_answered_badly_is_not_said_to_have_failed(
    double: DiscordDouble, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, body = BADLY[name]

    async def taken(request: Awaitable[Answer]) -> Answer:
        """Make a request whose answer is taken, but answered badly, and wait until the bot has got over it."""
        before = caplog.text.count("counts as arrived")
        double.fail_next("POST", CALLBACK, status, body=body, before_effect=False)
        answer = await request
        await until(lambda: caplog.text.count("counts as arrived") == before + 1)
        return answer

    message = await taken(double.slash("onthisday", {"date": "March 24"}))
    press_answer = await taken(double.press(message, custom_id_starting(message, "after:")))
    await until(lambda: message.embeds[0]["author"]["name"] == "April 8, 2016")
    refused = await taken(double.slash("onthisday", {"date": "zzz"}))
    await asyncio.sleep(0.1)
    assert (message.type, press_answer.type, refused.type) == (MESSAGE, UPDATE, MESSAGE)
    assert not [*message.followups, *press_answer.followups, *refused.followups]
    assert "reference" not in caplog.text


@pytest.mark.parametrize("failures", [1, 2])
async def test_an_answer_that_did_not_arrive_is_made_again(double: DiscordDouble, failures: int) -> None:
    double.fail_next("POST", CALLBACK, 0, times=failures)
    answer = await double.slash("onthisday", {"date": "March 24"})
    assert (answer.type, len(answer.embeds)) == (MESSAGE, 1)


async def test_an_edit_that_got_lost_is_made_again(double: DiscordDouble, archive: Archive, impatient: None) -> None:
    double.fail_next("PATCH", EDIT, 0)
    async with busy(archive):
        answer = await double.slash("onthisday", {"date": "March 24"})
    await answer.finished()
    assert answer.embeds


# Changes that were made


@pytest.mark.parametrize("name", BADLY)
async def test_a_change_is_reported_once_though_its_answer_was_answered_badly(double: DiscordDouble, name: str) -> None:
    status, body = BADLY[name]
    double.fail_next("POST", CALLBACK, status, body=body, before_effect=False)
    answer = await daily(double, "add", **DAILY)
    await until(lambda: answer.embeds)
    assert answer.embeds[0]["title"] == ORDERED
    assert not answer.followups


async def test_a_change_whose_answer_fails_is_said_to_stand(double: DiscordDouble) -> None:
    refusal = {"message": "Missing Permissions", "code": 50013}
    for command, options, made in (
        ("add", DAILY, ORDERED),
        ("edit", {"count": 3}, "Daily post 1 is changed"),
        ("pause", {}, "Daily post 1 is paused; `/daily resume` resumes it."),
        ("resume", {}, "Daily post 1 is resumed"),
    ):
        double.fail_next("POST", CALLBACK, 403, body=refusal)
        answer = await daily(double, command, **options)
        assert answer.content == f"{made}\nThat is done; only the full answer could not be shown."
        assert answer.ephemeral
    double.fail_next("POST", CALLBACK, 403, body=refusal)
    answer = await double.slash("settings private", {"value": "on"})
    assert "That is done" in answer.content
    assert "went wrong" not in answer.content


@pytest.mark.usefixtures("impatient")
async def test_a_change_that_takes_long_is_not_said_to_be_given_up(
    double: DiscordDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.screens.reply.GIVE_UP_AFTER", 0.2)
    # Somebody else writes into the ledger's file meanwhile.
    other = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = await (await daily(double, "add", **DAILY)).finished()
    assert "is taking longer than usual and is still running" in answer.content
    other.execute("COMMIT")
    other.close()
    monkeypatch.setattr("bot.screens.reply.GIVE_UP_AFTER", 20)
    again = await (await daily(double, "add", **DAILY)).finished()
    assert "That daily post already exists: number 1" in again.content


@pytest.mark.usefixtures("impatient")
async def test_a_change_goes_on_though_its_answer_was_given_up(
    double: DiscordDouble, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.screens.reply.GIVE_UP_AFTER", 0.1)
    async with busy(archive):
        answer = await (await daily(double, "add", **DAILY, topic="NASA")).finished()
        assert "still running" in answer.content
    monkeypatch.setattr("bot.screens.reply.GIVE_UP_AFTER", 20)
    for _ in range(10):
        answer = await (await daily(double, "list")).finished()
        if "fields" in answer.embeds[0]:
            return
        await asyncio.sleep(0.2)
    pytest.fail("the change did not go on")


async def test_a_second_daily_post_with_the_same_options_is_pointed_out(double: DiscordDouble) -> None:
    assert (await daily(double, "add", **DAILY)).embeds
    again = await daily(double, "add", **DAILY | {"time": "9:00"})
    assert again.content == (
        "That daily post already exists: number 1 has exactly the same options, so nothing was set up. `/daily edit`"
        " changes it."
    )
    await daily(double, "pause")
    assert "paused: number 1" in (await daily(double, "add", **DAILY)).content
    assert (await daily(double, "add", **DAILY, count=3)).embeds[0]["title"] == "Daily post 2 is set up"


# What Discord refuses


@pytest.mark.parametrize("slow", [False, True])
async def test_an_image_that_discord_refuses_costs_the_image_and_not_the_answer(
    double: DiscordDouble, archive: Archive, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if slow:
        monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.01)
    double.fail_next("PATCH" if slow else "POST", EDIT if slow else CALLBACK, 400, body=WRONG_IMAGE)
    async with busy(archive, READERS * slow):
        asked = asyncio.create_task(double.slash("day", {"date": "2017-03-24"}))
        await asyncio.sleep(0.1)
    answer = await (await asked).finished()
    (card,) = answer.embeds
    assert card["title"]
    assert not {"image", "url"} & set(card)
    whole = (await (await double.slash("day", {"date": "2017-03-24"})).finished()).embeds[0]
    assert {"image", "url"} <= set(whole)
    assert card["description"] == whole["description"]


@pytest.mark.parametrize(
    ("status", "code"), [(429, 30046), (400, 50083), (403, 50001)], ids=["too many edits", "archived", "not seen"]
)
@pytest.mark.parametrize("slow", [False, True])
async def test_a_press_whose_message_cannot_be_edited_gets_a_private_copy(
    double: DiscordDouble, archive: Archive, status: int, code: int, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await double.slash("onthisday", {"date": "March 24"})
    before = message.embeds
    if slow:
        monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.01)
    body = {"message": "no", "code": code, "retry_after": 0.01, "global": False}
    times = 5 if status == 429 else 1
    double.fail_next("PATCH" if slow else "POST", EDIT if slow else CALLBACK, status, body=body, times=times)
    async with busy(archive, READERS * slow):
        asked = asyncio.create_task(double.press(message, custom_id_starting(message, "after:")))
        await asyncio.sleep(0.1)
    answer = await asked
    if slow:
        await until(lambda: answer.followups)
    copy = answer.followups[0] if slow else answer.message
    assert copy is not None
    assert copy["flags"] & EPHEMERAL
    assert copy["embeds"][0]["author"]["name"] == "April 8, 2016"
    assert message.embeds == before
    assert "Show to all" in str(copy["components"]) or "share" in str(copy["components"])


# Commands that are not what they were


@pytest.mark.parametrize("changed", ["command", "option"])
async def test_who_uses_a_command_that_has_changed_is_told_to_reload_discord(
    double: DiscordDouble, changed: str, caplog: pytest.LogCaptureFixture
) -> None:
    (topic,) = [command for command in double.commands[None] if command["name"] == "topic"]
    if changed == "command":
        topic["name"] = "theme"
        answer = await double.slash("theme", {"name": "NASA"})
    else:
        topic["options"][0]["name"] = "called"
        answer = await double.slash("topic", {"called": "NASA"})
    assert "reload Discord" in answer.content
    assert answer.ephemeral
    assert "reference" not in caplog.text
