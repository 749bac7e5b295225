"""Bundles: files with many pages, each below a line with its path, ``<!-- news/1969/07/20/slug.md -->``. Pure.

Each part is read as a file of its own with that path would be.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_MARK = re.compile(rb"^<!-- (news/[^\n]+\.md) -->\r?\n", re.MULTILINE)


class BundledPage(NamedTuple):
    """One page of a bundle: the path that its mark names, and its bytes."""

    path: str
    data: bytes


def is_bundle(data: bytes) -> bool:
    """Return whether a file's bytes begin with the mark of a bundled page."""
    return _MARK.match(data) is not None


def split_bundle(data: bytes) -> Iterator[BundledPage]:
    """Yield the pages of a bundle, in their order."""
    marks = list(_MARK.finditer(data))
    ends = [mark.start() for mark in marks[1:]] + [len(data)]
    for mark, end in zip(marks, ends, strict=True):
        yield BundledPage(mark[1].decode("utf-8", "replace"), data[mark.end() : end])
