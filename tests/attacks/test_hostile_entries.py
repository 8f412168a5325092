"""S14, S22: entries from elsewhere."""

import os
from typing import Any

import pytest

from desktop_app.archive import check, describe, logbook, records
from desktop_app.archive.archive import Archive
from desktop_app.archive.logbook import Said
from desktop_app.crypto.signing import Signer
from desktop_app.domain import log, strict_json
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import SignedEntry
from desktop_app.errors import EntryRefused
from desktop_app.storage import entries
from desktop_app.storage import records as stored

STRANGER = Signer(b"\x07" * 32)
NOWHERE = EntryId("ab" * 32)


def opening(signer: Signer, name: str, value: Any) -> bytes:
    return log.write_opening(signer.fingerprint, name, os.urandom(16), value)


def signed(signer: Signer, raw: bytes) -> SignedEntry:
    return SignedEntry(raw, signer.public, signer.sign(raw, log.NAMESPACE))


def entry_of(
    signer: Signer, record: RecordId, follows: list[EntryId], openings: list[bytes]
) -> SignedEntry:
    return signed(signer, log.write_entry(record, follows, signer.fingerprint, "changed", openings))


def arrive(archive: Archive, one: SignedEntry, openings: list[bytes]) -> None:
    """File an entry from elsewhere, as a receipt of a bundle will."""
    with archive.connection.transaction():
        entry = entries.put(archive.connection, one, openings)
        logbook.refresh(archive, entry.record)


def refuse(archive: Archive, one: SignedEntry, openings: list[bytes]) -> str:
    """Return why an entry is refused; nothing may remain of it."""
    before = whole_log(archive)
    with pytest.raises(EntryRefused) as caught:
        arrive(archive, one, openings)
    assert whole_log(archive) == before
    return str(caught.value)


def whole_log(archive: Archive) -> Any:
    connection = archive.connection
    return [
        connection.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("entry", "opening")
    ]


def founded(archive: Archive, **fields: Any) -> Said:
    said = logbook.founding(archive, "created", "case", fields)
    with archive.connection.transaction():
        logbook.store(archive, said, [])
    return said


# --- S14 ---------------------------------------------------------------------------------------


def test_s14_an_entry_whose_predecessor_is_unknown_waits(archive: Archive) -> None:
    said = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "B")]
    arrive(archive, entry_of(STRANGER, said.entry.record, [NOWHERE], spoken), spoken)

    record, _log = stored.fold_record(archive.connection, said.entry.record)
    assert record.title == "A"
    assert len(record.waiting) == 1


def test_s14_an_entry_of_an_unknown_record_waits_and_shows_nothing(archive: Archive) -> None:
    spoken = [opening(STRANGER, "title", "B")]
    with archive.connection.transaction():
        entries.put(
            archive.connection, entry_of(STRANGER, RecordId(NOWHERE), [NOWHERE], spoken), spoken
        )

    assert records.every(archive) == []
    record, _log = stored.fold_record(archive.connection, RecordId(NOWHERE))
    assert (record.kind, len(record.waiting)) == ("", 1)


def test_s14_no_entry_can_follow_itself_or_a_later_one(archive: Archive) -> None:
    """An id is the hash of what names its predecessors: a ring cannot be closed, only faked."""
    said = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "B")]
    first = entry_of(STRANGER, said.entry.record, [said.entry.id], spoken)
    own = log.entry_id(first.raw)
    ring = b'"follows":["' + own.encode()
    forged = first.raw.replace(b'"follows":["' + said.entry.id.encode(), ring)
    arrive(archive, signed(STRANGER, forged), spoken)  # what it follows has not arrived

    record, _log = stored.fold_record(archive.connection, said.entry.record)
    assert forged != first.raw
    assert record.title == "A"
    assert record.waiting == (log.entry_id(forged),)
    arrive(archive, first, spoken)
    record, _log = stored.fold_record(archive.connection, said.entry.record)
    assert record.title == "B"
    assert record.waiting == ()  # the forged one followed the first: a chain, no ring


def test_s14_an_entry_that_follows_another_records_entry_is_refused(archive: Archive) -> None:
    one, other = founded(archive, title="A"), founded(archive, title="B")
    spoken = [opening(STRANGER, "title", "C")]

    assert "another record" in refuse(
        archive, entry_of(STRANGER, one.entry.record, [other.entry.id], spoken), spoken
    )


def test_s14_following_another_records_entry_is_refused_whatever_arrives_first(
    archive: Archive,
) -> None:
    one = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "other")]
    raw = log.write_founding(STRANGER.fingerprint, "created", "case", b"n" * 16, spoken)
    early = entry_of(STRANGER, one.entry.record, [log.entry_id(raw)], [])
    arrive(archive, early, [])
    arrive(archive, signed(STRANGER, raw), spoken)

    record, _log = stored.fold_record(archive.connection, one.entry.record)
    assert record.title == "A"
    assert record.waiting == (log.entry_id(early.raw),)


@pytest.mark.parametrize(
    "change",
    [
        (b'"v":1', b'"v":9007199254740992'),
        (b'"v":1', b'"v":' + b"9" * 4000),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":1e308'),
        (b'"v":1', b'"v":NaN'),
        (b'"v":1', b'"v":0'),
        (b'"v":1', b'"v":-1'),
        (b'"v":1', b'"v":true'),
        (b'"v":1', b'"v":null'),
        (b'"v":1', b'"v":1,"v":1'),
        (b'"v":1', b'"v":1,"extra":[]'),
        (b'"type":"changed"', b'"type":"changed","kind":"case"'),
        (b'"type":"changed"', b'"type":""'),
        (b'"type":"changed"', b'"type":"\xd0\xb0"'),
        (b'"type":"changed"', b'"type":"' + b"x" * 41 + b'"'),
        (b'"type":"changed"', b'"type":"\\ud800"'),
        (b'"sets":[', b'"sets":["zz",'),
        (b'"follows":[', b'"follows":"",["'),
    ],
    ids=lambda change: str(change[1][:24]),
)
def test_s14_numbers_and_forms_beyond_the_format_are_refused(
    archive: Archive, change: tuple[bytes, bytes]
) -> None:
    said = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "B")]
    raw = entry_of(STRANGER, said.entry.record, [said.entry.id], spoken).raw
    assert change[0] in raw

    refuse(archive, signed(STRANGER, raw.replace(*change)), spoken)


def test_s14_too_many_predecessors_and_too_large_entries_are_refused(archive: Archive) -> None:
    said = founded(archive, title="A")
    many = sorted(EntryId(os.urandom(32).hex()) for _one in range(65))
    refuse(archive, entry_of(STRANGER, said.entry.record, many, []), [])
    spoken = [opening(STRANGER, f"tags/{number}", "x") for number in range(257)]
    refuse(archive, entry_of(STRANGER, said.entry.record, [said.entry.id], spoken), spoken)
    large = signed(STRANGER, b" " * (300 << 10))
    refuse(archive, large, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", None),
        ("title", {"a": [1]}),
        ("title", 7),
        ("title", "\x1b[2J\u202e\nfake line"),
        ("date", {"year": 2020}),
        ("date", "9999-99-99"),
        ("date", None),
        ("sensitivity", "3"),
        ("sensitivity", 2**53 - 1),
        ("sensitivity", [3]),
        ("sensitivity", True),
        ("state", ["erased"]),
        ("state", {"erased": 1}),
        ("state", "no such state"),
        ("cases/" + "0" * 16, "no record id"),
        ("cases/" + "0" * 16, 5),
        ("cases/" + "0" * 16, {}),
        ("family/" + "0" * 16, "😀"),
        ("tags/" + "0" * 16, {"x": 1}),
        ("tags/" + "0" * 16, 3),
        ("languages/" + "0" * 16, []),
        ("attachments/" + "0" * 16, "text"),
        ("attachments/" + "0" * 16, {"sha256": "zz"}),
        ("attachments/" + "0" * 16, {"sha256": "00"}),
        ("attachments/" + "0" * 16, {"sha256": "0" * 64, "size_bytes": "many"}),
        ("attachments/" + "0" * 16, {"sha256": "0" * 64, "size_bytes": None}),
        ("attachments/" + "0" * 16, {"sha256": "0" * 64, "size_bytes": -5}),
        ("attachments/" + "0" * 16, {"sha256": "0" * 64, "media_type": {"a": 1}}),
        ("origins/" + "0" * 16, ["not", "an", "object"]),
        ("speaker", "nobody"),
        ("speaker", {"id": 1}),
        ("pseudonym", [1]),
        ("reference", {"x": "y"}),
        ("text", 17),
        ("text", {"pages": []}),
        ("@recorded", "yesterday"),
        ("@recorded", -(2**53) + 1),
        ("@recorded", 2**53 - 1),
        ("@recorded", True),
        ("no such field", "x" * 100_000),
        ("name\nwith a line", "x"),
        ("\x1b[31m", "x"),
        ("tags/", "empty element"),
        ("/", 1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("how", ["founding", "following", "waiting"])
def test_s14_no_value_of_a_wellformed_entry_stops_the_archive(
    archive: Archive, name: str, value: Any, how: str
) -> None:
    """A hostile contact chooses values freely; they are refused or folded, and shown safely."""
    mine = founded(archive, title="mine")
    spoken = [opening(STRANGER, name, value)]
    if how == "founding":
        raw = log.write_founding(STRANGER.fingerprint, "made", "document", b"n" * 16, spoken)
        one = signed(STRANGER, raw)
    else:
        before = mine.entry.id if how == "following" else NOWHERE
        one = entry_of(STRANGER, mine.entry.record, [before], spoken)
    try:
        arrive(archive, one, spoken)
    except EntryRefused:
        return
    for record in records.every(archive):
        shown = records.show(archive, record)
        assert describe.described(shown)["title"] != "None"
    told = {one.code for one in check.check(archive, deep=True).findings}
    assert told <= {"entry-unknown", "blob-missing"}


# --- S22 ---------------------------------------------------------------------------------------


def test_s22_another_persons_commitment_cannot_be_planted(archive: Archive) -> None:
    said = founded(archive, title="A")
    secret = said.openings[0].raw  # the stranger learnt the opening and commits to it himself
    one = entry_of(STRANGER, said.entry.record, [said.entry.id], [secret])

    assert "another author" in refuse(archive, one, [secret])


def test_s22_an_opening_of_another_entry_is_refused(archive: Archive) -> None:
    said = founded(archive, title="A")
    one = entry_of(STRANGER, said.entry.record, [said.entry.id], [])

    assert "commit" in refuse(archive, one, [said.openings[0].raw])


def test_s22_an_entry_signed_by_another_than_its_author_is_refused(archive: Archive) -> None:
    said = founded(archive, title="A")
    raw = log.write_entry(said.entry.record, [said.entry.id], archive.fingerprint, "changed", [])

    assert "author" in refuse(archive, signed(STRANGER, raw), [])
    other = SignedEntry(raw, archive.signer.public, STRANGER.sign(raw, log.NAMESPACE))
    assert "signature" in refuse(archive, other, [])
    wrong_namespace = archive.signer.sign(raw, "bundle@skrynia.v1")
    assert "signature" in refuse(archive, SignedEntry(raw, other.key, wrong_namespace), [])


def test_s22_a_second_founding_of_a_known_record_is_refused(archive: Archive) -> None:
    said = founded(archive, title="A")
    body = strict_json.read(log.write_founding(STRANGER.fingerprint, "x", "case", b"n" * 16, []))
    body["record"] = said.entry.record

    assert "founds" in refuse(archive, signed(STRANGER, strict_json.write(body)), [])


def test_s22_an_entry_that_sets_one_field_twice_is_refused(archive: Archive) -> None:
    said = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "B"), opening(STRANGER, "title", "C")]

    refuse(archive, entry_of(STRANGER, said.entry.record, [said.entry.id], spoken), spoken)


def test_s22_the_other_of_two_openings_of_one_field_is_refused_when_it_comes_later(
    archive: Archive,
) -> None:
    said = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "B"), opening(STRANGER, "title", "C")]
    one = entry_of(STRANGER, said.entry.record, [said.entry.id], spoken)
    arrive(archive, one, spoken[:1])

    refuse(archive, one, spoken[1:])


def test_a_known_entry_may_come_again_with_more_openings(archive: Archive) -> None:
    said = founded(archive, title="A")
    spoken = [opening(STRANGER, "title", "B"), opening(STRANGER, "place", "C")]
    one = entry_of(STRANGER, said.entry.record, [said.entry.id], spoken)
    arrive(archive, one, [])
    arrive(archive, one, spoken[1:])
    arrive(archive, one, spoken)
    arrive(archive, one, [])

    record, log_ = stored.fold_record(archive.connection, said.entry.record)
    assert (record.title, record.one("place"), len(log_)) == ("B", "C", 2)
