"""Topics as the choices of a slash command's option."""

from discord import app_commands

from bot.archive.archive import Archive
from bot.cards import limits
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.text import cut, length
from bot.locale.language import language


async def topic_choices(
    archive: Archive, typed: str, locale: str | None, *, muted: Mutes = NO_MUTES
) -> list[app_commands.Choice[str]]:
    """Return up to 25 topics for what is being typed, each with how many events it has; none that is ``muted``."""
    say = language(locale)
    # A muted word may stand in several names.
    found = await archive.topics.matching(typed, limit=limits.OPTIONS + 2 * len(muted))
    return [
        app_commands.Choice(
            name=f"{cut(say.script(topic.name), 80)} ({say.number(topic.events)})",
            # A name too long for a value is given by its key, which finds the topic just as well.
            value=topic.name if length(topic.name) <= limits.OPTION_TEXT else topic.key,
        )
        for topic in found
        if not muted.hides_topic(topic)
    ][: limits.OPTIONS]
