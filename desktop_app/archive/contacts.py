"""Our card, other people's cards, and how far they are trusted."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import segno

from desktop_app import files
from desktop_app.archive.archive import Archive
from desktop_app.bundle import card, revocation
from desktop_app.bundle.card import Card, SignedCard
from desktop_app.domain.contact import (
    MAX_NAME,
    OTHER_CLEARANCE,
    TEAM_CLEARANCE,
    Contact,
    Trust,
    look,
)
from desktop_app.domain.ids import Fingerprint
from desktop_app.domain.record import SENSITIVITIES
from desktop_app.errors import (
    AlreadyThere,
    AnotherPerson,
    BadValue,
    CardRefused,
    DigitsDiffer,
    NoSuchContact,
    NotVerified,
    Revoked,
)
from desktop_app.i18n import _
from desktop_app.storage import contacts as stored
from desktop_app.storage import journal

MAX_CARD_BYTES = 64 << 10


def own_card(archive: Archive) -> SignedCard:
    """Return the card that others need to send to us and to know us."""
    newest = stored.reading_keys(archive.connection)[0]
    ours = Card(
        name=archive.nickname,
        number=1,
        signing_key=archive.signer.public,
        recipients=(newest.recipient,),
        valid_from=day(archive.now()),
        supersedes="",
    )
    return card.make(ours, archive.signer)


def card_file(own: SignedCard) -> bytes:
    """Return a card as the file that is handed over."""
    return card.write_file(own)


def card_text(own: SignedCard) -> str:
    """Return a card as one word, for a message or a QR code."""
    return card.write_text(own)


def card_qr(own: SignedCard) -> list[list[bool]]:
    """Return a card as a QR code: rows of modules, True is dark, without the quiet border."""
    code = segno.make_qr(card.write_text(own), error="L")
    return [[bool(module) for module in row] for row in code.matrix]


def write_public(path: Path, content: bytes) -> None:
    """Write something that is no secret to a new file.

    Raises:
        AlreadyThere: There is one.
        StorageError: It cannot be written.
    """
    with files.storage_errors():
        try:
            with files.create(path) as file:
                file.write(content)
                files.sync(file)
        except FileExistsError as error:
            raise AlreadyThere(path=path) from error


def export_reading_key(archive: Archive, path: Path) -> str:
    """Write our age identities to a new file, in clear, for stock tools; return the recipient."""
    keys = stored.reading_keys(archive.connection)
    lines = [f"# public key: {one.recipient}\n{one.secret}\n" for one in keys]
    write_public(path, "".join(lines).encode())
    with archive.connection.transaction():
        journal.append(archive.connection, archive.now(), "reading key exported")
    return keys[0].recipient


def own_revocation(archive: Archive) -> bytes:
    """Return the signed statement, made with the archive, that our key must not be used any more.

    To be kept apart from the archive: whoever has it can set our key aside, and that is its use.
    """
    return revocation.write(archive.signer)


def add(archive: Archive, raw: bytes, name: str, *, team: bool, digits: str | None) -> Contact:
    """Add the person of a card, or take a newer card of somebody we know; return the contact.

    Args:
        archive: The archive.
        raw: A card file, or a card as text.
        name: What to call them here.
        team: Whether they get whole logs.
        digits: The 60 digits as they were read aloud; None: not compared yet.

    A card that takes the place of a contact's earlier one, signed by both keys, keeps name, team
    and clearance once its digits are compared; the earlier key is set aside. Until then it is
    another person: whoever stole the old key could have made it.

    Raises:
        CardRefused: The card is malformed, or our own.
        AnotherPerson: The name is taken, or looks like one that is, with another key.
        DigitsDiffer: The digits are of another key; nothing was changed.
    """
    theirs = card.read(raw).card
    if theirs.fingerprint == archive.fingerprint:
        raise CardRefused(why=_("it is this archive's own"))
    name = check_name(name)
    known = stored.by_fingerprint(archive.connection, theirs.fingerprint)
    before = _before(archive, theirs)
    if known is None and before is not None and before.name == name and digits is not None:
        _need_digits(digits, theirs.signing_key, name)
        return _succeed(archive, before, theirs)
    _need_distinct(archive, name, theirs.fingerprint)
    _need_digits(digits, theirs.signing_key, name)
    trust = Trust.VERIFIED if digits is not None else Trust.UNVERIFIED
    if known is None:
        clearance = TEAM_CLEARANCE if team else OTHER_CLEARANCE
        made = _contact(theirs, name, trust, team, clearance)
    else:
        made = _renewed(known, theirs, name, trust, team)
    return _store(archive, made, "contact added" if known is None else "contact changed")


def every(archive: Archive) -> list[Contact]:
    """Return all contacts, sorted by name."""
    return stored.every(archive.connection)


def find(archive: Archive, name: str) -> Contact:
    """Return the contact called so.

    Raises:
        NoSuchContact: Nobody is.
    """
    for contact in every(archive):
        if contact.name == name.strip():
            return contact
    raise NoSuchContact(name=name)


def again(archive: Archive, contact: Contact) -> Contact:
    """Return a contact as it is now."""
    found = stored.by_fingerprint(archive.connection, contact.fingerprint)
    assert found is not None  # contacts are set aside, never removed
    return found


def verify(archive: Archive, name: str, digits: str) -> Contact:
    """Note that the digits were compared and are the same.

    Raises:
        DigitsDiffer: They are not.
        Revoked: The key was set aside.
    """
    contact = find(archive, name)
    if contact.trust is Trust.REVOKED:
        raise Revoked(name=name)
    _need_digits(digits, contact.public, name)
    return _store(archive, _with(contact, trust=Trust.VERIFIED), "contact verified")


def set_clearance(archive: Archive, name: str, clearance: int) -> Contact:
    """Say up to which sensitivity somebody may see records."""
    if clearance not in SENSITIVITIES:
        raise BadValue(field=_("the clearance"), value=clearance, why=_("it is 0, 1, 2 or 3"))
    return _store(archive, _with(find(archive, name), clearance=clearance), "contact changed")


def revoke(archive: Archive, name: str, statement: bytes | None = None) -> Contact:
    """Set a key aside: nothing is sent to it or taken in from it any more, whatever its date.

    Args:
        archive: The archive.
        name: Whose key.
        statement: Their own revocation; None: the user's word is enough.

    Raises:
        CardRefused: The statement is not about this key, or not signed by it.
    """
    if statement is not None and revocation.read(statement) != find(archive, name).fingerprint:
        raise CardRefused(why=_("it is about another key"))
    return _store(archive, _with(find(archive, name), trust=Trust.REVOKED), "contact revoked")


def need_usable(contact: Contact) -> None:
    """Refuse somebody whose key nobody has verified.

    Raises:
        NotVerified: The digits were not compared.
        Revoked: The key was set aside.
    """
    if contact.trust is Trust.REVOKED:
        raise Revoked(name=contact.name)
    if not contact.verified:
        raise NotVerified(name=contact.name)


def digits(public: bytes) -> str:
    """Return the 60 digits of a key, in twelve groups."""
    return card.digits(public)


def day(at_utc: int) -> str:
    """Return the day of a time in milliseconds, as ISO 8601."""
    return datetime.fromtimestamp(at_utc / 1000, UTC).date().isoformat()


def check_name(name: str) -> str:
    """Return a contact's name, stripped.

    Raises:
        BadValue: It is empty, too long, or cannot be printed.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable() or not look(name):
        raise BadValue(field=_("the name"), value=ascii(name[:20]), why=_("1 to 60 letters fit"))
    return name


def _before(archive: Archive, theirs: Card) -> Contact | None:
    """Return the contact whose key this card says to take the place of; None: it says nothing."""
    if not theirs.supersedes:
        return None
    found = stored.by_fingerprint(archive.connection, Fingerprint(theirs.supersedes))
    return None if found is None or found.trust is Trust.REVOKED else found


def _succeed(archive: Archive, before: Contact, theirs: Card) -> Contact:
    """Give a verified new key the place of the old one, which is kept, set aside."""
    old_name = f"{before.name} ({before.fingerprint[:8]})"
    made = _contact(theirs, before.name, Trust.VERIFIED, before.team, before.clearance)
    with archive.connection.transaction():
        old = replace(before, name=old_name, trust=Trust.REVOKED)
        stored.put(archive.connection, old)
        stored.put(archive.connection, made)
        journal.append(
            archive.connection,
            archive.now(),
            "contact changed",
            fingerprint=made.fingerprint,
            before=before.fingerprint,
        )
    return find(archive, made.name)


def _need_distinct(archive: Archive, name: str, fingerprint: Fingerprint) -> None:
    for other in every(archive):
        if other.fingerprint != fingerprint and look(other.name) == look(name):
            raise AnotherPerson(name=name, known=other.name)


def _need_digits(typed: str | None, public: bytes, name: str) -> None:
    if typed is not None and not card.same_digits(typed, public):
        raise DigitsDiffer(name=name)


def _renewed(known: Contact, theirs: Card, name: str, trust: Trust, team: bool) -> Contact:
    """Return what a known contact becomes by a card: a lower number never replaces a higher."""
    if known.trust is Trust.REVOKED:
        raise Revoked(name=known.name)
    newer = theirs.number >= known.card_number
    return _with(
        known,
        name=name,
        card_number=max(theirs.number, known.card_number),
        recipients=theirs.recipients if newer else known.recipients,
        trust=Trust.VERIFIED if Trust.VERIFIED in (trust, known.trust) else trust,
        team=team or known.team,
        clearance=max(known.clearance, TEAM_CLEARANCE) if team else known.clearance,
    )


def _contact(theirs: Card, name: str, trust: Trust, team: bool, clearance: int) -> Contact:
    return Contact(
        0,
        name,
        theirs.fingerprint,
        theirs.signing_key,
        theirs.number,
        theirs.recipients,
        trust,
        team,
        clearance,
    )


def _with(contact: Contact, **changes: object) -> Contact:
    return replace(contact, **changes)  # type: ignore[arg-type]  # names of Contact's fields


def _store(archive: Archive, contact: Contact, what: str) -> Contact:
    with archive.connection.transaction():
        stored.put(archive.connection, contact)
        journal.append(
            archive.connection,
            archive.now(),
            what,
            fingerprint=contact.fingerprint,
            trust=str(contact.trust),
            team=contact.team,
            clearance=contact.clearance,
        )
    return find(archive, contact.name)
