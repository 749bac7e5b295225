"""Which pages of a day are about one event: examples, and how well the rule does on pairs labelled by hand."""

import csv
import random
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive.forgotten_events import ForgottenEvents
from bot.archive.importer import import_pages
from bot.archive.merge import HeadlineRecord, group_paths, same_event
from tests.helpers.examples import examples
from tests.helpers.samples import REAL_PAGES

SAME = [
    ("Wales forbids paper cups.", "Wales forbids paper cups"),
    ("Wales forbids   paper cups.", "WALES forbids paper cups."),
    ("The first ship of the year reaches the port.", "Winter of 2001: The first ship of the year reaches the port."),
    ("The first ship of the year reaches the port.", "Harbour News. The first ship of the year reaches the port."),
    (
        "Divers reach the wreck of the steamer Adra in the bay of Kotor, raising 14 crates and mapping 40 more.",
        "Divers reach the wreck of the steamer Adra in the bay of Kotor and raise 14 crates, maps 40 more.",
    ),
    (
        "The ferry Aurora runs aground off the island of Melos with 310 people on board.",
        "The ferry Aurora runs aground off the island of Melos with 310 people on board. All of them are saved.",
    ),
    ("一艘載有三百人的渡輪在希臘米洛斯島附近海域觸礁擱淺", "一艘载有三百人的渡轮在希腊米洛斯岛附近海域触礁搁浅。"),
    ("冰島居民舉行冬季泳賽並公佈各組成績", "冰島居民舉行冬季泳賽 Winter Swim 並公佈各組成績"),
]
DIFFERENT = [
    ("A car bomb kills 12 people at a market in Adra.", "A car bomb kills 12 people at a market in Mosul."),
    ("A car bomb kills 12 people at a market in Adra.", "A car bomb kills 30 people at a market in Adra."),
    ("Voters in Austria elect a president.", "Voters in Poland elect a president."),
    (
        "A magnitude 5.1 earthquake strikes off the coast of Japan; no warning is issued.",
        "A magnitude 6.2 earthquake strikes off the coast of Japan; no warning is issued.",
    ),
    (
        "In tennis, Ann Able beats Bea Best in the final of the women's singles of the 2001 Open in Rome.",
        "In tennis, Carl Cox beats Dan Dale in the final of the men's singles of the 2001 Open in Rome.",
    ),
    ("蒙古首次觀測到新彗星。", "智利首次觀測到新彗星。"),
    ("挪威北部舉行三場冰上慶典。", "瑞典北部舉行三場冰上慶典。"),
    ("Storm", "Storm hits the coast of Wales and cuts the power"),
    # Another name, number or order in a long sentence that is otherwise the same.
    (
        "Adra reports its first two cases of the river fever that was found in the south of Melos this spring.",
        "Kotor reports its first case of the river fever that was found in the south of Melos this spring.",
    ),
    (
        "The UK opens its first lending library for tools, which began in the old port of Adra.",
        "The US opens its first lending library for tools, which began in the old port of Adra.",
    ),
    (
        "Niger opens its first lending library for tools in Adra.",
        "Nigeria opens its first lending library for tools in Adra.",
    ),
    ("South Sudan signs the treaty on the waters of the Nile.", "Sudan signs the treaty on the waters of the Nile."),
    (
        "A landslide buries three houses at the end of the old road to the port of Adra, the town's council says.",
        "A landslide buries seven houses at the end of the old road to the port of Adra, the town's council says.",
    ),
    (
        "Melos attacks Kotor with forty ships and lays siege to the three towns of the bay, its council says.",
        "Kotor attacks Melos with forty ships and lays siege to the three towns of the bay, its council says.",
    ),
    (
        "Able beats Best in the final of the Open in Rome, winning a third title there.",
        "Best beats Able in the final of the Open in Rome, winning a third title there.",
    ),
    (
        "日本首次確診一例在希臘米洛斯島發現的河熱病例，患者是一名三十歲的船員，現已隔離治療。",
        "韩国首次确诊一例在希腊米洛斯岛发现的河热病例，患者是一名三十岁的船员，现已隔离治疗。",
    ),
    (
        "日本队在罗马举行的决赛中以三比二击败韩国队，第五次夺得这项比赛的冠军。",
        "韩国队在罗马举行的决赛中以三比二击败日本队，第五次夺得这项比赛的冠军。",
    ),
]


def record(path_id: int, headline: str) -> HeadlineRecord:
    return HeadlineRecord(path_id, headline, "zh" if any(character >= "\u4e00" for character in headline) else "en")


@pytest.mark.parametrize(("first", "second"), SAME)
def test_two_wordings_of_one_event_are_one(first: str, second: str) -> None:
    assert same_event(record(1, first), record(2, second))
    assert group_paths([record(1, first), record(2, second)]) == [[1, 2]]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_events_with_similar_headlines_stay_apart(first: str, second: str) -> None:
    assert not same_event(record(1, first), record(2, second))
    assert group_paths([record(1, first), record(2, second)]) == [[1], [2]]


def test_languages_are_not_mixed() -> None:
    assert group_paths([HeadlineRecord(1, "NASA", "en"), HeadlineRecord(2, "NASA", "zh")]) == [[1], [2]]


def test_what_a_page_says_of_itself_counts_whatever_the_words() -> None:
    assert group_paths(
        [
            HeadlineRecord(1, "Alpha", "en", former_path_ids=(2,)),
            HeadlineRecord(2, "Omega", "en"),
            HeadlineRecord(3, "Beta", "en"),
        ]
    ) == [[1, 2], [3]]


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(st.sampled_from([headline for pair in SAME + DIFFERENT for headline in pair]), max_size=12),
    st.randoms(use_true_random=False),
)
def test_groups_do_not_depend_on_the_order(headlines: list[str], shuffler: random.Random) -> None:
    day = [record(number, headline) for number, headline in enumerate(headlines)]
    groups = {frozenset(ids) for ids in group_paths(day)}
    shuffler.shuffle(day)
    assert {frozenset(ids) for ids in group_paths(day)} == groups
    assert sorted(number for ids in groups for number in ids) == list(range(len(headlines)))


def test_a_crowded_day_of_alike_headlines_is_grouped_in_bounded_work() -> None:
    day = [record(number, f"The court of Nowhere rules in case {number} of the year") for number in range(3000)]
    assert len(group_paths(day)) == 3000


PAIRS = Path(__file__).parent / "labelled_pairs.csv"


@pytest.mark.process
@pytest.mark.skipif(not REAL_PAGES.exists(), reason="the real pages are not here")
def test_on_real_pages_nothing_is_wrongly_joined_and_most_duplicates_are_found(tmp_path: Path) -> None:
    """Whatever is joined in the whole import is labelled as one event; docs/duplicates.md has all the figures."""
    file = tmp_path / "archive.sqlite3"
    import_pages(file, [REAL_PAGES], forgotten=ForgottenEvents())
    events = events_of(file)
    counts: Counter[tuple[bool, bool]] = Counter()
    same: dict[str, set[str]] = defaultdict(set)
    with PAIRS.open(encoding="utf-8", newline="") as pairs:
        for row in csv.DictReader(pairs):
            first, second = events.get(row["key_a"]), events.get(row["key_b"])
            if first is not None and second is not None:
                counts[first == second, row["same"] == "1"] += 1
            if row["same"] == "1":
                same[row["key_a"]].add(row["key_b"])
                same[row["key_b"]].add(row["key_a"])
    assert counts.total() >= 230
    assert counts[True, False] == 0
    # Five of the sixteen are two reports in quite different words, which no look at the words can join.
    assert counts[True, True] >= 10
    assert counts[False, True] <= 6
    keys: dict[int, list[str]] = defaultdict(list)
    for key, event_id in events.items():
        keys[event_id].append(key)
    assert not [joined for joined in keys.values() if any(not same[key].intersection(joined) for key in joined[1:])]


def events_of(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as db:
        return dict(db.execute("SELECT key, event_id FROM page_path WHERE event_id IS NOT NULL"))


def test_the_labels_do_not_contradict_each_other() -> None:
    """If a is b and b is c, then a must not be labelled as different from c."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while parents.setdefault(key, key) != key:
            key = parents[key]
        return key

    for row in rows:
        if row["same"] == "1":
            parents[root(row["key_a"])] = root(row["key_b"])
    assert not [row for row in rows if row["same"] == "0" and root(row["key_a"]) == root(row["key_b"])]
    assert all(row["key_a"] != row["key_b"] for row in rows)
