"""Wikipedia's Action API: which revision a page is at, and a page's text."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from bot.domain.errors import FetchError
from bot.sources.http import Response

# Titles in one request, as the API allows.
TITLES_AT_ONCE = 50


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
        return FetchError(f"{self._api} answered with something else than was asked for ({what}); try again later")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_page(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("title"), str) and isinstance(row.get("lastrevid"), int) and row["lastrevid"] > 0
