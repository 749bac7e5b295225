"""What a follow posts, as Discord shows it: the most notable new event, a short list of others, and all of them."""

from collections.abc import Iterator, Sequence

import discord

from bot.cards.buttons import Item, ListMenu, OpenList, OpenPostList, OpenStory, RelatedMenu
from bot.cards.credit import name_of, names_of
from bot.cards.daily_post import HEADLINE, THREAD_NAME, Post, daily_post
from bot.cards.event_card import COLOUR, embed_length, event_card, has_story
from bot.cards.limits import OPTIONS, escape_discord, fit
from bot.cards.lists import WindowList
from bot.cards.return_to import ReturnTo
from bot.domain.dates import Day
from bot.domain.event import Event, RelatedEvent
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.selection import Selection, Window
from bot.domain.subscription import PostOptions
from bot.domain.text import cut
from bot.locale.language import Language, language

# Lengths, in characters.
_SUBJECT = 100
# Reserved for the line above the lead that names the subject.
_ABOVE_LEAD = 150


def post_for(
    selection: Selection,
    options: PostOptions,
    *,
    token: str | None,
    role_id: int | None = None,
    locale: str | None = None,
    muted: Mutes = NO_MUTES,
) -> Post:
    """Return the message in which a subscription shows a selection; a test has no ``token``."""
    window, lead = selection.window, selection.lead
    if window is None:
        return daily_post(selection, topic=options.topic, token=token, role_id=role_id, locale=locale, muted=muted)
    say = language(locale)
    others = [
        RelatedEvent(other.key, other.date, other.headline, credit=other.credit) for other in selection.pick.others
    ]
    embeds = [_others_card(others, options.count, lead, say)] if others else []
    reserved = sum(map(embed_length, embeds)) + _ABOVE_LEAD
    card = event_card(lead, locale=locale, reserved_length=reserved, muted=muted)
    subject = cut(say.script(window.subject_name), _SUBJECT)
    card.set_author(name=say("New about {subject} · {day}", subject=subject, day=lead.date))
    title = cut(f"{cut(subject, _SUBJECT // 2)}: {say.script(lead.headline)}", THREAD_NAME)
    items = list(_items(selection, window, others, token, locale))
    return Post(f"<@&{role_id}>" if role_id else None, [card, *embeds], items, title, role_id)


def _items(
    selection: Selection, window: Window, others: Sequence[RelatedEvent], token: str | None, locale: str | None
) -> Iterator[Item]:
    say, lead = language(locale), selection.lead
    list_ref = str(WindowList(window.subject_key, window.since, window.until))
    if others:
        placeholder = say("Read one of the others…")
        yield ListMenu(list_ref, others[:OPTIONS], placeholder=placeholder, locale=locale)
    if lead.related:
        yield RelatedMenu(lead.key, lead.related, return_to=ReturnTo(lead.key, list_ref), locale=locale)
    subject = cut(say.script(window.subject_name), _SUBJECT // 2)
    label = say("All about {subject} ({count})", subject=subject, count=selection.listed)
    yield OpenPostList(token, list_ref, label) if token else OpenList(list_ref, label)
    if has_story(lead):
        yield OpenStory(lead.key, say("Follow this story"))


def _others_card(others: Sequence[RelatedEvent], count: int, lead: Event, say: Language) -> discord.Embed:
    lines = [_line(other, lead, say) for other in others[:count]]
    if (more := len(others) - count) > 0:
        lines.append(say.many("… and {count} more", "… and {count} more", more))
    embed = discord.Embed(title=escape_discord(say("Also new")), description="\n".join(lines), colour=COLOUR)
    # What the lead's card says already is not said twice.
    embed.set_footer(text=names_of(others[:count], say, but=[name_of(lead.credit, say)]) or None)
    return embed


def _line(other: RelatedEvent, lead: Event, say: Language) -> str:
    day = "" if other.date == lead.date else f"**{escape_discord(say.day(Day(other.date.month, other.date.day)))}** · "
    return f"{day or '• '}{fit(say.script(other.headline), HEADLINE)}"
