"""Signature files: read only in the one form in which they are written."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.crypto.signing import Signer, armour, read_armour
from desktop_app.domain.strict_json import Malformed

SIGNER = Signer(bytes(range(32)))
RIGHT = armour(SIGNER.public, SIGNER.sign(b"word", "a@b"), "a@b")


def test_what_was_written_is_read() -> None:
    assert read_armour(RIGHT, "a@b") == (SIGNER.public, SIGNER.sign(b"word", "a@b"))
    key, signature = os.urandom(32), os.urandom(64)
    assert read_armour(armour(key, signature, "c"), "c") == (key, signature)


def test_another_namespace_is_another_form() -> None:
    with pytest.raises(Malformed):
        read_armour(RIGHT, "a@c")


@given(st.binary(max_size=600))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Malformed):
        read_armour(noise, "a@b")


@given(st.integers(0, len(RIGHT)), st.binary(max_size=5), st.integers(0, 5))
def test_a_small_change_is_read_as_another_signature_or_refused(
    place: int, more: bytes, less: int
) -> None:
    changed = RIGHT[:place] + more + RIGHT[place + less :]
    try:
        key, signature = read_armour(changed, "a@b")
    except Malformed:
        return
    assert armour(key, signature, "a@b") == changed
