"""Remembering what was made of parts of an answer that the archive remembers. Pure."""

from typing import Generic, TypeVar

_Part = TypeVar("_Part")


class Same(Generic[_Part]):
    """Something that equals only the very same thing: to compare all that is in a list takes as long as to show it.

    Whoever keeps one keeps the thing, so that no other can be taken for it.
    """

    __slots__ = ("it",)

    def __init__(self, it: _Part) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it
