"""The cards of ``/about`` and ``/help``. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.cards.event_card import COLOUR
from bot.cards.limits import DESCRIPTION, fit_lines
from bot.domain.event import Stats
from bot.domain.news_status import NewsStatus
from bot.locale.language import Language, Part, language

# Between two sentences: Chinese and Japanese leave no blank there.
_SENTENCE_END = re.compile(r"(?<=\.) |(?<=。)(?!$)")


def about_card(
    stats: Stats, *, version: str, invite: str, news_status: NewsStatus, locale: str | None
) -> discord.Embed:
    """Say what Daybook is, whose texts it shows, what it stores and for how long.

    ``invite`` is a URL, ``news_status`` how far news was read, if it is.
    """
    say = language(locale)
    embed = discord.Embed(
        title=f"Daybook {version}",
        colour=COLOUR,
        description=say(
            "News events from past years, from an archive stored with the bot. `/onthisday` shows what"
            " happened on a day, `/topic` what happened to a topic, `/help` what else you can ask."
        ),
    )
    size = _archive_size(stats, say)
    if news_status.until:
        size += "\n" + say("News up to {moment}.", moment=discord.utils.format_dt(news_status.until, "f"))
    if news_status.failing_since:
        moment = discord.utils.format_dt(news_status.failing_since, "f")
        size += "\n" + say("One of its sources has been out of reach since {moment}.", moment=moment)
    embed.add_field(name=say("In the archive"), value=size, inline=False)
    embed.add_field(
        name=say("Texts"),
        value=say(
            "Headlines and summaries come from [the Context](https://www.thecontext.net), made from Wikipedia's"
            " Current Events portal, under [CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/). Those that"
            " come from the portal itself are by Wikipedia's contributors, under"
            " [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). The"
            " starter archive is Daybook's own. Sources and images belong to those who published them. Daybook's code"
            " is under the MIT licence."
        ),
        inline=False,
    )
    embed.add_field(
        name=say("What is stored"),
        value=_sentence_by_sentence(
            say(
                "About you: nothing, unless you use `/settings`; then your user ID, whether your answers are"
                " private, and your time zone, until you reset both. Your commands are answered and not stored;"
                " when something fails, the log names the command, not you. About a server with daily posts or"
                " follows: its ID, the IDs of channel, role and tag, the options, and for 400 days what became of each"
                " post; `/daily remove` or `/follow remove` deletes it. About a server that mutes topics or words: its"
                " ID and what it mutes, until `/settings unmute`. A server that removes the bot is forgotten after 30"
                " days, except the IDs of the events shown in each channel. The archive, and which events were taken"
                " out of it, are kept for as long as the bot is run."
            )
        ),
        inline=False,
    )
    add = say("Add Daybook to a server or to your account")
    embed.add_field(name=say("Use it elsewhere"), value=f"[{add}]({invite})", inline=False)
    return embed


def _sentence_by_sentence(text: str) -> str:
    """Return a list of a text's sentences, one a line."""
    return "\n".join(f"• {sentence}" for sentence in _SENTENCE_END.split(text))


def _archive_size(stats: Stats, say: Language) -> str:
    """Say how many events and topics the archive has, and from when to when."""
    counts: dict[str, Part] = {
        "events": say.many("{count} event", "{count} events", stats.events),
        "topics": say.many("{count} topic", "{count} topics", stats.topics),
    }
    if stats.stubs:
        counts["stubs"] = say.many(
            "{count} of them known only from other events", "{count} of them known only from other events", stats.stubs
        )
    if stats.first_date and stats.last_date:
        counts |= {"first": stats.first_date, "last": stats.last_date}
        if stats.stubs:
            return say("{events} ({stubs}) on {topics}, from {first} to {last}.", **counts)
        return say("{events} on {topics}, from {first} to {last}.", **counts)
    if stats.stubs:
        return say("{events} ({stubs}) on {topics}.", **counts)
    return say("{events} on {topics}.", **counts)


@dataclass(frozen=True, slots=True)
class CommandUsage:
    """How ``/help`` shows a command: a mention that can be clicked, its options (``name from? to?``), what it does."""

    mention: str
    options: str
    description: str


def help_card(usages: Sequence[CommandUsage], *, locale: str | None) -> discord.Embed:
    """List the commands, and say how days are typed and what buttons do."""
    say = language(locale)
    embed = discord.Embed(title=say("What you can ask Daybook"), colour=COLOUR)
    embed.description = fit_lines((_usage_lines(usage, say) for usage in usages), DESCRIPTION).rstrip()
    embed.add_field(
        name=say("Days"),
        value=say(
            "`March 24`, `3/24`, `24 Mar 2017`, `2017-03-24`, `3月24日`, `today`, `yesterday`. `3/4` is read"
            " the way your language does; the card shows which day that was."
        ),
        inline=False,
    )
    embed.add_field(
        name=say("Buttons and menus"),
        value=say(
            "Buttons and menus never expire. On your own message they page through it; on somebody else's"
            " they open a copy only you can see, which you can share."
        ),
        inline=False,
    )
    return embed


def _usage_lines(usage: CommandUsage, say: Language) -> str:
    options = f" `{usage.options}`" if usage.options else ""
    # An empty line after each.
    return f"{usage.mention}{options}\n{say(usage.description)}\n"
