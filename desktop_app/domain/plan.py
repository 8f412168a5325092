"""What would leave, to whom, and what stays and why: the sharing policy.

For now one question decides: may this contact see a record of this sensitivity? Consent comes
into it later.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop_app.domain.contact import Contact
from desktop_app.domain.fold import NARROW_STATES, Opened, counted
from desktop_app.domain.ids import Fingerprint, RecordId
from desktop_app.domain.record import Record
from desktop_app.i18n import N_, _

_STAYS = NARROW_STATES | {"trash"}


@dataclass(frozen=True, slots=True)
class Withheld:
    """A record that stays, and why; `reason` is a sentence with its facts filled in."""

    record: RecordId
    reason: str
    kind: str = ""
    title: str = ""


def reason_to_withhold(
    record: Record, log: Iterable[Opened], own: Fingerprint, contact: Contact
) -> str:
    """Return why a record may not leave for a contact; empty if it may.

    Args:
        record: The record as it stands.
        log: Its entries, from which follows what counts here.
        own: This archive's fingerprint: whose word may widen.
        contact: Who would read it.
    """
    log = list(log)
    sensitivity = counted(record.id, log, own, "sensitivity")
    state = counted(record.id, log, own, "state")
    if state in _STAYS:
        return _(STATE_WORDS[state])
    if sensitivity > contact.clearance:
        return _("Its sensitivity is {has}; {name} may see up to {may}.").format(
            has=sensitivity, name=contact.name, may=contact.clearance
        )
    if not contact.team and _founder(log) == contact.fingerprint:
        return _("{name} told it to you.").format(name=contact.name)
    if record.conflicts and not contact.team:
        return _("Not decided yet: {fields}.").format(fields=", ".join(record.conflicts))
    return ""


def _founder(log: Iterable[Opened]) -> Fingerprint | None:
    return next((one.entry.author for one in log if one.entry.founding), None)


STATE_WORDS = {
    "trash": N_("It is in the trash."),
    "retracted": N_("It was retracted."),
    "withdrawn": N_("Whoever told it has withdrawn it."),
    "erased": N_("It was erased."),
}
