"""What XMP and the text chunks of a PNG say, where EXIF was silent.

Source: ISO 16684-1; PNG (third edition), 11.3.3. The packet is searched, not parsed: it is often
cut, and only a few of its values are wanted.
"""

import html
import re

from PIL import Image

from desktop_app.extraction.found import Found

_VALUES = (
    ("taken", ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")),
    ("author", ("dc:creator", "tiff:Artist")),
    ("title", ("dc:title", "photoshop:Headline")),
    ("description", ("dc:description",)),
    ("device", ("tiff:Model",)),
    ("program", ("xmp:CreatorTool",)),
)
_CHUNKS = (
    ("title", "Title"),
    ("author", "Author"),
    ("description", "Description"),
    ("comment", "Comment"),
    ("program", "Software"),
    ("created", "Creation Time"),
)
_PACKET_BYTES = 1 << 20


def read(image: Image.Image, found: Found) -> None:
    """Add facts under names that are not taken yet."""
    known = {fact.name for fact in found.facts}
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    text = packet if isinstance(packet, str) else _text(packet)
    for name, labels in _VALUES:
        if name in known:
            continue
        for label in labels:
            value = _value(text[:_PACKET_BYTES], label)
            if value:
                found.add_fact(name, value, f"xmp:{label}")
                known.add(name)
                break
    for name, label in _CHUNKS:
        chunk = image.info.get(label)
        if name not in known and isinstance(chunk, str):
            found.add_fact(name, chunk, f"png:{label}")


def _text(packet: object) -> str:
    return packet[:_PACKET_BYTES].decode("utf-8", "replace") if isinstance(packet, bytes) else ""


def _value(text: str, label: str) -> str:
    """Return a value written as an attribute or as an element, without the tags around it."""
    attribute = re.search(rf"""\b{label}\s*=\s*["']([^"'<]{{1,2000}})""", text)
    if attribute:
        return html.unescape(attribute[1])
    start = text.find(f"<{label}")
    end = text.find(f"</{label}>", start)
    if start < 0 or end < 0:
        return ""
    inside = text[start : min(end, start + 20_000)].partition(">")[2]
    return html.unescape(re.sub(r"<[^>]*>", " ", inside))
