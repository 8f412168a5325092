"""How the photos of the demo are made: light, lens, sensor and EXIF; papers on a table, a door.

Used by make_demo.py and make_demo_scenes.py. Shapes are drawn at the final size,
then softened, lit and made grainy like the small sensor of a cheap telephone. All places are
invented: the coordinates lie in a forest.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from make_demo_scans import folds, grain, noise, seeded
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from PIL.TiffImagePlugin import IFDRational

Colour = tuple[int, int, int]
Point = tuple[float, float]

ORIENTATION, MAKE, MODEL, SOFTWARE, CHANGED = 0x0112, 0x010F, 0x0110, 0x0131, 0x0132
EXIF_PART, GPS_PART = 0x8769, 0x8825


class Shot(NamedTuple):
    """Where, when and with what a photo was taken; degrees north and east, local time."""

    taken: str
    make: str
    model: str
    north: float | None = None
    east: float | None = None
    orientation: int = 1
    offset: str = "+03:00"


def exif(shot: Shot, size: tuple[int, int]) -> Image.Exif:
    """Return the camera data of a shot as a telephone writes it; `size` is as stored."""
    data = Image.Exif()
    data.update({0x011A: IFDRational(72), 0x011B: IFDRational(72), 0x0128: 2, 0x0213: 1})
    data[MAKE], data[MODEL], data[SOFTWARE] = shot.make, shot.model, "camera 4.1"
    data[ORIENTATION], data[CHANGED] = shot.orientation, shot.taken
    camera = data.get_ifd(EXIF_PART)
    camera.update({0x9003: shot.taken, 0x9004: shot.taken, 0x9010: shot.offset})
    exposure, aperture, focus_mm = IFDRational(1, 20), IFDRational(18, 10), IFDRational(46, 10)
    camera.update({0x9011: shot.offset, 0x829A: exposure, 0x829D: aperture, 0x8827: 800})
    camera.update({0x920A: focus_mm, 0x9000: b"0232", 0xA000: b"0100", 0xA001: 1})
    camera.update({0xA002: size[0], 0xA003: size[1]})
    if shot.north is not None and shot.east is not None:
        place = data.get_ifd(GPS_PART)
        place.update(
            {0: b"\2\3\0\0", 1: "N", 2: _degrees(shot.north), 3: "E", 4: _degrees(shot.east)}
        )
        place.update({5: b"\0", 6: 168.0, 29: shot.taken[:10]})
    return data


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 2)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """Return a picture that runs from one colour down to another."""
    ramp = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(ramp, top, bottom)


def shadow(image: Image.Image, shape: list[Point], dark: float, soft: float) -> None:
    """Darken a soft-edged shape; `dark` is 0 to 1."""
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon(shape, fill=int(255 * dark))
    image.paste((8, 8, 14), (0, 0), mask.filter(ImageFilter.GaussianBlur(soft)))


def glow(image: Image.Image, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Add a soft light around a lamp or a lit window."""
    layer = Image.new("RGB", image.size)
    ImageDraw.Draw(layer).ellipse(box, fill=colour)
    lit = ImageChops.screen(image, layer.filter(ImageFilter.GaussianBlur((box[2] - box[0]) / 4)))
    image.paste(lit)


def camera(image: Image.Image, dice: random.Random, soft: float, rough: float) -> Image.Image:
    """Return the picture as a small sensor gives it: soft, darker corners, coarse colour noise."""
    image = ImageEnhance.Color(image.filter(ImageFilter.GaussianBlur(soft))).enhance(0.72)
    corners = Image.radial_gradient("L").resize(image.size).point(lambda value: 255 - value // 3)
    image = ImageChops.multiply(image, Image.merge("RGB", (corners,) * 3))
    colour = Image.merge("RGB", [noise(image.size, dice, 3) for _ in range(3)])
    colour = colour.point(lambda value: int(128 + (value - 128) * rough))
    return grain(ImageChops.overlay(image, colour), dice, rough * 0.8, 2)


# --- things on a table, a door ------------------------------------------------------------------


def on_table(page: Image.Image, name: str, wood: Colour, corners: list[Point]) -> Image.Image:
    """Return `page` lying on a table, seen aslant; `corners` clockwise from the top left."""
    dice = seeded(name)
    table = Image.new("RGB", (1200, 1600), wood)
    along = noise((300, 26), dice, 1).resize((1200, 1600), Image.Resampling.BICUBIC)
    table = ImageChops.overlay(table, Image.merge("RGB", (along.point(lambda v: v // 3 + 86),) * 3))
    draw = ImageDraw.Draw(table)
    for y in (330, 890, 1430):
        draw.line((0, y, 1200, y - 24), (wood[0] // 2, wood[1] // 2, wood[2] // 2), 5)
    shadow(table, [(x + 16, y + 22) for x, y in corners], 0.7, 14)
    page = folds(page, 2)
    flat = [(0.0, 0.0), (page.width, 0.0), (page.width, page.height), (0.0, page.height)]
    how = perspective(corners, flat)
    laid = page.transform(table.size, Image.Transform.PERSPECTIVE, how, Image.Resampling.BICUBIC)
    mask = Image.new("L", table.size, 0)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    table.paste(laid, (0, 0), mask.filter(ImageFilter.GaussianBlur(1)))
    shadow(table, [(760, 1600), (1200, 900), (1200, 1600)], 0.45, 90)  # whoever holds the telephone
    lamp = gradient(table.size, (255, 246, 226), (206, 186, 160))
    return camera(ImageChops.multiply(table, lamp), dice, 0.9, 0.10)


def perspective(source: list[Point], target: list[Point]) -> list[float]:
    """Return the eight numbers that Pillow's PERSPECTIVE takes to map `source` onto `target`."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):  # Gauss-Jordan elimination with pivoting
        best = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[best] = rows[best], rows[column]
        pivot = rows[column][column]
        rows[column] = [value / pivot for value in rows[column]]
        for row in range(8):
            if row != column:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[8] for row in rows]


def door() -> Image.Image:
    """Return the flat's door after the search: the frame split beside the lock."""
    dice = seeded("door")
    image = gradient((1200, 1600), (126, 92, 62), (92, 64, 42))
    along = noise((200, 9), dice, 1).resize((1200, 1600), Image.Resampling.BICUBIC)
    image = ImageChops.overlay(image, Image.merge("RGB", (along.point(lambda v: v // 3 + 86),) * 3))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 330, 1600), (206, 198, 184))
    draw.rectangle((250, 0, 336, 1600), (176, 166, 150))
    draw.rectangle((336, 0, 362, 1600), (26, 22, 20))
    shadow(image, [(362, 0), (420, 0), (420, 1600), (362, 1600)], 0.5, 16)
    splinters = [(336.0, 420.0)]
    for step in range(30):
        splinters.append((336 - abs(dice.gauss(52, 40)), 420 + step * 23))
    draw.polygon([*splinters, (336, 1110)], (214, 178, 128))
    for _ in range(46):
        x, y = 336 - abs(dice.gauss(30, 30)), dice.uniform(430, 1100)
        draw.line((x, y, x - dice.uniform(-6, 14), y + dice.uniform(30, 110)), (150, 112, 70), 3)
    draw.polygon(
        [(366, 640), (430, 632), (420, 700), (466, 760), (404, 820), (430, 900), (366, 930)],
        (196, 158, 108),
    )
    shadow(image, [(446, 600), (580, 606), (588, 1000), (452, 1006)], 0.5, 16)
    draw.polygon([(430, 590), (562, 600), (566, 990), (420, 984)], (164, 164, 168))
    draw.line([(430, 590), (562, 600), (566, 990)], (208, 208, 212), 5)
    draw.ellipse((466, 846, 524, 906), (58, 56, 58), (108, 106, 110), 5)
    draw.rectangle((490, 880, 500, 940), (48, 46, 48))
    shadow(image, [(500, 720), (820, 760), (810, 806), (500, 770)], 0.5, 14)
    draw.line((496, 690, 780, 716), (188, 188, 192), 44)
    draw.line((496, 678, 780, 704), (226, 226, 230), 9)
    draw.ellipse((458, 654, 534, 730), (150, 150, 154), (200, 200, 204), 4)
    for x, y in ((452, 616), (540, 622), (448, 962), (544, 968)):
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), (96, 96, 100), (60, 60, 62), 2)
    glow(image, (680, 180, 1100, 600), (92, 84, 66))
    return camera(image, dice, 1.3, 0.15)
