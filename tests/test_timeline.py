"""``/timeline``: a topic's years as a chart, the process that draws it, and the answer where there is no drawing."""

import asyncio
import io
import itertools
import logging
import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.archive.archive import Archive
from bot.archive.importer import forget
from bot.cards.timeline_card import alt_text, summary
from bot.charts.answer import Answer
from bot.charts.chart import Chart
from bot.charts.layout import GAP, place_labels, ticks
from bot.charts.renderer import ChartRenderer
from bot.client import EXTENSIONS, Daybook
from bot.domain.event import RelatedEvent, Topic, TopicYears
from bot.domain.page import topic_key_of
from bot.domain.text import length
from bot.locale.language import ENGLISH, language
from bot.screens.timeline import chart_of, chart_screen
from bot.turns import set_asker
from tests.helpers.archives import Import
from tests.helpers.samples import ROOT, write
from tests.helpers.servers import parts

in_discord = pytest.mark.simcord(shard_count=1)
# A process that draws nothing, quickly.
ANSWER = Answer(png=b"\x89PNG\r\n\x1a\n", drawn_labels=(), missing_scripts=()).to_bytes()
QUICK = f"import sys; sys.stdout.buffer.write({ANSWER!r})"
CHINESE = "国际空间站迎来新乘员"


def years(counts: dict[int, int], *, headline: str = "Something happens in {}", topic: str = "NASA") -> TopicYears:
    """Return a topic's years, with a notable event in each of the 25 that have most."""
    top = sorted(counts, key=lambda year: (-counts[year], year))[:25]
    return TopicYears(
        Topic(topic_key_of(topic), topic, sum(counts.values())),
        tuple(sorted(counts.items())),
        tuple(RelatedEvent(f"key{year:09}", date(year, 3, 24), headline.format(year)) for year in top),
    )


async def timeline(reader: Any, channel: Any, topic: str = "nasa") -> Any:
    answer = await reader.slash(channel, "timeline", topic=topic)
    assert answer.acknowledged
    assert not answer.ephemeral
    return answer.response


def picture(env: Any, message: Any) -> Image.Image:
    (attachment,) = message.attachments
    return Image.open(io.BytesIO(env.backend.cdn.get(attachment.url)))


@pytest.mark.process
@in_discord
async def test_a_topic_is_shown_as_a_chart_with_its_text(simcord_env: Any, reader: Any, channel: Any) -> None:
    message = await timeline(reader, channel)
    (embed,) = message.embeds
    assert embed.title == "NASA"
    assert embed.description == "11 events from 2011 to 2017; no year has more than 2."
    assert embed.image.url == "attachment://timeline.png"
    assert "CC BY-SA 3.0" in embed.footer.text
    (attachment,) = message.attachments
    assert (attachment.filename, attachment.content_type) == ("timeline.png", "image/png")
    assert attachment.description.startswith("Column chart of the events about NASA by year. 11 events from 2011")
    assert "2017: NASA astronaut Shane Kimbrough" in attachment.description
    assert picture(simcord_env, message).size == (1200, 675)


@pytest.mark.process
@in_discord
async def test_a_notable_event_opens_in_the_topics_list_and_the_chart_goes(
    simcord_env: Any, reader: Any, other: Any, channel: Any
) -> None:
    message = await timeline(reader, channel)
    menu, everything = parts(message)
    assert menu["custom_id"] == f"list:t{topic_key_of('nasa')}"
    assert [option["label"][:4] for option in menu["options"]] == ["2011", "2013", "2014", "2015", "2016", "2017"]
    assert everything["label"] == "All events (11)"
    copy = await other.select(message, [menu["options"][1]["value"]])
    assert copy.ephemeral
    assert copy.response.embeds[0].author.name == "December 21, 2013"
    assert len(message.attachments) == 1, "somebody else's press leaves the message"
    await reader.select(message, [menu["options"][1]["value"]])
    assert message.embeds[0].author.name == "December 21, 2013"
    assert "of 11 · NASA" in message.embeds[0].footer.text
    assert not message.attachments
    edit = simcord_env.http_requests[-1]
    assert edit.json["data"]["attachments"] == [], "said though Discord may not list what a card shows"
    await reader.click(message, label="Next")
    assert "of 11 · NASA" in message.embeds[0].footer.text


@pytest.mark.process
@in_discord
async def test_a_chart_that_one_person_sees_can_be_shared_with_its_image(
    simcord_env: Any, reader: Any, channel: Any
) -> None:
    await reader.slash(channel, "settings private", value="on")
    answer = await reader.slash(channel, "timeline", topic="NASA")
    assert answer.ephemeral
    shared = await reader.click(answer.response, label="Share")
    assert not shared.ephemeral
    assert shared.response.embeds[0].title == "NASA"
    assert picture(simcord_env, shared.response).format == "PNG"
    assert "Share" not in [part.get("label") for part in parts(shared.response)]


@pytest.mark.process
@in_discord
async def test_all_events_of_the_topic_are_a_press_away(reader: Any, channel: Any) -> None:
    message = await timeline(reader, channel)
    await reader.click(message, label="All events (11)")
    assert "1 of 11 · NASA" in message.embeds[0].footer.text
    assert not message.attachments


@pytest.mark.process
@in_discord
async def test_a_slow_chart_is_announced_and_comes_with_its_image(
    monkeypatch: pytest.MonkeyPatch, simcord_env: Any, reader: Any, channel: Any
) -> None:
    monkeypatch.setattr("bot.screens.reply.DEFER_AFTER", 0.0)
    message = await timeline(reader, channel)
    assert picture(simcord_env, message).format == "PNG"
    await reader.click(message, label="All events (11)")
    assert not message.attachments, "also where the edit was announced"
    assert message.embeds[0].footer.text.startswith("1 of 11")


@pytest.mark.process
@in_discord
async def test_an_event_that_is_gone_is_answered_beside_the_chart(reader: Any, channel: Any, file: Path) -> None:
    message = await timeline(reader, channel)
    gone = parts(message)[0]["options"][0]["value"]
    forget(file, [gone])
    answer = await reader.select(message, [gone])
    assert "no longer in the archive" in answer.response.content
    assert len(message.attachments) == 1


@pytest.mark.process
@in_discord
async def test_topics_are_offered_and_unknown_ones_answered_as_everywhere(reader: Any, channel: Any) -> None:
    choices = await reader.autocomplete(channel, "timeline", "topic", "spa")
    assert [choice["value"] for choice in choices] == ["spacewalk", "International Space Station"]
    assert (await timeline(reader, channel, "iss")).embeds[0].title == "International Space Station"
    answer = await reader.slash(channel, "timeline", topic="spacewlk out")
    assert answer.ephemeral
    assert "no topic “spacewlk out”" in answer.response.content
    assert not answer.response.attachments
    assert parts(answer.response)[0]["label"] == "spacewalk (4)"


@pytest.mark.process
@in_discord
async def test_without_a_drawing_the_years_are_listed_in_words(
    caplog: pytest.LogCaptureFixture, simcord_bot: Daybook, reader: Any, channel: Any
) -> None:
    cog: Any = simcord_bot.get_cog("Timeline")
    cog.renderer = ChartRenderer(command=[sys.executable, "-c", "import a_module_that_nobody_has"])
    message = await timeline(reader, channel)
    cog.renderer.close()
    (embed,) = message.embeds
    assert embed.description.startswith(
        "11 events from 2011 to 2017; no year has more than 2.\n\n**2011** · **1** · NASA astro"
    )
    assert len(embed.description.splitlines()) == 2 + 6
    assert (message.attachments, embed.image.url) == ([], None)
    assert len(parts(message)) == 2
    assert "No module named 'a_module_that_nobody_has'" in caplog.text
    assert "Traceback" not in caplog.text + embed.description


async def test_years_are_counted_and_the_best_of_the_fullest_come_first(
    load: Import, archive: Archive, tmp_path: Path
) -> None:
    load(
        write(tmp_path, "1000-12-31", "It is founded", topic="Gardening"),
        *(write(tmp_path, f"2001-01-{day:02}", f"A rose {day}", topic="Gardening") for day in range(1, 12)),
        write(tmp_path, "2001-12-31", "A rose of note", topic="Gardening", summary="It is red.", block="pick: yes"),
        write(tmp_path, "2003-01-01", "A tulip", topic="Gardening"),
        write(tmp_path, "2003-06-01", "Another tulip", topic="Gardening"),
        write(tmp_path, "2002-06-01", "A comet", topic="Astronomy"),
    )
    topic_years = await archive.topic_years("gardening", most=2)
    assert topic_years is not None
    assert (topic_years.topic.name, topic_years.topic.events) == ("Gardening", 15)
    assert topic_years.counts == ((1000, 1), (2001, 12), (2003, 2))
    assert topic_years.notable[0].headline == "A rose of note"
    assert [event.date.year for event in topic_years.notable] == [2001, 2003]
    assert await archive.topic_years(topic_key_of("gardening"), most=2) == topic_years
    assert await archive.topic_years("Cookery") is None


def test_what_is_drawn_has_a_column_for_each_year_and_up_to_five_labels() -> None:
    chart = chart_of(years({2001: 1, 2003: 40_000, 1899: 3, 2024: 7, 2010: 1, 2011: 2}), locale="en-GB")
    assert chart.columns == ((1899, 3), (2001, 1), (2003, 40_000), (2010, 1), (2011, 2), (2024, 7))
    assert [label.year for label in chart.labels] == [2003, 2024, 1899, 2011, 2001]
    assert (chart.title, chart.caption) == ("NASA", "Events per year, 1899–2024")
    assert chart_of(years({2001: 1}), locale="ko").caption == "Events in 2001"
    assert chart_of(years({2001: 1}), locale="de").caption == "Ereignisse im Jahr 2001"
    assert Chart.from_json(chart.to_json()) == chart
    topic_years = years({2001: 1})
    assert (
        chart_of(topic_years, locale="pl")
        == chart_of(topic_years, locale="en-GB")
        != chart_of(topic_years, locale="ko")
    )


def test_labels_are_cut_at_a_word_by_their_width() -> None:
    english = chart_of(years({2001: 1}, headline="It happens again and again " * 9), locale="en-GB").labels[0].text
    assert english.endswith(" and…")
    assert 40 < len(english) <= 52
    chinese = chart_of(years({2001: 1}, headline=CHINESE * 9), locale="zh-CN").labels[0].text
    assert len(chinese) == 26
    assert chart_of(years({2001: 1}, headline=CHINESE), locale="zh-TW").labels[0].text == "國際空間站迎來新乘員"


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({2001: 1}, "One event, in 2001."),
        ({2001: 40_000}, "40,000 events, all in 2001."),
        ({1920: 1, 2010: 1}, "2 events from 1920 to 2010, one in each year that has any."),
        ({1920: 1, 2009: 4, 2010: 3}, "8 events from 1920 to 2010; most in 2009: 4."),
        ({1920: 1, 2009: 3, 2010: 3}, "7 events from 1920 to 2010; no year has more than 3."),
    ],
)
def test_a_sentence_says_how_many_and_when(counts: dict[int, int], sentence: str) -> None:
    assert summary(years(counts), language(ENGLISH)) == sentence


def test_the_alternative_text_says_what_is_on_the_image_and_fits() -> None:
    topic_years = years({1990: 2, 2017: 9}, topic="The Committee " * 20, headline="A very long story " * 30)
    texts = [(label.year, label.text) for label in chart_of(topic_years, locale="en-GB").labels]
    assert length(alt_text(topic_years, texts * 9, locale="en-GB")) <= 1024
    text = alt_text(years({1990: 2, 2017: 9}), [(2017, "It ends"), (1990, "It begins")], locale="")
    assert text == (
        "Column chart of the events about NASA by year. 11 events from 1990 to 2017; most in 2017: 9."
        " Labelled: 1990: It begins; 2017: It ends"
    )
    assert "Labelled" not in alt_text(years({1990: 2}), (), locale="")


def test_a_screen_of_many_years_fits_discord() -> None:
    many = years({year: year % 7 + 1 for year in range(1850, 2025)}, headline="*A* [long](story) " * 40)
    screen = chart_screen(many, None, locale="en-GB")
    assert screen.embed
    assert len(screen.embed) < 6000
    assert len(screen.embed.description or "") < 4096
    menu: Any = screen.items[0]
    assert len(menu.item.options) == 25


def test_axes_have_round_whole_numbers() -> None:
    assert ticks(0, 1, 5) == [0, 1]
    assert ticks(0, 9, 5) == [0, 2, 4, 6, 8]
    assert ticks(0, 40_000, 5) == [0, 10_000, 20_000, 30_000, 40_000]
    assert ticks(2001, 2001, 9) == [2001]
    assert ticks(1899, 2024, 9) == [1900, 1920, 1940, 1960, 1980, 2000, 2020]
    for low, high in itertools.product(range(1990, 2000), range(2000, 2130, 7)):
        assert 1 <= len(ticks(low, high, 9)) <= 9


def test_labels_stay_on_the_picture_and_no_leader_runs_through_one() -> None:
    rng = random.Random(3)
    for _ in range(60):
        leaders = rng.sample(range(60, 1150, 8), rng.randint(1, 5))
        boxes = place_labels([(leader_x, rng.uniform(200, 1000)) for leader_x in leaders], low=36, high=1164)
        assert boxes
        for line, box in enumerate(boxes):
            assert box.left >= 36
            assert box.left + box.width <= 1164
            assert box.left - GAP <= box.leader_x <= box.left + box.width + GAP
            assert not any(box.left < above.leader_x < box.left + box.width for above in boxes[:line])


@contextmanager
def renderer(code: str | None = None, **options: Any) -> Iterator[ChartRenderer]:
    """Open a renderer; if there is ``code``, its process runs that instead of drawing."""
    chart_renderer = (
        ChartRenderer(command=[sys.executable, "-c", code], **options) if code else ChartRenderer(**options)
    )
    try:
        yield chart_renderer
    finally:
        chart_renderer.close()


def writing(answer: bytes) -> str:
    """Return code that writes an answer."""
    return f"import sys; sys.stdout.buffer.write({answer!r})"


def framed(report: bytes) -> bytes:
    """Return an answer with this report and a picture."""
    return struct.pack(">II", len(report), 8) + report + b"\x89PNG\r\n\x1a\n"


SHAPES: dict[str, dict[int, int]] = {
    "one event": {2001: 1},
    "two years far apart": {1920: 1, 2010: 40_000},
    "125 years": {year: year % 9 + 1 for year in range(1899, 2025)},
}


@pytest.mark.process
@pytest.mark.parametrize("counts", SHAPES.values(), ids=SHAPES)
async def test_the_process_draws_a_small_png(counts: dict[int, int], caplog: pytest.LogCaptureFixture) -> None:
    chart = chart_of(years(counts, headline="What $costs$ 5 % of_a^fortune in {} 🚀"), locale="en-GB")
    plain = chart_of(years(counts), locale="en-GB")
    with renderer(timeout=60) as chart_renderer:
        drawing = await chart_renderer.draw(plain)
        assert drawing
        image = Image.open(io.BytesIO(drawing.png))
        assert (image.format, image.size) == ("PNG", (1200, 675))
        assert len(drawing.png) < 200_000
        assert image.convert("RGBA").getchannel("A").getextrema() == (255, 255), "opaque"
        assert {label.year for label in drawing.labels} <= counts.keys()
        assert not caplog.records
        assert await chart_renderer.draw(plain) is drawing, "remembered"
        assert await chart_renderer.draw(chart), "no letter is too odd"


@pytest.mark.process
async def test_only_the_latest_drawings_are_remembered() -> None:
    charts = [chart_of(years({year: 1}), locale="") for year in (2001, 2002, 2003)]
    with renderer(QUICK, cache_size=2) as chart_renderer:
        first, second, third = [await chart_renderer.draw(chart) for chart in charts]
        assert await chart_renderer.draw(charts[2]) is third
        assert await chart_renderer.draw(charts[1]) is second
        again = await chart_renderer.draw(charts[0])
        assert again == first
        assert again is not first


@pytest.mark.process
async def test_a_remembered_chart_does_not_wait_for_others_to_be_drawn() -> None:
    old_chart, new_chart = (chart_of(years({year: 1}), locale="") for year in (2001, 2002))
    with renderer(QUICK) as chart_renderer:
        first = await chart_renderer.draw(old_chart)
        assert first
        chart_renderer._command = [sys.executable, "-c", "import time; time.sleep(600)"]
        slow = asyncio.create_task(chart_renderer.draw(new_chart))
        await asyncio.sleep(0)
        assert chart_renderer._lock.locked()
        assert await asyncio.wait_for(chart_renderer.draw(old_chart), 5) is first
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)


@pytest.mark.process
async def test_requests_for_the_same_chart_at_once_share_one_drawing(tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = f"open({str(note)!r}, 'a').write('x'); {QUICK}"
    with renderer(code) as chart_renderer:
        drawings = await asyncio.gather(*(chart_renderer.draw(chart_of(years({2001: 1}), locale="")) for _ in range(5)))
    assert all(drawing is drawings[0] for drawing in drawings)
    assert note.read_text() == "x"


@pytest.mark.process
async def test_one_chart_of_a_person_waits_and_people_take_turns(tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = (
        f"import re, sys; open({str(note)!r}, 'a').write(re.search('2[0-9]{{3}}', sys.stdin.read())[0] + ' '); {QUICK}"
    )

    async def draw(person: int, year: int) -> None:
        set_asker(person)
        assert await chart_renderer.draw(chart_of(years({year: 1}), locale=""))

    with renderer(code) as chart_renderer:
        many = [asyncio.create_task(draw(1, year)) for year in range(2001, 2006)]
        await asyncio.sleep(0)
        await asyncio.gather(*many, asyncio.create_task(draw(2, 2011)), asyncio.create_task(draw(3, 2021)))
    assert note.read_text().split()[:3] == ["2001", "2011", "2021"]


@pytest.mark.process
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('out of ink')", "ended with code 1: out of ink"),
        ("import os; os.abort()", "ended with code -6"),
        ("print('hello')", "ended with code 0"),
        (QUICK.replace("drawn", "shown"), "said what cannot be read"),
        ("pass", "ended with code 0: it wrote no answer"),
        ("print('hello')", "its answer of 6 bytes is not whole"),
        ("print('hello, is this a chart?')", "its answer has 24 bytes and should have 3616640221"),
        (writing(ANSWER[:-1]), f"its answer has {len(ANSWER) - 1} bytes and should have {len(ANSWER)}"),
        (writing(ANSWER + b"."), f"its answer has {len(ANSWER) + 1} bytes and should have {len(ANSWER)}"),
        (writing(ANSWER.replace(b"{", b"[")), "it said what cannot be read: ["),
        (writing(ANSWER.replace(b"[]", b"\n\xff")), "it said what cannot be read: {"),
        (writing(framed(b"[" * 20_000)), "it said what cannot be read: [[["),
        (writing(framed(b'{"drawn_labels":[1],"missing_scripts":[]}')), "it said what cannot be read: {"),
        (writing(framed(b'{"drawn_labels":[-1],"missing_scripts":[]}')), "it said what cannot be read: {"),
        (writing(framed(b'{"drawn_labels":[{}],"missing_scripts":[]}')), "it said what cannot be read: {"),
        (writing(framed(b"{}")), "it said what cannot be read: {}"),
        (writing(framed(b"7")), "it said what cannot be read: 7"),
        (writing(ANSWER.replace(b"PNG", b"JPG")), "its picture is not a PNG"),
        (f"{writing(ANSWER[:-9])}; sys.stdout.flush(); import os; os.kill(os.getpid(), 9)", "ended with code -9"),
        (f"{QUICK}; sys.exit('too late')", "ended with code 1: too late"),
        ("import sys; sys.exit('first\\nlast\\n\\n')", "ended with code 1: last"),
        ("import sys; print('no ink', file=sys.stderr)", "ended with code 0: it wrote no answer: no ink"),
        ("import sys; sys.exit('ink' * 9999)", "ended with code 1: inkink"),
    ],
)
async def test_a_process_that_fails_is_no_chart_and_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture, code: str, why: str
) -> None:
    with renderer(code) as chart_renderer:
        assert await chart_renderer.draw(chart_of(years({2001: 1}), locale="")) is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert why in record.getMessage()
    assert record.getMessage().startswith("no chart: its process ended with code ")
    assert record.getMessage().isprintable(), "one line"
    assert len(record.getMessage()) < 400


@pytest.mark.process
async def test_a_process_that_overruns_is_killed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    note = tmp_path / "note"
    code = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    with renderer(code, timeout=2) as chart_renderer:
        begun = time.monotonic()
        waiting = [chart_renderer.draw(chart_of(years({year: 1}), locale="")) for year in (2001, 2002)]
        assert await asyncio.gather(*waiting) == [None, None], "also those who wait for their turn"
        assert time.monotonic() - begun < 30
    assert "not drawn within 2 s" in caplog.text
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.process
async def test_the_drawing_process_does_not_get_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-secret")
    note = tmp_path / "note"
    with renderer(f"import os; open({str(note)!r}, 'w').write(repr(os.environ))") as chart_renderer:
        await chart_renderer.draw(chart_of(years({2001: 1}), locale=""))
    assert "MPLCONFIGDIR" in note.read_text()
    assert "a-secret" not in note.read_text()


@pytest.mark.process
def test_the_bot_itself_never_imports_matplotlib() -> None:
    code = f"import importlib, sys\nfor name in {('bot.client', 'bot.serve', *EXTENSIONS)!r}:\n"
    code += "    importlib.import_module(name)\nsys.exit(bool({'matplotlib', 'numpy', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, cwd=ROOT, check=False).returncode == 0
