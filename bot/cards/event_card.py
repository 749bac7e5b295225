"""The card of an event, and the lines and menu options that show events in other cards. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import discord

from bot.cards import limits
from bot.cards.credit import image_line, name_of, names_of, revision_link
from bot.cards.limits import fit, fit_and_rest, link_url
from bot.domain.event import Event, RelatedEvent
from bot.domain.page import Source
from bot.domain.preferences import NO_MUTES, Mutes
from bot.domain.text import cut, length
from bot.locale.language import Language, language

COLOUR = discord.Colour(0x3E6AA8)
STUB_COLOUR = discord.Colour(0x8A8F98)
_WAYBACK = "https://web.archive.org/web"
# The year of the Wayback Machine's first copies: of what is older it shows a later one.
_FIRST_COPIES = 1996
_ENCYCLOPAEDIA = "wikipedia.org"
_SPOILER = "||"
# The name of a field that goes on where the one before it is full.
_NO_NAME = "\u200b"
_SOURCE_NAME = 60
# Space kept in a field for " · 12 more", in any language.
_MORE = 40
# How many of the 6,000 characters that an embed may have are left free.
_MARGIN = 100
# As many fit a field with their topics; the menu below the card has the others.
_RELATED_LINES = 5
# The first topics of an event are those that are most its own.
_MOST_TOPICS = 2
_HEADLINE = 78
_TOPICS = 90
_SUMMARY = 1200
# On a card that shares its message with a list.
_SHORT_SUMMARY = 700
_LIST_TITLE = 200
# How many events of a story a trail names, and how much of their headlines.
_TRAIL_EVENTS, _TRAIL_HEADLINE = 4, 44


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where an event stands: the list's title, the position in it from 1, and the number of its events as text.

    ``menu`` are the events that a menu below the card names.
    """

    title: str
    position: int
    total: str
    menu: Sequence[RelatedEvent] = ()


def event_card(
    event: Event,
    *,
    position: ListPosition | None = None,
    trail: str = "",
    locale: str | None = None,
    reserved_length: int | None = None,
    muted: Mutes = NO_MUTES,
) -> discord.Embed:
    """Show an event: headline, link to its first source, date, summary, image, sources, related events.

    ``trail`` says where in its story the event stands. ``reserved_length`` is the length of what else stands in the
    same message, which leaves this card less space. If the server has ``muted`` the event, its texts and sources stand
    behind a spoiler; its related events are shown as they are handed in.
    """
    say = language(locale)
    summary_limit = _SUMMARY if reserved_length is None else _SHORT_SUMMARY
    is_muted = muted.hides(event)
    embed = _spoiler_embed(event, summary_limit, say) if is_muted else _plain_embed(event, summary_limit, say)
    embed.colour = STUB_COLOUR if event.stub else COLOUR
    embed.set_author(name=say.day(event.date))
    if trail:
        embed.add_field(name=say("Story"), value=trail, inline=False)
    if event.related:
        _add_related(embed, event.related[:_RELATED_LINES], say)
    embed.set_footer(text=_footer(position, name_of(event.credit, say), say))
    space = limits.EMBED - embed_length(embed) - _MARGIN - (reserved_length or 0)
    # The names and addresses of sources give away what an event is about.
    mark = _SPOILER if is_muted else ""
    field_limit = limits.FIELD_VALUE - 2 * len(mark)
    fields = _source_fields(event, space, field_limit=field_limit, shows_image=bool(embed.image.url), say=say)
    for index, value in enumerate(fields):
        name = _NO_NAME if index else say.many("Source", "Sources", max(len(event.sources), 1))
        embed.insert_field_at(index, name=name, value=f"{mark}{value}{mark}", inline=False)
    return embed


def _plain_embed(event: Event, summary_limit: int, say: Language) -> discord.Embed:
    """Show an event's texts, link and image."""
    title, rest = fit_and_rest(say.script(event.headline), limits.TITLE)
    summary = fit(say.script(event.summary or ""), summary_limit)
    embed = discord.Embed(
        title=title,
        url=next(filter(None, (link_url(source.url) for source in event.sources)), None),
        description=_paragraphs(f"**…{fit(rest, _SUMMARY)}**" if rest else "", summary, _stub_note(event, say)),
    )
    if event.image and (image := link_url(event.image)):
        embed.set_image(url=image)
    return embed


def _spoiler_embed(event: Event, summary_limit: int, say: Language) -> discord.Embed:
    """Show an event's texts behind spoilers, without link and image."""
    texts = [fit(say.script(event.headline), _SUMMARY), fit(say.script(event.summary or ""), summary_limit)]
    spoilers = [f"{_SPOILER}{text}{_SPOILER}" for text in texts if text.strip()]
    return discord.Embed(title=say("Muted on this server"), description=_paragraphs(*spoilers, _stub_note(event, say)))


def _stub_note(event: Event, say: Language) -> str:
    if not event.stub:
        return ""
    return say("*Known from the events that refer to it; its own page is not in this archive.*")


def _paragraphs(*texts: str) -> str | None:
    return "\n\n".join(filter(str.strip, texts)) or None


def embed_length(embed: discord.Embed) -> int:
    """Return what an embed counts towards the 6,000 characters of a message."""
    return sum(map(length, _counted_texts(embed)))


def _counted_texts(embed: discord.Embed) -> Iterator[str]:
    """Yield all texts that count towards an embed's 6,000 characters."""
    yield from filter(None, (embed.title, embed.description, embed.author.name, embed.footer.text))
    for field in embed.fields:
        yield field.name or ""
        yield field.value or ""


def _source_fields(event: Event, space: int, *, field_limit: int, shows_image: bool, say: Language) -> list[str]:
    """Return fields of links to an event's sources, to its text's revision, and of whose image it is."""
    image = image_line(event.image_credit, say) if shows_image and event.image_credit else None
    lines = "\n".join(filter(None, (revision_link(event.credit, say), image)))
    if not lines:
        return _source_link_fields(event.sources, event.date, space, field_limit=field_limit, say=say)
    space -= length(lines) + 1
    fields = _source_link_fields(event.sources, event.date, space, field_limit=field_limit, say=say)
    if fields and length(fields[-1]) + 1 + length(lines) <= field_limit:
        return [*fields[:-1], f"{fields[-1]}\n{lines}"]
    return [*fields, lines]


def _source_link_fields(
    sources: Sequence[Source], day: date, space: int, *, field_limit: int, say: Language
) -> list[str]:
    """Return fields of links to as many sources as fit, each with an archived copy, and how many more there are.

    All fields together may have ``space`` UTF-16 units, each of them ``field_limit``.
    """
    fields: list[str] = []
    left_out = len(sources)
    for source in sources:
        limit = min(space, field_limit) - _MORE
        link = next((link for link in _source_links(source, day, say) if length(link) <= limit), None)
        if link is None:
            continue
        left_out -= 1
        space -= length(link) + 3
        if fields and length(fields[-1]) + length(link) + 3 <= field_limit - _MORE:
            fields[-1] += f" · {link}"
        else:
            fields.append(link)
    if left_out and fields:
        fields[-1] += " · " + say.many("{count} more", "{count} more", left_out)
    return fields or ([say("None of them can be linked here.")] if left_out else [])


def _source_links(source: Source, day: date, say: Language) -> Iterator[str]:
    """Yield a link to a source with its copy in the Wayback Machine, from the event's own date; then the link alone."""
    url = link_url(source.url)
    if url is not None:
        name = fit(source.name, _SOURCE_NAME)
        link = f"[{name}]({url})"
        if not _is_lasting(url):
            # Screen readers read links out by themselves, so that the short one says what it is.
            copy = say("archived {year}", year=str(day.year)) if day.year >= _FIRST_COPIES else say("archived copy")
            yield f"{link} ([{copy}]({_WAYBACK}/{day:%Y%m%d}/{url}))"
        yield link


def _is_lasting(url: str) -> bool:
    """Tell whether an address needs no archived copy: it is one, or an article of an encyclopaedia that is kept up."""
    host = (urlsplit(url).hostname or "").lower()
    return host in ("web.archive.org", _ENCYCLOPAEDIA) or host.endswith(f".{_ENCYCLOPAEDIA}")


def _add_related(embed: discord.Embed, related: Sequence[RelatedEvent], say: Language) -> None:
    """Add a field of related events: the topics that all of them share in its name, the others' in their lines."""
    common = [topic for topic in related[0].topics if all(topic in event.topics for event in related)]
    name = say("Related · {topics}", topics=fit(say.script(", ".join(common)), _TOPICS)) if common else say("Related")
    lines = [f"{_line(event, say)}{_own_topics(event, common, say)}" for event in related]
    embed.add_field(name=name, value="\n".join(lines), inline=False)


def headline_line(event: RelatedEvent, locale: str | None) -> str:
    """Show an event in one line, below its date: the beginning of its headline."""
    return f"• {fit(_headline(event, language(locale)), _HEADLINE)}"


def _line(event: RelatedEvent, say: Language) -> str:
    return f"**{say.short(event.date)}** · {fit(_headline(event, say), _HEADLINE)}"


def _headline(event: RelatedEvent, say: Language) -> str:
    return say("(muted here)") if event.is_muted else say.script(event.headline)


def _own_topics(event: RelatedEvent, common: Sequence[str], say: Language) -> str:
    topics = [topic for topic in event.topics if topic not in common][:_MOST_TOPICS]
    return f" *{fit(say.script(', '.join(topics)), _TOPICS)}*" if topics else ""


def has_story(event: Event) -> bool:
    """Tell whether an event shares topics with others. Its story may still have no other event."""
    return bool(event.related and event.topics)


def story_trail(story: Sequence[RelatedEvent], position: int, locale: str | None) -> str:
    """Return where in a story the event at ``position`` (from 0) stands: ``2 of 7: Launch → **Docking** → …``."""
    say = language(locale)
    first = max(min(position - 1, len(story) - _TRAIL_EVENTS), 0)
    labels = [fit(_headline(event, say), _TRAIL_HEADLINE) for event in story[first : first + _TRAIL_EVENTS]]
    labels[position - first] = f"**{labels[position - first]}**"
    before, after = ["…"] if first else [], ["…"] if first + _TRAIL_EVENTS < len(story) else []
    trail = " → ".join([*before, *labels, *after])
    return say("{position} of {total}: {trail}", position=position + 1, total=len(story), trail=trail)


def event_line(event: RelatedEvent, locale: str | None) -> str:
    """Show an event in one line: its date and the beginning of its headline."""
    return _line(event, language(locale))


def _footer(position: ListPosition | None, attribution: str, say: Language) -> str:
    if position is None:
        return attribution
    if others := names_of(position.menu, say, but=[attribution]):
        attribution = say("{credit} · in the menu: {others}", credit=attribution, others=others)
    count = say("{position} of {total}", position=position.position, total=position.total)
    return f"{count} · {cut(position.title, _LIST_TITLE)} · {attribution}"


def event_options(events: Sequence[RelatedEvent], locale: str | None) -> list[discord.SelectOption]:
    """Show events as the options of a menu, as many as it holds; an option's value is the event's key."""
    say = language(locale)
    return [_option(event, say) for event in events[: limits.OPTIONS]]


def _option(event: RelatedEvent, say: Language) -> discord.SelectOption:
    label = f"{event.date.isoformat()} {_headline(event, say)}"
    topics = say.script(", ".join(event.topics))
    return discord.SelectOption(
        label=cut(label, limits.OPTION_TEXT),
        value=event.key,
        description=cut(topics, limits.OPTION_TEXT) if topics.strip() else None,
    )
