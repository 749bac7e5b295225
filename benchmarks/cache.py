"""A folder that keeps corpora from one run to the next: one for each seed, size, version and schema."""

import hashlib
import shutil
import tarfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from benchmarks.corpus import SEED, VERSION, Corpus, write_pages
from benchmarks.filling import fill

DEFAULT = Path(".benchmarks")
_REAL_PAGES = Path(__file__).parents[2] / "shared" / "pages"


class Cache:
    """A folder of corpora; ``report`` is called with what is being made, since that can take minutes."""

    def __init__(self, folder: Path, *, report: Callable[[str], None]) -> None:
        self._folder = folder
        self._report = report

    def archive(self, size: int) -> Path:
        """Return an archive of ``size`` events."""
        return self._get(
            f"archive-{SEED}-{size}-{VERSION}-{_schema_hash()}.sqlite3", lambda path: fill(Corpus(size), path)
        )

    def pages(self, count: int) -> Path:
        """Return a folder with about ``count`` pages, those of a corpus with a ninth more events."""
        return self._get(f"pages-{SEED}-{count}-{VERSION}", lambda path: _write_corpus(Corpus(count * 10 // 9), path))

    def real_pages(self) -> Path | None:
        """Return a folder with pages of the real archive, unpacked; None where there are none."""
        bundles = sorted(_REAL_PAGES.glob("*.tar.xz"))
        if not bundles:
            return None

        def unpack(path: Path) -> None:
            shutil.copytree(_REAL_PAGES, path, ignore=shutil.ignore_patterns("*.tar.xz"))
            path.chmod(0o755)
            for bundle in bundles:
                with tarfile.open(bundle) as archive:
                    archive.extractall(path / bundle.name.partition(".")[0], filter="data")

        return self._get("pages-real", unpack)

    def scratch(self, name: str) -> Path:
        """Return a free path for a file or folder that a benchmark makes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"scratch-{name}"
        for old in self._folder.glob(f"{path.name}*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        return path

    def _get(self, name: str, make: Callable[[Path], None]) -> Path:
        path = self._folder / name
        if not path.exists():
            self._report(f"making {path} …")
            unfinished = self.scratch(name)
            make(unfinished)
            unfinished.rename(path)
        return path


def _write_corpus(corpus: Corpus, folder: Path) -> None:
    folder.mkdir()
    write_pages(corpus, folder)


def _schema_hash() -> str:
    """Return a hash of the archive's migrations, so that an archive of an older schema is not used."""
    files = resources.files("bot.archive").joinpath("migrations").iterdir()
    texts = [file.read_text("utf-8") for file in sorted(files, key=lambda file: file.name)]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:8]
