"""resources/spec/archive-v1.md is true: its examples are computed again, its tables complete."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from desktop_app import errors
from desktop_app.archive.archive import Archive
from desktop_app.cli import main
from desktop_app.crypto import keys, keyslots, passphrase, sealing, signing
from desktop_app.domain import edtf, log, strict_json
from desktop_app.domain.fold import Opened, fold, fold_hash, fold_lines
from desktop_app.domain.ids import EntryId, RecordId, reference
from desktop_app.domain.reading import Fact
from desktop_app.domain.record import FIELDS, element
from desktop_app.storage import connection, journal
from desktop_app.storage.blobs import BlobStore
from desktop_app.storage.readings import Stored

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "resources" / "spec" / "archive-v1.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```example (\S+)\n(.*?)\n```", TEXT, re.DOTALL))
INDEX_TABLES = ("word_index", "word_list", "sqlite_")


def rows(block: str) -> list[list[str]]:
    """Return the lines of an example block, cut where two blanks or more stand."""
    return [re.split(r" {2,}", line) for line in BLOCKS[block].splitlines()]


def values(block: str) -> dict[str, str]:
    """Return an example block of names and values."""
    return dict(rows(block))


def section(title: str) -> str:
    """Return the text below a heading of the second level, up to the next one."""
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def entry_of(block: str) -> Opened:
    """Return the entry of a block with its openings, after checking every value in it."""
    given, author = values(block), values("author")
    raw = given["entry"].encode()
    signer = signing.Signer(bytes.fromhex(author["seed"]))
    assert log.entry_id(raw) == given["id"]
    assert signer.sign(raw, log.NAMESPACE).hex() == given["signature"]
    signature = bytes.fromhex(given["signature"])
    assert signing.verify(bytes.fromhex(author["public"]), raw, signature, log.NAMESPACE)
    entry = log.read_entry(raw)
    openings = [value.encode() for name, value in given.items() if name.startswith("opening")]
    commitments = [value for name, value in given.items() if name.startswith("commitment")]
    assert [log.commitment(opening) for opening in openings] == commitments
    assert frozenset(commitments) == entry.sets
    return Opened(entry, log.open_all(entry, openings))


def test_the_keys_are_derived_as_the_example_says() -> None:
    given = values("derived")
    derived = keys.derive(bytes.fromhex(given["archive_key"]), bytes.fromhex(given["archive_id"]))
    assert derived.database.hex() == given["db"]
    assert derived.header.hex() == given["header"]


def test_the_key_file_of_the_example_opens_and_is_written_so() -> None:
    given, derived = values("keyslot"), values("derived")
    head, salt = given["head"].encode(), bytes.fromhex(given["salt"])
    numbers = json.loads(head)
    cost = passphrase.Cost(numbers["memory_kib"], numbers["passes"], numbers["lanes"])
    kek = passphrase.derive(given["passphrase"], salt, cost, head)
    archive_key, nonce = bytes.fromhex(derived["archive_key"]), bytes.fromhex(given["nonce"])
    wrapped = nonce + AESGCM(kek).encrypt(nonce, archive_key, head)
    assert kek.hex() == given["kek"]
    assert base64.b64decode(numbers["salt"]) == salt
    assert wrapped.hex() == given["wrapped"]
    raw = f"{given['line_1']}\n{given['line_2']}\n".encode()
    opened = keyslots.open_with([keyslots.read(raw)], given["passphrase"])
    assert opened is not None
    assert opened.authentic
    assert opened.archive_key == archive_key
    archive_id = bytes.fromhex(derived["archive_id"])
    assert keyslots.make(archive_id, 1, opened.header.slots, opened.keys) == raw


def test_a_blob_put_together_by_the_page_alone_opens(tmp_path: Path) -> None:
    given = values("blob")
    content, key = bytes.fromhex(given["content"]), bytes.fromhex(given["key"])
    name, salt = bytes.fromhex(given["name"]), bytes.fromhex(given["salt"])
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + name
    derived = HKDFExpand(SHA512(), 76, info).derive(key)
    parts = [derived[:32].hex(), derived[32:44].hex(), derived[44:].hex()]
    assert parts == [given["chunk_key"], given["base_nonce"], given["commitment"]]
    sealed = salt + derived[44:] + b"".join(chunks(content, derived[:32], derived[32:44]))
    assert len(sealed) == int(given["sealed_bytes"]) == sealing.sealed_size(len(content))
    assert hashlib.sha256(sealed).hexdigest() == given["sealed_sha256"]
    opened = sealing.open_sealed(io.BytesIO(sealed), key, name, len(content))
    assert b"".join(opened) == content
    assert BlobStore(tmp_path).path(name) == tmp_path / given["path"]


def chunks(content: bytes, key: bytes, base_nonce: bytes) -> Iterator[bytes]:
    """Yield the sealed chunks of a small content, padded to 64 KiB."""
    padded = content.ljust(sealing.MIN_PADDED, b"\0")
    for number in range(len(padded) // 16_384 + 1):
        nonce = (int.from_bytes(base_nonce, "big") ^ number).to_bytes(12, "big")
        yield AESGCM(key).encrypt(nonce, padded[number * 16_384 : (number + 1) * 16_384], b"")


def test_what_the_program_seals_the_page_opens() -> None:
    content, key, name = b"x" * 100_000, bytes(range(32)), bytes(range(16))
    sink = io.BytesIO()
    sealing.seal(io.BytesIO(content), sink, key, name)
    sealed = sink.getvalue()
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + sealed[:24] + name
    derived = HKDFExpand(SHA512(), 76, info).derive(key)
    assert sealed[24:56] == derived[44:]
    opened = b""
    for number, at in enumerate(range(56, len(sealed), 16_400)):
        nonce = (int.from_bytes(derived[32:44], "big") ^ number).to_bytes(12, "big")
        opened += AESGCM(derived[:32]).decrypt(nonce, sealed[at : at + 16_400], b"")
    assert opened == content.ljust(sealing.padded_size(len(content)), b"\0")


def test_sizes_are_as_the_table_says() -> None:
    for size, padded, sealed in rows("sizes")[1:]:
        assert sealing.padded_size(int(size)) == int(padded)
        assert sealing.sealed_size(int(size)) == int(sealed)


def test_the_author_of_the_example_has_this_key_and_fingerprint() -> None:
    given = values("author")
    signer = signing.Signer(bytes.fromhex(given["seed"]))
    assert signer.public.hex() == given["public"]
    assert signing.public_line(signer.public) == given["ssh_key"]
    assert signer.fingerprint == given["fingerprint"]


def test_the_signed_bytes_are_as_shown() -> None:
    given = values("sshsig")
    raw = values("founding")["entry"].encode()
    assert given["namespace"] == log.NAMESPACE
    assert given["message_sha512"] == hashlib.sha512(raw).hexdigest()
    digest = hashlib.sha512(raw).digest()
    assert signing._to_be_signed(digest, log.NAMESPACE).hex() == given["signed_bytes"]


@pytest.mark.parametrize("block", ["founding", "second", "third"])
def test_the_example_entries_are_what_the_program_writes(block: str) -> None:
    opened = entry_of(block)
    entry, openings = opened.entry, [one.raw for one in opened.openings.values()]
    for one in opened.openings.values():
        salt = bytes.fromhex(json.loads(one.raw)[2])
        assert log.write_opening(one.author, one.name, salt, one.value) == one.raw
    if entry.founding:
        nonce = bytes.fromhex(json.loads(entry.raw)["nonce"])
        again = log.write_founding(entry.author, entry.type, entry.kind or "", nonce, openings)
    else:
        again = log.write_entry(entry.record, entry.follows, entry.author, entry.type, openings)
    assert again == entry.raw


def test_the_example_entries_fold_to_the_lines_and_the_hash() -> None:
    given = values("fold")
    entries = [entry_of(block) for block in ("third", "founding", "second")]
    record = fold(RecordId(given["record"]), entries)
    lines = [value for name, value in given.items() if name.startswith("line")]
    assert sorted(fold_lines(record)) == lines
    assert fold_hash(lines) == given["hash"]
    assert record.heads == tuple(EntryId(head) for head in given["heads"].split())
    assert list(record.conflicts) == ["title"]


def test_the_reference_of_the_example() -> None:
    given = values("reference")
    assert reference(RecordId(given["record"])) == given["reference"]
    assert given["reference"].replace("-", "")[:11] == given["eleven_digits"]


def test_elements_have_the_names_of_the_table() -> None:
    for family, value, name in rows("elements"):
        assert element(family, json.loads(value)) == name


def test_dates_cover_what_the_table_says() -> None:
    for text, first, last in rows("dates"):
        found = edtf.bounds(text)
        assert (found.first or "open", found.last or "open") == (first, last), text


@pytest.mark.parametrize("text", BLOCKS["not-dates"].splitlines())
def test_what_is_listed_as_no_date_is_none(text: str) -> None:
    with pytest.raises(edtf.NotADate):
        edtf.bounds(text)


def test_the_journal_of_the_example_is_chained_so() -> None:
    given = values("journal")
    before = bytes(32)
    for number in ("1", "2"):
        line = strict_json.read(given[f"line_{number}"].encode())
        _number, at_utc, what, record, detail = line
        chain = journal._chain(before, int(number), at_utc, what, record or None, detail)
        assert strict_json.write(line).decode() == given[f"line_{number}"]
        assert chain.hex() == given[f"chain_{number}"]
        before = chain


def test_the_digest_of_the_example_reading() -> None:
    given = values("reading")
    stored = Stored(
        given["outcome"],
        given["reader"],
        given["media_type"],
        json.loads(given["why"]),
        tuple(Fact(*one) for one in json.loads(given["part_4"])),
        tuple(json.loads(given["part_5"])),
        bytes.fromhex(given["thumbnail"]),
        tuple(json.loads(given["pages"])),
    )
    parts = [
        given["part_1"].replace("\\f", "\f").encode(),
        bytes.fromhex(given["thumbnail"]),
        *(given[f"part_{number}"].encode() for number in (3, 4, 5)),
    ]
    whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    assert stored.digest() == given["digest"] == hashlib.sha256(whole).hexdigest()


def test_every_table_and_column_is_described(archive: Archive) -> None:
    text = section("The database")
    tables = [
        row[0]
        for row in archive.connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    ]
    for table in tables:
        if table.startswith(INDEX_TABLES):
            continue
        described = text.split(f"\n**`{table}`**")[1].split("\n**`")[0]
        named = set(re.findall(r"`([a-z_0-9]+)`", described))
        columns = {row[1] for row in archive.connection.rows(f"PRAGMA table_info({table})")}
        assert columns <= named, table


def test_every_setting_of_a_connection_is_told() -> None:
    text = section("The database")
    assert [one for one in connection._SETTINGS if f"`{one}`" not in text] == []


def test_every_name_in_meta_is_told(archive: Archive) -> None:
    text = section("The database")
    names = [row[0] for row in archive.connection.rows("SELECT name FROM meta")]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_field_is_in_the_table_with_its_class() -> None:
    listed = {}
    for names, class_ in re.findall(r"^\| (`.*?) \| (\w+) \|", section("The record log"), re.M):
        listed |= dict.fromkeys(re.findall(r"`([^`]+)`", names), class_)
    expected = {rule.name + "/…" * rule.many: str(rule.class_) for rule in FIELDS.values()}
    assert {name: listed.get(name) for name in expected} == expected


def test_every_finding_of_a_check_is_in_the_table() -> None:
    source = (ROOT / "desktop_app" / "archive" / "check.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Finding\("([a-z-]+)"', source))
    assert codes == set(re.findall(r"`([a-z-]+)`", table_heads("What a check compares")))


def table_heads(title: str) -> str:
    """Return the first cells of a section's table rows."""
    return "\n".join(re.findall(r"^\| (`.*?) \|", section(title), re.M))


def test_what_the_code_refers_to_is_there() -> None:
    referred, missing = set(), set()
    for path in (ROOT / "desktop_app").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for page, title in re.findall(r'((?:archive|bundle)-v1\.md),\s+"([^"]+)"', text):
            referred.add(page)
            spec = (ROOT / "resources" / "spec" / page).read_text(encoding="utf-8")
            if f"\n## {title}\n" not in spec:
                missing.add((path.name, page, title))
    assert referred == {"archive-v1.md", "bundle-v1.md"}
    assert missing == set()


def test_the_readme_lists_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", readme, re.M)}
    codes = {one.exit_code for one in vars(errors).values() if isinstance(one, type)}
    assert listed == codes | {0, main.BUG}


def test_an_archive_holds_the_files_that_the_page_names(archive: Archive) -> None:
    named = set(re.findall(r"`([a-z0-9.-]+)", section("The folder")))
    found = {path.name for path in archive.folder.iterdir()}
    assert found <= named
