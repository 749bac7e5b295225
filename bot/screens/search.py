"""The events that a search finds."""

from bot.archive.archive import Archive
from bot.archive.resolve import correct_spelling
from bot.cards.lists import LONGEST_SEARCH, SearchList
from bot.cards.screen import Screen
from bot.domain.audience import Audience
from bot.domain.text import cut
from bot.screens.events import list_screen
from bot.screens.no_results import no_search_results
from bot.screens.notes import with_spelling_note


async def search_answer(archive: Archive, typed: str, audience: Audience) -> Screen:
    """Answer with the best event that has all of the words; else with the spelling corrected; else with topics."""
    # In one line, as the custom_id of a button has it.
    words = cut(" ".join(typed.split()), LONGEST_SEARCH, mark="")
    screen = await list_screen(archive, SearchList(words), audience) if words else None
    screen = screen or await _corrected_screen(archive, words, audience)
    return screen or await no_search_results(archive, typed, audience)


async def _corrected_screen(archive: Archive, words: str, audience: Audience) -> Screen | None:
    """Show what the words find in another spelling, and say so; None if there is no such spelling."""
    corrected = cut(await correct_spelling(archive, words) or "", LONGEST_SEARCH, mark="")
    screen = await list_screen(archive, SearchList(corrected), audience) if corrected else None
    return with_spelling_note(screen, words, corrected, locale=audience.locale) if screen else None
