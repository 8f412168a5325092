"""EPUB: its pages of HTML in reading order.

Source: EPUB 3.3, packages and content documents.
"""

import posixpath
from urllib.parse import unquote

from desktop_app.domain.reading import Outcome
from desktop_app.extraction import ooxml, web
from desktop_app.extraction.container import Container
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.extraction.xml import local
from desktop_app.i18n import N_

_FACTS = {
    "title": "title",
    "creator": "author",
    "language": "language",
    "date": "created",
    "description": "description",
    "subject": "keywords",
}


def read(ask: Ask, found: Found) -> None:
    """Read one book; each document of its spine is a page."""
    container = Container(ask, found)
    package, values = Package(), ooxml.Values(_FACTS)
    opf = _package_name(container)
    if opf:
        container.parse(opf, package)
        container.parse(opf, values)
    for name, value in values.found.items():
        found.add_fact(_FACTS[name], value, f"epub:{name}")
    folder = posixpath.dirname(opf)
    names = [posixpath.normpath(posixpath.join(folder, href)) for href in package.hrefs()]
    names = [name for name in names if container.has(name)] or _pages_of(container)
    if not names:
        raise Refusal(Outcome.DAMAGED, N_("the part with its text is missing"))
    for name in names:
        text, _encoding = web.decode(container.part(name))
        found.add_page(web.text_of(text))
    folders = {posixpath.dirname(name) for name in container.names() if "cover" in name.lower()}
    for media in sorted(folders):
        ooxml.picture(container, ask, found, media)


def _package_name(container: Container) -> str:
    rootfiles = Package()
    if container.has("META-INF/container.xml"):
        container.parse("META-INF/container.xml", rootfiles)
    for name in [rootfiles.root, *container.names()]:
        if container.has(name) and (name == rootfiles.root or name.endswith(".opf")):
            return name
    return ""


def _pages_of(container: Container) -> list[str]:
    ends = (".xhtml", ".html", ".htm")
    return sorted(name for name in container.names() if name.lower().endswith(ends))


class Package:
    """The order of reading, and in container.xml the place of the package itself."""

    def __init__(self) -> None:
        self.root = ""
        self._items: dict[str, str] = {}
        self._spine: list[str] = []

    def hrefs(self) -> list[str]:
        """Return the paths of the documents in order, relative to the package."""
        return [unquote(self._items[one]) for one in self._spine if one in self._items]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "rootfile" and not self.root:
            self.root = attributes.get("full-path", "")
        elif name == "item":
            self._items[attributes.get("id", "")] = attributes.get("href", "")
        elif name == "itemref":
            self._spine.append(attributes.get("idref", ""))

    def end(self, _tag: str) -> None: ...

    def data(self, _text: str) -> None: ...
