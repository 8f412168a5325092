"""Makes the vectors in bundle-v1/: bundles, good and damaged, and what must come of each.

Run once for a format, from the project's folder: `python -m tests.vectors.make_bundle_v1`. The keys
are fixed, but encrypting is random, so the files themselves are kept. What a released program wrote
is never made again; a vector that fails shows that the format was broken.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.bundle import bag
from desktop_app.bundle.format import NAMESPACE, audience
from desktop_app.bundle.volumes import VolumeWriter
from desktop_app.crypto import signing
from desktop_app.crypto.recipients import Identity, recipient_of
from desktop_app.crypto.signing import Signer
from desktop_app.domain import log
from desktop_app.domain.fold import Opened, fold, fold_lines
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.domain.log import SignedEntry
from desktop_app.domain.record import element
from desktop_app.domain.strict_json import Malformed
from tests.helpers.bundles import Forged as AnyForged
from tests.helpers.bundles import Person, sealed_to

HERE = Path(__file__).parent / "bundle-v1"
SECRETS = (
    "AGE-SECRET-KEY-1F3V8Z3TTGA0K7U3GSLVNPHYD2LY55XKUEHFP6CYR938WC8V9DA6QX9TRUY",
    "AGE-SECRET-KEY-1HQ6U49FZ3VVKJYQ99X4RJHMJY9P9QU5NRK2Y0RDYGAKRQXKUFN6QTV2DU9",
)
ALICE, DORA, STRANGER = (Signer(bytes([number]) * 32) for number in (1, 2, 3))
BOB, CAROL = (
    Person(Signer(bytes([10 + number]) * 32), Identity(secret, recipient_of(secret)))
    for number, secret in enumerate(SECRETS)
)


@dataclass
class Forged(AnyForged):
    """A bundle by Alice for Bob, unless said otherwise."""

    readers: tuple[Person, ...] = (BOB,)
    signer: Signer = ALICE
    stream: str = "5a" * 16

    def right_head(self, manifest: bytes) -> dict[str, Any]:
        return {**super().right_head(manifest), "stream": self.stream}


NOTE = "Ліст без подпісу.\n".encode() * 20
SHA = hashlib.sha256(NOTE).hexdigest()
Case = dict[str, Any]


def main() -> None:
    """Write every file and the index."""
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    cases = [*_good(), *_signed_wrong(), *_framed_wrong(), *_sealed_wrong(), *_changed()]
    index = {
        "format": "bundle-v1",
        "reader": {
            "secret": BOB.identity.secret,
            "signing_seed": (bytes([10]) * 32).hex(),
            "fingerprint": BOB.signer.fingerprint,
        },
        "contacts": [
            {"name": "Аліса", "public": ALICE.public.hex(), "team": False},
            {"name": "Дора", "public": DORA.public.hex(), "team": True},
        ],
        "contents": _contents(),
        "cases": cases,
    }
    text = json.dumps(index, ensure_ascii=False, indent=1)
    (HERE / "index.json").write_text(text + "\n", encoding="utf-8")


class Teller:
    """Writes entries whose ids depend on nothing but what they say."""

    def __init__(self, signer: Signer) -> None:
        self.signer = signer
        self._made = 0

    def found(self, kind: str, type_: str = "created", **said: Any) -> tuple[EntryId, bytes]:
        openings = self._openings(said)
        nonce = self._bytes(log.NONCE_BYTES)
        raw = log.write_founding(self.signer.fingerprint, type_, kind, nonce, openings)
        return self._line(raw, openings)

    def say(
        self, record: EntryId, follows: Sequence[EntryId], said: Mapping[str, Any]
    ) -> tuple[EntryId, bytes]:
        openings = self._openings(said)
        author = self.signer.fingerprint
        raw = log.write_entry(RecordId(record), follows, author, "changed", openings)
        return self._line(raw, openings)

    def _openings(self, said: Mapping[str, Any]) -> list[bytes]:
        return [
            log.write_opening(
                self.signer.fingerprint, name.replace("recorded", "@recorded"), self._bytes(16), one
            )
            for name, one in said.items()
        ]

    def _line(self, raw: bytes, openings: list[bytes]) -> tuple[EntryId, bytes]:
        signature = self.signer.sign(raw, log.NAMESPACE)
        line = log.write_line(SignedEntry(raw, self.signer.public, signature), openings)
        return log.entry_id(raw), line

    def _bytes(self, count: int) -> bytes:
        self._made += 1
        seed = f"{self.signer.fingerprint} {self._made}".encode()
        return hashlib.sha256(seed).digest()[:count]


def _files(lines: Sequence[bytes], blob: bytes = NOTE) -> dict[str, bytes]:
    entries = b"".join(line + b"\n" for line in lines)
    return {"data/entries/0001.jsonl": entries, bag.BLOBS + hashlib.sha256(blob).hexdigest(): blob}


def _edition_lines() -> list[bytes]:
    teller = Teller(ALICE)
    file = {"sha256": SHA, "size_bytes": len(NOTE), "media_type": "text/plain"}
    said = {"title": "Ліст", element("attachments", SHA): file, element("tags", "суд"): "суд"}
    first, line = teller.found("document", "edition", **said)
    _second, later = teller.say(first, [first], {"title": "Ліст з камеры", "date": "2020-08~"})
    return [line, later]


def _team_lines() -> list[bytes]:
    """Return a log by two authors: a conflict, a removal, a value that fits nothing, a wait."""
    dora, alice = Teller(DORA), Teller(ALICE)
    said = {"recorded": 1_600_000_000_000, "title": "Сведчанне", "text": "Нас было дзевяць."}
    first, line = dora.found("testimony", "written", **said, sensitivity=2)
    tag = element("tags", "двор")
    left, one = dora.say(first, [first], {"title": "Сведчанне Сойкі", tag: "двор"})
    right, two = alice.say(first, [first], {"title": "Сойка", "date": 2020})
    both, three = dora.say(first, sorted([left, right]), {tag: None, "sensitivity": 1})
    lost, _line = alice.say(first, [both], {"title": "ніколі не прыйшло"})
    _last, four = alice.say(first, [lost], {"sensitivity": 3})
    return [four, line, two, one, three, line]


def _odd_lines() -> list[bytes]:
    """Return lines of which the last six are refused, one by one."""
    dora, alice = Teller(DORA), Teller(ALICE)
    first, good = dora.found("person", pseudonym="Клён")
    other, also = dora.found("case", reference="АЗ-1")
    astray = dora.say(first, [other], {"pseudonym": "Дуб"})[1]
    bent = json.loads(dora.found("person", pseudonym="Вяз")[1])
    bent["sig"] = json.loads(good)["sig"]
    planted = json.loads(alice.found("person", pseudonym="Елка")[1])
    planted["open"] = json.loads(good)["open"]
    later = {"v": 2, "record": first, "follows": [first], "author": DORA.fingerprint}
    raw = json.dumps({**later, "type": "later", "sets": [], "more": 1}).encode()
    newer = log.write_line(SignedEntry(raw, DORA.public, DORA.sign(raw, log.NAMESPACE)), [])
    parrot = dora.found("parrot", pseudonym="Ара")[1]
    refused = [json.dumps(bent).encode(), json.dumps(planted).encode(), b"{}", b"no line", parrot]
    return [good, also, newer, astray, *refused]


def _contents() -> dict[str, Any]:
    """Return what is refused, said and waiting in every bundle that opens."""
    edition, team, odd = _edition_lines(), _team_lines(), _odd_lines()
    told = _told(edition, [])
    return {
        "edition.age": told,
        "eight-readers.age": told,
        "VOLUMES2": told,
        "team-log.age": _told(team, []),
        "odd-entries.age": _told(odd[:3], odd[3:]),
        "of-the-team-by-another.age": _told([], team),
    }


def _told(lines: Sequence[bytes], refused: Sequence[bytes]) -> dict[str, list[str]]:
    opened = []
    for line in lines:
        signed, openings = log.read_line(line)
        entry = log.read_entry(signed.raw)
        opened.append(Opened(entry, log.open_all(entry, openings)))
    records = [fold(record, opened) for record in {one.entry.record for one in opened}]
    return {
        "refused": sorted(_id(line) for line in refused),
        "fold": sorted(line for record in records for line in fold_lines(record)),
        "waiting": sorted(name for record in records for name in record.waiting),
    }


def _id(line: bytes) -> str:
    try:
        return log.entry_id(log.read_line(line)[0].raw)
    except Malformed:
        return ""


def _good() -> list[Case]:
    edition = _files(_edition_lines())
    team, odd = _files(_team_lines()), _files(_odd_lines())
    tells = {
        "number": 2,
        "previous": "ab" * 32,
        "seen": {"sha512": "cd" * 64, "signature": "ef" * 64},
        "receipts": [{"bundle": "12" * 32, "state": "part", "refused": ["34" * 32], "missing": []}],
        "requests": [{"kind": "later-kind", "id": "56" * 32}],
    }
    readers = [BOB.signer.fingerprint, CAROL.signer.fingerprint]
    eight = {"bundle_id": "77" * 16, "recipients": list(audience("77" * 16, readers, 8))}
    return [
        _single("edition", "opens", Forged(edition)),
        _single("team-log", "opens", Forged(team, signer=DORA, head=tells)),
        _single("odd-entries", "opens", Forged(odd, signer=DORA)),
        _single("of-the-team-by-another", "opens", Forged(team)),
        _single("eight-readers", "opens", Forged(edition, head=eight), (BOB, *[CAROL] * 4)),
        *_in_volumes(Forged(edition)),
    ]


def _in_volumes(forged: Forged) -> list[Case]:
    writer = VolumeWriter(HERE, 40_000)
    writer.write(_sealed(forged))
    writer.finish(lambda _done: None)
    writer.folder.rename(HERE / "VOLUMES2")
    changes: list[tuple[Case, str]] = [
        ({}, "opens"),
        ({"leave_out": "0002.VOL"}, "part-missing"),
        ({"leave_out": "0001.VOL"}, "part-missing"),
        ({"swap": ["0001.VOL", "0002.VOL"]}, "damaged"),
        ({"copy": ["0001.VOL", "0002.VOL"]}, "damaged"),
        ({"leave_out": "SHA256SUMS"}, "opens"),
        ({"flip": 0, "in": "0001.VOL"}, "damaged"),
        ({"flip": 1, "in": "SHA256SUMS"}, "opens"),
    ]
    return [{"file": "VOLUMES2", "change": c, "expected": outcome} for c, outcome in changes]


def _signed_wrong() -> list[Case]:
    files = _files(_edition_lines())
    right = Forged(files).right_head(Forged(files).right_manifest())
    doubled = json.dumps(right).replace('"number"', '"number":1,"number"').encode()
    foreign = ALICE.sign(b"another head", NAMESPACE)
    armoured = signing.armour(ALICE.public, foreign, NAMESPACE)
    wrong: list[tuple[str, str, Forged]] = [
        ("not-for-bob", "not-for-you", Forged(files, (CAROL,))),
        ("by-a-stranger", "unknown-sender", Forged(files, signer=STRANGER)),
        ("other-namespace", "signature-wrong", Forged(files, namespace="card@skrynia.v1")),
        ("signature-of-another", "signature-wrong", Forged(files, armoured=armoured)),
        ("in-anothers-name", "signature-wrong", Forged(files, head={"sender": DORA.fingerprint})),
        ("newer", "too-new", Forged(files, head={"type": "skrynia-bundle/2"})),
        ("doubled-key", "malformed", Forged(files, head_raw=doubled)),
        ("first-with-previous", "malformed", Forged(files, head={"previous": "ab" * 32})),
    ]
    passed_on = _single("passed-on", "not-for-you", Forged(files, (CAROL,)), (BOB,))
    return [*(_single(*one) for one in wrong), passed_on]


def _framed_wrong() -> list[Case]:
    files = _files(_edition_lines())
    (header, note), second = Forged(files).right_members()
    other = Forged(_files(_team_lines())).right_manifest()
    outside = header.replace(b"bag/data/blobs/", b"bag/data/../xs/")
    wrong = {
        "another-bag": Forged(files, head={"manifest_sha256": hashlib.sha256(other).hexdigest()}),
        "parent-folder": Forged(files, members=[(_summed(outside), note), second]),
        "link": Forged(
            files, members=[(_summed(header[:156] + b"2" + header[157:]), note), second]
        ),
        "dated": Forged(files, members=[(_summed(_put(header, 146, b"1")), note), second]),
        "file-changed": Forged(files, members=[(header, note[::-1]), second]),
        "file-too-many": Forged(files, members=[(header, note), second, second]),
        "another-blob": Forged({**files, bag.BLOBS + "ab" * 32: note}),
        "bagit-2": Forged(files, declaration=b"BagIt-Version: 2.0\n"),
    }
    padding = _single("padding-not-zero", "malformed", Forged(files), last=b"\1")
    return [*(_single(name, "malformed", one) for name, one in wrong.items()), padding]


def _sealed_wrong() -> list[Case]:
    body = b"A" * 43
    scrypt = b"-> scrypt %b 23\n%b\n" % (b"A" * 22, body)
    plain = b"-> X25519 %b\n%b\n" % (body, body)
    headers = {
        "passphrase": scrypt,
        "two-kinds": plain + scrypt,
        "other-spelling": b"-> X25519 %b\n%b\n" % (b"A" * 42 + b"B", body),  # spare bits are set
        "forty-one": plain * 41,
        "no-recipient": b"",
    }
    for name, stanzas in headers.items():
        raw = b"age-encryption.org/v1\n" + stanzas + b"--- " + body + b"\n" + bytes(100)
        (HERE / f"header-{name}.age").write_bytes(raw)
    return [{"file": f"header-{name}.age", "expected": "wrong-file"} for name in headers]


def _changed() -> list[Case]:
    size = (HERE / "edition.age").stat().st_size
    changes: list[Case] = [
        {"flip": size - 30},
        {"flip": size - 60_000},
        {"cut": 1},
        {"cut": 50_000},
        {"append": "00"},
        {"append": b"age-encryption.org/v1\n".hex()},
    ]
    return [{"file": "edition.age", "change": one, "expected": "damaged"} for one in changes]


def _single(
    name: str, expected: str, forged: Forged, sealed_for: Sequence[Person] = (), last: bytes = b""
) -> Case:
    (HERE / f"{name}.age").write_bytes(_sealed(forged, sealed_for, last))
    return {"file": f"{name}.age", "expected": expected}


def _sealed(forged: Forged, sealed_for: Sequence[Person] = (), last: bytes = b"") -> bytes:
    plain = forged.plain()
    return sealed_to(plain[: len(plain) - len(last)] + last, sealed_for or forged.readers)


def _put(block: bytes, at: int, value: bytes) -> bytes:
    return block[:at] + value + block[at + len(value) :]


def _summed(block: bytes) -> bytes:
    """Return a header with the right sum, whatever else is wrong in it."""
    return _put(block, 148, b"%06o\0 " % sum(_put(block, 148, b" " * 8)))


if __name__ == "__main__":
    main()
