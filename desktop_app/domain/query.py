"""What was asked of the archive, as a tree; search/ makes it, storage/ answers it.

Words in the tree are already words of our tokeniser (see search/words.py). `And(())` is every
record, `Or(())` is none. Records in the trash and erased ones are found only by a filter on their
state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `column` is None (anywhere), "title", "body" or "about"."""

    text: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin so."""

    text: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that match a pattern of `*` and `?`; becomes an `Or` of words by search/expand.py."""

    text: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Words at an edit distance of at most `edits` (1 or 2); becomes an `Or` like a pattern."""

    text: str
    edits: int = 1
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after another, in one column; at least two."""

    words: tuple[str, ...]
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Different words in any order, at most `distance` words between the first and the last.

    For three words or more, those of them that stand in the middle count as well.
    """

    words: tuple[str, ...]
    distance: int
    column: str | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but this."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Filter:
    """A property of the record: `field` is kind, sensitivity, state, tag, case, lang or place.

    Values of the last four are compared as label keys: NFKC and case folded.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class DateRange:
    """Records whose date overlaps these days, both included; None is open. Undated never match."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Everything:
    """Every record."""


Node: TypeAlias = (
    Word
    | Prefix
    | Pattern
    | Fuzzy
    | Phrase
    | Near
    | And
    | Or
    | Not
    | Filter
    | DateRange
    | Everything
)

NOTHING = Or(())


class Sort(StrEnum):
    """The order of what is found."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  # added last comes first
    DATE = "date"  # the record's own date, latest first, undated last


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that was found; a higher score is better, 0.0 where nothing was ranked."""

    record_no: int
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, and how many there are on all pages together."""

    total: int
    hits: tuple[Hit, ...]


def asked(node: Node) -> Iterator[Node]:
    """Yield the leaves that are asked for, leaving out what stands below a `Not`."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from asked(part)
    elif not isinstance(node, Not):
        yield node


def simplified(node: Node) -> Node:
    """Return the same question with nested Ands and Ors merged and double negations undone."""
    if isinstance(node, Not):
        part = simplified(node.part)
        return part.part if isinstance(part, Not) else Not(part)
    if isinstance(node, And):
        return _merged(node, And, Everything())
    if isinstance(node, Or):
        return _merged(node, Or, NOTHING)
    return node


def _merged(node: And | Or, kind: type[And] | type[Or], empty: Node) -> Node:
    parts: dict[Node, None] = {}  # a set that keeps the order
    for part in map(simplified, node.parts):
        parts.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if len(parts) > 1:
        parts.pop(empty, None)
    if not parts:
        return empty
    return next(iter(parts)) if len(parts) == 1 else kind(tuple(parts))
