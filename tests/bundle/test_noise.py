"""Every parser of what comes from outside is fed noise, and right things with small changes."""

import contextlib
import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop_app.bundle import bag, card, medium, revocation, ustar
from desktop_app.bundle.bag import Line
from desktop_app.bundle.format import Head, Receipt, Request, Seen, read_head, write_head
from desktop_app.bundle.header import header_bytes
from desktop_app.bundle.inspection import judge
from desktop_app.bundle.medium import read_sums
from desktop_app.bundle.pull import Pull
from desktop_app.bundle.unpack import Unpacker, read_signed
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import AppError, CardRefused
from desktop_app.frames import Breach, Ended, read_json
from tests.helpers import bundles
from tests.helpers.bundles import ALICE, BOB, Forged

PLAIN = Forged(files={"data/card.json": b"{}", "data/entries/0001.jsonl": b"{}\n" * 9}).plain()
RAW, ARMOURED = read_signed(Pull(iter([PLAIN])))
SEALED = bundles.sealed_to(b"word")
BLOCK = ustar.write_header("bag/data/card.json", 7)
MANIFEST = Forged().right_manifest()
CONTACTS = {ALICE.signer.fingerprint: ALICE.signer.public}


class Forgotten(io.BytesIO):
    """A file whose end nobody looks at."""


def create(_name: bytes) -> BinaryIO:
    return Forgotten()


def unpack(plain: bytes) -> list[str]:
    """Read a stream as the opener does; return the paths of its files."""
    pull = Pull(iter([plain[at : at + 1000] for at in range(0, len(plain), 1000)]))
    raw, armoured = read_signed(pull)
    head, _signature = judge(raw, armoured, CONTACTS, BOB.signer.fingerprint)
    return [one.path for one in Unpacker(pull, head, create, Forgotten.close).unpack()]


def changed(right: bytes, data: st.DataObject) -> bytes:
    """Return something near `right`, and not the same."""
    place = data.draw(st.integers(0, len(right) - 1))
    less = data.draw(st.integers(0, 40))
    more = data.draw(st.binary(max_size=40))
    result = right[:place] + more + right[place + less :]
    return result if result != right else right[:-1]


def test_the_right_stream_is_taken() -> None:
    assert unpack(PLAIN) == ["data/card.json", "data/entries/0001.jsonl"]


@given(st.data())
def test_a_stream_with_a_change_anywhere_is_refused(data: st.DataObject) -> None:
    with pytest.raises((Malformed, AppError)):
        unpack(changed(PLAIN, data))


@given(st.binary(max_size=5000))
@example(b"")
@example(bytes(10_000))
def test_noise_is_no_stream(noise: bytes) -> None:
    with pytest.raises((Malformed, AppError)):
        unpack(noise)


@given(st.binary(min_size=512, max_size=512) | st.binary(max_size=600))
def test_noise_is_no_header_of_a_member(noise: bytes) -> None:
    with pytest.raises(Malformed):
        ustar.read_header(noise)


@given(st.data())
def test_a_header_of_a_member_has_one_spelling(data: st.DataObject) -> None:
    block = changed(BLOCK, data).ljust(512, b"\0")[:512]
    try:
        member = ustar.read_header(block)
    except Malformed:
        return
    assert ustar.write_header(member.name, member.size_bytes) == block


@given(st.binary(max_size=3000))
@example(b"age-encryption.org/v1\n")
@example(b"age-encryption.org/v1\n-> ")
@example(b"age-encryption.org/v1\n-> X25519\n\n")
@example(b"age-encryption.org/v1\n--- \n")
def test_noise_is_no_age_header(noise: bytes) -> None:
    with pytest.raises(Malformed):
        header_bytes(noise)
    with pytest.raises(Malformed):
        header_bytes(b"age-encryption.org/v1\n" + noise)


@given(st.data())
def test_a_changed_age_header_is_refused_or_still_one(data: st.DataObject) -> None:
    end = header_bytes(SEALED)
    with contextlib.suppress(Malformed):
        assert 0 < header_bytes(changed(SEALED[:end], data) + SEALED[end:]) <= len(SEALED) + 40


@given(st.binary(max_size=2000))
def test_noise_is_no_head(noise: bytes) -> None:
    with pytest.raises(Malformed):
        read_head(noise)


@given(st.data())
def test_a_changed_head_is_refused_or_says_what_it_says(data: st.DataObject) -> None:
    raw = changed(RAW, data)
    try:
        head = read_head(raw)
    except Malformed:
        return
    assert read_head(write_head(head)) == head


@given(st.data())
def test_a_changed_head_is_never_believed(data: st.DataObject) -> None:
    with pytest.raises(AppError):
        judge(changed(RAW, data), ARMOURED, CONTACTS, BOB.signer.fingerprint)
    with pytest.raises(AppError):
        judge(RAW, changed(ARMOURED, data), CONTACTS, BOB.signer.fingerprint)


@given(st.binary(max_size=500))
def test_a_list_of_files_has_one_spelling(noise: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert bag.write_manifest(bag.read_manifest(noise)) == noise


@given(st.data())
def test_a_changed_list_of_files_has_one_spelling(data: st.DataObject) -> None:
    raw = changed(MANIFEST, data)
    with contextlib.suppress(Malformed):
        assert bag.write_manifest(bag.read_manifest(raw)) == raw


@given(st.text(max_size=100))
def test_what_may_be_a_path_can_be_a_member(text: str) -> None:
    path = "data/" + text
    if bag.is_path(path):
        block = ustar.write_header(bag.ROOT + path, 0)
        assert ustar.read_header(block).name == bag.ROOT + path
        lines = [Line(path, "0" * 64)]
        assert list(bag.read_manifest(bag.write_manifest(lines))) == lines


@given(st.binary(max_size=500))
def test_noise_is_no_list_of_sums(noise: bytes) -> None:
    assert read_sums(noise) == {}


@given(st.binary(max_size=500))
def test_noise_is_no_card_and_no_revocation(noise: bytes) -> None:
    for parse in (card.read, card.read_file, revocation.read):
        with pytest.raises(CardRefused):
            parse(noise)
    with pytest.raises(CardRefused):
        card.read(b"skrynia1:" + noise)


@given(st.text(max_size=200))
def test_noise_is_no_text_of_a_card_and_no_digits(text: str) -> None:
    with pytest.raises(CardRefused):
        card.read_text(text)
    assert not card.same_digits(text, ALICE.signer.public)


@given(st.binary(max_size=300))
def test_noise_is_no_frame(noise: bytes) -> None:
    with pytest.raises((Breach, Ended)):
        read_json(io.BytesIO(noise))


def test_a_stick_full_of_strange_things_holds_no_bundle(tmp_path: Path) -> None:
    for name in ("ABCDEFGH", "abcdefg1", "ABCDEFGHI"):
        (tmp_path / name).mkdir()
    (tmp_path / "ABCDEFGH" / "0001.PRT").write_bytes(SEALED)
    (tmp_path / "ABCDEFGH" / "0000.VOL").write_bytes(SEALED)
    (tmp_path / "ABCDEFGH" / "0001.VOL.bak").write_bytes(SEALED)
    (tmp_path / "ABCDEFGH" / "0002.VOL").symlink_to(tmp_path / "letter")
    (tmp_path / "ABCDEFGHI" / "0001.VOL").write_bytes(SEALED)
    (tmp_path / "letter").write_bytes(b"age-encryption.org/v2\n")
    (tmp_path / "link").symlink_to("/")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "ABCDEFGH" / "0003.VOL")

    assert medium.find(tmp_path) == []


def test_heads_with_everything_in_them_are_read_as_they_were_written() -> None:

    head = Head(
        **{
            **{name: getattr(read_head(RAW), name) for name in Head.__dataclass_fields__},
            "number": 12,
            "previous": "ab" * 32,
            "seen": Seen("cd" * 64, "ef" * 64),
            "receipts": (Receipt("12" * 32, "part", ("34" * 32,), ()),),
            "requests": (Request("blob", "56" * 32),),
        }
    )

    assert read_head(write_head(head)) == head
