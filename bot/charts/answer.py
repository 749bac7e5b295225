"""The answer of the drawing process: a report and the chart's PNG, framed so that a part of it is never taken for all.

An answer is the lengths of the report and of the PNG, four bytes each, most significant first; then the report, as JSON
such as ``{"drawn_labels": [0, 2], "missing_scripts": ["CJK"]}``; then the PNG. Pure.
"""

import json
import struct
from dataclasses import dataclass

_LENGTHS = struct.Struct(">II")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class AnswerError(ValueError):
    """What a process wrote is no answer; the text says why, and continues a sentence about the process."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A chart as a PNG, and what is not on it for want of fonts.

    ``drawn_labels`` has the indexes of the chart's labels that are on it, ``missing_scripts`` the names of the scripts
    that no installed font has.
    """

    png: bytes
    drawn_labels: tuple[int, ...]
    missing_scripts: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Return the answer as the drawing process writes it."""
        fields = {"drawn_labels": self.drawn_labels, "missing_scripts": self.missing_scripts}
        report = json.dumps(fields, separators=(",", ":")).encode()
        return _LENGTHS.pack(len(report), len(self.png)) + report + self.png

    @classmethod
    def from_bytes(cls, data: bytes, *, label_count: int) -> "Answer":
        """Read all that the process wrote. ``label_count`` is the number of labels that the chart has.

        Raises AnswerError if this is not one whole answer.
        """
        report, png = _split(data)
        try:
            fields = json.loads(report)
            drawn_labels = tuple(fields["drawn_labels"])
            missing_scripts = tuple(map(str, fields["missing_scripts"]))
            is_readable = set(drawn_labels) <= set(range(label_count))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _unreadable(report) from error
        if not is_readable:
            raise _unreadable(report)
        return cls(png, drawn_labels, missing_scripts)


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Return the report and the PNG."""
    if not data:
        raise AnswerError("it wrote no answer")
    if len(data) < _LENGTHS.size:
        raise AnswerError(f"its answer of {len(data)} bytes is not whole")
    report_length, png_length = _LENGTHS.unpack_from(data)
    report, png = data[_LENGTHS.size :][:report_length], data[_LENGTHS.size + report_length :]
    if len(png) != png_length:
        expected = _LENGTHS.size + report_length + png_length
        raise AnswerError(f"its answer has {len(data)} bytes and should have {expected}")
    if not png.startswith(_PNG_SIGNATURE):
        raise AnswerError("its picture is not a PNG")
    return report, png


def _unreadable(report: bytes) -> AnswerError:
    return AnswerError(f"it said what cannot be read: {report.decode(errors='replace')}")
