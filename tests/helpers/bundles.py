"""Two people, their bundles, and bundles as a forger makes them: every layer can be changed."""

import hashlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from desktop_app.bundle import bag, medium, opening, ustar, writer
from desktop_app.bundle.bag import Line
from desktop_app.bundle.format import NAMESPACE, Head, audience
from desktop_app.bundle.medium import Found
from desktop_app.bundle.opening import Opened
from desktop_app.bundle.parcel import Parcel, PayloadFile
from desktop_app.bundle.volumes import VolumeWriter
from desktop_app.bundle.writer import Written
from desktop_app.crypto import signing, stream
from desktop_app.crypto.recipients import Identity, new_identity
from desktop_app.crypto.signing import Signer
from desktop_app.domain import strict_json
from desktop_app.errors import AppError

CONTENT = os.urandom(90_000)
ENTRIES = b'{"entry":"none"}\n' * 40
CARD = b"{}\n"


@dataclass(frozen=True)
class Person:
    signer: Signer
    identity: Identity


def person() -> Person:
    return Person(Signer(os.urandom(32)), new_identity())


ALICE, BOB, CAROL = person(), person(), person()
STREAM = os.urandom(16).hex()


def blob_path(content: bytes) -> str:
    return bag.BLOBS + hashlib.sha256(content).hexdigest()


def payload(name: str, content: bytes) -> PayloadFile:
    sha256 = hashlib.sha256(content).hexdigest()
    return PayloadFile(name, len(content), sha256, lambda: io.BytesIO(content))


def usual_files(content: bytes = CONTENT) -> dict[str, bytes]:
    return {
        blob_path(content): content,
        "data/card.json": CARD,
        "data/entries/0001.jsonl": ENTRIES,
    }


def parcel(
    files: Mapping[str, bytes] | None = None, readers: Sequence[Person] = (BOB,), **more: Any
) -> Parcel:
    given = usual_files() if files is None else files
    return Parcel(
        [payload(name, content) for name, content in given.items()],
        [one.signer.fingerprint for one in readers],
        [one.identity.recipient for one in readers],
        stream=STREAM,
        **{"number": 1, "previous": "", "made": "2026-11-23", **more},
    )


def pack(stick: Path, volume_bytes: int = 1 << 30, **more: Any) -> Written:
    stick.mkdir(exist_ok=True)
    return writer.write(parcel(**more), ALICE.signer, stick, volume_bytes)


def only(stick: Path) -> Found:
    (found,) = medium.find(stick)
    return found


def opened(
    found: Found,
    staging: Path,
    reader: Person = BOB,
    senders: Sequence[Person] = (ALICE,),
    accept: Callable[[Head, bytes, bytes], None] = lambda _head, _raw, _signature: None,
    **more: Any,
) -> Opened:
    staging.mkdir(exist_ok=True)
    return opening.open_bundle(
        found,
        [reader.identity.secret],
        {one.signer.fingerprint: one.signer.public for one in senders},
        reader.signer.fingerprint,
        staging,
        accept,
        **more,
    )


def refused(found: Found, staging: Path, kind: type[AppError], **more: Any) -> AppError:
    """Open what must be refused, with exactly this kind; return the error."""
    with pytest.raises(AppError) as caught:
        opened(found, staging, **more)
    assert type(caught.value) is kind, repr((caught.value, caught.value.facts))
    assert list(staging.iterdir()) == []
    assert str(caught.value)
    assert "{" not in str(caught.value) + caught.value.advice()
    return caught.value


def contents(result: Opened, staging: Path) -> dict[str, bytes]:
    return {one.path: b"".join(opening.read_staged(staging, one)) for one in result.files}


def as_volumes(sealed: bytes, stick: Path, volume_bytes: int = 1 << 30) -> Found:
    """Lay sealed bytes on a stick with a right list of sums, as anybody can."""
    stick.mkdir(exist_ok=True)
    volumes = VolumeWriter(stick, volume_bytes)
    volumes.write(sealed)
    volumes.finish(lambda _done: None)
    return next(one for one in medium.find(stick) if one.folder == volumes.folder)


def sealed_to(plain: bytes, readers: Sequence[Person] = (BOB,)) -> bytes:
    sink = io.BytesIO()
    stream.seal(io.BytesIO(plain), sink, [one.identity.recipient for one in readers])
    return sink.getvalue()


@dataclass
class Forged:
    """A bundle as somebody makes it who need not keep to the rules. None means: the right one."""

    files: dict[str, bytes] = field(default_factory=usual_files)
    readers: tuple[Person, ...] = (BOB,)
    signer: Signer = ALICE.signer
    namespace: str = NAMESPACE
    head: dict[str, Any] = field(
        default_factory=dict
    )  # fields of bundle.json, put over the right ones
    head_raw: bytes | None = None  # signed as it is
    armoured: bytes | None = None
    declaration: bytes = bag.DECLARATION_TEXT
    manifest: bytes | None = None
    members: list[tuple[bytes, bytes]] | None = None  # headers and contents of the payload
    end: bytes | None = None  # what follows the last member

    def right_members(self) -> list[tuple[bytes, bytes]]:
        return [
            (ustar.write_header(bag.ROOT + name, len(content)), content)
            for name, content in sorted(self.files.items())
        ]

    def right_manifest(self) -> bytes:
        return bag.write_manifest(
            Line(name, hashlib.sha256(content).hexdigest())
            for name, content in sorted(self.files.items())
        )

    def right_head(self, manifest: bytes) -> dict[str, Any]:
        bundle_id = os.urandom(16).hex()
        return {
            "type": "skrynia-bundle/1",
            "bundle_id": bundle_id,
            "sender": self.signer.fingerprint,
            "recipients": list(
                audience(bundle_id, [one.signer.fingerprint for one in self.readers], 4)
            ),
            "stream": STREAM,
            "number": 1,
            "previous": "",
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
            "payload_files": len(self.files),
            "payload_bytes": sum(map(len, self.files.values())),
            "padded_size": 0,
            "seen": None,
            "receipts": [],
            "requests": [],
            "made": "2026-11-23",
        }

    def plain(self) -> bytes:
        manifest = self.right_manifest() if self.manifest is None else self.manifest
        values = self.right_head(manifest)
        members = self.right_members() if self.members is None else self.members
        while True:
            raw = strict_json.write({**values, **self.head})
            if self.head_raw is not None:
                raw = self.head_raw
            body = self._body(raw, manifest, members)
            end = self.end
            if end is None:
                end = ustar.END + bytes(ustar.padding(len(body) + len(ustar.END)))
            if values["padded_size"] == len(body) + len(end):
                return body + end
            values["padded_size"] = len(body) + len(end)

    def sealed(self) -> bytes:
        return sealed_to(self.plain(), self.readers)

    def on(self, stick: Path) -> Found:
        return as_volumes(self.sealed(), stick)

    def _body(self, raw: bytes, manifest: bytes, members: list[tuple[bytes, bytes]]) -> bytes:
        armoured = self.armoured
        if armoured is None:
            signature = self.signer.sign(raw, self.namespace)
            armoured = signing.armour(self.signer.public, signature, self.namespace)
        before = [
            (bag.HEAD, raw),
            (bag.SIGNATURE, armoured),
            (bag.DECLARATION, self.declaration),
            (bag.MANIFEST, manifest),
        ]
        parts = [(ustar.write_header(name, len(content)), content) for name, content in before]
        return b"".join(
            header + content + bytes(ustar.gap(len(content))) for header, content in parts + members
        )


def with_found(found: Found, **more: Any) -> Found:
    return replace(found, **more)
