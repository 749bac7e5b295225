"""Events -> embeds. Pure: values in, an embed out that fits Discord's limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import discord

from bot.cards import limits
from bot.cards.limits import address, fit, plain
from bot.cards.same import Same
from bot.domain.event import Event, RelatedEvent
from bot.domain.page import Source
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.text import cut, length
from bot.locale.language import Language, language

COLOUR = discord.Colour(0x3E6AA8)
STUB_COLOUR = discord.Colour(0x8A8F98)
ATTRIBUTION = "the Context, CC BY-SA 3.0"
# What the starter archive's own pages call their sources, and no other page does.
_STARTER_SOURCE = "Wikipedia: "
_WAYBACK = "https://web.archive.org/web"
_SOURCE_NAME = 60
# Room kept in a field for " · 12 more", in any language.
_MORE = 40
# Kept free of the 6,000 characters an embed may have in all.
_MARGIN = 100
# Ten lines fit a field, and five with their topics.
_RELATED_LINES = 10
_MOST_GROUPS = 4
_HEADLINE = 78
_TOPICS = 90
_SUMMARY = 1200
# On a card that shares its message with a list.
_SHORT_SUMMARY = 700
_FEW_RELATED_LINES = 5
# Events of a story that a trail names, and how much of their headlines.
_TRAIL, _LABEL = 4, 44


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where an event stands: the list's name, the position in it from 1, and how many it has, as shown."""

    title: str
    position: int
    total: str


def event_card(
    event: Event,
    *,
    position: ListPosition | None = None,
    trail: str = "",
    locale: str | None = None,
    beside: int | None = None,
    muted: Mutes = NO_MUTES,
) -> discord.Embed:
    """Show an event: headline, link to its first source, date, summary, image, sources, related events.

    ``trail`` is where in its story the event stands. ``beside`` is the length of what else stands in the same message,
    which leaves this card less room. If the server has ``muted`` the event, it is told behind a spoiler; its related
    events are shown as they are.
    """
    say = language(locale)
    summary, lines = (_SUMMARY, _RELATED_LINES) if beside is None else (_SHORT_SUMMARY, _FEW_RELATED_LINES)

    is_hidden = muted.hides(event)
    embed = _hidden(event, summary, say) if is_hidden else _open(event, summary, say)
    embed.colour = STUB_COLOUR if event.stub else COLOUR
    embed.set_author(name=say.day(event.date))
    if trail:
        embed.add_field(name=say("The story"), value=trail, inline=False)
    for name, value in _related(event.related[:lines], say):
        embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=_footer(position, credit(event, locale), say))
    room = limits.EMBED - embed_length(embed) - _MARGIN - (beside or 0)
    # Names and addresses of sources tell what an event is about.
    veil = "||" if is_hidden else ""
    most = limits.FIELD_VALUE - 2 * len(veil)
    for number, value in enumerate(_sources(event.sources, event.date, room, most=most, say=say)):
        name = "\u200b" if number else say.many("Source", "Sources", len(event.sources))
        embed.insert_field_at(number, name=name, value=f"{veil}{value}{veil}", inline=False)
    return embed


def _open(event: Event, room: int, say: Language) -> discord.Embed:
    """Tell an event, the summary in so much room."""
    headline = say.script(event.headline)
    title = fit(headline, limits.TITLE)
    embed = discord.Embed(
        title=title,
        url=next(filter(None, (address(source.url) for source in event.sources)), None),
        description=_paragraphs(_rest(headline, title), fit(say.script(event.summary or ""), room), _stub(event, say)),
    )
    if event.image and (image := address(event.image)):
        embed.set_image(url=image)
    return embed


def _hidden(event: Event, room: int, say: Language) -> discord.Embed:
    """Tell an event to those only who click for it, the summary in so much room."""
    told = [fit(say.script(event.headline), _SUMMARY), fit(say.script(event.summary or ""), room)]
    spoilers = [f"||{text}||" for text in told if text.strip()]
    return discord.Embed(title=say("Muted on this server"), description=_paragraphs(*spoilers, _stub(event, say)))


def _stub(event: Event, say: Language) -> str:
    if not event.stub:
        return ""
    return say("*Known from the events that refer to it; its own page is not in this archive.*")


def _paragraphs(*texts: str) -> str | None:
    return "\n\n".join(filter(str.strip, texts)) or None


def embed_length(embed: discord.Embed) -> int:
    """Return what an embed counts towards the 6,000 characters of a message."""
    return sum(map(length, _texts(embed)))


def _texts(embed: discord.Embed) -> Iterator[str]:
    """Yield all texts that count towards an embed's 6,000 characters."""
    yield from filter(None, (embed.title, embed.description, embed.author.name, embed.footer.text))
    for field in embed.fields:
        yield field.name or ""
        yield field.value or ""


def _rest(headline: str, title: str) -> str:
    """Return the whole headline, to stand below a title that shows only its beginning."""
    whole = plain(headline)
    return "" if whole == title else f"**{fit(headline, _SUMMARY)}**"


def _sources(sources: Sequence[Source], day: date, room: int, *, most: int, say: Language) -> list[str]:
    """Return fields of links to as many sources as fit, each with an archived copy, and how many more there are.

    A field has ``most`` units.
    """
    fields: list[str] = []
    left = len(sources)
    for source in sources:
        link = next((link for link in _links(source, day, say) if length(link) <= min(room, most) - _MORE), None)
        if link is None:
            continue
        left -= 1
        room -= length(link) + 3
        if fields and length(fields[-1]) + length(link) + 3 <= most - _MORE:
            fields[-1] += f" · {link}"
        else:
            fields.append(link)
    if left and fields:
        fields[-1] += " · " + say.many("{count} more", "{count} more", left)
    return fields or ([say("None of them can be linked to here.")] if left else [])


def _links(source: Source, day: date, say: Language) -> Iterator[str]:
    """Yield a link to a source with its copy in the Wayback Machine, from the event's own date; then the link alone."""
    url = address(source.url)
    if url is not None:
        name = fit(source.name, _SOURCE_NAME)
        link = f"[{name}]({url})"
        if "://web.archive.org/" not in url:
            # The name again: a screen reader reads links out by themselves.
            copy = say("{name}, archived copy", name=name)
            yield f"{link} ([{copy}]({_WAYBACK}/{day:%Y%m%d}/{url}))"
        yield link


def _related(related: Sequence[RelatedEvent], say: Language) -> Iterator[tuple[str, str]]:
    """Yield fields, name and value: those that share the same topics together, where that makes few fields."""
    groups: dict[tuple[str, ...], list[RelatedEvent]] = {}
    for other in related[:_RELATED_LINES]:
        groups.setdefault(other.topics, []).append(other)
    if len(groups) <= _MOST_GROUPS:
        for topics, others in groups.items():
            about = say("Related · {topics}", topics=fit(say.script(", ".join(topics)), _TOPICS))
            yield about if topics else say("Related"), "\n".join(_line(other, say) for other in others)
    else:
        half = _RELATED_LINES // 2
        for start in range(0, min(len(related), _RELATED_LINES), half):
            lines = [f"{_line(other, say)}{_shared(other, say)}" for other in related[start : start + half]]
            yield "\u200b" if start else say("Related"), "\n".join(lines)


def _line(other: RelatedEvent, say: Language) -> str:
    return f"**{say.short(other.date)}** · {fit(_headline(other, say), _HEADLINE)}"


def _headline(other: RelatedEvent, say: Language) -> str:
    return say("(muted here)") if other.veiled else say.script(other.headline)


def _shared(other: RelatedEvent, say: Language) -> str:
    return f" *{fit(say.script(', '.join(other.topics)), _TOPICS)}*" if other.topics else ""


def has_story(event: Event) -> bool:
    """Tell whether there is a way from an event along its topics; it may turn out to lead nowhere."""
    return bool(event.related and event.topics)


def story_trail(told: Sequence[RelatedEvent], position: int, locale: str | None) -> str:
    """Return where in a story an event stands: ``2 of 7: Launch → **Docking** → …``."""
    say = language(locale)
    first = max(min(position - 1, len(told) - _TRAIL), 0)
    labels = [fit(_headline(other, say), _LABEL) for other in told[first : first + _TRAIL]]
    labels[position - first] = f"**{labels[position - first]}**"
    before, after = ["…"] if first else [], ["…"] if first + _TRAIL < len(told) else []
    trail = " → ".join([*before, *labels, *after])
    return say("{position} of {total}: {trail}", position=position + 1, total=len(told), trail=trail)


def related_line(other: RelatedEvent, locale: str | None) -> str:
    """Show an event in one line: its date and the beginning of its headline."""
    return _line(other, language(locale))


def credit(event: Event, locale: str | None) -> str:
    """Say whose text an event's is."""
    own = event.sources and all(source.name.startswith(_STARTER_SOURCE) for source in event.sources)
    return language(locale).say("Daybook's starter archive") if own else ATTRIBUTION


def _footer(position: ListPosition | None, whose: str, say: Language) -> str:
    if position is None:
        return whose
    where = say("{position} of {total}", position=position.position, total=position.total)
    return f"{where} · {cut(position.title, 200)} · {whose}"


# Those of a popular day are made for everybody who looks at it.
@lru_cache(maxsize=128)
def options(others: Same[Sequence[RelatedEvent]], locale: str | None) -> tuple[discord.SelectOption, ...]:
    """Show events as the options of a menu, as many as it holds."""
    return tuple(option(other, locale) for other in others.it[: limits.OPTIONS])


def option(other: RelatedEvent, locale: str | None) -> discord.SelectOption:
    """Show an event as an option of a menu; its value is the event's key."""
    say = language(locale)
    label = f"{other.date.isoformat()} {_headline(other, say)}"
    topics = say.script(", ".join(other.topics))
    return discord.SelectOption(
        label=cut(label, limits.OPTION_TEXT),
        value=other.key,
        description=cut(topics, limits.OPTION_TEXT) if topics.strip() else None,
    )
