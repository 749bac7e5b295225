"""The version is the same everywhere, and a release is one command that works without a network."""

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest

from bot import __version__
from tests.helpers.samples import ROOT
from tools.release import ReleaseError, check, label, release, sections

TODAY = dt.date(2027, 1, 2)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the files that name the version, and something to release."""
    for name in ("CHANGELOG.md", "Dockerfile", "bot/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changelog = (tmp_path / "CHANGELOG.md").read_text("utf-8")
    changelog = changelog.replace("## Unreleased\n", "## Unreleased\n\n- Something new.\n", 1)
    (tmp_path / "CHANGELOG.md").write_text(changelog, "utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "A Maintainer")
    git(tmp_path, "config", "user.email", "maintainer@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "All")
    return tmp_path


def test_version_changelog_and_image_label_agree() -> None:
    assert check(ROOT) == __version__ == next(iter(sections(ROOT))) == label(ROOT)
    for date in sections(ROOT).values():
        assert dt.date.fromisoformat(date)


@pytest.mark.process
def test_a_release_is_a_commit_and_a_tag(checkout: Path) -> None:
    assert release(checkout, "9.8.7", TODAY) == "v9.8.7"
    assert check(checkout) == "9.8.7"
    assert sections(checkout)["9.8.7"] == "2027-01-02"
    assert "## Unreleased\n\n## 9.8.7 – 2027-01-02\n\n- Something new.\n" in (checkout / "CHANGELOG.md").read_text(
        "utf-8"
    )
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "log", "-1", "--format=%s") == "Version 9.8.7"
    assert git(checkout, "describe", "--exact-match") == "v9.8.7"


@pytest.mark.process
def test_the_version_that_is_there_is_tagged_once(checkout: Path) -> None:
    assert release(checkout, None, TODAY) == f"v{__version__}"
    assert git(checkout, "describe", "--exact-match") == f"v{__version__}"
    with pytest.raises(ReleaseError, match="is there already"):
        release(checkout, None, TODAY)


@pytest.mark.process
@pytest.mark.parametrize(
    ("version", "reason"), [("1.0", "is not a version such as"), ("0.0.1", "is not newer"), (__version__, "not newer")]
)
def test_a_version_that_cannot_be_changes_nothing(checkout: Path, version: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        release(checkout, version, TODAY)
    assert git(checkout, "status", "--porcelain") == git(checkout, "tag") == ""


@pytest.mark.process
def test_changes_that_are_not_committed_are_not_released(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text("# Changelog\n", "utf-8")
    with pytest.raises(ReleaseError, match="not committed"):
        release(checkout, "9.8.7", TODAY)


@pytest.mark.process
def test_a_release_without_a_change_is_none(checkout: Path) -> None:
    release(checkout, "9.8.7", TODAY)
    with pytest.raises(ReleaseError, match="nothing under “Unreleased”"):
        release(checkout, "9.8.8", TODAY)
