"""Turns between people: nobody's slow questions hold up the others, and nobody asks without end."""

import asyncio
from pathlib import Path

import pytest

from bot.client import Daybook
from bot.domain.text import search_terms
from bot.turns import TurnError, Turns, set_asker
from tests.helpers.samples import SEED
from tests.helpers.servers import Server, write_tales


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return [SEED, *write_tales(tmp_path)]


async def test_the_things_of_one_person_come_one_after_the_other_and_others_in_between() -> None:
    turns, order = Turns(), []

    async def thing(person: int | None, number: int) -> None:
        if person is not None:
            set_asker(person)
        async with turns.turn():
            order.append(f"{person} begins {number}")
            await asyncio.sleep(0.01)
            order.append(f"{person} ends {number}")

    await asyncio.gather(*(asyncio.create_task(thing(person, number)) for person in (1, 2, None) for number in (1, 2)))
    for person in (1, 2):
        of_person = [line for line in order if line.startswith(str(person))]
        assert of_person == [f"{person} {word} {number}" for number in (1, 2) for word in ("begins", "ends")]
    # Nobody waits for another person, and what nobody asked for waits for nothing.
    assert {line for line in order[:4] if "begins" in line} == {
        "1 begins 1",
        "2 begins 1",
        "None begins 1",
        "None begins 2",
    }


async def test_time_that_is_used_up_comes_back() -> None:
    turns = Turns(burst=0.2, share=1.0)
    set_asker(1)
    async with turns.turn() as count:
        count(0.5)
    async with turns.turn():
        # A question that has begun is answered whole.
        pass
    set_asker(1)
    with pytest.raises(TurnError, match="try again in 1 s"):
        async with turns.turn():
            pytest.fail("there is no time left")
    set_asker(2)
    async with turns.turn():
        pass
    set_asker(1)
    await asyncio.sleep(0.35)
    async with turns.turn():
        pass


async def test_a_turn_that_fails_or_is_given_up_is_over() -> None:
    turns = Turns()
    set_asker(1)
    with pytest.raises(ZeroDivisionError):
        async with turns.turn():
            raise ZeroDivisionError
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), turns.turn():
            await asyncio.sleep(1)
    async with asyncio.timeout(1), turns.turn():
        pass


async def test_budgets_that_are_full_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turns._MOST_BUDGETS", 10)
    turns = Turns(burst=0.01, share=1.0)
    for person in range(100):
        set_asker(person)
        async with turns.turn() as count:
            count(0.02)
        await asyncio.sleep(0.005)
    assert turns.budgets <= 11


@pytest.mark.simcord(shard_count=1)
async def test_who_has_used_up_their_time_is_asked_to_wait_and_others_are_answered(
    server: Server, simcord_bot: Daybook, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (await server.ask(server.member, "search", words="spacewalk")).ephemeral
    # As if that had taken long.
    turns = simcord_bot.archive._readers._turns
    monkeypatch.setattr(turns, "_left", {server.member.id: (-1.0, asyncio.get_running_loop().time())})
    refused = await server.ask_refused(TurnError, server.member, "search", words="astronaut")
    assert refused.startswith("Too many requests: please try again in")
    # What is not slow is answered, and so are others.
    assert not (await server.ask(server.member, "onthisday", date="March 24")).ephemeral
    assert not (await server.ask(server.other_member, "search", words="station")).ephemeral


@pytest.mark.parametrize("typed", ["a*", "1*", "é*", '"the a"*', "a* b*"])
def test_beginnings_of_one_letter_are_taken_for_words(typed: str) -> None:
    assert not any(term.prefix for term in search_terms(typed))


@pytest.mark.parametrize("typed", ["as*", "一"])
def test_longer_beginnings_and_chinese_characters_are_beginnings(typed: str) -> None:
    assert all(term.prefix for term in search_terms(typed))
