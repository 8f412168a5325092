"""Reads bundles by resources/spec/bundle-v1.md and archive-v1.md, with none of the program's code.

It takes no file of more than 4 GiB. Strict JSON and the fold are in independent_fold.py beside it.
"""

import base64
import hashlib
import hmac
import io
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nacl.exceptions
import nacl.signing
import pyrage

from tests.independent_fold import ID, fold, looks, read_json

Contacts = Mapping[str, tuple[bytes, bool]]  # key and "of the team", by fingerprint
STANZA = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)\n((?:[^\n]{64}\n)*[^\n]{0,63}\n)|--- ([^\n]{43})\n")
LINE = re.compile(r"([0-9a-f]{64})  (data/([a-z0-9][a-z0-9-]*[/.][a-z0-9][a-z0-9.-]*))")
IDS = r'\[("[0-9a-f]{64}"(, |(?=\])))*\]'
RECEIPT = f'{{"bundle": {ID}, "missing": {IDS}, "refused": {IDS}, "state": "(arrived|taken|part)"}}'
HEAD = {  # what the values look like as json.dumps writes them, keys sorted
    **dict.fromkeys(("sender", "manifest_sha256"), ID),
    **dict.fromkeys(("bundle_id", "stream"), '"[0-9a-f]{32}"'),
    **dict.fromkeys(("number", "payload_files", "payload_bytes", "padded_size"), "[0-9]+"),
    "type": '"skrynia-bundle/1"',
    "made": '"[0-9]{4}-[0-9]{2}-[0-9]{2}"',
    "previous": f'""|{ID}',
    "recipients": IDS,
    "receipts": rf"\[({RECEIPT}(, |(?=\])))*\]",
    "requests": rf'\[({{"id": {ID}, "kind": "[a-z][a-z-]{{0,19}}"}}(, |(?=\])))*\]',
    "seen": 'null|{"sha512": "[0-9a-f]{128}", "signature": "[0-9a-f]{128}"}',
}
WORD = '"[a-z][a-z0-9 _-]{0,39}"'
ENTRY = {"v": "[1-9][0-9]*", "follows": IDS, "author": ID, "type": WORD, "sets": IDS}
FOUNDING = {"record": '""', "nonce": '"[0-9a-f]{32}"'}
KINDS = '"(document|photo|recording|testimony|person|case)"'


class Refused(Exception):
    """Its first value is the outcome that the page names."""


class Result(NamedTuple):
    outcome: str
    refused: tuple[str, ...] = ()  # ids of entries, sorted; "" for a line that has none
    fold: tuple[str, ...] = ()  # lines, sorted
    waiting: tuple[str, ...] = ()  # ids of entries, sorted
    files: Mapping[str, bytes] = {}


def read_bundle(path: Path, secret: str, own: str, contacts: Contacts) -> Result:
    """Read a bundle that lies in a folder or is one file, for the reader `own`."""
    volumes, sums = [path] if path.is_file() else sorted(path.glob("????.VOL")), []
    if (path / "SHA256SUMS").is_file():
        sums = [line[:64] for line in (path / "SHA256SUMS").read_text().splitlines()]
    names = [one.name for one in volumes] if path.is_dir() else []
    last = max(len(sums), int(names[-1][:4]) if names else 0)
    if names != [f"{number:04d}.VOL" for number in range(1, last + 1)]:
        return Result("part-missing")
    parts = [one.read_bytes() for one in volumes]
    try:
        head, files = open_sealed(b"".join(parts), secret, own, contacts)
    except Refused as error:
        compared = {"wrong-file": 1, "not-for-you": 1, "malformed": last}.get(error.args[0], 0)
        altered = sums and [sha(one) for one in parts[:compared]] != sums[:compared]
        return Result("damaged" if altered else error.args[0])
    return read_entries(files, head["sender"], contacts[head["sender"]][1])


def open_sealed(
    sealed: bytes, secret: str, own: str, contacts: Contacts
) -> tuple[dict[str, Any], dict[str, bytes]]:
    length = len(sealed) - header_bytes(sealed[: 64 << 10])
    try:
        plain = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(secret)])
    except pyrage.DecryptError as error:
        raise Refused("not-for-you" if "No matching" in str(error) else "damaged") from None
    stream = io.BytesIO(plain)
    head = read_head(stream, contacts)
    mark = hmac.digest(bytes.fromhex(head["bundle_id"]), bytes.fromhex(own), "sha256").hex()
    need(mark in head["recipients"], "not-for-you")
    size = head["padded_size"]
    need(length == 16 + size + 16 * max(1, -(-size // 65536)), "damaged")
    return head, read_payload(stream, head, len(plain))


def header_bytes(head: bytes) -> int:
    types: list[bytes] = []
    at = 22 if head.startswith(b"age-encryption.org/v1\n") else len(head)
    while (found := STANZA.match(head, at)) and not found[3]:
        (kind, *words), body = found[1].split(b" "), found[2].replace(b"\n", b"")
        sizes = [unpadded(one) for one in (*words, body) if kind == b"X25519"]
        need(sizes in ([], [32, 32]) and len(body) <= 8192 and len(found[1]) < 4093, "wrong-file")
        need(unpadded(body) >= 0, "wrong-file")
        types, at = [*types, kind], found.end()
    grease = [one for one in types if one.endswith(b"-grease")]
    right = found is not None and unpadded(found[3]) >= 0 and len(types) <= 40
    need(right and set(types) - set(grease) == {b"X25519"} and len(grease) <= 1, "wrong-file")
    return found.end() if found else 0


def read_head(stream: io.BytesIO, contacts: Contacts) -> dict[str, Any]:
    raw = member(stream, "bag/meta/bundle.json", 1 << 20)
    armoured = member(stream, "bag/meta/bundle.json.sig", 8 << 10)
    try:
        blob = base64.b64decode(b"".join(armoured.split(b"\n")[1:-2]) + b"==")
    except ValueError:
        raise Refused("signature-wrong") from None
    key, signature = blob[33:65], blob[-64:]
    public, wrapped = (strings(b"ssh-ed25519", one) for one in (key, signature))
    right = strings(public, b"bundle@skrynia.v1", b"", b"sha512", wrapped)
    right = base64.b64encode(b"SSHSIG" + struct.pack(">I", 1) + right)
    lines = [right[at : at + 70] for at in range(0, len(right), 70)]
    lines = [b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""]
    need(armoured == b"\n".join(lines), "signature-wrong")
    need(verifies(key, raw, signature, b"bundle@skrynia.v1"), "signature-wrong")
    sender = sha(strings(b"ssh-ed25519", key))
    need(contacts.get(sender, (b"",))[0] == key, "unknown-sender")
    try:
        head: dict[str, Any] = read_json(raw)
        need(not re.fullmatch("skrynia-bundle/(1[0-9]+|[2-9][0-9]*)", str(head["type"])), "too-new")
        need(set(head) == set(HEAD) and all(looks(head[one], HEAD[one]) for one in HEAD))
        need((head["number"] == 1) == (head["previous"] == "") and head["number"] > 0)
        need(len(head["recipients"]) in (4, 8, 16, 32) and in_order(head["recipients"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused("malformed") from None
    need(head["sender"] == sender, "signature-wrong")
    return head


def read_payload(stream: io.BytesIO, head: Mapping[str, Any], length: int) -> dict[str, bytes]:
    declared = member(stream, "bag/bagit.txt", 200)
    manifest = member(stream, "bag/manifest-sha256.txt", 64 << 20)
    need(declared == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    need(sha(manifest) == head["manifest_sha256"])
    found: dict[str, bytes] = {}
    for line in manifest.decode("latin-1").splitlines(keepends=True):
        one = LINE.fullmatch(line.removesuffix("\n"))
        need(one and line[-1] == "\n" and len(one[2]) <= 90 and one[2] > max(found, default=""))
        sha256, path = line[:64], line[66:-1]
        content = found[path] = member(stream, "bag/" + path, 4 << 30)
        need(sha(content) == sha256 and (path[:11] != "data/blobs/" or path[11:] == sha256))
    sizes = len(found), sum(map(len, found.values()))
    need(sizes == (head["payload_files"], head["payload_bytes"]))
    end = stream.tell() + 1024
    bits = end.bit_length() - 1
    mask = (1 << bits - bits.bit_length()) - 1
    need(head["padded_size"] == length == max(65536, (end + mask) & ~mask))
    need(not any(stream.read()))
    return found


def member(stream: io.BytesIO, name: str, most: int) -> bytes:
    block = stream.read(512)
    need(re.fullmatch(rb"[0-7]{11}\0", block[124:136]))
    size = int(block[124:135], 8)
    first = name.encode().ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2
    first += b"%011o\0" % size + b"0" * 11 + b"\0"
    last = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    need(block == first + b"%06o\0 " % (sum(first + last) + 256) + last)
    content, gap = stream.read(size), stream.read(-size % 512)
    need(size == len(content) <= most and gap == bytes(-size % 512))
    return content


def read_entries(files: Mapping[str, bytes], sender: str, team: bool) -> Result:
    known, refused = dict[str, dict[str, Any]](), list[str]()
    texts = [files[one] for one in sorted(files) if one.startswith("data/entries/")]
    for line in b"\n".join(texts).split(b"\n"):
        names = [""]  # of the entry, once it has been read so far
        try:
            if line:
                entry = read_entry(line, names)
                need(team or entry["author"] == sender)
                said = known.setdefault(names[-1], entry)["said"]
                need(all(said.setdefault(*one) == one[1] for one in entry["said"].items()))
        except (Refused, ValueError, TypeError, KeyError, AttributeError):
            refused.append(names[-1])
    records = {one: entry["record"] for one, entry in known.items()}
    for one, entry in [*known.items()]:
        around = {records.get(name, entry["record"]) for name in entry["follows"]}
        # Outside the team, a founding entry in here is the sender's own, as all the others.
        if around - {entry["record"]} or not (team or entry["record"] in records):
            refused.append(one)
            del known[one]
    return Result("opens", tuple(sorted(refused)), *fold(known), files)


def read_entry(line: bytes, names: list[str]) -> dict[str, Any]:
    given = read_json(line)
    need(set(given) == {"entry", "key", "sig", "open"} and len(given["open"]) <= 256)
    spelt = (given["entry"], given["key"], given["sig"], *given["open"])
    raw, key, signature, *openings = (base64.b64decode(one, validate=True) for one in spelt)
    names.append(sha(raw))
    need(verifies(key, raw, signature, b"entry@skrynia.v1") and len(raw) <= 256 << 10)
    body: dict[str, Any] = read_json(raw)
    founding, version = body["record"] == "", body["v"]
    shape = {**ENTRY, "record": ID}
    if founding:
        shape |= {**FOUNDING, "kind": KINDS if version == 1 else WORD}
    need(founding != bool(body["follows"]) and (version > 1 or set(body) == set(shape)))
    need(all(looks(body[name], pattern) for name, pattern in shape.items()))
    need(body["author"] == sha(strings(b"ssh-ed25519", key)) and len(body["follows"]) <= 64)
    need(len(body["sets"]) <= 256 and in_order(body["follows"]) and in_order(body["sets"]))
    said: dict[str, Any] = {}
    for one in openings:
        need(sha(b"skrynia opening v1\0" + one) in body["sets"] and len(one) <= 16 << 20)
        author, name, salt, value = read_json(one)
        need(author == body["author"] and looks(salt, '"[0-9a-f]{32}"') and name not in said)
        need(looks(name, '"@?[a-z][a-z0-9_]*(/[0-9a-f]{16})?"') and len(name) <= 100)
        said[name] = value
    return {**body, "record": names[-1] if founding else body["record"], "said": said}


def verifies(key: bytes, message: bytes, signature: bytes, namespace: bytes) -> bool:
    parts = (namespace, b"", b"sha512", hashlib.sha512(message).digest())
    try:
        nacl.signing.VerifyKey(key).verify(b"SSHSIG" + strings(*parts), signature)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
        return False
    return True


def unpadded(text: bytes) -> int:
    """Return how many bytes this base64 spells, or -1 if it is not the only spelling."""
    raw = base64.b64decode(text + b"==") if len(text) % 4 != 1 else b""
    return len(raw) if base64.b64encode(raw).rstrip(b"=") == text else -1


def need(holds: object, outcome: str = "malformed") -> None:
    if not holds:
        raise Refused(outcome)


def in_order(ids: list[str]) -> bool:
    return ids == sorted(set(ids))


def strings(*values: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(value)) + value for value in values)


def sha(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
