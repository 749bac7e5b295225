"""Topics as the choices of a slash command's option."""

from discord import app_commands

from bot.archive.archive import Archive
from bot.cards import limits
from bot.text import cut, in_script, length


async def topic_choices(archive: Archive, typed: str, locale: str | None) -> list[app_commands.Choice[str]]:
    """Return up to 25 topics for what is being typed, each with how many events it has."""
    return [
        app_commands.Choice(
            name=cut(in_script(topic.name, locale), 80) + f" ({topic.events:,})",
            # A name too long for a value is given by its key, which finds the topic just as well.
            value=topic.name if length(topic.name) <= limits.OPTION_TEXT else topic.key,
        )
        for topic in await archive.topics_like(typed, limit=limits.OPTIONS)
    ]
