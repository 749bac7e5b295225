"""The cards of ``/about`` and ``/help``. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.cards.event_card import COLOUR
from bot.cards.limits import DESCRIPTION, fit_lines
from bot.domain.event import Stats
from bot.locale.language import Language, Part, language


def about_card(
    stats: Stats, *, version: str, invite: str, news_until: datetime | None, locale: str | None
) -> discord.Embed:
    """Say what Daybook is, whose texts it shows, what it stores and for how long.

    ``invite`` is a URL, ``news_until`` when news was last fetched, if it is.
    """
    say = language(locale)
    embed = discord.Embed(
        title=f"Daybook {version}",
        colour=COLOUR,
        description=say(
            "News events of past years, from an archive kept on this bot's own machine. `/onthisday` shows what"
            " happened on a day, `/topic` what happened to a topic, `/help` what else can be asked."
        ),
    )
    size = _archive_size(stats, say)
    if news_until:
        size += "\n" + say("News up to {moment}.", moment=discord.utils.format_dt(news_until, "f"))
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
        value=say(
            "Of you: nothing, unless you use `/settings`: then your user ID with whether your answers are private and"
            " your time zone, until you change both back. Your commands are answered and not kept; the log of a failure"
            " names the command, not you. Of a server that orders daily posts: its ID, those of channel, role and"
            " tag, the order's options, and for 800 days what became of each post; `/daily remove` deletes an order"
            " with these. Of one that mutes topics or words: its ID and these, until `/settings unmute`. A server"
            " that removes the bot is forgotten after 30 days, except which events a channel was shown, by their"
            " keys. The bot keeps its archive, and which events were taken out of it, for as long as its host runs it."
        ),
        inline=False,
    )
    add = say("Add Daybook to a server or to yourself")
    embed.add_field(name=say("Use it elsewhere"), value=f"[{add}]({invite})", inline=False)
    return embed


def _archive_size(stats: Stats, say: Language) -> str:
    """Say how many events and topics the archive has, and from when to when."""
    counts: dict[str, Part] = {
        "events": say.many("{count} event", "{count} events", stats.events),
        "stubs": say.many(
            "{count} of them known only from others", "{count} of them known only from others", stats.stubs
        ),
        "topics": say.many("{count} topic", "{count} topics", stats.topics),
    }
    if stats.first_date and stats.last_date:
        return say(
            "{events} ({stubs}) on {topics}, from {first} to {last}.",
            first=stats.first_date,
            last=stats.last_date,
            **counts,
        )
    return say("{events} ({stubs}) on {topics}.", **counts)


@dataclass(frozen=True, slots=True)
class CommandUsage:
    """How ``/help`` shows a command: a mention that can be clicked, its options (``name from? to?``), what it does."""

    mention: str
    options: str
    description: str


def help_card(usages: Sequence[CommandUsage], *, locale: str | None) -> discord.Embed:
    """List the commands, and say how days are typed and what buttons do."""
    say = language(locale)
    embed = discord.Embed(title=say("What Daybook can be asked"), colour=COLOUR)
    embed.description = fit_lines((_usage_lines(usage, say) for usage in usages), DESCRIPTION)
    embed.add_field(
        name=say("Days"),
        value=say(
            "`March 24`, `24.3.`, `24 Mar 2017`, `2017-03-24`, `3月24日`, `today`, `yesterday`. `3/4` is read as in"
            " your language; the card says which day it took."
        ),
        inline=False,
    )
    embed.add_field(
        name=say("Buttons and menus"),
        value=say(
            "The buttons and menus keep working for ever. On your own message they turn its pages; on somebody else's"
            " they open a copy that only you see, which you can share."
        ),
        inline=False,
    )
    return embed


def _usage_lines(usage: CommandUsage, say: Language) -> str:
    options = f" `{usage.options}`" if usage.options else ""
    return f"{usage.mention}{options}\n{say(usage.description)}"
