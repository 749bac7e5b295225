"""Slash commands, menus and buttons where members meet them: the real bot in a simulated Discord."""

import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Import
from samples import SEED, SEED_KEY, path_of, write
from servers import card_text as text_of
from servers import menu, parts

from bot.archive.archive import Archive
from bot.archive.importer import forget
from bot.cards import limits
from bot.cards.screens import random_screen
from bot.client import Daybook
from bot.errors import ArchiveError, DateError
from bot.event import key_of, topic_key_of
from bot.ledger.ledger import Ledger

pytestmark = pytest.mark.simcord(shard_count=1)

Env = Any
Channel = Any
Reader = Any


@pytest.fixture
def env(simcord_env: Env) -> Env:
    return simcord_env


async def seed_card(reader: Reader, channel: Channel) -> Any:
    answer = await reader.slash(channel, "onthisday", date="March 24")
    assert answer.acknowledged
    assert not answer.ephemeral
    return answer.response


async def of_topic(reader: Reader, channel: Channel, **options: str) -> Any:
    """Ask for a topic, and open its events, the best first."""
    message = (await reader.slash(channel, "topic", **options)).response
    await reader.click(message, label="Best first")
    return message


async def test_a_day_shows_its_best_event_whole(reader: Reader, channel: Channel) -> None:
    message = await seed_card(reader, channel)
    (embed,) = message.embeds
    assert embed.author.name == "March 24, 2017"
    assert embed.title.startswith("NASA astronaut Shane Kimbrough")
    assert embed.url == "http://www.space.com/36198-space-station-astronauts-march-24-spacewalk-webcast.html"
    assert embed.image.url.startswith("https://img.purch.com/")
    shown = text_of(embed)
    assert "Two astronauts are taking a spacewalk" in shown
    assert f"[Space.com]({embed.url})" in shown
    assert "Related · International Space Station, NASA, spacewalk" in shown
    assert "1 of 1 · March 24" in shown
    assert "CC BY-SA 3.0" in shown
    assert len(re.findall(r"\*\*[A-Z][a-z]{2} \d+, \d{4}\*\* · ", shown)) == 10
    assert len(menu(message, "related")["options"]) == 10


async def test_each_of_the_ten_related_events_opens_and_leads_back(env: Env, reader: Reader, channel: Channel) -> None:
    message = await seed_card(reader, channel)
    title = message.embeds[0].title
    for option in menu(message, "related")["options"]:
        env.backend.advance_clock(5)
        opened = await reader.select(message, [option["value"]])
        assert opened.acknowledged
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
    env: Env, reader: Reader, channel: Channel, archive: Archive, ledger: Ledger
) -> None:
    message = await seed_card(reader, channel)
    option = menu(message, "related")["options"][3]
    env.backend.advance_clock(400 * 86400)
    await env.restart_bot(Daybook(archive=archive, ledger=ledger, shard_count=1))
    opened = await reader.select(message, [option["value"]])
    assert opened.acknowledged
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


async def test_a_menu_on_a_message_that_nobody_asked_for_gives_a_copy(
    env: Env, reader: Reader, channel: Channel
) -> None:
    options = [{"label": "An event", "value": SEED_KEY}]
    select = {"type": 3, "custom_id": f"related:{SEED_KEY}", "min_values": 1, "max_values": 1, "options": options}
    row = {"type": 1, "components": [select]}
    env.backend.create_message(channel.id, env.backend.bot_user.id, "Good morning", components=[row])
    answer = await reader.select(channel.last_message, [SEED_KEY])
    assert answer.ephemeral
    assert answer.response.embeds[0].author.name == "March 24, 2017"


async def test_a_key_that_is_gone_gets_a_kind_word(reader: Reader, channel: Channel, file: Path) -> None:
    message = await seed_card(reader, channel)
    gone = menu(message, "related")["options"][0]["value"]
    forget(file, [gone])
    answer = await reader.select(message, [gone])
    assert answer.ephemeral
    assert "no longer in the archive" in answer.response.content


async def test_what_is_gone_is_not_shared_or_picked_as_something_else(
    reader: Reader, other: Reader, channel: Channel, file: Path
) -> None:
    message = await of_topic(reader, channel, name="NASA")
    copy = (await other.click(message, label="Next")).response
    picker = menu(message, "list")
    gone = picker["options"][1]["value"]
    forget(file, [gone])
    shared = await other.click(copy, label="Share")
    assert shared.ephemeral
    assert "no longer in the archive" in shared.response.content
    picked = await reader.select(message, [gone], custom_id=picker["custom_id"])
    assert "no longer in the archive" in picked.response.content
    await other.click(copy, label="Next")
    assert "1 of 10 · NASA" in text_of(copy.embeds[0]), "from where there is nothing, on to the first"


async def test_the_events_of_a_topic_can_be_gone_through(reader: Reader, channel: Channel) -> None:
    message = await of_topic(reader, channel, name="nasa")
    assert "1 of 11 · NASA" in text_of(message.embeds[0])
    seen = [message.embeds[0].title]
    for position in range(2, 12):
        await reader.click(message, label="Next")
        assert f"{position} of 11 · NASA" in text_of(message.embeds[0])
        seen.append(message.embeds[0].title)
    assert len(set(seen)) == 11
    await reader.click(message, label="Next")
    assert message.embeds[0].title == seen[0], "after the last comes the first"
    await reader.click(message, label="Previous")
    assert message.embeds[0].title == seen[-1]


async def test_topics_are_offered_while_typing(reader: Reader, channel: Channel) -> None:
    offered = await reader.autocomplete(channel, "topic", "name", "spa")
    assert offered == [
        {"name": "spacewalk (4)", "value": "spacewalk"},
        {"name": "International Space Station (11)", "value": "International Space Station"},
    ]
    assert [choice["value"] for choice in await reader.autocomplete(channel, "onthisday", "topic", "iss")] == [
        "International Space Station"
    ]
    everything = await reader.autocomplete(channel, "topic", "name", "")
    assert {choice["value"] for choice in everything} == {"International Space Station", "NASA", "spacewalk"}


async def test_a_topic_with_a_long_name_is_offered_and_found(
    tmp_path: Path, load: Import, reader: Reader, channel: Channel
) -> None:
    name = "The Very Long Name of a Committee " * 4
    load(
        write(tmp_path, "2001-01-01", "It meets", topic=name),
        write(tmp_path, "2002-01-01", "It meets again", topic=name),
    )
    (choice,) = await reader.autocomplete(channel, "topic", "name", "the very long")
    assert len(choice["name"]) <= 100
    assert len(choice["value"]) <= 100
    message = await of_topic(reader, channel, name=choice["value"])
    assert "1 of 2 · The Very Long" in text_of(message.embeds[0])
    await reader.click(message, label="Next")
    assert "2 of 2" in text_of(message.embeds[0])


async def test_a_topic_can_be_narrowed_to_a_time(reader: Reader, channel: Channel) -> None:
    message = await of_topic(reader, channel, **{"name": "NASA", "from": "2013", "to": "May 2014"})
    assert "1 of 2 · NASA" in text_of(message.embeds[0])
    await reader.click(message, label="Next")
    assert "2 of 2 · NASA" in text_of(message.embeds[0])
    turned = (await reader.slash(channel, "topic", **{"name": "NASA", "from": "2014", "to": "2013"})).response
    assert "4 events" in text_of(turned.embeds[0]), "whichever is named first"
    nothing = await reader.slash(channel, "topic", **{"name": "NASA", "from": "1950", "to": "1960"})
    assert nothing.ephemeral
    assert "nothing about NASA between those dates" in nothing.response.content


async def test_a_day_can_be_narrowed_to_a_year_and_a_topic(reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "onthisday", date="24.3.", year=2017, topic="iss")).response
    assert "1 of 1 · March 24, 2017 · International Space Station" in text_of(message.embeds[0])


async def test_without_a_date_today_is_meant(
    env: Env, reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    today = env.now().date()
    load(write(tmp_path, f"2010-{today:%m-%d}", "It was on this day"))
    message = (await reader.slash(channel, "onthisday")).response
    assert message.embeds[0].title == "It was on this day"


@pytest.mark.parametrize("typed", ["12:30", "2016", "Fri", "99999999999999999999", "30 February", "@everyone", "**"])
async def test_what_is_no_day_is_told_with_an_example_that_works(
    env: Env, reader: Reader, channel: Channel, typed: str
) -> None:
    answer = await reader.slash(channel, "onthisday", date=typed)
    assert answer.ephemeral
    assert "March 24" in answer.response.content
    assert "@everyone" not in answer.response.content
    # simcord keeps what a command raises even if it was answered.
    (error,) = env.errors
    assert isinstance(error.original, DateError)


def labels(message: Any) -> list[str]:
    """Return what the buttons say of an answer that has nothing but buttons."""
    return [part["label"] for part in parts(message)]


@pytest.mark.parametrize("typed", ["space", "spacewlk out", "Internatoinal Station"])
async def test_an_unknown_topic_is_answered_with_topics_that_look_alike(
    reader: Reader, channel: Channel, typed: str
) -> None:
    answer = await reader.slash(channel, "topic", name=typed)
    assert answer.ephemeral
    assert f"no topic “{typed}”" in answer.response.content
    likeliest = labels(answer.response)[0]
    await reader.click(answer.response, label=likeliest)
    assert f"1 of {likeliest.rpartition('(')[2][:-1]} · " in text_of(answer.response.embeds[0])


async def test_a_day_without_events_is_answered_with_the_nearest_that_have_some(
    reader: Reader, channel: Channel
) -> None:
    answer = await reader.slash(channel, "onthisday", date="March 23")
    assert answer.ephemeral
    assert "nothing for March 23" in answer.response.content
    assert labels(answer.response) == ["December 21 (1)", "December 24 (1)", "March 24 (1)", "April 8 (1)"]
    await reader.click(answer.response, label="March 24 (1)")
    assert answer.response.embeds[0].author.name == "March 24, 2017"
    assert not answer.response.content


async def test_a_date_without_events_is_answered_with_the_nearest_dates_and_the_day_in_any_year(
    reader: Reader, channel: Channel
) -> None:
    answer = await reader.slash(channel, "day", date="24.3.2016")
    assert answer.ephemeral
    assert labels(answer.response) == [
        "December 6, 2015 (1)", "December 15, 2015 (1)", "April 8, 2016 (1)", "June 18, 2016 (1)",
        "That day in any year",
    ]  # fmt: skip
    await reader.click(answer.response, label="That day in any year")
    assert answer.response.embeds[0].author.name == "March 24, 2017"


async def test_a_day_without_a_topics_events_is_answered_with_days_that_have_them(
    reader: Reader, channel: Channel
) -> None:
    answer = await reader.slash(channel, "onthisday", date="24.3.", topic="spacewalk", year=1999)
    assert "nothing about spacewalk for March 24, 1999" in answer.response.content
    assert "All about spacewalk (4)" in labels(answer.response)
    await reader.click(answer.response, label="All about spacewalk (4)")
    assert "1 of 4 · spacewalk" in text_of(answer.response.embeds[0])
    unknown = await reader.slash(channel, "onthisday", date="24.3.", topic="spacewlk out")
    assert "no topic “spacewlk out”" in unknown.response.content
    assert labels(unknown.response)[0] == "spacewalk (4)"


async def test_a_search_that_finds_nothing_is_answered_with_topics(reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "search", words="nasa gardening")
    assert answer.ephemeral
    assert "Nothing in the archive has all of “nasa gardening”" in answer.response.content
    assert "NASA (11)" in labels(answer.response)


async def test_where_nothing_is_alike_something_at_random_is_offered(reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "search", words="qqqq")
    assert answer.ephemeral
    await reader.click(answer.response, label="Another")
    assert answer.response.embeds


async def test_a_year_alone_is_no_date(env: Env, reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "day", date="2016")
    assert answer.ephemeral
    assert "“2016”" in answer.response.content
    assert isinstance(env.errors[0].original, DateError)


async def test_a_search_can_be_gone_through(env: Env, reader: Reader, channel: Channel) -> None:
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


async def test_one_can_walk_from_day_to_day_round_the_year(env: Env, reader: Reader, channel: Channel) -> None:
    message = await seed_card(reader, channel)
    days = [message.embeds[0].author.name]
    for _ in range(11):
        env.backend.advance_clock(5)
        await reader.click(message, label="Next day")
        days.append(message.embeds[0].author.name)
    assert days[:3] == ["March 24, 2017", "April 8, 2016", "April 24, 2017"]
    assert len(set(days)) == 11
    assert days[-1] == days[0]
    await reader.click(message, label="Previous day")
    assert message.embeds[0].author.name == days[-2]


async def test_one_can_walk_from_date_to_date(reader: Reader, channel: Channel) -> None:
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


async def test_another_event_of_the_list_can_be_picked(env: Env, reader: Reader, channel: Channel) -> None:
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
    env: Env, tmp_path: Path, load: Import, reader: Reader, channel: Channel
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
    message = await of_topic(reader, channel, name="NASA")
    # Comes first in the list, so that every position moves.
    better = [("A", "http://a.example/1"), ("B", "http://b.example/1"), ("C", "http://c.example/1")]
    load(
        write(
            tmp_path, "2001-01-01", "The best of all", topic="NASA", summary="Indeed.", sources=better,
            image="http://a.example/1.png",
        ),
        SEED,
    )  # fmt: skip
    await reader.click(message, label="Next")
    assert "3 of 12 · NASA" in text_of(message.embeds[0])
    assert message.embeds[0].author.name == "December 24, 2013"


async def test_what_only_one_sees_can_be_shared(reader: Reader, other: Reader, channel: Channel) -> None:
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


async def test_a_shared_list_keeps_its_place(reader: Reader, other: Reader, channel: Channel) -> None:
    message = await of_topic(reader, channel, name="NASA")
    copy = (await other.click(message, label="Next")).response
    shared = (await other.click(copy, label="Share")).response
    assert "2 of 11 · NASA" in text_of(shared.embeds[0])


async def test_random_shows_some_event_and_another(env: Env, reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "random")).response
    seen = {message.embeds[0].title}
    for _ in range(25):
        env.backend.advance_clock(5)
        await reader.click(message, label="Another")
        seen.add(message.embeds[0].title)
    assert len(seen) > 3
    of_topic = (await reader.slash(channel, "random", topic="spacewalk")).response
    assert "of 4 · spacewalk" in text_of(of_topic.embeds[0])
    await reader.click(of_topic, label="Another")
    assert "of 4 · spacewalk" in text_of(of_topic.embeds[0])
    unknown = await reader.slash(channel, "random", topic="Gardening")
    assert unknown.ephemeral


async def test_random_can_show_every_day_of_the_year(archive: Archive, tmp_path: Path, load: Import) -> None:
    days = [date(2000, 1, 1) + timedelta(number) for number in range(366)]
    load(*(write(tmp_path, day.isoformat(), f"It is {day.isoformat()}") for day in days))

    class Drawn(random.Random):
        def __init__(self, number: int) -> None:
            self.number = number

        def randrange(self, *_: Any) -> int:
            return self.number if _ == (366,) else 0

    shown = set()
    for number in range(366):
        screen = await random_screen(archive, "", chance=Drawn(number), locale="en-US")
        assert screen
        assert screen.embed
        shown.add(screen.embed.title)
    assert len(shown) == 366


async def test_random_finds_the_only_day_there_is(archive: Archive, tmp_path: Path, load: Import) -> None:
    load(write(tmp_path, "2001-05-06", "The only one"))
    for seed in range(5):
        assert await random_screen(archive, "", chance=random.Random(seed), locale="en-US")


async def test_help_lists_every_command(simcord_bot: Daybook, reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "help")
    assert answer.ephemeral
    shown = text_of(answer.response.embeds[0])
    for command in simcord_bot.tree.get_commands():
        assert re.search(rf"</{command.name}( \w+)?:\d+>", shown), "it can be clicked"
    assert re.search(r"</topic:\d+> `name from\? to\?`\n", shown)
    assert re.search(r"</daily add:\d+> · </daily \w+:\d+> · ", shown)


async def test_commands_can_be_clicked_after_a_restart_that_tells_discord_nothing(
    env: Env, reader: Reader, channel: Channel, archive: Archive, ledger: Ledger
) -> None:
    before = text_of((await reader.slash(channel, "help")).response.embeds[0])
    await env.restart_bot(Daybook(archive=archive, ledger=ledger, shard_count=1))
    assert text_of((await reader.slash(channel, "help")).response.embeds[0]) == before


async def test_a_flood_is_slowed_kindly_and_hurts_nobody_else(
    env: Env, reader: Reader, other: Reader, channel: Channel
) -> None:
    answers = [await reader.slash(channel, "onthisday", date="March 24") for _ in range(22)]
    assert [answer.ephemeral for answer in answers] == [False] * 20 + [True] * 2
    assert "try again in 20 s" in answers[-1].response.content
    assert not (await other.slash(channel, "onthisday", date="March 24")).ephemeral
    assert await reader.autocomplete(channel, "topic", "name", "na"), "typing is not counted"
    env.backend.advance_clock(21)
    assert not (await reader.slash(channel, "onthisday", date="March 24")).ephemeral
    for _ in range(25):
        answer = await other.click(answers[0].response, label="Next day")
    assert "try again in" in answer.response.content, "presses are counted too"


async def test_a_slow_answer_is_announced_and_edited_in(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, other: Reader, channel: Channel
) -> None:
    message = await seed_card(reader, channel)
    option = menu(message, "related")["options"][0]["value"]
    monkeypatch.setattr("bot.cards.reply.PATIENCE", 0.0)
    public = await reader.slash(channel, "onthisday", date="March 24")
    assert public.response.embeds[0].author.name == "March 24, 2017"
    assert not public.ephemeral
    await reader.select(message, [option])
    assert message.embeds[0].author.name == "December 24, 2013"
    copy = await other.select(message, [SEED_KEY])
    assert copy.ephemeral
    assert copy.response.embeds[0].author.name == "March 24, 2017"
    nothing = await reader.slash(channel, "topic", name="Gardening")
    assert "no topic" in nothing.response.content


async def test_sources_come_with_an_archived_copy_and_as_many_as_fit(
    reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    sources = [(f"Paper {number}", f"http://paper.example/{'x' * 150}/{number}") for number in range(20)]
    sources[1] = ("Copy", "https://web.archive.org/web/2001/http://paper.example/1")
    load(write(tmp_path, "2001-05-06", "Everybody writes about it", sources=sources))
    embed = (await reader.slash(channel, "day", date="2001-05-06")).response.embeds[0]
    shown = text_of(embed)
    assert f"([{sources[0][0]}, archived copy](https://web.archive.org/web/20010506/{sources[0][1]}))" in shown
    assert "[Copy](https://web.archive.org/web/2001/http://paper.example/1) ·" in shown
    more = re.search(r" · (\d+) more", shown)
    assert more
    assert len(re.findall(r"\[Paper \d+\]", shown)) + 1 + int(more[1]) == 20
    assert len(embed) <= 6000
    assert all(len(field.value) <= 1024 for field in embed.fields)


async def test_a_headline_too_long_for_the_title_stands_whole_below_it(
    reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    headline = "A long story about " + " ".join(f"word{number}" for number in range(60))
    load(write(tmp_path, "2001-05-06", headline))
    embed = (await reader.slash(channel, "day", date="2001-05-06")).response.embeds[0]
    assert embed.title.endswith("…")
    assert len(embed.title) <= 256
    assert headline in embed.description


async def test_about_says_whose_texts_these_are_and_what_is_stored(reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "about")
    assert answer.ephemeral
    shown = text_of(answer.response.embeds[0])
    for part in (
        "11 events",
        "CC BY-SA 3.0",
        "MIT licence",
        "not kept",
        "`/settings`",
        "your time zone",
        "https://discord.com/oauth2/authorize",
    ):
        assert part in shown


async def test_it_answers_in_direct_messages_too(env: Env, reader: Reader) -> None:
    answer = await reader.user.slash("onthisday", date="March 24")
    message = answer.response
    await reader.user.select(message, [menu(message, "related")["options"][0]["value"]])
    assert message.embeds[0].author.name == "December 24, 2013"


async def test_chinese_is_shown_in_the_readers_script(
    env: Env, reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    load(write(tmp_path, "2001-05-06", "國際太空站迎來新乘員", topic="太空"))

    def speak(locale: str) -> Any:
        def change(event: str, payload: dict[str, Any]) -> None:
            if event == "INTERACTION_CREATE":
                payload["locale"] = locale

        return change

    titles = {}
    for locale in ("zh-CN", "zh-TW", "de"):
        change = speak(locale)
        env.backend.subscribers.insert(0, change)
        titles[locale] = (await reader.slash(channel, "onthisday", date="2001-05-06")).response.embeds[0].title
        env.backend.subscribers.remove(change)
    assert titles == {"zh-CN": "国际太空站迎来新乘员", "zh-TW": "國際太空站迎來新乘員", "de": "國際太空站迎來新乘員"}


async def test_new_pages_are_answered_without_a_restart(
    reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    assert (await reader.slash(channel, "topic", name="Gardening")).ephemeral
    load(write(tmp_path, "2001-05-06", "A rose is planted", topic="Gardening"))
    message = (await reader.slash(channel, "topic", name="Gardening")).response
    assert message.embeds[0].title == "A rose is planted"


async def test_text_from_pages_cannot_ping_format_or_forge_links(
    reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    hostile = "@everyone **bold** [here](http://evil.example) <@1> <t:0:R> https://evil.example `code` ||x|| # title"
    load(
        write(
            tmp_path,
            "2001-05-06",
            hostile,
            summary=hostile,
            topic="*t*",
            sources=[("](http://e.example)", "http://s.example")],
        )
    )
    message = (await reader.slash(channel, "onthisday", date="2001-05-06")).response
    shown = text_of(message.embeds[0])
    assert "https://evil" not in shown
    for live in ("@everyone", "**bold", "[here](", "<@1", "<t:", "`", "||"):
        assert not re.search(r"(?<!\\)" + re.escape(live), shown), live
    assert message.embeds[0].url == "http://s.example"
    assert not channel.last_message.mentions
    assert not channel.last_message.mention_everyone


async def test_an_error_in_a_button_is_answered_and_logged_with_a_reference(
    env: Env, reader: Reader, channel: Channel, file: Path, caplog: pytest.LogCaptureFixture, archive: Archive
) -> None:
    message = await seed_card(reader, channel)
    option = menu(message, "related")["options"][0]["value"]
    # As if the file were lost under the running bot.
    for connection in archive._free:
        await connection.execute("PRAGMA query_only = OFF")
    for name in ("archive.sqlite3-wal", "archive.sqlite3-shm"):
        (file.parent / name).unlink(missing_ok=True)
    file.write_bytes(b"no database any more" * 1000)
    answer = await reader.select(message, [option])
    assert answer.ephemeral
    found = re.search(r"Reference: `([0-9a-f]{8})`", answer.response.content)
    assert found
    assert found[1] in caplog.text
    assert "sqlite" not in answer.response.content.lower()
    (error,) = env.errors
    assert isinstance(error, ArchiveError)


async def test_commands_are_told_to_discord_only_when_they_changed(
    env: Env, archive: Archive, ledger: Ledger, reader: Reader, channel: Channel
) -> None:
    await seed_card(reader, channel)
    assert len([request for request in env.http_requests if request.method == "PUT"]) == 1
    await env.restart_bot(Daybook(archive=archive, ledger=ledger, shard_count=1))
    await seed_card(reader, channel)
    (sync,) = [request for request in env.http_requests if request.method == "PUT"]
    assert {command["name"] for command in sync.json} == {
        "onthisday", "day", "topic", "search", "random", "timeline", "daily", "settings", "help", "about",
    }  # fmt: skip
    for command in sync.json:
        # Daily posts belong to a server.
        everywhere = ([0], [0]) if command["name"] == "daily" else ([0, 1], [0, 1, 2])
        assert (command["integration_types"], command["contexts"]) == everywhere


async def test_nothing_of_a_message_is_kept_in_memory(simcord_bot: Daybook, reader: Reader, channel: Channel) -> None:
    for _ in range(5):
        message = await of_topic(reader, channel, name="NASA")
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


async def test_a_forged_press_is_answered_kindly(env: Env, reader: Reader, channel: Channel) -> None:
    nobody = "0" * 12
    for custom_id in (
        f"next:{nobody}:d0230", f"next:{nobody}:d9999", f"next:{nobody}:t{nobody}", f"prev:{nobody}:d0324y0000",
        f"back:{nobody}",
        f"next:{nobody}:d0324-{nobody}", f"open:t{nobody}-20009999-20010101", f"after:s{nobody}", f"another:{nobody}",
        f"share:{nobody}:s.*", "open:s***", f"follow:{nobody}", f"about:t{nobody}", "tell:d0324", f"open:f{nobody}",
    ):  # fmt: skip
        row = {"type": 1, "components": [{"type": 2, "style": 2, "label": "Next", "custom_id": custom_id}]}
        env.backend.create_message(channel.id, env.backend.bot_user.id, "Forged", components=[row])
        answer = await reader.click(channel.last_message, label="Next")
        assert answer.ephemeral
        assert "no longer in the archive" in answer.response.content


def test_a_key_is_as_long_as_the_custom_ids_expect() -> None:
    assert len(key_of(path_of("2001-01-01", "x"))) == 12
    assert limits.OPTION_TEXT == 100
