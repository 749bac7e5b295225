"""Slash commands where members meet them: the real bot in a simulated Discord."""

import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.client import Daybook
from bot.clock import SystemClock
from bot.domain.audience import Audience
from bot.domain.errors import DateError
from bot.ledger.ledger import Ledger
from bot.screens.random_event import random_screen
from tests.helpers.archives import Import
from tests.helpers.samples import ROOT, SEED_KEY, write
from tests.helpers.servers import card_text as text_of
from tests.helpers.servers import menu, open_topic, parts, seed_card

pytestmark = pytest.mark.simcord(shard_count=1)

Env = Any
Channel = Any
Reader = Any

AUDIENCE = Audience(locale="en-US", prefer="en", today=date(2026, 1, 1))


async def test_a_day_shows_its_best_event_whole(reader: Reader, channel: Channel) -> None:
    message = await seed_card(reader, channel)
    (embed,) = message.embeds
    assert embed.author.name == "March 24, 2017"
    assert embed.title.startswith("NASA astronaut Shane Kimbrough")
    assert embed.url == "http://www.space.com/36198-space-station-astronauts-march-24-spacewalk-webcast.html"
    assert embed.image.url.startswith("https://img.purch.com/")
    text = text_of(embed)
    assert "Two astronauts are taking a spacewalk" in text
    assert f"[Space.com]({embed.url})" in text
    assert "Related · International Space Station, NASA\n" in text
    assert text.count("*spacewalk*") == 3
    assert "1 of 1 · March 24" in text
    assert "CC BY-SA 3.0" in text
    assert len(re.findall(r"\*\*[A-Z][a-z]{2} \d+, \d{4}\*\* · ", text)) == 5
    assert len(menu(message, "related")["options"]) == 10


@pytest.mark.parametrize("typed", ["Friday, March 24, 2017", "2017-03-24T10:00:00Z", "2017年3月24日（金曜日）?"])
async def test_a_date_may_be_pasted_from_elsewhere(reader: Reader, channel: Channel, typed: str) -> None:
    for command in ("day", "onthisday"):
        (embed,) = (await reader.slash(channel, command, date=typed)).response.embeds
        assert (embed.author.name, embed.title[:14]) == ("March 24, 2017", "NASA astronaut")


async def test_topics_are_offered_while_typing(reader: Reader, channel: Channel) -> None:
    choices = await reader.autocomplete(channel, "topic", "name", "spa")
    assert choices == [
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
    message = await open_topic(reader, channel, name=choice["value"])
    assert "1 of 2 · The Very Long" in text_of(message.embeds[0])
    await reader.click(message, label="Next")
    assert "2 of 2" in text_of(message.embeds[0])


async def test_a_topic_can_be_narrowed_to_a_time(reader: Reader, channel: Channel) -> None:
    message = await open_topic(reader, channel, **{"name": "NASA", "from": "2013", "to": "May 2014"})
    assert "1 of 2 · NASA" in text_of(message.embeds[0])
    await reader.click(message, label="Next")
    assert "2 of 2 · NASA" in text_of(message.embeds[0])
    swapped = (await reader.slash(channel, "topic", **{"name": "NASA", "from": "2014", "to": "2013"})).response
    assert "4 events" in text_of(swapped.embeds[0]), "whichever is named first"
    nothing = await reader.slash(channel, "topic", **{"name": "NASA", "from": "1950", "to": "1960"})
    assert nothing.ephemeral
    assert "nothing about NASA between those dates" in nothing.response.content


async def test_a_day_can_be_narrowed_to_a_year_and_a_topic(reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "onthisday", date="24.3.", year=2017, topic="iss")).response
    assert "1 of 1 · March 24, 2017 · International Space Station" in text_of(message.embeds[0])


async def test_without_a_date_the_day_is_today(
    simcord_env: Env, reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    today = simcord_env.now().date()
    load(write(tmp_path, f"2010-{today:%m-%d}", "It was on this day"))
    message = (await reader.slash(channel, "onthisday")).response
    assert message.embeds[0].title == "It was on this day"


@pytest.mark.parametrize("typed", ["12:30", "2016", "Fri", "99999999999999999999", "30 February", "@everyone", "**"])
async def test_an_impossible_day_is_refused_with_an_example_that_works(
    simcord_env: Env, reader: Reader, channel: Channel, typed: str
) -> None:
    answer = await reader.slash(channel, "onthisday", date=typed)
    assert answer.ephemeral
    assert "March 24" in answer.response.content
    assert "@everyone" not in answer.response.content
    # simcord keeps what a command raises even if it was answered.
    (error,) = simcord_env.errors
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
    answer = await reader.slash(channel, "search", words="gardening qqq")
    assert answer.ephemeral
    assert "No event in the archive contains any of the words “gardening qqq”" in answer.response.content
    assert labels(answer.response)


async def test_a_search_says_where_not_every_word_was_found(reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "search", words="nasa gardening")
    assert answer.response.content == "No event has all of these words. Closest matches:"
    assert "1 of 11 · “nasa gardening”" in text_of(answer.response.embeds[0])
    answer = await reader.slash(channel, "search", words="wrench nasa")
    assert not answer.response.content
    await reader.click(answer.response, label="Next")
    assert answer.response.content == "This event has only some of the words."


async def test_where_nothing_is_alike_something_at_random_is_offered(reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "search", words="qqqq")
    assert answer.ephemeral
    await reader.click(answer.response, label="Random event")
    assert answer.response.embeds


async def test_a_year_alone_is_no_date(simcord_env: Env, reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "day", date="2016")
    assert answer.ephemeral
    assert "“2016”" in answer.response.content
    assert isinstance(simcord_env.errors[0].original, DateError)


async def test_random_shows_some_event_and_another(simcord_env: Env, reader: Reader, channel: Channel) -> None:
    message = (await reader.slash(channel, "random")).response
    titles = {message.embeds[0].title}
    for _ in range(25):
        simcord_env.backend.advance_clock(5)
        await reader.click(message, label="Another")
        titles.add(message.embeds[0].title)
    assert len(titles) > 3
    open_topic = (await reader.slash(channel, "random", topic="spacewalk")).response
    assert "of 4 · spacewalk" in text_of(open_topic.embeds[0])
    await reader.click(open_topic, label="Another")
    assert "of 4 · spacewalk" in text_of(open_topic.embeds[0])
    unknown = await reader.slash(channel, "random", topic="Gardening")
    assert unknown.ephemeral


@pytest.mark.process
async def test_random_can_show_every_day_of_the_year(archive: Archive, tmp_path: Path, load: Import) -> None:
    days = [date(2000, 1, 1) + timedelta(day_number) for day_number in range(366)]
    load(*(write(tmp_path, day.isoformat(), f"It is {day.isoformat()}") for day in days))

    class FixedDay(random.Random):
        def __init__(self, day_number: int) -> None:
            self.day_number = day_number

        def randrange(self, *_: Any) -> int:
            return self.day_number if _ == (366,) else 0

    titles = set()
    for day_number in range(366):
        screen = await random_screen(archive, "", AUDIENCE, rng=FixedDay(day_number))
        assert screen
        assert screen.embed
        titles.add(screen.embed.title)
    assert len(titles) == 366


async def test_random_finds_the_only_day_there_is(archive: Archive, tmp_path: Path, load: Import) -> None:
    load(write(tmp_path, "2001-05-06", "The only one"))
    for seed in range(5):
        assert await random_screen(archive, "", AUDIENCE, rng=random.Random(seed))


async def test_help_lists_every_command(simcord_bot: Daybook, reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "help")
    assert answer.ephemeral
    text = text_of(answer.response.embeds[0])
    for command in simcord_bot.tree.get_commands():
        assert re.search(rf"</{command.name}( \w+)?:\d+>", text), "it can be clicked"
    assert re.search(r"</topic:\d+> `name from\? to\?`\n", text)
    assert re.search(r"</daily add:\d+> · </daily \w+:\d+> · ", text)


async def test_commands_can_be_clicked_after_a_restart_without_a_sync(
    simcord_env: Env, reader: Reader, channel: Channel, archive: Archive, ledger: Ledger
) -> None:
    before = text_of((await reader.slash(channel, "help")).response.embeds[0])
    await simcord_env.restart_bot(Daybook(archive=archive, ledger=ledger, clock=SystemClock(), shard_count=1))
    assert text_of((await reader.slash(channel, "help")).response.embeds[0]) == before


async def test_a_flood_is_slowed_kindly_and_hurts_nobody_else(
    simcord_env: Env, reader: Reader, other: Reader, channel: Channel
) -> None:
    answers = [await reader.slash(channel, "onthisday", date="March 24") for _ in range(22)]
    assert [answer.ephemeral for answer in answers] == [False] * 20 + [True] * 2
    assert "try again in 20 s" in answers[-1].response.content
    assert not (await other.slash(channel, "onthisday", date="March 24")).ephemeral
    assert await reader.autocomplete(channel, "topic", "name", "na"), "typing is not counted"
    simcord_env.backend.advance_clock(21)
    assert not (await reader.slash(channel, "onthisday", date="March 24")).ephemeral
    for _ in range(25):
        answer = await other.click(answers[0].response, label="Next day")
    assert "try again in" in answer.response.content, "presses are counted too"


async def test_a_slow_answer_is_announced_and_edited_in(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, other: Reader, channel: Channel
) -> None:
    message = await seed_card(reader, channel)
    option = menu(message, "related")["options"][0]["value"]
    monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.0)
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
    text = text_of(embed)
    assert f"([archived 2001](https://web.archive.org/web/20010506/{sources[0][1]}))" in text
    assert "[Copy](https://web.archive.org/web/2001/http://paper.example/1) ·" in text
    more = re.search(r" · (\d+) more", text)
    assert more
    assert len(re.findall(r"\[Paper \d+\]", text)) + 1 + int(more[1]) == 20
    assert len(embed) <= 6000
    assert all(len(field.value) <= 1024 for field in embed.fields)


async def test_a_headline_too_long_for_the_title_goes_on_below_it(
    reader: Reader, channel: Channel, tmp_path: Path, load: Import
) -> None:
    headline = "A long story about " + " ".join(f"word{number}" for number in range(60))
    load(write(tmp_path, "2001-05-06", headline))
    embed = (await reader.slash(channel, "day", date="2001-05-06")).response.embeds[0]
    assert embed.title.endswith("…")
    assert len(embed.title) <= 256
    beginning, rest = embed.title.removesuffix("…"), embed.description.removeprefix("**…").removesuffix("**")
    assert f"{beginning} {rest}" == headline


async def test_about_says_whose_texts_these_are_and_what_is_stored(reader: Reader, channel: Channel) -> None:
    answer = await reader.slash(channel, "about")
    assert answer.ephemeral
    text = text_of(answer.response.embeds[0])
    for part in (
        "11 events",
        "CC BY-SA 3.0",
        "MIT licence",
        "not stored",
        "`/settings`",
        "your time zone",
        "https://discord.com/oauth2/authorize",
    ):
        assert part in text


async def test_it_answers_in_direct_messages_too(simcord_env: Env, reader: Reader) -> None:
    answer = await reader.user.slash("onthisday", date="March 24")
    message = answer.response
    await reader.user.select(message, [menu(message, "related")["options"][0]["value"]])
    assert message.embeds[0].author.name == "December 24, 2013"


async def test_chinese_is_shown_in_the_readers_script(
    simcord_env: Env, reader: Reader, channel: Channel, tmp_path: Path, load: Import
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
        simcord_env.backend.subscribers.insert(0, change)
        titles[locale] = (await reader.slash(channel, "onthisday", date="2001-05-06")).response.embeds[0].title
        simcord_env.backend.subscribers.remove(change)
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
    text = text_of(message.embeds[0])
    assert "https://evil" not in text
    for live in ("@everyone", "**bold", "[here](", "<@1", "<t:", "`", "||"):
        assert not re.search(r"(?<!\\)" + re.escape(live), text), live
    assert message.embeds[0].url == "http://s.example"
    assert not channel.last_message.mentions
    assert not channel.last_message.mention_everyone


async def test_commands_are_synced_only_when_they_changed(
    simcord_env: Env, archive: Archive, ledger: Ledger, reader: Reader, channel: Channel
) -> None:
    await seed_card(reader, channel)
    assert len([request for request in simcord_env.http_requests if request.method == "PUT"]) == 1
    await simcord_env.restart_bot(Daybook(archive=archive, ledger=ledger, clock=SystemClock(), shard_count=1))
    await seed_card(reader, channel)
    (sync,) = [request for request in simcord_env.http_requests if request.method == "PUT"]
    in_readme = re.findall(r"^\| `/(\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {command["name"] for command in sync.json} == set(in_readme)
    for command in sync.json:
        # Daily posts and follows belong to a server.
        everywhere = ([0], [0]) if command["name"] in {"daily", "follow"} else ([0, 1], [0, 1, 2])
        assert (command["integration_types"], command["contexts"]) == everywhere
