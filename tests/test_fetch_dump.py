"""Past years out of files: dumps and exports of Wikipedia, and folders of wikitext."""

from __future__ import annotations

import bz2
from datetime import date
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest

from bot.domain.errors import FetchError
from bot.sources.portal_dump import DumpedPages
from bot.sources.portal_titles import day_of_title, title_of
from tests.helpers.fetching import Fetching, days_from
from tests.helpers.wikipedia import Bullet, wikipedia

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

D22, D23 = date(2015, 11, 22), date(2015, 11, 23)
WIKITEXT = """{{Current events|year=2015|month=11|day=22|content=

<!-- All news items below this line -->
;Business and economy
*[[Ferries of Norway]]
**A new ferry, the [[MS Wanderer]], is launched in [[Bergen]]. [https://paper.example/ferry (''The Paper'')]
*The bridge over the [[Tana (Norway)|Tana]] is opened. [https://paper.example/bridge (The Paper)]
<!-- All news items above this line -->}}
"""
EXPORT = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">
  <siteinfo><sitename>Wikipedia</sitename></siteinfo>
  <page><title>Tana (Norway)</title><ns>0</ns><id>1</id>
    <revision><id>5</id><text xml:space="preserve">A river.</text></revision></page>
  <page><title>{title}</title><ns>100</ns><id>2</id>
    <revision><id>698123456</id><timestamp>2015-11-30T00:00:00Z</timestamp>
    <text xml:space="preserve">{text}</text></revision></page>
  <page><title>Portal:Current events/Sidebar</title><ns>100</ns><id>3</id>
    <revision><id>7</id><text xml:space="preserve">A list.</text></revision></page>
</mediawiki>
"""


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Fetching]:
    with wikipedia() as fake:
        yield Fetching(tmp_path / "data", fake, today=date(2015, 12, 24))


def export(folder: Path, name: str = "export.xml", text: str = WIKITEXT) -> Path:
    data = EXPORT.format(title=title_of(D22), text=escape(text)).encode()
    file = folder / name
    file.write_bytes(bz2.compress(data) if name.endswith(".bz2") else data)
    return file


@pytest.mark.parametrize("name", ["export.xml", "export.xml.bz2"])
async def test_an_export_fills_past_days_and_what_it_has_is_not_fetched_again(
    fetching: Fetching, tmp_path: Path, name: str
) -> None:
    dumped = DumpedPages(export(tmp_path, name))
    assert (dumped.first, dumped.last) == (D22, D22)
    report = await fetching.fetch(D22, D22, pages=dumped)
    assert (report.written, report.alarms, report.missed) == (2, [], 0)
    bridge, ferry = sorted(fetching.written(), key=lambda page: page.path, reverse=True)
    assert ferry.topics == ("Ferries of Norway", "MS Wanderer", "Bergen")
    assert ferry.headline == "A new ferry, the MS Wanderer, is launched in Bergen."
    assert bridge.category == "Business and economy"
    assert ferry.credit == "Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/w/index.php?oldid=698123456"
    # The same revision is still the latest.
    fetching.wikipedia.edit(D22)
    fetching.wikipedia.revisions[D22] = 698123456
    assert (await fetching.fetch(D22, D22)).fetched == 0


async def test_a_folder_of_wikitext_is_read_and_nothing_is_withdrawn_by_it(fetching: Fetching, tmp_path: Path) -> None:
    folder = tmp_path / "days"
    folder.mkdir()
    (folder / "2015-11-22.wiki").write_text(WIKITEXT, "utf-8")
    (folder / "2015-11-31.wiki").write_text(WIKITEXT, "utf-8")
    (folder / "notes.md").write_text("nothing", "utf-8")
    assert (await fetching.fetch(D22, D23, pages=DumpedPages(folder))).written == 2
    assert (await fetching.fetch(D22, D23, pages=DumpedPages(folder))).fetched == 0
    credit_lines = {page.credit for page in fetching.written()}
    assert credit_lines == {
        "Wikipedia contributors, CC BY-SA 4.0, https://en.wikipedia.org/wiki/Portal:Current_events/2015_November_22"
    }
    (folder / "2015-11-22.wiki").write_text(WIKITEXT.replace("*The bridge", "*[[File:x.jpg]]\n*No bridge"), "utf-8")
    report = await fetching.fetch(D22, D23, pages=DumpedPages(folder))
    assert report.withdrawn == 0
    assert len(fetching.events()) == 2


async def test_what_a_dump_and_the_web_tell_of_a_day_is_one_event(fetching: Fetching, tmp_path: Path) -> None:
    await fetching.fetch(D22, D22, pages=DumpedPages(export(tmp_path)))
    events = fetching.events()
    ferry = Bullet(
        "A new ferry, the [[MS Wanderer]], is launched in [[Bergen]].", ("https://paper.example/ferry",),
        "Business and economy", ("Ferries of Norway",),
    )  # fmt: skip
    bridge = Bullet(
        "The bridge over the [[Tana (Norway)|Tana]] is opened.", ("https://paper.example/bridge",),
        "Business and economy",
    )  # fmt: skip
    fetching.wikipedia.edit(D22, ferry, bridge)
    report = await fetching.fetch(D22, D22)
    assert (report.fetched, report.written, report.unchanged) == (1, 0, 2)
    assert fetching.events() == events


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.xml", b"", "cannot be read as a dump"),
        ("half.xml", EXPORT.encode()[:300], "cannot be read as a dump"),
        ("text.xml.bz2", b"this is no bzip2", "cannot be read as a dump"),
        ("other.xml", b"<mediawiki><page><title>Oslo</title></page></mediawiki>", "has no page of the portal"),
    ],
)
def test_a_file_that_is_no_dump_is_one_sentence(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FetchError, match=words):
        DumpedPages(tmp_path / name)


def test_entities_of_a_dump_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}<!ENTITY file SYSTEM "{secret.as_uri()}">]>' + EXPORT.format(
        title=title_of(D22), text="{{Current events|content=\n* &l9; &file; [https://a.example/1 (A)]}}"
    )
    file = tmp_path / "bomb.xml"
    file.write_text(text, "utf-8")
    try:
        pages = DumpedPages(file)
    except FetchError:
        return
    assert all(len(day.data) < 1000 for day in pages._days.values())
    assert b"secret" not in b"".join(day.data for day in pages._days.values())


def test_a_day_has_a_title_and_a_title_a_day() -> None:
    for day in days_from(date(2023, 12, 1), 400):
        assert day_of_title(title_of(day)) == day
        assert day_of_title(title_of(day).replace(" ", "_")) == day
    for title in ("Portal:Current events", "Portal:Current events/2025 June", "Portal:Current events/2025 June 31"):
        assert day_of_title(title) is None
