"""Muted events that somebody asks for stand behind a spoiler. The real bot in a simulated Discord."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.archives import Import
from tests.helpers.samples import write
from tests.helpers.servers import (
    AT_NINE,
    Server,
    labels,
    menu,
    mute,
    parts,
    settings_answer,
    short_list,
    text_of,
    write_tale,
    write_tales,
)

pytestmark = pytest.mark.simcord(shard_count=1, settle_timeout=30)


@pytest.fixture
def bot_pages(tmp_path: Path) -> list[Path]:
    return write_tales(tmp_path)


def is_spoiler(message: Any, *secrets: str) -> bool:
    """Tell whether a card is behind a spoiler; fail where it tells a secret outside of it."""
    card = message.embeds[0]
    texts = text_of(message)
    is_hidden = bool(card.title == "Muted on this server")
    if is_hidden:
        assert card.url is None
        assert card.image.url is None
        assert re.search(r"\|\|[^|]+\|\|", card.description)
        texts = re.sub(r"\|\|[^|]+\|\|", "", texts)
        for secret in secrets:
            assert secret not in texts
    return is_hidden


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("onthisday", {"date": "January 3", "year": 2007}),
        ("day", {"date": "2007-01-03"}),
        ("topic", {"name": "Tales", "from": "2007-01-03", "to": "2007-01-03"}),
        ("search", {"words": '"2007 01 03"'}),
    ],
)
async def test_a_muted_event_that_somebody_asks_for_stands_behind_a_spoiler(
    server: Server, command: str, options: dict[str, Any]
) -> None:
    assert not is_spoiler((await server.ask(server.member, command, **options)).response)
    await mute(server, word="tale")
    message = (await server.ask(server.member, command, **options)).response
    assert is_spoiler(message, "Tale of 2007-01-03", "It is told")
    card = message.embeds[0]
    assert card.description == "||Tale of 2007-01-03||\n\n||It is told.||"
    assert card.author.name == "January 3, 2007"
    assert "[Paper](http://paper.example/2007-01-03)" in text_of(message), "the sources stay"
    await settings_answer(server, server.admin, "unmute", word="tale")
    assert not is_spoiler((await server.ask(server.member, command, **options)).response)


async def test_menus_and_related_lines_name_nothing_that_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    related = [("2002-05-06", "A storm is near", "Weather"), ("2003-05-06", "A calm is near", "Weather")]
    load(
        write(tmp_path, "2001-05-06", "A sail is set", topic="Weather", related=related),
        write(tmp_path, "2005-05-06", "A storm is over", summary="All is wet."),
    )
    await mute(server, word="storm")
    message = (await server.ask(server.member, "onthisday", date="May 6", topic="Weather")).response
    assert not is_spoiler(message)
    assert "**May 6, 2002** · (muted here)" in text_of(message)
    assert "A calm is near" in text_of(message)
    descriptions = {option["label"]: option.get("description") for option in menu(message, "related")["options"]}
    assert descriptions == {"2002-05-06 (muted here)": None, "2003-05-06 A calm is near": "Weather"}
    list_labels = [option["label"] for option in menu(message, "list")["options"]]
    assert sorted(list_labels) == ["2001-05-06 A sail is set", "2002-05-06 (muted here)", "2003-05-06 A calm is near"]
    assert "storm" not in text_of(message)
    related_menu = menu(message, "related")
    key = next(option["value"] for option in related_menu["options"] if "muted" in option["label"])
    await server.member.select(message, [key], custom_id=related_menu["custom_id"])
    assert is_spoiler(message, "storm")
    assert "its own page is not in this archive" in text_of(message)
    await server.member.click(message, label="Back")
    assert not is_spoiler(message)


@pytest.mark.process
async def test_of_a_muted_topic_nothing_is_named(server: Server, load: Import, tmp_path: Path) -> None:
    related = [("2002-05-06", "A storm is near", "Weather"), ("2003-05-06", "A calm is near", "Ships")]
    load(write(tmp_path, "2001-05-06", "A sail is set", topic="Ships", related=related))
    await mute(server, topic="Weather")
    message = (await server.ask(server.member, "topic", name="Weather")).response
    for answer in (message, (await server.ask(server.member, "timeline", topic="Weather")).response):
        text = f"{text_of(answer)} {parts(answer)}"
        assert "2 events" in text
        assert "storm" not in text
        assert "sail" not in text
    await server.member.click(message, label="Most notable first")
    assert is_spoiler(message, "storm", "sail")
    assert {option["label"][10:] for option in menu(message, "list")["options"]} == {" (muted here)"}
    await server.member.click(message, label="Next")
    assert is_spoiler(message, "storm", "sail")
    copy = (await server.other_member.click(message, label="Next")).response
    assert is_spoiler(copy, "storm", "sail")
    shared = (await server.other_member.click(copy, label="Share")).response
    assert is_spoiler(shared, "storm", "sail")


async def test_a_story_names_nothing_that_is_muted(server: Server, load: Import, tmp_path: Path) -> None:
    days = ("2001-05-06", "2002-05-06", "2003-05-06")
    for day in days:
        related = [(other, f"A ship in {other[:4]}", "Ships") for other in days if other != day]
        write(tmp_path, day, f"A ship in {day[:4]}", related=related)
    load(tmp_path)
    await mute(server, word="2002")
    message = (await server.ask(server.member, "day", date="2003-05-06")).response
    await server.member.click(message, label="Follow this story")
    assert "3 of 3: A ship in 2001 → (muted here) → **A ship in 2003**" in text_of(message)


async def test_an_event_muted_by_its_summary_is_not_named_by_its_own_menu(
    server: Server, load: Import, tmp_path: Path
) -> None:
    load(
        write_tale(tmp_path, "2007-05-06", "The very best", summary="A storm is told."),
        write_tale(tmp_path, "2003-05-06"),
    )
    await mute(server, word="storm")
    message = (await server.ask(server.member, "onthisday", date="May 6")).response
    assert is_spoiler(message, "The very best", "storm")
    list_labels = [option["label"] for option in menu(message, "list")["options"]]
    assert list_labels == ["2007-05-06 (muted here)", "2003-05-06 Tale of 2003-05-06"]


async def test_from_a_daily_post_what_is_muted_opens_behind_a_spoiler(server: Server) -> None:
    await mute(server, word="2003")
    await server.daily("add", channel=server.channel, count=5, **AT_NINE)
    await server.until("2026-01-01 09:00")
    (post,) = server.posts()
    assert "2003" not in "".join(short_list(post))
    copy = (await server.press(post, "All of January 1 (5)")).response
    assert not is_spoiler(copy)
    muted_keys = [
        option["value"] for option in menu(copy, "list")["options"] if option["label"].endswith("(muted here)")
    ]
    assert len(muted_keys) == 1
    await server.choose(copy, "list", muted_keys[0])
    assert is_spoiler(copy, "Tale of 2003")
    # What is muted after the post stands there is hidden when it is opened from it.
    await mute(server, word="2012")
    late = next(option for option in menu(post, "list")["options"] if option["label"].startswith("2012"))
    answer = await server.choose(post, "list", late["value"])
    assert is_spoiler(answer.response, "Tale of 2012")
    assert is_spoiler((await server.press(post, "Next day")).response) is False


async def test_buttons_below_a_spoiler_are_those_of_any_card(server: Server) -> None:
    before = (await server.ask(server.member, "onthisday", date="January 3")).response
    names = [part["custom_id"] for part in parts(before)]
    await mute(server, word="tale")
    after = (await server.ask(server.member, "onthisday", date="January 3")).response
    assert is_spoiler(after)
    assert [part["custom_id"] for part in parts(after)] == names


async def test_of_related_events_that_are_muted_a_daily_post_tells_the_date(
    server: Server, load: Import, tmp_path: Path
) -> None:
    related = [("2002-05-06", "A storm is near", "Weather"), ("2003-05-06", "A calm is near", "Weather")]
    load(write_tale(tmp_path, "2001-01-01", related=related), write_tale(tmp_path, "2001-01-02", related=related))
    await mute(server, word="storm")
    await server.daily("add", channel=server.channel, **AT_NINE)
    await server.daily("test")
    await server.until("2026-01-01 09:00")
    week = await server.daily("upcoming")
    await server.choose(week, "coming", "2026-01-02")
    tested, post = server.posts()
    for message in (tested, post, week):
        assert "**May 6, 2002** · (muted here)" in text_of(message)
        assert "A calm is near" in text_of(message)
        assert "storm" not in text_of(message)
    for message in (tested, post):
        related_labels = [option["label"] for option in menu(message, "related")["options"]]
        assert related_labels == ["2002-05-06 (muted here)", "2003-05-06 A calm is near"]


async def test_the_next_day_and_what_is_shared_by_itself_stand_behind_spoilers_too(server: Server) -> None:
    message = (await server.ask(server.member, "onthisday", date="January 1")).response
    related = menu(message, "related")
    copy = (
        await server.other_member.select(message, [related["options"][0]["value"]], custom_id=related["custom_id"])
    ).response
    title = copy.embeds[0].title
    assert title.startswith("Tale of")
    await mute(server, word="tale")
    shared = (await server.other_member.click(copy, label="Share")).response
    assert is_spoiler(shared, title)
    assert not any(part["custom_id"].startswith("next:") for part in parts(shared)), "it stands in no list"
    await server.member.click(message, label="Next day")
    assert message.embeds[0].author.name == "January 2, 2007"
    assert is_spoiler(message, "Tale of 2007-01-02")


@pytest.mark.process
async def test_what_is_muted_by_a_topic_or_a_summary_is_named_nowhere_else(
    server: Server, load: Import, tmp_path: Path
) -> None:
    """Beside other events only headlines and shared topics are known: the archive is asked for the rest."""
    sail = [("2001-05-06", "A sail is set", "Ships")]
    wars = [("2002-05-06", "A quiet meeting", "Ships, Wars"), ("2003-05-06", "A loud meeting", "Ships")]
    load(
        write(tmp_path, "2001-05-06", "A sail is set", related=[(day, headline, "Ships") for day, headline, _ in wars]),
        write(tmp_path, "2002-05-06", "A quiet meeting", topic="Wars", related=sail),
        write(tmp_path, "2003-05-06", "A loud meeting", summary="There is thunder.", related=sail),
        write(tmp_path, "2004-05-06", "A pier is built", related=sail),
    )
    await mute(server, topic="Wars")
    await mute(server, word="thunder")
    day = (await server.ask(server.member, "day", date="2001-05-06")).response
    topic = (await server.ask(server.member, "topic", name="Ships")).response
    timeline = (await server.ask(server.member, "timeline", topic="Ships")).response
    follow = (await server.ask(server.member, "day", date="2004-05-06")).response
    await server.member.click(follow, label="Follow this story")
    for message in (day, topic, timeline, follow):
        text = f"{text_of(message)} {parts(message)} {[attachment.description for attachment in message.attachments]}"
        assert "A sail is set" in text
        assert "quiet" not in text
        assert "loud" not in text
    assert "Wars" not in str(parts(topic))


async def test_the_sources_of_what_is_muted_are_behind_the_spoiler(
    server: Server, load: Import, tmp_path: Path
) -> None:
    sources = [(f"The Storm Post {number}", f"https://storm.example/{number}") for number in range(30)]
    load(write(tmp_path, "2001-05-06", "A storm is near", sources=sources))
    await mute(server, word="storm")
    (embed,) = (await server.ask(server.member, "day", date="2001-05-06")).response.embeds
    fields = [field.value or "" for field in embed.fields]
    assert len(fields) > 1
    assert all(value.startswith("||") and value.endswith("||") and len(value) <= 1024 for value in fields)
    assert embed.url is None


async def test_muted_topics_are_not_among_the_choices(server: Server, load: Import, tmp_path: Path) -> None:
    for topic in ("Tall ships", "Tallinn", "Tallow"):
        load(write(tmp_path, "2001-03-04", f"{topic} are told of", topic=topic))
    commands = (("onthisday", "topic"), ("topic", "name"), ("random", "topic"), ("timeline", "topic"))
    assert await choices_of(server, commands) == [["Tales", "Tall ships", "Tallinn", "Tallow"]] * 4
    await mute(server, topic="Tallinn", word="ships")
    assert await choices_of(server, commands) == [["Tales", "Tallow"]] * 4
    answer = await server.member.slash(server.channel, "topic", name="Tallin ship")
    assert not {"Tallinn (1)", "Tall ships (1)"} & set(labels(answer.response))


async def choices_of(server: Server, commands: tuple[tuple[str, str], ...]) -> list[list[str]]:
    answers = [await server.member.autocomplete(server.channel, command, option, "ta") for command, option in commands]
    return [sorted(choice["value"] for choice in choices) for choices in answers]
