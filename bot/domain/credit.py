"""Whose text an event is: author and licence, and where its page names it the address of the revision. Pure."""

import re

# Of an event whose pages name no credit.
CONTEXT_CREDIT = "the Context, CC BY-SA 3.0"
STARTER_CREDIT = "Daybook's starter archive"
_ADDRESS = re.compile(r"[\s,;]*\b(https?://\S+)\s*$", re.IGNORECASE)


def credit_name(credit: str) -> str:
    """Return a credit without the address of the revision: ``Wikipedia contributors, CC BY-SA 4.0``."""
    return _ADDRESS.sub("", credit) or credit


def revision_address(credit: str) -> str | None:
    """Return the address of the revision that a credit ends with, if it names one."""
    match = _ADDRESS.search(credit)
    return match[1] if match else None
