"""Zip containers: which kind of document lies in one, and its parts within limits (H01, H10).

Parts are read by name into memory; nothing is ever unpacked, so a path in a name leads nowhere.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from desktop_app.domain.reading import Outcome
from desktop_app.extraction import kinds, signatures
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.extraction.xml import DefusedXmlException, ParseError, Target, parse
from desktop_app.i18n import N_

_CHUNK = 64 << 10
_PARTS = 20_000
_UNPACKED_BYTES = 512 << 20  # of all parts of a document together
_RATIO = 400  # what deflate makes of ordinary XML is under 100
_FREE_BYTES = 4 << 20  # a small part may be of any ratio

_CONTENT_TYPE = (
    ("wordprocessingml", kinds.DOCX),
    ("ms-word.document", kinds.DOCX),
    ("ms-word.template", kinds.DOCX),
    ("spreadsheetml", kinds.XLSX),
    ("ms-excel.sheet", kinds.XLSX),
    ("ms-excel.template", kinds.XLSX),
    ("presentationml", kinds.PPTX),
    ("ms-powerpoint", kinds.PPTX),
)
_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": kinds.ODT,
    "application/vnd.oasis.opendocument.text-template": kinds.ODT,
    "application/vnd.oasis.opendocument.text-master": kinds.ODT,
    "application/vnd.sun.xml.writer": kinds.ODT,
    "application/vnd.oasis.opendocument.spreadsheet": kinds.ODS,
    "application/vnd.oasis.opendocument.spreadsheet-template": kinds.ODS,
    "application/vnd.oasis.opendocument.presentation": kinds.ODP,
    "application/vnd.oasis.opendocument.presentation-template": kinds.ODP,
    "application/epub+zip": kinds.EPUB,
}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, KeyError)


def media_type(content: bytes) -> str:
    """Return the type of document in a zip; `application/zip` if it is none that we know."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as stream:
                    stated = stream.read(120).decode("ascii", "replace").strip()
                if stated in _OPEN_DOCUMENT:
                    return _OPEN_DOCUMENT[stated]
            return _office(archive, names)
    except (*_BROKEN, ValueError, RuntimeError, IndexError):
        return _by_bytes(content)


def _office(archive: zipfile.ZipFile, names: set[str]) -> str:
    main = _main_type(archive) if "[Content_Types].xml" in names else ""
    for word, found in _CONTENT_TYPE:
        if word in main:
            return found
    for folder, found in (("word/", kinds.DOCX), ("xl/", kinds.XLSX), ("ppt/", kinds.PPTX)):
        if any(name.lower().startswith(folder) for name in names) and main != "none":
            return found
    if "content.xml" in names and "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as stream:
            manifest = stream.read(_CHUNK).decode("utf-8", "replace")
        return next((kind for name, kind in _OPEN_DOCUMENT.items() if f'"{name}"' in manifest), "")
    return kinds.EPUB if "META-INF/container.xml" in names else kinds.ZIP


def _main_type(archive: zipfile.ZipFile) -> str:
    """Return the content type of the main part, such as "…wordprocessingml.document.main+xml"."""
    with archive.open("[Content_Types].xml") as stream:
        types = stream.read(1 << 20)
    found = re.search(rb'"([^"]*(?:\.main|macroEnabled[^"]*)\+xml)"', types)
    return found[1].decode("ascii", "replace") if found else ""


def _by_bytes(content: bytes) -> str:
    """Guess at a container whose directory is lost: the names stand before the parts, too."""
    for name, kind in ((b"word/", kinds.DOCX), (b"xl/", kinds.XLSX), (b"ppt/", kinds.PPTX)):
        if b"[Content_Types].xml" in content and name in content:
            return kind
    return signatures.find(content[:200], "")


class Container:
    """An opened container with a budget of bytes that may come out of it."""

    def __init__(self, ask: Ask, found: Found) -> None:
        """Read the directory.

        Raises:
            Refusal: it is damaged, or lists more parts than a document has.
        """
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(ask.content))
        except (*_BROKEN, ValueError) as error:
            raise Refusal(Outcome.DAMAGED, N_("damaged")) from error
        self._ask, self._found = ask, found
        self._left = _UNPACKED_BYTES
        infos = self._archive.infolist()
        if len(infos) > _PARTS:
            raise Refusal(Outcome.TOO_LARGE, N_("more parts than are read"))
        self._infos = {info.filename.replace("\\", "/").lstrip("/"): info for info in infos}
        self._by_lower = {name.lower(): info for name, info in self._infos.items()}

    def names(self) -> list[str]:
        """Return the names of the parts, in the order of the container."""
        return list(self._infos)

    def has(self, name: str) -> bool:
        """Return whether there is such a part; capitals do not matter (OPC, 6.2.2.3)."""
        return name.lower() in self._by_lower

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part piece by piece.

        Raises:
            Refusal: it is locked, damaged, or unpacks to more than a document does.
        """
        info = self._by_lower[name.lower()]
        if info.flag_bits & 1:
            raise Refusal(Outcome.LOCKED, N_("needs a password"))
        size = 0
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    self._spend(len(chunk), size, info.compress_size)
                    yield chunk
        except _BROKEN as error:
            raise Refusal(Outcome.DAMAGED, N_("a part of it is damaged")) from error

    def _spend(self, chunk: int, size: int, packed: int) -> None:
        self._left -= chunk
        if self._left < 0 or (size > _FREE_BYTES and size > _RATIO * max(packed, 1)):
            raise Refusal(Outcome.TOO_LARGE, N_("unpacks to far more than a document does"))
        if not self._ask.has_time():
            raise Refusal(Outcome.TOO_LARGE, N_("not all of it was read: that would take too long"))

    def part(self, name: str, most: int = 64 << 20) -> bytes:
        """Return a part, cut at `most` bytes; empty if there is none. Raises as `chunks`."""
        whole = bytearray()
        for chunk in self.chunks(name) if self.has(name) else ():
            whole += chunk
            if len(whole) > most:
                break
        return bytes(whole[:most])

    def parse(self, name: str, target: Target) -> None:
        """Feed a part of XML to `target`; a damaged part is flagged, the document goes on.

        Raises:
            Refusal: it is locked, or unpacks to more than a document does.
        """
        try:
            parse(self.chunks(name), target)
        except (ParseError, ValueError) as error:  # DefusedXmlException is a ValueError
            flag = "entities" if isinstance(error, DefusedXmlException) else "damaged"
            self._found.add_flag(flag)
        except Refusal as refusal:
            if refusal.outcome is not Outcome.DAMAGED:
                raise
            self._found.add_flag("damaged")
