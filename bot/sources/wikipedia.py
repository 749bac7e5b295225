"""Wikipedia's Action API: which revision a page is at, a page's text, and what it says about several pages."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from bot.domain.errors import FetchError
from bot.sources.http import Response

# Titles in one request, as the API allows.
TITLES_AT_ONCE = 50
# An answer about 50 pages may come in parts, at most one for each.
_MOST_PARTS = 60


class Getter(Protocol):
    """What fetches: ``Http``."""

    async def get(
        self, url: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return the response to a request. Raises FetchError."""
        ...


class ParsedText(NamedTuple):
    """The text of a page as HTML, and the revision that it is of."""

    revision: int
    html: str


class QueriedPages(NamedTuple):
    """What a query says about pages, by the titles that they have; and where other titles lead.

    ``normalized`` are the titles that are written otherwise, ``redirects`` those of pages that lead to others, or of
    articles that have their title in another script; ``elsewhere`` lead to other wikis.
    """

    rows: Mapping[str, Mapping[str, Any]]
    normalized: Mapping[str, str]
    redirects: Mapping[str, str]
    elsewhere: Collection[str]

    def title_of(self, title: str) -> str:
        """Return the title that the page of a title has."""
        title, seen = self.normalized.get(title, title), set[str]()
        while title in self.redirects and title not in seen:
            seen.add(title)
            title = self.redirects[title]
        return title


class Wikipedia:
    """Asks one Wikipedia; ``base`` is the address below which ``/w/api.php`` stands. Raises FetchError."""

    def __init__(self, http: Getter, *, base: str) -> None:
        self._http = http
        self._api = f"{base}/w/api.php"

    async def revisions(self, titles: Sequence[str]) -> dict[str, int]:
        """Return the latest revision of each of at most 50 pages; those that do not exist are left out."""
        answer = await self._ask(action="query", prop="info", titles="|".join(titles))
        query = _mapping(answer.get("query"))
        pages = query.get("pages")
        # A list since the second version of the format, before that an object by the pages' ids.
        rows = list(pages.values()) if isinstance(pages, dict) else pages
        if not isinstance(rows, list):
            raise self._unexpected("no list of pages")
        revisions = {row["title"]: row["lastrevid"] for row in map(_mapping, rows) if _is_page(row)}
        names = {row.get("to"): row.get("from") for row in map(_mapping, query.get("normalized") or [])}
        return {names.get(title) or title: revision for title, revision in revisions.items()}

    async def parse(self, title: str) -> ParsedText | None:
        """Return a page's text as HTML; None if there is no such page. Without a revision in the answer, that is 0."""
        answer = await self._ask(action="parse", page=title, prop="text|revid")
        parsed = _mapping(answer.get("parse"))
        if not parsed:
            return None
        text = parsed.get("text")
        html = text.get("*") if isinstance(text, dict) else text
        if not isinstance(html, str):
            raise self._unexpected("no text")
        revision = parsed.get("revid")
        return ParsedText(revision if isinstance(revision, int) else 0, html)

    async def query(self, titles: Sequence[str], **params: str) -> QueriedPages:
        """Return what the API says about at most 50 pages, all parts of its answer."""
        rows: dict[str, dict[str, Any]] = {}
        links: dict[str, dict[str, str]] = {"normalized": {}, "redirects": {}, "converted": {}}
        elsewhere: set[str] = set()
        more: dict[str, str] = {}
        for _ in range(_MOST_PARTS):
            answer = await self._ask(action="query", titles="|".join(titles), **params, **more)
            query = _mapping(answer.get("query"))
            pages = query.get("pages")
            # Without any page, there is none: all titles lead to other wikis.
            if not isinstance(pages, list) and not query.get("interwiki"):
                raise self._unexpected("no list of pages")
            for row in map(_mapping, pages or []):
                if isinstance(row.get("title"), str):
                    rows.setdefault(row["title"], {}).update(row)
            for name, found in links.items():
                found |= {link["from"]: link["to"] for link in map(_mapping, query.get(name) or []) if _is_link(link)}
            elsewhere |= {str(link.get("title")) for link in map(_mapping, query.get("interwiki") or [])}
            more = {name: str(value) for name, value in _mapping(answer.get("continue")).items()}
            # Of a single file, it offers the older versions.
            if not more.keys() - {"continue", "iistart"}:
                redirects = links["converted"] | links["redirects"]
                return QueriedPages(rows, links["normalized"], redirects, elsewhere)
        raise self._unexpected("no end")

    async def _ask(self, **params: str) -> Mapping[str, Any]:
        response = await self._http.get(self._api, {**params, "format": "json", "formatversion": "2"})
        try:
            answer = json.loads(response.body)
        except (ValueError, RecursionError) as error:
            raise self._unexpected("no JSON") from error
        if response.status != 200 or not isinstance(answer, dict):  # noqa: PLR2004
            raise self._unexpected(f"status {response.status}" if response.status != 200 else "no object")  # noqa: PLR2004
        if trouble := answer.get("error"):
            code = _mapping(trouble).get("code")
            if code == "missingtitle":
                return {}
            raise self._unexpected(f"the error “{code}”")
        return answer

    def _unexpected(self, what: str) -> FetchError:
        return FetchError(f"{self._api} answered something other than was asked for ({what}); try again later")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_page(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("title"), str) and isinstance(row.get("lastrevid"), int) and row["lastrevid"] > 0


def _is_link(link: Mapping[str, Any]) -> bool:
    return isinstance(link.get("from"), str) and isinstance(link.get("to"), str)
