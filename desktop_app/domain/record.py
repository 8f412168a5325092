"""What a record is made of: kinds, fields and their classes, and a record as it stands."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desktop_app.domain import strict_json
from desktop_app.domain.ids import EntryId, Fingerprint, RecordId

KINDS = ("document", "photo", "recording", "testimony", "person", "case")
# From the widest to the narrowest: of two that nobody has decided between, the narrower counts.
# Trash comes first, because throwing away must never win against somebody who kept on working.
STATES = ("trash", "inbox", "catalogued", "sealed", "retracted", "withdrawn", "erased")
NEW_STATE = "inbox"
SENSITIVITIES = (0, 1, 2, 3)
DEFAULT_SENSITIVITY = 1
MAX_TITLE = 500
MAX_TAG = 100
_MOST_SIGNS = 64 << 10
_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


class FieldClass(StrEnum):
    """Who may be told a field (PRODUCT.md, "Domain")."""

    OPEN = "open"
    SENSITIVE = "sensitive"
    SOURCE = "source"  # seen in the archive, in no edition unless granted
    IDENTITY = "identity"  # sealed to the names key


class Shape(StrEnum):
    """What a value of a field looks like."""

    TEXT = "text"  # at most 64 Ki signs: a line or a page
    LONG_TEXT = "long text"
    TIME = "time"  # whole milliseconds UTC
    SENSITIVITY = "sensitivity"
    STATE = "state"
    RECORD = "record"  # the id of a record
    ATTACHMENT = "attachment"  # {"sha256", "size_bytes", "media_type"}
    ORIGIN = "origin"  # {"name", "path"} and perhaps "modified_utc"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field may hold."""

    name: str
    class_: FieldClass
    shape: Shape = Shape.TEXT
    many: bool = False  # set-valued: one field per element, "tags/<16 hex>"


FIELDS = {
    rule.name: rule
    for rule in (
        FieldRule("title", FieldClass.OPEN),
        FieldRule("description", FieldClass.OPEN, Shape.LONG_TEXT),
        FieldRule("date", FieldClass.OPEN),  # EDTF level 1
        FieldRule("place", FieldClass.SENSITIVE),
        FieldRule("languages", FieldClass.OPEN, many=True),
        FieldRule("tags", FieldClass.OPEN, many=True),
        FieldRule("cases", FieldClass.SENSITIVE, Shape.RECORD, many=True),  # a record id
        FieldRule(
            "family", FieldClass.OPEN, Shape.RECORD, many=True
        ),  # the record this one came out of
        FieldRule("sensitivity", FieldClass.OPEN, Shape.SENSITIVITY),
        FieldRule("state", FieldClass.OPEN, Shape.STATE),
        FieldRule("reference", FieldClass.OPEN),  # of a case: what the user calls it
        FieldRule("@recorded", FieldClass.SENSITIVE, Shape.TIME),  # exact time of the entry, ms UTC
        FieldRule("attachments", FieldClass.SOURCE, Shape.ATTACHMENT, many=True),
        FieldRule(
            "origins", FieldClass.SOURCE, Shape.ORIGIN, many=True
        ),  # name and path of an attachment
        FieldRule("speaker", FieldClass.SENSITIVE, Shape.RECORD),  # a person record
        FieldRule("pseudonym", FieldClass.OPEN),  # of a person
        FieldRule("text", FieldClass.SENSITIVE, Shape.LONG_TEXT),  # of a testimony
    )
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value that an entry gives a field."""

    entry: EntryId
    author: Fingerprint
    value: Any


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a record."""

    sha256: str
    size_bytes: int
    media_type: str
    name: str = ""  # as it was called where it came from
    path: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands: the fold of its log.

    `fields` maps a field's full name ("title", "tags/1f…") to its values: one, or more where
    the log holds values that nobody has decided between. Removed elements are left out.
    """

    id: RecordId
    kind: str
    fields: dict[str, tuple[Value, ...]]
    heads: tuple[EntryId, ...]
    waiting: tuple[EntryId, ...] = ()
    narrowed: tuple[tuple[str, Any], ...] = ()  # what waiting entries take away already

    @property
    def conflicts(self) -> dict[str, tuple[Value, ...]]:
        """The fields that hold more than one value."""
        return {name: values for name, values in self.fields.items() if len(values) > 1}

    def one(self, name: str, default: Any = None) -> Any:
        """Return a single field's value; of a conflict the one of the smallest entry id.

        Where one side of a conflict took the value away, it is the other side's.
        """
        said = (one.value for one in self.fields.get(name, ()) if one.value is not None)
        return next(said, default)

    def many(self, family: str) -> list[Any]:
        """Return the values of a set-valued field, each once, in the order of their names."""
        prefix = family + "/"
        found: dict[bytes, Any] = {}
        for name in sorted(self.fields):
            if name.startswith(prefix):
                for value in self.fields[name]:
                    if value.value is not None:
                        found.setdefault(strict_json.canonical(value.value), value.value)
        return list(found.values())

    @property
    def title(self) -> str:
        """The title, or an empty string."""
        return str(self.one("title", ""))

    @property
    def sensitivity(self) -> int:
        """The highest that anybody says: what is narrower counts from any known author."""
        said = [v.value for v in self.fields.get("sensitivity", ())]
        said += [value for name, value in self.narrowed if name == "sensitivity"]
        return max((one for one in said if one is not None), default=DEFAULT_SENSITIVITY)

    @property
    def state(self) -> str:
        """The narrowest state that anybody says."""
        said = [v.value for v in self.fields.get("state", ())]
        said += [value for name, value in self.narrowed if name == "state"]
        known = [STATES.index(one) for one in said if one is not None]
        return STATES[max(known)] if known else NEW_STATE

    @property
    def attachments(self) -> list[Attachment]:
        """The files of this record, in the order of their field names."""
        found = []
        for name in sorted(self.fields):
            if name.startswith("attachments/"):
                origin = self.one("origins/" + name.partition("/")[2]) or {}
                for value in self.fields[name]:
                    found += _attachment(value.value, origin)
        return found


def _attachment(value: Any, origin: Any) -> list[Attachment]:
    if value is None:
        return []
    return [
        Attachment(
            value["sha256"],
            value["size_bytes"],
            value["media_type"],
            str(origin.get("name", "")),
            str(origin.get("path", "")),
        )
    ]


def fits(name: str, value: Any) -> bool:
    """Return whether a field of this name can hold `value`; None takes any value away.

    What does not fit is kept in the log and not used: it must not stop the rest of a record.
    A field that this release does not know takes anything.
    """
    family, slash, _key = name.partition("/")
    rule = FIELDS.get(family)
    if rule is None or value is None:
        return True
    return rule.many == bool(slash) and _SHAPES[rule.shape](value)


def _is_attachment(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_id(value.get("sha256"))
        and _is_count(value.get("size_bytes"))
        and isinstance(value.get("media_type"), str)
    )


def _is_origin(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(key), str) for key in ("name", "path")
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


_SHAPES: dict[Shape, Callable[[Any], bool]] = {
    Shape.TEXT: lambda value: isinstance(value, str) and len(value) <= _MOST_SIGNS,
    Shape.LONG_TEXT: lambda value: isinstance(value, str),
    Shape.TIME: lambda value: type(value) is int,
    Shape.SENSITIVITY: lambda value: type(value) is int and value in SENSITIVITIES,
    Shape.STATE: lambda value: isinstance(value, str) and value in STATES,
    Shape.RECORD: _is_id,
    Shape.ATTACHMENT: _is_attachment,
    Shape.ORIGIN: _is_origin,
}


def element(family: str, value: str) -> str:
    """Return the field name for an element of a set-valued field.

    The same tag gets the same name in every archive, so that adding it twice adds it once.
    """
    key = hashlib.sha256(f"{family}\0{label_key(value)}".encode()).hexdigest()
    return f"{family}/{key[:16]}"


def label_key(value: str) -> str:
    """Return the form in which labels (tags, references, languages) are compared."""
    return unicodedata.normalize("NFKC", value).casefold().strip()
