"""DOCX, ODT and their relatives, and bombs in zip and XML (H01, H09)."""

import io
import zipfile

import pytest

from desktop_app.domain.reading import Limits, Outcome
from desktop_app.extraction import kinds
from tests.helpers import samples
from tests.helpers.reading import facts_of, read, text_of
from tests.helpers.samples import docx, odt, paragraph


def test_docx_gives_body_notes_comments_headers_and_boxes() -> None:
    parts = {
        name: f'<w:x xmlns:w="{samples.WORD}">{paragraph(name)}</w:x>'
        for name in ("footnotes.xml", "endnotes.xml", "comments.xml", "header1.xml", "footer2.xml")
    }
    box = f"<w:p><w:r><w:pict><v:textbox>{paragraph('у рамцы')}</v:textbox></w:pict></w:r></w:p>"
    text = text_of(docx(paragraph("Заява ў пракуратуру") + box, parts), "a.docx")
    for word in ("Заява ў пракуратуру", "у рамцы", *parts):
        assert text.count(word) == 1


def test_docx_facts() -> None:
    _outcome, found = read(docx(paragraph("x")), "a.docx")
    facts = facts_of(found)
    assert facts["title"] == "Скарга"
    assert facts["author"] == "N. N."
    assert facts["created"] == "2020-08-10T10:00:00Z"


def test_docx_tabs_breaks_and_tables() -> None:
    cell = "<w:tc>{}</w:tc>"
    cells = cell.format(paragraph("Імя")) + cell.format(paragraph("Дата"))
    row = "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t>"
    row += "<w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>"
    text = text_of(docx(f"{row}<w:tbl><w:tr>{cells}</w:tr></w:tbl>"), "a.docx")
    assert "a\tb\nc-d" in text
    assert "Імя \tДата" in text


def test_docx_keeps_deleted_text_and_does_not_double_moved_or_alternative_text() -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>выкраслена</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>перанесена</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t>перанесена</w:t></w:r></w:moveTo>"
        "<mc:AlternateContent><mc:Choice><w:r><w:t>выбар</w:t></w:r></mc:Choice>"
        "<mc:Fallback><w:r><w:t>выбар</w:t></w:r></mc:Fallback></mc:AlternateContent>"
        "<mc:AlternateContent><mc:Choice/><mc:Fallback><w:r><w:t>запас</w:t></w:r></mc:Fallback>"
        "</mc:AlternateContent></w:p>"
    )
    text = text_of(docx(body), "a.docx")
    assert [text.count(w) for w in ("выкраслена", "перанесена", "выбар", "запас")] == [1, 1, 1, 1]


def test_h09_macros_dde_and_remote_templates_are_flagged() -> None:
    field = '<w:p><w:r><w:instrText> DDEAUTO c:\\\\cmd.exe "/k calc" </w:instrText></w:r></w:p>'
    relation = (
        f'<Relationships><Relationship Id="1" Type="{samples.OFFICE}/attachedTemplate" '
        'Target="http://example.org/x.dotm" TargetMode="External"/></Relationships>'
    )
    more = {"vbaProject.bin": b"\xd0\xcf", "_rels/settings.xml.rels": relation}
    _outcome, found = read(docx(paragraph("x") + field, more, "macroEnabled.main"), "a.docm")
    assert {"macros", "dde", "remote-template"} <= set(found.flags)
    assert "cmd.exe" not in found.pages[0]


def test_docx_with_pages_of_another_format_inside() -> None:
    mht = (
        b"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>\xd0\xa3\xd1\x81\xd1\x91"
    )
    text = text_of(docx("", {"afchunk.mht": mht, "b.htm": "<p>і тут"}), "a.docx")
    assert "Усё" in text
    assert "і тут" in text


def test_a_docx_without_text_shows_its_picture() -> None:
    content = docx("<w:p/>", {"media/image1.png": samples.picture("PNG", (900, 300))})
    outcome, found = read(content, "a.docx")
    assert outcome is Outcome.READ
    assert found.thumbnail is not None
    assert (found.thumbnail.width, found.thumbnail.height) == (320, 107)


def test_a_docx_without_anything_is_empty() -> None:
    assert read(docx("<w:p/>"), "a.docx")[0] is Outcome.EMPTY


def test_a_docx_that_breaks_off_gives_what_stands_before() -> None:
    whole = zipfile.ZipFile(io.BytesIO(docx(paragraph("пачатак ліста"))))
    parts = {name: whole.read(name) for name in whole.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"][:-30]
    outcome, found = read(samples.zipped(parts), "a.docx")
    assert outcome is Outcome.READ
    assert found.flags == ["damaged"]
    assert "пачатак ліста" in found.pages[0]


def test_a_zip_cut_in_half_is_damaged() -> None:
    content = docx(paragraph("x" * 5000))
    outcome, found = read(content[: len(content) // 2], "a.docx")
    assert outcome is Outcome.DAMAGED
    assert found.media_type == kinds.DOCX


def test_h01_a_part_that_unpacks_to_a_gigabyte_is_too_large() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            part.write(b"<a>")
            for _megabyte in range(64):
                part.write(b"\n" * (1 << 20))
    assert read(packed.getvalue(), "a.docx")[0] is Outcome.TOO_LARGE


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_h01_xml_entities_are_refused(kind: str) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    bomb += '<x xmlns:w="w"><w:t>&a9;&f;</w:t><p>&a9;</p></x>'
    if kind == "docx":
        content = samples.zipped({"[Content_Types].xml": "", "word/document.xml": bomb})
    else:
        content = samples.zipped(
            {"mimetype": kinds.ODT, "content.xml": bomb, "META-INF/manifest.xml": "<x/>"}
        )
    outcome, found = read(content, f"a.{kind}")
    assert outcome in (Outcome.EMPTY, Outcome.DAMAGED)
    assert "entities" in found.flags
    assert "".join(found.pages).strip() == ""


def test_h10_a_part_that_is_named_like_a_path_elsewhere_leads_nowhere() -> None:
    content = samples.zipped({"../../etc/passwd": "x", "/etc/shadow": "y", "a/b.txt": "z"})
    outcome, found = read(content, "a.zip")
    assert (outcome, found.media_type) == (Outcome.UNREAD, kinds.ZIP)


def test_odt_gives_text_tables_notes_and_margins() -> None:
    body = (
        '<text:h>Загаловак</text:h><text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d'
        "<text:note><text:note-body><text:p>зноска</text:p></text:note-body></text:note></text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell>"
        "<table:table-cell><text:p>2</text:p></table:table-cell></table:table-row></table:table>"
    )
    text = text_of(odt(body, "<text:p>калантытул</text:p>"), "a.odt")
    for words in ("Загаловак\n", "a   b\tc\nd", "зноска", "1 \t2", "калантытул"):
        assert words in text
    assert "not shown" not in text


def test_odt_facts() -> None:
    _outcome, found = read(odt("<text:p>x</text:p>"), "a.odt")
    assert facts_of(found)["title"] == "Ліст"
    assert facts_of(found)["author"] == "A."


def test_documents_behind_a_password_are_locked() -> None:
    manifest = "<m><file-entry><encryption-data/></file-entry></m>"
    encrypted = odt("", more={"META-INF/manifest.xml": manifest})
    parts = zipfile.ZipFile(io.BytesIO(encrypted))
    files = {name: parts.read(name) for name in parts.namelist()} | {"content.xml": b"\x8a\x01\x99"}
    assert read(samples.zipped(files, stored_first=True), "a.odt")[0] is Outcome.LOCKED
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    outcome, found = read(ole, "a.docx")
    assert outcome is Outcome.LOCKED
    assert found.flags == []


def test_too_much_text_is_cut_and_told() -> None:
    limits = Limits(text_bytes=1000)
    outcome, found = read(docx(paragraph("слова " * 500)), "a.docx", limits)
    assert outcome is Outcome.TOO_LARGE
    assert found.flags == ["truncated"]
    assert 900 < len(found.pages[0].encode()) <= 1000


def test_a_workbook_gives_a_page_per_sheet() -> None:
    sheet = (
        '<worksheet><sheetData><row><c t="s"><v>0</v></c><c><v>42</v></c></row>'
        '<row><c t="inlineStr"><is><t>у радку</t></is></c></row></sheetData></worksheet>'
    )
    content = samples.zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{samples.TYPES}"><Override PartName='
            '"/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sheet.main+xml"/></Types>',
            "xl/workbook.xml": '<workbook><sheets><sheet name="Спіс"/></sheets></workbook>',
            "xl/sharedStrings.xml": "<sst><si><t>Проз</t><t>вішча</t></si></sst>",
            "xl/worksheets/sheet1.xml": sheet,
        }
    )
    outcome, found = read(content, "a.xlsx")
    assert outcome is Outcome.READ
    assert found.pages == ["Спіс\nПрозвішча\t42\nу радку"]


def test_a_presentation_gives_a_page_per_slide_in_order() -> None:
    slide = "<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>"
    content = samples.zipped(
        {
            "[Content_Types].xml": "",
            "ppt/presentation.xml": "<x/>",
            **{f"ppt/slides/slide{n}.xml": slide.format(f"слайд {n}") for n in (10, 2, 1)},
        }
    )
    assert text_of(content, "a.pptx") == "слайд 1\nслайд 2\nслайд 10"


def test_a_book_gives_its_pages_in_the_order_of_its_spine() -> None:
    content = samples.zipped(
        {
            "mimetype": kinds.EPUB,
            "META-INF/container.xml": '<c><rootfile full-path="OPS/p.opf"/></c>',
            "OPS/p.opf": '<package xmlns:dc="d"><dc:title>Кніга</dc:title><manifest>'
            '<item id="a" href="a%20b.xhtml"/><item id="c" href="../c.xhtml"/></manifest>'
            '<spine><itemref idref="c"/><itemref idref="a"/></spine></package>',
            "OPS/a b.xhtml": "<html><p>другая</html>",
            "c.xhtml": "<html><p>першая</html>",
        },
        stored_first=True,
    )
    outcome, found = read(content, "a.epub")
    assert outcome is Outcome.READ
    assert found.pages == ["першая", "другая"]
    assert facts_of(found)["title"] == "Кніга"
