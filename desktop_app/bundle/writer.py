"""Makes a bundle: signs it, seals it, and writes it to a medium in volumes.

Flat in memory: a file goes from its source through tar and age to the medium piece by piece.
Source: resources/spec/bundle-v1.md.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_app.bundle import bag, ustar
from desktop_app.bundle.courier import nothing
from desktop_app.bundle.format import NAMESPACE, Head, audience, write_head
from desktop_app.bundle.parcel import CHUNK_BYTES, Packed, Parcel, PieceReader, lay_out, pieces
from desktop_app.bundle.volumes import USUAL_VOLUME_BYTES, VolumeWriter
from desktop_app.crypto import signing, stream
from desktop_app.crypto.keys import random_bytes
from desktop_app.crypto.signing import Signer
from desktop_app.errors import BundleMalformed

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that lies whole on the medium, read back."""

    folder: Path
    bundle_id: str
    volumes: int
    check_code: str
    head: Head
    head_raw: bytes
    signature: bytes  # 64 bytes, over `head_raw`


def write(
    parcel: Parcel,
    signer: Signer,
    medium: Path,
    volume_bytes: int = USUAL_VOLUME_BYTES,
    progress: Callable[[int, int], None] = nothing,
    signed: Callable[[bytes], None] = lambda _head_raw: None,
) -> Written:
    """Sign, seal and write a parcel into a new folder on `medium`; read it back.

    After any failure, also one that `progress` raises, the folder is gone again as far as the
    medium answers.

    Args:
        parcel: What to send.
        signer: The sender.
        medium: A folder that is there.
        volume_bytes: The most that one volume holds.
        progress: Told how many bytes of how many were done; every byte counts twice, since it is
            read back.
        signed: Told the exact bytes that were signed, before the first byte reaches the medium.

    Raises:
        BundleMalformed: A source is not what was said of it; too much for one bundle.
        DiskFull, MediumGone, MediumLies, StorageError: The medium fails.
    """
    payload = lay_out(parcel.files)
    head, before = _sign(parcel, payload, signer)
    signed(before[0][1])
    total = 2 * head.padded_size

    def report(done: int) -> None:
        progress(min(done, total), total)

    volumes = VolumeWriter(medium, volume_bytes)
    try:
        plain = io.BufferedReader(PieceReader(pieces(before, payload), report), CHUNK_BYTES)
        stream.seal(plain, volumes, parcel.recipients)
        code = volumes.finish(lambda done: report(head.padded_size + done))
    except BaseException:
        volumes.abandon()
        raise
    raw, armoured = before[0][1], before[1][1]
    signature = signing.read_armour(armoured, NAMESPACE)[1]
    return Written(volumes.folder, head.bundle_id, len(volumes.sums), code, head, raw, signature)


def _sign(
    parcel: Parcel, payload: Sequence[Packed], signer: Signer
) -> tuple[Head, list[tuple[str, bytes]]]:
    """Return the head, and the members before the payload in their order."""
    manifest = bag.write_manifest(one.line for one in payload)
    head = _with_size(_head(parcel, payload, signer, manifest), payload, manifest)
    raw = write_head(head)
    if len(manifest) > bag.MAX_MANIFEST or len(raw) > bag.MAX_HEAD:
        raise BundleMalformed(why="it is too much for one package")
    armoured = signing.armour(signer.public, signer.sign(raw, NAMESPACE), NAMESPACE)
    return head, [
        (bag.HEAD, raw),
        (bag.SIGNATURE, armoured),
        (bag.DECLARATION, bag.DECLARATION_TEXT),
        (bag.MANIFEST, manifest),
    ]


def _head(parcel: Parcel, payload: Sequence[Packed], signer: Signer, manifest: bytes) -> Head:
    tells = parcel.seen or parcel.receipts or parcel.requests
    assert not tells or len(parcel.audience) == 1
    bundle_id = random_bytes(_ID_BYTES).hex()
    count = stream.class_of(max(len(parcel.audience), len(parcel.recipients)))
    return Head(
        bundle_id=bundle_id,
        sender=signer.fingerprint,
        recipients=audience(bundle_id, parcel.audience, count),
        stream=parcel.stream,
        number=parcel.number,
        previous=parcel.previous,
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        payload_files=len(payload),
        payload_bytes=sum(one.size_bytes for one in payload),
        padded_size=0,
        seen=parcel.seen,
        receipts=parcel.receipts,
        requests=parcel.requests,
        made=parcel.made,
    )


def _with_size(head: Head, payload: Sequence[Packed], manifest: bytes) -> Head:
    """Return the head with the size of the whole stream, which the head is itself a part of.

    The size grows with its own digits, so it is put in until it no longer changes.
    """
    armoured = len(signing.armour(bytes(32), bytes(64), NAMESPACE))
    others = [armoured, len(bag.DECLARATION_TEXT), len(manifest)]
    others += [one.size_bytes for one in payload]
    while True:
        whole = ustar.stream_bytes([len(write_head(head)), *others])
        padded = whole + ustar.padding(whole)
        if padded == head.padded_size:
            return head
        head = replace(head, padded_size=padded)
