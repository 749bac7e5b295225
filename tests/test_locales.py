"""What readers of each language get from the real bot: commands, buttons, complaints, and what Discord shows of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.archive.archive import Archive
from bot.locale.language import CATALOGUES, language
from tests.discord_double.double import Answer, DiscordDouble
from tests.discord_double.gateway import ALL, CHANNEL
from tests.helpers.archives import Import
from tests.helpers.catalogues import LOCALES, translated
from tests.helpers.samples import SEED, write
from tests.helpers.serving import serving

# English of fewer letters may stand in an event, or in another language.
SHORTEST = 9
DAILY = {"channel": CHANNEL, "time": "9:00", "timezone": "UTC"}
COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("onthisday", {"date": "2017-03-24"}),
    ("onthisday", {"date": "--03-03"}),
    ("onthisday", {"date": "--03-03", "topic": "NASA"}),
    ("onthisday", {"date": "#"}),
    ("day", {"date": "2017-02-29"}),
    ("day", {"date": "2002-01-01"}),
    ("topic", {"name": "Harbours"}),
    ("topic", {"name": "Harbours", "from": "2000", "to": "2010"}),
    ("topic", {"name": "Harbours", "from": "2100"}),
    ("topic", {"name": "Harbor"}),
    ("topic", {"name": "zzzzzz"}),
    ("search", {"words": "harbour"}),
    ("search", {"words": "harbours opens"}),
    ("search", {"words": "zzzzzz"}),
    ("random", {}),
    ("timeline", {"topic": "Harbours"}),
    ("help", {}),
    ("about", {}),
    ("settings timezone", {"zone": "Berlin"}),
    ("settings timezone", {"zone": "EST"}),
    ("settings private", {"value": "on"}),
    ("settings private", {"value": "off"}),
    ("settings mute", {"word": "opens"}),
    ("settings show", {}),
    ("random", {"topic": "Harbours"}),
    ("topic", {"name": "Harbours"}),
    ("settings unmute", {"word": "opens"}),
    ("settings unmute", {"word": "opens"}),
    ("daily list", {}),
    ("daily add", {**DAILY, "weekdays": "mon wed", "topic": "Harbours", "language": "en", "empty": "nearest"}),
    ("daily add", {**DAILY, "weekdays": "zzz"}),
    ("daily edit", {"late": 0, "thread": True}),
    ("daily list", {}),
    ("daily upcoming", {}),
    ("daily test", {}),
    ("daily doctor", {}),
    ("daily pause", {}),
    ("daily upcoming", {}),
    ("daily resume", {}),
    ("daily remove", {}),
    ("daily edit", {"post": 7}),
    ("follow list", {}),
    ("follow add", {"what": "Harbours; solar eclipse", "channel": CHANNEL}),
    ("follow add", {"what": "Harbours", "channel": CHANNEL, "when": "at once"}),
    ("follow add", {"what": "Harbours", "channel": CHANNEL, "when": "zzz"}),
    ("follow add", {"what": "harbour*", "channel": CHANNEL}),
    ("follow edit", {"follow": 2, "when": "monthly 31 9am", "late": 0}),
    ("follow list", {}),
    ("follow upcoming", {"follow": 2}),
    ("follow test", {"follow": 2}),
    ("follow doctor", {}),
    ("follow doctor", {"follow": 2}),
    ("follow pause", {"follow": 2}),
    ("follow resume", {"follow": 2}),
    ("follow remove", {"follow": 2}),
    ("follow edit", {"follow": 7}),
)


@pytest.fixture
async def double(load: Import, archive: Archive, tmp_path: Path) -> AsyncIterator[DiscordDouble]:
    events = [(f"{year}-01-01", f"A harbour of {year} opens", "Harbours") for year in range(1990, 2021, 2)]
    for day, headline, topic in events:
        related = [event for event in events if event[0] != day][:5]
        sources = [("The Paper", f"https://paper.example/{day}"), ("Sea", f"https://sea.example/{day}")]
        write(tmp_path / "pages", day, headline, topic=topic, related=related, sources=sources, summary="It is new.")
    load(SEED, tmp_path / "pages")
    async with serving(archive, tmp_path) as double:
        yield double


def visible(part: Any) -> Iterator[str]:
    """Yield every text that a reader sees in a message."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("content", "title", "description", "name", "value", "text", "label", "placeholder"):
                yield from [value] if isinstance(value, str) else visible(value)
            elif isinstance(value, dict | list):
                yield from visible(value)
    elif isinstance(part, list):
        for item in part:
            yield from visible(item)


def translations(locale: str) -> dict[str, str]:
    """Return the translations of sentences without placeholders, by their English text."""
    return {
        message.id: str(message.string)
        for message in translated(CATALOGUES[locale])
        if isinstance(message.id, str) and "{" not in message.id and len(message.id) >= SHORTEST
        if message.id.casefold() not in str(message.string).casefold()
    }


async def answers_of_each_kind(double: DiscordDouble, locale: str) -> list[Answer]:
    context: Any = {"locale": locale, "permissions": ALL}
    # Not more of each person than Daybook answers at once.
    answers = [
        await double.slash(name, options, user_id=1000 + index // 15, **context)
        for index, (name, options) in enumerate(COMMANDS)
    ]
    topic = await double.slash("topic", {"name": "Harbours"}, **context)
    custom_ids = [part["custom_id"] for row in topic.components for part in row["components"]]
    for custom_id in custom_ids:
        menu = custom_id.startswith(("years:", "list:"))
        values = [option["value"] for row in topic.components for part in row["components"]
                  if part["custom_id"] == custom_id for option in part.get("options", [])][:1]  # fmt: skip
        fresh = await double.slash("topic", {"name": "Harbours"}, **context)
        answers.append(await double.press(fresh, custom_id, values if menu else None))
    story = await double.slash("day", {"date": "2000-01-01"}, **context)
    follow = next(part["custom_id"] for row in story.components for part in row["components"]
                  if part["custom_id"].startswith("follow:"))  # fmt: skip
    answers.append(await double.press(story, follow))
    return [await answer.finished() for answer in answers]


@pytest.mark.process
@pytest.mark.parametrize("locale", LOCALES)
async def test_all_answers_are_in_the_readers_language_and_fit(double: DiscordDouble, locale: str) -> None:
    """That it fits, ``serving`` checks of all that left the bot."""
    answers = await answers_of_each_kind(double, locale)
    sentences = translations(locale)
    assert len(sentences) > 150
    used: set[str] = set()
    for answer in answers:
        visible_texts = [text for text in visible(answer.message or {}) if text.strip()]
        assert visible_texts, answer
        for text in visible_texts:
            english = [sentence for sentence in sentences if sentence in text]
            assert not english, text
            used |= {sentence for sentence, translation in sentences.items() if translation in text}
    assert len(used) > 50, "and it is translated"


@pytest.mark.parametrize(
    ("locale", "texts", "whole"),
    [
        ("de", ("Nichts da.", "Am ehesten passt:"), "Nichts da. Am ehesten passt:"),
        ("ja", ("ありません。", "近いもの："), "ありません。近いもの："),
        ("zh-TW", ("沒有。", "最接近："), "沒有。最接近："),
    ],
)
def test_sentences_stand_together_as_each_script_has_it(locale: str, texts: tuple[str, ...], whole: str) -> None:
    assert language(locale).together(*texts) == whole


async def test_other_readers_are_answered_in_english(double: DiscordDouble) -> None:
    for locale in ("en-US", "en-GB", "pt-BR", "ko"):
        answer = await double.slash("topic", {"name": "Harbours"}, locale=locale)
        assert "16 events" in answer.embeds[0]["description"]


async def test_two_readers_of_one_message_get_their_own_languages(double: DiscordDouble) -> None:
    first = await double.slash("day", {"date": "2000-01-01"}, locale="de", user_id=1000000000000000005)
    follow = next(part["custom_id"] for row in first.components for part in row["components"]
                  if part["custom_id"].startswith("follow:"))  # fmt: skip
    other = await double.press(first, follow, locale="ja", user_id=1000000000000000006)
    assert other.ephemeral
    assert language("ja")("Story") in "".join(visible(other.message))


async def test_a_failure_is_explained_in_the_readers_language(double: DiscordDouble, archive: Archive) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("on purpose")

    archive.on_this_day = broken  # type: ignore[assignment]
    answer = await double.slash("onthisday", {"date": "--03-24"}, locale="fr")
    sentence = language("fr")(
        "Sorry, something went wrong, and it was not your fault. Reference: `{reference}`.", reference="#"
    )
    assert answer.content.startswith(sentence.partition("#")[0])


async def test_discord_gets_descriptions_in_each_language_and_one_name(double: DiscordDouble) -> None:
    (sync,) = [request for request in double.requests if request.method == "PUT" and "commands" in request.path]
    described = 0
    for part in walk(sync.json):
        if "description" in part:
            assert set(part["description_localizations"]) == set(LOCALES), part["name"]
            assert not part.get("name_localizations"), "what people type is one for all"
            described += 1
    assert described > 60


@pytest.fixture
async def bilingual(load: Import, archive: Archive, tmp_path: Path) -> AsyncIterator[DiscordDouble]:
    for year in (2003, 2007, 2009):
        write(tmp_path / "pages", f"{year}-05-06", f"A ship of {year} sails", topic="NASA")
        # Better ones, by what there is to show.
        sources = [("新华社", f"https://news.example/{year}")]
        write(
            tmp_path / "pages",
            f"{year + 1}-05-06",
            f"{year}年的輪船起航",
            topic="NASA",
            sources=sources,
            summary="輪船。",
        )
    load(tmp_path / "pages")
    async with serving(archive, tmp_path) as double:
        yield double


def is_chinese(answer: Answer) -> bool:
    return "年" in answer.embeds[0]["title"]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("onthisday", {"date": "--05-06"}),
        ("onthisday", {"date": "--05-06", "topic": "NASA"}),
        ("search", {"words": "2003"}),
    ],
)
async def test_events_in_the_readers_language_come_first(
    bilingual: DiscordDouble, command: str, options: dict[str, str]
) -> None:
    for locale, chinese in (("en-US", False), ("de", False), ("zh-CN", True), ("zh-TW", True)):
        answer = await bilingual.slash(command, options, locale=locale)
        assert is_chinese(answer) is chinese, locale
        step = next(part for row in answer.components for part in row["components"] if "prev:" in part["custom_id"])
        last = await bilingual.press(answer, step["custom_id"])
        assert is_chinese(last) is not chinese, "the others come after them"


async def test_a_topic_lists_events_in_the_readers_language_first(bilingual: DiscordDouble) -> None:
    for locale, chinese in (("en-US", False), ("zh-CN", True)):
        answer = await bilingual.slash("topic", {"name": "NASA"}, locale=locale)
        best = answer.embeds[0]["fields"][-1]["value"].splitlines()
        assert ["起航" in line for line in best] == [chinese] * 3 + [not chinese] * 2


async def test_a_random_event_is_in_the_readers_language_if_there_are_some(bilingual: DiscordDouble) -> None:
    for locale, chinese in (("en-US", False), ("de", False), ("zh-TW", True)):
        answers = [await bilingual.slash("random", locale=locale, user_id=user_id) for user_id in range(101, 111)]
        assert sum(is_chinese(answer) is chinese for answer in answers) >= 9, (
            "of ten; now and then one may be in another language"
        )


async def test_a_daily_post_speaks_the_servers_language_and_shows_its_events_first(bilingual: DiscordDouble) -> None:
    context: Any = {"permissions": ALL, "locale": "en-US"}
    for primary, chinese in (("en-US", False), ("ja", False), ("zh-TW", True)):
        await bilingual.update_guild(preferred_locale=primary)
        await (await bilingual.slash("daily add", {**DAILY, "empty": "nearest"}, **context)).finished()
        tested = await (await bilingual.slash("daily test", {}, **context)).finished()
        assert "https://" in tested.content
        post = bilingual.posted()[-1]
        assert ("年" in post["embeds"][0]["title"]) is chinese
        test = "Test: this is what the daily post would be today. It does not count."
        assert post["content"] == language(primary)(test)
        removal = await bilingual.slash("daily remove", {}, **context)
        await bilingual.press(removal, removal.components[0]["components"][0]["custom_id"])


def walk(parts: list[Any]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from walk(part.get("options") or [])
