"""Charts with any set of fonts: which of them have the letters of a text, and that none causes a warning.

What draws runs in processes of its own: matplotlib, imported here, would stay.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

from bot.charts.answer import Answer
from bot.charts.chart import Chart, Label
from bot.charts.renderer import ChartRenderer
from tests.helpers.samples import ROOT

pytestmark = pytest.mark.process

SIMPLIFIED, TRADITIONAL = "国际空间站迎来新乘员", "國際太空站"
LATIN = "ASN "
CHART = Chart(
    title=f"NASA {TRADITIONAL}",
    caption="2001–2002",
    columns=((2001, 3), (2002, 1)),
    labels=(Label(2001, f"{SIMPLIFIED} (NASA)"), Label(2002, "NASA")),
    locale="zh-CN",
)
# A family and the weights and styles that it is installed in.
Family = tuple[str, tuple[tuple[int, str], ...]]
FAMILIES: dict[str, Family] = {
    "regular": ("Droid Sans Fallback", ((400, "Regular"),)),
    "regular and bold": ("Noto Sans CJK SC", ((400, "Regular"), (700, "Bold"))),
    "medium": ("WenQuanYi Zen Hei", ((500, "Medium"),)),
    "light and semibold": ("Hiragino Sans GB", ((300, "W3"), (600, "W6"))),
    "bold": ("SimHei", ((700, "Bold"),)),
    "thin": ("Noto Sans SC", ((100, "Thin"),)),
    "italic, and bold": ("Noto Sans TC", ((400, "Italic"), (700, "Bold"))),
    "condensed": ("Noto Sans JP", ((400, "Condensed"), (700, "Condensed Bold"))),
}
# Lets matplotlib find only its own fonts and those in the arguments.
CHOOSE_FONTS = """
import matplotlib, os, sys
from matplotlib.font_manager import fontManager
own = matplotlib.get_data_path() + os.sep
fontManager.ttflist = [face for face in fontManager.ttflist if face.fname.startswith(own)]
for path in sys.argv[1:]:
    fontManager.addfont(path)
"""
DRAW = f"{CHOOSE_FONTS}\nfrom bot.charts.drawing import main\nmain()"


def install(folder: Path, family: Family, letters: str = SIMPLIFIED + TRADITIONAL + LATIN) -> list[Path]:
    """Return new font files of a family, in which each letter is a box."""
    name, faces = family
    return [make_font(folder / f"{name} {style}.ttf", name, style, weight, letters) for weight, style in faces]


def make_font(path: Path, family: str, style: str, weight: int, letters: str) -> Path:
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, 700), (800, 700), (800, 0)):
        pen.lineTo(point)
    pen.closePath()
    box = pen.glyph()
    names = {letter: f"u{ord(letter):04X}" for letter in sorted(set(letters))}
    glyphs = [".notdef", *names.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord(letter): glyph for letter, glyph in names.items()})
    builder.setupGlyf(dict.fromkeys(glyphs, box))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (900, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": style, "fullName": f"{family} {style}"})
    builder.setupOS2(usWeightClass=weight)
    builder.setupPost()
    builder.save(path)
    return path


def run(
    environment: dict[str, str], code: str, *arguments: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    # In ASCII, for machines whose locale cannot write Chinese in arguments.
    ascii_code = code.encode("ascii", "backslashreplace").decode()
    command = [sys.executable, "-W", "error", "-c", ascii_code, *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, env=environment, timeout=120, cwd=ROOT, check=False, capture_output=True
    )


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of processes for which matplotlib has listed the fonts: while it does, it may print that."""
    environment = os.environ | {"MPLCONFIGDIR": str(tmp_path_factory.mktemp("matplotlib"))}
    assert run(environment, "import matplotlib.font_manager").returncode == 0
    return environment


def draw(environment: dict[str, str], fonts: Sequence[Path]) -> tuple[Answer, str]:
    """Return the drawing process's answer and what it wrote to stderr, if only these fonts are installed."""
    process = run(environment, DRAW, *fonts, stdin=CHART.to_json())
    return Answer.from_bytes(process.stdout, label_count=len(CHART.labels)), process.stderr.decode()


@pytest.mark.parametrize("weights", ["regular", "regular and bold", "light and semibold"])
def test_a_font_in_whatever_weights_is_drawn_without_a_warning(
    environment: dict[str, str], tmp_path: Path, weights: str
) -> None:
    answer, stderr = draw(environment, install(tmp_path, FAMILIES[weights]))
    assert (answer.drawn_labels, answer.missing_scripts, stderr) == ((0, 1), (), "")


def test_all_these_fonts_at_once_are_drawn_without_a_warning(environment: dict[str, str], tmp_path: Path) -> None:
    """Each has one letter, so that all of them are needed."""
    letters = zip(SIMPLIFIED, FAMILIES.values(), strict=False)
    fonts = [font for letter, family in letters for font in install(tmp_path, family, letter)]
    rest = install(tmp_path, ("Unifont", ((400, "Regular"),)), SIMPLIFIED + TRADITIONAL)
    answer, stderr = draw(environment, [*fonts, *rest])
    assert (answer.drawn_labels, answer.missing_scripts, stderr) == ((0, 1), (), "")


def test_without_a_font_a_label_is_left_out_and_its_script_reported(environment: dict[str, str]) -> None:
    answer, stderr = draw(environment, ())
    assert (answer.drawn_labels, answer.missing_scripts, stderr) == ((1,), ("CJK",), "")


def test_a_text_is_bold_only_if_all_its_fonts_are(environment: dict[str, str], tmp_path: Path) -> None:
    code = f"""{CHOOSE_FONTS}
from bot.charts.fonts import BASE, BOLD, REGULAR, font_weight
weights = {{family: font_weight([BASE, family], bold=True) for family in {[name for name, _ in FAMILIES.values()]}}}
assert weights.pop("Noto Sans CJK SC") == weights.pop("SimHei") == weights.pop("Noto Sans TC") == BOLD
assert set(weights.values()) == {{REGULAR}}, weights
assert font_weight([BASE], bold=True) == BOLD
assert font_weight([BASE], bold=False) == font_weight([BASE, "SimHei"], bold=False) == REGULAR
"""
    process = run(environment, code, *(font for family in FAMILIES.values() for font in install(tmp_path, family)))
    assert (process.returncode, process.stderr) == (0, b"")


def test_fonts_are_chosen_by_what_they_have_and_by_the_readers_language(
    environment: dict[str, str], tmp_path: Path
) -> None:
    faces = ((400, "Regular"), (700, "Bold"))
    fonts = [
        *install(tmp_path, ("Noto Sans CJK SC", faces)),
        *install(tmp_path, ("Noto Sans CJK TC", faces)),
        *install(tmp_path, ("IPAGothic", faces), TRADITIONAL),
    ]
    code = f"""{CHOOSE_FONTS}
from bot.charts.fonts import BASE, font_families
assert font_families("国际", "zh-CN") == font_families("国际", "en-GB") == [BASE, "Noto Sans CJK SC"]
assert font_families("國際", "zh-TW") == [BASE, "Noto Sans CJK TC"]
assert font_families("國際", "ja") == [BASE, "IPAGothic"]
assert font_families("国際", "ja") == [BASE, "IPAGothic", "Noto Sans CJK SC"]
assert font_families("NASA", "zh-CN") == [BASE]
assert font_families("国한", "ko") is None
"""
    process = run(environment, code, *fonts)
    assert (process.returncode, process.stderr) == (0, b"")


def test_installed_fonts_are_looked_into_without_a_warning(environment: dict[str, str]) -> None:
    code = """
from bot.charts.fonts import BASE, font_families
assert font_families("NASA, Žižek, Москва", "en-GB") == [BASE]
assert font_families("NASA\u200d\u202e", "en-GB") == [BASE], "invisible characters need no font"
for locale in ("en-GB", "zh-CN", "zh-TW", "ja", "ko"):
    # Linear A, for which all fonts are looked into: none has it.
    assert font_families("\U00010600", locale) is None
    for text in ("国际", "國際", "国際", "국제"):
        families = font_families(text, locale)
        assert families is None or families[0] == BASE
"""
    process = run(environment, code)
    assert (process.returncode, process.stderr) == (0, b"")


def test_what_libraries_print_is_no_part_of_the_answer(environment: dict[str, str]) -> None:
    noise = """
import logging, os, sys
logging.basicConfig(stream=sys.stdout, level=logging.DEBUG)
from bot.charts.drawing import main
main()
print("from Python")
sys.stdout.flush()
os.write(1, b"from a library\\n")
os.system("echo from a program")
"""
    process = run(environment, noise, stdin=CHART.to_json())
    assert process.returncode == 0
    assert Answer.from_bytes(process.stdout, label_count=2).png.endswith(b"IEND\xaeB`\x82")
    for sentence in (b"DEBUG:matplotlib", b"from Python", b"from a library", b"from a program"):
        assert sentence in process.stderr


async def test_a_label_without_a_font_is_left_out_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    # Linear A: no font that is looked into has it.
    chart = Chart("Crete", "2001–2002", ((2001, 3), (2002, 1)), (Label(2001, "\U00010600\U00010601 2001"),), "en-GB")
    other_chart = Chart("Crete", "2003", ((2003, 1),), (Label(2003, "\U00010602"),), "en-GB")
    with closing(ChartRenderer(timeout=60)) as renderer:
        drawing = await renderer.draw(chart)
        assert drawing
        assert drawing.labels == ()
        assert await renderer.draw(other_chart)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["charts leave out labels in LINEAR"]


async def test_chinese_labels_are_drawn_where_an_installed_font_has_them(environment: dict[str, str]) -> None:
    letters = SIMPLIFIED + TRADITIONAL
    code = (
        f"from bot.charts.fonts import font_families; import sys; sys.exit(font_families({letters!r}, 'zh-CN') is None)"
    )
    if run(environment, code).returncode:
        pytest.skip("no font with Chinese characters is installed")
    with closing(ChartRenderer(timeout=60)) as renderer:
        drawing = await renderer.draw(CHART)
    assert drawing
    assert drawing.labels == CHART.labels
