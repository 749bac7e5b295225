"""Which files of Wikimedia Commons are shown, and how their authors are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.text import length
from bot.formats.articles import read_articles, write_articles
from bot.sources.free_images import free_image, plain_author
from tests.helpers.wikipedia_articles import FakeArticles

if TYPE_CHECKING:
    from bot.domain.article import ArticleImage

PAGE = "https://commons.wikimedia.org/wiki/File:Ferry.jpg"
UNKNOWN = (
    '<div class="fn value">\n<span lang="en">Unknown author</span>'
    '<span style="display: none;">Unknown author</span></div>'
)


def image(name: str = "Ferry.jpg", **file: Any) -> ArticleImage | None:
    """Return the image of a file, as the API describes it."""
    fake = FakeArticles()
    fake.write("MS Bergen", 1, name, **file)
    answer = fake.answer("en", {"titles": f"File:{name}", "prop": "imageinfo", "iiurlwidth": "960"})
    return free_image(answer["query"]["pages"][0])


@pytest.mark.parametrize(
    ("licence", "code", "shown"),
    [
        ("CC BY-SA 4.0", "cc-by-sa-4.0", "CC BY-SA 4.0"),
        ("CC BY-SA 3.0 de", "cc-by-sa-3.0-de", "CC BY-SA 3.0 de"),
        ("CC BY 2.0", "cc-by-2.0", "CC BY 2.0"),
        ("CC BY-SA 4.0-3.0-2.5-2.0-1.0", None, "CC BY-SA 4.0-3.0-2.5-2.0-1.0"),
        ("CC-BY-SA-3.0", None, "CC BY-SA 3.0"),
        ("GFDL", "cc-by-sa-3.0-migrated", "CC BY-SA 3.0"),
        ("GFDL", "cc-by-sa-3.0", "CC BY-SA 3.0"),
        (None, "cc-by-2.5", "CC BY 2.5"),
        ("CC0", "cc0", "CC0"),
        ("Public domain", "pd", "Public domain"),
        ("Gemeinfrei", "pd", "Public domain"),
        ("PD-USGov", None, "Public domain"),
        ("CC BY-NC 2.0", "cc-by-nc-2.0", None),
        ("CC BY-ND 4.0", None, None),
        ("CC BY-SA 4.0", "cc-by-nc-sa-4.0", None),
        ("Fair use", "fairuse", None),
        ("Fair use", "pd", None),
        ("Attribution", None, None),
        ("Copyrighted free use", None, None),
        ("CC BY", None, None),
        ("", "", None),
        (None, None, None),
    ],
)
def test_only_licences_that_are_free_are_taken(licence: str | None, code: str | None, shown: str | None) -> None:
    found = image(licence=licence, code=code)
    assert (found.licence if found else None) == shown


def test_what_is_called_not_free_is_not() -> None:
    assert image(more={"NonFree": "true"}) is None
    assert image(more={"NonFree": "1"}) is None
    assert image(more={"NonFree": "false"}) is not None


def test_a_wikipedias_own_files_are_not_taken() -> None:
    assert image(repository="local") is None
    assert image(repository="") is None
    assert free_image({"ns": 6, "title": "File:Gone.jpg", "missing": True, "imagerepository": ""}) is None


@pytest.mark.parametrize(
    ("name", "suffix", "is_shown"),
    [
        ("Ferry.JPG", "", True),
        ("Map.svg", ".png", True),
        ("Scan.tif", ".jpg", True),
        ("Map.svg", "", False),
        ("Film.webm", "", False),
    ],
)
def test_what_discord_cannot_show_is_not_taken(name: str, suffix: str, *, is_shown: bool) -> None:
    assert (image(name, suffix=suffix) is not None) == is_shown


@pytest.mark.parametrize(
    ("row", "change"),
    [
        ("imageinfo", None),
        ("imageinfo", []),
        ("imageinfo", "x"),
        ("thumburl", "javascript:alert(1).jpg"),
        ("thumburl", "//upload.example/1.jpg"),
        ("thumburl", "https://upload.example/" + "x" * 3000 + ".jpg"),
        ("descriptionurl", None),
        ("descriptionurl", 7),
        ("extmetadata", []),
        ("extmetadata", None),
        ("extmetadata", {"LicenseShortName": "CC0"}),
    ],
)
def test_an_answer_of_another_shape_is_no_image(row: str, change: object) -> None:
    fake = FakeArticles()
    fake.write("MS Bergen", 1, "Ferry.jpg")
    answer = fake.answer("en", {"titles": "File:Ferry.jpg", "prop": "imageinfo", "iiurlwidth": "960"})
    page = answer["query"]["pages"][0]
    if row == "imageinfo":
        page[row] = change
    else:
        page["imageinfo"][0][row] = change
    assert free_image(page) is None


@pytest.mark.parametrize(
    ("html", "author"),
    [
        ('<a href="//commons.wikimedia.org/wiki/User:Ada">Ada &amp; Bob</a>', "Ada & Bob"),
        (UNKNOWN, "Unknown author"),
        ("<style>.x{color:red}</style><bdi><a href='x'>Ada</a></bdi>", "Ada"),
        ("Ada<br>Bob", "Ada Bob"),
        ("<table><tr><th>Artist</th><td>Ada</td></tr></table>", "Artist Ada"),
        ("@everyone \u202eadA", "@everyone adA"),
        ("NASA / <script>alert(1)</script>Ada", "NASA / Ada"),
        ("<span style='display:none'>x</span>", None),
        ("  ", None),
        ("<!-- x -->", None),
    ],
)
def test_an_author_is_plain_text(html: str, author: str | None) -> None:
    assert plain_author(html) == author


def test_huge_html_becomes_a_short_author() -> None:
    huge = "<div>" * 3000 + "<b>Ada Byron and others</b> " * 100_000
    author = plain_author(huge)
    assert author is None or length(author) <= 100
    author = plain_author("<b>Ada Byron and others</b> " * 100_000)
    assert author
    assert author.startswith("Ada Byron and others Ada Byron")
    assert length(author) <= 100
    assert author.endswith("…")


def test_a_licence_that_asks_for_a_name_needs_one() -> None:
    assert image(artist=None) is None
    assert image(artist=" ") is None
    found = image(artist=None, more={"Attribution": "Photo: <b>Ada</b>"})
    assert found
    assert found.author == "Photo: Ada"
    found = image(artist=None, licence="Public domain", code="pd")
    assert found
    assert found.credit == f"Public domain, {PAGE}"


def test_what_is_written_of_an_image_is_read_again() -> None:
    path = "pages/articles/en/3f.jsonl"
    text = (
        '{"title": "MS Bergen", "redirect": "Bergen (ship)", "size": 5, "image": {"url": "https://u.example/1.jpg",'
        f' "author": "Ada \\" 船", "licence": "CC0", "page": "{PAGE}"}}, "checked": "2026-11-28"}}\n'
    )
    assert write_articles(read_articles(text, path)) == text
