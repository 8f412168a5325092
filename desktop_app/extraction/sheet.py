"""XLSX: the cells of each sheet as lines with tabs."""

from desktop_app.extraction import ooxml
from desktop_app.extraction.container import Container
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.xml import local

_SHEETS = (".worksheet+xml", ".chartsheet+xml", ".dialogsheet+xml")
_BESIDE = (".comments+xml", "threadedcomments+xml", "drawing+xml", "drawingml.chart+xml")


def read(ask: Ask, found: Found) -> None:
    """Read one workbook; each sheet is a page, comments and drawings are one more."""
    container = Container(ask, found)
    ooxml.facts(container, found)
    shared = Strings()
    for name in ooxml.parts_of(container, (".sharedStrings+xml",), r"xl/sharedStrings\.xml"):
        container.parse(name, shared)
    names = Names()
    for name in ooxml.parts_of(container, ("sheet.main+xml", ".main+xml"), r"xl/workbook\.xml"):
        container.parse(name, names)
    sheets = ooxml.parts_of(container, _SHEETS, r"xl/worksheets/[^/]+\.xml")
    for index, name in enumerate(sheets):
        cells = Cells(shared.strings)
        container.parse(name, cells)
        title = names.sheets[index] if index < len(names.sheets) else ""
        found.add_page(f"{title}\n{cells.text()}".strip())
    beside = Strings(separate="t")
    for name in ooxml.parts_of(container, _BESIDE, r"xl/(comments\d*|drawings/[^/]+)\.xml"):
        container.parse(name, beside)
    if beside.strings:
        found.add_page("\n".join(beside.strings))
    ooxml.picture(container, ask, found, "xl/media/")


class Strings:
    """A list of texts, each in an `si`, or in what `separate` says."""

    def __init__(self, separate: str = "si") -> None:
        self.strings: list[str] = []
        self._separate = separate
        self._parts: list[str] = []
        self._open = False
        self._phonetic = 0

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == self._separate:
            self._parts = []
        self._phonetic += name == "rPh"
        self._open = name == "t" and not self._phonetic

    def end(self, tag: str) -> None:
        name = local(tag)
        self._open = False
        self._phonetic -= name == "rPh"
        if name == self._separate:
            self.strings.append("".join(self._parts))

    def data(self, text: str) -> None:
        if self._open:
            self._parts.append(text)


class Names:
    """The names of the sheets, in order."""

    def __init__(self) -> None:
        self.sheets: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "sheet":
            self.sheets.append(attributes.get("name", ""))

    def end(self, _tag: str) -> None: ...

    def data(self, _text: str) -> None: ...


class Cells:
    """The values of a sheet, row by row."""

    def __init__(self, shared: list[str]) -> None:
        self._shared = shared
        self._parts: list[str] = []
        self._kind = ""
        self._value: list[str] = []
        self._open = False

    def text(self) -> str:
        """Return the rows that hold something."""
        lines = "".join(self._parts).split("\n")
        return "\n".join(line.rstrip("\t") for line in lines if line.strip())

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "c":
            self._kind, self._value = attributes.get("t", ""), []
        self._open = name in ("v", "t", "oddHeader", "oddFooter")

    def end(self, tag: str) -> None:
        name = local(tag)
        self._open = False
        if name == "c":
            self._parts.append(self._cell() + "\t")
        elif name in ("row", "oddHeader", "oddFooter"):
            self._parts.append("\n")

    def data(self, text: str) -> None:
        if self._open:
            self._value.append(text)

    def _cell(self) -> str:
        value = "".join(self._value)
        if self._kind == "s" and value.strip().isdecimal():
            at = int(value)
            return self._shared[at] if at < len(self._shared) else ""
        return value
