"""Two drawings of the demo: the cell from memory in pencil, and a chat as a telephone shows it.

Used by make_demo.py. The chat is set in DejaVu Sans.
"""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

from make_demo_scans import blank, font, grain, seeded
from PIL import Image, ImageDraw, ImageFilter

PENCIL = (72, 72, 80)
SANS = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
Point = tuple[float, float]


def cell(hand: Path) -> Image.Image:
    """Return the plan of cell 4 as a man drew it who measured it with his palms."""
    dice = seeded("cell")
    image = blank((1000, 1240), "cell-paper", (240, 238, 230))
    draw = ImageDraw.Draw(image)
    _box(draw, (180, 210, 790, 1010), dice, twice=True)
    for top in (240, 520):
        _box(draw, (196, top, 382, top + 250), dice)
        _line(draw, (198, top + 50), (380, top + 52), dice)
        _hatch(draw, (200, top + 4, 380, top + 46), dice)
    _box(draw, (400, 196, 570, 224), dice)
    _hatch(draw, (402, 198, 568, 222), dice)
    _box(draw, (640, 850, 780, 1000), dice)
    draw.arc((670, 890, 750, 970), 10, 375, PENCIL, 3)
    _box(draw, (480, 480, 660, 650), dice)
    _line(draw, (330, 1012), (470, 1100), dice)
    _line(draw, (330, 1020), (470, 1016), dice)
    for x, y in (
        (440, 300),
        (560, 360),
        (700, 420),
        (430, 720),
        (540, 780),
        (720, 720),
        (420, 900),
    ):
        _person(draw, (x, y), dice)
    labels = (
        ((430, 150), "окно, лист железа"), ((205, 330), "нары, 2 яруса"),
        ((205, 610), "нары, 2 яруса"),
        ((506, 560), "стол"), ((585, 1016), "туалет, кран"), ((300, 1110), "дверь, «кормушка»"),
        ((810, 560), "≈ 4 шага"), ((250, 66), "Камера № 4. 11 человек"),
        ((200, 1170), "нас 11, мест 4. крестики — кто спал на полу"),
    )  # fmt: skip
    for place, text in labels:
        size = 54 if text.startswith("Камера") else 36
        draw.text((place[0], place[1] + dice.uniform(-4, 4)), text, (50, 56, 110), font(hand, size))
    _line(draw, (800, 220), (802, 1000), dice)
    image = image.rotate(-1.4, Image.Resampling.BICUBIC, fillcolor=(226, 224, 218))
    return grain(image.filter(ImageFilter.GaussianBlur(0.7)), dice, 0.10, 2)


def _line(draw: ImageDraw.ImageDraw, start: Point, end: Point, dice: random.Random) -> None:
    """Draw a pencil stroke that wavers."""
    steps = 14
    points = []
    for step in range(steps + 1):
        t = step / steps
        x = start[0] + (end[0] - start[0]) * t + dice.gauss(0, 1.3)
        y = start[1] + (end[1] - start[1]) * t + dice.gauss(0, 1.3)
        points.append((x, y))
    draw.line(points, PENCIL, 3, "curve")


def _box(
    draw: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    dice: random.Random,
    *,
    twice: bool = False,
) -> None:
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for _ in range(2 if twice else 1):
        for start, end in pairwise(corners):
            over = dice.uniform(-4, 7)
            _line(
                draw, (start[0] - over / 2, start[1]), (end[0] + over / 2, end[1] + over / 3), dice
            )


def _hatch(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], dice: random.Random) -> None:
    left, top, right, bottom = box
    for x in range(left, right - 10, 13):
        _line(draw, (x, bottom), (x + 11, top), dice)


def _person(draw: ImageDraw.ImageDraw, place: Point, dice: random.Random) -> None:
    x, y = place
    _line(draw, (x - 12, y - 12), (x + 12, y + 12), dice)
    _line(draw, (x + 12, y - 12), (x - 12, y + 12), dice)


def chat(source: str) -> Image.Image:
    """Return a screenshot of a chat; each line of `source` is `in|text|19:02` or `out|…|…`."""
    image = Image.new("RGB", (720, 1440), (222, 229, 236))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 720, 124), (66, 112, 148))
    draw.text((24, 8), "19:15", "white", font(SANS, 22))
    draw.text((696, 8), "41 %", "white", font(SANS, 22), "ra")
    draw.line([(44, 66), (28, 82), (44, 98)], "white", 4)
    draw.ellipse((72, 48, 136, 112), (146, 178, 120))
    draw.text((104, 80), "К", "white", font(SANS, 32), "mm")
    draw.text((156, 50), "Кветкі на балконе", "white", font(SANS, 28))
    draw.text((156, 86), "была нядаўна", (206, 222, 234), font(SANS, 20))
    draw.rounded_rectangle((270, 140, 450, 172), 16, (176, 190, 202))
    draw.text((360, 156), "13 жніўня", "white", font(SANS, 20), "mm")
    y = 190
    for line in source.splitlines():
        side, text, at = line.split("|")
        y = _bubble(draw, y, text, at, mine=side == "out")
    draw.rectangle((0, 1356, 720, 1440), "white")
    draw.text((84, 1382), "Паведамленне", (150, 156, 162), font(SANS, 26))
    return image


def _bubble(draw: ImageDraw.ImageDraw, y: int, text: str, at: str, *, mine: bool) -> int:
    """Draw one message and return where the next begins."""
    face = font(SANS, 25)
    rows = [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if face.getlength(longer) > 470:
            rows.append(word)
        else:
            rows[-1] = longer
    wide = max(face.getlength(row) for row in rows) + 48
    wide = max(wide, face.getlength(rows[-1]) + 128)
    left = 696 - wide if mine else 24
    bottom = y + len(rows) * 34 + 24
    draw.rounded_rectangle((left, y, left + wide, bottom), 18, (228, 246, 214) if mine else "white")
    for number, row in enumerate(rows):
        draw.text((left + 22, y + 10 + number * 34), row, (28, 30, 34), face)
    draw.text((left + wide - 18, bottom - 10), at, (138, 152, 140), font(SANS, 18), "rs")
    return bottom + 14
