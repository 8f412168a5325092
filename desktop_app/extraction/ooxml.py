"""What the three OOXML kinds share: parts by content type, facts, macros, a picture.

Source: ECMA-376, part 1 (markup) and part 2 (packaging).
"""

import re
from collections.abc import Iterable

from desktop_app.extraction import image
from desktop_app.extraction.container import Container
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.xml import local

_CORE = {
    "title": "title",
    "creator": "author",
    "lastModifiedBy": "last-author",
    "subject": "subject",
    "keywords": "keywords",
    "description": "description",
    "created": "created",
    "modified": "modified",
    "lastPrinted": "printed",
    "language": "language",
}
_APP = {"Application": "program", "Company": "company", "Pages": "pages", "Manager": "manager"}
_PICTURES = (".jpeg", ".jpg", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp")


class Content:
    """Content types of the parts: `by_part` from "/word/document.xml" without the first slash."""

    def __init__(self) -> None:
        self.by_part: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Override":
            part = attributes.get("PartName", "").lstrip("/")
            self.by_part[part] = attributes.get("ContentType", "")

    def end(self, _tag: str) -> None: ...

    def data(self, _text: str) -> None: ...


class Values:
    """The text of each element, by its name without namespace."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.found: dict[str, str] = {}
        self._wanted = frozenset(wanted)
        self._open = ""

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._open = local(tag) if local(tag) in self._wanted else ""

    def end(self, _tag: str) -> None:
        self._open = ""

    def data(self, text: str) -> None:
        if self._open:
            self.found[self._open] = self.found.get(self._open, "") + text[:4000]


def parts_of(container: Container, kinds: tuple[str, ...], names: str) -> list[str]:
    """Return parts whose content type ends in one of `kinds`, in that order, then by number.

    Args:
        container: the opened document.
        kinds: ends of content types, in the order in which the parts are wanted.
        names: regular expression for part names, used where content types say nothing.
    """
    content = Content()
    container.parse("[Content_Types].xml", content) if container.has(
        "[Content_Types].xml"
    ) else None
    found = [
        part
        for kind in kinds
        for part in sorted(content.by_part, key=_numbered)
        if content.by_part[part].endswith(kind) and container.has(part)
    ]
    matching = [name for name in container.names() if re.fullmatch(names, name, re.IGNORECASE)]
    return found or sorted(matching, key=_numbered)


def _numbered(name: str) -> tuple[str, int]:
    """Sort slide2 before slide10."""
    match = re.search(r"(\d+)\.\w+$", name)
    return (name[: match.start()], int(match[1])) if match else (name, -1)


def facts(container: Container, found: Found) -> None:
    """Add what docProps say, and flags for macros and what is fetched from elsewhere."""
    for part, names, source in (
        ("docProps/core.xml", _CORE, "ooxml"),
        ("docProps/app.xml", _APP, "ooxml-app"),
    ):
        values = Values(names)
        if container.has(part):
            container.parse(part, values)
        for name, value in values.found.items():
            found.add_fact(names[name], value, f"{source}:{name}")
    lower = [name.lower() for name in container.names()]
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in lower):
        found.add_flag("macros")
    if any("/embeddings/" in name for name in lower):
        found.add_flag("embedded-files")
    for name in container.names():
        if name.endswith(".rels") and _REMOTE.search(container.part(name, 1 << 20)):
            found.add_flag("remote-template")


_REMOTE = re.compile(
    rb"<Relationship\b(?=[^>]*TargetMode=.External)(?=[^>]*Type=.[^>]*"
    rb"/(?:attachedTemplate|oleObject|frame|subDocument).)"
)


def picture(container: Container, ask: Ask, found: Found, media: str) -> None:
    """Take the preview that the program stored; without text, the first picture in it."""
    previews = [
        n for n in container.names() if re.match(r"(?i)docProps/thumbnail\.|Thumbnails/", n)
    ]
    inside = [n for n in container.names() if n.lower().startswith(media.lower())]
    if any(page.strip() for page in found.pages):
        inside = []
    for name in [*previews, *inside[:5]]:
        if name.lower().endswith(_PICTURES) and found.thumbnail is None:
            found.thumbnail = image.thumbnail_of(container.part(name, 32 << 20), ask.limits.pixels)
