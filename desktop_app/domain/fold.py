"""From a set of entries and openings to the record as it stands.

A pure function of the *set*: any order, any grouping, anything twice gives the same record.
Clocks decide nothing. Source: resources/spec/archive-v1.md, "Fold".
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from desktop_app.domain import strict_json
from desktop_app.domain.ids import EntryId, Fingerprint, RecordId
from desktop_app.domain.log import VERSION, Entry, Opening
from desktop_app.domain.record import (
    DEFAULT_SENSITIVITY,
    NEW_STATE,
    SENSITIVITIES,
    STATES,
    Record,
    Value,
    fits,
)

ENTRY_OWN = "@"  # names that begin so tell of the entry ("@recorded"), not of the record
NARROW_STATES = frozenset(STATES[STATES.index("retracted") :])


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with the openings that are still there, by field name."""

    entry: Entry
    openings: Mapping[str, Opening]


def fold(record: RecordId, entries: Iterable[Opened]) -> Record:
    """Return the record that these entries make.

    Entries of other records and of later versions, and all that follow what is missing, wait.
    A record whose founding entry is missing has the kind "" and only waiting entries.
    """
    by_id = {one.entry.id: one for one in entries if one.entry.record == record}
    bit = {one: 1 << number for number, one in enumerate(sorted(by_id))}
    ancestors = _applied(record, by_id, bit)
    followed = {before for one in ancestors for before in by_id[one].entry.follows}
    waiting = sorted(by_id.keys() - ancestors.keys())
    founding = by_id.get(EntryId(record))
    return Record(
        id=record,
        kind=(founding.entry.kind or "") if founding and ancestors else "",
        fields=_fields({one: by_id[one] for one in ancestors}, ancestors, bit),
        heads=tuple(sorted(ancestors.keys() - followed)),
        waiting=tuple(waiting),
        narrowed=_narrowed(by_id[one] for one in waiting),
    )


def current(record: RecordId, entries: Iterable[Opened]) -> set[tuple[EntryId, str]]:
    """Return which entries say what counts now: (entry, field), removals included."""
    by_id = {one.entry.id: one for one in entries if one.entry.record == record}
    bit = {one: 1 << number for number, one in enumerate(sorted(by_id))}
    ancestors = _applied(record, by_id, bit)
    setters = _setters({one: by_id[one] for one in ancestors})
    return {
        (one, name)
        for name, found in setters.items()
        for one in _not_outdone(found, ancestors, bit)
    }


def counted(record: RecordId, entries: Iterable[Opened], own: Fingerprint, name: str) -> Any:
    """Return the sensitivity or state by which this archive decides what may leave.

    What narrows counts from anybody; what widens only if this archive says it: a value by
    another author is set aside only by an entry of our own that follows it. Waiting entries
    narrow, too. Source: resources/spec/archive-v1.md, "Fold".
    """
    by_id = {one.entry.id: one for one in entries if one.entry.record == record}
    bit = {one: 1 << number for number, one in enumerate(sorted(by_id))}
    ancestors = _applied(record, by_id, bit)
    setters = _setters({one: by_id[one] for one in ancestors}).get(name, [])
    outdone = 0
    for one in setters:
        if by_id[one].entry.author == own:
            outdone |= ancestors[one]
    said = [by_id[one].openings[name].value for one in setters if not outdone & bit[one]]
    if name == "sensitivity" and not _tells_its_sensitivity(by_id, record, own):
        said.append(SENSITIVITIES[-1])
    waiting = (by_id[one] for one in by_id.keys() - ancestors.keys())
    said += [value for field, value in _narrowed(waiting) if field == name]
    return narrowest(name, said)


def _tells_its_sensitivity(
    by_id: Mapping[EntryId, Opened], record: RecordId, own: Fingerprint
) -> bool:
    """Return whether we may believe that a founding entry says nothing of its sensitivity.

    Openings are not signed to be there: whoever carries another's entry can leave out the one
    that narrows, so a founding by somebody else that keeps something closed counts as the
    narrowest until it is told.
    """
    founding = by_id.get(EntryId(record))
    if founding is None or founding.entry.author == own or "sensitivity" in founding.openings:
        return True
    return len(founding.openings) == len(founding.entry.sets)


def narrowest(name: str, values: Iterable[Any]) -> Any:
    """Return the narrowest of some sensitivities or states; the default if there are none."""
    there = [value for value in values if value is not None]
    if name == "sensitivity":
        return max(there, default=DEFAULT_SENSITIVITY)
    return max(there, key=STATES.index, default=NEW_STATE)


def fold_lines(record: Record) -> list[str]:
    """Return the lines `record field entry-id` of one record, unsorted."""
    return [
        f"{record.id} {name} {value.entry}"
        for name, values in record.fields.items()
        for value in values
    ]


def fold_hash(lines: Iterable[str]) -> str:
    """Return the hash that two archives compare: 64 hex over the sorted lines."""
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _applied(
    record: RecordId, by_id: Mapping[EntryId, Opened], bit: Mapping[EntryId, int]
) -> dict[EntryId, int]:
    """Return the entries that reach back to the founding one, each with its ancestors' bits.

    One bit per entry makes "descends from" a single operation, whatever the log's shape.
    """
    founding = by_id.get(EntryId(record))
    if founding is None or founding.entry.version != VERSION:
        return {}
    needs = {one: len(by_id[one].entry.follows) for one in by_id}
    children: dict[EntryId, list[EntryId]] = defaultdict(list)
    for one in by_id:
        for before in by_id[one].entry.follows:
            children[before].append(one)
    ancestors = {founding.entry.id: 0}
    ready = [founding.entry.id]
    while ready:
        here = ready.pop()
        for child in children[here]:
            needs[child] -= 1
            if needs[child] == 0 and by_id[child].entry.version == VERSION:
                ancestors[child] = 0
                for before in by_id[child].entry.follows:
                    ancestors[child] |= ancestors[before] | bit[before]
                ready.append(child)
    return ancestors


def _fields(
    applied: Mapping[EntryId, Opened],
    ancestors: Mapping[EntryId, int],
    bit: Mapping[EntryId, int],
) -> dict[str, tuple[Value, ...]]:
    setters = _setters(applied)
    fields = {}
    for name in sorted(setters):
        values = _values(_not_outdone(setters[name], ancestors, bit), name, applied)
        if any(value.value is not None for value in values):
            fields[name] = values
    return fields


def _setters(applied: Mapping[EntryId, Opened]) -> dict[str, list[EntryId]]:
    """Return by field the entries that set it to something it can hold, sorted by id."""
    setters: dict[str, list[EntryId]] = defaultdict(list)
    for one in sorted(applied):
        for name, opening in applied[one].openings.items():
            if not name.startswith(ENTRY_OWN) and fits(name, opening.value):
                setters[name].append(one)
    return setters


def _not_outdone(
    setters: Iterable[EntryId], ancestors: Mapping[EntryId, int], bit: Mapping[EntryId, int]
) -> list[EntryId]:
    setters = list(setters)
    outdone = 0
    for one in setters:
        outdone |= ancestors[one]
    return [one for one in setters if not outdone & bit[one]]


def _values(
    left: Iterable[EntryId], name: str, applied: Mapping[EntryId, Opened]
) -> tuple[Value, ...]:
    found: dict[bytes, Value] = {}
    for one in left:
        opening = applied[one].openings[name]
        value = Value(one, opening.author, opening.value)
        found.setdefault(strict_json.canonical(opening.value), value)  # equal values show once
    return tuple(found.values())


def _narrowed(waiting: Iterable[Opened]) -> tuple[tuple[str, Any], ...]:
    """Return what waiting entries take away: it counts on arrival, whatever is missing."""
    found = set()
    for one in waiting:
        for name, opening in one.openings.items():
            if opening.value is None or not fits(name, opening.value):
                continue
            if name == "sensitivity" or (name == "state" and opening.value in NARROW_STATES):
                found.add((name, opening.value))
    return tuple(sorted(found))
