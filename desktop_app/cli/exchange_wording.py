"""What the commands of the exchange say: for programs as values, for people as lines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from desktop_app.archive.contacts import digits
from desktop_app.archive.courier import Checked
from desktop_app.archive.receive import Report
from desktop_app.archive.selection import Plan
from desktop_app.archive.share import Shared
from desktop_app.domain.contact import Contact, Trust
from desktop_app.domain.ids import reference
from desktop_app.i18n import N_, _, ngettext

_TRUST_WORDS = {
    Trust.UNVERIFIED: N_("not verified"),
    Trust.VERIFIED: N_("verified"),
    Trust.REVOKED: N_("set aside"),
}
_LISTED = 20  # records that a person is shown one by one; --json has all
_QUIET = 2  # modules of light around a QR code; the norm asks for four, readers for two
_CARRIES_WORDS = {"place": N_("place"), "device": N_("device"), "author": N_("author")}


def card(values: Mapping[str, Any], out: Path | None) -> list[str]:
    """Say what somebody else needs to know us."""
    written = [_("Your card lies in {file}.").format(file=out)] if out else [values["card"]]
    return [*written, _("Compare these digits in person or by voice:"), values["digits"]]


def qr_lines(modules: Sequence[Sequence[bool]]) -> list[str]:
    """Draw a QR code with half blocks, light on the dark of a terminal, with its quiet border."""
    width = len(modules) + 2 * _QUIET
    empty = [[False] * width] * _QUIET
    rows = [*empty, *([False] * _QUIET + [*row] + [False] * _QUIET for row in modules), *empty]
    rows += [[True] * width] * (len(rows) % 2)
    halves = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return [
        "".join(halves[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]


def contact_values(contact: Contact) -> dict[str, Any]:
    """Return a contact."""
    return {
        "name": contact.name,
        "fingerprint": contact.fingerprint,
        "digits": digits(contact.public),
        "trust": str(contact.trust),
        "team": contact.team,
        "clearance": contact.clearance,
    }


def contact_lines(contact: Contact) -> list[str]:
    """Say who somebody is to us."""
    group = _("team") if contact.team else _("not of the team")
    sees = _("may see up to sensitivity {clearance}").format(clearance=contact.clearance)
    lines = [
        f"{contact.name}: {_(_TRUST_WORDS[contact.trust])}, {group}, {sees}",
        f"    {contact_values(contact)['digits']}",
    ]
    if contact.trust is Trust.UNVERIFIED:
        lines.append(_("    Compare these digits in person or by voice, then: contact verify"))
    return lines


def plan_values(plan: Plan) -> dict[str, Any]:
    """Return what would leave and what stays."""
    return {
        "records": len(plan.leaves),
        "edition": not plan.team,
        "leaves": [
            {"record": one.record.id, "files": list(one.files), "carries": list(one.carries)}
            for one in plan.leaves
        ],
        "withheld": _withheld(plan),
    }


def plan_lines(plan: Plan) -> list[str]:
    """Say what would leave, to whom, what the files tell by themselves, and what stays."""
    names = ", ".join(reader.name for reader in plan.readers)
    count = len(plan.leaves)
    leaves = ngettext(
        "{count} record would leave for {names}.",
        "{count} records would leave for {names}.",
        count,
    )
    lines = [leaves.format(count=count, names=names)]
    if plan.team:
        lines.append(_("They get its whole log: who said what, and when."))
    else:
        lines.append(_("They are told nothing of other readers, authors or times."))
    for leaving in plan.leaves:
        record = leaving.record
        lines.append(f"  {reference(record.id)}  {record.kind}  {leaving.title}".rstrip())
        if leaving.carries:
            told = ", ".join(_(_CARRIES_WORDS[word]) for word in leaving.carries)
            lines.append(_("    its file tells by itself: {told}").format(told=told))
    return lines + _withheld_lines(plan)


def shared_values(done: Shared) -> dict[str, Any]:
    """Return what was written."""
    return {
        "bundle_id": done.written.bundle_id,
        "folder": str(done.written.folder),
        "volumes": done.written.volumes,
        "check_code": done.written.check_code,
        "records": len(done.plan.leaves),
        "withheld": _withheld(done.plan),
    }


def shared_lines(done: Shared) -> list[str]:
    """Say what lies on the medium, and how the other side knows that it arrived whole."""
    names = ", ".join(reader.name for reader in done.plan.readers)
    count = len(done.plan.leaves)
    if count:
        what = ngettext("{count} record", "{count} records", count).format(count=count)
        what += _(", with something new for them in {fresh}").format(fresh=done.fresh)
    else:
        what = _("only word of what arrived and what was taken away")
    return [
        _("Encrypted for {names}: {what}; written and read back.").format(names=names, what=what),
        _("It lies in {folder}.").format(folder=done.written.folder),
        _("Control code, to be told over another way: {code}").format(code=done.written.check_code),
        *_withheld_lines(done.plan),
    ]


def courier_values(found: Sequence[Checked]) -> dict[str, Any]:
    """Return what is whole; of several packages one by one under `bundles`."""
    each = [
        {
            "folder": str(one.found.folder),
            "intact": one.intact,
            "damaged": list(one.damaged),
            "missing": list(one.missing),
            "check_code": one.check_code,
        }
        for one in found
    ]
    return each[0] if len(each) == 1 else {"bundles": each}


def courier_lines(found: Sequence[Checked]) -> list[str]:
    """Say which parts are whole."""
    lines = []
    for one in found:
        lines.append(one.found.named)
        if one.ok:
            lines.append(_("  All parts are whole: {count}.").format(count=one.intact))
        lines += [_("  Part {part} is damaged.").format(part=part) for part in one.damaged]
        lines += [_("  Part {part} is missing.").format(part=part) for part in one.missing]
        if one.check_code:
            lines.append(_("  Control code: {code}").format(code=one.check_code))
    return lines


def received_values(report: Report) -> dict[str, Any]:
    """Return what a package did or would do."""
    return {
        "sender": report.sender.name,
        "number": report.head.number,
        "new": len(report.new),
        "changed": len(report.changed),
        "conflicts": report.conflicts,
        "refused": [{"entry": one.entry, "reason": one.reason} for one in report.refused],
        "waiting": report.waiting,
        "gaps": list(report.gaps),
        "missing": list(report.missing),
        "confirmed": list(report.confirmed),
        "records": [
            {
                "record": one.record.id,
                "kind": one.record.kind,
                "title": one.title,
                "new": one.new,
                "changed": one.changed,
                "conflicts": one.conflicts,
            }
            for one in report.effects
        ],
        "outdone": [
            {"record": o.record, "field": o.field, "yours": o.yours, "theirs": o.theirs}
            for o in report.outdone
        ],
        "warnings": list(report.warnings),
    }


def received_lines(report: Report, *, taken: bool) -> list[str]:
    """Say what a package did or would do."""
    head = report.head
    lines = [
        _("From {name}, number {number}, signature good.").format(
            name=report.sender.name, number=head.number
        ),
        _("New: {new}. Changed: {changed}. Not decided: {conflicts}. Waiting: {waiting}.").format(
            new=len(report.new),
            changed=len(report.changed),
            conflicts=report.conflicts,
            waiting=report.waiting,
        ),
        *_effect_lines(report),
    ]
    if report.confirmed:
        numbers = ", ".join(str(number) for number in report.confirmed)
        told = _("{name} has taken in your packages: number {numbers}.")
        lines.append(told.format(name=report.sender.name, numbers=numbers))
    if report.gaps:
        missing = ", ".join(str(number) for number in report.gaps)
        lines.append(_("Packages that have not arrived: number {numbers}.").format(numbers=missing))
    for one in report.outdone:
        lines.append(
            _("Takes the place of yours: {reference} {field}: {yours} → {theirs}").format(
                reference=reference(one.record), field=one.field, yours=one.yours, theirs=one.theirs
            )
        )
    lines += [_("Not accepted: {reason}").format(reason=one.reason) for one in report.refused]
    if not taken:
        lines.append(_("Nothing was taken in yet. Add --yes to take it in."))
    return lines


def _withheld(plan: Plan) -> list[dict[str, Any]]:
    return [{"record": one.record, "reason": one.reason} for one in plan.withheld]


def _withheld_lines(plan: Plan) -> list[str]:
    return [
        _("Not sent: {reference}  {kind}  {title}: {reason}").format(
            reference=reference(one.record), kind=one.kind, title=one.title, reason=one.reason
        )
        for one in plan.withheld
    ]


def _effect_lines(report: Report) -> list[str]:
    """Name the records that something happens to: disputed ones first, new ones last."""
    touched = [one for one in report.effects if one.new or one.changed or one.conflicts]
    touched.sort(key=lambda one: (not one.conflicts, one.new))
    lines = []
    for one in touched[:_LISTED]:
        words = _("not decided") if one.conflicts else _("new") if one.new else _("changed")
        record = one.record
        lines.append(f"  {words}  {reference(record.id)}  {record.kind}  {one.title}".rstrip())
    if len(touched) > _LISTED:
        lines.append(_("  … and {count} more").format(count=len(touched) - _LISTED))
    return lines
