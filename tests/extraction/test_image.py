"""Pictures of every kind: upright thumbnails, facts, and what is broken or too large."""

import pytest

from desktop_app.domain.reading import Limits, Outcome, Picture
from desktop_app.extraction import exif, image
from tests.helpers import samples
from tests.helpers.reading import facts_of, read, read_with_why

image.prepare()


def colour(picture: Picture, x: float, y: float) -> str:
    """Return "red", "blue" or "other" at a place given from 0 to 1."""
    at = 3 * (int(y * (picture.height - 1)) * picture.width + int(x * (picture.width - 1)))
    red, green, blue = picture.rgb[at : at + 3]
    return "red" if red > 200 > 90 > blue else "blue" if blue > 200 > 90 > red else f"other {green}"


FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "GIF", "BMP", "AVIF", "JPEG2000"]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_picture_gives_a_thumbnail_and_its_size(format_: str) -> None:
    outcome, found = read(samples.picture(format_, (900, 450)), "a")
    assert outcome is Outcome.READ
    assert found.thumbnail is not None
    assert (found.thumbnail.width, found.thumbnail.height) == (320, 160)
    assert len(found.thumbnail.rgb) == 320 * 160 * 3
    assert colour(found.thumbnail, 0.1, 0.5) == "red"
    assert colour(found.thumbnail, 0.9, 0.5) == "blue"
    assert facts_of(found)["width"] == "900"


def test_a_small_picture_is_not_blown_up() -> None:
    _outcome, found = read(samples.picture("PNG", (20, 10)), "a.png")
    assert found.thumbnail is not None
    assert (found.thumbnail.width, found.thumbnail.height) == (20, 10)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_exif_gives_time_place_device_and_author(format_: str) -> None:
    _outcome, found = read(samples.picture(format_, exif=samples.exif()), "a")
    facts = facts_of(found)
    assert facts["taken"] == "2020-08-09T21:15:30+03:00"
    assert facts["device"] == "Samsung Galaxy A51"
    assert facts["author"] == "Рэпарцёр"
    assert (facts["latitude"], facts["longitude"]) == ("53.900000", "27.560000")


@pytest.mark.parametrize(
    ("orientation", "left_or_top"),
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom")],
)
def test_a_thumbnail_stands_upright(orientation: int, left_or_top: str) -> None:
    content = samples.picture("JPEG", (400, 200), exif=samples.exif(orientation))
    _outcome, found = read(content, "a.jpg")
    picture = found.thumbnail
    assert picture is not None
    places = {"left": (0.1, 0.5), "right": (0.9, 0.5), "top": (0.5, 0.1), "bottom": (0.5, 0.9)}
    assert colour(picture, *places[left_or_top]) == "red"
    assert (picture.width > picture.height) == (left_or_top in ("left", "right"))


def test_a_heic_that_is_turned_is_not_turned_twice() -> None:
    content = samples.picture("HEIF", (400, 200), exif=samples.exif(6))
    _outcome, found = read(content, "a.heic")
    assert found.thumbnail is not None
    assert found.thumbnail.width < found.thumbnail.height
    assert colour(found.thumbnail, 0.5, 0.1) == "red"


def test_transparency_is_shown_on_white() -> None:
    import io

    from PIL import Image

    encoded = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(encoded, "PNG")
    _outcome, found = read(encoded.getvalue(), "a.png")
    assert found.thumbnail is not None
    assert set(found.thumbnail.rgb) == {255}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I", "I;16", "F", "CMYK", "LAB"])
def test_every_way_to_store_colours_gives_a_thumbnail(mode: str) -> None:
    import io

    from PIL import Image

    encoded = io.BytesIO()
    Image.new(mode, (30, 20)).save(encoded, "PNG" if mode in ("LA", "P") else "TIFF")
    outcome, found = read(encoded.getvalue(), "a")
    assert outcome is Outcome.READ
    assert found.thumbnail is not None


def test_a_tiff_tells_its_pages() -> None:
    import io

    from PIL import Image

    encoded = io.BytesIO()
    pages = [Image.new("1", (50, 70), at % 2) for at in range(7)]
    pages[0].save(encoded, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    _outcome, found = read(encoded.getvalue(), "a.tif")
    assert facts_of(found)["pages"] == "7"
    assert found.thumbnail is not None


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_truncated_picture_shows_what_is_there(format_: str) -> None:
    import io
    import random

    from PIL import Image

    encoded = io.BytesIO()
    Image.frombytes("L", (200, 200), random.Random(1).randbytes(40_000)).save(encoded, format_)
    content = encoded.getvalue()
    outcome, found = read(content[: len(content) // 2], "a")
    assert outcome is Outcome.READ
    assert found.flags == ["truncated"]
    assert found.thumbnail is not None


def test_h01_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    outcome, found = read(samples.huge_png(60_000, 60_000), "a.png")
    assert outcome is Outcome.TOO_LARGE
    assert found.thumbnail is None
    assert read(samples.picture("PNG"), "a.png", Limits(pixels=799))[0] is Outcome.TOO_LARGE


@pytest.mark.parametrize("format_", FORMATS)
def test_garbage_behind_a_good_beginning_is_damaged_or_truncated(format_: str) -> None:
    content = samples.picture(format_, (64, 64))
    outcome, _found = read(content[:24] + b"\x5a" * 500, "a")
    assert outcome in (Outcome.DAMAGED, Outcome.READ, Outcome.UNREAD)


@pytest.mark.parametrize("compression", [34712, 34661, 34887, 50002, 60000])
def test_a_tiff_packed_in_a_way_that_nobody_unpacks_here_is_not_called_damaged(
    compression: int,
) -> None:
    ended = read_with_why(samples.odd_tiff(compression), "a.tif")
    assert ended == (Outcome.UNREAD, "compressed in a way that is not supported")


@pytest.mark.parametrize("compression", [34925, 50000, 50001])
def test_a_tiff_that_only_some_builds_unpack_is_damaged_only_where_it_could_be_unpacked(
    compression: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.odd_tiff(compression)
    monkeypatch.setattr(image, "_can_pack", lambda _name: True)
    assert read_with_why(content, "a.tif")[0] is Outcome.DAMAGED
    monkeypatch.setattr(image, "_can_pack", lambda _name: False)
    assert read_with_why(content, "a.tif")[0] is Outcome.UNREAD


@pytest.mark.parametrize("compression", [5, 7, 8, 32946])
def test_a_tiff_packed_in_a_common_way_and_broken_is_damaged(compression: int) -> None:
    content = samples.odd_tiff(compression)
    assert read_with_why(content, "a.tif")[0] is Outcome.DAMAGED


def test_a_common_compression_is_known_to_the_decoders() -> None:
    assert image._can_pack("tiff_lzw")


def test_xmp_and_png_texts_fill_in_where_exif_is_silent() -> None:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Software", "Прыклад")
    packet = '<x xmp:CreateDate="2021-03-25T18:00:00"><dc:creator><li>Аўтар</li></dc:creator></x>'
    texts.add_itxt("XML:com.adobe.xmp", packet)
    _outcome, found = read(samples.picture("PNG", pnginfo=texts), "a.png")
    facts = facts_of(found)
    assert facts["taken"] == "2021-03-25T18:00:00"
    assert facts["author"] == "Аўтар"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020:08:09 21:15:30", "2020-08-09T21:15:30"),
        ("2020-08-09 21:15", "2020-08-09T21:15:00"),
        ("2020:08:09", "2020-08-09"),
        ("0000:00:00 00:00:00", ""),
        ("2020:13:40 00:00:00", ""),
        ("    :  :     :  :  ", ""),
        ("2020:08:09 99:99:99", ""),
    ],
)
def test_times_that_make_no_sense_are_left_out(value: str, expected: str) -> None:
    assert exif._time(value, "") == expected


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_exif_text_that_is_not_ascii_is_guessed_at(encoding: str) -> None:
    stored = "Фота зрабіў сусед".encode(encoding).decode("latin-1")  # as Pillow gives it
    assert exif._text(stored) == "Фота зрабіў сусед"
