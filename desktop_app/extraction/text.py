"""Plain text: CSV, Markdown, calendars and whatever else can be read as it stands."""

from desktop_app.extraction import charset
from desktop_app.extraction.found import Ask, Found


def read(ask: Ask, found: Found) -> None:
    """Read the whole file as one page, in the encoding it seems to have."""
    text, encoding = charset.decode_wide_first(ask.content)
    found.add_fact("encoding", encoding, "guess")
    found.add_page(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text)
