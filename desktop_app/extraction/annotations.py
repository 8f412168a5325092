"""What stands on a page of a PDF and is not in its own text: filled forms, comments, stamps."""

import ctypes
from collections.abc import Callable, Iterator

import pypdfium2
import pypdfium2.raw as pdfium

_PER_PAGE = 2_000
_OPTIONS = 1_000  # per field; PDFium looks each one up anew
_BYTES = 40_000  # of one text, in UTF-16
# Kinds that show words of their own, which PDFium counts as part of the page once pressed into it.
_DRAWN = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
_BOXES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_CHOICES = (pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_NO_WORDS = frozenset({"", "yes", "on", "off"})  # names of a box that is ticked


def texts(page: pypdfium2.PdfPage) -> list[str]:
    """Return what was typed or chosen in fields and written in comments, in the page's order.

    Of the fields, it gives the value, also one that only the parent of a field holds; of the
    choices, the words that a reader sees; of all other annotations the remark.
    """
    found: list[str] = []
    for annotation in _each(page):
        if pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_WIDGET:
            found.append(_under(annotation, b"Contents"))
        elif page.formenv is None:
            found.append(_under(annotation, b"V"))
        else:
            found += _values(page.formenv.raw, annotation)
    return [text for text in found if text]


def press_in(page: pypdfium2.PdfPage) -> bool:
    """Make what annotations draw a part of the page; return whether its text may have grown.

    Only the document in memory changes. The page must be opened again to see it.
    """
    kinds = [pdfium.FPDFAnnot_GetSubtype(annotation) for annotation in _each(page)]
    if not any(kind in _DRAWN for kind in kinds):
        return False
    done = pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
    return bool(done == pdfium.FLATTEN_SUCCESS)


def _each(page: pypdfium2.PdfPage) -> Iterator[object]:
    """Yield the annotations one after another, each open only until the next."""
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _PER_PAGE)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if annotation:
            try:
                yield annotation
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)


def _values(form: object, annotation: object) -> list[str]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind == pdfium.FPDF_FORMFIELD_PUSHBUTTON:
        return []
    if kind in _BOXES:
        return _ticked(form, annotation)
    chosen = list(_chosen(form, annotation)) if kind in _CHOICES else []
    return chosen or [_text(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)]


def _ticked(form: object, annotation: object) -> list[str]:
    """Return the name of a box that is ticked, where it is one for people."""
    if not pdfium.FPDFAnnot_IsChecked(form, annotation):
        return []
    name = _text(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation)
    return [] if name.lower() in _NO_WORDS or name.isdigit() else [name]


def _chosen(form: object, annotation: object) -> Iterator[str]:
    for option in range(min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), _OPTIONS)):
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, option):
            yield _text(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, option)


def _under(annotation: object, key: bytes) -> str:
    return _text(pdfium.FPDFAnnot_GetStringValue, annotation, key)


def _text(ask: Callable[..., int], *about: object) -> str:
    """Return a text that PDFium hands out in UTF-16 with two bytes of zero at its end."""
    size = ask(*about, None, 0)
    if not 2 < size <= _BYTES:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(*about, buffer, size)
    text = bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
