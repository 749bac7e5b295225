"""Writes a line of wikitext into a bullet: its links, citations and templates. Pure; importing it takes a while."""

import html
from collections.abc import Iterable, MutableMapping

import mwparserfromhell
from mwparserfromhell.nodes import ExternalLink, HTMLEntity, Tag, Template, Text, Wikilink
from mwparserfromhell.nodes.extras import Parameter
from mwparserfromhell.wikicode import Wikicode

from bot.domain.page import Source
from bot.formats.context_lists import http_address
from bot.formats.templates import superscript, template_text
from bot.sources.article_titles import article_title, is_hidden_link
from bot.sources.day_bullets import Bullet

_HIDDEN_TAGS = frozenset(("gallery", "graph", "math", "score", "style", "templatestyles", "timeline"))
_SHORT = len("-10³⁴⁵⁶")
_CITATIONS = ("cite ", "citation", "cite")
# Who published what is cited, as the template's HTML names it.
_WORKS = (
    "work", "website", "newspaper", "magazine", "journal", "periodical", "encyclopedia", "publisher", "institution",
)  # fmt: skip
_WRAPPERS = frozenset(
    ("nowrap", "nobr", "nobreak", "j", "nobold", "small", "lang-en", "abbr", "em", "strong", "italic")
)
_RED_LINKS = frozenset(("ill", "interlanguage link", "link-interwiki"))


class NodeWriter:
    """Writes wikitext into bullets, and remembers the sources of the footnotes that have a name."""

    def __init__(self, notes: MutableMapping[str, tuple[Source, ...]]) -> None:
        self._notes = notes

    def write(self, text: str, bullet: Bullet) -> None:
        """Write a line of wikitext."""
        if any(mark in text for mark in "[{<&':/"):
            self._write(mwparserfromhell.parse(text), bullet)
        else:
            bullet.write(text)

    def _write(self, code: Wikicode, bullet: Bullet) -> None:
        for node in code.nodes:
            if isinstance(node, Text):
                bullet.write(str(node))
            elif isinstance(node, Wikilink):
                self._write_article(node, bullet)
            elif isinstance(node, ExternalLink):
                self._write_source(node, bullet)
            elif isinstance(node, Template):
                self._write_template(node, bullet)
            elif isinstance(node, Tag):
                self._write_tag(node, bullet)
            elif isinstance(node, HTMLEntity):
                bullet.write(html.unescape(str(node)))

    def _write_article(self, link: Wikilink, bullet: Bullet) -> None:
        target = str(link.title)
        if is_hidden_link(target):
            return
        if title := article_title(target):
            bullet.begin_article(title)
        if link.text is None:
            bullet.write(target.strip().removeprefix(":"))
        else:
            self._write(link.text, bullet)
        if title:
            bullet.end_link()

    def _write_source(self, link: ExternalLink, bullet: Bullet) -> None:
        url = http_address(str(link.url))
        if url:
            bullet.begin_source(url)
        if link.title is not None:
            self._write(link.title, bullet)
        if url:
            bullet.end_link()

    def _write_tag(self, tag: Tag, bullet: Bullet) -> None:
        name = str(tag.tag).strip().lower()
        if name == "ref":
            bullet.cite(self._footnote(tag))
        elif name == "br":
            bullet.write(" ")
        elif name == "nowiki":
            bullet.write(html.unescape(str(tag.contents or "")))
        elif (
            name == "sup"
            and len(number := str(tag.contents)) <= _SHORT
            and number.strip("0123456789") in ("", "-", "−")
        ):
            bullet.write(superscript(number))
        elif name == "references" and tag.contents is not None:
            self._part(tag.contents)
        elif name not in _HIDDEN_TAGS and tag.contents is not None:
            self._write(tag.contents, bullet)

    def _footnote(self, tag: Tag) -> tuple[Source, ...]:
        """Return the sources of a footnote; one without text is that of the same name."""
        name = str(tag.get("name").value).strip(" \"'") if tag.has("name") else ""
        sources = self._part(tag.contents).read()[1] if tag.contents else ()
        if name and sources:
            self._notes[name] = sources
        return sources or self._notes.get(name, ())

    def _part(self, code: Wikicode) -> Bullet:
        part = Bullet(None, 0)
        self._write(code, part)
        return part

    def _write_template(self, template: Template, bullet: Bullet) -> None:
        name = " ".join(str(template.name).replace("_", " ").lower().split())
        if name.startswith(_CITATIONS):
            bullet.cite(self._cited(template))
        elif name in _RED_LINKS and template.has("1"):
            self._write_red_link(template, bullet)
        elif name in _WRAPPERS and template.has("1"):
            self._write(template.get("1").value, bullet)
        else:
            self._write_text(str(template.name), template.params, bullet)

    def _write_red_link(self, template: Template, bullet: Bullet) -> None:
        """Write a link to an article that there is only in another language: {{ill|Title|de|Titel|lt=label}}."""
        title = article_title(str(template.get("1").value))
        if title:
            bullet.begin_article(title)
        self._write((template.get("lt") if template.has("lt") else template.get("1")).value, bullet)
        bullet.end_link()

    def _write_text(self, name: str, parameters: Iterable[Parameter], bullet: Bullet) -> None:
        """Write what a template shows, as far as ``bot/formats/templates.py`` knows it."""
        inside = [name]
        parts = [(parameter, self._part(parameter.value)) for parameter in parameters]
        for parameter, part in parts:
            text = part.read()[0]
            inside.append(f"{str(parameter.name).strip()}={text}" if parameter.showkey else text)
        bullet.write(template_text("|".join(inside)))
        bullet.titles += [title for _, part in parts for title in part.titles]
        bullet.cite(source for _, part in parts for source in part.cited)

    def _cited(self, template: Template) -> list[Source]:
        """Return the source that a citation names: the page itself rather than a copy of it."""
        values = {str(parameter.name).strip().lower(): parameter.value for parameter in template.params}
        address = next(
            (url for key in ("url", "archive-url") if key in values and (url := _address(values[key]))), None
        )
        name = next((text for key in _WORKS if key in values and (text := self._part(values[key]).read()[0])), "")
        return [Source(name, address)] if address else []


def _address(value: Wikicode) -> str | None:
    return http_address(str(value))
