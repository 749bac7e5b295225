"""Articles of several Wikipedias, and the files that they show, answered as the Action API does (formatversion=2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

# What a Wikipedia calls its files, where that is not “File”.
_FILES = {"de": "Datei", "fr": "Fichier", "ja": "ファイル"}
UPLOADS = "https://upload.wikimedia.org/wikipedia"
# What the API adds to the addresses of images.
_COUNTED = "?utm_source=en.wikipedia.org&utm_campaign=api&utm_content=thumbnail"


@dataclass
class FakeFile:
    """A file: its author's HTML, what Commons says of its licence, and whether it is there or only on a Wikipedia."""

    artist: str | None = '<a href="//commons.wikimedia.org/wiki/User:Ada" title="User:Ada">Ada Byron</a>'
    licence: str | None = "CC BY-SA 4.0"
    code: str | None = "cc-by-sa-4.0"
    repository: str = "shared"
    more: dict[str, str] = field(default_factory=dict)
    suffix: str = ""

    def metadata(self) -> dict[str, Any]:
        values = {"Artist": self.artist, "LicenseShortName": self.licence, "License": self.code, **self.more}
        fields = {
            name: {"value": value, "source": "commons-desc-page"} for name, value in values.items() if value is not None
        }
        return {"CommonsMetadataExtension": {"value": 1.2, "source": "extension", "hidden": ""}} | fields


@dataclass
class FakeArticles:
    """Articles by language and title: (size, the file of its lead image), and in ``items`` what they are about.

    ``redirects`` are titles that lead to others, ``normalized`` those written otherwise, ``converted`` those in another
    script.
    ``requests`` are the languages and titles that were asked for. ``images_at_once`` is in how many parts the API gives
    an answer: so many images in each.
    """

    articles: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    items: dict[tuple[str, str], str] = field(default_factory=dict)
    files: dict[str, FakeFile] = field(default_factory=dict)
    redirects: dict[tuple[str, str], str] = field(default_factory=dict)
    normalized: dict[str, str] = field(default_factory=dict)
    converted: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, list[str]]] = field(default_factory=list)
    images_at_once: int = 50

    def write(
        self, title: str, size: int, image: str | None = None, *, language: str = "en", item: str | None = None,
        **file: Any,
    ) -> None:  # fmt: skip
        """Write an article; with an item, with an image, and whatever is special about its file."""
        self.articles[language, title] = (size, image)
        self.items.pop((language, title), None)
        if item:
            self.items[language, title] = item
        if image:
            self.files[image] = FakeFile(**file)

    def titles(self, language: str = "en") -> list[str]:
        """Return the titles of articles that were asked for in a language, without files."""
        return [
            title for asked, titles in self.requests for title in titles
            if asked == language and not title.startswith("File:")
        ]  # fmt: skip

    def answer(self, language: str, params: dict[str, str]) -> dict[str, Any]:
        titles = params["titles"].split("|")
        assert len(titles) <= 50
        if "picontinue" not in params:
            self.requests.append((language, titles))
        if params["prop"] == "imageinfo":
            return self._files(language, titles, params)
        assert params["prop"] == "info|pageimages|pageprops"
        assert params["ppprop"] == "wikibase_item"
        return self._pages(language, titles, params)

    def _pages(self, language: str, titles: list[str], params: dict[str, str]) -> dict[str, Any]:
        query: dict[str, Any] = {}
        elsewhere = [title for title in titles if title.partition(":")[0] in ("de", "fr")]
        titles = [title for title in titles if title not in elsewhere]
        if elsewhere:
            query["interwiki"] = [{"title": title, "iw": title.partition(":")[0]} for title in elsewhere]
        links = {title: self.normalized[title] for title in titles if title in self.normalized}
        if links:
            query["normalized"] = [{"fromencoded": False, "from": old, "to": new} for old, new in links.items()]
        found = [links.get(title, title) for title in titles]
        scripts = {title: self.converted[title] for title in found if title in self.converted}
        if scripts and params.get("converttitles"):
            query["converted"] = [{"from": old, "to": new} for old, new in scripts.items()]
            found = [scripts.get(title, title) for title in found]
        redirects = {title: self.redirects[language, title] for title in found if (language, title) in self.redirects}
        if redirects:
            query["redirects"] = [{"from": old, "to": new} for old, new in redirects.items()]
        found = list(dict.fromkeys(redirects.get(title, title) for title in found))
        first = int(params.get("picontinue", 0))
        pictured = found[first : first + self.images_at_once]
        query["pages"] = [
            self._page(language, title, with_info="picontinue" not in params, with_image=title in pictured)
            for title in found
        ]
        if first + self.images_at_once < len(found):
            more = {"picontinue": str(first + self.images_at_once), "continue": "||info|pageprops"}
            return {"continue": more, "query": query}
        return {"batchcomplete": True, "query": query}

    def _page(self, language: str, title: str, *, with_info: bool, with_image: bool) -> dict[str, Any]:
        size, image = self.articles.get((language, title), (None, None))
        row: dict[str, Any] = {"ns": 10 if title.startswith("Template:") else 0, "title": title}
        if size is None:
            return {**row, "missing": True}
        row["pageid"] = len(title)
        if with_info:
            row |= {"contentmodel": "wikitext", "pagelanguage": language, "lastrevid": 7, "length": size}
            if item := self.items.get((language, title)):
                row["pageprops"] = {"wikibase_item": item}
        if with_image and image:
            row["pageimage"] = image.replace(" ", "_")
        return row

    def _files(self, language: str, titles: list[str], params: dict[str, str]) -> dict[str, Any]:
        assert params["iiurlwidth"] in ("500", "960", "1280")
        space = _FILES.get(language, "File")
        names = [title.removeprefix("File:").replace("_", " ") for title in titles]
        changed = [
            {"fromencoded": False, "from": title, "to": f"{space}:{name}"}
            for title, name in zip(titles, names, strict=True) if title != f"{space}:{name}"
        ]  # fmt: skip
        query: dict[str, Any] = {"normalized": changed} if changed else {}
        query["pages"] = [self._file(f"{space}:{name}", name, language) for name in names]
        if len(titles) == 1:
            # Of a single file, its history is offered, too.
            assert "iistart" not in params
            return {"continue": {"iistart": "2010-04-16T22:53:21Z", "continue": "||"}, "query": query}
        return {"batchcomplete": True, "query": query}

    def _file(self, title: str, name: str, language: str) -> dict[str, Any]:
        file = self.files.get(name)
        row: dict[str, Any] = {"ns": 6, "title": title}
        if file is None:
            return {**row, "missing": True, "imagerepository": ""}
        is_shared = file.repository == "shared"
        folder = f"{UPLOADS}/{'commons' if is_shared else language}"
        encoded = quote(name.replace(" ", "_"))
        site = "commons.wikimedia.org" if is_shared else f"{language}.wikipedia.org"
        info = {
            "thumburl": f"{folder}/thumb/c/c0/{encoded}/960px-{encoded}{file.suffix}{_COUNTED}",
            "thumbwidth": 960,
            "thumbheight": 640,
            "url": f"{folder}/c/c0/{encoded}{_COUNTED}",
            "descriptionurl": f"https://{site}/wiki/File:{encoded}",
            "descriptionshorturl": f"https://{site}/w/index.php?curid=10031710",
            "extmetadata": file.metadata(),
        }
        row |= {"missing": True, "known": True} if is_shared else {"pageid": 1}
        return {**row, "imagerepository": file.repository, "imageinfo": [info]}
