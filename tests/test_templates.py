"""Wiki templates that were left in a page's text: what readers get in their place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.formats.templates import template_text

TEXTS = {
    "convert|50|m": "50 m",
    "convert|50|m|ft": "50 m",
    "convert|50|m|ft|0|abbr=on": "50 m",
    "Convert|1,200|km": "1,200 km",
    "cvt|5|to|10|km|mi": "5 to 10 km",
    "convert|2|x|4|m": "2 x 4 m",
    "convert|3|ft|6|in|m": "3 ft 6 in",
    "convert|7|kg|0": "7 kg",
    "convert|1=50|2=m": "50 m",
    "convert": "",
    "US$|5 million": "US$5 million",
    "euro|3": "€3",
    "frac|1|2": "1/2",
    "frac|3|1|2": "3 1/2",
    "formatnum:1234567": "1234567",
    "ndash": "–",
    "nbsp": " ",
    "circa|1900": "c. 1900",
    "lang|fr|Le Monde": "Le Monde",
    "lang-fr|Le Monde": "Le Monde",
    "color|red|alarm": "alarm",
    "tsl|en|Aster|紫菀": "紫菀",
    "link-en|紫菀|Aster": "紫菀",
    "ill|Ada Quill|de": "Ada Quill",
    "flag|Iceland": "Iceland",
    "nowrap|5 km": "5 km",
    "nowrap|1=5 km": "5 km",
    "ROC": "ROC",
    "ship|USS|Cole|DDG-67": "USS Cole (DDG-67)",
    "ship|USS|Cole": "USS Cole",
    "ship||Titanic": "Titanic",
    "Ship|Chinese aircraft carrier|Liaoning||2": "Liaoning",
    "USS|Cole|DDG-67": "USS Cole (DDG-67)",
    "USS|Cole|DDG-67|6": "USS Cole",
    "USS|Cole|DDG-67|3": "Cole (DDG-67)",
    "USS|Cole|DDG-67|1": "DDG-67",
    "hms|Victory|up=yes": "HMS Victory",
    "HMS|Victory||0": "HMS Victory",
    "MV|Aurora|2000|x": "MV Aurora (2000)",
    "HMS": "HMS",
    "sclass|Nimitz|aircraft carrier": "Nimitz-class aircraft carrier",
    "M|w|7.2": "Mw 7.2",
    "M|L|4.5|link=y": "ML 4.5",
    "M|8.0": "M 8.0",
    "e|-3": "×10⁻³",
    "10^|6": "10⁶",
    "sup|2": "²",
    " nowrap | 5 km ": "5 km",
}
SILENT = (
    "cite web|url=http://example.org/|title=A title",
    "Cite_news|A title",
    "citation needed|date=May 2010",
    "dead link|date=十一月 2017",
    "webarchive|url=http://example.org/",
    "flagicon|Iceland",
    "coord|64|8|N|21|56|W",
    "fact",
    "cn|date=May 2010",
    "update after|2011",
    "sic",
    "unknown|only=named|parts=here",
    "",
    "|",
)


@pytest.mark.parametrize(("inside", "text"), TEXTS.items())
def test_a_template_is_replaced_by_its_text(inside: str, text: str) -> None:
    assert template_text(inside) == text


@pytest.mark.parametrize("inside", SILENT)
def test_a_template_about_the_text_is_removed(inside: str) -> None:
    assert template_text(inside) == ""


fragments = st.sampled_from(
    [
        "convert",
        "frac",
        "US$",
        "lang",
        "tsl",
        "circa",
        "ship",
        "USS",
        "sclass",
        "M",
        "e",
        "7",
        "formatnum:",
        "!",
        "|",
        "||",
        "=",
        "1=",
        "50",
        "m",
        "to",
        " ",
        "x",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(fragments, max_size=12).map("".join)))
def test_the_text_is_no_longer_than_the_template_but_for_a_sign(inside: str) -> None:
    assert len(template_text(inside)) <= len(inside) + len("US$ ")


@pytest.mark.parametrize("piece", ["|1", "|m", "|to|", "= ", "1=|", "  ", "-", "|1|ft"])
def test_a_hostile_template_takes_linear_time(piece: str) -> None:
    # A rule that went back over what it has read would not come to an end here.
    size = 300_000
    assert len(template_text("convert|1|" + piece * (size // len(piece)))) <= 2 * size
