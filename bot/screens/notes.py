"""Sentences above an answer that say how Daybook understood what was typed."""

from dataclasses import replace

from bot.archive.resolve import ResolvedTopic
from bot.cards.limits import fit
from bot.cards.screen import Screen
from bot.locale.language import language

_TEXT = 100


def with_topic_note(screen: Screen, typed: str | None, resolved: ResolvedTopic | None, *, locale: str) -> Screen:
    """Say which topic a typed name was taken for, if the topic is not called that."""
    if typed is None or resolved is None or not resolved.guessed:
        return screen
    say = language(locale)
    name = fit(say.script(resolved.topic.name), _TEXT)
    return _with_note(screen, say("Showing **{topic}** for “{typed}”.", typed=fit(typed, _TEXT), topic=name))


def with_spelling_note(screen: Screen, typed: str, corrected: str, *, locale: str) -> Screen:
    """Say which words were searched for in place of words that no event has."""
    say = language(locale)
    note = say(
        "No event contains “{typed}”. Showing results for **{words}**.",
        typed=fit(typed, _TEXT),
        words=fit(corrected, _TEXT),
    )
    return _with_note(screen, note)


def _with_note(screen: Screen, note: str) -> Screen:
    return replace(screen, sentence=f"{note} {screen.sentence}" if screen.sentence else note)
