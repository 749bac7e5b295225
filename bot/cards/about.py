"""The card of ``/about``. Pure."""

from collections.abc import Sequence

import discord

from bot.cards.card import COLOUR
from bot.cards.limits import DESCRIPTION, fit_lines
from bot.dates import say_date
from bot.event import Stats


def about_card(stats: Stats, *, version: str, invite: str) -> discord.Embed:
    """Say what Daybook is, whose texts it shows, what it stores and for how long."""
    embed = discord.Embed(
        title=f"Daybook {version}",
        colour=COLOUR,
        description="News events of past years, from an archive kept on this bot's own machine. `/onthisday` shows what"
        " happened on a day, `/topic` what happened to a topic, `/help` what else can be asked.",
    )
    held = f"{stats.events:,} events ({stats.stubs:,} of them known only from others) on {stats.topics:,} topics"
    if stats.first and stats.last:
        held += f", from {say_date(stats.first)} to {say_date(stats.last)}"
    embed.add_field(name="In the archive", value=f"{held}.", inline=False)
    embed.add_field(
        name="Texts",
        value="Headlines and summaries come from [the Context](https://www.thecontext.net), made from Wikipedia's"
        " Current Events portal, under [CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/). The"
        " starter archive, which a bot without any other shows, is Daybook's own. Sources and images belong to those"
        " who published them. Daybook's code is under the MIT licence.",
        inline=False,
    )
    embed.add_field(
        name="What is stored",
        value="Of you: nothing, unless you use `/settings`: then your number with whether your answers are private and"
        " your time zone, until you change both back. Your commands are answered and not kept; the log of a failure"
        " names the command, not you. Of a server that orders daily posts: its number, those of channel, role and tag,"
        " the order's options, and for 800 days what became of each post; `/daily remove` deletes an order with these."
        " Of one that mutes topics or words: its number and these, until `/settings unmute`. A server that removes"
        " the bot is forgotten after 30 days, except which events a channel was shown, by number. The bot keeps its"
        " archive, and which events were taken out of it, for as long as its host runs it.",
        inline=False,
    )
    embed.add_field(name="Elsewhere", value=f"[Add Daybook to a server or to yourself]({invite})", inline=False)
    return embed


def help_card(usages: Sequence[tuple[str, str, str]]) -> discord.Embed:
    """List the commands: each as a mention, the options it takes (``name from? to?``) and what it answers."""
    embed = discord.Embed(title="What Daybook can be asked", colour=COLOUR)
    lines = [f"{mention}{f' `{options}`' if options else ''}\n{about}." for mention, options, about in usages]
    embed.description = fit_lines(lines, DESCRIPTION)
    embed.add_field(
        name="Days",
        value="`March 24`, `24.3.`, `24 Mar 2017`, `2017-03-24`, `3月24日`, `today`, `yesterday`. `3/4` is read as in"
        " your language; the card says which day it took.",
        inline=False,
    )
    embed.add_field(
        name="Cards",
        value="The buttons and menus go on working for ever. On your own message they turn its pages; on somebody"
        " else's they open a copy that only you see, which you can share.",
        inline=False,
    )
    return embed
