"""Three views of the demo, drawn: the courtyard, the minibus in it, the yard of the mill.

Used by make_demo.py.
"""

from __future__ import annotations

import random

from make_demo_photos import Colour, Point, camera, glow, gradient, shadow
from make_demo_scans import seeded
from PIL import Image, ImageChops, ImageDraw, ImageFilter

# --- the courtyard ------------------------------------------------------------------------------


def courtyard() -> Image.Image:
    """Return the yard from a third floor at dusk: a block of flats, trees, the minibus, people."""
    dice = seeded("courtyard")
    image = gradient((1200, 1600), (58, 76, 112), (226, 164, 120)).resize((1200, 1600))
    image.paste(gradient((1200, 900), (74, 74, 80), (40, 41, 46)), (0, 700))
    _flats(image, (60, 150, 1130, 730), dice)
    for x, y, size in ((-20, 560, 230), (250, 650, 120), (1010, 580, 200), (1190, 690, 210)):
        _tree(image, (x, y), size, dice)
    _ground(image, dice)
    _garages(image)
    van(image, (560, 830), 1.15)
    for x, y, tall in ((505, 1010, 148), (468, 1040, 150), (905, 1075, 156), (835, 1102, 154)):
        figure(image, (x, y), tall, (16, 16, 20), dice)
    _lying(image, (610, 1120))
    _lying(image, (420, 1165))
    _playground(image)
    _sill(image)
    return camera(image, dice, 1.6, 0.20)


def minibus() -> Image.Image:
    """Return the second shot, nearer and shaken: the minibus with its side door open."""
    dice = seeded("minibus")
    image = gradient((1200, 1600), (84, 86, 96), (44, 45, 50))
    image.paste(gradient((1200, 620), (44, 50, 66), (92, 84, 84)), (0, 0))
    _flats(image, (-300, -420, 1500, 560), dice)
    for x in (-40, 330, 1180):
        _tree(image, (x, 520), 240, dice)
    for _ in range(24):
        left, top = dice.uniform(0, 1200), dice.uniform(760, 1590)
        patch = [(0, 0), (220, 8), (190, 40), (-40, 26)]
        shadow(image, [(left + dx, top + dy) for dx, dy in patch], 0.10, 9)
    van(image, (130, 560), 2.5)
    for x, y, tall in ((118, 1010, 400), (1010, 1075, 410)):
        figure(image, (x, y), tall, (15, 15, 19), dice)
    image = image.rotate(2.2, Image.Resampling.BICUBIC, expand=False).crop((40, 40, 1160, 1533))
    image = image.resize((1200, 1600))
    shaken = ImageChops.blend(image, ImageChops.offset(image, 9, 3), 0.45)
    return camera(shaken, dice, 2.4, 0.24)


def _flats(image: Image.Image, box: tuple[int, int, int, int], dice: random.Random) -> None:
    """Draw a block of five storeys: panels, seams, windows of which some are lit, balconies."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    draw.rectangle(box, fill=(104, 100, 102))
    draw.rectangle((left, top - 16, right, top), fill=(70, 68, 72))
    columns, floors = 11, 5
    wide, high = (right - left) / columns, (bottom - top) / floors
    for floor in range(floors):
        for column in range(columns):
            x, y = left + column * wide, top + floor * high
            tone = int(dice.uniform(-7, 7))
            draw.rectangle(
                (x, y, x + wide, y + high), (106 + tone, 101 + tone, 101 + tone), (86, 83, 86)
            )
            _window(image, (x, y, wide, high), dice, balcony=column % 3 == 1)
    shade = gradient((right - left, bottom - top), (255, 250, 246), (150, 148, 156))
    image.paste(ImageChops.multiply(image.crop(box), shade), (left, top))


def _window(
    image: Image.Image,
    cell: tuple[float, float, float, float],
    dice: random.Random,
    *,
    balcony: bool,
) -> None:
    x, y, wide, high = cell
    draw = ImageDraw.Draw(image)
    lit = dice.random() < 0.27
    warm = dice.choice([(250, 214, 138), (244, 196, 116), (214, 222, 226)])
    dark = dice.choice([(38, 42, 54), (48, 54, 68), (30, 33, 44)])
    glass = (x + wide * 0.22, y + high * 0.2, x + wide * 0.78, y + high * 0.7)
    draw.rectangle(glass, warm if lit else dark, (168, 164, 160), max(2, int(wide / 36)))
    middle = x + wide * 0.55
    draw.line((middle, glass[1], middle, glass[3]), (168, 164, 160), max(2, int(wide / 40)))
    if lit:
        draw.rectangle(
            (glass[0] + 3, glass[1] + 3, glass[0] + wide * 0.1, glass[3] - 3), (198, 156, 96)
        )
    if balcony:
        rail = (x + wide * 0.08, y + high * 0.55, x + wide * 0.92, y + high * 0.93)
        draw.rectangle(
            rail, dice.choice([(92, 104, 112), (118, 108, 92), (98, 92, 92)]), (66, 64, 68)
        )
        for step in range(1, 8):
            across = rail[0] + (rail[2] - rail[0]) * step / 8
            draw.line((across, rail[1], across, rail[3]), (80, 84, 88))


def _tree(image: Image.Image, foot: Point, size: float, dice: random.Random) -> None:
    """Draw a tree as some hundred soft clumps of leaves, darker below."""
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    x, y = foot
    draw.rectangle((x - size / 16, y - size / 3, x + size / 16, y + size * 0.75), (28, 26, 24, 255))
    for _ in range(700):
        dx, dy = dice.gauss(0, size * 0.3), dice.gauss(-size * 0.45, size * 0.34)
        r = dice.uniform(size * 0.02, size * 0.06)
        light = int(max(0, -dy) / size * 16 + dice.uniform(0, 14))
        leaf = (24 + light, 34 + light, 26 + light // 2, 255)
        draw.ellipse((x + dx - r, y + dy - r, x + dx + r, y + dy + r), leaf)
    image.paste(layer, (0, 0), layer.filter(ImageFilter.GaussianBlur(1.2)))


def _ground(image: Image.Image, dice: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 720), (1200, 720), (1200, 760), (0, 800)], (56, 60, 50))
    draw.line((0, 802, 1200, 762), (128, 126, 122), 7)
    for _ in range(14):  # patches in the asphalt
        x, y = dice.uniform(-50, 1200), dice.uniform(850, 1500)
        wide, high = (y - 600) / 3, (y - 700) / 14
        shadow(
            image, [(x, y), (x + wide, y + 4), (x + wide * 0.8, y + high), (x, y + high)], 0.16, 4
        )
    glow(image, (60, 1226, 380, 1276), (52, 46, 48))  # the sky in a puddle
    lawn = [(0, 1330), (520, 1398), (640, 1600), (0, 1600)]
    draw.polygon(lawn, (44, 54, 38))
    draw.line((0, 1330, 520, 1398), (120, 118, 112), 9)
    draw.line((520, 1398, 640, 1600), (120, 118, 112), 9)


def _garages(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    for number, tone in enumerate(((92, 66, 52), (70, 84, 74), (84, 82, 84))):
        x = 905 + number * 112
        draw.rectangle((x, 740, x + 108, 862), tone, (48, 44, 42), 3)
        draw.line((x + 54, 748, x + 54, 860), (48, 44, 42), 3)
        draw.rectangle((x - 2, 728, x + 112, 744), (60, 56, 54))


def _playground(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    shadow(image, [(90, 1470), (330, 1490), (300, 1560), (60, 1530)], 0.4, 10)
    draw.polygon([(100, 1430), (330, 1452), (296, 1540), (60, 1512)], (150, 130, 92))
    draw.line([(100, 1430), (330, 1452), (296, 1540), (60, 1512), (100, 1430)], (134, 52, 44), 10)
    draw.polygon([(352, 1404), (470, 1418), (466, 1436), (348, 1422)], (112, 86, 58))
    for x, y in ((362, 1424), (454, 1436)):
        draw.line((x, y, x, y + 34), (44, 44, 48), 6)
    draw.polygon([(538, 1196), (566, 1196), (561, 1232), (543, 1232)], (118, 124, 130))
    draw.arc((537, 1178, 567, 1212), 180, 360, (120, 124, 130), 3)


def _sill(image: Image.Image) -> None:
    """Lay the blurred frame of the kitchen window over two edges: the photo is taken in hiding."""
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    draw.polygon([(1092, 0), (1200, 0), (1200, 1600), (1128, 1600)], (196, 188, 176, 255))
    draw.polygon([(0, 1562), (1200, 1524), (1200, 1600), (0, 1600)], (176, 168, 158, 255))
    layer = layer.filter(ImageFilter.GaussianBlur(13))
    image.paste(layer, (0, 0), layer)


def van(image: Image.Image, corner: Point, scale: float) -> None:
    """Draw a dark blue minibus without plates, side door open; 380 by 190 pixels at scale 1."""

    def at(*points: Point) -> list[Point]:
        return [(corner[0] + x * scale, corner[1] + y * scale) for x, y in points]

    shadow(image, at((6, 176), (376, 176), (396, 204), (-14, 206)), 0.8, 7 * scale)
    draw = ImageDraw.Draw(image)
    body = at(
        (8, 150), (4, 84), (26, 70), (74, 18), (96, 10), (352, 8), (370, 24), (374, 172), (12, 174)
    )
    draw.polygon(body, (30, 40, 70))
    draw.polygon(at((8, 112), (372, 104), (374, 172), (12, 174)), (23, 31, 56))
    draw.polygon(at((92, 10), (352, 8), (366, 20), (80, 24)), (58, 70, 104))
    draw.polygon(at((36, 72), (78, 28), (118, 26), (118, 76)), (88, 100, 122))
    draw.polygon(at((36, 72), (62, 44), (84, 42), (64, 74)), (124, 132, 146))
    draw.polygon(at((246, 28), (356, 26), (360, 78), (246, 78)), (26, 32, 48))
    draw.polygon(at((262, 30), (290, 30), (270, 76), (250, 76)), (52, 60, 78))
    draw.polygon(at((132, 24), (238, 22), (238, 166), (132, 168)), (9, 9, 13))
    draw.polygon(at((142, 120), (228, 118), (228, 150), (142, 152)), (34, 33, 36))
    draw.polygon(at((238, 22), (246, 20), (246, 168), (238, 168)), (62, 76, 112))
    draw.line(at((12, 118), (130, 114)), (50, 62, 96), max(1, int(2 * scale)))
    draw.line(at((246, 112), (372, 108)), (50, 62, 96), max(1, int(2 * scale)))
    draw.polygon(at((2, 146), (40, 150), (40, 174), (6, 174)), (20, 22, 28))
    draw.ellipse([*at((6, 94))[0], *at((32, 118))[0]], (206, 204, 190))
    draw.ellipse([*at((92, 122))[0], *at((128, 135))[0]], (18, 25, 46))  # the dent above the wheel
    for x in (78, 312):
        _wheel(draw, at((x, 168))[0], 30 * scale)
    glow(image, (*at((-26, 70))[0], *at((44, 138))[0]), (96, 90, 66))


def _wheel(draw: ImageDraw.ImageDraw, centre: Point, radius: float) -> None:
    for part, tone in ((1.18, 12), (1.0, 24), (0.56, 104), (0.42, 70), (0.14, 36)):
        r = radius * part
        draw.ellipse(
            (centre[0] - r, centre[1] - r, centre[0] + r, centre[1] + r), (tone, tone, tone + 3)
        )


def figure(
    image: Image.Image, foot: Point, tall: float, colour: Colour, dice: random.Random
) -> None:
    """Draw a standing person as a camera sees one from afar: head, shoulders, legs, a shadow."""
    x, y = foot
    unit = tall / 8
    shadow(
        image,
        [(x - unit, y), (x + unit, y), (x + unit * 3, y + unit), (x, y + unit)],
        0.5,
        unit / 2,
    )
    draw = ImageDraw.Draw(image)
    lean, spread = dice.uniform(-0.3, 0.3) * unit, dice.uniform(0.5, 0.9) * unit
    head = (x + lean - unit * 0.48, y - tall, x + lean + unit * 0.48, y - tall + unit * 1.15)
    darker = (colour[0] * 3 // 4, colour[1] * 3 // 4, colour[2] * 3 // 4)
    for side in (-1, 1):
        draw.line((x, y - unit * 3.8, x + side * spread, y), darker, int(unit * 0.85))
        hand = (x + side * unit * dice.uniform(1.0, 1.6), y - unit * dice.uniform(3.2, 4.6))
        draw.line((x + lean + side * unit * 0.8, y - unit * 6.3, *hand), colour, int(unit * 0.6))
    trunk = [(-1.05, 6.5), (-0.5, 6.9), (0.5, 6.9), (1.05, 6.5), (0.8, 3.5), (-0.8, 3.5)]
    draw.polygon([(x + lean * (b / 7) + a * unit, y - b * unit) for a, b in trunk], colour)
    draw.ellipse(head, darker if sum(colour) < 70 else (150, 116, 98))
    if sum(colour) >= 70:
        draw.pieslice(
            head, 170, 370, dice.choice([(60, 44, 36), (34, 30, 30), (132, 104, 72), (112, 66, 58)])
        )


def _lying(image: Image.Image, place: Point) -> None:
    x, y = place
    shadow(image, [(x - 10, y), (x + 120, y + 10), (x + 118, y + 32), (x - 8, y + 24)], 0.6, 6)
    draw = ImageDraw.Draw(image)
    draw.line((x, y + 8, x + 62, y + 14), (104, 108, 118), 24)
    draw.line((x + 60, y + 12, x + 122, y + 22), (42, 46, 62), 17)
    draw.ellipse((x - 26, y - 5, x - 4, y + 16), (64, 48, 40))


# --- the mill -----------------------------------------------------------------------------------


def mill() -> Image.Image:
    """Return the mill's yard on a grey October morning, from a window: people, fence, cars."""
    dice = seeded("mill")
    image = gradient((1600, 1200), (196, 202, 208), (222, 222, 218))
    image.paste(gradient((1600, 620), (118, 116, 112), (84, 83, 82)), (0, 580))
    draw = ImageDraw.Draw(image)
    draw.polygon([(1190, 470), (1206, 60), (1244, 60), (1262, 470)], (134, 82, 66))
    for y in (90, 150):
        draw.rectangle((1200, y, 1250, y + 22), (206, 196, 188))
    for number in range(5):
        x = 470 + number * 230
        draw.polygon([(x, 420), (x + 60, 300), (x + 230, 420)], (96, 90, 88))
        draw.polygon([(x + 6, 416), (x + 60, 306), (x + 68, 416)], (164, 178, 186))
    _brick(image, (470, 410, 1600, 606), dice)
    van(image, (236, 462), 0.62)
    _police_car(image, (862, 574))
    _fence(image)
    _gatehouse(image, dice)
    coats = [
        (58, 70, 96),
        (96, 52, 56),
        (70, 84, 72),
        (108, 100, 92),
        (54, 52, 60),
        (120, 112, 120),
    ]
    spots = sorted((dice.gauss(760, 235), dice.gauss(868, 62)) for _ in range(62))
    for across, down in sorted(spots, key=lambda spot: spot[1]):
        foot = max(down, 770)
        figure(image, (across, foot), (foot - 420) * 0.31, dice.choice(coats), dice)
    _window_frame(image)
    return camera(image, dice, 1.3, 0.12)


def _brick(image: Image.Image, box: tuple[int, int, int, int], dice: random.Random) -> None:
    draw = ImageDraw.Draw(image)
    draw.rectangle(box, (142, 92, 76))
    for row, y in enumerate(range(box[1], box[3], 9)):
        for x in range(box[0] + (row % 2) * 11, box[2] - 20, 22):
            tone = int(dice.uniform(-12, 12))
            draw.rectangle((x, y, x + 20, y + 7), (140 + tone, 90 + tone, 74 + tone))
    for x in range(box[0] + 50, box[2] - 90, 150):
        draw.rectangle((x, box[1] + 46, x + 92, box[1] + 160), (66, 76, 86), (196, 190, 182), 5)
        for part in (x + 30, x + 60):
            draw.line((part, box[1] + 46, part, box[1] + 160), (196, 190, 182), 3)


def _gatehouse(image: Image.Image, dice: random.Random) -> None:
    shadow(image, [(60, 740), (440, 740), (520, 800), (60, 800)], 0.5, 14)
    _brick(image, (60, 440, 430, 752), dice)
    draw = ImageDraw.Draw(image)
    draw.rectangle((48, 418, 446, 446), (92, 88, 86))
    draw.rectangle((310, 560, 396, 752), (62, 70, 66), (180, 176, 168), 4)


def _police_car(image: Image.Image, corner: Point) -> None:
    draw = ImageDraw.Draw(image)
    x, y = corner
    shadow(image, [(x, y + 74), (x + 230, y + 74), (x + 240, y + 92), (x - 8, y + 92)], 0.6, 7)
    draw.polygon([(x, y + 76), (x + 4, y + 44), (x + 52, y + 36), (x + 84, y + 6),
                  (x + 160, y + 6), (x + 192, y + 38), (x + 228, y + 46), (x + 230, y + 76)],
                 (218, 220, 222))  # fmt: skip
    draw.polygon(
        [(x + 60, y + 36), (x + 88, y + 12), (x + 156, y + 12), (x + 180, y + 36)], (52, 60, 70)
    )
    draw.rectangle((x + 2, y + 50, x + 229, y + 60), (46, 72, 128))
    draw.rectangle((x + 104, y - 4, x + 138, y + 6), (40, 70, 190))
    for wheel in (48, 184):
        _wheel(draw, (x + wheel, y + 76), 15)


def _fence(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    for x in range(430, 1600, 22):
        draw.line((x, 560, x, 704), (52, 60, 56), 5)
    for y in (578, 688):
        draw.line((430, y, 1600, y), (52, 60, 56), 6)
    for x in range(430, 1600, 260):
        draw.rectangle((x - 9, 546, x + 9, 716), (112, 108, 104))


def _window_frame(image: Image.Image) -> None:
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    draw.rectangle((0, 0, 46, 1200), (70, 66, 62, 255))
    draw.rectangle((0, 1140, 1600, 1200), (86, 82, 76, 255))
    draw.polygon([(1220, 0), (1420, 0), (900, 1140), (760, 1140)], (255, 255, 255, 22))
    layer = layer.filter(ImageFilter.GaussianBlur(10))
    image.paste(layer, (0, 0), layer)
