"""Thumbnails as they are stored."""

import io

from PIL import Image

from desktop_app.domain.reading import Picture
from desktop_app.extraction import thumbnail


def test_a_thumbnail_is_a_plain_jpeg() -> None:
    encoded = thumbnail.encode(Picture(20, 10, bytes((200, 30, 30)) * 200))
    with Image.open(io.BytesIO(encoded)) as image:
        assert (image.format, image.size) == ("JPEG", (20, 10))
        assert not image.getexif()
        red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]  # RGB
    assert red > 180
    assert max(green, blue) < 60
