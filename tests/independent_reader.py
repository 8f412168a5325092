"""Reads bundles by resources/spec/bundle-v1.md and archive-v1.md, with none of the program's code.

It holds a whole bundle in memory, and takes no file of more than 4 GiB, nor a list of sums in
another spelling than the program's own.
"""

import base64
import hashlib
import hmac
import io
import json
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nacl.exceptions
import nacl.signing
import pyrage

Contacts = Mapping[str, tuple[bytes, bool]]  # key and "of the team", by fingerprint
STANZA = re.compile(
    rb"-> ([!-~]+(?: [!-~]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)|--- ([^\n]{43})\n"
)
LINE = re.compile(r"([0-9a-f]{64})  (data/([a-z0-9][a-z0-9-]*[/.][a-z0-9][a-z0-9.-]*))")
HEX32, HEX64, HEX128 = (rf"[0-9a-f]{{{length}}}" for length in (32, 64, 128))
HEAD = {"bundle_id": HEX32, "sender": HEX64, "stream": HEX32, "manifest_sha256": HEX64}
HEAD |= {"previous": f"({HEX64})?", "made": r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "type": ".*"}
COUNTS = {"number", "payload_files", "payload_bytes", "padded_size"}
OTHER = {"recipients", "seen", "receipts", "requests"}
STATES = ("trash", "inbox", "catalogued", "sealed", "retracted", "withdrawn", "erased")
KINDS = ("document", "photo", "recording", "testimony", "person", "case")
MANY = ("languages", "tags", "cases", "family", "attachments", "origins")
TEXTS = ("title", "description", "date", "place", "reference", "pseudonym", "text", *MANY[:2])
RECORDS = ("cases", "family", "speaker")


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
    volumes, sums = ([path.read_bytes()], []) if path.is_file() else ([], [])
    try:
        if path.is_dir():
            volumes, sums = read_volumes(path)
        head, files = open_sealed(b"".join(volumes), secret, own, contacts)
    except Refused as error:
        outcome = error.args[0]
        compared = {"wrong-file": 1, "not-for-you": 1, "malformed": len(volumes)}.get(outcome, 0)
        if sums and [sha(one) for one in volumes[:compared]] != sums[:compared]:
            outcome = "damaged"
        return Result(outcome)
    return read_entries(files, head["sender"], contacts[head["sender"]][1])


def read_volumes(folder: Path) -> tuple[list[bytes], list[str]]:
    listed = folder / "SHA256SUMS"
    sums = [line[:64] for line in listed.read_text().splitlines()] if listed.is_file() else []
    found = sorted(folder.glob("[0-9][0-9][0-9][0-9].VOL"))
    last = max(len(sums), *(int(one.stem) for one in found))
    need([int(one.stem) for one in found] == list(range(1, last + 1)), "part-missing")
    return [one.read_bytes() for one in found], sums


def open_sealed(
    sealed: bytes, secret: str, own: str, contacts: Contacts
) -> tuple[dict[str, Any], dict[str, bytes]]:
    length = len(sealed) - header_bytes(sealed[: 64 << 10])
    try:
        plain = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(secret)])
    except pyrage.DecryptError as error:
        foreign = "No matching keys" in str(error)
        raise Refused("not-for-you" if foreign else "damaged") from None
    stream = io.BytesIO(plain)
    head = read_head(stream, contacts)
    mark = hmac.digest(bytes.fromhex(head["bundle_id"]), bytes.fromhex(own), "sha256").hex()
    need(mark in head["recipients"], "not-for-you")
    size = head["padded_size"]
    need(length == 16 + size + 16 * max(1, -(-size // 65536)), "damaged")
    return head, read_payload(stream, head, len(plain))


def header_bytes(head: bytes) -> int:
    at, types = 22, []
    need(head.startswith(b"age-encryption.org/v1\n"), "wrong-file")
    while (found := STANZA.match(head, at)) and not found[3]:
        (kind, *words), body = found[1].split(b" "), found[2].replace(b"\n", b"")
        sizes = [len(unpadded(one, "wrong-file")) for one in (*words, body) if kind == b"X25519"]
        need(sizes in ([], [32, 32]) and len(body) <= 8192 and len(found[1]) < 4093, "wrong-file")
        unpadded(body, "wrong-file")
        types, at = [*types, kind], found.end()
    need(found is not None and len(types) <= 40, "wrong-file")
    assert found is not None
    unpadded(found[3], "wrong-file")
    grease = [one for one in types if one.endswith(b"-grease")]
    need(set(types) - set(grease) == {b"X25519"} and len(grease) <= 1, "wrong-file")
    return found.end()


def read_head(stream: io.BytesIO, contacts: Contacts) -> dict[str, Any]:
    raw = member(stream, "bag/meta/bundle.json", 1 << 20)
    armoured = member(stream, "bag/meta/bundle.json.sig", 8 << 10)
    try:
        blob = base64.b64decode(b"".join(armoured.split(b"\n")[1:-2]), validate=True)
    except ValueError:
        raise Refused("signature-wrong") from None
    key, signature = blob[33:65], blob[-64:]
    parts = (ssh_key(key), b"bundle@skrynia.v1", b"", b"sha512", s(b"ssh-ed25519") + s(signature))
    right = base64.b64encode(b"SSHSIG" + struct.pack(">I", 1) + b"".join(map(s, parts)))
    lines = [right[at : at + 70] for at in range(0, len(right), 70)]
    lines = [b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""]
    need(armoured == b"\n".join(lines), "signature-wrong")
    need(verifies(key, raw, signature, b"bundle@skrynia.v1"), "signature-wrong")
    sender = sha(ssh_key(key))
    need(contacts.get(sender, (b"",))[0] == key, "unknown-sender")
    head = read_json(raw, "malformed")
    need(isinstance(head, dict), "malformed")
    kind = str(head.get("type"))
    need(not re.fullmatch("skrynia-bundle/(1[0-9]+|[2-9][0-9]*)", kind), "too-new")
    need(kind == "skrynia-bundle/1" and set(head) == {*HEAD, *COUNTS, *OTHER}, "malformed")
    need(all(matches(head[name], pattern) for name, pattern in HEAD.items()), "malformed")
    need(all(type(head[name]) is int and head[name] >= 0 for name in COUNTS), "malformed")
    need((head["number"] == 1) == (head["previous"] == "") and head["number"] > 0, "malformed")
    need(ids(head["recipients"], 32) and len(head["recipients"]) in (4, 8, 16, 32), "malformed")
    try:
        need(head["seen"] is None or has(head["seen"], sha512=HEX128, signature=HEX128))
        need(all(has(one, kind="[a-z][a-z-]{0,19}", id=HEX64) for one in head["requests"]))
        for one in head["receipts"]:
            need(has(one, bundle=HEX64, state="arrived|taken|part", refused=None, missing=None))
            need(all(matches(name, HEX64) for name in one["refused"] + one["missing"]))
    except (Refused, TypeError):
        raise Refused("malformed") from None
    need(head["sender"] == sender, "signature-wrong")
    return head  # type: ignore[no-any-return]  # an object, as was asked above


def read_payload(stream: io.BytesIO, head: Mapping[str, Any], length: int) -> dict[str, bytes]:
    declared = member(stream, "bag/bagit.txt", 200)
    manifest = member(stream, "bag/manifest-sha256.txt", 64 << 20)
    need(declared == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "malformed")
    need(sha(manifest) == head["manifest_sha256"], "malformed")
    *lines, rest = manifest.decode("latin-1").split("\n")
    found, before = {}, ""
    for line in lines:
        one = LINE.fullmatch(line)
        need(one is not None and before < one[2] and len(one[2]) <= 90, "malformed")
        assert one is not None
        before = one[2]
        content = found[before] = member(stream, "bag/" + before, 4 << 30)
        named = not before.startswith("data/blobs/") or before[11:] == one[1]
        need(named and sha(content) == one[1], "malformed")
    sizes = len(found), sum(map(len, found.values()))
    need(not rest and sizes == (head["payload_files"], head["payload_bytes"]), "malformed")
    end = stream.tell() + 1024
    bits = end.bit_length() - 1
    mask = (1 << bits - bits.bit_length()) - 1
    need(head["padded_size"] == length == max(65536, (end + mask) & ~mask), "malformed")
    need(not any(stream.read()), "malformed")
    return found


def member(stream: io.BytesIO, name: str, most: int) -> bytes:
    block = stream.read(512)
    need(re.fullmatch(rb"[0-7]{11}\0", block[124:136]), "malformed")
    size = int(block[124:135], 8)
    first = name.encode().ljust(100, b"\0") + b"0000600\0" + b"0000000\0" * 2
    first += b"%011o\0" % size + b"0" * 11 + b"\0"
    last = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    need(block == first + b"%06o\0 " % (sum(first + last) + 256) + last, "malformed")
    content, gap = stream.read(size), stream.read(-size % 512)
    need(size == len(content) <= most and gap == bytes(-size % 512), "malformed")
    return content


def read_entries(files: Mapping[str, bytes], sender: str, team: bool) -> Result:
    known, refused = {}, []
    lines = (files[one].split(b"\n") for one in sorted(files) if one.startswith("data/entries/"))
    for line in (line for part in lines for line in part if line):
        names = [""]  # of the entry, once it has been read so far
        try:
            entry = read_entry(line, names)
            need(team or entry["author"] == sender)
            known.setdefault(names[-1], entry)
        except (Refused, ValueError, TypeError, KeyError, AttributeError):
            refused.append(names[-1])
    records = {one: entry["record"] for one, entry in known.items()}
    for one, entry in [*known.items()]:
        strange = {records.get(name, entry["record"]) for name in entry["follows"]}
        foreign = not team and entry["record"] not in records  # whoever founded it is the sender
        if foreign or strange - {entry["record"]}:
            refused.append(one)
            del known[one]
    before = ancestors(known)
    waiting = tuple(sorted(known.keys() - before.keys()))
    fold = tuple(sorted(fold_lines(known, before)))
    return Result("opens", tuple(sorted(refused)), fold, waiting, files)


def read_entry(line: bytes, names: list[str]) -> dict[str, Any]:
    given = read_json(line)
    need(set(given) == {"entry", "key", "sig", "open"} and len(given["open"]) <= 256)
    spelt = (given["entry"], given["key"], given["sig"], *given["open"])
    raw, key, signature, *openings = (base64.b64decode(one, validate=True) for one in spelt)
    names.append(sha(raw))
    need(verifies(key, raw, signature, b"entry@skrynia.v1") and len(raw) <= 256 << 10)
    body: dict[str, Any] = read_json(raw)
    founding, version = body["record"] == "", body["v"]
    shape = {"record": HEX64, "author": HEX64, "type": "[a-z][a-z0-9 _-]{0,39}"}
    if founding:
        shape |= {"record": "", "nonce": HEX32, "kind": "|".join(KINDS) if version == 1 else ".+"}
    need(type(version) is int and version > 0 and founding != bool(body["follows"]))
    need(all(matches(body[name], pattern) for name, pattern in shape.items()))
    need(version > 1 or set(body) == {*shape, "v", "follows", "sets"})
    need(ids(body["follows"], 64) and ids(body["sets"], 256))
    need(body["author"] == sha(ssh_key(key)))
    said: dict[str, Any] = {}
    for one in openings:
        need(sha(b"skrynia opening v1\0" + one) in body["sets"] and len(one) <= 16 << 20)
        author, name, salt, value = read_json(one)
        need(author == body["author"] and matches(salt, HEX32) and name not in said)
        need(matches(name, "@?[a-z][a-z0-9_]*(/[0-9a-f]{16})?") and len(name) <= 100)
        said[name] = value
    return {**body, "record": names[-1] if founding else body["record"], "said": said}


def ancestors(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """Return the entries that reach back to their founding one, each with all before it."""
    found: dict[str, set[str]] = {}
    more = True
    while more:
        more = False
        for one in entries.keys() - found.keys():
            before = set(entries[one]["follows"])
            reaches = before <= found.keys() and (before or entries[one]["record"] == one)
            if reaches and entries[one]["v"] == 1:
                found[one] = before.union(*(found[name] for name in before))
                more = True
    return found


def fold_lines(
    entries: Mapping[str, Mapping[str, Any]], before: Mapping[str, set[str]]
) -> Iterator[str]:
    setters: dict[str, list[str]] = {}
    for one in sorted(before):
        for name, value in entries[one]["said"].items():
            if not name.startswith("@") and fits(*name.partition("/")[:2], value):
                setters.setdefault(f"{entries[one]['record']} {name}", []).append(one)
    for field, found in setters.items():
        outdone = set().union(*(before[one] for one in found))
        values = [(one, entries[one]["said"][field[65:]]) for one in found if one not in outdone]
        shown = {json.dumps(value, sort_keys=True): one for one, value in reversed(values)}
        if set(shown) != {"null"}:
            yield from (f"{field} {one}" for one in shown.values())


def fits(family: str, slash: str, value: Any) -> bool:
    known = {*TEXTS, *RECORDS, *MANY, "sensitivity", "state"}
    if value is None or family not in known or (family in MANY) != bool(slash):
        return value is None or family not in known
    if family in ("attachments", "origins"):
        texts = ("sha256", "media_type") if family == "attachments" else ("name", "path")
        right = isinstance(value, dict) and all(isinstance(value.get(one), str) for one in texts)
        size = value.get("size_bytes") if right and family == "attachments" else 0
        hashed = family == "origins" or (right and matches(value["sha256"], HEX64))
        return right and hashed and type(size) is int and size >= 0
    if family == "sensitivity":
        return type(value) is int and value in range(4)
    patterns = {"state": "|".join(STATES)} | dict.fromkeys(RECORDS, HEX64)
    return matches(value, patterns.get(family, "(?s:.*)"))


def read_json(raw: bytes, outcome: str = "refused") -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), outcome)
        return dict(pairs)

    def check(value: Any, depth: int) -> None:
        if isinstance(value, dict | list):
            need(depth, outcome)
            for part in [*value, *value.values()] if isinstance(value, dict) else value:
                check(part, depth - 1)
        elif isinstance(value, str):
            value.encode()  # fails for half a pair
        elif value is not None:
            need(type(value) in (int, bool) and abs(value) < 2**53, outcome)

    try:
        value = json.loads(raw.decode(), object_pairs_hook=unique)
        check(value, 8)
    except (ValueError, RecursionError):
        raise Refused(outcome) from None
    return value


def verifies(key: bytes, message: bytes, signature: bytes, namespace: bytes) -> bool:
    parts = (namespace, b"", b"sha512", hashlib.sha512(message).digest())
    try:
        nacl.signing.VerifyKey(key).verify(b"SSHSIG" + b"".join(map(s, parts)), signature)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
        return False
    return True


def unpadded(text: bytes, outcome: str) -> bytes:
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Refused(outcome) from None
    need(base64.b64encode(raw).rstrip(b"=") == text, outcome)
    return raw


def need(holds: object, outcome: str = "refused") -> None:
    if not holds:
        raise Refused(outcome)


def has(value: Any, **patterns: str | None) -> bool:
    texts = {name: pattern for name, pattern in patterns.items() if pattern}
    return set(value) == set(patterns) and all(matches(value[k], v) for k, v in texts.items())


def matches(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def ids(value: Any, most: int) -> bool:
    right = isinstance(value, list) and all(matches(one, HEX64) for one in value)
    return right and len(value) <= most and value == sorted(set(value))


def ssh_key(key: bytes) -> bytes:
    return s(b"ssh-ed25519") + s(key)


def s(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def sha(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
