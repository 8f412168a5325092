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
