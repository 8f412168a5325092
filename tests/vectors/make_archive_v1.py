"""Makes the vectors in archive-v1/: fixed inputs, good and damaged, and what must come of them.

Run once for a format, from the project's folder: `python -m tests.vectors.make_archive_v1`. What a
released program wrote is never made again; a vector that fails shows that the format was broken.
"""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

from desktop_app.crypto import keyslots, sealing
from desktop_app.crypto.keys import derive
from desktop_app.crypto.keyslots import Slot
from desktop_app.crypto.passphrase import Cost
from desktop_app.crypto.signing import Signer
from desktop_app.domain import log
from desktop_app.domain.fold import Opened, fold, fold_hash, fold_lines
from desktop_app.domain.ids import EntryId, RecordId

HERE = Path(__file__).parent / "archive-v1"

PASSPHRASE = "возера лампа сцяг"
ARCHIVE_KEY, ARCHIVE_ID = bytes(range(32)), bytes(range(100, 116))
SIGNERS = [Signer(bytes([number]) * 32) for number in (1, 2)]
Line = dict[str, Any]


def main() -> None:
    """Write every file and the index."""
    HERE.mkdir(exist_ok=True)
    index = {
        "format": "archive-v1",
        "archive_key": ARCHIVE_KEY.hex(),
        "archive_id": ARCHIVE_ID.hex(),
        "derived": _derived(),
        "keyslots": _keyslots(),
        "entries": _entries(),
        "blobs": _blobs(),
        "folds": _folds(),
    }
    text = json.dumps(index, ensure_ascii=False, indent=1)
    (HERE / "index.json").write_text(text + "\n", encoding="utf-8")


def _derived() -> dict[str, str]:
    keys = derive(ARCHIVE_KEY, ARCHIVE_ID)
    return {"db": keys.database.hex(), "header": keys.header.hex()}


# --- keys.json ---------------------------------------------------------------------------------


def _keyslots() -> list[dict[str, str]]:
    keys = derive(ARCHIVE_KEY, ARCHIVE_ID)
    cost = Cost(memory_kib=64, passes=2, lanes=4)
    slots = [keyslots.wrap(ARCHIVE_KEY, words, cost) for words in (PASSPHRASE, "second")]
    good = keyslots.make(ARCHIVE_ID, 3, slots, keys)
    token = Slot(b'{"type":"token"}', b"later", "token", b"", None)
    body, mac, _end = good.split(b"\n")
    reordered = keyslots.make(ARCHIVE_ID, 3, slots[::-1], keys).split(b"\n")[0]
    files = {
        "keys-good.json": (good, PASSPHRASE, "opens"),
        "keys-second-slot.json": (good, "second", "opens"),
        "keys-wrong-passphrase.json": (good, PASSPHRASE + " ", "does not open"),
        "keys-foreign-slot.json": (
            keyslots.make(ARCHIVE_ID, 3, [token, *slots], keys),
            PASSPHRASE,
            "opens",
        ),
        "keys-slots-reordered.json": (reordered + b"\n" + mac + b"\n", PASSPHRASE, "altered"),
        "keys-serial-changed.json": (
            body.replace(b'"serial":3', b'"serial":4') + b"\n" + mac + b"\n",
            PASSPHRASE,
            "altered",
        ),
        "keys-one-terabyte.json": (_with_memory(good, 1 << 30), PASSPHRASE, "malformed"),
        "keys-less-memory.json": (_with_memory(good, 32), "second", "altered"),
        "keys-less-memory-first.json": (_with_memory(good, 32), PASSPHRASE, "does not open"),
        "keys-cut.json": (good[:-1], PASSPHRASE, "malformed"),
        "keys-one-line.json": (body, PASSPHRASE, "malformed"),
        "keys-doubled-key.json": (
            body.replace(b'"serial":3', b'"serial":3,"serial":3') + b"\n" + mac + b"\n",
            PASSPHRASE,
            "malformed",
        ),
        "keys-float.json": (
            body.replace(b'"serial":3', b'"serial":3.0') + b"\n" + mac + b"\n",
            PASSPHRASE,
            "malformed",
        ),
        "keys-format-2.json": (good.replace(b"archive/1", b"archive/2"), PASSPHRASE, "malformed"),
    }
    for name, (content, _words, _expected) in files.items():
        (HERE / name).write_bytes(content)
    return [
        {"file": name, "passphrase": words, "expected": expected}
        for name, (_content, words, expected) in files.items()
    ]


def _with_memory(good: bytes, memory_kib: int) -> bytes:
    """Return keys.json whose first slot asks for another amount of memory."""
    body, mac, _end = good.split(b"\n")
    value = json.loads(body)
    head = json.loads(base64.b64decode(value["slots"][0]["head"]))
    head["memory_kib"] = memory_kib
    value["slots"][0]["head"] = base64.b64encode(json.dumps(head).encode()).decode()
    return json.dumps(value).encode() + b"\n" + mac + b"\n"


# --- entries -----------------------------------------------------------------------------------


def _opening(signer: Signer, name: str, value: Any, salt: int) -> bytes:
    return log.write_opening(signer.fingerprint, name, salt.to_bytes(16, "big"), value)


def _line(signer: Signer, raw: bytes, openings: list[bytes]) -> Line:
    return {
        "entry": _b64(raw),
        "key": _b64(signer.public),
        "sig": _b64(signer.sign(raw, log.NAMESPACE)),
        "open": [_b64(one) for one in openings],
    }


def _founding(signer: Signer, fields: dict[str, Any], nonce: int = 7) -> Line:
    openings = [
        _opening(signer, name, value, at) for at, (name, value) in enumerate(fields.items())
    ]
    author = signer.fingerprint
    raw = log.write_founding(author, "acquired", "document", nonce.to_bytes(16, "big"), openings)
    return _line(signer, raw, openings)


def _following(
    signer: Signer, record: str, before: list[str], fields: dict[str, Any], salt: int
) -> Line:
    openings = [
        _opening(signer, name, value, 100 * salt + at)
        for at, (name, value) in enumerate(fields.items())
    ]
    follows = [EntryId(one) for one in before]
    raw = log.write_entry(RecordId(record), follows, signer.fingerprint, "changed", openings)
    return _line(signer, raw, openings)


def _entries() -> list[dict[str, Any]]:
    one, other = SIGNERS
    good = _founding(one, {"title": "Назва", "tags/0123456789abcdef": "тэг", "@recorded": 1})
    raw = base64.b64decode(good["entry"])
    planted = _line(other, log.write_founding(other.fingerprint, "x", "case", bytes(16), []), [])
    stolen = base64.b64decode(good["open"][0])
    thief = log.write_founding(other.fingerprint, "x", "case", bytes(16), [stolen])
    float_raw = raw.replace(b'"v":1', b'"v":1.0')
    more_raw = raw.replace(b'"v":1', b'"v":1,"more":0')
    unsorted = log.write_founding(one.fingerprint, "x", "case", bytes(16), [b"a", b"b"])
    body = json.loads(unsorted)
    body["sets"] = body["sets"][::-1]
    small = bytes.fromhex("01" + "00" * 31)
    cases: dict[str, tuple[Line, str]] = {
        "good": (good, "read"),
        "without openings": ({**good, "open": []}, "read"),
        "one opening destroyed": ({**good, "open": good["open"][1:]}, "read"),
        "later version": (_line(one, raw.replace(b'"v":1', b'"v":2'), []), "read"),
        "signature of another": ({**good, "sig": planted["sig"]}, "refused"),
        "key of another": ({**good, "key": planted["key"]}, "refused"),
        "signed by another than its author": (_line(other, raw, []), "refused"),
        "small-order key": (
            {**good, "key": _b64(small), "sig": _b64(small + bytes(32))},
            "refused",
        ),
        "opening of another author": (_line(other, thief, [stolen]), "refused"),
        "opening that is not committed to": ({**planted, "open": good["open"][:1]}, "refused"),
        "opening altered": ({**good, "open": [_b64(stolen + b" ")]}, "refused"),
        "opening twice": ({**good, "open": good["open"][:1] * 2}, "refused"),
        "a float": (_line(one, float_raw, []), "refused"),
        "a foreign key": (_line(one, more_raw, []), "refused"),
        "commitments out of order": (
            _line(one, json.dumps(body, separators=(",", ":")).encode(), []),
            "refused",
        ),
        "white space before": ({**good, "entry": _b64(b" " + raw)}, "refused"),
        "follows nothing and founds nothing": (
            _line(one, raw.replace(b'"record":""', b'"record":"' + b"0" * 64 + b'"'), []),
            "refused",
        ),
    }
    return [
        {
            "name": name,
            "line": line,
            "expected": expected,
            "id": hashlib.sha256(base64.b64decode(line["entry"])).hexdigest(),
        }
        for name, (line, expected) in cases.items()
    ]


# --- blobs -------------------------------------------------------------------------------------


def _blobs() -> list[dict[str, Any]]:
    key, name = bytes(range(32, 64)), bytes(range(16))
    content = "Запіс з камеры.\n".encode() * 20
    made = io.BytesIO()
    sha256, size = sealing.seal(io.BytesIO(content), made, key, name)
    (HERE / "blob.sealed").write_bytes(made.getvalue())
    about = {"file": "blob.sealed", "key": key.hex(), "name": name.hex(), "size_bytes": size}
    whole = {**about, "sha256": sha256, "flip": None, "cut": 0, "expected": "opens"}
    bad = {**whole, "expected": "refused"}
    return [
        whole,
        {**bad, "flip": 0},
        {**bad, "flip": 40},
        {**bad, "flip": 5000},
        {**bad, "flip": 65_600},
        {**bad, "cut": 1},
        {**bad, "cut": 16_400},
        {**bad, "key": bytes(32).hex()},
        {**bad, "name": bytes(16).hex()},
        {**bad, "size_bytes": 70_000},
    ]


# --- folds -------------------------------------------------------------------------------------


def _folds() -> list[dict[str, Any]]:
    one, other = SIGNERS
    founding = _founding(one, {"title": "A", "tags/0123456789abcdef": "x", "sensitivity": 1})
    record = _id(founding)
    left = _following(one, record, [record], {"title": "B", "tags/0123456789abcdef": None}, 1)
    right = _following(other, record, [record], {"title": "C", "tags/0123456789abcdef": "X"}, 2)
    settled = _following(one, record, sorted([_id(left), _id(right)]), {"title": "C"}, 3)
    same = _following(one, record, [record], {"title": "C"}, 4)
    gap = _following(other, record, ["ab" * 32], {"state": "withdrawn", "title": "D"}, 5)
    destroyed = {**left, "open": []}
    cases = {
        "one entry": [founding],
        "a change": [founding, left],
        "two changes that nobody has decided between": [founding, left, right],
        "decided": [founding, left, right, settled],
        "equal values of two authors": [founding, right, same],
        "a withdrawal whose predecessor is missing": [founding, gap],
        "the founding entry is missing": [left, right],
        "an opening destroyed": [founding, destroyed],
    }
    return [_fold_case(name, RecordId(record), lines) for name, lines in cases.items()]


def _fold_case(name: str, record: RecordId, lines: list[Line]) -> dict[str, Any]:
    found = fold(record, [_opened(line) for line in lines])
    return {
        "name": name,
        "record": record,
        "lines": lines,
        "fold": sorted(fold_lines(found)),
        "hash": fold_hash(fold_lines(found)),
        "heads": list(found.heads),
        "waiting": list(found.waiting),
        "conflicts": sorted(found.conflicts),
        "state": found.state,
        "title": found.title,
    }


def _opened(line: Line) -> Opened:
    entry = log.read_entry(base64.b64decode(line["entry"]))
    return Opened(entry, log.open_all(entry, [base64.b64decode(one) for one in line["open"]]))


def _id(line: Line) -> str:
    return hashlib.sha256(base64.b64decode(line["entry"])).hexdigest()


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


if __name__ == "__main__":
    main()
