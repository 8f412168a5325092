"""E02: somebody who has the key alters the tables; the check shows it."""

from pathlib import Path

import pytest

from desktop_app.archive import check
from tests.helpers.archives import reopened
from tests.helpers.tampering import alter, notices, with_key

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
    "an entry's bytes altered": [
        "UPDATE entry SET raw = CAST(raw || x'20' AS BLOB) WHERE entry_no = 2"
    ],
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
        "UPDATE opening SET raw = CAST(raw || x'20' AS BLOB)"
        " WHERE rowid = (SELECT max(rowid) FROM opening)"
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
