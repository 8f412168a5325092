"""OpenDocument: text, spreadsheet and presentation by one reader.

Source: OASIS OpenDocument 1.3, part 3.
"""

import re

from desktop_app.domain.reading import Outcome
from desktop_app.extraction import ooxml
from desktop_app.extraction.container import Container
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.extraction.xml import local
from desktop_app.i18n import N_

_META = {
    "title": "title",
    "initial-creator": "author",
    "creator": "last-author",
    "subject": "subject",
    "keyword": "keywords",
    "description": "description",
    "creation-date": "created",
    "date": "modified",
    "print-date": "printed",
    "generator": "program",
    "language": "language",
}
_REPEATED = 1_000  # spaces or cells that one element may stand for


def read(ask: Ask, found: Found) -> None:
    """Read one document; a spreadsheet has a page per table, a presentation one per slide."""
    container = Container(ask, found)
    manifest = container.part("META-INF/manifest.xml", 1 << 20)
    if b"encryption-data" in manifest and not container.part("content.xml", 200).startswith(b"<?"):
        raise Refusal(Outcome.LOCKED, N_("needs a password"))
    _facts(container, found)
    if not container.has("content.xml"):
        raise Refusal(Outcome.DAMAGED, N_("the part with its text is missing"))
    body = Body()
    container.parse("content.xml", body)
    pages = body.pages()
    pages[-1] += _margins(container) + _objects(container)
    for page in pages:
        found.add_page(page)
    ooxml.picture(container, ask, found, "Pictures/")


def _facts(container: Container, found: Found) -> None:
    values = ooxml.Values(_META)
    if container.has("meta.xml"):
        container.parse("meta.xml", values)
    for name, value in values.found.items():
        found.add_fact(_META[name], value, f"odf:{name}")
    if any(re.match(r"Basic/.+/.+\.xml|Scripts/.+", name) for name in container.names()):
        found.add_flag("macros")


def _margins(container: Container) -> str:
    """Return the text of headers and footers, which stands with the styles."""
    margins = Body(within="master-styles")
    if container.has("styles.xml"):
        container.parse("styles.xml", margins)
    text = "\n".join(margins.pages()).strip()
    return f"\n{text}\n" if text else ""


def _objects(container: Container) -> str:
    """Return the text of charts and formulas, which are documents within the document."""
    texts = []
    for name in container.names():
        if re.fullmatch(r"Object[^/]*/content\.xml", name):
            inner = Body()
            container.parse(name, inner)
            texts.append("\n".join(inner.pages()).strip())
    return "\n".join(text for text in texts if text)


class Body:
    """Gathers the text of paragraphs, with tabs between cells."""

    def __init__(self, within: str = "") -> None:
        """Gather everything, or only what is inside the element `within`."""
        self._pages: list[list[str]] = [[]]
        self._within = within
        self._open = not within
        self._paragraphs = 0
        self._cells = 0

    def pages(self) -> list[str]:
        """Return the pages, at least one."""
        return [re.sub(r"[\t ]*\n(?:[\t ]*\n){2,}", "\n\n", "".join(page)) for page in self._pages]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == self._within:
            self._open = True
        if not self._open:
            return
        if name in ("p", "h", "annotation", "mtext", "mi", "mn", "mo"):
            self._paragraphs += 1
        elif name == "s":
            self._add(" " * _repeated(attributes, "c"))
        elif name == "tab":
            self._add("\t")
        elif name == "line-break":
            self._add("\n")
        elif name in ("table-cell", "covered-table-cell"):
            self._cells += 1
        elif name == "page" or (name == "table" and self._cells == 0 and _names_sheet(attributes)):
            self._turn()

    def _turn(self) -> None:
        if any(part.strip() for part in self._pages[-1]):
            self._pages.append([])

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == self._within:
            self._open = False
        if not self._open:
            return
        if name in ("p", "h", "annotation", "mtext", "mi", "mn", "mo"):
            self._paragraphs = max(0, self._paragraphs - 1)
            if name in ("p", "h"):
                self._add(" " if self._cells else "\n")
        elif name in ("table-cell", "covered-table-cell"):
            self._cells = max(0, self._cells - 1)
            self._add("\t")
        elif name == "table-row":
            self._add("\n")

    def data(self, text: str) -> None:
        if self._open and self._paragraphs:
            self._add(re.sub(r"[ \t\r\n]+", " ", text))

    def _add(self, text: str) -> None:
        self._pages[-1].append(text)


def _repeated(attributes: dict[str, str], name: str) -> int:
    value = next((value for key, value in attributes.items() if local(key) == name), "1")
    return min(int(value), _REPEATED) if value.isdecimal() else 1


def _names_sheet(attributes: dict[str, str]) -> bool:
    """Return whether a table is a sheet: those in texts seldom have print settings or styles."""
    return any(local(key) == "print" for key in attributes)
