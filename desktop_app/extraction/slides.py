"""PPTX: a page of text per slide, with its notes; the layouts' own words are left out."""

from desktop_app.extraction import ooxml
from desktop_app.extraction.container import Container
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.word import Body

_SLIDES = (".slide+xml",)
_BESIDE = (
    ".notesSlide+xml",
    ".comments+xml",
    "drawingml.diagramData+xml",
    "drawingml.chart+xml",
)


def read(ask: Ask, found: Found) -> None:
    """Read one presentation."""
    container = Container(ask, found)
    ooxml.facts(container, found)
    for name in ooxml.parts_of(container, _SLIDES, r"ppt/slides/slide\d+\.xml"):
        found.add_page(_text(container, name))
    beside = ooxml.parts_of(container, _BESIDE, r"ppt/(notesSlides|comments)/\w+\.xml")
    text = "\n".join(filter(None, (_text(container, name) for name in beside)))
    if text:
        found.add_page(text)
    ooxml.picture(container, ask, found, "ppt/media/")


def _text(container: Container, name: str) -> str:
    body = Body()
    container.parse(name, body)
    return body.text().strip()
