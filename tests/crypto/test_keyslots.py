"""keys.json: replicas, serials, damage."""

import base64
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.crypto import keyslots
from desktop_app.crypto.keys import derive
from desktop_app.crypto.keyslots import Slot
from desktop_app.crypto.passphrase import Cost
from desktop_app.domain.strict_json import Malformed

KEY, ID = b"k" * 32, b"i" * 16
KEYS = derive(KEY, ID)
CHEAP = Cost(memory_kib=64, passes=1, lanes=4)
SLOT = keyslots.wrap(KEY, "adzin", CHEAP)
OTHER_SLOT = keyslots.wrap(KEY, "dva", CHEAP)


def header(serial: int = 1, slots: tuple[Slot, ...] = (SLOT,)) -> bytes:
    return keyslots.make(ID, serial, slots, KEYS)


def test_a_slot_opens_by_its_passphrase_only() -> None:
    read = keyslots.read(header(slots=(SLOT, OTHER_SLOT)))
    for words in ("adzin", "dva"):
        found = keyslots.open_with([read], words)
        assert found is not None
        assert (found.archive_key, found.authentic) == (KEY, True)
    assert keyslots.open_with([read], "try") is None


def test_of_two_authentic_replicas_the_higher_serial_wins() -> None:
    old, new = keyslots.read(header(1)), keyslots.read(header(2, (SLOT, OTHER_SLOT)))
    for replicas in ([old, new], [new, old]):
        found = keyslots.open_with(replicas, "adzin")
        assert found is not None
        assert found.header.serial == 2


def test_a_forged_replica_with_a_higher_serial_loses_to_the_authentic_one() -> None:
    body, mac, _rest = header(1).split(b"\n")
    forged = keyslots.read(body.replace(b'"serial":1', b'"serial":9') + b"\n" + mac + b"\n")
    found = keyslots.open_with([forged, keyslots.read(header(1))], "adzin")

    assert found is not None
    assert (found.header.serial, found.authentic) == (1, True)


def test_a_forged_replica_alone_opens_and_is_not_authentic() -> None:
    body, mac, _rest = header(1).split(b"\n")
    forged = keyslots.read(body.replace(b'"serial":1', b'"serial":9') + b"\n" + mac + b"\n")
    found = keyslots.open_with([forged], "adzin")

    assert found is not None
    assert not found.authentic


def test_a_slot_that_stands_in_one_replica_only_is_tried() -> None:
    """A change of slots was cut short between the two files: both passphrases still open."""
    replicas = [keyslots.read(header(2, (SLOT, OTHER_SLOT))), keyslots.read(header(1))]
    for words in ("adzin", "dva"):
        assert keyslots.open_with(replicas, words) is not None


def test_a_slot_of_an_unknown_type_is_kept_and_not_tried() -> None:
    later = Slot(b'{"type":"token"}', b"x", "token", b"", None)
    read = keyslots.read(header(slots=(later, SLOT)))

    assert read.slots[0].type == "token"
    assert keyslots.open_with([read], "adzin") is not None


@given(st.data())
@settings(max_examples=150)
def test_a_flipped_bit_is_malformed_or_does_not_open_or_is_told(data: st.DataObject) -> None:
    raw = bytearray(header(slots=(SLOT, OTHER_SLOT)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = keyslots.open_with([keyslots.read(bytes(raw))], "adzin")
    except Malformed:
        return
    if found is not None and found.authentic:
        # Hex in capitals says the same; nothing else may pass for the original.
        assert bytes(raw).lower() == header(slots=(SLOT, OTHER_SLOT)).lower()
        assert bytes(raw).split(b"\n")[0] == header(slots=(SLOT, OTHER_SLOT)).split(b"\n")[0]


@given(st.binary(max_size=300))
def test_noise_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        keyslots.read(raw)


@given(
    st.dictionaries(
        st.sampled_from(["type", "salt", "memory_kib", "passes", "lanes", "x"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.integers()),
    )
)
def test_a_strange_slot_head_is_read_or_malformed(changes: dict[str, object]) -> None:
    body = json.loads(header().split(b"\n")[0])
    head = {**json.loads(SLOT.head), **changes}
    body["slots"][0]["head"] = base64.b64encode(json.dumps(head).encode()).decode()
    with contextlib.suppress(Malformed):
        keyslots.read(json.dumps(body).encode() + b"\n" + b"0" * 64 + b"\n")


def test_sixteen_slots_are_read_and_the_file_stays_small() -> None:
    raw = header(slots=(SLOT,) * 16)

    assert len(keyslots.read(raw).slots) == 16
    assert len(raw) < keyslots.MAX_HEADER_BYTES
    with pytest.raises(Malformed):
        keyslots.read(header(slots=(SLOT,) * 17))


def test_nothing_secret_is_shown_by_what_holds_it() -> None:
    found = keyslots.open_with([keyslots.read(header())], "adzin")
    for shown in (repr(found), repr(KEYS)):
        assert KEY.hex() not in shown
        assert repr(KEY) not in shown
