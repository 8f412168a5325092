"""Searching the slow way: records as tests know them, and queries answered by reading them all."""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from desktop_app.domain.query import (
    And,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Word,
    simplified,
)
from desktop_app.storage import index
from desktop_app.storage.connection import Connection
from desktop_app.storage.migrate import migrate

KEY = bytes(range(32))


@dataclass(frozen=True)
class Sample:
    """One record as the tests know it."""

    record_no: int
    title: str = ""
    body: str = ""
    about: str = ""
    kind: str = "document"
    state: str = "catalogued"
    sensitivity: int = 1
    first: str | None = None
    last: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, list[str]]:
        return {"title": self.title.split(), "body": self.body.split(), "about": self.about.split()}


def put(connection: Connection, sample: Sample) -> None:
    columns = connection.rows("SELECT name, \"notnull\", type FROM pragma_table_info('record')")
    values = {
        "record_no": sample.record_no,
        "record_id": sample.record_no.to_bytes(32, "big"),
        "reference": f"R-{sample.record_no}",
        "kind": sample.kind,
        "title": sample.title,
        "date_first": sample.first,
        "date_last": sample.last,
        "sensitivity": sample.sensitivity,
        "state": sample.state,
        "added_utc": sample.record_no,
        "fold": bytes(32),
    }
    for name, needed, kind in columns:
        if needed and name not in values:
            values[name] = {"INTEGER": 0, "TEXT": "", "BLOB": b""}[kind]
    names = [name for name, _needed, _kind in columns if name in values]
    connection.execute(
        f"INSERT INTO record ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})",
        values,
    )
    for tag in sample.tags:
        connection.execute(
            "INSERT INTO label (family, key, record_no, shown) VALUES ('tag', ?, ?, ?)",
            (tag, sample.record_no, tag),
        )
    index.add(connection, sample.record_no, sample.title, sample.body, sample.about)


def fresh(path: Path) -> Connection:
    connection = Connection(path, KEY, create=True)
    migrate(connection.raw)
    return connection


def naive(query: Node, samples: list[Sample]) -> set[int]:
    shown = {"trash", "erased"} - asked_states(simplified(query))
    return {s.record_no for s in samples if s.state not in shown and matches(query, s)}


def asked_states(node: Node) -> set[str]:
    if isinstance(node, And | Or):
        return set().union(*map(asked_states, node.parts))
    return {node.value} if isinstance(node, Filter) else set()


def matches(node: Node, sample: Sample) -> bool:
    match node:
        case And(parts):
            return all(matches(part, sample) for part in parts)
        case Or(parts):
            return any(matches(part, sample) for part in parts)
        case Not(part):
            return not matches(part, sample)
        case Everything():
            return True
        case Filter(field, value):
            return value in sample.tags if field == "tag" else str(getattr(sample, field)) == value
        case DateRange(first, last):
            return sample.first is not None and (
                (first is None or str(sample.last) >= first.isoformat())
                and (last is None or sample.first <= last.isoformat())
            )
        case _:
            return any(
                in_column(node, words)
                for name, words in sample.columns.items()
                if node.column in (None, name)
            )


def in_column(node: Node, words: list[str]) -> bool:
    match node:
        case Word(text):
            return text in words
        case Prefix(text):
            return any(word.startswith(text) for word in words)
        case Pattern(text):
            wild = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
            return any(re.fullmatch(wild, word) for word in words)
        case Fuzzy(text, edits):
            return any(
                distance(text, word) <= edits and (edits < 2 or word[0] == text[0])
                for word in words
            )
        case Phrase(wanted):
            size = len(wanted)
            return any(tuple(words[at : at + size]) == wanted for at in range(len(words)))
        case Near(wanted, between):
            places = [[at for at, word in enumerate(words) if word == one] for one in wanted]
            return any(max(c) - min(c) - 1 <= between for c in itertools.product(*places))
    raise AssertionError(node)


def distance(one: str, two: str) -> int:
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(two, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
