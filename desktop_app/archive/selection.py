"""Which records a share means, and what they need with them."""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop_app.archive.archive import Archive
from desktop_app.domain.contact import Contact
from desktop_app.domain.fold import Opened
from desktop_app.domain.ids import RecordId
from desktop_app.domain.plan import Withheld, reason_to_withhold
from desktop_app.domain.record import Record
from desktop_app.i18n import _
from desktop_app.storage import blobs, exchange, held, readings, records

_ORDER = {"person": 0, "case": 1}  # those that others name come first
_TELLING = {"latitude": "place", "longitude": "place", "device": "device", "author": "author"}


@dataclass(frozen=True, slots=True)
class Leaving:
    """A record that would leave."""

    record: Record
    log: tuple[Opened, ...]
    files: tuple[str, ...]  # SHA-256 of the files that go with it
    carries: tuple[str, ...]  # what those files tell by themselves: place, device, author
    title: str = ""  # what it is called here


@dataclass(frozen=True, slots=True)
class Plan:
    """What would leave for whom, and what stays and why."""

    readers: tuple[Contact, ...]
    leaves: tuple[Leaving, ...]
    withheld: tuple[Withheld, ...]
    narrowed: tuple[Leaving, ...] = ()  # withheld, but known to a reader, who is told why

    @property
    def team(self) -> bool:
        """Whether whole logs go; otherwise an edition."""
        return all(reader.team for reader in self.readers)


def plan(archive: Archive, readers: Iterable[Contact], chosen: Iterable[RecordId]) -> Plan:
    """Decide record by record. What a record that leaves needs goes with it.

    Of a record that stays nothing goes, with one exception: whoever has it already is told what
    was taken away, its state and its sensitivity.
    """
    readers = tuple(readers)
    whole = all(one.team for one in readers)
    decided: dict[RecordId, Leaving | Withheld] = {}
    narrowed: list[Leaving] = []
    waiting = list(dict.fromkeys(chosen))
    while waiting:
        record_id = waiting.pop(0)
        record, log = records.fold_record(archive.connection, record_id)
        reasons = (reason_to_withhold(record, log, archive.fingerprint, one) for one in readers)
        reason = next((one for one in reasons if one), "") or _lacks_file(archive, record)
        if not reason:
            decided[record_id] = _leaving(archive, record, log)
            needed = _needed(archive, record, whole=whole)
            waiting += [one for one in needed if one not in decided and one not in waiting]
        else:
            title = records.shown_title(record)
            decided[record_id] = Withheld(record_id, reason, record.kind, title)
            if any(exchange.told_of(archive.connection, one, record_id) for one in readers):
                narrowed.append(Leaving(record, tuple(log), (), ()))
    leaves = [one for one in decided.values() if isinstance(one, Leaving)]
    withheld = [one for one in decided.values() if isinstance(one, Withheld)]
    leaves.sort(key=lambda one: _ORDER.get(one.record.kind, len(_ORDER)))
    return Plan(readers, tuple(leaves), tuple(withheld), tuple(narrowed))


def _needed(archive: Archive, record: Record, *, whole: bool) -> list[RecordId]:
    """Return the records that a reader needs to follow this one."""
    found = [record.one("speaker")] if record.one("speaker") else []
    found += [*record.many("cases"), *record.many("family")] if whole else []
    return [RecordId(one) for one in found if records.is_known(archive.connection, one)]


def _leaving(archive: Archive, record: Record, log: list[Opened]) -> Leaving:
    ours = held.of_record(archive.connection, record.id)
    files = tuple(one.sha256 for one in record.attachments if one.sha256 in ours)
    number = records.find_number(archive.connection, record.id)
    facts = readings.read_facts(archive.connection, number) if files else ()
    carries = sorted({_TELLING[fact.name] for fact in facts if fact.name in _TELLING})
    return Leaving(record, tuple(log), files, tuple(carries), records.shown_title(record))


def _lacks_file(archive: Archive, record: Record) -> str:
    for sha256 in held.of_record(archive.connection, record.id):
        if blobs.find(archive.connection, sha256) is None:
            return _("Its file is not in this archive.")
    return ""
