"""Events -> embeds. Pure: values in, an embed out that fits Discord's limits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import discord

from bot.cards import limits
from bot.cards.limits import address, fit, plain
from bot.dates import say_date, say_short
from bot.event import Event, Related, Source
from bot.preferences import NONE, Mutes, veiled
from bot.text import cut, in_script, length

COLOUR = discord.Colour(0x3E6AA8)
STUB_COLOUR = discord.Colour(0x8A8F98)
ATTRIBUTION = "the Context, CC BY-SA 3.0"
_STARTER = "Daybook's starter archive"
# What the starter archive's own pages call their sources, and no other page does.
_STARTER_SOURCE = "Wikipedia: "
_WAYBACK = "https://web.archive.org/web"
_SOURCE_NAME = 60
# Room kept in a field for " and 12 more".
_MORE = 20
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
class Place:
    """Where an event stands: the list's name, the position in it from 1, and how many it has, as shown."""

    title: str
    position: int
    total: str


def event_card(
    event: Event,
    *,
    place: Place | None = None,
    trail: str = "",
    locale: str | None = None,
    beside: int | None = None,
    muted: Mutes = NONE,
) -> discord.Embed:
    """Show an event: headline, link to its first source, date, summary, image, sources, related events.

    ``trail`` is where in its story the event stands. ``beside`` is the length of what else stands in the same message,
    which leaves this card less room. What the server has ``muted`` is told behind a spoiler; of related events the
    dates are left.
    """
    summary, lines = (_SUMMARY, _RELATED_LINES) if beside is None else (_SHORT_SUMMARY, _FEW_RELATED_LINES)

    def shown(text: str) -> str:
        return in_script(text, locale)

    is_hidden = muted.hides(event)
    embed = _hidden(event, summary, shown) if is_hidden else _open(event, summary, shown)
    embed.colour = STUB_COLOUR if event.stub else COLOUR
    embed.set_author(name=say_date(event.date))
    if trail:
        embed.add_field(name="The story", value=trail, inline=False)
    for name, value in _related([_known(other, muted) for other in event.related[:lines]], shown):
        embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=_footer(place, credit(event)))
    room = limits.EMBED - embed_length(embed) - _MARGIN - (beside or 0)
    # Names and addresses of sources tell what an event is about.
    veil = "||" if is_hidden else ""
    for number, value in enumerate(_sources(event.sources, event.date, room, most=limits.FIELD_VALUE - 2 * len(veil))):
        name = "\u200b" if number else "Source" if len(event.sources) == 1 else "Sources"
        embed.insert_field_at(number, name=name, value=f"{veil}{value}{veil}", inline=False)
    return embed


def _open(event: Event, room: int, shown: Callable[[str], str]) -> discord.Embed:
    """Tell an event, the summary in so much room."""
    headline = shown(event.headline)
    title = fit(headline, limits.TITLE)
    embed = discord.Embed(
        title=title,
        url=next(filter(None, (address(source.url) for source in event.sources)), None),
        description=_paragraphs(_rest(headline, title), fit(shown(event.summary or ""), room), _stub(event)),
    )
    if event.image and (image := address(event.image)):
        embed.set_image(url=image)
    return embed


def _hidden(event: Event, room: int, shown: Callable[[str], str]) -> discord.Embed:
    """Tell an event to those only who click for it, the summary in so much room."""
    told = [fit(shown(event.headline), _SUMMARY), fit(shown(event.summary or ""), room)]
    spoilers = [f"||{text}||" for text in told if text.strip()]
    return discord.Embed(title="Muted on this server", description=_paragraphs(*spoilers, _stub(event)))


def _stub(event: Event) -> str:
    return "*Known from the events that refer to it; its own page is not in this archive.*" if event.stub else ""


def _paragraphs(*texts: str) -> str | None:
    return "\n\n".join(filter(str.strip, texts)) or None


def _known(other: Related, muted: Mutes) -> Related:
    return veiled(other) if muted.hides(other) else other


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


def _sources(sources: Sequence[Source], day: date, room: int, *, most: int) -> list[str]:
    """Return fields of links to as many sources as fit, each with an archived copy, and how many more there are.

    A field has ``most`` units.
    """
    fields: list[str] = []
    left = len(sources)
    for source in sources:
        link = next((link for link in _links(source, day) if length(link) <= min(room, most) - _MORE), None)
        if link is None:
            continue
        left -= 1
        room -= length(link) + 3
        if fields and length(fields[-1]) + length(link) + 3 <= most - _MORE:
            fields[-1] += f" · {link}"
        else:
            fields.append(link)
    if left and fields:
        fields[-1] += f" and {left:,} more"
    return fields or ([f"{left:,}, none of which can be linked to here"] if left else [])


def _links(source: Source, day: date) -> Iterator[str]:
    """Yield a link to a source with its copy in the Wayback Machine, from the event's own date; then the link alone."""
    url = address(source.url)
    if url is not None:
        link = f"[{fit(source.name, _SOURCE_NAME)}]({url})"
        if "://web.archive.org/" not in url:
            yield f"{link} ([archived]({_WAYBACK}/{day:%Y%m%d}/{url}))"
        yield link


def _related(related: Sequence[Related], shown: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield fields, name and value: those that share the same topics together, where that makes few fields."""
    groups: dict[tuple[str, ...], list[Related]] = {}
    for other in related[:_RELATED_LINES]:
        groups.setdefault(other.topics, []).append(other)
    if len(groups) <= _MOST_GROUPS:
        for topics, others in groups.items():
            name = f"Related · {fit(shown(', '.join(topics)), _TOPICS)}" if topics else "Related"
            yield name, "\n".join(_line(other, shown) for other in others)
    else:
        half = _RELATED_LINES // 2
        for start in range(0, min(len(related), _RELATED_LINES), half):
            lines = [f"{_line(other, shown)}{_shared(other, shown)}" for other in related[start : start + half]]
            yield "\u200b" if start else "Related", "\n".join(lines)


def _line(other: Related, shown: Callable[[str], str]) -> str:
    return f"**{say_short(other.date)}** · {fit(shown(other.headline), _HEADLINE)}"


def _shared(other: Related, shown: Callable[[str], str]) -> str:
    return f" *{fit(shown(', '.join(other.topics)), _TOPICS)}*" if other.topics else ""


def story_trail(told: Sequence[Related], position: int, locale: str | None, *, muted: Mutes = NONE) -> str:
    """Return where in a story an event stands: ``2 of 7: Launch → **Docking** → …``."""
    first = max(min(position - 1, len(told) - _TRAIL), 0)
    named = [_known(other, muted).headline for other in told[first : first + _TRAIL]]
    labels = [fit(in_script(headline, locale), _LABEL) for headline in named]
    labels[position - first] = f"**{labels[position - first]}**"
    before, after = ["…"] if first else [], ["…"] if first + _TRAIL < len(told) else []
    return f"{position + 1} of {len(told)}: {' → '.join([*before, *labels, *after])}"


def related_line(other: Related, locale: str | None, *, muted: Mutes = NONE) -> str:
    """Show an event in one line: its date and the beginning of its headline, unless that is ``muted``."""
    return _line(_known(other, muted), lambda text: in_script(text, locale))


def credit(event: Event) -> str:
    """Say whose text an event's is."""
    own = event.sources and all(source.name.startswith(_STARTER_SOURCE) for source in event.sources)
    return _STARTER if own else ATTRIBUTION


def _footer(place: Place | None, whose: str) -> str:
    if place is None:
        return whose
    return f"{place.position:,} of {place.total} · {cut(place.title, 200)} · {whose}"


def option(other: Related, locale: str | None, muted: Mutes = NONE) -> discord.SelectOption:
    """Show an event as an option of a menu, a ``muted`` one by its date; its value is the event's key."""
    other = _known(other, muted)
    label = f"{other.date.isoformat()} {in_script(other.headline, locale)}"
    topics = in_script(", ".join(other.topics), locale)
    return discord.SelectOption(
        label=cut(label, limits.OPTION_TEXT),
        value=other.key,
        description=cut(topics, limits.OPTION_TEXT) if topics.strip() else None,
    )
