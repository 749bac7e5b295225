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
    note = say("Showing **{topic}** for “{typed}”.", typed=fit(typed, _TEXT), topic=name)
    return replace(screen, sentence=say.together(note, screen.sentence) if screen.sentence else note)


def with_spelling_note(screen: Screen, typed: str, corrected: str, *, is_exact: bool, locale: str) -> Screen:
    """Say which words were searched for in place of those that no event has; ``is_exact`` if one has all of them."""
    parts = {"typed": fit(typed, _TEXT), "words": fit(corrected, _TEXT)}
    say = language(locale)
    if is_exact:
        return replace(screen, sentence=say("No event contains “{typed}”. Showing results for **{words}**.", **parts))
    return replace(screen, sentence=say("No event contains “{typed}”. Closest matches for **{words}**:", **parts))
