"""PDF by PDFium: the text page by page, notes and form fields, the facts, a picture of page 1.

Nothing in it is ever run: this build of PDFium has neither JavaScript nor XFA.
"""

import contextlib
import re

import pypdfium2
import pypdfium2.raw as pdfium

from desktop_app.domain.reading import Outcome, Picture
from desktop_app.extraction import annotations
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.extraction.replies import THUMBNAIL_SIDE
from desktop_app.i18n import N_

_FACTS = (
    ("title", "Title"),
    ("author", "Author"),
    ("subject", "Subject"),
    ("keywords", "Keywords"),
    ("program", "Creator"),
    ("program", "Producer"),
)
_TIMES = (("created", "CreationDate"), ("modified", "ModDate"))
# 32000, Table 38; the end is often cut or odd.
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(Z|[+-]\d\d'?\d\d)?")
_HYPHEN = re.compile("[\x02\ufffe](?:\r\n|\n)?")  # where PDFium found a word divided over two lines
_PAGES_FOR_PICTURES = 5


def read(ask: Ask, found: Found) -> None:
    """Read one PDF."""
    document = _open(ask.content)
    with contextlib.closing(document):
        _flags(document, ask.content, found)
        _facts(document, found)
        count = len(document)
        found.add_fact("pages", count, "pdf")
        if not count:
            raise Refusal(Outcome.DAMAGED, N_("no page that can be read"))
        with contextlib.suppress(pypdfium2.PdfiumError):
            document.init_forms()
        if ask.text_only:
            found.add_flag("not-drawn")
        else:
            found.thumbnail = _thumbnail(document)
        _texts(document, count, ask, found)
        if not any(page.strip() for page in found.pages) and _has_pictures(document, count):
            found.add_flag("pictures-only")


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pdfium.FPDF_ERR_PASSWORD or "assword" in str(error):
            raise Refusal(Outcome.LOCKED, N_("needs a password")) from error
        if code == pdfium.FPDF_ERR_SECURITY or "ecurity" in str(error):
            raise Refusal(Outcome.LOCKED, N_("encrypted in a way that is not supported")) from error
        raise Refusal(Outcome.DAMAGED, N_("damaged")) from error


def _flags(document: pypdfium2.PdfDocument, content: bytes, found: Found) -> None:
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0 or b"/JavaScript" in content:
        found.add_flag("javascript")
    if b"/Launch" in content:
        found.add_flag("launch")
    if document.count_attachments() > 0 or b"/EmbeddedFile" in content:
        found.add_flag("embedded-files")


def _facts(document: pypdfium2.PdfDocument, found: Found) -> None:
    values = document.get_metadata_dict(skip_empty=True)
    for name, label in _FACTS:
        found.add_fact(name, values.get(label, ""), f"pdf:{label}")
    for name, label in _TIMES:
        found.add_fact(name, _time(values.get(label, "")), f"pdf:{label}")


def _time(value: str) -> str:
    """Return a PDF date as ISO 8601, as exact as it is; empty if it is none."""
    match = _DATE.match(value.strip())
    if not match:
        return ""
    year, month, day, hour, minute, second, zone = match.groups()
    if not 1 <= int(month or 1) <= 12 or not 1 <= int(day or 1) <= 31:
        return ""
    date = "-".join(part for part in (year, month, day) if part)
    if not (day and hour and minute) or int(hour) > 23 or int(minute) > 59:
        return date
    zone = (zone or "").replace("'", "")
    zone = zone if zone in ("", "Z") else f"{zone[:3]}:{zone[3:]}"
    return f"{date}T{hour}:{minute}:{second or '00'}{zone}"


def _texts(document: pypdfium2.PdfDocument, count: int, ask: Ask, found: Found) -> None:
    for index in range(count):
        if not ask.has_time():
            raise Refusal(Outcome.TOO_LARGE, N_("not all of it was read: that would take too long"))
        found.add_page(_page_text(document, index, ask, found))


def _page_text(document: pypdfium2.PdfDocument, index: int, ask: Ask, found: Found) -> str:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:  # a damaged page does not end the others
        found.add_flag("damaged")
        return ""
    with contextlib.closing(page):
        text = _own_text(page)
        notes = annotations.texts(page)
        grown = not ask.text_only and annotations.press_in(page)
    if grown:
        with (
            contextlib.suppress(pypdfium2.PdfiumError),
            contextlib.closing(document[index]) as page,
        ):
            text = _own_text(page)
    seen = _in_one_line(text)
    return "\n".join([text, *(note for note in notes if _in_one_line(note) not in seen)])


def _own_text(page: pypdfium2.PdfPage) -> str:
    with contextlib.closing(page.get_textpage()) as text_page:
        text = text_page.get_text_range()
    return _HYPHEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _thumbnail(document: pypdfium2.PdfDocument) -> Picture | None:
    try:
        page = document[0]
        with contextlib.closing(page):
            longest = max(page.get_size())
            if not 0 < longest < 1e6:
                return None
            bitmap = page.render(scale=min(THUMBNAIL_SIDE / longest, 4.0), rev_byteorder=True)
            with contextlib.closing(bitmap):
                image = bitmap.to_pil().convert("RGB")
                image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
                return Picture(image.width, image.height, image.tobytes())
    except (pypdfium2.PdfiumError, ValueError, OSError, AssertionError):
        return None  # the text may still be there


def _has_pictures(document: pypdfium2.PdfDocument, count: int) -> bool:
    for index in range(min(count, _PAGES_FOR_PICTURES)):
        with (
            contextlib.suppress(pypdfium2.PdfiumError),
            contextlib.closing(document[index]) as page,
        ):
            if next(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3), None):
                return True
    return False
