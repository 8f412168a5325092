"""Names of records, entries and keys, and the reference that a person can read aloud."""

from typing import NewType

RecordId = NewType("RecordId", str)  # 64 lower-case hex: the entry id of the founding entry
EntryId = NewType("EntryId", str)  # 64 lower-case hex: SHA-256 of the entry's bytes
Fingerprint = NewType("Fingerprint", str)  # 64 lower-case hex: SHA-256 of an ssh public-key blob

REFERENCE_DIGITS = 12  # eleven from the id, one to catch a slip of the tongue

# Damm's quasigroup of order 10: catches every wrong digit and every swap of two neighbours.
# Source: H. M. Damm, Total anti-symmetrische Quasigruppen, 2004.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def reference(record: RecordId) -> str:
    """Return the record's reference, e.g. "4821-0937-5562": digits of its id and a check digit.

    It says nothing that the id does not say: no order, no count, no date.
    """
    digits = f"{int(record[:16], 16) % 10**11:011d}"
    whole = digits + str(_damm(digits))
    return "-".join(whole[at : at + 4] for at in range(0, REFERENCE_DIGITS, 4))


def read_reference(typed: str) -> str | None:
    """Return `typed` in the form that `reference` gives, or None if it is not a reference.

    Spaces and dashes do not matter; a wrong check digit makes it no reference.
    """
    digits = "".join(sign for sign in typed if sign not in " -\u2011\u2013")
    if len(digits) != REFERENCE_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    if _damm(digits) != 0:
        return None
    return "-".join(digits[at : at + 4] for at in range(0, REFERENCE_DIGITS, 4))


def _damm(digits: str) -> int:
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return state
