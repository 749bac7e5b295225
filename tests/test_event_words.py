"""An event's words come back as they were packed: the search index is told of them again when the event leaves it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.archive.event_words import EventWords, pack_words, unpack_words
from bot.domain.text import words

WORDS = st.text().map(lambda text: " ".join(words(text)))


@given(headline=WORDS, topics=WORDS, summary=WORDS, stems=st.text())
def test_packed_words_come_back(headline: str, topics: str, summary: str, stems: str) -> None:
    assert unpack_words(pack_words(headline, topics, summary, stems), stems) == EventWords(headline, topics, summary)


def test_packed_words_are_short_beside_their_stems_however_long_both_are() -> None:
    summary = " ".join(f"number{number}s" for number in range(9_000))
    stems = f" ;;; {summary.replace('s ', ' ')} "
    packed = pack_words("a ship", "", summary, stems)
    assert len(packed) < len(summary) / 4
    assert unpack_words(packed, stems).summary == summary
