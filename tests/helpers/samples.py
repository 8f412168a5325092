"""Small files of every kind that is read, made here: nothing is copied from anywhere."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def zipped(parts: Mapping[str, str | bytes], stored_first: bool = False) -> bytes:
    """Return a zip of the parts, in order; the first one uncompressed if asked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, (name, content) in enumerate(parts.items()):
            stored = stored_first and at == 0
            archive.writestr(name, content, zipfile.ZIP_STORED if stored else None)
    return packed.getvalue()


def docx(body: str, more: Mapping[str, str | bytes] | None = None, main: str = "main") -> bytes:
    """Return a DOCX whose document.xml has this inside w:body, and further parts of word/."""
    more = more or {}
    ends = "0123456789.xml"
    types = "".join(
        f'<Override PartName="/word/{name}" ContentType="{WORD_TYPE}.{name.rstrip(ends)}+xml"/>'
        for name in more
        if name.endswith(".xml")
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Override PartName='
            f'"/word/document.xml" ContentType="{WORD_TYPE}.document.{main}+xml"/>{types}</Types>',
            "word/document.xml": f'<w:document xmlns:w="{WORD}" xmlns:mc="m" xmlns:v="v">'
            f"<w:body>{body}</w:body></w:document>",
            "docProps/core.xml": '<p xmlns:dc="d" xmlns:t="t"><dc:title>Скарга</dc:title>'
            "<dc:creator>N. N.</dc:creator><t:created>2020-08-10T10:00:00Z</t:created></p>",
            **{f"word/{name}": content for name, content in more.items()},
        }
    )


def paragraph(text: str) -> str:
    """Return a paragraph of WordprocessingML."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def odt(body: str, margins: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return an ODT with this inside office:text, and this inside its master styles."""
    names = 'xmlns:office="o" xmlns:text="t" xmlns:table="a" xmlns:dc="d" xmlns:meta="m"'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<?xml version='1.0'?><office:document-content {names}><office:body>"
            f"<office:text>{body}</office:text></office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {names}><text:p>not shown</text:p>"
            f"<office:master-styles>{margins}</office:master-styles></office:document-styles>",
            "meta.xml": f"<office:document-meta {names}><office:meta><dc:title>Ліст</dc:title>"
            "<meta:initial-creator>A.</meta:initial-creator></office:meta></office:document-meta>",
            **(more or {}),
        },
        stored_first=True,
    )


def pdf(pages: list[str], info: str = "", extra: str = "") -> bytes:
    """Return a PDF with one line of Latin text per page; `extra` goes into the catalog."""
    objects = [f"<< /Type /Catalog /Pages 2 0 R {extra} >>"]
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for at, text in enumerate(pages):
        stream = f"BT /F1 18 Tf 20 100 Td ({text}) Tj ET" if text else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents {5 + 2 * at} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append(f"<< {info} >>")
    return _pdf_file(objects)


def form() -> bytes:
    """Return a PDF of one page with a filled form, drawn fields, a comment and a free text.

    Fields: a text whose value only its parent holds, a combo box and a list box with words of
    their own for the choices, a ticked box, a push button and a field that draws its value.
    """
    place, cyrillic = "/Rect [20 20 90 40]", "Заявіца".encode("utf-16-be").hex()
    widget = f"<< /Type /Annot /Subtype /Widget {place}"
    drawn = "BT /F1 9 Tf 2 4 Td ({}) Tj ET"
    look = "<< /Type /XObject /Subtype /Form /BBox [0 0 70 20] /Resources << /Font << /F1 3 0 R >> "
    fields = [
        f"{widget} /Parent 14 0 R >>",
        f"{widget} /FT /Ch /Ff 131072 /T (place) /V (m) /Opt [[(m) (Minsk)] [(h) (Hrodna)]] >>",
        f"{widget} /FT /Ch /Ff 2097152 /T (what) /V [(1) (3)] /Opt [[(1) (arrest)] [(2) (fine)] "
        "[(3) (beating)]] >>",
        f"{widget} /FT /Btn /T (box) /V /wounded /AS /wounded "
        "/AP << /N << /wounded 15 0 R /Off 15 0 R >> >> >>",
        f"{widget} /FT /Btn /Ff 65536 /T (button) /MK << /CA (Send) >> /AP << /N 16 0 R >> >>",
        f"{widget} /FT /Tx /T (drawn) /V (seen  once) /AP << /N 17 0 R >> >>",
        f"<< /Type /Annot /Subtype /Text {place} /Contents (a remark) >>",
        f"<< /Type /Annot /Subtype /FreeText {place} /DA (/F1 9 Tf) /Contents (in the margin) >>",
    ]
    parent = f"<< /FT /Tx /T (name) /V <feff{cyrillic}> /Kids [6 0 R] >>"
    looks = [
        f"{look} >> /Length {len(drawn.format(word))} >>\nstream\n{drawn.format(word)}\nendstream"
        for word in ("", "Send now", "seen once")
    ]
    listed = " ".join(f"{number} 0 R" for number in range(6, 14))
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 5 0 R "
        f"/Resources << /Font << /F1 3 0 R >> >> /Annots [{listed}] >>"
    )
    printed = "BT /F1 18 Tf 20 100 Td (printed) Tj ET"
    return _pdf_file(
        [
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << /DR << /Font << /F1 3 0 R >> >> "
            "/DA (/F1 9 Tf) /Fields [14 0 R 7 0 R 8 0 R 9 0 R 10 0 R 11 0 R] >> >>",
            "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            page,
            f"<< /Length {len(printed)} >>\nstream\n{printed}\nendstream",
            *fields,
            parent,
            *looks,
            "<< >>",
        ]
    )


def odd_tiff(compression: int) -> bytes:
    """Return a TIFF of one black pixel that says it is compressed in this way."""
    fields = [(256, 3, 1), (257, 3, 1), (258, 3, 8), (259, 3, compression), (262, 3, 1)]
    fields += [(273, 4, 8), (277, 3, 1), (278, 3, 1), (279, 4, 4)]
    rows = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    head = b"II*\0" + struct.pack("<I", 12) + bytes(4)
    return head + struct.pack("<H", len(fields)) + rows + bytes(4)


def _pdf_file(objects: list[str]) -> bytes:
    content, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(content))
        content += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(content)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    content += f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
    content += f"trailer\n<< /Size {size} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode()
    return content + f"startxref\n{start}\n%%EOF\n".encode()


def picture(format_: str, size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    """Return a picture, red on its left half and blue on its right one."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    encoded = io.BytesIO()
    image.save(encoded, format_, **options)
    return encoded.getvalue()


def exif(orientation: int = 6) -> bytes:
    """Return EXIF with a time, a device, an author and a position in Minsk."""
    values = Image.Exif()
    values[0x010F], values[0x0110] = "Samsung", "Galaxy A51"
    values[0x0112], values[0x9C9D] = orientation, "Рэпарцёр".encode("utf-16-le")
    values.get_ifd(0x8769).update({0x9003: "2020:08:09 21:15:30", 0x9011: "+03:00"})
    place = {1: "N", 2: (53.0, 54.0, 0.0), 3: "E", 4: (27.0, 33.0, 36.0)}
    values.get_ifd(0x8825).update(place)
    return values.tobytes()


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG that promises so many pixels and holds none."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
