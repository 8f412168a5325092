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
from desktop_app.storage import blobs, held, readings, records

_TELLING = {"latitude": "place", "longitude": "place", "device": "device", "author": "author"}


@dataclass(frozen=True, slots=True)
class Leaving:
    """A record that would leave."""

    record: Record
    log: tuple[Opened, ...]
    files: tuple[str, ...]  # SHA-256 of the files that go with it
    carries: tuple[str, ...]  # what those files tell by themselves: place, device, author


@dataclass(frozen=True, slots=True)
class Plan:
    """What would leave for whom, and what stays and why."""

    readers: tuple[Contact, ...]
    leaves: tuple[Leaving, ...]
    withheld: tuple[Withheld, ...]

    @property
    def team(self) -> bool:
        """Whether whole logs go; otherwise an edition."""
        return all(reader.team for reader in self.readers)


def plan(archive: Archive, readers: Iterable[Contact], chosen: Iterable[RecordId]) -> Plan:
    """Decide record by record. What a record needs goes with it: its speaker, cases and family."""
    readers = tuple(readers)
    leaves, withheld = [], []
    for record_id in _with_needed(archive, chosen, whole=all(one.team for one in readers)):
        record, log = records.fold_record(archive.connection, record_id)
        reasons = (reason_to_withhold(record, log, archive.fingerprint, one) for one in readers)
        reason = next((one for one in reasons if one), "") or _lacks_file(archive, record)
        if reason:
            withheld.append(Withheld(record_id, reason))
        else:
            leaves.append(_leaving(archive, record, log))
    return Plan(readers, tuple(leaves), tuple(withheld))


def _with_needed(archive: Archive, chosen: Iterable[RecordId], *, whole: bool) -> list[RecordId]:
    """Return the chosen records after those that they name; a reader needs these to follow."""
    found: dict[RecordId, None] = {}
    waiting = list(dict.fromkeys(chosen))[::-1]
    seen: set[RecordId] = set()
    while waiting:
        here = waiting[-1]
        record, _log = records.fold_record(archive.connection, here)
        needed = [record.one("speaker")] if record.one("speaker") else []
        needed += [*record.many("cases"), *record.many("family")] if whole else []
        fresh = [RecordId(one) for one in needed if one not in seen and one not in found]
        fresh = [one for one in fresh if records.is_known(archive.connection, one)]
        if fresh and here not in seen:
            seen.add(here)
            waiting += fresh
        else:
            seen.add(here)
            found[waiting.pop()] = None
    return list(found)


def _leaving(archive: Archive, record: Record, log: list[Opened]) -> Leaving:
    ours = held.of_record(archive.connection, record.id)
    files = tuple(one.sha256 for one in record.attachments if one.sha256 in ours)
    number = records.find_number(archive.connection, record.id)
    facts = readings.read_facts(archive.connection, number) if files else ()
    carries = sorted({_TELLING[fact.name] for fact in facts if fact.name in _TELLING})
    return Leaving(record, tuple(log), files, tuple(carries))


def _lacks_file(archive: Archive, record: Record) -> str:
    for sha256 in held.of_record(archive.connection, record.id):
        if blobs.find(archive.connection, sha256) is None:
            return _("Its file is not in this archive.")
    return ""
