"""Pictures: a thumbnail, the size, and what EXIF says of time, place and device."""

import contextlib
import struct
from io import BytesIO
from typing import cast

import pillow_heif
from PIL import Image, ImageFile, TiffImagePlugin

from desktop_app.domain.reading import Outcome, Picture
from desktop_app.extraction import exif, xmp
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.extraction.replies import THUMBNAIL_SIDE
from desktop_app.i18n import N_

_FORMATS = frozenset({"JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF", "JPEG2000"})
_OPTIONAL = ("lzma", "zstd", "webp")  # what a libtiff may have been built without


def prepare() -> None:
    """Register the decoders, with one thread each; once per process."""
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.DISABLE_SECURITY_LIMITS = False
    pillow_heif.register_heif_opener()
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # `_open` keeps the limit of the ask, without decoding


def read(ask: Ask, found: Found) -> None:
    """Read one picture: facts first, so that they stay if the pixels are damaged."""
    try:
        _read(ask, found)
    except Refusal:
        raise
    except Exception as error:
        if _is_packed_oddly(ask):
            why = N_("compressed in a way that is not supported")
            raise Refusal(Outcome.UNREAD, why) from error
        raise


def _read(ask: Ask, found: Found) -> None:
    image = _open(ask.content, ask.limits.pixels)
    with image:
        width, height = image.size
        found.add_fact("width", width, "image")
        found.add_fact("height", height, "image")
        with contextlib.suppress(Exception):  # EXIF may be broken in a picture that is not
            exif.read(image, found)
        with contextlib.suppress(Exception):
            xmp.read(image, found)
        _count_pages(image, found, ask)
        found.thumbnail = _thumbnail(ask.content, image, found, ask.limits.pixels)


def thumbnail_of(content: bytes, pixels: int) -> Picture | None:
    """Return a small version of a picture within a document; None if it cannot be decoded."""
    try:
        with _open(content, pixels) as image:
            image.seek(0)
            return small(image)
    except Exception:  # noqa: BLE001 (a broken picture in a document is no fault of its text)
        return None


def _is_packed_oddly(ask: Ask) -> bool:
    """Return whether this is a TIFF whose compression our decoders do not know."""
    if ask.guess.media_type != "image/tiff":
        return False
    number = _compression(ask.content)
    name = TiffImagePlugin.COMPRESSION_INFO.get(number)
    return number > 0 and (name is None or (name in _OPTIONAL and not _can_pack(name)))


def _compression(content: bytes) -> int:
    """Return the number in the tag of the first page; 0 if that cannot be read."""
    try:
        head = content[:16] if content[2:4] in (b"+\0", b"\0+") else content[:8]  # BigTIFF
        directory = TiffImagePlugin.ImageFileDirectory_v2(head)
        stream = BytesIO(content)
        stream.seek(directory.next)
        directory.load(stream)
        return int(directory.get(TiffImagePlugin.COMPRESSION, 1))
    except (OSError, SyntaxError, ValueError, TypeError, OverflowError, struct.error):
        return 0


def _can_pack(name: str) -> bool:
    """Return whether our libtiff was built with a compression; it is asked by trying it."""
    try:
        Image.new("RGB", (16, 16)).save(BytesIO(), "TIFF", compression=name)
    except (OSError, ValueError, KeyError, RuntimeError):
        return False
    return True


def _open(content: bytes, pixels: int) -> Image.Image:
    image = Image.open(BytesIO(content), formats=tuple(_FORMATS & set(Image.OPEN)))
    if image.width * image.height > pixels:
        image.close()
        raise Refusal(Outcome.TOO_LARGE, N_("more pixels than are read"))
    return image


def _count_pages(image: Image.Image, found: Found, ask: Ask) -> None:
    """Count the pages of a TIFF, one after another: the file can promise any number."""
    if image.format != "TIFF":
        return
    pages = 1
    with contextlib.suppress(EOFError, OSError, ValueError, TypeError, KeyError, SyntaxError):
        while pages < ask.limits.pages and ask.has_time():
            image.seek(pages)
            pages += 1
    image.seek(0)
    found.add_fact("pages", pages, "tiff")


def _thumbnail(content: bytes, image: Image.Image, found: Found, pixels: int) -> Picture:
    try:
        return small(image)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError):
        pass
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with _open(content, pixels) as again:
            picture = small(again)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    found.add_flag("truncated")
    return picture


def small(image: Image.Image) -> Picture:
    """Return the picture upright, at most `THUMBNAIL_SIDE` pixels wide and high, on white.

    Raises whatever a decoder raises.
    """
    image.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # a JPEG is decoded at 1/2, 1/4, 1/8
    orientation = image.getexif().get(0x0112) if image.format != "HEIF" else None
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        image = _to_8_bits(image)
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    image = _upright(image.convert("RGB"), orientation)
    return Picture(image.width, image.height, image.tobytes())


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: object) -> Image.Image:
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image.transpose(turn) if turn is not None else image


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Spread the values that occur over black to white; 16-bit scans are dark otherwise."""
    low, high = cast("tuple[float, float]", image.getextrema())
    span = (high - low) or 1
    wide = image.convert("F")
    return wide.point(lambda value: value * (255 / span) - low * 255 / span).convert("L")
