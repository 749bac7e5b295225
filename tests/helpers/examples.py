"""How many examples a property test tries."""

from hypothesis import settings

_DEFAULT = 100


def examples(count: int) -> int:
    """Return ``count``, or the share of it that the profile in use has of hypothesis's own 100 (`make quick`: less)."""
    return max(count * settings().max_examples // _DEFAULT, 1)
