"""Signatures that the stock tool verifies, and keys that verify nothing."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.archive import export, records
from desktop_app.crypto import signing
from desktop_app.crypto.signing import Signer, armour, fingerprint, public_line, verify
from desktop_app.domain.log import NAMESPACE
from tests.helpers.archives import make_archive
from tests.helpers.tampering import fill

SIGNER = Signer(b"\x01" * 32)
# Points of order 1, 2, 4 and 8, and encodings that are not canonical. Source: "Taming the many
# EdDSAs" (Chalkias and others, 2020), table 1.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@given(st.binary(max_size=200))
@settings(max_examples=30)
def test_a_signature_verifies_over_its_message_and_namespace_only(message: bytes) -> None:
    signature = SIGNER.sign(message, NAMESPACE)

    assert verify(SIGNER.public, message, signature, NAMESPACE)
    assert not verify(SIGNER.public, message + b"\0", signature, NAMESPACE)
    assert not verify(SIGNER.public, message, signature, "bundle@skrynia.v1")
    assert not verify(Signer(b"\x02" * 32).public, message, signature, NAMESPACE)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_noise_verifies_nothing_and_raises_nothing(public: bytes, signature: bytes) -> None:
    assert not verify(public, b"message", signature, NAMESPACE)


@given(st.integers(0, 511))
def test_a_flipped_bit_of_a_signature_does_not_verify(bit: int) -> None:
    flipped = bytearray(SIGNER.sign(b"message", NAMESPACE))
    flipped[bit // 8] ^= 1 << (bit % 8)

    assert not verify(SIGNER.public, b"message", bytes(flipped), NAMESPACE)


@pytest.mark.parametrize("point", SMALL_ORDER, ids=lambda point: f"{point[:6]}…{point[-2:]}")
def test_i06_small_order_keys_verify_nothing(point: str) -> None:
    public = bytes.fromhex(point)
    for first in SMALL_ORDER:
        for message in (b"", b"message", b"\x01"):
            forged = bytes.fromhex(first) + bytes(32)
            assert not verify(public, message, forged, NAMESPACE)


def test_a_signature_whose_scalar_is_not_reduced_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signature = SIGNER.sign(b"message", NAMESPACE)
    scalar = int.from_bytes(signature[32:], "little") + order

    assert not verify(
        SIGNER.public, b"message", signature[:32] + scalar.to_bytes(32, "little"), NAMESPACE
    )


def test_the_fingerprint_is_the_one_that_ssh_shows() -> None:
    blob = base64.b64decode(public_line(SIGNER.public).split()[1])

    assert blob[-32:] == SIGNER.public
    assert fingerprint(SIGNER.public) == SIGNER.fingerprint
    assert SIGNER.fingerprint == "7def39264223a3c54f7be5ea5c9187e4c6aed4430574ad4e74abc950589cc80f"


@pytest.fixture(scope="module")
def ssh_keygen() -> str:
    found = shutil.which("ssh-keygen")
    if found is None:
        pytest.skip("ssh-keygen is not installed (package openssh-client)")
    return found


def stock_verify(
    tool: str, folder: Path, public: bytes, raw: bytes, signature: bytes
) -> subprocess.CompletedProcess[bytes]:
    (folder / "allowed").write_text(f"sender {public_line(public)}\n")
    (folder / "sig").write_bytes(armour(public, signature, NAMESPACE))
    names = ["-f", str(folder / "allowed"), "-I", "sender", "-n", NAMESPACE]
    return subprocess.run(
        [tool, "-Y", "verify", *names, "-s", str(folder / "sig")],
        input=raw,
        capture_output=True,
        check=False,
    )


def test_an_exported_entry_verifies_with_the_stock_tool(tmp_path: Path, ssh_keygen: str) -> None:
    with make_archive(tmp_path / "archive") as archive:
        fill(archive, tmp_path / "sources")
        export.export(archive, records.every(archive)[:2], tmp_path / "out")
        own = archive.fingerprint
    lines = [
        json.loads(line)
        for path in (tmp_path / "out/data/log").iterdir()
        for line in path.read_text().splitlines()
    ]
    for line in lines:
        raw, key, signature = (base64.b64decode(line[name]) for name in ("entry", "key", "sig"))
        assert signing.fingerprint(key) == own
        done = stock_verify(ssh_keygen, tmp_path, key, raw, signature)
        assert done.returncode == 0, done.stderr
    assert len(lines) == 4
    assert stock_verify(ssh_keygen, tmp_path, key, raw + b" ", signature).returncode != 0


def test_the_stock_tool_signs_what_we_would_sign(tmp_path: Path, ssh_keygen: str) -> None:
    """Ed25519 is deterministic: the armoured file is the same byte for byte."""
    key = tmp_path / "key"
    subprocess.run([ssh_keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)

    private = load_ssh_private_key(key.read_bytes(), None)
    signer = Signer(private.private_bytes_raw())  # type: ignore[union-attr]  # it is Ed25519
    (tmp_path / "message").write_bytes(b"message")
    subprocess.run(
        [
            ssh_keygen,
            "-q",
            "-Y",
            "sign",
            "-f",
            str(key),
            "-n",
            NAMESPACE,
            str(tmp_path / "message"),
        ],
        check=True,
        capture_output=True,
    )

    assert (tmp_path / "message.sig").read_bytes() == armour(
        signer.public, signer.sign(b"message", NAMESPACE), NAMESPACE
    )
