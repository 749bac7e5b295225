"""What a follow posts, as Discord shows it: the most notable new event, a short list of others, and all of them."""

from collections.abc import Sequence

import discord

from bot.cards.credit import name_of, names_of
from bot.cards.daily_post import HEADLINE, Post, PostFrame, daily_post, others_of, put_together
from bot.cards.event_card import COLOUR
from bot.cards.limits import escape_discord, fit
from bot.cards.lists import WindowList
from bot.domain.dates import Day
from bot.domain.event import Event, RelatedEvent
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.selection import Selection, Window
from bot.domain.subscription import PostOptions
from bot.domain.text import cut
from bot.locale.language import Language, language

# The length of a subject's name above the lead, and where there is less room, in characters.
_SUBJECT, _SHORT_SUBJECT = 100, 40


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
    say, others = language(locale), others_of(selection)
    subject = say.script(window.subject_name)
    short = cut(subject, _SHORT_SUBJECT)
    frame = PostFrame(
        heading=say("New about {subject} · {day}", subject=cut(subject, _SUBJECT), day=lead.date),
        others_card=_others_card(others, options.count, lead, say) if others else None,
        list_ref=str(WindowList(window.subject_key, window.since, window.until)),
        list_label=_list_label(window, short, selection.listed, say),
        title=f"{short}: {say.script(lead.headline)}",
    )
    return put_together(selection, frame, token=token, role_id=role_id, locale=locale, muted=muted)


def _list_label(window: Window, subject: str, count: int, say: Language) -> str:
    """Name the list below a digest: what there is about the subject on the days that its events are of."""
    first, last = (Day(day.month, day.day) for day in (window.since, window.until))
    if first == last:
        return say("{subject}, {day} ({count})", subject=subject, day=first, count=count)
    return say("{subject}, {first} to {last} ({count})", subject=subject, first=first, last=last, count=count)


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
