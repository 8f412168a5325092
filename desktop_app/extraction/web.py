"""HTML by the standard library's parser: what a reader would see, title and author, no network.

The parser only looks at the bytes: nothing that a page names is ever fetched (H05).
"""

import binascii
import re
from html.parser import HTMLParser

from desktop_app.domain.reading import Outcome, Picture
from desktop_app.extraction import charset, image
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.i18n import N_

_CHUNK = 32 << 10
_PICTURES = 5
_UNSEEN = frozenset({"script", "style", "template", "noframes", "object", "applet"})
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """
        address article aside blockquote body br caption center dd details dialog div dl dt
        fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hr html
        legend li main nav ol option p pre section select summary table tbody tfoot thead title
        tr ul
        """,
    )
)
_CELLS = frozenset({"td", "th"})
_META = {
    "author": "author",
    "dc.creator": "author",
    "description": "description",
    "keywords": "keywords",
    "generator": "program",
    "og:title": "title",
    "date": "created",
    "dc.date": "created",
    "article:published_time": "created",
}
_CHARSET = re.compile(
    rb"""<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]{2,40})""",
    re.IGNORECASE,
)


def read(ask: Ask, found: Found) -> None:
    """Read one page of HTML, or any XML, as text."""
    text, encoding = decode(ask.content)
    found.add_fact("encoding", encoding, "guess")
    text = without_comments(text)
    page = Page()
    for start in range(0, len(text), _CHUNK):
        page.feed(text[start : start + _CHUNK])
        if not ask.has_time():
            found.add_page(page.text())
            raise Refusal(Outcome.TOO_LARGE, N_("not all of it was read: that would take too long"))
    page.close()
    found.add_fact("title", page.title, "html:title")
    for name, value in page.meta.items():
        found.add_fact(_META[name], value, f"html:{name}")
    found.add_fact("language", page.language, "html:lang")
    found.add_page(page.text())
    for picture in page.pictures if not page.text() else ():
        found.thumbnail = found.thumbnail or _inline(picture, ask)


def _inline(address: str, ask: Ask) -> Picture | None:
    """Return a small version of a picture that stands in the page itself."""
    try:
        content = binascii.a2b_base64(address.partition("base64,")[2])
    except ValueError:
        return None
    return image.thumbnail_of(content, ask.limits.pixels)


def decode(content: bytes, declared: str = "") -> tuple[str, str]:
    """Return text and encoding; what the page says of itself comes after what `declared` says."""
    said = _CHARSET.search(content[:8192])
    own = said[1].decode("ascii", "replace") if said else ""
    return charset.decode_wide_first(content, declared or own)


def text_of(markup: str) -> str:
    """Return the text of a piece of HTML."""
    page = Page()
    page.feed(without_comments(markup))
    page.close()
    return page.text()


def without_comments(markup: str) -> str:
    """Return a page without comments, declarations and processing instructions.

    WORKAROUND: html.parser takes quadratic time over many that do not end (CPython gh-135462);
    200,000 of them took 200 s.
    """
    parts, at, endless = [], 0, set()
    for opening in _OPENING.finditer(markup):
        if opening.start() < at:
            continue
        closing = _CLOSING[opening[0]]
        end = -1 if closing in endless else markup.find(closing, opening.end())
        parts.append(markup[at : opening.start()])
        at = opening.end()
        if end < 0:
            endless.add(closing)
        else:
            at = end + len(closing)
    rest = "".join([*parts, markup[at:]])
    if rest.count("<") > 2 * rest.count(">") + 1000:  # as slow: tags that never end
        rest = _UNENDED.sub(" ", rest)
    return rest


_OPENING = re.compile(r"<!--|<!\[CDATA\[|<!|<\?")
_UNENDED = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_CLOSING = {"<!--": "-->", "<![CDATA[": "]]>", "<!": ">", "<?": ">"}


class Page(HTMLParser):
    """Gathers the visible text of a page, with line ends where blocks end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.language = ""
        self.meta: dict[str, str] = {}
        self.pictures: list[str] = []  # addresses that are the picture: "data:image/png;base64,…"
        self._parts: list[str] = []
        self._unseen: list[str] = []
        self._in_title = False
        self._preformatted = 0

    def text(self) -> str:
        """Return what was gathered, without runs of spaces and empty lines."""
        text = "".join(self._parts)
        text = re.sub(r"[ \xa0\u200b]{2,}", " ", text)
        return re.sub(r"[ \t]*\n\s*\n[ \t]*", "\n", text).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "title":
            self._in_title = True
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "meta":
            self._note_meta({name: value or "" for name, value in attrs})
        elif tag == "img":
            source = dict(attrs).get("src") or ""
            if source.startswith("data:image/") and len(self.pictures) < _PICTURES:
                self.pictures.append(source)
        elif tag == "html":
            self.language = self.language or dict(attrs).get("lang") or ""
        if tag in _BLOCKS:
            self._parts.append("\n")
        elif tag in _CELLS:
            self._parts.append("\t")
        elif not self._unseen:
            self._parts += [f" {value} " for name, value in attrs if name in _SEEN and value]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        elif tag == "title":
            self._in_title = False
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        if tag in _BLOCKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._in_title and len(self.title) < 2000:
            self.title += data
        self._parts.append(data if self._preformatted else _SPACE.sub(" ", data))

    def _note_meta(self, values: dict[str, str]) -> None:
        name = (values.get("name") or values.get("property") or "").lower()
        if name in _META and values.get("content"):
            self.meta.setdefault(name, values["content"])


_SEEN = frozenset({"alt", "title", "placeholder", "summary"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
