"""What ``/settings`` shows and changes."""

from bot.archive.archive import Archive
from bot.cards.screen import Screen
from bot.cards.settings import mutes_card, personal_card
from bot.daily.post_options import find_topic
from bot.domain.audience import Audience
from bot.domain.errors import PreferenceError
from bot.domain.event import topic_key_of
from bot.domain.preferences import MOST_MUTES, Mute, MuteKind, Mutes, PersonalSettings, word_mute
from bot.domain.text import fold
from bot.ledger.preferences import Preferences
from bot.locale.language import Message, echo


def settings_screen(settings: PersonalSettings, audience: Audience, *, in_server: bool) -> Screen:
    """Show what a person has set, and in a server what it has muted."""
    card = personal_card(settings, today=audience.today, locale=audience.locale)
    server_cards = [mutes_card(audience.muted, locale=audience.locale)] if in_server else []
    return Screen(embed=card, more_embeds=server_cards)


async def add_mutes(preferences: Preferences, guild_id: int, mutes: list[Mute]) -> None:
    """Add mutes to a server's. Raises PreferenceError if it would have too many, LedgerError."""
    if not await preferences.mute(guild_id, mutes, most=MOST_MUTES):
        raise PreferenceError(
            Message(
                "A server may mute at most {most} topics and words in all: `/settings unmute` takes one back.",
                most=MOST_MUTES,
            )
        )


async def mutes_to_add(archive: Archive, topic: str | None, word: str | None) -> list[Mute]:
    """Return the mutes of a topic and a word that were typed. Raises PreferenceError, DailyPostError."""
    mutes: list[Mute] = []
    if topic is not None:
        found = await find_topic(archive, topic)
        mutes.append(Mute(MuteKind.TOPIC, found.key, found.name))
    if word is not None:
        mutes.append(_word_mute(word))
    return _not_empty(mutes)


async def mutes_to_remove(archive: Archive, muted: Mutes, topic: str | None, word: str | None) -> list[Mute]:
    """Return those of a server's mutes that were typed. Raises PreferenceError where there is none such.

    A topic may also be one that the archive no longer has.
    """
    mutes: list[Mute] = []
    if topic is not None:
        mutes.append(await _topic_mute(archive, muted, topic))
    if word is not None:
        mutes.append(_word_mute(word))
    for mute in mutes:
        if mute not in muted:
            raise PreferenceError(
                Message("{name} is not muted here: `/settings show` tells what is.", name=echo(mute.name))
            )
    return _not_empty(mutes)


async def _topic_mute(archive: Archive, muted: Mutes, typed: str) -> Mute:
    """Return the mute of a topic, typed as its key, its name or its acronym; one without value if it is not muted."""
    topic = (await archive.topic(typed, limit=0)).topic
    keys = (typed, topic_key_of(fold(typed)), topic.key if topic else "")
    key = next((key for key in keys if key in muted.topics), None)
    return Mute(MuteKind.TOPIC, key or "", muted.topics[key] if key else typed)


def _word_mute(typed: str) -> Mute:
    mute = word_mute(typed)
    if mute is None:
        raise PreferenceError(
            Message("{text} has no letter or digit to look for: give a word, such as “football”.", text=echo(typed))
        )
    return mute


def _not_empty(mutes: list[Mute]) -> list[Mute]:
    if not mutes:
        raise PreferenceError(Message("Choose a topic or a word."))
    return mutes
