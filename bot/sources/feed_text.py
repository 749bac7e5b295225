"""Text out of a feed's bytes and its HTML. Pure."""

import codecs
import re

from lxml import etree, html

from bot.formats.cleaning import clean

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# The first characters of a document, “<?” or “<r”, where each has two bytes.
_TWO_BYTES = ((re.compile(rb"\s?<\0[?!a-zA-Z]\0"), "utf-16-le"), (re.compile(rb"\0<\0[?!a-zA-Z]"), "utf-16-be"))
_DECLARATION = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
# What writers mean by these names, as browsers take them.
_MEANT = {
    "iso-8859-1": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "iso-8859-9": "windows-1254", "iso-8859-11": "windows-874", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "big5": "big5hkscs",
}  # fmt: skip
# Encodings of seven bits, whose bytes look like ASCII.
_SEVEN_BITS = ("iso-2022-", "utf-7", "hz")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TAG_OR_ENTITY = re.compile(r"<[/!?A-Za-z]|&#?\w")
_HIDDEN = ("script", "style", "template", "noscript", "iframe", "svg", "object", "audio", "video")
_BLOCKS = (
    "br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
    "figure", "figcaption", "section", "article", "hr", "dt", "dd", "pre",
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decode(data: bytes, content_type: str) -> str:
    """Return the text of a document: what reads as UTF-8 is UTF-8, whatever it or its server says; never fails.

    Otherwise the document's own word counts before the server's, and what neither names is taken as Windows-1252.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _without_declaration(data[len(mark) :].decode(encoding, "replace"))
    for pattern, encoding in _TWO_BYTES:
        if pattern.match(data):
            return _without_declaration(data.decode(encoding, "replace"))
    declared, header = _DECLARATION.search(data[:400]), _CHARSET.search(content_type)
    names = [declared[1].decode() if declared else "", header[1] if header else ""]
    seven_bits = [name for name in names if name.lower().startswith(_SEVEN_BITS)]
    for name in (*seven_bits, "utf-8", *names):
        try:
            text = data.decode(_MEANT.get(name.lower(), name) or "utf-8")
        except (LookupError, UnicodeError, ValueError):
            continue
        return _without_declaration(text)
    return _without_declaration(data.decode("utf-8" if _is_nearly_utf_8(data) else "windows-1252", "replace"))


def plain_text(value: str, *, is_html: bool = True) -> str:
    """Return a text as a reader should see it: without markup, scripts and styles, on one line."""
    value = _CONTROL.sub(" ", value)
    if is_html and _TAG_OR_ENTITY.search(value):
        value = _text_of_html(value)
    return clean(value)


def _text_of_html(value: str) -> str:
    try:
        root = html.fragment_fromstring(value, create_parent="div")
    except (etree.LxmlError, ValueError):
        return value
    etree.strip_elements(root, *_HIDDEN, etree.Comment, with_tail=False)
    for element in root.iter(*_BLOCKS):
        element.text = f" {element.text or ''}"
        element.tail = f" {element.tail or ''}"
    return "".join(root.itertext())


def _without_declaration(text: str) -> str:
    """Return a text without its XML declaration, whose encoding is no longer true."""
    return _XML_DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)


def _is_nearly_utf_8(data: bytes) -> bool:
    """Return whether few bytes are wrong as UTF-8: one that was cut, or joined from parts."""
    wrong = data.decode("utf-8", "replace").count("\ufffd")
    return wrong * 20 < sum(byte >= 0x80 for byte in data[:100_000])  # noqa: PLR2004  (beyond ASCII)
