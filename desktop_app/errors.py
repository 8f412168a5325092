"""Every error this program expects, and nothing else.

An `AppError` is part of normal life: a wrong passphrase, a full disk, a file that is not an
archive. The window and the command line show its words and go on. Any other exception is a bug;
it is never swallowed. Exit codes: 1 is a bug, 2 the command line, 3 cancelled, then a range of
ten for every group.
"""

from typing import ClassVar

from desktop_app.i18n import N_, _


class AppError(Exception):
    """Base of the expected errors.

    `words` and `hint` are for the user and may hold `{facts}`. Facts can name a person or a file,
    so they are shown and never logged; the log gets the class name.
    """

    words: ClassVar[str] = N_("Something went wrong.")
    hint: ClassVar[str] = ""
    exit_code: ClassVar[int] = 2

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def __str__(self) -> str:
        return _(self.words).format(**self.facts)

    def advice(self) -> str:
        """Return the hint with its facts filled in, or an empty string."""
        return _(self.hint).format(**self.facts) if self.hint else ""


class UsageError(AppError):
    """The command line asks for something that does not fit."""

    words = N_("{what}")
    hint = N_("Try: skrynia --help")
    exit_code = 2


class Cancelled(AppError):
    """The user stopped the task."""

    words = N_("Stopped. What was finished before is kept.")
    exit_code = 3


class NotConfirmed(AppError):
    """A command that needs a yes did not get one."""

    words = N_("Nothing was done: {what}")
    hint = N_("Add --yes if that is what you want.")
    exit_code = 4


# --- 10-19: opening an archive -----------------------------------------------------------------


class UnlockError(AppError):
    """The archive could not be opened."""

    words = N_("The archive could not be opened.")
    exit_code = 10


class WrongPassphrase(UnlockError):
    """No keyslot opens with this passphrase."""

    words = N_("That passphrase does not open this archive.")
    hint = N_("Check the keyboard layout and Caps Lock, then try again. Nothing was changed.")
    exit_code = 11


class ArchiveTooNew(UnlockError):
    """The archive was written by a newer release."""

    words = N_("This archive needs a newer version of the program (schema {found}).")
    hint = N_("Install the current release, then open the archive again.")
    exit_code = 12


class NotAnArchive(UnlockError):
    """The folder is none of ours."""

    words = N_("There is no archive in {folder}.")
    hint = N_("Name the folder that holds keys.json and archive.db.")
    exit_code = 13


class HeaderRefused(UnlockError):
    """keys.json is damaged, or asks for what no archive of ours asks for."""

    words = N_("The key file of this archive (keys.json) is damaged or was altered: {why}.")
    hint = N_("Put back keys.json from your backup. Nothing was changed.")
    exit_code = 14


class ArchiveInUse(UnlockError):
    """Another program holds the lock."""

    words = N_("This archive is open in another window or command.")
    hint = N_("Close it there first, then try again.")
    exit_code = 15


class ArchiveDamaged(UnlockError):
    """The database does not authenticate, or disagrees with itself."""

    words = N_("The archive's database is damaged or was altered: {why}.")
    hint = N_("Do not write to it. Copy the whole folder, then go back to your last backup.")
    exit_code = 16


class UnsafeFolder(UnlockError):
    """Something in the archive's folder is not what it must be."""

    words = N_("{path} is a link or not a plain file, and an archive holds neither.")
    hint = N_("Somebody may have put it there. Look at the folder before you go on.")
    exit_code = 17


class NotEnoughMemory(UnlockError):
    """Deriving the key takes more memory than this computer gives."""

    words = N_("Opening this archive takes {mib} MiB of memory, more than this computer has free.")
    hint = N_("Close other programs and try again, or open it on a larger computer.")
    exit_code = 18


# --- 20-29: storage ----------------------------------------------------------------------------


class StorageError(AppError):
    """Something on the disk could not be read or written."""

    words = N_("The disk did not do what was asked: {why}.")
    exit_code = 20


class DiskFull(StorageError):
    """No space left."""

    words = N_("The disk is full.")
    hint = N_("Free some space and try again. What was finished before is kept.")
    exit_code = 21


class AlreadyThere(StorageError):
    """A file or folder would have been overwritten."""

    words = N_("{path} exists already and is not empty.")
    hint = N_("Choose another name: nothing is overwritten.")
    exit_code = 22


class BlobDamaged(StorageError):
    """A sealed file does not authenticate."""

    words = N_("A file in the archive is missing, damaged or was altered ({record}).")
    hint = N_("Run check --deep to see what else is concerned; fetch the file from a backup.")
    exit_code = 23


class NoSuchRecord(StorageError):
    """Nothing has this reference."""

    words = N_("There is no record {named}.")
    hint = N_("Use the reference or the beginning of the id that find shows.")
    exit_code = 24


class AmbiguousRecord(StorageError):
    """More than one record begins so."""

    words = N_("{named} could be any of {count} records.")
    hint = N_("Give more of the id.")
    exit_code = 25


class CannotRead(StorageError):
    """A path that was named cannot be read."""

    words = N_("{path} could not be read: {why}.")
    exit_code = 26


class ExportIncomplete(StorageError):
    """Some sealed files could not be taken out; everything else was."""

    words = N_("{count} files are missing or damaged and could not be taken out: {records}.")
    hint = N_("Everything else lies in {folder}. Run check --deep, and look in your backups.")
    exit_code = 27


# --- 30-39: records and their log --------------------------------------------------------------


class RecordError(AppError):
    """A value does not fit a record."""

    words = N_("That value does not fit.")
    exit_code = 30


class BadValue(RecordError):
    """A field was given something it cannot hold."""

    words = N_("{field} cannot be {value}: {why}.")
    exit_code = 31


class EntryRefused(RecordError):
    """A log entry is malformed, wrongly signed or out of place."""

    words = N_("A log entry was refused: {why}.")
    exit_code = 32


class NoConflict(RecordError):
    """There is nothing to decide."""

    words = N_("{field} of this record is not in conflict.")
    hint = N_("Use record set to change it.")
    exit_code = 33


# --- 40-49: intake -----------------------------------------------------------------------------


class IntakeError(AppError):
    """Files could not be taken in."""

    words = N_("The files could not be taken in.")
    exit_code = 40


class SomeFailed(IntakeError):
    """Some files could not be taken in; the others were."""

    words = N_("{count} of the files could not be read from the disk; the others were taken in.")
    hint = N_("The list above says which, and why.")
    exit_code = 41


class WorkerMissing(IntakeError):
    """The worker process that reads files does not start."""

    words = N_("The process that reads files does not start: {why}.")
    hint = N_("Install the program again; nothing was changed.")
    exit_code = 42


# --- 60-69: checking ---------------------------------------------------------------------------


class CheckFailed(AppError):
    """A check found something."""

    words = N_("The check found {count} things that are not right.")
    hint = N_("Make no changes; copy the whole folder and compare it with your last backup.")
    exit_code = 60


# --- 50-59: encrypted packages -----------------------------------------------------------------


class BundleError(AppError):
    """A bundle could not be made or opened; nothing was taken in."""

    words = N_("The encrypted package could not be opened.")
    exit_code = 50


class WrongFile(BundleError):
    """It does not begin as a bundle does."""

    words = N_("This is not an encrypted package of this program: {why}.")
    hint = N_("Choose the folder that was written for you. Nothing was taken in.")
    exit_code = 51


class NotForUs(BundleError):
    """None of our reading keys opens it."""

    words = N_("This package is not for you: none of your keys opens it.")
    hint = N_("Ask the sender whether they used your newest card. Nothing was learnt from it.")
    exit_code = 52


class NotAddressed(NotForUs):
    """Our key opens it, but the sender did not sign it for us."""

    words = N_("The sender made this package for somebody else, and another person passed it on.")
    hint = N_("Tell the sender: somebody who could read it encrypted it again for you.")


class PartMissing(BundleError):
    """A volume that belongs to it is not there."""

    words = N_("Part {part} of the package is missing.")
    hint = N_("Put all its parts into one folder, then try again. Nothing was taken in.")
    exit_code = 53


class BundleDamaged(BundleError):
    """It does not authenticate, is cut or goes on where it should end."""

    words = N_("The package is damaged or was altered on the way: {why}.")
    hint = N_("Ask for it again. Nothing was taken in.")
    exit_code = 54


class PartDamaged(BundleDamaged):
    """A volume is not what its list of sums says."""

    words = N_("Part {part} of the package is damaged.")
    hint = N_("Ask for this part again. Nothing was taken in.")


class UnknownSender(BundleError):
    """The signature is good, but we know nobody with this key."""

    words = N_("You do not know the sender of this package ({fingerprint}).")
    hint = N_("Ask for their card and compare the control digits first. Nothing was taken in.")
    exit_code = 55


class SignatureWrong(BundleError):
    """What should prove the sender does not."""

    words = N_("The signature of the package is wrong: nobody knows who made it.")
    hint = N_("Somebody may have altered it. Nothing was taken in.")
    exit_code = 56


class BundleMalformed(BundleError):
    """It is signed, but breaks a rule of the format."""

    words = N_("The package breaks a rule of its format: {why}.")
    hint = N_("Tell the sender. Nothing was taken in.")
    exit_code = 57


class BundleTooNew(BundleError):
    """Made by a release that writes a later format."""

    words = N_("This package was made by a newer version of the program ({found}).")
    hint = N_("Leave it where it is, install the current release, then open it again.")
    exit_code = 58


# --- 70-79: carrying ---------------------------------------------------------------------------


class CourierError(AppError):
    """Something about the medium that a package lies on."""

    words = N_("The stick or folder could not be used.")
    exit_code = 70


class NoBundle(CourierError):
    """Nothing of ours lies there."""

    words = N_("There is no encrypted package in {folder}.")
    exit_code = 71


class MediumGone(CourierError):
    """The stick was pulled out or stopped answering."""

    words = N_("The stick or folder cannot be read or written: {why}.")
    hint = N_("Plug it in again and start once more. What is in the archive is unchanged.")
    exit_code = 72


class MediumLies(CourierError):
    """It gives back other bytes than were written to it."""

    words = N_("Part {part} reads back differently than it was written: do not use this stick.")
    hint = N_("Sticks that claim more space than they have do this. Use another one.")
    exit_code = 73


class CourierDamaged(CourierError):
    """A package does not arrive whole."""

    words = N_("Not everything is whole: see the parts above.")
    hint = N_("Ask for the parts that are damaged or missing; the others need not come again.")
    exit_code = 74


# --- 90-99: contacts ---------------------------------------------------------------------------


class ContactError(AppError):
    """Something about a contact or a card."""

    words = N_("That contact does not fit.")
    exit_code = 90


class CardRefused(ContactError):
    """A card is malformed, or not signed by its own key."""

    words = N_("This card cannot be used: {why}.")
    hint = N_("Ask for it again. Nothing was changed.")
    exit_code = 91


class NoSuchContact(ContactError):
    """Nobody is called so."""

    words = N_("You have no contact called {name}.")
    hint = N_("contact list shows whom you have.")
    exit_code = 92


class AnotherPerson(ContactError):
    """A name that is taken, or looks like one, with another key."""

    words = N_("{name} looks like your contact {known}, but the key is another one.")
    hint = N_("It is a different person, or a changed key: ask them, then choose another name.")
    exit_code = 93


class NotVerified(ContactError):
    """The digits were never compared, or the key was set aside."""

    words = N_("{name} is not verified: nobody has compared the control digits yet.")
    hint = N_("Meet or telephone, compare the 60 digits, then: contact verify.")
    exit_code = 94


class Revoked(ContactError):
    """The key was set aside."""

    words = N_("The key of {name} was set aside; nothing is sent to it or taken in from it.")
    hint = N_("If they have a new card, add it under a new name and compare the digits.")
    exit_code = 95


class DigitsDiffer(ContactError):
    """What was read aloud is not this key."""

    words = N_("These are not the control digits of {name}: do not use this key.")
    hint = N_("Compare them once more. If they still differ, somebody came between you.")
    exit_code = 96


# --- 80-89: sending and opening, beyond the package itself ------------------------------------


class ExchangeError(AppError):
    """A package fits its format and is still not sent or taken in."""

    words = N_("The package was not taken in.")
    exit_code = 80


class NothingToSend(ExchangeError):
    """Nothing leaves under this plan."""

    words = N_("There is nothing to send: {why}")
    hint = N_(
        "share --plan names every reason; contact set --clearance says what somebody may see."
    )
    exit_code = 81


class OneReader(ExchangeError):
    """An edition goes to one reader."""

    words = N_("{name} is not of your team: send to everybody outside it one by one.")
    hint = N_("A package for one person tells nothing of the others.")
    exit_code = 82


class AlreadyReceived(ExchangeError):
    """The very same bundle again."""

    words = N_("You already received this package (number {number} from {name}).")
    exit_code = 83


class SeveralPackages(ExchangeError):
    """The medium holds more than one bundle that could be meant."""

    words = N_("There are {count} packages: {names}.")
    hint = N_("Name the folder of the one that you want.")
    exit_code = 84


class OwnPackage(ExchangeError):
    """The bundle was signed by this archive's own key."""

    words = N_("This package was made by this archive itself, or by a copy of it.")
    hint = N_("If you did not make it, somebody else uses a copy of your archive.")
    exit_code = 85
