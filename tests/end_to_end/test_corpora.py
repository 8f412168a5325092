"""All real files of the corpora, taken in once by the command line, looked at from every side."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bagit
import pytest

from desktop_app.archive import check, export, lookup, records
from desktop_app.archive.archive import Archive
from tests.helpers.archives import make_archive, reopened
from tests.helpers.command import skrynia

FOLDERS = ("documents", "photos")
NAMED = {  # the formats that the issue names, by the ends of their names
    "txt": "plain text", "pdf": "PDF", "docx": "DOCX", "odt": "ODT", "html": "HTML",
    "eml": "EML", "jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WebP",
    "heic": "HEIC", "heif": "HEIC", "tif": "TIFF", "tiff": "TIFF",
}  # fmt: skip
SHARE_READ = 0.95

# Damaged or locked, and how that is known without our own program.
DAMAGED_OR_LOCKED = {
    "documents/pdf/tika-testPDF_no_extract_yes_accessibility_owner_user.pdf": (
        "locked: pdfinfo says 'Incorrect password'"
    ),
    "photos/pillow/libtiff_segfault.tif": (
        "damaged: 262 bytes that promise 65535 samples a pixel and 900 rows; from a crash report"
    ),
    "photos/pillow/seek_too_large.tif": (
        "damaged: a BigTIFF of 16 bytes, whose first directory lies far beyond its end"
    ),
    "documents/html/libreoffice-ofz-msan-1.html": (
        "damaged: made by a fuzzer (the name says oss-fuzz), begins in the middle of a tag's name"
    ),
}
# Whole, and yet without text or picture, and why.
WITHOUT = {
    "documents/docx/libreoffice-line-wps-only.docx": "its document.xml holds a drawn line, no w:t",
    "documents/docx/libreoffice-tdf106492.docx": "its document.xml holds no w:t, no picture",
    "documents/docx/poi-OPCCompliance_CoreProperties_LimitedXSITypeAttribute_"
    "PresentWithUnauthorizedValueFAIL.docx": "an empty paragraph",
    "documents/docx/poi-OPCCompliance_CoreProperties_OnlyOneCorePropertiesPart.docx": (
        "an empty paragraph"
    ),
    "documents/odt/libreoffice-tdf124423.odt": "its content.xml holds no text and no picture",
    "documents/html/libreoffice-forcepoint99.html": "one script and tags without text",
    "photos/pillow/hopper_webp.tif": "a TIFF packed with WebP, which our libtiff cannot unpack",
}
# Rare words, each seen in its file by pdftotext, by unzip and taking the tags away, or by eye.
WORDS = {
    "documents/docx/tika-testWORD_template.docx": "neverneverland",
    "documents/docx/poi-bug59058.docx": "biomonitoring",
    "documents/docx/poi-56392.docx": "predstavenstva",
    "documents/docx/libreoffice-table-row-data-displayed-twice.docx": "syncfusion",
    "documents/docx/poi-heading123.docx": "sociis",
    "documents/eml/tika-testRFC822_x-.eml": "thunderbird",
    "documents/html/kreuzberg-complex_table.html": "exceeded",
    "documents/odt/libreoffice-ooo77837-1.odt": "neuromancer",
    "documents/odt/libreoffice-tdf83798.odt": "greenbacks",
    "documents/odt/libreoffice-abi11870-2.odt": "auferstandenen",
    "documents/odt/libreoffice-tdf144319.odt": "asciimath",
    "documents/odt/kreuzberg-extraction_test.odt": "subsection",
    "documents/pdf/qpdf-boxes-flattened.pdf": "cropped",
    "documents/pdf/pdfjs-issue6931_reduced.pdf": "kreisverband",
    "documents/pdf/tika-testPDF-TIKA-4444.pdf": "dignissim",
    "documents/txt/poi-48936-strings.txt": "brassard",
    "documents/txt/pypdf-crazyones_layout_vertical_space_font_height_weight.txt": "vilify",
    "documents/txt/libreoffice-svtools-dialogs-test.txt": "restartdialog",
    "documents/txt/tika-a_bii-s-2_metabolite profiling_NMR spectroscopy.txt": "metabolite",
    "documents/txt/kreuzberg-podcasts_baseline.txt": "startalk",
    "documents/txt/tika-a_transcriptome.txt": "biotin",
}


@dataclass(frozen=True, slots=True)
class Run:
    """The one intake of this file."""

    folder: Path
    said: dict[str, Any]
    expected: dict[str, str]  # name from the corpora's folder on, SHA-256, of the files there


@pytest.fixture(scope="session")
def run(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Take everything in, by the command line, once."""
    folder = tmp_path_factory.mktemp("corpora") / "archive"
    make_archive(folder).close()
    ended = skrynia("intake", folder, *(corpora / one for one in FOLDERS), "--json")
    assert ended.code == 0, ended.err
    return Run(folder, ended.json, listed(corpora))


def listed(corpora: Path) -> dict[str, str]:
    """Return the index's SHA-256 of each file that lies there.

    The index lists two names twice (their other content is not beside the project), so the size
    has to fit, too; a file that is not in it at all fails the comparison.
    """
    found = {}
    for line in (corpora / "INDEX.tsv").read_text("utf-8").splitlines()[1:]:
        path, _source, size, sha256 = line.split("\t")
        there = corpora / path
        if path.startswith(FOLDERS) and there.is_file() and there.stat().st_size == int(size):
            found[path] = sha256
    return found


@pytest.fixture
def opened(run: Run) -> Iterator[Archive]:
    with reopened(run.folder) as archive:
        yield archive


def name(path: str, corpora: Path) -> str:
    return Path(path).relative_to(corpora).as_posix()


def reached(archive: Archive, record: Any) -> bool:
    """Return whether a record has text or a thumbnail."""
    shown = records.show(archive, record)
    picture = shown.reading is not None and shown.reading.thumbnail is not None
    return picture or any(page.strip() for page in shown.pages)


def test_every_file_is_in_the_archive_with_its_right_sha256(
    run: Run, corpora: Path, opened: Archive
) -> None:
    assert len(run.expected) > 500
    assert run.said["failed"] == []
    held = {}
    for one in run.said["taken"]:
        shown = records.show(opened, one["record"])
        held[name(one["path"], corpora)] = shown.record.attachments[0].sha256
        assert one["sha256"] == shown.record.attachments[0].sha256
    for one in run.said["skipped"]:
        assert one["reason"] == "duplicate"
        shown = records.show(opened, one["record"])
        held[name(one["path"], corpora)] = shown.record.attachments[0].sha256
    assert held == run.expected


def test_the_readers_were_shut_in_and_none_of_them_crashed(run: Run) -> None:
    assert run.said["isolation"] in ("full", "reduced")
    assert [one["path"] for one in run.said["taken"] if one["outcome"] == "crashed"] == []


def test_whole_files_of_the_named_formats_have_their_text_or_a_picture(
    run: Run, corpora: Path, opened: Archive
) -> None:
    whole, without = 0, []
    for one in run.said["taken"]:
        path = name(one["path"], corpora)
        if path.rpartition(".")[2].lower() in NAMED and path not in DAMAGED_OR_LOCKED:
            whole += 1
            without += [] if reached(opened, one["record"]) else [path]
    assert 1 - len(without) / whole >= SHARE_READ, without
    assert set(without) <= set(WITHOUT)  # each has a reason that a person looked up


def test_what_has_neither_text_nor_picture_says_why(run: Run, corpora: Path) -> None:
    for one in run.said["taken"]:
        assert one["outcome"] == "read" or one["why"], one["path"]


def test_a_table_of_what_was_read_can_be_printed(run: Run, corpora: Path, opened: Archive) -> None:
    files, read, kept = Counter[str](), Counter[str](), {}
    for one in run.said["taken"]:
        kind = name(one["path"], corpora).rpartition(".")[2].lower()
        files[kind] += 1
        read[kind] += reached(opened, one["record"])
        if one["outcome"] != "read":
            kept.setdefault(kind, Counter[str]())[f"{one['outcome']}: {one['why']}"] += 1
    for kind, count in sorted(files.items()):
        why = "; ".join(f"{number} × {reason}" for reason, number in kept.get(kind, {}).items())
        print(f"{kind:6}{count:5}{read[kind]:5}  {why}")
    assert sum(files.values()) + len(run.said["skipped"]) == len(run.expected)


@pytest.mark.parametrize(("path", "word"), WORDS.items())
def test_a_word_of_a_document_finds_it(
    path: str, word: str, run: Run, corpora: Path, opened: Archive
) -> None:
    wanted = {one["record"] for one in run.said["taken"] if name(one["path"], corpora) == path}
    results = lookup.find(opened, word, limit=50)
    hits = {hit.row.record: hit for hit in results.hits}
    assert wanted & hits.keys()
    assert hits[next(iter(wanted))].snippet.marked


def test_an_export_of_everything_gives_the_same_bytes_back_in_a_valid_bag(
    run: Run, opened: Archive, tmp_path: Path
) -> None:
    done = export.export(opened, records.every(opened), tmp_path / "out")
    bag = bagit.Bag(str(tmp_path / "out"))
    bag.validate()
    originals = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "out" / "data" / "files").rglob("*")
        if path.is_file()
    }
    assert set(run.expected.values()) <= originals
    assert done.records == len(records.every(opened))
    for path in (tmp_path / "out" / "data" / "records").iterdir():
        described = json.loads(path.read_text("utf-8"))
        for one in described["attachments"]:
            content = (tmp_path / "out" / "data" / one["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == one["sha256"]
            assert len(content) == one["size_bytes"]


def test_a_deep_check_finds_nothing(run: Run, opened: Archive) -> None:
    assert check.check(opened, deep=True).findings == ()
