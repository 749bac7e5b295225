"""Slow answers, other languages and user installs: the real bot in this process, on a Discord of our own."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import READERS, Archive
from bot.domain.page import topic_key_of
from bot.ledger.preferences import Preferences
from bot.screens.reply import Reply
from tests.discord_double.double import DiscordDouble
from tests.discord_double.gateway import until
from tests.discord_double.limits import custom_id_starting
from tests.helpers.archives import Import
from tests.helpers.samples import SEED, SEED_KEY, write
from tests.helpers.serving import serving

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE = 4, 5, 6


@pytest.fixture
async def double(load: Import, archive: Archive, tmp_path: Path) -> AsyncIterator[DiscordDouble]:
    load(SEED)
    async with serving(archive, tmp_path) as double:
        yield double


@asynccontextmanager
async def busy(archive: Archive, readers: int = READERS) -> AsyncIterator[None]:
    """Keep so many of the archive's readers busy with something else until the end of the block."""
    for _ in range(readers):
        await archive._readers._any.acquire()
    try:
        yield
    finally:
        for _ in range(readers):
            archive._readers._any.release()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take anything for slow that is not answered at once."""
    monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.01)


@pytest.mark.usefixtures("impatient")
async def test_a_slow_command_is_announced_in_time_and_then_answered(double: DiscordDouble, archive: Archive) -> None:
    async with busy(archive):
        answer = await double.slash("onthisday", {"date": "March 24"})
        assert answer.type == DEFERRED_MESSAGE
        assert not answer.ephemeral
    await answer.finished()
    assert answer.embeds[0]["author"]["name"] == "March 24, 2017"


@pytest.mark.usefixtures("impatient")
async def test_a_slow_press_keeps_the_card_until_it_is_answered(double: DiscordDouble, archive: Archive) -> None:
    message = await double.slash("onthisday", {"date": "March 24"})
    await message.finished()
    async with busy(archive):
        own = await double.press(message, custom_id_starting(message, "after:"))
        assert own.type == DEFERRED_UPDATE
        copy = await double.press(message, custom_id_starting(message, "after:"), user_id=4242)
        assert (copy.type, copy.ephemeral) == (DEFERRED_MESSAGE, True)
    await copy.finished()
    assert copy.embeds[0]["author"]["name"] == "April 8, 2016"
    await until(lambda: message.embeds[0]["author"]["name"] == "April 8, 2016")


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_takes_too_long_is_given_up_kindly(
    double: DiscordDouble, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.screens.reply.GIVE_UP_AFTER", 0.05)
    message = await double.slash("onthisday", {"date": "March 24"})
    await message.finished()
    async with busy(archive):
        answer = await double.slash("search", {"words": "nasa"})
        await answer.finished()
        assert "took too long" in answer.content
        press_answer = await double.press(message, custom_id_starting(message, "after:"))
        await until(lambda: press_answer.followups)
        assert "took too long" in press_answer.followups[0]["content"]
        assert message.embeds[0]["author"]["name"] == "March 24, 2017"
    monkeypatch.undo()
    assert (await (await double.slash("search", {"words": "nasa"})).finished()).embeds


async def test_a_slow_question_holds_up_nobody_else(double: DiscordDouble, archive: Archive) -> None:
    forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    slow = [asyncio.create_task(archive._rows(forever, {})) for _ in range(READERS - 1)]
    try:
        for _ in range(5):
            answer = await double.slash("topic", {"name": "NASA"})
            assert (answer.type, answer.ephemeral) == (MESSAGE, False)
    finally:
        for question in slow:
            question.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_menu_of_years_from_before_it_knew_of_dates_still_answers(double: DiscordDouble) -> None:
    custom_id = f"years:{topic_key_of('nasa')}"
    option = {"label": "2013 (2)", "value": "2013"}
    old = {
        "id": "1400000000000000000",
        "content": "",
        "components": [
            {"type": 1, "components": [{"type": 3, "custom_id": custom_id, "options": [option]}]},
        ],
    }
    answer = await (await double.press(old, custom_id, ["2013"])).finished()
    assert "NASA · oldest first" in answer.embeds[0]["footer"]["text"]


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en-US", "The archive has nothing for March 4."),
        ("en-GB", "The archive has nothing for 3 April."),
        ("de", "Das Archiv hat nichts zum 3. April."),
        ("zh-CN", "事件库里没有3月4日的事件。"),
    ],
)
async def test_an_ambiguous_day_follows_the_readers_language_and_is_named(
    double: DiscordDouble, locale: str, sentence: str
) -> None:
    answer = await double.slash("onthisday", {"date": "3/4"}, locale=locale)
    assert sentence in answer.content


async def test_chinese_is_shown_in_the_readers_script(double: DiscordDouble, load: Import, tmp_path: Path) -> None:
    load(write(tmp_path, "2001-05-06", "國際太空站迎來新乘員", topic="太空"))
    titles = {}
    for locale in ("zh-CN", "zh-TW", "fr"):
        answer = await double.slash("day", {"date": "2001-05-06"}, locale=locale)
        titles[locale] = answer.embeds[0]["title"]
        assert (await double.autocomplete("topic", {"name": "太"}, focused="name", locale=locale)).choices
    assert titles == {"zh-CN": "国际太空站迎来新乘员", "zh-TW": "國際太空站迎來新乘員", "fr": "國際太空站迎來新乘員"}


async def test_it_answers_where_only_a_person_added_it(double: DiscordDouble) -> None:
    where: dict[str, Any] = {"user_install": True, "guild_id": 404, "user_id": 77}
    message = await double.slash("topic", {"name": "NASA"}, **where)
    assert (message.type, message.ephemeral) == (MESSAGE, False)
    await double.press(message, custom_id_starting(message, "open:"), **where)
    await double.press(message, custom_id_starting(message, "next:"), **where)
    assert "2 of 11" in message.embeds[0]["footer"]["text"]
    direct_message = await double.slash("day", {"date": "2017-03-24"}, dm=True)
    press_answer = await double.press(
        direct_message,
        custom_id_starting(direct_message, "related:"),
        [direct_message.components[0]["components"][0]["options"][0]["value"]],
    )
    assert SEED_KEY in custom_id_starting(direct_message, "back:")
    assert press_answer.type == 7


async def test_an_error_takes_the_place_of_a_public_announcement(
    double: DiscordDouble, archive: Archive, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A follow-up would stand there for all to see beside "is thinking…", for ever."""

    async def lost(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(0.05)
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(archive, "_rows", lost)
    answer = await double.slash("topic", {"name": "NASA"})
    assert answer.type == DEFERRED_MESSAGE
    await answer.finished()
    assert "Reference: `" in answer.content
    assert "disk" not in answer.content
    assert not answer.followups


@pytest.mark.usefixtures("impatient")
async def test_a_command_that_waits_twice_is_announced_once(double: DiscordDouble) -> None:
    zones: list[str] = []

    def find(typed: str) -> str:
        time.sleep(0.1)
        zones.append(typed)
        return "Europe/Berlin"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["cogs.settings"], "find_zone", find)
        patch.setattr(Preferences, "set_zone", lambda *_, **__: asyncio.sleep(0.1))
        answer = await (await double.slash("settings timezone", {"zone": "Berlin"})).finished()
    assert zones == ["Berlin"]
    assert "“Today” is" in answer.content


@pytest.mark.usefixtures("impatient")
async def test_an_answer_comes_though_it_could_not_be_announced(
    double: DiscordDouble, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(self: Reply) -> None:
        raise OSError("the line is down")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reply, "_defer", broken)
        patch.setattr(Preferences, "set_private", lambda *_, **__: asyncio.sleep(0.1))
        answer = await double.slash("settings private", {"value": "on"})
    assert "only you can see" in answer.content
    assert "could not be announced: the line is down" in caplog.text
