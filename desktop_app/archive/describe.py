"""A record as plain values, for programs: what `show --json` prints and an export holds."""

from datetime import UTC, datetime
from typing import Any

from desktop_app.archive.records import Shown
from desktop_app.domain.fold import Opened
from desktop_app.domain.record import FIELDS
from desktop_app.storage.records import RECORDED

_LEFT_OUT = ("attachments", "origins")  # told apart, file by file


def described(shown: Shown) -> dict[str, Any]:
    """Return a record as JSON values: id, reference, kind, fields, attachments, log and more."""
    record = shown.record
    return {
        "record": record.id,
        "reference": shown.reference,
        "kind": record.kind,
        "title": shown.title,
        "fields": fields(shown),
        "counts": dict(shown.counts),
        "attachments": [
            {
                "name": one.name,
                "path": one.path,
                "sha256": one.sha256,
                "size_bytes": one.size_bytes,
                "media_type": one.media_type,
            }
            for one in record.attachments
        ],
        "members": list(shown.members),
        "reading": _reading(shown),
        "conflicts": conflicts(shown),
        "waiting": list(record.waiting),
        "log": [_entry(one) for one in shown.log],
        "journal": [
            {"at": iso(line.at_utc), "what": line.what, "detail": dict(line.detail)}
            for line in shown.journal
        ],
    }


def fields(shown: Shown) -> dict[str, Any]:
    """Return the fields by name; set-valued ones as lists, of a conflict the first value."""
    record = shown.record
    found: dict[str, Any] = {}
    for name, rule in FIELDS.items():
        if name in _LEFT_OUT or name == RECORDED:
            continue
        value = record.many(name) if rule.many else record.one(name)
        if value not in (None, []):
            found[name] = value
    return found


def conflicts(shown: Shown) -> list[dict[str, Any]]:
    """Return every undecided field with its values, numbered as `decide` takes them."""
    return [
        {
            "field": name,
            "values": [
                {"choice": number, "value": one.value, "author": one.author, "entry": one.entry}
                for number, one in enumerate(values, start=1)
            ],
        }
        for name, values in shown.record.conflicts.items()
    ]


def iso(at_utc: int) -> str:
    """Return milliseconds since 1970 as ISO 8601 in UTC; times beyond the calendar as a number."""
    try:
        return datetime.fromtimestamp(at_utc / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(at_utc)


def _reading(shown: Shown) -> dict[str, Any] | None:
    reading = shown.reading
    if reading is None:
        return None
    return {
        "outcome": reading.outcome,
        "reader": reading.reader,
        "why": reading.why,
        "pages": len(reading.pages),
        "facts": [
            {"name": one.name, "value": one.value, "source": one.source} for one in reading.facts
        ],
        "flags": list(reading.flags),
        "thumbnail": reading.thumbnail is not None,
    }


def _entry(one: Opened) -> dict[str, Any]:
    recorded = one.openings.get(RECORDED)
    at_utc = recorded.value if recorded and isinstance(recorded.value, int) else None
    return {
        "entry": one.entry.id,
        "type": one.entry.type,
        "author": one.entry.author,
        "at": None if at_utc is None else iso(at_utc),
        "follows": list(one.entry.follows),
        "sets": {
            name: opening.value
            for name, opening in one.openings.items()
            if name not in (RECORDED, "text")
        },
    }
