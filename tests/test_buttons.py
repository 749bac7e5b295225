"""Menus and buttons below a card, on old messages too: the real bot in a simulated Discord."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.archive.importer import forget
from bot.cards import limits
from bot.client import Daybook
from bot.clock import SystemClock
from bot.domain.errors import ArchiveError
from bot.domain.page import key_of, topic_key_of
from bot.ledger.ledger import Ledger
from tests.helpers.archives import Import
from tests.helpers.samples import SEED, SEED_KEY, path_of, write
from tests.helpers.servers import card_text as text_of
from tests.helpers.servers import menu, open_topic, parts, seed_card

pytestmark = pytest.mark.simcord(shard_count=1)

Env = Any
Channel = Any
Reader = Any


async def test_each_of_the_ten_related_events_opens_and_leads_back(
    simcord_env: Env, reader: Reader, channel: Channel
) -> None:
    message = await seed_card(reader, channel)
    title = message.embeds[0].title
    for option in menu(message, "related")["options"]:
        simcord_env.backend.advance_clock(5)
        answer = await reader.select(message, [option["value"]])
        assert answer.acknowledged
        stub = message.embeds[0]
        assert stub.title != title
        assert stub.author.name.endswith(option["label"][:4])
        assert "its own page is not in this archive" in text_of(stub)
        assert (stub.url, stub.image.url) == (None, None)
        assert SEED_KEY in [back["value"] for back in menu(message, "related")["options"]]
        await reader.select(message, [SEED_KEY])
        assert message.embeds[0].title == title
        await reader.select(message, [option["value"]])
        await reader.click(message, label="Back")
        assert message.embeds[0].title == title
        assert "1 of 1 · March 24" in text_of(message.embeds[0]), "back in the list it came from"


async def test_a_menu_works_after_a_restart_more_than_a_year_later(
    simcord_env: Env, reader: Reader, channel: Channel, archive: Archive, ledger: Ledger
) -> None:
    message = await seed_card(reader, channel)
    option = menu(message, "related")["options"][3]
    simcord_env.backend.advance_clock(400 * 86400)
    await simcord_env.restart_bot(Daybook(archive=archive, ledger=ledger, clock=SystemClock(), shard_count=1))
    answer = await reader.select(message, [option["value"]])
    assert answer.acknowledged
    assert option["label"][11:60] in message.embeds[0].title


async def test_a_press_of_somebody_else_gives_a_copy_and_leaves_the_message(
    reader: Reader, other: Reader, channel: Channel
) -> None:
    message = await seed_card(reader, channel)
    title, option = message.embeds[0].title, menu(message, "related")["options"][0]
    copy = await other.select(message, [option["value"]])
    assert copy.ephemeral
    assert message.embeds[0].title == title
    assert copy.response.embeds[0].title != title
    back = await other.select(copy.response, [SEED_KEY])
    assert back.acknowledged
    assert copy.response.embeds[0].title == title, "one's own ephemeral copy is edited"


async def test_a_menu_on_a_message_without_a_command_gives_a_copy(
    simcord_env: Env, reader: Reader, channel: Channel
) -> None:
    options = [{"label": "An event", "value": SEED_KEY}]
    select = {"type": 3, "custom_id": f"related:{SEED_KEY}", "min_values": 1, "max_values": 1, "options": options}
    row = {"type": 1, "components": [select]}
    simcord_env.backend.create_message(channel.id, simcord_env.backend.bot_user.id, "Good morning", components=[row])
    answer = await reader.select(channel.last_message, [SEED_KEY])
    assert answer.ephemeral
    assert answer.response.embeds[0].author.name == "March 24, 2017"


async def test_an_event_that_is_gone_is_answered_with_a_sentence(reader: Reader, channel: Channel, file: Path) -> None:
    message = await seed_card(reader, channel)
    gone = menu(message, "related")["options"][0]["value"]
    forget(file, [gone])
    answer = await reader.select(message, [gone])
    assert answer.ephemeral
    assert "no longer in the archive" in answer.response.content


async def test_an_event_that_is_gone_is_not_replaced_by_another_when_shared_or_picked(
    reader: Reader, other: Reader, channel: Channel, file: Path
) -> None:
    message = await open_topic(reader, channel, name="NASA")
    copy = (await other.click(message, label="Next")).response
    picker = menu(message, "list")
    gone = picker["options"][1]["value"]
    forget(file, [gone])
    shared = await other.click(copy, label="Share")
    assert shared.ephemeral
    assert "no longer in the archive" in shared.response.content
    answer = await reader.select(message, [gone], custom_id=picker["custom_id"])
    assert "no longer in the archive" in answer.response.content
    await other.click(copy, label="Next")
    assert "1 of 10 · NASA" in text_of(copy.embeds[0]), "from where there is nothing, on to the first"


async def test_the_events_of_a_topic_can_be_gone_through(reader: Reader, channel: Channel) -> None:
    message = await open_topic(reader, channel, name="nasa")
    assert "1 of 11 · NASA" in text_of(message.embeds[0])
    titles = [message.embeds[0].title]
    for position in range(2, 12):
        await reader.click(message, label="Next")
        assert f"{position} of 11 · NASA" in text_of(message.embeds[0])
        titles.append(message.embeds[0].title)
    assert len(set(titles)) == 11
    await reader.click(message, label="Next")
    assert message.embeds[0].title == titles[0], "after the last comes the first"
    await reader.click(message, label="Previous")
    assert message.embeds[0].title == titles[-1]


async def test_a_search_can_be_gone_through(simcord_env: Env, reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "search", words='  "space   station"  ammonia ')).response
    assert '1 of 3 · “"space station" ammonia”' in text_of(message.embeds[0])
    first = message.embeds[0].title
    await reader.click(message, label="Next")
    await reader.click(message, label="Next")
    await reader.click(message, label="Next")
    assert message.embeds[0].title == first


async def test_the_longest_search_fits_its_buttons(
    tmp_path: Path, load: Import, reader: Reader, channel: Channel
) -> None:
    words = "語" * 60
    related = [("1999-01-01", f"Older {number}", "Things") for number in (1, 2)]
    load(*(write(tmp_path, f"200{year}-01-01", f"{words}{year}", related=related) for year in (1, 2)))
    message = (await reader.slash(channel, "search", words=words)).response
    assert max(len(part["custom_id"]) for part in parts(message)) <= 100
    await reader.click(message, label="Next")
    assert "2 of 2" in text_of(message.embeds[0])
    await reader.select(
        message, [menu(message, "related")["options"][0]["value"]], custom_id=menu(message, "related")["custom_id"]
    )
    assert max(len(part["custom_id"]) for part in parts(message)) <= 100
    await reader.click(message, label="Back")
    assert "2 of 2" in text_of(message.embeds[0])


async def test_day_buttons_lead_round_the_year(simcord_env: Env, reader: Reader, channel: Channel) -> None:
    message = await seed_card(reader, channel)
    days = [message.embeds[0].author.name]
    for _ in range(11):
        simcord_env.backend.advance_clock(5)
        await reader.click(message, label="Next day")
        days.append(message.embeds[0].author.name)
    assert days[:3] == ["March 24, 2017", "April 8, 2016", "April 24, 2017"]
    assert len(set(days)) == 11
    assert days[-1] == days[0]
    await reader.click(message, label="Previous day")
    assert message.embeds[0].author.name == days[-2]


async def test_day_buttons_lead_from_date_to_date(reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "day", date="2017-03-24")).response
    assert "1 of 1 · March 24, 2017" in text_of(message.embeds[0])
    await reader.click(message, label="Next day")
    assert message.embeds[0].author.name == "April 24, 2017"
    answer = await reader.click(message, label="Next day")
    assert answer.ephemeral
    assert "No other day" in answer.response.content
    assert message.embeds[0].author.name == "April 24, 2017", "the card stays where it is"
    await reader.click(message, label="Previous day")
    await reader.click(message, label="Previous day")
    assert message.embeds[0].author.name == "June 18, 2016"


async def test_another_event_of_the_list_can_be_picked(simcord_env: Env, reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "topic", name="NASA")).response
    picker = menu(message, "list")
    assert len(picker["options"]) == 11
    assert picker["options"][0]["value"] == SEED_KEY
    await reader.select(message, [picker["options"][6]["value"]], custom_id=picker["custom_id"])
    assert "7 of 11 · NASA" in text_of(message.embeds[0])
    assert picker["options"][6]["label"][11:50] in message.embeds[0].title
    await reader.click(message, label="Next")
    assert "8 of 11 · NASA" in text_of(message.embeds[0])


async def test_a_long_list_is_offered_in_parts(
    simcord_env: Env, tmp_path: Path, load: Import, reader: Reader, channel: Channel
) -> None:
    load(*(write(tmp_path, f"2001-01-{day:02}", f"Story {day}", topic="Tales") for day in range(1, 32)))
    message = (await reader.slash(channel, "topic", name="Tales")).response

    def picker() -> dict[str, Any]:
        return menu(message, "list")

    assert picker()["placeholder"] == "Pick from this list (1–25 of 31)…"
    await reader.select(message, [picker()["options"][24]["value"]], custom_id=picker()["custom_id"])
    await reader.click(message, label="Next")
    assert "26 of 31" in text_of(message.embeds[0])
    assert picker()["placeholder"] == "Pick from this list (26–31 of 31)…"


async def test_a_button_goes_on_from_its_event_however_the_list_has_changed(
    tmp_path: Path, load: Import, reader: Reader, channel: Channel
) -> None:
    message = await open_topic(reader, channel, name="NASA")
    # Comes first in the list, so that every position moves.
    better = [("A", "http://a.example/1"), ("B", "http://b.example/1"), ("C", "http://c.example/1")]
    load(
        write(
            tmp_path, "2001-01-01", "The best of all", topic="NASA", summary="Indeed.", sources=better,
            image="http://a.example/1.png", block="pick: yes",
        ),
        SEED,
    )  # fmt: skip
    await reader.click(message, label="Next")
    assert "3 of 12 · NASA" in text_of(message.embeds[0])
    assert message.embeds[0].author.name == "December 6, 2015"


async def test_a_private_copy_can_be_shared(reader: Reader, other: Reader, channel: Channel) -> None:
    message = await seed_card(reader, channel)
    assert "Share" not in [part.get("label") for part in parts(message)]
    copy = (await other.select(message, [menu(message, "related")["options"][0]["value"]])).response
    shared = await other.click(copy, label="Share")
    assert not shared.ephemeral
    assert shared.response.embeds[0].title == copy.embeds[0].title
    assert "Share" not in [part.get("label") for part in parts(shared.response)]
    await other.select(shared.response, [SEED_KEY])
    assert shared.response.embeds[0].author.name == "March 24, 2017", "it is the message of the one who shared it"
    third = await reader.select(shared.response, [menu(shared.response, "related")["options"][0]["value"]])
    assert third.ephemeral


async def test_a_shared_list_keeps_its_position(reader: Reader, other: Reader, channel: Channel) -> None:
    message = await open_topic(reader, channel, name="NASA")
    copy = (await other.click(message, label="Next")).response
    shared = (await other.click(copy, label="Share")).response
    assert "2 of 11 · NASA" in text_of(shared.embeds[0])


async def test_an_error_in_a_button_is_answered_and_logged_with_a_reference(
    simcord_env: Env, reader: Reader, channel: Channel, file: Path, caplog: pytest.LogCaptureFixture, archive: Archive
) -> None:
    message = await seed_card(reader, channel)
    option = menu(message, "related")["options"][0]["value"]
    # As if the file were lost under the running bot.
    for free in archive._readers._free:
        await free.connection.execute_fetchall("PRAGMA query_only = OFF")
    for name in ("archive.sqlite3-wal", "archive.sqlite3-shm"):
        (file.parent / name).unlink(missing_ok=True)
    file.write_bytes(b"no database any more" * 1000)
    answer = await reader.select(message, [option])
    assert answer.ephemeral
    reference = re.search(r"Reference: `([0-9a-f]{8})`", answer.response.content)
    assert reference
    assert reference[1] in caplog.text
    assert "sqlite" not in answer.response.content.lower()
    (error,) = simcord_env.errors
    assert isinstance(error, ArchiveError)


async def test_no_view_stays_in_memory(simcord_bot: Daybook, reader: Reader, channel: Channel) -> None:
    for _ in range(5):
        message = await open_topic(reader, channel, name="NASA")
        await reader.click(message, label="Next")
    store = simcord_bot._connection._view_store
    assert not store._views
    assert not store._synced_message_views


async def test_custom_ids_begin_with_their_buttons_name_and_fit(reader: Reader, channel: Channel) -> None:
    of = f"t{topic_key_of('nasa')}-20000101-20181231"
    message = (await reader.slash(channel, "topic", **{"name": "NASA", "from": "2000", "to": "2018"})).response
    ids = [part["custom_id"] for part in parts(message)]
    assert ids[:5] == [f"years:{of}", f"list:{of}", f"open:{of}", f"open:{of}-n", f"open:{of}-o"]
    assert [custom_id.partition(":")[0] for custom_id in ids[5:]] == ["about"] * 2
    await reader.click(message, label="Newest first")
    ids += (newest := [part["custom_id"] for part in parts(message)])
    assert [custom_id.partition(":")[0] for custom_id in newest] == ["list", "related", "prev", "next", "follow"]
    assert newest[0] == f"list:{of}-n"
    assert all(len(custom_id) <= 100 for custom_id in ids)


async def test_a_forged_press_is_answered_kindly(simcord_env: Env, reader: Reader, channel: Channel) -> None:
    nobody = "0" * 12
    for custom_id in (
        f"next:{nobody}:d0230", f"next:{nobody}:d9999", f"next:{nobody}:t{nobody}", f"prev:{nobody}:d0324y0000",
        f"back:{nobody}",
        f"next:{nobody}:d0324-{nobody}", f"open:t{nobody}-20009999-20010101", f"after:s{nobody}", f"another:{nobody}",
        f"share:{nobody}:s.*", "open:s***", f"follow:{nobody}", f"about:t{nobody}", "tell:d0324", f"open:f{nobody}",
    ):  # fmt: skip
        row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Next", "custom_id": custom_id}]}
        simcord_env.backend.create_message(channel.id, simcord_env.backend.bot_user.id, "Forged", components=[row])
        answer = await reader.click(channel.last_message, label="Next")
        assert answer.ephemeral
        assert "no longer in the archive" in answer.response.content


def test_a_key_is_as_long_as_the_custom_ids_expect() -> None:
    assert len(key_of(path_of("2001-01-01", "x"))) == 12
    assert limits.OPTION_TEXT == 100
