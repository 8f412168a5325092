"""What a file is, by its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.extraction import kinds
from desktop_app.extraction.readers import READERS
from desktop_app.extraction.sniff import sniff
from tests.helpers import samples

MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nDate: now\r\n\r\nbody"
HEADS = [
    (b"%PDF-1.7\n", "a.pdf", "document", "application/pdf"),
    (b"\0\r\n%PDF-1.4\n1 0 obj\n", "a.pdf", "document", "application/pdf"),
    (b"We sent %PDF-1.4 files, all of them.\n", "a.txt", "document", "text/plain"),
    (b"{\\rtf1\\ansi x}", "a.rtf", "document", "application/rtf"),
    (b"\xff\xd8\xff\xe0" + bytes(9), "a.jpg", "photo", "image/jpeg"),
    (b"II*\0\x08\0\0\0", "a.tif", "photo", "image/tiff"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a.heic", "photo", "image/heic"),
    (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a.heic", "photo", "image/heic"),
    (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "a.avif", "photo", "image/avif"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "photo", "image/webp"),
    (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "recording", "audio/wav"),
    (b"RIFF\0\0\0\0AVI LIST", "a.avi", "recording", "video/x-msvideo"),
    (b"ID3\4\0\0\0\0\0\0", "a.mp3", "recording", "audio/mpeg"),
    (b"\xff\xfb\x90\x64\0\0", "a.mp3", "recording", "audio/mpeg"),
    (b"OggS\0\2" + bytes(22) + b"\1vorbis", "a.ogg", "recording", "audio/ogg"),
    (b"OggS\0\2" + bytes(22) + b"\x80theora", "a.ogv", "recording", "video/ogg"),
    (b"fLaC\0\0\0\x22", "a.flac", "recording", "audio/flac"),
    (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", "a.mp4", "recording", "video/mp4"),
    (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a.mov", "recording", "video/quicktime"),
    (b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", "a.m4a", "recording", "audio/mp4"),
    (b"\0\0\0\x14ftyp3gp4\0\0\0\0", "a.3gp", "recording", "video/3gpp"),
    (b"\x1aE\xdf\xa3\1\0\0\0\0\0\0\x1fB\x82\x88matroska", "a.mkv", "recording", "video/x-matroska"),
    (b"\x1aE\xdf\xa3\1\0\0\0\0\0\0\x1fB\x82\x84webm", "a.webm", "recording", "video/webm"),
    (b"7z\xbc\xaf\x27\x1c", "a.7z", "document", "application/x-7z-compressed"),
    (b"Rar!\x1a\7\1\0", "a.rar", "document", "application/vnd.rar"),
    (b"\x1f\x8b\x08\0", "a.gz", "document", "application/gzip"),
    (bytes(257) + b"ustar\x0000", "a.tar", "document", "application/x-tar"),
    (b"MZ\x90\0", "a.exe", "document", "application/vnd.microsoft.portable-executable"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a.eps", "photo", "image/x-eps"),
    (b"BM" + bytes(12) + b"\x28\0\0\0\1\0", "a.bmp", "photo", "image/bmp"),
    (b"<!DOCTYPE html><p>x", "a.html", "document", "text/html"),
    (b"\n <html lang=be>", "a.htm", "document", "text/html"),
    (b'<?xml version="1.0"?><html xmlns="x">', "a.xhtml", "document", "text/html"),
    (b'<?xml version="1.0"?><svg>', "a.svg", "photo", "image/svg+xml"),
    (MAIL, "a.eml", "document", "message/rfc822"),
    (MAIL, "without extension", "document", "message/rfc822"),
    (b"Received: from x\nSubject: y\n\nz", "a.eml", "document", "message/rfc822"),
    (
        b"From a@example.org Mon\nFrom: a\nSubject: b\n\nc",
        "in.mbox",
        "document",
        "application/mbox",
    ),
    (b"a;b\n1;2\n", "a.csv", "document", "text/csv"),
    (b"# Title\n", "a.md", "document", "text/markdown"),
    ("Ліст у рэдакцыю".encode(), "a.txt", "document", "text/plain"),
    ("Ліст у рэдакцыю".encode("cp1251"), "a.txt", "document", "text/plain"),
    ("Ліст у рэдакцыю, другі радок".encode("utf-16"), "a.txt", "document", "text/plain"),
    ("Ліст у рэдакцыю, другі радок".encode("utf-16-be"), "a.txt", "document", "text/plain"),
    ("Письмо в редакцию из тюрьмы".encode("utf-32-le"), "a.txt", "document", "text/plain"),
    ("A letter to the editor, of two lines".encode("cp500") * 3, "a.txt", "document", "text/plain"),
    ("<html><p>Ліст".encode("utf-16"), "a.html", "document", "text/html"),
    (b"Note: buy milk and bread", "a.txt", "document", "text/plain"),
    (b"\x01\x02\x03\x04\xff\xfe\x00\x00\x01\x02", "a.dat", "document", kinds.UNKNOWN),
    (b"", "a.txt", "document", kinds.UNKNOWN),
]


@pytest.mark.parametrize(("head", "name", "kind", "media_type"), HEADS)
def test_the_content_decides(head: bytes, name: str, kind: str, media_type: str) -> None:
    guess = sniff(head, name)
    assert (guess.kind, guess.media_type) == (kind, media_type)
    assert guess.flags == ()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"MZ\x90\0", "photo.jpg"),
        (b"%PDF-1.7\n", "letter.docx"),
        (b"\x89PNG\r\n\x1a\n", "letter.txt"),
        (b"plain words only", "letter.pdf"),
        (b"<html><p>x", "table.xls"),
        (b"\xff\xd8\xff\xe0", "picture.png"),
        (b"ID3\4\0\0\0\0\0\0", "report.doc"),
        (bytes(range(1, 32)), "film.mp4"),
    ],
)
def test_h07_a_name_that_claims_something_else_is_told(head: bytes, name: str) -> None:
    assert sniff(head, name).flags == ("wrong-extension",)


@pytest.mark.parametrize("name", ["x", "x.", ".jpg.", "x.unknown", "a.b/c", "x." + "y" * 300])
def test_a_name_without_known_extension_claims_nothing(name: str) -> None:
    assert sniff(b"\xff\xd8\xff\xe0", name).flags == ()


def test_documents_in_zips_are_told_apart_by_what_they_say_first() -> None:
    assert sniff(samples.odt("<text:p>x</text:p>"), "a.odt").media_type == kinds.ODT
    assert sniff(samples.docx(""), "a.docx").media_type == kinds.ZIP
    assert sniff(samples.docx(""), "a.jpg").flags == ()  # the worker looks inside and says


@pytest.mark.parametrize(
    ("stream", "media_type"),
    [
        ("WordDocument", "application/msword"),
        ("Workbook", "application/vnd.ms-excel"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("__substg1.0_0037001F", "application/vnd.ms-outlook"),
        ("EncryptedPackage", "application/x-ole-encrypted"),
    ],
)
def test_old_office_files_are_told_apart_by_their_streams(stream: str, media_type: str) -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")
    assert sniff(head, "x").media_type == media_type


def test_every_reader_is_known_to_the_parent() -> None:
    assert all(kinds.can_be_read(media_type) for media_type in READERS)


@given(head=st.binary(max_size=600), name=st.text(max_size=20))
def test_no_bytes_and_no_name_are_an_error(head: bytes, name: str) -> None:
    guess = sniff(head, name)
    assert guess.kind in ("document", "photo", "recording")
