"""The leaves of a query: from the pieces that Whoosh cuts out to words, patterns and filters."""

import re
from dataclasses import dataclass, field

from desktop_app.domain.query import (
    NOTHING,
    And,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Near,
    Node,
    Pattern,
    Phrase,
    Prefix,
    Word,
    simplified,
)
from desktop_app.domain.record import STATES, label_key
from desktop_app.i18n import _
from desktop_app.search.dates import parse_span
from desktop_app.search.words import words

COLUMNS = {"title": "title", "text": "body", "about": "about"}
_LABELS = {"tag", "case", "lang", "place"}
_FILTERS = {"kind", "sensitivity", "state", "date"} | _LABELS
_VALUES = {"sensitivity": ("0", "1", "2", "3"), "state": STATES}
_FARTHEST = 100  # words between the first and the last of a "near"
_SHORTEST_FUZZY, _SHORTEST_FUZZY_2, _LONGEST_FUZZY = 3, 5, 32
_WILD = re.compile(r"[*?]+")
_WILD_CHUNK = re.compile(r"[^\s!-&(-),-/:->@\[-_{-~]*[*?][^\s!-&(-),-/:->@\[-_{-~]*")
_KIND_WORDS = {
    "document": "document documents дакумент дакументы документ документы",
    "photo": "photo photos picture фота здымак здымкі фотаздымак фото снимок фотография",
    "recording": "recording recordings запіс запісы запись записи",
    "testimony": "testimony testimonies паказанне паказанні сведчанне сведчанні "
    "показание показания свидетельство",
    "person": "person persons people асоба асобы чалавек людзі лицо человек люди",
    "case": "case cases справа справы дело дела",
}
_KINDS = {word: kind for kind, listed in _KIND_WORDS.items() for word in words(listed)}


@dataclass(slots=True)
class Leaves:
    """Makes nodes out of pieces of what was typed, and notes what it could not understand."""

    notes: list[str] = field(default_factory=list)

    @property
    def fields(self) -> set[str]:
        """Names that may stand before a colon; any other such name is a plain word."""
        return set(COLUMNS) | _FILTERS

    def plain(self, text: str, name: str | None = None) -> Node:
        """Return words; those that a hyphen or a dot joins stand next to each other."""
        if name in _FILTERS:
            return self._filter(name, text)
        column = COLUMNS.get(name or "")
        parts = [_adjacent(words(piece), column) for piece in text.replace(":", " ").split()]
        return _all(parts)

    def quoted(self, text: str, slop: int, name: str | None = None) -> Node:
        """Return a phrase, or words near each other in any order."""
        if name in _FILTERS:
            return self._filter(name, text)
        column, found = COLUMNS.get(name or ""), words(text)
        different = tuple(dict.fromkeys(found))
        if slop > 1 and len(different) > 1:
            return Near(different, min(slop - 1, _FARTHEST), column)
        return _adjacent(found, column)

    def pattern(self, text: str, name: str | None = None) -> Node:
        """Return a prefix or a pattern, and the plain words around it."""
        if name in _FILTERS:
            return self._filter(name, text)
        text = text.translate({0x55E: "?", 0x61F: "?", 0x1367: "?"})  # Whoosh takes them, too
        column, parts, done = COLUMNS.get(name or ""), [], 0
        for match in _WILD_CHUNK.finditer(text):
            parts += [self.plain(text[done : match.start()], name), _wild(match.group(), column)]
            done = match.end()
        return _all([*parts, self.plain(text[done:], name)])

    def fuzzy(self, text: str, edits: int, name: str | None = None) -> Node:
        """Return words like the last word of `text`, and the words before it as they are."""
        found = words(text)
        if name in _FILTERS or not found:
            return self.plain(text, name)
        column, last = COLUMNS.get(name or ""), found[-1]
        if edits < 1 or not _SHORTEST_FUZZY <= len(last) <= _LONGEST_FUZZY:
            return self.plain(text, name)
        allowed = 2 if edits > 1 and len(last) >= _SHORTEST_FUZZY_2 else 1
        return _all([_adjacent(found[:-1], column), Fuzzy(last, allowed, column)])

    def _filter(self, name: str, typed: str) -> Node:
        value = label_key(typed)
        node: Node | None = None
        if name in _LABELS and value:
            node = Filter(name, value)
        elif name == "date" and (span := parse_span(value)) is not None:
            node = DateRange(*span)
        elif name == "kind" and (kind := _KINDS.get(" ".join(words(value)))) is not None:
            node = Filter(name, kind)
        elif value in _VALUES.get(name, ()):
            node = Filter(name, value)
        if node is None:
            self.notes.append(
                _("{name}:{value} was not understood and is searched as plain words.").format(
                    name=name, value=typed
                )
            )
            node = self.plain(f"{name} {typed}")
        return node


def _adjacent(found: list[str], column: str | None) -> Node:
    if not found:
        return NOTHING
    return Word(found[0], column) if len(found) == 1 else Phrase(tuple(found), column)


def _all(parts: list[Node]) -> Node:
    kept = tuple(part for part in parts if part is not NOTHING)
    return simplified(And(kept)) if kept else NOTHING


def _wild(chunk: str, column: str | None) -> Node:
    """Return the node of one run of letters and wildcards."""
    pieces = _WILD.split(chunk)
    signs = ["*" if "*" in run else run for run in _WILD.findall(chunk)]
    folded = ["".join(words(piece)) for piece in pieces]
    if not any(folded) and "*" in signs:
        return Everything()
    if len(folded) == 2 and folded[0] and not folded[1] and signs == ["*"]:
        return Prefix(folded[0], column)
    text = folded[0] + "".join(sign + word for sign, word in zip(signs, folded[1:], strict=True))
    return Pattern(text, column)
