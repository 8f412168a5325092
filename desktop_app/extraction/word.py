"""DOCX: all of its text, wherever Word keeps it: body, notes, comments, headers, boxes, charts."""

import re

from desktop_app.extraction import mail, ooxml, web
from desktop_app.extraction.container import Container
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.xml import local

_KINDS = (
    "document.main+xml",
    "template.main+xml",
    "document.macroEnabled.main+xml",
    "template.macroEnabledTemplate.main+xml",
    "wordprocessingml.footnotes+xml",
    "wordprocessingml.endnotes+xml",
    "wordprocessingml.comments+xml",
    "wordprocessingml.header+xml",
    "wordprocessingml.footer+xml",
    "drawingml.diagramData+xml",
    "drawingml.chart+xml",
)
_NAMES = r"word/(document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml"
_DDE = re.compile(r"\bDDE(AUTO)?\b")


def read(ask: Ask, found: Found) -> None:
    """Read one DOCX, DOCM or template as one page."""
    container = Container(ask, found)
    ooxml.facts(container, found)
    texts = []
    for name in ooxml.parts_of(container, _KINDS, _NAMES):
        body = Body()
        try:
            container.parse(name, body)
        finally:
            texts.append(body.text())
        if body.dde:
            found.add_flag("dde")
    texts += [_chunk(container, name) for name in container.names() if _is_chunk(name)]
    found.add_page("\n".join(text for text in texts if text.strip()))
    ooxml.picture(container, ask, found, "word/media/")


def _is_chunk(name: str) -> bool:
    """Return whether it is a part in another format, which Word would merge in on opening."""
    return bool(re.fullmatch(r"(?i)word/(?:\w+/)?\w*\.(?:mht|mhtml|html?|xhtml|txt)", name))


def _chunk(container: Container, name: str) -> str:
    content = container.part(name)
    if name.lower().endswith((".mht", ".mhtml")):
        return mail.text_of(content)
    text, _encoding = web.decode(content)
    return text if name.lower().endswith(".txt") else web.text_of(text)


class Body:
    """Gathers the text of a part of WordprocessingML or DrawingML; namespaces do not matter.

    Deleted text is kept, text that was moved only where it went. Of an AlternateContent the
    fallback is left out when the choice had text.
    """

    def __init__(self) -> None:
        self.dde = False
        self._parts: list[str] = []
        self._takes = ""  # the element whose text is wanted, while it is open
        self._skipped = 0  # how many elements deep in one that is left out
        self._cells = 0
        self._in_tabs = False
        self._choices: list[int] = []  # length of the text where each AlternateContent began

    def text(self) -> str:
        """Return what was gathered."""
        return re.sub(r"\n{3,}", "\n\n", "".join(self._parts))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if self._skipped or self._left_out(name):
            self._skipped += 1
        elif name in ("t", "delText", "v", "instrText", "delInstrText"):
            self._takes = name
        elif name == "AlternateContent":
            self._choices.append(len(self._parts))
        elif name == "tabs":
            self._in_tabs = True
        elif name == "tc":
            self._cells += 1
        elif name == "textpath":  # WordArt in VML
            self._parts.append(attributes.get("string", "") + "\n")
        else:
            self._mark(name)

    def _left_out(self, name: str) -> bool:
        if name == "Fallback" and self._choices:
            return any(part.strip() for part in self._parts[self._choices[-1] :])
        return name == "moveFrom"

    def _mark(self, name: str) -> None:
        """Add what stands for a tab, a line or a hyphen."""
        if name in ("tab", "ptab") and not self._in_tabs:
            self._parts.append("\t")
        elif name in ("br", "cr"):
            self._parts.append("\n")
        elif name == "noBreakHyphen":
            self._parts.append("-")

    def end(self, tag: str) -> None:
        name = local(tag)
        if self._skipped:
            self._skipped -= 1
            return
        if name == self._takes:
            self._takes = ""
        if name in ("p", "pt") or (name == "v" and self._cells == 0):
            self._parts.append(" " if self._cells else "\n")
        elif name == "tc":
            self._cells = max(0, self._cells - 1)
            self._parts.append("\t")
        elif name == "tr":
            self._parts.append("\n")
        elif name == "tabs":
            self._in_tabs = False
        elif name == "AlternateContent" and self._choices:
            self._choices.pop()

    def data(self, text: str) -> None:
        if self._takes in ("instrText", "delInstrText"):
            self.dde = self.dde or bool(_DDE.search(text))
        elif self._takes and not self._skipped:
            self._parts.append(text)
