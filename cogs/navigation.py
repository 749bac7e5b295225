"""What presses do, on any message, however old: through lists, from day to day, to related events and back."""

import random
from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

from bot.archive.archive import Archive
from bot.cards.buttons import (
    ITEMS,
    About,
    Another,
    Back,
    DayStep,
    Follow,
    ListMenu,
    More,
    Open,
    PersistentItem,
    RelatedMenu,
    Share,
    ShareTopic,
    Step,
    YearMenu,
)
from bot.cards.lists import DayList, TopicList, parse_list
from bot.cards.return_to import ReturnTo
from bot.cards.screen import Screen
from bot.domain.event import Cursor
from bot.domain.preferences import Mutes
from bot.ledger.preferences import Preferences
from bot.locale.language import Message, language
from bot.screens.events import event_screen, list_screen, random_screen, story_screen
from bot.screens.reply import Reply
from bot.screens.topics import of_year, topic_screen

if TYPE_CHECKING:
    from bot.client import Daybook

GONE = Message("That is no longer in the archive. `/onthisday` and `/random` show what is.")
NO_OTHER_DAY = Message("No other day has events here.")


class Navigation(commands.Cog):
    """Answers presses. A press edits the asker's own message; others get a copy that only they see."""

    def __init__(self, *, archive: Archive, preferences: Preferences, rng: random.Random) -> None:
        self.archive = archive
        self.preferences = preferences
        self.rng = rng

    async def pressed(self, interaction: discord.Interaction[Any], press: PersistentItem) -> None:
        """Do what a button or menu asks for."""
        reply = Reply(interaction, fresh=isinstance(press, Share | ShareTopic))
        muted = self.preferences.mutes(interaction.guild_id)
        locale = interaction.locale.value
        screen = await reply.wait(self._screen(press, locale, muted))
        await reply.show(screen or Screen(sentence=language(locale).render(GONE)))

    async def _screen(self, press: PersistentItem, locale: str, muted: Mutes) -> Screen | None:
        match press:
            case DayStep():
                return await self._other_day(press, locale, muted)
            case Another(topic=topic):
                return await random_screen(self.archive, topic, rng=self.rng, locale=locale, muted=muted)
            case About(list_ref=list_ref) | ShareTopic(list_ref=list_ref) if isinstance(
                known := parse_list(list_ref), TopicList
            ):
                return await topic_screen(self.archive, known, locale=locale, muted=muted)
            case YearMenu(list_ref=list_ref) if year := _of_year(list_ref, press.value):
                return await list_screen(self.archive, year, locale=locale, muted=muted)
            case Open(list_ref=list_ref) | More(list_ref=list_ref) if known := parse_list(list_ref):
                return await list_screen(self.archive, known, locale=locale, muted=muted)
            case _:
                return await self._event(press, locale, muted)

    async def _event(self, press: PersistentItem, locale: str, muted: Mutes) -> Screen | None:
        """Show the event that a press is about."""
        match press:
            case Step(return_to=return_to, step=step):
                return await self._in_list(return_to, Cursor(return_to.key, step), locale, muted)
            case Back(return_to=return_to) | Share(return_to=return_to):
                return await self._in_list(return_to, Cursor(return_to.key), locale, muted)
            case RelatedMenu(return_to=return_to):
                return await event_screen(self.archive, press.value, return_to=return_to, locale=locale, muted=muted)
            case ListMenu(list_ref=list_ref):
                return await self._in_list(ReturnTo(press.value, list_ref), Cursor(press.value), locale, muted)
            case Follow(key=key):
                return await story_screen(self.archive, key, locale=locale, muted=muted)
        return None

    async def _in_list(self, return_to: ReturnTo, cursor: Cursor, locale: str, muted: Mutes) -> Screen | None:
        """Show an event in its list; by itself when it has none, or is no longer in it."""
        events = parse_list(return_to.list_ref) if return_to.list_ref else None
        screen = await list_screen(self.archive, events, cursor=cursor, locale=locale, muted=muted) if events else None
        return screen or await event_screen(self.archive, return_to.key, return_to=None, locale=locale, muted=muted)

    async def _other_day(self, press: DayStep, locale: str, muted: Mutes) -> Screen | None:
        day = parse_list(press.list_ref)
        if not isinstance(day, DayList):
            return None
        for other, _ in await day.near(self.archive, later=press.later):
            return await list_screen(self.archive, other, locale=locale, muted=muted)
        return Screen(sentence=language(locale).render(NO_OTHER_DAY))


def _of_year(reference: str, year: str) -> TopicList | None:
    known = parse_list(reference)
    return of_year(known, year) if isinstance(known, TopicList) else None


async def setup(bot: "Daybook") -> None:
    """Register the buttons and menus, and hand the cog what it needs."""
    bot.add_dynamic_items(*ITEMS)
    rng = random.Random()  # noqa: S311  (no secret)
    await bot.add_cog(Navigation(archive=bot.archive, preferences=bot.ledger.preferences, rng=rng))
