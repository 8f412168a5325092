"""S14, S22, E02: entries from elsewhere, and somebody who has the key and alters the tables."""

import os
from pathlib import Path
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
from tests.helpers.archives import reopened
from tests.helpers.tampering import alter, notices, with_key

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


# --- E02 ---------------------------------------------------------------------------------------

LAST_ENTRY = "(SELECT max(entry_no) FROM entry)"
TAMPERINGS = {
    "the newest entry removed": [
        "DELETE FROM opening WHERE entry_id = (SELECT entry_id FROM entry"
        f" WHERE entry_no = {LAST_ENTRY})",
        f"DELETE FROM entry WHERE entry_no = {LAST_ENTRY}",
    ],
    "an entry in the middle removed": [
        "DELETE FROM opening WHERE entry_id = (SELECT entry_id FROM entry WHERE entry_no = 3)",
        "DELETE FROM entry WHERE entry_no = 3",
    ],
    "a record removed with all that is said of it": [
        "DELETE FROM opening WHERE entry_id IN (SELECT entry_id FROM entry WHERE record_id ="
        " (SELECT record_id FROM record WHERE record_no = 2))",
        "DELETE FROM entry WHERE record_id = (SELECT record_id FROM record WHERE record_no = 2)",
        "DELETE FROM reading WHERE record_no = 2",
        "DELETE FROM page_text WHERE record_no = 2",
        "DELETE FROM indexed WHERE record_no = 2",
        "DELETE FROM label WHERE record_no = 2",
        "DELETE FROM attachment WHERE record_no = 2",
        "DELETE FROM record WHERE record_no = 2",
    ],
    "two entries exchanged": [
        "UPDATE entry SET entry_no = -1 WHERE entry_no = 2",
        f"UPDATE entry SET entry_no = 2 WHERE entry_no = {LAST_ENTRY}",
        "UPDATE entry SET entry_no = 99999 WHERE entry_no = -1",
    ],
    "an entry's bytes altered": ["UPDATE entry SET raw = CAST(raw || x'20' AS BLOB) WHERE entry_no = 2"],
    "an entry's signature altered": [
        "UPDATE entry SET signature = zeroblob(64) WHERE entry_no = 2"
    ],
    "an entry's key altered": ["UPDATE entry SET key = zeroblob(32) WHERE entry_no = 2"],
    "an entry moved to another record": [
        "UPDATE entry SET record_id = (SELECT record_id FROM entry WHERE entry_no = 1)"
        " WHERE entry_no = 2"
    ],
    "an opening removed": [
        "DELETE FROM opening WHERE rowid = (SELECT max(rowid) FROM opening WHERE name = 'title')"
    ],
    "an opening altered": [
        "UPDATE opening SET raw = CAST(raw || x'20' AS BLOB) WHERE rowid = (SELECT max(rowid) FROM opening)"
    ],
    "an opening filed under another name": [
        "UPDATE opening SET name = 'place' WHERE rowid ="
        " (SELECT max(rowid) FROM opening WHERE name = '@recorded')"
    ],
    "a time of the journal back-dated": ["UPDATE journal SET at_utc = at_utc - 86400000"],
    "one line of the journal back-dated": [
        "UPDATE journal SET at_utc = at_utc - 1 WHERE line_no = 3"
    ],
    "the newest line of the journal removed": [
        "DELETE FROM journal WHERE line_no = (SELECT max(line_no) FROM journal)"
    ],
    "the first line of the journal removed": ["DELETE FROM journal WHERE line_no = 1"],
    "two lines of the journal exchanged": [
        "UPDATE journal SET line_no = -1 WHERE line_no = 2",
        "UPDATE journal SET line_no = 2 WHERE line_no = 3",
        "UPDATE journal SET line_no = 3 WHERE line_no = -1",
    ],
    "a line of the journal said of another record": [
        "UPDATE journal SET record_id = (SELECT record_id FROM record WHERE record_no = 1)"
        " WHERE line_no = (SELECT max(line_no) FROM journal)"
    ],
    "a record back-dated": ["UPDATE record SET added_utc = added_utc - 1"],
    "a title altered": ["UPDATE record SET title = 'x' WHERE record_no = 1"],
    "a sensitivity lowered": ["UPDATE record SET sensitivity = 0 WHERE record_no = 1"],
    "a record thrown away": ["UPDATE record SET state = 'trash' WHERE record_no = 1"],
    "a reference altered": ["UPDATE record SET reference = '0000' WHERE record_no = 1"],
    "a date put in": ["UPDATE record SET date_first = '2020-01-01' WHERE record_no = 1"],
    "a label removed": ["DELETE FROM label WHERE family = 'tag'"],
    "an attachment removed": ["DELETE FROM attachment WHERE record_no = 2"],
    "two files exchanged": [
        "UPDATE attachment SET sha256 = randomblob(32) WHERE record_no = 2",
    ],
    "two texts exchanged": [
        "UPDATE page_text SET record_no = -1 WHERE record_no = 2",
        "UPDATE page_text SET record_no = 2 WHERE record_no = 3",
        "UPDATE page_text SET record_no = 3 WHERE record_no = -1",
    ],
    "a text removed": ["DELETE FROM page_text WHERE record_no = 2"],
    "a text that cannot be unpacked": ["UPDATE page_text SET pages = x'00' WHERE record_no = 2"],
    "facts altered": ["UPDATE reading SET facts = '[]' WHERE record_no = 2"],
    "facts that are no JSON": ["UPDATE reading SET facts = '[' WHERE record_no = 2"],
    "facts of another form": ["UPDATE reading SET facts = '[[1]]' WHERE record_no = 2"],
    "facts that are a number": ["UPDATE reading SET facts = '1' WHERE record_no = 2"],
    "a picture put in": ["UPDATE reading SET thumbnail = x'FFD8' WHERE record_no = 2"],
    "a reading removed": ["DELETE FROM reading WHERE record_no = 2"],
    "the key of a blob removed": ["DELETE FROM blob WHERE rowid = 1"],
    "the key of a blob altered": ["UPDATE blob SET key = zeroblob(32) WHERE rowid = 1"],
    "the size of a blob altered": ["UPDATE blob SET size_bytes = size_bytes - 1 WHERE rowid = 1"],
    "the size of a blob made huge": ["UPDATE blob SET size_bytes = 9223372036854775807"],
    "the content of a blob renamed": ["UPDATE blob SET sha256 = zeroblob(32) WHERE rowid = 1"],
    "the index emptied": ["INSERT INTO word_index (word_index) VALUES ('delete-all')"],
    "what was indexed altered": ["UPDATE indexed SET title = 'x' WHERE record_no = 2"],
    "a record's words filed under another": [
        "INSERT INTO word_index (rowid, title, body, about) VALUES (77777, 'a', 'b', 'c')"
    ],
    "the head of the journal altered": [
        "UPDATE meta SET value = zeroblob(32) WHERE name = 'journal_head'"
    ],
    "the length of the journal made huge": [
        "UPDATE meta SET value = x'ffffffffffffffffffff' WHERE name = 'journal_length'"
    ],
    "a journal line that is no JSON": [
        "UPDATE journal SET detail = '{' WHERE line_no = 2",
    ],
    "a trigger put in": [
        "CREATE TRIGGER evil AFTER INSERT ON journal BEGIN"
        " DELETE FROM label WHERE family = 'tag'; END"
    ],
    "a table put in": ["CREATE TABLE decoy (a)"],
    "a view put in the place of a table": [
        "ALTER TABLE label RENAME TO hidden_label",
        "CREATE VIEW label AS SELECT * FROM hidden_label",
    ],
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_e02_what_somebody_with_the_key_altered_in_the_tables_is_shown(
    folder: Path, what: str
) -> None:
    alter(folder, *TAMPERINGS[what])

    assert notices(folder)


def test_e02_a_blob_table_that_was_altered_is_shown_by_the_quick_check_too(folder: Path) -> None:
    connection = with_key(folder)
    connection.execute("UPDATE blob SET size_bytes = 1 << 40")
    connection.close()
    with reopened(folder) as archive:
        assert not check.check(archive).ok
