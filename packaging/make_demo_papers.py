"""Letters and lists of the demo: a small markup turned into DOCX and ODT (PDF: make_demo_pdf.py).

Used by make_demo.py. The packages are written here, so that the same texts give the same bytes.

The markup: `key: value` lines up to the first empty line (title, author, created, header), then
paragraphs; `# ` and `## ` are headings, `> ` is set to the right, `| a | b |` is a table whose
first row is its head, `---` alone begins a new page.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

ZIP_TIME = (2022, 5, 2, 12, 0, 0)


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page: `kind` is heading, subheading, right, text, table or break."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A text ready to be set; `created` is ISO 8601 in UTC."""

    title: str
    author: str
    created: str
    header: str
    blocks: tuple[Block, ...]


def read_paper(path: Path) -> Paper:
    """Read the markup of one source text."""
    head, _, body = path.read_text("utf-8").partition("\n\n")
    body = re.sub(r"(?<=\d) r\.", "\u00a0r.", body)  # "2021 r." stays on one line in Polish
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    return Paper(facts["title"], facts["author"], facts["created"], facts["header"], _blocks(body))


def _blocks(body: str) -> tuple[Block, ...]:
    found: list[Block] = []
    for line in body.splitlines():
        if line.startswith("| "):
            row = tuple(cell.strip() for cell in line.strip("| ").split(" | "))
            rows = found.pop().rows if found and found[-1].kind == "table" else ()
            found.append(Block("table", rows=(*rows, row)))
        elif line == "---":
            found.append(Block("break"))
        elif line:
            found.append(_line(line))
    return tuple(found)


def _line(line: str) -> Block:
    marks = {"# ": "heading", "## ": "subheading", "> ": "right"}
    for mark, kind in marks.items():
        if line.startswith(mark):
            return Block(kind, line.removeprefix(mark))
    return Block("text", line)


def column_widths(rows: tuple[tuple[str, ...], ...], whole: float) -> list[float]:
    """Share `whole` among the columns by their longest cell, so that none is very narrow."""
    weights = [min(max(len(cell) for cell in column) + 7, 32) for column in zip(*rows, strict=True)]
    return [whole * weight / sum(weights) for weight in weights]


def _zip(path: Path, parts: dict[str, str]) -> None:
    """Write the parts in order with a fixed time; "mimetype" stays uncompressed, as ODF asks."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, ZIP_TIME)
            stored = name == "mimetype"
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode())


# --- DOCX ---------------------------------------------------------------------------------------

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD_PARTS = {"document": "document.main", "styles": "styles", "header1": "header"}


def write_docx(paper: Paper, path: Path) -> None:
    """Write `paper` as a Word document with a page header, styles and properties."""
    body = "".join(_docx_block(block) for block in paper.blocks)
    section = (
        f'<w:sectPr><w:headerReference xmlns:r="{REL}" w:type="default" r:id="rId2"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="850" w:bottom="1134" '
        'w:left="1701" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    header = _docx_paragraph(paper.header, "Header")
    parts = {
        "[Content_Types].xml": _docx_types(),
        "_rels/.rels": _relations(
            (f"{REL}/officeDocument", "word/document.xml"),
            (f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": _docx_properties(paper),
        "word/document.xml": f"{XML}<w:document {W}><w:body>{body}{section}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations(
            (f"{REL}/styles", "styles.xml"), (f"{REL}/header", "header1.xml")
        ),
        "word/styles.xml": _docx_styles(),
        "word/header1.xml": f"{XML}<w:hdr {W}>{header}</w:hdr>",
    }
    _zip(path, parts)


def _docx_types() -> str:
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{office}.{kind}+xml"/>'
        for name, kind in WORD_PARTS.items()
    )
    package = "application/vnd.openxmlformats-package"
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{package}.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}'
        f'<Override PartName="/docProps/core.xml" ContentType="{package}.core-properties+xml"/>'
        "</Types>"
    )


def _relations(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _docx_properties(paper: Paper) -> str:
    when = f'<dcterms:{{0}} xsi:type="dcterms:W3CDTF">{paper.created}</dcterms:{{0}}>'
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(paper.title)}</dc:title><dc:creator>{escape(paper.author)}</dc:creator>"
        f"{when.format('created')}{when.format('modified')}</cp:coreProperties>"
    )


def _docx_styles() -> str:
    def style(name: str, label: str, paragraph: str, run: str) -> str:
        return (
            f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{label}"/>'
            f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
        )

    font = (
        '<w:rFonts w:ascii="Liberation Serif" w:hAnsi="Liberation Serif" w:cs="Times New Roman"/>'
    )
    gap = '<w:spacing w:before="{}" w:after="{}"/>'
    centre, bold = '<w:jc w:val="center"/>', "<w:b/>"
    return (
        f"{XML}<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>{font}"
        '<w:sz w:val="24"/></w:rPr></w:rPrDefault></w:docDefaults>'
        + style("Normal", "Normal", gap.format(0, 120) + '<w:jc w:val="both"/>', "")
        + style(
            "Heading1", "heading 1", gap.format(160, 60) + centre, f'{font}{bold}<w:sz w:val="30"/>'
        )
        + style("Heading2", "heading 2", "<w:keepNext/>" + gap.format(200, 80), font + bold)
        + style("Right", "Right", gap.format(0, 40) + '<w:jc w:val="right"/>', "")
        + style("Cell", "Cell", gap.format(20, 20), '<w:sz w:val="20"/>')
        + style("Header", "header", centre, '<w:color w:val="777777"/><w:sz w:val="18"/>')
        + "</w:styles>"
    )


def _docx_paragraph(text: str, style: str, *, bold: bool = False) -> str:
    run = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:r>{run}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def _docx_block(block: Block) -> str:
    if block.kind == "break":
        return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    if block.kind == "table":
        return _docx_table(block.rows)
    styles = {"heading": "Heading1", "subheading": "Heading2", "right": "Right", "text": "Normal"}
    return _docx_paragraph(block.text, styles[block.kind])


def _docx_table(rows: tuple[tuple[str, ...], ...]) -> str:
    widths = column_widths(rows, 9355)  # the width of the text on A4, in twentieths of a point
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:color="888888"/>' for side in sides)
    lines = ""
    for number, row in enumerate(rows):
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width:.0f}" w:type="dxa"/></w:tcPr>'
            f"{_docx_paragraph(cell, 'Cell', bold=number == 0)}</w:tc>"
            for cell, width in zip(row, widths, strict=True)
        )
        lines += f"<w:tr>{cells}</w:tr>"
    grid = "".join(f'<w:gridCol w:w="{width:.0f}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="9355" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>{_docx_paragraph('', 'Normal')}"
    )


# --- ODT ----------------------------------------------------------------------------------------

ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODF_NAMES = (
    f'xmlns:office="{ODF}:office:1.0" xmlns:text="{ODF}:text:1.0" xmlns:table="{ODF}:table:1.0" '
    f'xmlns:style="{ODF}:style:1.0" xmlns:fo="{ODF}:xsl-fo-compatible:1.0" '
    f'xmlns:meta="{ODF}:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'office:version="1.2"'
)
ODT_TYPE = "application/vnd.oasis.opendocument.text"


def write_odt(paper: Paper, path: Path) -> None:
    """Write `paper` as an OpenDocument text with a page header and properties."""
    body = "".join(_odt_block(block, number) for number, block in enumerate(paper.blocks))
    names = ("content.xml", "styles.xml", "meta.xml")
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in names
    )
    parts = {
        "mimetype": ODT_TYPE,
        "content.xml": (
            f"{XML}<office:document-content {ODF_NAMES}><office:automatic-styles>"
            '<style:style style:name="cell" style:family="table-cell"><style:table-cell-properties '
            'fo:border="0.5pt solid #888888" fo:padding="0.1cm"/></style:style>'
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>"
        ),
        "styles.xml": _odt_styles(paper.header),
        "meta.xml": (
            f"{XML}<office:document-meta {ODF_NAMES}><office:meta>"
            f"<dc:title>{escape(paper.title)}</dc:title>"
            f"<meta:initial-creator>{escape(paper.author)}</meta:initial-creator>"
            f"<dc:creator>{escape(paper.author)}</dc:creator>"
            f"<meta:creation-date>{paper.created}</meta:creation-date>"
            f"<dc:date>{paper.created}</dc:date></office:meta></office:document-meta>"
        ),
        "META-INF/manifest.xml": (
            f'{XML}<manifest:manifest xmlns:manifest="{ODF}:manifest:1.0" manifest:version="1.2">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT_TYPE}"/>'
            f"{entries}</manifest:manifest>"
        ),
    }
    _zip(path, parts)


def _odt_styles(header: str) -> str:
    def style(name: str, paragraph: str, run: str) -> str:
        return (
            f'<style:style style:name="{name}" style:family="paragraph">'
            f"<style:paragraph-properties {paragraph}/><style:text-properties "
            f'style:font-name="Liberation Serif" {run}/></style:style>'
        )

    bold, after = 'fo:font-weight="bold"', 'fo:margin-bottom="0.2cm"'
    centre = 'fo:text-align="center"'
    return (
        f"{XML}<office:document-styles {ODF_NAMES}><office:font-face-decls>"
        '<style:font-face style:name="Liberation Serif"/></office:font-face-decls><office:styles>'
        + style("Standard", f'{after} fo:text-align="justify"', 'fo:font-size="12pt"')
        + style("Title1", f"{after} {centre}", f'fo:font-size="15pt" {bold}')
        + style("Title2", f'{after} fo:margin-top="0.3cm"', f'fo:font-size="12pt" {bold}')
        + style("Right", f'{after} fo:text-align="end"', 'fo:font-size="12pt"')
        + style("Page", f'{after} fo:break-before="page"', 'fo:font-size="12pt"')
        + style("Cell", "", 'fo:font-size="10pt"')
        + style("Head", "", f'fo:font-size="10pt" {bold}')
        + style("Header", centre, 'fo:font-size="9pt" fo:color="#777777"')
        + '</office:styles><office:automatic-styles><style:page-layout style:name="A4">'
        '<style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" '
        'fo:margin="2cm"/></style:page-layout></office:automatic-styles><office:master-styles>'
        '<style:master-page style:name="Standard" style:page-layout-name="A4"><style:header>'
        f'<text:p text:style-name="Header">{escape(header)}</text:p></style:header>'
        "</style:master-page></office:master-styles></office:document-styles>"
    )


def _odt_block(block: Block, number: int) -> str:
    text = escape(block.text)
    if block.kind == "table":
        return _odt_table(block.rows, number)
    if block.kind == "heading":
        return f'<text:h text:style-name="Title1" text:outline-level="1">{text}</text:h>'
    if block.kind == "subheading":
        return f'<text:h text:style-name="Title2" text:outline-level="2">{text}</text:h>'
    style = {"right": "Right", "break": "Page"}.get(block.kind, "Standard")
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def _odt_table(rows: tuple[tuple[str, ...], ...], number: int) -> str:
    lines = ""
    for place, row in enumerate(rows):
        style = "Cell" if place else "Head"
        cells = "".join(
            '<table:table-cell table:style-name="cell" office:value-type="string">'
            f'<text:p text:style-name="{style}">{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        lines += f"<table:table-row>{cells}</table:table-row>"
    columns = f'<table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
    return f'<table:table table:name="T{number}">{columns}{lines}</table:table>'
