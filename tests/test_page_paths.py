"""Paths of pages, and the keys that are derived from them."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.page import KEY_LENGTH, key_of
from bot.formats.page_path import is_index, normal_path
from tests.helpers.samples import SEED, SEED_KEY


@pytest.mark.parametrize(
    "path",
    [
        "news/2014/11/3/a-storm",
        "news/2014/11/3/a-storm.md",
        "/news/2014/11/3/a-storm.md",
        "/zh/news/2014/11/3/a-storm.md",
        "news/2014/11/03/a-storm.md",
        "./pages/en/news/2014/11/3/a-storm.md",
        "C:\\x\\news\\2014\\11\\3\\a-storm.md",
        "/news/2001/01/1/archive/news/2014/11/3/a-storm.md",
        "http://example.org/zh/news/2014/11/3/a-storm.md",
    ],
)
def test_a_key_is_the_same_wherever_the_folder_stands(path: str) -> None:
    normal = normal_path(path)
    assert normal == "news/2014/11/3/a-storm"
    assert key_of(normal) == key_of("news/2014/11/3/a-storm")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("news/2014/11/3/a-storm", "2re0jgoojjaw"),
        ("news/2010/05/7/琥珀港的灯塔开放", "zjf5ouvsygn8"),
        ("news/0044/03/15/caesar", "87vz5myu54b6"),
        ("topic/international space station", "oyb2t0vou27j"),
        ("", "gt33uehk7gng"),
    ],
)
def test_keys_never_change(path: str, key: str) -> None:
    """Buttons on old messages carry them."""
    assert key_of(path) == key


def test_the_seed_page_has_its_key() -> None:
    assert key_of(normal_path(str(SEED)) or "") == SEED_KEY


def test_a_key_is_the_same_in_both_unicode_forms() -> None:
    path = "news/2014/11/3/größe-가-が.md"
    forms = {normal_path(unicodedata.normalize(form, path)) for form in ("NFC", "NFD")}
    assert forms == {"news/2014/11/3/größe-가-が"}


@pytest.mark.parametrize(
    "path",
    ["", "a.md", "news/a.md", "news/2014/11/a.md", "news/2014/11/3/", "news/14/11/3/a.md", "news/2014/11/3/b/a.md",
     "oldnews/2014/11/3/a.md", "news/２０１４/11/3/a.md"],
)  # fmt: skip
def test_what_is_no_page_has_no_path(path: str) -> None:
    assert normal_path(path) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("news/2014/11/3/index.md", True),
        ("news\\2014\\README.md", True),
        ("Index.MD", True),
        ("news/2014/11/3/a-storm.md", False),
        ("news/2014/11/3/index-of-prices-falls.md", False),
        ("news/index/a.md", False),
    ],
)
def test_index_and_readme_are_lists(path: str, expected: bool) -> None:
    assert is_index(path) is expected


@given(st.text())
def test_a_key_is_twelve_small_letters_and_digits(path: str) -> None:
    assert re.fullmatch(rf"[0-9a-z]{{{KEY_LENGTH}}}", key_of(path))


@given(
    st.lists(st.sampled_from(["news", "/", "\\", "2014", "11", "3", "03", "a", ".md", "é", "e\u0301", "\n"])).map(
        "".join
    )
)
def test_a_normal_path_is_its_own_normal_form(path: str) -> None:
    normal = normal_path(path)
    if normal is not None:
        assert normal_path(normal) == normal
        assert re.fullmatch(r"news/\d{4}/\d{2}/\d{1,2}/[^/]+", normal, re.DOTALL)
