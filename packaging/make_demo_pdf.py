"""Papers of the demo as PDF with text, embedded fonts, a running head and page numbers.

Used by make_demo.py. Needs reportlab and the fonts Liberation.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from make_demo_papers import Paper, column_widths

LIBERATION = Path("/usr/share/fonts/truetype/liberation")
A4_WIDTH = 595.3  # points


def write_pdf(paper: Paper, path: Path) -> None:
    """Write `paper` as a PDF with text, embedded fonts, a running head and page numbers."""
    # Loaded by name: reportlab has no types and is not among the libraries of the program.
    platypus = importlib.import_module("reportlab.platypus")
    styles = _pdf_styles()

    def frame(canvas: Any, document: Any) -> None:
        _pdf_head(canvas, document, paper)

    parts: list[object] = []
    for block in paper.blocks:
        if block.kind == "break":
            parts.append(platypus.PageBreak())
        elif block.kind == "table":
            parts.append(_pdf_table(block.rows, styles))
        else:
            parts.append(platypus.Paragraph(escape(block.text), styles[block.kind]))
    margin = 62
    document = platypus.SimpleDocTemplate(
        str(path), leftMargin=margin + 12, rightMargin=margin, topMargin=72, bottomMargin=66,
        title=paper.title, author=paper.author, invariant=1,
    )  # fmt: skip
    document.build(parts, onFirstPage=frame, onLaterPages=frame)


def _pdf_head(canvas: Any, document: Any, paper: Paper) -> None:
    canvas.saveState()
    canvas.setFont("Serif", 9)
    canvas.setFillGray(0.4)
    canvas.drawCentredString(A4_WIDTH / 2, 802, paper.header)
    canvas.drawCentredString(A4_WIDTH / 2, 34, str(document.page))
    canvas.restoreState()


def _pdf_styles() -> dict[str, object]:
    metrics = importlib.import_module("reportlab.pdfbase.pdfmetrics")
    fonts = importlib.import_module("reportlab.pdfbase.ttfonts")
    sheet = importlib.import_module("reportlab.lib.styles")
    for name, file in (("Serif", "LiberationSerif-Regular"), ("SerifBold", "LiberationSerif-Bold")):
        metrics.registerFont(fonts.TTFont(name, str(LIBERATION / f"{file}.ttf")))
    left, centre, right, justified = 0, 1, 2, 4

    def style(font: str, size: int, align: int, before: int, after: int) -> object:
        return sheet.ParagraphStyle(
            font, fontName=font, fontSize=size, leading=size * 1.45, alignment=align,
            spaceBefore=before, spaceAfter=after,
        )  # fmt: skip

    return {
        "heading": style("SerifBold", 14, centre, 4, 6),
        "subheading": style("SerifBold", 13, left, 12, 6),
        "right": style("Serif", 13, right, 0, 5),
        "text": style("Serif", 13, justified, 0, 9),
        "cell": style("Serif", 10, left, 0, 0),
        "head": style("SerifBold", 10, left, 0, 0),
    }


def _pdf_table(rows: tuple[tuple[str, ...], ...], styles: dict[str, object]) -> object:
    platypus = importlib.import_module("reportlab.platypus")
    cells = [
        [platypus.Paragraph(escape(cell), styles["cell" if place else "head"]) for cell in row]
        for place, row in enumerate(rows)
    ]
    table = platypus.Table(cells, colWidths=column_widths(rows, 455), spaceAfter=12)
    whole = ((0, 0), (-1, -1))
    table.setStyle([("GRID", *whole, 0.5, (0.5, 0.5, 0.5)), ("VALIGN", *whole, "TOP")])
    return table
