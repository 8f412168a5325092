"""Signatures of binary formats: the bytes at a fixed place that tell what a file is.

Sources: https://www.garykessler.net/library/file_sigs.html, the formats' own specifications, and
for the ISO media files the brands registered at https://mp4ra.org.
"""

import re

from desktop_app.extraction.kinds import EPUB, ODP, ODS, ODT, OLE, ZIP, extension

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"II+\0", "image/tiff"),
    (0, b"MM\0+", "image/tiff"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xffO\xffQ\0", "image/jp2"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\0\0\1\0", "image/x-icon"),
    (0, b"\xc5\xd0\xd3\xc6", "image/x-eps"),
    (0, b"%!PS-Adobe", "image/x-eps"),
    (0, b"AT&TFORM", "image/vnd.djvu"),
    (0, b"\x01\xda", "image/x-sgi"),
    (0, b"DDS ", "image/vnd.ms-dds"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"MThd", "audio/midi"),
    (0, b"MAC ", "audio/x-ape"),
    (0, b"wvpk", "audio/x-wavpack"),
    (0, b"caff", "audio/x-caf"),
    (0, b".snd", "audio/basic"),
    (0, b"MPCK", "audio/x-musepack"),
    (0, b"MP+", "audio/x-musepack"),
    (0, b"TTA1", "audio/x-tta"),
    (0, b"DSD ", "audio/x-dsf"),
    (0, b"FLV\1", "video/x-flv"),
    (0, b"\0\0\1\xba", "video/mpeg"),
    (0, b"\0\0\1\xb3", "video/mpeg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b".RMF", "video/x-realmedia"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\7", "application/vnd.rar"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\x1f\x9d", "application/x-compress"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"(\xb5/\xfd", "application/zstd"),
    (0, b"LZIP", "application/x-lzip"),
    (0, b"\x04\x22\x4d\x18", "application/x-lz4"),
    (2, b"-lh", "application/x-lzh"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"!<arch>\n", "application/x-archive"),
    (257, b"ustar", "application/x-tar"),
    (0x8001, b"CD001", "application/x-iso9660-image"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"L\0\0\0\1\x14\2\0", "application/x-ms-shortcut"),
    (0, b"SQLite format 3\0", "application/vnd.sqlite3"),
    (0, b"!BDN", "application/vnd.ms-outlook-pst"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (40, b" EMF", "image/emf"),
    (0, b"\x00\x01\x00\x00\x00", "font/ttf"),
    (0, b"OTTO", "font/otf"),
    (0, b"age-encryption.org/v1", "application/x-age"),
)


def find(head: bytes, name: str) -> str:
    """Return the media type of a binary file, "" if no signature fits.

    The name is asked only which of the old Office programs wrote an OLE container.
    """
    return (
        _by_signature(head)
        or _iso_media(head)
        or _riff(head)
        or _ole(head, name)
        or _zip(head)
        or _late(head)
    )


def _by_signature(head: bytes) -> str:
    for offset, magic, media_type in _SIGNATURES:
        if head.startswith(magic, offset):
            return _ogg(head) if media_type == "audio/ogg" else media_type
    if head.startswith(b"BM") and len(head) > 18 and head[14] in b"\x0c\x28\x34\x38\x40\x6c\x7c":
        return "image/bmp"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:128] else "video/x-matroska"
    return ""


def _ogg(head: bytes) -> str:
    return "video/ogg" if b"theora" in head[:4096] else "audio/ogg"


_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"hevm": "image/heic",
    b"hevs": "image/heic",
    b"mif1": "image/heif",
    b"mif2": "image/heif",
    b"msf1": "image/heif",
    b"j2ki": "image/heif",
    b"jpeg": "image/heif",
    b"crx ": "image/x-canon-cr3",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"F4A ": "audio/mp4",
    b"aax ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"jp2 ": "image/jp2",
}


def _iso_media(head: bytes) -> str:
    if head[:1] == b"\0" and head[4:8] in (b"moov", b"mdat", b"wide", b"pnot"):
        return "video/quicktime"
    if head[4:8] != b"ftyp":
        return ""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    first = _BRANDS.get(brands[0], "")
    if first == "image/heif":  # a general brand first: a more exact one may follow
        exact = (_BRANDS[brand] for brand in brands[1:] if brand in _BRANDS)
        return next((found for found in exact if found != "image/heif"), first)
    return first or ("video/3gpp" if brands[0].startswith(b"3g") else "video/mp4")


def _riff(head: bytes) -> str:
    if head[:4] in (b"FORM", b"RIFF", b"RIFX", b"RF64"):
        forms = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
        forms |= {b"AIFF": "audio/aiff", b"AIFC": "audio/aiff", b"CDXA": "video/mpeg"}
        return forms.get(head[8:12], "")
    return ""


_OLE_STREAMS = (
    ("EncryptedPackage", "application/x-ole-encrypted"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__substg1.0_", "application/vnd.ms-outlook"),
    ("__properties_version1", "application/vnd.ms-outlook"),
)
_OLE_EXTENSIONS = {"doc": 1, "dot": 1, "xls": 2, "xlt": 2, "ppt": 4, "pps": 4, "msg": 5}


def _ole(head: bytes, name: str) -> str:
    if not head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return ""
    for stream, media_type in _OLE_STREAMS:
        if stream.encode("utf-16-le") in head:
            return media_type
    at = _OLE_EXTENSIONS.get(extension(name))
    return OLE if at is None else _OLE_STREAMS[at][1]


def _zip(head: bytes) -> str:
    if not head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")):
        return ""
    stated = re.match(rb"mimetype(application/[a-z0-9.+-]{1,80})", head[30:130])
    if stated:
        media_type = stated[1].split(b"PK", 1)[0].decode("ascii")
        return media_type if media_type in (ODT, ODS, ODP, EPUB) else ZIP
    return ZIP


def _pdf_after_something(head: bytes) -> bool:
    """Return whether a PDF begins within the first 1,024 bytes (PDF 1.7, appendix H).

    A letter that only speaks of PDFs has no objects, and a mail begins with its headers.
    """
    found = re.search(rb"%PDF-[12]\.\d", head[:1024])
    if found is None or re.match(rb"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]", head):
        return False
    return re.search(rb"\d+[ \r\n]+\d+[ \r\n]+obj", head[found.end() :]) is not None


def _late(head: bytes) -> str:
    if head.startswith(b"%PDF-") or _pdf_after_something(head):
        return "application/pdf"
    if head[:1] == b"\xff" and len(head) > 3 and head[1] & 0xE0 == 0xE0 and head[:2] != b"\xff\xfe":
        layer, bitrate = head[1] >> 1 & 3, head[2] >> 4
        if layer and bitrate not in (0, 15) and head[2] >> 2 & 3 != 3:
            return "audio/mpeg"
        return "audio/aac" if not layer and head[1] & 0xF6 == 0xF0 else ""
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "video/mp2t"
    return ""
