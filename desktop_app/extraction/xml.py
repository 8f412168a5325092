"""XML as a stream of events, entities refused: no tree, so a large document needs little memory."""

from collections.abc import Iterator
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

__all__ = ["DefusedXmlException", "ParseError", "Target", "local", "parse"]


class Target(Protocol):
    """What is told of each element, in the manner of `xml.etree.ElementTree.XMLParser`."""

    def start(self, tag: str, attributes: dict[str, str], /) -> None: ...

    def end(self, tag: str, /) -> None: ...

    def data(self, text: str, /) -> None: ...


def parse(chunks: Iterator[bytes], target: Target) -> None:
    """Feed a document to `target`.

    Raises:
        ParseError: it is not well-formed; `target` has what came before.
        DefusedXmlException: it declares entities (H01) or names other files (H05).
    """
    parser = DefusedXMLParser(
        target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    for chunk in chunks:
        parser.feed(chunk)
    parser.close()


def local(tag: str) -> str:
    """Return the name of a tag without its namespace."""
    return tag.rpartition("}")[2]
