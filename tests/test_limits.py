"""Text from pages stays text in Discord, and within its limits."""

import re

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.cards import limits
from bot.cards.limits import escape_discord, fit, fit_and_rest, link_url

untimed = settings(deadline=None)  # a busy machine is no reason to fail
fragments = st.sampled_from(
    [
        "@everyone", "@here", "<@1>", "<@&2>", "<#3>", "</daily add:4>", "<t:0:R>", "<a:wave:5>", ":tada:", "::", ":",
        "[a](http://example.org)", "http://example.org/a_b", "https://", "discord://", "**", "*", "__", "_", "~~", "`",
        "```", "||", "\\", "\\\\", "\\*", "> ", ">>> ", "# ", "## ", "-# ", "- ", "+ ", "1. ", "20) ", "\n", " ", "  ",
        "word", "longerword", "9", "1.5", "é", "e\u0301", "国际", "，", "😀", "👩\u200d🚀", "🇮🇸", "👍🏽", "…", "(", ")",
    ]
)  # fmt: skip
hostile = st.lists(fragments, max_size=40).map("".join)
some_text = st.one_of(hostile, st.text(st.characters(exclude_categories=["Cs"])))


def visible_text(text: str) -> str:
    """Return what a reader sees, by a small model of Discord; fail where something would be taken for markup."""
    characters: list[str] = []
    unescaped_characters: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == "\\":
            escaped = text[position + 1]
            # Discord drops a backslash only before a sign.
            assert not escaped.isalnum()
            assert not escaped.isspace()
            characters.append(escaped)
            unescaped_characters.append("\0")
            position += 2
        else:
            assert text[position] not in "*_~`|[]<>@#", text
            characters.append(text[position])
            unescaped_characters.append(text[position])
            position += 1
    unescaped = "".join(unescaped_characters)
    assert not re.search(r"[a-zA-Z]://", unescaped), text
    assert not re.search(r":[a-zA-Z0-9+-]{1,32}:", unescaped), text
    for line in unescaped.split("\n"):
        assert not re.match(r"\s*(?:[-+]|\d+[.)])(?:\s|$)", line), text
    return "".join(characters)


def units(text: str) -> int:
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Ping @everyone", r"Ping \@everyone"),
        ("<@1> <t:0:R>", r"\<\@1\> \<t\:0:R\>"),
        ("[label](http://example.org)", r"\[label\](http\://example.org)"),
        ("# 1 on the list", r"\# 1 on the list"),
        ("1. one", r"1\. one"),
        ("1.5 million", "1.5 million"),
        ("- item", r"\- item"),
        ("well-known", "well-known"),
        ("a :tada: b", r"a \:tada: b"),
        ("Note: this", "Note: this"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_markup_is_shown_letter_by_letter(text: str, escaped: str) -> None:
    assert escape_discord(text) == escaped


@untimed
@example("\\@everyone")
@example("x\n  - y")
@example("1.")
@given(some_text)
def test_text_is_seen_as_it_was_written(text: str) -> None:
    assert visible_text(escape_discord(text)) == text


@untimed
@example("*" * 300, 256)
@example("😀" * 200, 301)
@given(some_text, st.integers(0, 120))
def test_fitted_text_keeps_the_limit_and_ends_between_two_characters(text: str, limit: int) -> None:
    fitted = fit(text, limit)
    assert units(fitted) <= limit
    if units(escape_discord(text)) <= limit:
        assert fitted == escape_discord(text)
    elif fitted:
        visible = visible_text(fitted)
        assert visible.endswith("…")
        assert len(visible) - 1 in {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}
        assert text.startswith(visible[:-1])


@untimed
@example("*" * 300, 256)
@given(some_text, st.integers(0, 120))
def test_what_does_not_fit_is_the_rest_of_the_text(text: str, limit: int) -> None:
    fitted, rest = fit_and_rest(text, limit)
    assert fitted == fit(text, limit)
    beginning = visible_text(fitted)
    if rest:
        beginning = beginning.removesuffix("…")
        assert text.startswith(beginning)
        assert text[len(beginning) :].lstrip() == rest
    else:
        assert beginning in (text, text.rstrip() + "…", "…", "")


@untimed
@given(st.integers(2, 200))
def test_fitted_text_uses_the_room_it_has(limit: int) -> None:
    # Each star takes two units, the ending takes one.
    assert units(fit("*" * 500, limit)) >= limit - 2


def test_a_long_text_of_markup_alone_still_fills_a_description() -> None:
    assert units(fit("**a** " * 3000, limits.DESCRIPTION)) > limits.DESCRIPTION - 20


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("http://example.org/a_(b)", "http://example.org/a_%28b%29"),
        ("http://example.org/[x]?y=[z]", "http://example.org/%5Bx%5D?y=%5Bz%5D"),
        ("http://example.org/50%25?u=http%3A//x", "http://example.org/50%25?u=http://x"),
        ("http://example.org/紫", "http://example.org/%E7%B4%AB"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
    ],
)
def test_an_address_is_ascii_without_brackets(url: str, encoded: str) -> None:
    assert link_url(url) == encoded


def test_an_address_too_long_for_discord_is_none() -> None:
    front = "http://example.org/"
    longest = front + "a" * (limits.URL - len(front))
    assert link_url(longest) == longest
    assert link_url(longest + "a") is None
    assert link_url(front + "紫" * 300) is None


url_pieces = st.sampled_from(
    ["http://", "https://", "[::1]", "example.org", ":80", ":x", "/", "(", ")", "[", "]", "<", ">", "?", "#", "%",
     "%zz", "%20", " ", '"', "'", "*", "~", "|", "\\", "`", "\u202e", "\ud800", "紫", "ü", "..", "@", "&", "=", "xn--"]
)  # fmt: skip


@untimed
@given(st.one_of(st.text(), st.lists(url_pieces, max_size=20).map("".join)))
def test_no_address_ends_the_link_it_stands_in(url: str) -> None:
    encoded = link_url(url)
    if encoded is not None:
        assert encoded.isascii()
        assert not set(encoded) & set("()[]<>\"'*~|\\` ")
        assert len(encoded) <= limits.URL


@pytest.mark.parametrize(
    "piece", ["*", "1. ", ":", ":a", "a://", " ", "\n", "\n ", "1", "<t:0>", "\u0301", "👩\u200d🚀"]
)
def test_hostile_text_is_fitted_in_one_go(piece: str) -> None:
    # A rule that went back over what it has read would not come to an end here.
    text = piece * (1024 * 1024 // len(piece))
    assert units(fit(text, limits.DESCRIPTION)) <= limits.DESCRIPTION
    assert len(escape_discord(text)) >= len(text)
