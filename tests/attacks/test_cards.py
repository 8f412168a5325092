"""I06, I08: cards that somebody made to deceive or to break us."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_app.bundle import card, revocation, signed_line
from desktop_app.bundle.card import Card
from desktop_app.crypto.recipients import new_identity, read_recipient
from desktop_app.crypto.signing import Signer
from desktop_app.domain import strict_json
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import AppError, CardRefused
from tests.helpers.recipients import LOW_ORDER, SMALL_KEYS, recipient

ALICE, OLD = Signer(os.urandom(32)), Signer(os.urandom(32))
READING = new_identity().recipient
RIGHT = Card("Алеся", 3, ALICE.public, (READING,), "2026-11-23")


def signed(body: bytes, signer: Signer = ALICE, **parts: bytes) -> bytes:
    given = {
        "card": body,
        "key": signer.public,
        "sig": signer.sign(body, card.NAMESPACE),
        **parts,
    }
    return signed_line.write(given)


def body(**changes: Any) -> bytes:
    right = {
        "type": "skrynia-card/1",
        "name": "Алеся",
        "number": 3,
        "signing_key": base64.b64encode(ALICE.public).decode(),
        "recipients": [READING],
        "valid_from": "2026-11-23",
        "supersedes": "",
    }
    return strict_json.write(right | changes)


def test_the_right_card_is_accepted() -> None:
    assert card.read_file(signed(body())).card == RIGHT
    assert card.read(card.write_text(card.make(RIGHT, ALICE)).encode()).card == RIGHT


@pytest.mark.parametrize("point", SMALL_KEYS, ids=lambda point: point.hex()[-16:])
def test_i06_a_signing_key_of_small_order_is_refused(point: bytes) -> None:
    raw = body(signing_key=base64.b64encode(point).decode())
    for nonce in SMALL_KEYS:  # one of them makes a signature that a careless verifier accepts
        parts = {"card": raw, "key": point, "sig": nonce + bytes(32)}
        with pytest.raises(CardRefused):
            card.read_file(signed_line.write(parts))


@pytest.mark.parametrize("point", LOW_ORDER, ids=lambda point: point.hex()[:16])
def test_i06_a_recipient_of_small_order_is_refused(point: bytes) -> None:
    with pytest.raises(Malformed):
        read_recipient(recipient(point))
    with pytest.raises(CardRefused):
        card.read_file(signed(body(recipients=[READING, recipient(point)])))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        READING.upper(),
        READING[:-1],
        READING + "q",
        READING[:-1] + ("q" if READING[-1] != "q" else "p"),
        READING.replace("age1", "age1pq1"),
        "age1yubikey" + READING[11:],
        " " + READING,
        READING + "\n",
        "ssh-ed25519 AAAA",
        recipient((2**255 - 19 + 9).to_bytes(32, "little")),
        recipient((2**255 + 9).to_bytes(32, "little")),
        recipient(os.urandom(31) + b"\x00", spare=1),
        recipient(os.urandom(31) + b"\x00", constant=0x2BC830A3),
    ],
)
def test_i06_a_recipient_that_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(CardRefused):
        card.read_file(signed(body(recipients=[text])))


def test_i08_a_card_that_is_signed_by_another_is_refused() -> None:
    with pytest.raises(CardRefused):
        card.read_file(signed(body(), OLD))
    with pytest.raises(CardRefused):
        card.read_file(signed(body(), key=OLD.public))
    with pytest.raises(CardRefused):
        card.read_file(signed(body(), sig=OLD.sign(body(), card.NAMESPACE)))
    with pytest.raises(CardRefused):
        card.read_file(signed(body(), sig=ALICE.sign(body(), "entry@skrynia.v1")))


@pytest.mark.parametrize("form", [bytes, lambda size: b'{"card":"' + b"A" * size, lambda size: (
    b"skrynia1:" + b"A" * size)], ids=["zeros", "file", "text"])  # fmt: skip
def test_i08_a_card_of_10_mb_is_refused(form: Callable[[int], bytes]) -> None:
    with pytest.raises(CardRefused):
        card.read(form(10 << 20))


BODIES: dict[str, bytes] = {
    "no name": body(name=""),
    "a long name": body(name="a" * 101),
    "a name with a line end": body(name="Алеся\nBob"),
    "a name that runs backwards": body(name="Алеся\u202egpj"),
    "a name with spaces around": body(name=" Алеся"),
    "a name that cannot be seen": body(name="\u200b"),
    "a name that is none": body(name=7),
    "number 0": body(number=0),
    "number true": body(number=True),
    "number as text": body(number="3"),
    "no recipients": body(recipients=[]),
    "one recipient twice": body(recipients=[READING, READING]),
    "nine recipients": body(recipients=[new_identity().recipient for _ in range(9)]),
    "a recipient that is a number": body(recipients=[1]),
    "recipients as a text": body(recipients=READING),
    "another's key": body(signing_key=base64.b64encode(OLD.public).decode()),
    "half a key": body(signing_key="AAAA"),
    "a key that is none": body(signing_key=None),
    "no such day": body(valid_from="2026-13-01"),
    "no day": body(valid_from=""),
    "supersedes nothing": body(supersedes="x"),
    "supersedes itself": body(supersedes=ALICE.fingerprint),
    "supersedes without proof": body(supersedes=OLD.fingerprint),
    "a later form": body(type="skrynia-card/2"),
    "a foreign key": body(more=1),
    "a list": b"[]",
    "noise": b"\xff\xfe",
    "a key twice": body().replace(b'"number":3', b'"number":3,"number":4'),
}


@pytest.mark.parametrize("name", BODIES)
def test_i08_a_signed_card_that_says_what_cards_do_not_is_refused(name: str) -> None:
    with pytest.raises(CardRefused) as caught:
        card.read_file(signed(BODIES[name]))

    assert str(caught.value).isprintable()


def test_i08_a_new_key_needs_the_word_of_the_old_one() -> None:
    raw = body(supersedes=OLD.fingerprint)
    proof = {"old_key": OLD.public, "old_sig": OLD.sign(raw, card.NAMESPACE)}

    assert card.read_file(signed(raw, **proof)).old_key == OLD.public
    for wrong in (
        {**proof, "old_sig": ALICE.sign(raw, card.NAMESPACE)},
        {**proof, "old_sig": OLD.sign(raw, "entry@skrynia.v1")},
        {**proof, "old_sig": b""},
        {**proof, "old_key": ALICE.public},
        {**proof, "old_key": b""},
        {"old_key": OLD.public},
        {},
    ):
        with pytest.raises(CardRefused):
            card.read_file(signed(raw, **wrong))
    with pytest.raises(CardRefused):  # a key before, where none is superseded
        card.read_file(signed(body(), old_key=OLD.public, old_sig=OLD.sign(body(), card.NAMESPACE)))


@pytest.mark.parametrize(
    "change",
    [
        lambda line: b"",
        lambda line: line[:-5],
        lambda line: line + line,
        lambda line: b"\xef\xbb\xbf" + line,
        lambda line: line.replace(b'{"card"', b'{"card":"","card"'),
        lambda line: line.replace(b'{"card"', b'{"more":"","card"'),
        lambda line: line.replace(b'"sig"', b'"gis"'),
        lambda line: json.dumps({**json.loads(line), "sig": 7}).encode(),
        lambda line: json.dumps({**json.loads(line), "sig": "жж"}).encode(),
        lambda line: json.dumps({**json.loads(line), "key": "AB=="}).encode(),
        lambda line: b"skrynia1:" + b"!" * 100,
        lambda line: b"skrynia1:",
        lambda line: b"skrynia1:\xff\xff",
        lambda line: b"skrynia2:" + base64.urlsafe_b64encode(line),
    ],
)
def test_i08_a_file_that_is_not_one_right_line_is_refused(
    change: Callable[[bytes], bytes],
) -> None:
    with pytest.raises(CardRefused):
        card.read(change(signed(body())))


def test_a_revocation_speaks_of_its_own_key_only(tmp_path: Path) -> None:
    assert revocation.read(revocation.write(ALICE)) == ALICE.fingerprint
    raw = strict_json.write({"type": "skrynia-revocation/1", "key": OLD.fingerprint})
    for parts in (
        {"revocation": raw, "key": ALICE.public, "sig": ALICE.sign(raw, revocation.NAMESPACE)},
        {"revocation": raw, "key": OLD.public, "sig": ALICE.sign(raw, revocation.NAMESPACE)},
        {"revocation": raw, "key": OLD.public, "sig": OLD.sign(raw, card.NAMESPACE)},
    ):
        with pytest.raises(AppError):
            revocation.read(signed_line.write(parts))
    with pytest.raises(AppError):
        revocation.read(b"")
