"""An event in its list, in its story, or by itself."""

from typing import NamedTuple

from bot.archive.archive import Archive
from bot.cards.buttons import (
    Back,
    DayStep,
    EventStep,
    Item,
    ListMenu,
    OpenStory,
    PickAnother,
    RelatedMenu,
    ShareEvent,
)
from bot.cards.event_card import ListPosition, event_card, has_story, story_trail
from bot.cards.lists import DayList, EventList, StoryList
from bot.cards.return_to import ReturnTo
from bot.cards.screen import Screen
from bot.domain.audience import Audience
from bot.domain.event import Cursor, Event, Listing
from bot.locale.language import language
from bot.screens.lists import START, hide_muted, read_list


class _Question(NamedTuple):
    """What a list's screen is remembered by."""

    event_list: EventList
    cursor: Cursor
    audience: Audience


async def list_screen(
    archive: Archive, event_list: EventList, audience: Audience, *, cursor: Cursor = START
) -> Screen | None:
    """Show the event of a list that a cursor leads to.

    None if the list is empty, or if the very event that the cursor names, without a step from it, is not in it.
    """
    # Many people ask for the same day; an audience has all that their answers differ by.
    question = _Question(event_list, cursor, audience)
    cached: Screen | None = archive.screens.get(question)
    if cached:
        return cached
    version = archive.screens.version
    screen = await _read_list_screen(archive, event_list, audience, cursor)
    if screen:
        archive.screens.put(question, screen, version=version, size=screen.size)
    return screen


async def _read_list_screen(
    archive: Archive, event_list: EventList, audience: Audience, cursor: Cursor
) -> Screen | None:
    listing = await read_list(archive, event_list, audience, cursor=cursor)
    is_exact = cursor.key is not None and not cursor.step
    if not listing.events or (is_exact and not listing.anchor_found):
        return None
    return listing_screen(event_list, await hide_muted(archive, listing, audience.muted), audience)


async def story_screen(archive: Archive, event_key: str, audience: Audience) -> Screen | None:
    """Show an event in its story, or say that it has none; None if the event is gone."""
    story = StoryList(event_key)
    listing = await read_list(archive, story, audience, cursor=Cursor(event_key))
    if listing.total > 1 and listing.anchor_found:
        return listing_screen(story, await hide_muted(archive, listing, audience.muted), audience)
    if await archive.event(event_key) is None:
        return None
    say = language(audience.locale)
    return Screen(sentence=say("No other event in the archive shares this one's topics."))


async def event_screen(
    archive: Archive, event_key: str, audience: Audience, *, return_to: ReturnTo | None = None
) -> Screen | None:
    """Show an event by itself, with the way back to where it was opened from; None if it is gone."""
    event = await archive.event(event_key, prefer=audience.prefer)
    if event is None:
        return None
    muted, locale = audience.muted, audience.locale
    (event,) = await archive.mark_muted([event], muted)
    items = _related_menu(event, return_to or ReturnTo(event.key), locale)
    if return_to and return_to.event_key != event.key:
        items.append(Back(return_to, locale))
    items += _story_button(event, None, locale)
    return Screen(
        embed=event_card(event, locale=locale, muted=muted),
        items=items,
        share_button=ShareEvent(ReturnTo(event.key), locale),
    )


def listing_screen(
    event_list: EventList, listing: Listing, audience: Audience, *, random_topic: str | None = None
) -> Screen:
    """Show the first event of a listing, in its list.

    ``random_topic`` is what the event was picked at random from, a topic's key or an empty text for any topic: then a
    button picks again.
    """
    event, locale = listing.events[0], audience.locale
    more = "+" if listing.total_is_minimum else ""
    total = f"{language(locale).number(listing.total)}{more}"
    card = event_card(
        event,
        position=ListPosition(event_list.title(listing, locale), listing.position + 1, total, listing.menu_page),
        trail=story_trail(listing.menu_page, listing.position, locale) if isinstance(event_list, StoryList) else "",
        locale=locale,
        muted=audience.muted,
    )
    return Screen(
        sentence=_closeness(listing, locale),
        embed=card,
        items=_listing_items(event_list, listing, locale, random_topic),
        share_button=ShareEvent(ReturnTo(event.key, str(event_list)), locale),
    )


def _closeness(listing: Listing, locale: str) -> str | None:
    """Return the sentence for an event that does not have all words of a search; None for others."""
    if listing.exact is None or listing.position < listing.exact:
        return None
    say = language(locale)
    if listing.exact:
        return say("This event has only some of the words.")
    return say("No event has all of these words. Closest matches:")


def _listing_items(event_list: EventList, listing: Listing, locale: str, random_topic: str | None) -> list[Item]:
    """Return the buttons and menus below an event in its list."""
    event, list_ref = listing.events[0], str(event_list)
    return_to = ReturnTo(event.key, list_ref)
    items: list[Item] = []
    if listing.total > 1:
        items.append(ListMenu.for_page(list_ref, listing, locale=locale))
    items += _related_menu(event, return_to, locale)
    if listing.total > 1:
        items += [EventStep("prev", return_to, locale), EventStep("next", return_to, locale)]
    if random_topic is not None:
        items.append(PickAnother(random_topic, locale))
    elif isinstance(event_list, DayList):
        items += [DayStep("before", list_ref, locale), DayStep("after", list_ref, locale)]
    return items + _story_button(event, event_list, locale)


def _related_menu(event: Event, return_to: ReturnTo, locale: str) -> list[Item]:
    return [RelatedMenu(event.key, event.related, return_to=return_to, locale=locale)] if event.related else []


def _story_button(event: Event, event_list: EventList | None, locale: str) -> list[Item]:
    """Return the button to an event's story, unless it has none or its story is what is shown."""
    if not has_story(event) or event_list == StoryList(event.key):
        return []
    say = language(locale)
    label = say("Follow from here") if isinstance(event_list, StoryList) else say("Follow this story")
    return [OpenStory(event.key, label)]
