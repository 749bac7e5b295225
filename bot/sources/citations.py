"""Takes the citations out of an event's text: ``(AP)``, ``(AFP via The Times)``, several links in one bracket. Pure."""

import re
from dataclasses import dataclass

# What stands round the label of each external link, and round that of each link to an article. No text has any of it.
CITED = ("\x02", "\x03")
LINKED = ("\x04", "\x05")

_LABEL = r"\x02([^\x02\x03]*+)\x03"
_LINK = re.compile(_LABEL)
_IN_BRACKETS = re.compile(rf"([(\[]\s*+)?{_LABEL}(\s*+[)\]])?")
_OPENING, _CLOSING = re.compile(r"[(\[]"), re.compile(r"[)\]]")
_NEITHER = r"[^()\[\]\x02\x03]*+"
# All links of one bracket, or a link by itself.
_CITATION = re.compile(
    rf"[(\[](?P<inside>{_NEITHER}(?:\x02[^\x02\x03]*+\x03{_NEITHER})++)[)\]]|\x02(?P<label>[^\x02\x03]*+)\x03"
)
_BETWEEN_NAMES = re.compile(r"\b(?:and|or|via|in|on|from|see|also|sources?)\b|[\W_]", re.IGNORECASE)
_BEFORE_NAME = re.compile(r"\A[\s,;:–—-]*+(?:(?:via|see|sources?)\b[\s:]*+)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]")
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*+$")
_ADDRESS_OR_NUMBER = re.compile(r"\[?\s*+(?:\d*+|(?:https?:)?//\S*+)\s*+\]?", re.IGNORECASE)
# A link round a whole sentence with its citation.
_SENTENCE = re.compile(r"((?:[^\s(]++\s++){3,}+[^(]*+)\(([^()]++)\)[.\s]*+")
_NO_STOPS = re.compile(r"[^.!?…\"”’')\]]++")
_LONGEST_END = 16
_MOST_REMARKS = 2


@dataclass(slots=True)
class _Citation:
    """A bracket with external links, or one external link alone, and the text between it and the one before."""

    before: str
    inside: str
    labels: list[str]
    in_brackets: bool
    is_last: bool = False


def split_citations(marked: str) -> tuple[str, list[str]]:
    """Return a text without its citations, and what each external link is called, in order.

    ``marked`` has the label of each external link between the two marks of ``CITED``. A link without brackets is part
    of its sentence, unless it stands behind the end of it, is a number or an address.
    """
    citations, end = _find(_IN_BRACKETS.sub(_brackets_outside, marked))
    _find_last(citations, end)
    text: list[str] = []
    names: list[str] = []
    was_cited = False
    for citation in citations:
        is_cited = _is_cited(citation, was_cited=was_cited)
        wordless = not _WORD.search(citation.before)
        text.append(_NO_STOPS.sub("", citation.before) if was_cited and is_cited and wordless else citation.before)
        plain_url, called = (" ", _names(citation)) if is_cited else _shown(citation)
        text.append(plain_url)
        names += called
        was_cited = is_cited
    text.append(_NO_STOPS.sub("", end) if was_cited and not _WORD.search(end) else end)
    return "".join(text), names


def _brackets_outside(match: re.Match[str]) -> str:
    """Move the brackets of a label outside the link, and add the half that is missing."""
    before, label, after = match[1] or "", match[2].strip(), match[3] or ""
    opens, closes = label.startswith(("(", "[")), label.endswith((")", "]"))
    if opens and closes and not _ADDRESS_OR_NUMBER.fullmatch(label):
        before, after = ("", "") if before and after else (before, after)
        return f"{before}(\x02{label[1:-1]}\x03){after}"
    if opens and not closes and not _CLOSING.search(label):
        return f"{before}(\x02{label[1:]}\x03)"
    if closes and not opens and not _OPENING.search(label):
        return f"(\x02{label[:-1]}\x03){after}"
    return match[0]


def _find(marked: str) -> tuple[list[_Citation], str]:
    """Return all brackets with links and links without, and the text behind the last of them."""
    citations: list[_Citation] = []
    start = 0
    for match in _CITATION.finditer(marked):
        inside = match["inside"]
        labels = [match["label"]] if inside is None else _LINK.findall(inside)
        before = marked[start : match.start()]
        citations.append(_Citation(before, labels[0] if inside is None else inside, labels, inside is not None))
        start = match.end()
    return citations, marked[start:]


def _find_last(citations: list[_Citation], end: str) -> None:
    """Note which of them stand at the end of the text, with nothing but stops between and behind them."""
    behind = end
    for citation in reversed(citations):
        if _WORD.search(behind):
            break
        citation.is_last = True
        behind = citation.before


def _is_cited(citation: _Citation, *, was_cited: bool) -> bool:
    """Return whether this is a citation rather than part of the sentence; ``was_cited``: the one before it is one."""
    if citation.in_brackets:
        beside = _BETWEEN_NAMES.sub(" ", _LINK.sub(" ", citation.inside)).split()
        # "(AFP via The Times)", "(The Times, subscription required)", but not "(as a report of theirs says)".
        return not beside or (citation.is_last and sum(word[0].islower() for word in beside) <= _MOST_REMARKS)
    if _ADDRESS_OR_NUMBER.fullmatch(citation.inside):
        return True
    if not citation.is_last:
        return False
    has_words = bool(_WORD.search(citation.before))
    return was_cited if not has_words else bool(_SENTENCE_END.search(citation.before.rstrip()[-_LONGEST_END:]))


def _names(citation: _Citation) -> list[str]:
    """Return what a citation calls its sources; one name may have more words than its link."""
    whole = citation.inside.translate({2: None, 3: None})
    names = [whole] if len(citation.labels) == 1 else citation.labels
    return ["" if _ADDRESS_OR_NUMBER.fullmatch(name) else _BEFORE_NAME.sub("", name) for name in names]


def _shown(citation: _Citation) -> tuple[str, list[str]]:
    """Return the text of what is part of a sentence, and what its links are called."""
    if not citation.in_brackets and (sentence := _SENTENCE.fullmatch(citation.inside)):
        return sentence[1], [sentence[2]]
    whole = citation.inside.translate({2: None, 3: None})
    return (f"({whole})" if citation.in_brackets else whole), citation.labels
