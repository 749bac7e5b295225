"""``make release``: a version number, a dated section of the changelog, a commit and a tag, on this machine alone.

``make release VERSION=0.2.0`` writes the number into ``bot/__init__.py`` and the image's label, turns *Unreleased* into
a section with today's date, commits, and tags ``v0.2.0``. Without a version it tags the one that is there already.
"""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

from bot.clock import SystemClock

ROOT = Path(__file__).parent.parent
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_UNRELEASED = "## Unreleased\n"
_CODE = re.compile(r'(?m)^__version__ = "(.*)"$')
_LABEL = re.compile(r'(?<=org\.opencontainers\.image\.version=")[^"]*')
_SECTION = re.compile(r"(?m)^## (\d+\.\d+\.\d+) – (\d{4}-\d{2}-\d{2})$")


class ReleaseError(Exception):
    """Why no release was made, in one sentence."""


def current(root: Path) -> str:
    """Return the version that ``daybook --version`` prints."""
    match = _CODE.search((root / "bot" / "__init__.py").read_text("utf-8"))
    if match is None:
        raise ReleaseError("bot/__init__.py names no version")
    return match[1]


def sections(root: Path) -> dict[str, str]:
    """Return the dates of the changelog's versions, the newest first."""
    return dict(_SECTION.findall((root / "CHANGELOG.md").read_text("utf-8")))


def label(root: Path) -> str:
    """Return the version that the image's label names."""
    match = _LABEL.search((root / "Dockerfile").read_text("utf-8"))
    return match[0] if match else ""


def set_version(root: Path, version: str, today: dt.date) -> None:
    """Write a new version into the code, the image's label and the changelog. Raises ReleaseError."""
    if not _VERSION.fullmatch(version):
        raise ReleaseError(f"“{version}” is not a version such as 0.2.0")
    if tuple(map(int, version.split("."))) <= max(
        (tuple(map(int, old.split("."))) for old in sections(root)), default=()
    ):
        raise ReleaseError(f"{version} is not newer than {next(iter(sections(root)))}")
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    _, found, rest = changelog.partition(_UNRELEASED)
    if not found or not rest.split("\n## ")[0].strip():
        raise ReleaseError("the changelog has nothing under “Unreleased”")
    for name, text in (
        ("CHANGELOG.md", changelog.replace(_UNRELEASED, f"{_UNRELEASED}\n## {version} – {today}\n", 1)),
        ("bot/__init__.py", _CODE.sub(f'__version__ = "{version}"', (root / "bot/__init__.py").read_text("utf-8"))),
        ("Dockerfile", _LABEL.sub(version, (root / "Dockerfile").read_text("utf-8"))),
    ):
        (root / name).write_text(text, "utf-8")


def check(root: Path) -> str:
    """Return the version, if code, changelog and label name the same. Raises ReleaseError."""
    version = current(root)
    newest = next(iter(sections(root)), "none")
    if not version == newest == label(root):
        raise ReleaseError(f"the code is {version}, the changelog's newest {newest}, the image's label {label(root)}")
    return version


def release(root: Path, version: str | None, today: dt.date) -> str:
    """Make a release, and return its tag. Raises ReleaseError."""
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("there are changes that are not committed")
    tag = f"v{version or check(root)}"
    if _git(root, "tag", "--list", tag):
        raise ReleaseError(f"{tag} is there already")
    if version is not None:
        set_version(root, version, today)
        _git(root, "commit", "--quiet", "--all", "--message", f"Version {check(root)}")
    _git(root, "tag", "--annotate", "--message", f"Daybook {tag.removeprefix('v')}", tag)
    return tag


def _git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603  (git)
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {' '.join(done.stderr.split())}")
    return done.stdout.strip()


def main(arguments: list[str]) -> int:
    """Make a release of the version that was given, or of the one that is there."""
    try:
        tag = release(ROOT, arguments[0] if arguments else None, SystemClock().now().date())
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(f"{tag} is tagged. Publish it: git push --follow-tags; tools/build-image")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
