"""Images that the preview draws itself, in place of those that it may not fetch."""

import io
import random

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
_NIGHT, _DUSK, _GROUND = (13, 17, 48), (225, 132, 96), (9, 11, 22)


def cover(width: int = 192, height: int = 100) -> bytes:
    """Return a PNG of a night sky over a horizon, in place of an event's cover image.

    Small, because the page lays out its messages again whenever a menu opens, and closes the menu if an image moved it.
    """
    horizon = round(height * 0.78)
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    for y in range(horizon):
        draw.line([(0, y), (width, y)], fill=_blend(_NIGHT, _DUSK, (y / horizon) ** 2.4))
    # The same stars each time.
    rng = random.Random(7)  # noqa: S311
    for _ in range(40):
        left, top, size = rng.uniform(0, width), rng.uniform(0, horizon * 0.6), rng.choice((0, 0, 1))
        draw.ellipse([left, top, left + size, top + size], fill=(235, 236, 255))
    for text, top, size in (("The event's image", 0.4, 7), ("the preview loads none", 0.57, 9)):
        font = ImageFont.load_default(size=height / size)
        draw.text((width / 2, height * top), text, font=font, anchor="mm", fill="white")
    return _png(image)


def avatar(letter: str = "D", size: int = 128) -> bytes:
    """Return a PNG of the bot's avatar: a letter on a dark ground."""
    image = Image.new("RGB", (size, size), (32, 36, 84))
    font = ImageFont.load_default(size=size * 0.6)
    ImageDraw.Draw(image).text((size / 2, size / 2), letter, font=font, anchor="mm", fill=(250, 200, 150))
    return _png(image)


def _blend(start: Colour, end: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()
