"""Scanned papers of the demo: type, handwriting, stamps and signatures on drawn paper.

Used by make_demo.py. Handwriting is set in Caveat (SIL Open Font License 1.1), type in Liberation.

The markup of a scanned page: lines in capitals are centred, `^ ` centres a line too, `> ` sets
it to the right, `{…}` is filled in by hand, the word `подпись` becomes a
signature, `===` begins a new page.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

LIBERATION = Path("/usr/share/fonts/truetype/liberation")
INK_BLUE = (38, 52, 128)
INK_BLACK = (38, 38, 42)
STAMP_BLUE = (58, 74, 160)

Font = ImageFont.FreeTypeFont


@dataclass(slots=True)
class Sheet:
    """A page being written; `y` is where the next line goes, sizes are pixels at 150 dpi."""

    image: Image.Image
    dice: random.Random
    hand: Path
    size: int = 25
    margin: int = 130
    y: int = 120


@cache
def font(path: Path, size: int) -> Font:
    """Load a font once per size."""
    return ImageFont.truetype(str(path), size)


def seeded(name: str) -> random.Random:
    """Return the dice of one picture: the same name always draws the same picture."""
    return random.Random(name)  # noqa: S311 - a repeatable drawing, nothing secret


def noise(size: tuple[int, int], dice: random.Random, grain: int = 1) -> Image.Image:
    """Return grey noise around 128; a larger `grain` gives larger, softer clouds."""
    small = (max(2, size[0] // grain), max(2, size[1] // grain))
    raw = Image.frombytes("L", small, dice.randbytes(small[0] * small[1]))
    return raw.filter(ImageFilter.GaussianBlur(1)).resize(size, Image.Resampling.BICUBIC)


def grain(image: Image.Image, dice: random.Random, strength: float, size: int = 1) -> Image.Image:
    """Lay noise over a picture; `strength` is the part of the noise that is mixed in, 0 to 1."""
    layer = noise(image.size, dice, size).point(lambda value: int(128 + (value - 128) * strength))
    return ImageChops.overlay(image, Image.merge("RGB", (layer,) * 3))


def blank(
    size: tuple[int, int], name: str, tint: tuple[int, int, int] = (247, 245, 238)
) -> Image.Image:
    """Return a sheet of paper with soft blotches and fibres."""
    dice = seeded(name)
    return grain(grain(Image.new("RGB", size, tint), dice, 0.10, 90), dice, 0.06, 2)


def write(sheet: Sheet, text: str) -> None:
    """Set all lines of one page."""
    for line in text.strip("\n").splitlines():
        if not line:
            sheet.y += sheet.size * 3 // 4
        elif line.startswith("> "):
            _set(sheet, line[2:], "right")
        elif line.startswith("^ "):
            _set(sheet, line[2:], "centre")
        elif line == line.upper() and re.search(r"[А-Я]{3}", line):
            _set(sheet, line, "centre")
        else:
            _set(sheet, line, "left")


def _set(sheet: Sheet, line: str, align: str) -> None:
    """Wrap one line and draw it word by word, so that each has its own slight shake."""
    width = sheet.image.width - 2 * sheet.margin
    rows: list[list[tuple[str, bool]]] = [[]]
    used = 0.0
    for word, by_hand in _words(line):
        length = _face(sheet, align, by_hand=by_hand).getlength(word + " ")
        if rows[-1] and used + length > width:
            rows.append([])
            used = 0
        rows[-1].append((word, by_hand))
        used += length
    for row in rows:
        _draw_row(sheet, row, align)


def _words(line: str) -> list[tuple[str, bool]]:
    found = []
    for number, part in enumerate(re.split(r"[{}]", line)):
        found += [(word, number % 2 == 1) for word in re.findall(r"\S+|\s{3,}", part)]
    return found


def _face(sheet: Sheet, align: str, *, by_hand: bool) -> Font:
    if by_hand:
        return font(sheet.hand, sheet.size * 3 // 2)
    name = "LiberationSerif-Bold" if align == "centre" else "LiberationSerif-Regular"
    return font(LIBERATION / f"{name}.ttf", sheet.size)


def _draw_row(sheet: Sheet, row: list[tuple[str, bool]], align: str) -> None:
    draw = ImageDraw.Draw(sheet.image)
    faces = [_face(sheet, align, by_hand=by_hand) for _, by_hand in row]
    lengths = [face.getlength(word + " ") for (word, _), face in zip(row, faces, strict=True)]
    free = sheet.image.width - 2 * sheet.margin - sum(lengths)
    x = sheet.margin + {"left": 0, "centre": free / 2, "right": free}[align]
    base = sheet.y + sheet.size
    for (word, by_hand), face, length in zip(row, faces, lengths, strict=True):
        if word == "подпись":
            sign(sheet, (int(x), base - 10))
        else:
            shake = sheet.dice.uniform(-2, 2) if by_hand else 0
            draw.text((x, base + shake), word, INK_BLUE if by_hand else INK_BLACK, face, "ls")
        x += length
    signed = ("подпись", False) in row
    sheet.y += sheet.size * 3 if signed else int(sheet.size * 1.5)


def sign(sheet: Sheet, place: tuple[int, int], width: int = 150) -> None:
    """Draw an unreadable signature: a few loops that run out into a stroke."""
    dice, draw = sheet.dice, ImageDraw.Draw(sheet.image)
    waves = [(dice.uniform(3, 10), dice.uniform(0, 6), dice.uniform(6, 17)) for _ in range(3)]
    points = []
    for step in range(160):
        t = step / 160
        fade = (1 - t) ** 0.7
        x = t * width + math.sin(t * 40 + waves[0][1]) * 13 * fade
        y = sum(math.sin(t * speed * 5 + start) * high * fade for speed, start, high in waves)
        points.append((place[0] + x, place[1] + y - t * 14))
    draw.line(points, INK_BLUE, 3, "curve")


def stamp(sheet: Sheet, centre: tuple[int, int], words: str, middle: tuple[str, ...]) -> None:
    """Press a round stamp with words along its edge; the ink is uneven and the stamp turned."""
    size = 270
    layer = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(layer)
    for inset, line in ((6, 5), (16, 2), (66, 2)):
        draw.ellipse((inset, inset, size - inset, size - inset), outline=255, width=line)
    face = font(LIBERATION / "LiberationSans-Bold.ttf", 25)
    for number, letter in enumerate(words):
        angle = 360 * number / len(words)
        _stamp_letter(layer, letter, face, angle)
    small = font(LIBERATION / "LiberationSans-Bold.ttf", 18)
    for number, line_text in enumerate(middle):
        y = size / 2 + (number - (len(middle) - 1) / 2) * 22
        draw.text((size / 2, y), line_text, 255, small, "mm")
    layer = layer.rotate(sheet.dice.uniform(-25, 25), Image.Resampling.BICUBIC)
    worn = noise(layer.size, sheet.dice, 9).point(lambda value: min(255, max(0, value * 4 - 290)))
    layer = ImageChops.multiply(layer, worn).point(lambda value: int(value * 0.75))
    corner = (centre[0] - size // 2, centre[1] - size // 2)
    sheet.image.paste(STAMP_BLUE, corner, layer)


def _stamp_letter(layer: Image.Image, letter: str, face: Font, angle: float) -> None:
    tile = Image.new("L", (44, 44), 0)
    ImageDraw.Draw(tile).text((22, 22), letter, 255, face, "mm")
    tile = tile.rotate(-angle, Image.Resampling.BICUBIC)
    radius = layer.width / 2 - 41
    x = layer.width / 2 + radius * math.sin(math.radians(angle))
    y = layer.height / 2 - radius * math.cos(math.radians(angle))
    layer.paste(255, (int(x - 22), int(y - 22)), tile)


def folds(image: Image.Image, lines: int) -> Image.Image:
    """Shade a sheet that was folded `lines` times across: a dark crease beside a light one."""
    shade = Image.new("L", image.size, 128)
    draw = ImageDraw.Draw(shade)
    for number in range(1, lines + 1):
        y = image.height * number // (lines + 1)
        draw.line((0, y, image.width, y + 4), 92, 3)
        draw.line((0, y + 5, image.width, y + 9), 158, 4)
    shade = shade.filter(ImageFilter.GaussianBlur(2.2))
    return ImageChops.overlay(image, Image.merge("RGB", (shade,) * 3))


def scanned(sheet: Sheet, angle: float, *, punched: bool = False) -> Image.Image:
    """Return the page as a flat-bed scanner sees it: turned a little, soft, a dark edge."""
    image, dice = sheet.image, sheet.dice
    if punched:
        draw = ImageDraw.Draw(image)
        for y in (image.height * 2 // 5, image.height * 3 // 5):
            draw.ellipse(
                (34, y, 66, y + 32), fill=(118, 116, 112), outline=(170, 168, 160), width=3
            )
    image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(214, 214, 212))
    edge = Image.new("L", image.size, 128)
    draw = ImageDraw.Draw(edge)
    draw.rectangle((0, 0, 12, image.height), fill=60)
    draw.rectangle((0, 0, image.width, 6), fill=84)
    edge = edge.filter(ImageFilter.GaussianBlur(9))
    image = ImageChops.overlay(image, Image.merge("RGB", (edge,) * 3))
    return grain(image.filter(ImageFilter.GaussianBlur(0.6)), dice, 0.05)


def squared(size: tuple[int, int], name: str, step: int = 38) -> Image.Image:
    """Return a page of a squared exercise book with its red margin line."""
    image = blank(size, name, (244, 243, 236))
    draw = ImageDraw.Draw(image)
    for x in range(step // 2, size[0], step):
        draw.line((x, 0, x, size[1]), (190, 205, 226))
    for y in range(step // 2, size[1], step):
        draw.line((0, y, size[0], y), (190, 205, 226))
    draw.line((size[0] - 110, 0, size[0] - 110, size[1]), (226, 168, 170), 2)
    return image


def handwrite(sheet: Sheet, text: str, height: int = 46, step: int = 57) -> None:
    """Write lines by hand on a page; every word shakes, every line drifts."""
    face = font(sheet.hand, height)
    draw = ImageDraw.Draw(sheet.image)
    for line in text.splitlines():
        indent = (len(line) - len(line.lstrip())) * 16
        x, drift = (
            sheet.margin + indent + sheet.dice.uniform(-7, 7),
            sheet.dice.uniform(-0.006, 0.008),
        )
        for word in line.split():
            y = sheet.y + (x - sheet.margin) * drift + sheet.dice.uniform(-2, 2)
            draw.text((x, y), word, INK_BLUE, face, "ls")
            x += face.getlength(word + " ") + sheet.dice.uniform(-3, 5)
        sheet.y += step
