"""Text is cleaned once, compared without accents and script, found by its words, and cut where a reader would."""

import unicodedata

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.text import Term, cut, fold, han_letters, in_script, is_traditional, length, search_terms, words
from bot.formats.cleaning import clean
from tests.helpers.examples import examples

untimed = settings(deadline=None)  # a busy machine is no reason to fail
MIB = 1024 * 1024

fragments = st.sampled_from(
    [
        "{{", "}}", "{", "}", "|", "[[", "]]", "[", "]", "-{", "}-", "-", "''", "'", "'''", '"', "\"'", "&", "&amp;",
        "&amp;amp;", "&lt;", "&gt;", "&#39;", "&#91;", "&#123;", "&#x202e;", "&#0;", "&nbsp;", "#", ";", ":", "=", "<",
        ">", "<b>", "</b>", "<br/>", "<ref>", "<ref name=a/>", "</ref>", "<!--", "-->", "--", "/", "http://", "http:--",
        "https://x.y", "ftp:--", "File:", "convert", "50", "m", "cite web", "dead link", "lang", "zh-hans:", "zh-hant:",
        "zh:", "A|", "T|", "date=", "May 2000", "五月 2017", "(Link dead as of ", "(UTC))", ":10:20+00:00", "(", ")",
        "（", "）", "。", "，", " ", "  ", "\n", "\t", "\u00a0", "\u200b", "\u202e", "\u2028", "\x00", "\x85", "\ufeff",
        "\u200d", "e", "\u0301", "é", "s", "word", " .", " ,", ".", ",", "!", "<sup>", "</sup>", "USS|", "435|mi|km",
        "url=", " | ", "title = ", "朝鲜", "北韓", "😀", "\ud800",
    ]
)  # fmt: skip
hostile = st.lists(fragments, max_size=30).map("".join)
some_text = st.one_of(hostile, st.text(), st.text(st.characters(categories=["Cc", "Cf", "Mn", "Zs", "Po", "Lo"])))

CLEANED = {
    # entities
    "R&amp;B": "R&B",
    "R&amp;amp;B": "R&B",
    "R &amp; B": "R & B",
    "Q&A; AT&T": "Q&A; AT&T",
    "&quot;a&quot; &#039;b&#39; &amp;#039;c&amp;amp;#39;": "\"a\" 'b' 'c'",
    "1984&ndash;1989&nbsp;A": "1984–1989 A",
    "&#x41;&#66;": "AB",
    "&lt;b&gt;bold&lt;/b&gt;": "bold",
    "&nosuchentity; stays": "&nosuchentity; stays",
    # italics and bold
    "The ''Morning Star'' sails": "The Morning Star sails",
    "'''Bold''' and '''''both'''''": "Bold and both",
    "''Morning Star'''s crew": "Morning Star's crew",
    "an \"'old'\" word": "an \"'old'\" word",
    "名将\"'某人\"'出席": "名将某人出席",
    "don't, dogs' and 'quoted'": "don't, dogs' and 'quoted'",
    # links
    "[http://example.org/a label]": "label",
    "[http:--example.org-a-b label] stays": "label stays",
    "Quake. [https://example.org Wire]": "Quake. Wire",
    "[http://example.org/a] stays": "stays",
    "cut [http:--example.org-very-lo": "cut",
    "bare http:--example.org-a?b=c end": "bare end",
    "（[http:--example.org-a]）。": "。",
    "[[Reykjavik]] and [[Iceland|the island]]": "Reykjavik and the island",
    "[[File:a.jpg|thumb|a [[b]]]] text": "text",
    "[sic] stays": "[sic] stays",
    "half a [[link": "half a link",
    # templates
    "{{convert|50|m|ft}} tall": "50 m tall",
    "{{nowrap|{{convert|5|km}} away}}": "5 km away",
    "Fire.{{dead link|date=May 2010}}": "Fire.",
    "Fire.{{cite web|url=http://example.org": "Fire.",
    "half a {{template": "half a template",
    "the {{ship|USS|Cole|DDG-67}} and {{HMS|Ark Royal|R07|2}}": "the USS Cole (DDG-67) and Ark Royal",
    "a {{M|w|7.2}} earthquake": "a Mw 7.2 earthquake",
    # a template whose braces are gone
    "435|mi|km away, 24|to|30|°C|°F": "435 mi away, 24 to 30 °C",
    "convert|50|m, cvt|1,200|km|abbr=on.": "50 m, 1,200 km.",
    "c|net, 24|7 and 5|a": "c|net, 24|7 and 5|a",
    "Fire. language = en | author = A. B | coauthors = | | title = Fire | date = 2009-06-11": "Fire.",
    "a title = b | c": "a title = b | c",
    "Fire.date=May 2010": "Fire.",
    "Fire. date=十一月 2017": "Fire.",
    "the up-to-date=good": "the up-to-date=good",
    "Fire (Link dead as of 10:00, 1 May 2010 (UTC))": "Fire",
    "Fire.:49:46+00:00": "Fire.",
    "at 10:49:46+00:00": "at 10:49:46+00:00",
    # tags
    "a<br/>b <i>c</i> <small>d</small>": "a b c d",
    "kept<ref name='a/b'/> too<ref>[http://example.org <i>x</i>]</ref>.": "kept too.",
    "a <!-- not <b>shown</b> - at all --> b": "a b",
    "5 < 6 > 4": "5 < 6 > 4",
    "10<sup>3</sup> m<sup class='x'> 2 </sup>, 10<sup>−6</sup>": "10³ m², 10⁻⁶",
    "the 25<sup>th</sup> CO<sub>2</sub>": "the 25th CO2",
    # stops behind what was taken out
    "after his arrest. . A friend": "after his arrest. A friend",
    'He said "no." [http://example.org] . Then': 'He said "no." Then',
    "of two drivers. , , ": "of two drivers.",
    "at 10 p.m. , and (Wire) .": "at 10 p.m., and (Wire).",
    "a b , c ": "a b, c",
    "word . . . word ... .fr": "word . . . word ... .fr",
    # converter marks: one form, in the script of the text around
    "-{zh-hans:朝鲜; zh-hant:北韓;}-核试验": "朝鲜核试验",
    "-{zh-hans:朝鲜; zh-hant:北韓;}-核試驗": "北韓核試驗",
    "-{zh:奥巴马; zh-hans:奥巴马; zh-tw:歐巴馬}-訪問": "歐巴馬訪問",
    "-{zh-cn:甲;}-": "甲",
    "-{原样}-": "原样",
    "-{A|zh-hans:朝鲜; zh-hant:北韓;}-讲话": "朝鲜讲话",
    "题-{T|标题}-": "题",
    "half a -{mark": "half a mark",
    # spaces and what nobody sees
    "  a  b\t\nc\u00a0d ": "a b c d",
    "a\u202eb\u200bc\u2066d\ufeffe": "abcde",
    "a\x00b\x1bc": "abc",
    "a\u2028b\x85c": "a b c",
    "标题 。": "标题。",
    "e\u0301": "é",
    "e\u200b\u0301": "é",
    "می\u200cخواهم 👩\u200d🚀": "می\u200cخواهم 👩\u200d🚀",
    "empty ( ) brackets": "empty brackets",
    "": "",
}


@pytest.mark.parametrize(("text", "cleaned"), CLEANED.items())
def test_text_is_cleaned_for_a_reader(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@settings(deadline=None, max_examples=examples(1000))
@example("x " + "date=May 2000" * 12)
@example("{{" * 20 + "a" + "}}" * 20 + "date=May 2000" * 3)
@example("&" + "amp;" * 20 + "lt;b>")
@example("(" * 30 + ")" * 30)
@example("(Link dead as of " * 12 + "(UTC))" * 12)
@given(some_text)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@settings(deadline=None, max_examples=examples(500))
@given(some_text)
def test_clean_text_holds_neither_markup_nor_hidden_characters(text: str) -> None:
    cleaned = clean(text)
    for markup in ("''", "[[", "]]", "{{", "}}", "-{", "}-", "&amp;", "&quot;", "&#39;", "&nbsp;", "<b>", "<ref>"):
        assert markup not in cleaned
    for character in cleaned:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert character not in "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)


@untimed
@given(st.lists(st.from_regex(r"[A-Za-z0-9é国际][A-Za-z0-9,.!?é国际]{0,7}", fullmatch=True), max_size=8).map(" ".join))
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


HOSTILE = (
    "{{", "}}", "{{a|", "{{convert|1|", "{{cite web|", "[[", "[[a|", "[[File:", "[http://a ", "[ ", "[http:--", "]]",
    "-{", "-{zh-hans:a;", "-{zh:a;zh-hant:b}-", "zh-hans:zh:", "''", "''a'''s", "\"'a", "<ref>", "<ref name=a", "<b",
    "<b>", "<!--", "<!-- -", "&", "&amp;", "&amp;amp;", "&#", "&lt;", "&a", "date=", ".date=May 2000", "( ", "(", "()",
    "((", "(Link dead as of ", "http:--", "url =", ":10:20+00:00", " ", "a ", "\u200d", "\u202e", "e\u0301", "朝鲜",
    "北韓 。", "。", "'", "[http:--a b]", " .", " ,", ". ,", "a .", '." .', "|", "1|", "435|mi|km|", "convert|1|",
    "cvt|", "url=", "url=|", "title = a | ", "<sup>3", "<sup>3</sup>", "<sup>", "{{USS|", "{{M|w|",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_mebibyte_of_hostile_text_is_cleaned(piece: str) -> None:
    # A rule that went back over what it has read would not come to an end here.
    assert len(clean(piece * (MIB // len(piece)))) <= MIB
    inside = piece * (MIB // 8 // len(piece))
    for around in ("-{%s}-", "{{a|%s", "{{convert|%s}}", "[[a|%s]]", "<ref>%s</ref>"):
        assert len(clean(around % inside)) <= MIB


def test_nested_markup_deeper_than_any_page_has_is_cleaned() -> None:
    for opening, closing in (("{{a|", "}}"), ("[[a|", "]]"), ("-{", "}-"), ("<b>", "</b>"), ("（", "）"), ("(", ")")):
        cleaned = clean(opening * 100_000 + "core" + closing * 100_000)
        assert clean(cleaned) == cleaned
        assert "core" in cleaned


# Chinese script


def test_script_is_recognised_by_the_characters_that_differ() -> None:
    assert is_traditional("北韓總統")
    assert not is_traditional("朝鲜总统")
    assert not is_traditional("中文")
    assert not is_traditional("plain")


@pytest.mark.parametrize(
    ("locale", "converted"),
    [("zh-CN", "韩国总统访问"), ("zh-TW", "韓國總統訪問"), ("en-GB", "韓国总統访問"), (None, "韓国总統访問")],
)
def test_chinese_is_shown_in_the_readers_script(locale: str | None, converted: str) -> None:
    assert in_script("韓国总統访問", locale) == converted


# comparing


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("NASA", "nasa"),
        ("São Paulo", "sao paulo"),
        ("Łódź", "lodz"),
        ("ＮＡＳＡ", "nasa"),
        ("北韓總統", "北韩总统"),
        ("  two   words ", "Two Words"),
        ("Straße", "STRASSE"),
        ("e\u0301", "é"),
    ],
)
def test_what_readers_take_for_the_same_folds_to_the_same(first: str, second: str) -> None:
    assert fold(first) == fold(second)


def test_different_names_stay_different() -> None:
    assert len({fold(name) for name in ("NASA", "ESA", "国际", "国", "C", "C++", "Iran", "Iraq")}) == 8


@untimed
@given(some_text)
def test_folding_never_fails_and_leaves_single_spaces(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    folded.encode()


# words and search


def test_chinese_is_cut_into_pairs_and_its_last_character() -> None:
    assert words("国际空间站") == ["国际", "际空", "空间", "间站", "站"]
    assert words("發射SpaceX的龙") == ["发射", "射", "spacex", "的龙", "龙"]


def test_words_are_what_stands_between_signs() -> None:
    assert words("U.S. Army's “Café-Bar”, 2,000 m!") == ["u", "s", "army", "s", "cafe", "bar", "2", "000", "m"]


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("space walk", [Term(("space",), prefix=False), Term(("walk",), prefix=False)]),
        ("spac*", [Term(("spac",), prefix=True)]),
        ('"space walk" NASA', [Term(("space", "walk"), prefix=False), Term(("nasa",), prefix=False)]),
        ("„space walk“", [Term(("space", "walk"), prefix=False)]),
        ('"never closed', [Term(("never", "closed"), prefix=False)]),
        ("国际站", [Term(("国际", "际站"), prefix=False)]),
        ("国", [Term(("国",), prefix=True)]),
        ("国際SpaceX", [Term(("国际",), prefix=False), Term(("spacex",), prefix=False)]),
        ("c++", [Term(("c",), prefix=False)]),
        ("AND OR NOT", [Term((word,), prefix=False) for word in ("and", "or", "not")]),
        ('"', []),
        ("* ( ) - ^", []),
        ("", []),
    ],
)
def test_typed_words_become_terms(typed: str, terms: list[Term]) -> None:
    assert search_terms(typed) == terms


@untimed
@given(st.one_of(some_text, st.text('ab*"“” 国', max_size=400)))
def test_search_terms_are_few_and_hold_words_alone(typed: str) -> None:
    terms = search_terms(typed)
    assert len(terms) <= 16
    for term in terms:
        assert term.words
        assert all(word and not set(word) & set(' "*') for word in term.words)


@untimed
@given(st.text("国际空间站abc ", min_size=1, max_size=12))
def test_every_part_of_a_chinese_name_is_found_by_its_pairs(name: str) -> None:
    name_words = words(name)
    for term in search_terms(name):
        sequences = [name_words[at : at + len(term.words)] for at in range(len(name_words))]
        matches = [
            sequence[:-1] == list(term.words[:-1])
            and sequence[-1].startswith(term.words[-1])
            and (term.prefix or sequence[-1] == term.words[-1])
            for sequence in sequences
            if len(sequence) == len(term.words)
        ]
        assert any(matches)


def test_chinese_letters_are_counted() -> None:
    assert han_letters("NASA 国际空间站, かな 한글") == 5


# cutting


@untimed
@given(some_text)
def test_length_is_counted_in_utf_16_units(text: str) -> None:
    assert length(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)


@pytest.mark.parametrize(
    ("text", "limit", "shortened"),
    [
        ("short enough", 12, "short enough"),
        ("cut at a word", 9, "cut at a…"),
        ("cut at a word", 8, "cut at…"),
        ("a comma, then more", 12, "a comma…"),
        ("a comma, then more", 9, "a comma…"),
        ("unbreakable", 6, "unbre…"),
        ("a verylongwordindeed", 12, "a verylongw…"),
        ("国际空间站今日", 4, "国际空…"),
        ("国际空间站 Lee 今日宣布，发射", 13, "国际空间站 Lee 今日…"),
        ("😀😀😀", 5, "😀😀…"),
        ("😀😀😀", 4, "😀…"),
        ("👩\u200d🚀 flies", 5, "…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        ("🇮🇸🇮🇸", 7, "🇮🇸…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
    ],
)
def test_text_is_cut_at_a_word_and_between_characters(text: str, limit: int, shortened: str) -> None:
    assert cut(text, limit) == shortened


clusters = st.sampled_from(
    [
        "a",
        "word",
        " ",
        ",",
        "(",
        "国",
        "，",
        "é",
        "e\u0301",
        " \u0301",
        "😀",
        "👩\u200d🚀",
        "🇮🇸",
        "👍🏽",
        "각",
        "\u0600",
        "\ud83d",
    ]
)


@settings(deadline=None, max_examples=examples(500))
@given(st.lists(clusters, max_size=60).map("".join), st.integers(0, 60), st.sampled_from(["…", "", " (more)"]))
@example("a\u0600 aaaaword", 10, " (more)")
def test_cut_text_keeps_the_limit_and_ends_between_two_characters(text: str, limit: int, mark: str) -> None:
    shortened = cut(text, limit, mark=mark)
    assert length(shortened) <= limit
    if length(text) <= limit:
        assert shortened == text
    elif shortened:
        assert shortened.endswith(mark)
        end = len(shortened) - len(mark)
        assert text.startswith(shortened[:end])
        assert end in {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}


@untimed
@given(st.lists(st.sampled_from(["one", "seven", "eleven"]), min_size=8, max_size=30), st.integers(20, 40))
def test_words_are_cut_between_two_of_them(parts: list[str], limit: int) -> None:
    text = " ".join(parts)
    shortened = cut(text, limit)
    assert shortened.removesuffix("…").split() == parts[: len(shortened.split())]
    # No more is lost than the next word.
    assert shortened == text or length(shortened) > limit - len("eleven…") - 1
