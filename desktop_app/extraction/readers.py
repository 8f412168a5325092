"""Which reader reads what, and the trying out of all of them before the sandbox closes."""

import codecs
import contextlib
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pypdfium2
from PIL import Image

from desktop_app.domain.reading import Limits
from desktop_app.extraction import (
    book,
    charset,
    container,
    image,
    kinds,
    locked,
    mail,
    odf,
    pdf,
    sheet,
    slides,
    text,
    web,
    word,
)
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.sniff import Guess


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader: its name with the version of its results, and what it does."""

    name: str
    read: Callable[[Ask, Found], None]


_TEXT = Reader("text/1", text.read)
_WEB = Reader("web/1", web.read)
_MAIL = Reader("mail/1", mail.read)
_ODF = Reader("odf/1", odf.read)
_IMAGE = Reader("image/2", image.read)
READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("text/plain", "text/csv", "text/markdown"), _TEXT),
    **dict.fromkeys(("text/calendar", "text/vcard", "application/json"), _TEXT),
    **dict.fromkeys(("text/html", "application/xml"), _WEB),
    **dict.fromkeys((kinds.EML, kinds.MBOX), _MAIL),
    "application/pdf": Reader("pdf/2", pdf.read),
    kinds.DOCX: Reader("word/1", word.read),
    kinds.XLSX: Reader("sheet/1", sheet.read),
    kinds.PPTX: Reader("slides/1", slides.read),
    kinds.EPUB: Reader("book/1", book.read),
    **dict.fromkeys((kinds.ODT, kinds.ODS, kinds.ODP), _ODF),
    **dict.fromkeys(("image/jpeg", "image/png", "image/gif", "image/webp"), _IMAGE),
    **dict.fromkeys(("image/tiff", "image/bmp", "image/heic", "image/heif"), _IMAGE),
    **dict.fromkeys(("image/avif", "image/jp2"), _IMAGE),
    "application/x-ole-encrypted": Reader("locked/1", locked.read),
}


def refine(guess: Guess, content: bytes, name: str) -> Guess:
    """Look into a zip for the kind of document that it is."""
    if guess.media_type != kinds.ZIP:
        return guess
    media_type = container.media_type(content) or kinds.ZIP
    flags = ("wrong-extension",) if kinds.misnamed(media_type, name) else ()
    return replace(guess, media_type=media_type, kind=kinds.kind_of(media_type), flags=flags)


_ENCODINGS = """
utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be ascii latin-1 cp1250 cp1251 cp1252
cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp500 cp737 cp775 cp850 cp852 cp855 cp857 cp858
cp860 cp861 cp862 cp863 cp865 cp866 cp1125 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6
iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u
koi8-t kz1048 mac-cyrillic mac-roman mac-latin2 mac-greek mac-turkish cp874 tis-620 ptcp154
shift_jis cp932 euc-jp iso2022-jp gb2312 gbk gb18030 big5 cp950 hz euc-kr cp949 johab utf-7
unicode_escape raw_unicode_escape
"""


def warm_up() -> None:
    """Import every codec and decoder and use each once: later no file can be opened."""
    for encoding in _ENCODINGS.split():
        codecs.lookup(encoding)
    charset.guess("Жыве Беларусь".encode("cp1251"))
    image.prepare()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for media_type, content in _samples().items():
            # A decoder that this build lacks is found out when a file needs it.
            with contextlib.suppress(Exception):
                guess = Guess("document", media_type)
                ask = Ask(content, "sample", guess, Limits())
                READERS[media_type].read(ask, Found(Limits(), media_type))


def _samples() -> dict[str, bytes]:
    """Return a tiny file of each kind whose parser brings something along."""
    samples = {
        "text/html": b"<html><title>x</title><p>y</html>",
        kinds.EML: _MAIL_SAMPLE,
        kinds.DOCX: b"PK\5\6" + bytes(18),
    }
    picture = Image.new("RGB", (8, 8), "white")
    for media_type, format_ in (
        ("image/jpeg", "JPEG"),
        ("image/png", "PNG"),
        ("image/gif", "GIF"),
        ("image/webp", "WEBP"),
        ("image/tiff", "TIFF"),
        ("image/bmp", "BMP"),
        ("image/heic", "HEIF"),
        ("image/avif", "AVIF"),
        ("image/jp2", "JPEG2000"),
    ):
        with contextlib.suppress(OSError, KeyError, ValueError, RuntimeError):
            encoded = io.BytesIO()
            picture.save(encoded, format_)
            samples[media_type] = encoded.getvalue()
    samples["application/pdf"] = _blank_pdf()
    return samples


def _blank_pdf() -> bytes:
    document = pypdfium2.PdfDocument.new()
    with contextlib.closing(document):
        document.new_page(50, 50).close()
        encoded = io.BytesIO()
        document.save(encoded)
        return encoded.getvalue()


_MAIL_SAMPLE = (
    b"From: =?koi8-r?B?6Q==?= <a@example.org>\nDate: Mon, 10 Aug 2020 12:00:00 +0300\n"
    b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
    b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\neA==\n"
    b"--x\nContent-Type: message/rfc822\n\nSubject: y\n\nz\n--x--\n"
)
