"""PDF by PDFium."""

import zlib

import pytest

from desktop_app.domain.reading import Limits, Outcome
from desktop_app.extraction import pdf
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.sniff import Guess
from tests.helpers import samples
from tests.helpers.reading import facts_of, read


def test_a_pdf_gives_text_by_page_facts_and_a_picture() -> None:
    info = "/Title (Verdict) /Author (Court) /CreationDate (D:20200810123000+03'00')"
    outcome, found = read(samples.pdf(["first page", "", "third page"], info), "a.pdf")
    assert outcome is Outcome.READ
    assert [page.strip() for page in found.pages] == ["first page", "", "third page"]
    facts = facts_of(found)
    assert (facts["title"], facts["author"], facts["pages"]) == ("Verdict", "Court", "3")
    assert facts["created"] == "2020-08-10T12:30:00+03:00"
    assert found.thumbnail is not None
    assert (found.thumbnail.width, found.thumbnail.height) == (320, 214)
    assert len(set(found.thumbnail.rgb)) > 1  # something is drawn on it


def test_h08_script_launch_and_embedded_files_are_flagged() -> None:
    extra = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /A << /S /Launch /F (x) >>"
    _outcome, found = read(samples.pdf(["x"], extra=extra), "a.pdf")
    assert {"javascript", "launch"} <= set(found.flags)


def test_form_fields_and_comments_are_text() -> None:
    content = samples.pdf(["page"]).replace(
        b"/Contents 5 0 R",
        b"/Contents 5 0 R /Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (typed in) "
        b"/Rect [0 0 9 9] >> << /Type /Annot /Subtype /Text /Contents (a remark) "
        b"/Rect [0 0 9 9] >>]",
    )
    _outcome, found = read(content, "a.pdf")  # the table of offsets is wrong now: repaired
    assert "typed in" in found.pages[0]
    assert "a remark" in found.pages[0]


def form_text() -> str:
    outcome, found = read(samples.form(), "a.pdf")
    assert outcome is Outcome.READ
    assert len(found.pages) == 1
    return found.pages[0]


def test_what_was_filled_into_a_form_is_text() -> None:
    words = form_text().split()
    assert "printed" in words
    assert "Заявіца" in words  # only the parent of the field that is on the page holds it
    assert {"Minsk", "arrest", "beating", "wounded"} <= set(words)


def test_choices_that_nobody_made_or_sees_are_not_text() -> None:
    assert "Hrodna" not in form_text()


def test_what_annotations_draw_and_say_is_text_once() -> None:
    text = form_text()
    for words in ("Send now", "a remark", "in the margin", "seen once"):
        assert text.count(words) == 1
    assert "seen  once" not in text  # the value is what is drawn, but for spaces


def test_annotations_are_not_drawn_again_where_drawing_failed() -> None:
    content = samples.form()
    found = Found(Limits(), "application/pdf")
    guess = Guess("document", "application/pdf")
    pdf.read(Ask(content, "a.pdf", guess, Limits(), text_only=True), found)
    assert "Заявіца" in found.pages[0]
    assert "Send now" not in found.pages[0]


def test_a_damaged_pdf_is_damaged() -> None:
    assert read(b"%PDF-1.4\n" + bytes(500), "a.pdf")[0] is Outcome.DAMAGED


def test_a_pdf_cut_short_is_repaired_as_far_as_it_goes() -> None:
    content = samples.pdf(["first page", "second page"])
    outcome, _found = read(content[: content.index(b"xref")], "a.pdf")
    assert outcome in (Outcome.READ, Outcome.DAMAGED)


def test_pages_beyond_the_limit_are_told() -> None:
    outcome, found = read(samples.pdf(["x"] * 5), "a.pdf", Limits(pages=3))
    assert outcome is Outcome.TOO_LARGE
    assert len(found.pages) == 3
    assert found.flags == ["truncated"]


def test_a_pdf_of_pictures_only_says_so() -> None:
    outcome, found = read(samples.picture("PDF", (200, 100)), "scan.pdf")
    assert outcome is Outcome.READ
    assert found.flags == ["pictures-only"]
    assert found.thumbnail is not None


LOCKED = (
    b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>"
    b"endobj\n3 0 obj<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]>>\n%%%%EOF" % (b"11" * 32, b"22" * 32)
)


def test_a_pdf_with_an_unknown_password_is_locked() -> None:
    assert read(LOCKED, "a.pdf")[0] is Outcome.LOCKED


@pytest.mark.parametrize("size", [50 << 20])
def test_h01_a_stream_that_unpacks_to_much_is_bounded(size: int) -> None:
    packed = zlib.compress(b" " * size)
    content = samples.pdf(["x"]).replace(
        b"<< /Length 35 >>\nstream\nBT /F1 18 Tf 20 100 Td (x) Tj ET",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s" % (len(packed), packed),
    )
    outcome, _found = read(content, "a.pdf")
    assert outcome in (Outcome.READ, Outcome.EMPTY, Outcome.DAMAGED, Outcome.TOO_LARGE)
