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
    """Answer with the best event that has the words, or most of them; say so where a word was corrected."""
    # In one line, as the custom_id of a button has it.
    words = cut(" ".join(typed.split()), LONGEST_SEARCH, mark="")
    if not words:
        return await no_search_results(archive, typed, audience)
    corrected = cut(await correct_spelling(archive, words) or "", LONGEST_SEARCH, mark="")
    screen = await list_screen(archive, SearchList(corrected or words), audience)
    if screen is None:
        return await no_search_results(archive, typed, audience)
    if not corrected:
        return screen
    # A search says something above its first event only if that does not have all of the words.
    return with_spelling_note(screen, words, corrected, is_exact=not screen.sentence, locale=audience.locale)
