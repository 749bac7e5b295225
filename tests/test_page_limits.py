"""Parts of pages that are far too long are cut at import, and the report says which."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.page_reader import PageFile, ParsedPage, read_file
from bot.domain.errors import DateError
from bot.domain.page import Page
from bot.formats.page_limits import within_limits
from tests.helpers.archives import Import
from tests.helpers.processes import Shell
from tests.helpers.samples import page, path_of, write


def read(text: str) -> ParsedPage:
    return read_file(PageFile("news/2001/03/4/x.md", text.encode()), forgotten=ForgottenEvents())


def page_of(headline: str = "A ship sails", summary: str = "It sails.", block: str = "", below: str = "") -> Page:
    return read(f"### [2001-03-04](x)\n{block}\n\n##### Ships\n\n# {headline}\n\n{summary}\n\n{below}").page


def test_a_page_within_the_limits_stays_as_it_is() -> None:
    one = page_of()
    assert within_limits(one) == (one, "")
    assert within_limits(one)[0] is one


def test_long_texts_are_cut_at_a_word() -> None:
    long = page_of(headline="word " * 1000, summary="word " * 9000)
    assert (len(long.headline), len(long.summary or "")) == (2000, 20_000) or long.headline.endswith("word…")
    assert len(long.headline) <= 2000
    assert len(long.summary or "") <= 20_000


def test_names_of_topics_and_their_number_are_limited() -> None:
    many = page_of(block="topics: " + "; ".join(f"Topic {number} {'x' * 300}" for number in range(300)))
    assert len(many.topics) == 200
    assert max(map(len, many.topics)) <= 200
    assert len(page_of(block="also: " + "; ".join(f"Name {number}" for number in range(300))).also) == 200


def test_related_events_and_sources_are_limited() -> None:
    related = "".join(
        f"1. [{'y' * (3000 if number < 3 else 30)}](/news/2001/03/5/{number}.md) _Context: {'z' * 300}_\n"
        for number in range(600)
    )
    sources = "".join(f"1. [{'s' * 300}](https://example.org/{number})\n" for number in range(300))
    many = page_of(below=f"### Source:\n\n{sources}\n### Related:\n\n{related}")
    assert (len(many.related), len(many.sources)) == (500, 200)
    assert max(len(mention.headline) for mention in many.related) <= 2000
    assert max(len(name) for mention in many.related for name in mention.topics) <= 200
    assert max(len(source.name) for source in many.sources) <= 200


async def test_the_report_says_what_was_cut(tmp_path: Path, load: Import, archive: Archive) -> None:
    write(tmp_path, "2001-03-04", "A ship sails")
    path = tmp_path / f"{path_of('2001-03-05', 'Long')}.md"
    path.parent.mkdir(parents=True)
    path.write_text(page("2001-03-05", "Long " * 1000))
    report = load(tmp_path)
    assert [(cut.path, cut.reason) for cut in report.shortened] == [(str(path), "cut, since too long: headline")]
    assert report.pages == 2
    index = path.parent / "index.md"
    index.write_text(f"##### {'t' * 900}\n\n### [{'Other ' * 900}](/{path_of('2001-03-05', 'Long')}.md)\n")
    load(tmp_path)
    (event,) = (await archive.on_this_day(305)).events
    assert len(event.headline) <= 2000
    assert any("t" * 100 in topic for topic in event.topics)
    assert all(len(topic) <= 200 for topic in event.topics)


@pytest.mark.process
def test_the_shell_says_what_was_cut(shell: Shell) -> None:
    (shell.folder / "long.md").write_text(page("2001-03-05", "Long " * 1000))
    assert "1 taken in part:" in shell("import", "long.md").out
    (shell.folder / "long.md").write_text(page("2001-03-05", "Longer " * 1000))
    assert shell.json("import", "long.md")["shortened"][0]["reason"] == "cut, since too long: headline"


@pytest.mark.simcord(shard_count=1)
@pytest.mark.parametrize(
    "text", ["https://evil.example", "[free](https://evil.example)", "discord.gg/evil", "HTTPS://EVIL.EXAMPLE"]
)
async def test_text_echoed_in_an_error_is_no_link(simcord_env: Any, channel: Any, reader: Any, text: str) -> None:
    response = (await reader.slash(channel, "onthisday", date=text)).response
    assert isinstance(simcord_env.errors[0].original, DateError)
    assert "evil" in response.content.lower()
    assert not re.search(r"(?<!\\)://|(?<!\\)\.gg/", response.content, re.IGNORECASE)
