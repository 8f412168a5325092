"""What can be typed of the exchange: cards, contacts, sending, carrying, opening."""

import argparse
from pathlib import Path

from desktop_app.archive.share import DEFAULT_VOLUME_MIB
from desktop_app.cli import exchange
from desktop_app.cli.grammar import Commands, whole_number
from desktop_app.domain.record import SENSITIVITIES
from desktop_app.i18n import _

_VOLUME_MIB = (64, 3900)


def add(below: Commands) -> None:
    """Add the commands of the exchange."""
    card = below.add("card", exchange.card, _("your own card, for others"))
    card.add_argument("--out", metavar="FILE", type=Path, help=_("write it to a new file"))
    card.add_argument("--qr", action="store_true", help=_("show it as a QR code, too"))
    card.add_argument(
        "--revocation", metavar="FILE", type=Path, help=_("also write what sets your key aside")
    )
    _add_contacts(below.group("contact", _("the people you exchange with")))
    _add_share(below)
    courier = below.group("courier", _("for carriers: no archive, no key"))
    check = courier.bare("check", exchange.courier_check, _("has everything arrived whole?"))
    check.add_argument("folder", metavar="FOLDER", type=Path)
    receive = below.add("receive", exchange.receive_, _("open a package"))
    receive.add_argument("folder", metavar="FOLDER", type=Path)
    which = receive.add_mutually_exclusive_group(required=True)
    which.add_argument("--inspect", action="store_true", help=_("only say what is in it"))
    which.add_argument("--yes", action="store_true", help=_("take it in"))
    key = below.group("reading-key", _("for opening packages with stock tools"))
    export = key.add("export", exchange.reading_key, _("write the reading key, in clear"))
    export.add_argument("--out", required=True, metavar="FILE", type=Path)
    export.add_argument("--yes", action="store_true", help=_("I know that it will lie there open"))


def _add_contacts(contact: Commands) -> None:
    add_ = contact.add("add", exchange.contact_add, _("add somebody by a card"))
    add_.add_argument("card", metavar="CARDFILE", type=Path)
    add_.add_argument("--as", required=True, dest="name", metavar="NAME")
    add_.add_argument("--team", action="store_true", help=_("they get whole logs"))
    add_.add_argument("--verified", metavar="60 DIGITS", help=_("as they were read aloud"))
    contact.add("list", exchange.contact_list, _("whom you have"))
    verify = contact.add("verify", exchange.contact_verify, _("compare the 60 digits"))
    _name(verify)
    verify.add_argument("digits", metavar="60 DIGITS")
    change = contact.add("set", exchange.contact_set, _("what somebody may see"))
    _name(change)
    change.add_argument("--clearance", required=True, type=int, choices=SENSITIVITIES)
    revoke = contact.add("revoke", exchange.contact_revoke, _("set somebody's key aside"))
    _name(revoke)
    revoke.add_argument("--statement", metavar="FILE", type=Path, help=_("their own word for it"))


def _add_share(below: Commands) -> None:
    share = below.add("share", exchange.share_, _("send records in an encrypted package"))
    share.add_argument("--to", required=True, nargs="+", metavar="NAME")
    share.add_argument("--records", nargs="+", metavar="RECORD")
    share.add_argument("--query", metavar="Q")
    share.add_argument("--all", action="store_true")
    share.add_argument("--receipts-only", action="store_true", help=_("only say what arrived"))
    share.add_argument("--medium", required=True, metavar="FOLDER", type=Path)
    share.add_argument("--volume-mib", type=_volume, default=DEFAULT_VOLUME_MIB, metavar="N")
    which = share.add_mutually_exclusive_group()
    which.add_argument("--plan", action="store_true", help=_("only say what would leave"))
    which.add_argument("--yes", action="store_true", help=_("send it"))


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


def _volume(text: str) -> int:
    number = whole_number(text)
    if not _VOLUME_MIB[0] <= number <= _VOLUME_MIB[1]:
        raise argparse.ArgumentTypeError(_("a part has 64 to 3900 MiB"))
    return number
