"""The commands of the exchange: cards, contacts, sending, carrying, opening."""

import argparse

from desktop_app import files
from desktop_app.archive import contacts, courier, lookup, receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.cli import exchange_wording as wording
from desktop_app.cli import prompt
from desktop_app.cli.commands import Interrupt, Services, counting, opened
from desktop_app.cli.output import Output
from desktop_app.domain.ids import RecordId
from desktop_app.errors import CourierDamaged, UsageError
from desktop_app.i18n import _


def card(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Show our card, or write it to a file."""
    with opened(typed, services, output) as archive:
        own = contacts.own_card(archive)
        if typed.out is not None:
            contacts.write_public(typed.out, contacts.card_file(own))
        if typed.revocation is not None:
            contacts.write_public(typed.revocation, contacts.own_revocation(archive))
        values = {
            "card": contacts.card_text(own),
            "fingerprint": archive.fingerprint,
            "digits": contacts.digits(archive.signer.public),
        }
        lines = wording.card(values, typed.out)
        if typed.qr:
            lines += wording.qr_lines(contacts.card_qr(own))
        output.text(values, lines)
    return 0


def contact_add(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Add a contact by a card."""
    raw = files.read_bounded(typed.card, contacts.MAX_CARD_BYTES + 1)
    with opened(typed, services, output) as archive:
        made = contacts.add(archive, raw, typed.name, team=typed.team, digits=typed.verified)
        output.result(wording.contact_values(made), *wording.contact_lines(made))
    return 0


def contact_list(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """List the contacts."""
    with opened(typed, services, output) as archive:
        found = contacts.every(archive)
        values = {"contacts": [wording.contact_values(one) for one in found]}
        lines = [line for one in found for line in wording.contact_lines(one)]
        output.result(values, *(lines or [_("You have no contacts yet.")]))
    return 0


def contact_verify(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Compare the 60 digits."""
    with opened(typed, services, output) as archive:
        made = contacts.verify(archive, typed.name, typed.digits)
        output.result(wording.contact_values(made), *wording.contact_lines(made))
    return 0


def contact_set(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Say what a contact may see."""
    with opened(typed, services, output) as archive:
        made = contacts.set_clearance(archive, typed.name, typed.clearance)
        output.result(wording.contact_values(made), *wording.contact_lines(made))
    return 0


def contact_revoke(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Set a contact's key aside."""
    statement = None
    if typed.statement is not None:
        statement = files.read_bounded(typed.statement, contacts.MAX_CARD_BYTES)
    with opened(typed, services, output) as archive:
        made = contacts.revoke(archive, typed.name, statement)
        output.result(wording.contact_values(made), *wording.contact_lines(made))
    return 0


def share_(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Send records in an encrypted package."""
    if typed.medium.resolve().is_relative_to(typed.archive.resolve()):
        raise UsageError(what=_("The folder lies inside the archive; choose one outside."))
    with opened(typed, services, output) as archive, Interrupt() as interrupt:
        plan = share.make_plan(archive, typed.to, _chosen(typed, archive))
        if typed.plan:
            output.result(wording.plan_values(plan), *wording.plan_lines(plan))
            return 0
        if not typed.yes and not output.as_json:
            for line in wording.plan_lines(plan):
                output.note(line)
        prompt.confirm(
            _("This leaves and cannot be taken back."), _("nothing was sent."), yes=typed.yes
        )
        done = share.carry_out(
            archive,
            plan,
            typed.medium,
            volume_mib=typed.volume_mib,
            receipts_only=typed.receipts_only,
            progress=counting(output, interrupt),
        )
        output.result(wording.shared_values(done), *wording.shared_lines(done))
    return 0


def courier_check(typed: argparse.Namespace, _services: Services, output: Output) -> int:
    """Check packages without a key."""
    with Interrupt() as interrupt:
        found = courier.check(typed.folder, progress=counting(output, interrupt))
    values, lines = wording.courier_values(found), wording.courier_lines(found)
    output.result(values, *lines)
    if all(one.ok for one in found):
        return 0
    output.complain(CourierDamaged())
    return CourierDamaged.exit_code


def receive_(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Open a package."""
    with opened(typed, services, output) as archive, Interrupt() as interrupt:
        progress = counting(output, interrupt)
        with receive.inspect(archive, typed.folder, progress=progress) as inspection:
            report = inspection.report
            if typed.yes:
                inspection.take_in(services.make_reader)
        for warning in report.warnings:
            output.warn(warning)
        output.result(
            wording.received_values(report), *wording.received_lines(report, taken=typed.yes)
        )
    return 0


def reading_key(typed: argparse.Namespace, services: Services, output: Output) -> int:
    """Write the reading key in clear."""
    prompt.confirm(
        _("Whoever has this file can open every package that was encrypted for you."),
        _("the key would lie in clear."),
        yes=typed.yes,
    )
    with opened(typed, services, output) as archive:
        recipient = contacts.export_reading_key(archive, typed.out)
    values = {"file": str(typed.out), "recipient": recipient}
    output.result(values, _("The reading key lies in {file}.").format(file=typed.out))
    words = _("{file} opens every package encrypted for you; erase it when you are done.")
    output.warn(words.format(file=typed.out))
    return 0


def _chosen(typed: argparse.Namespace, archive: Archive) -> list[RecordId]:
    ways = (bool(typed.records), typed.query is not None, typed.all, typed.receipts_only)
    if sum(ways) != 1:
        raise UsageError(what=_("Say --records, --query, --all or --receipts-only."))
    if typed.all:
        return records.every(archive)
    if typed.query is not None:
        return lookup.find_all(archive, typed.query)
    return [records.resolve(archive, one) for one in typed.records or ()]
