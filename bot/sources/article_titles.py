"""Says which article a link of Wikipedia leads to. Pure."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_NAMESPACES = frozenset(
    (
        "book", "category", "cat", "draft", "file", "help", "image", "media", "mediawiki", "module", "mos", "portal",
        "project", "special", "talk", "template", "timedtext", "user", "wikipedia", "wp", "event", "topic",
    )
)  # fmt: skip
_SHOWN_ELSEWHERE = frozenset(("category", "file", "image"))
# Wikipedia's sisters. Its other languages are known by their form.
_OTHER_WIKIS = frozenset(
    (
        "b", "c", "commons", "d", "foundation", "incubator", "m", "meta", "mediawikiwiki", "mw", "n", "phab", "q", "s",
        "simple", "species", "v", "voy", "w", "wikibooks", "wikidata", "wikinews", "wikiquote", "wikisource",
        "wikispecies", "wikiversity", "wikivoyage", "wikt", "wiktionary",
    )
)  # fmt: skip
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z-]{1,20})?")
_MISSING = " (page does not exist)"
_BLANKS = re.compile(r"[\s_]++")
_PATHS = ("/wiki/", "./")


def article_title(target: str) -> str | None:
    """Return the title of the article that a wiki link's target names, or None if it is none.

    ``war_(word)#History`` gives ``War (word)``; files, categories, portals and other languages are no articles.
    """
    title = _BLANKS.sub(" ", target.partition("#")[0]).strip().removeprefix(":").strip()
    prefix, colon, _ = title.partition(":")
    prefix = prefix.strip()
    if not title or not title.isprintable() or (colon and _is_elsewhere(prefix)):
        return None
    return title[0].upper() + title[1:]


def is_hidden_link(target: str) -> bool:
    """Return whether a wiki link shows nothing where it stands: an image, a category, another language's article."""
    prefix, colon, _ = target.strip().partition(":")
    name = prefix.strip().lower()
    return bool(colon) and (name in _SHOWN_ELSEWHERE or bool(_LANGUAGE.fullmatch(prefix)))


def _is_elsewhere(prefix: str) -> bool:
    """Return whether a link with this before its first colon leads to no article of this Wikipedia."""
    name = prefix.lower()
    return name.removesuffix(" talk") in _NAMESPACES or name in _OTHER_WIKIS or bool(_LANGUAGE.fullmatch(prefix))


def linked_title(href: str, title: str | None) -> str | None:
    """Return the title of the article that a link in HTML leads to, or None; ``title`` is the link's attribute."""
    target = _target(href)
    if not target or not article_title(target):
        return None
    return article_title(title.removesuffix(_MISSING)) if title and title.strip() else article_title(target)


def _target(href: str) -> str | None:
    """Return what an address names on a wiki, without its fragment."""
    try:
        parts = urlsplit(href)
        if parts.path == "/w/index.php":
            return parse_qs(parts.query, max_num_fields=20).get("title", [""])[0]
    except ValueError:
        return None
    prefix = next((prefix for prefix in _PATHS if parts.path.startswith(prefix)), None)
    return unquote(parts.path[len(prefix) :]) if prefix else None
