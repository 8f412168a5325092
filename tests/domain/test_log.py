"""Entries and openings: exact bytes, and every rule of the format."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain import log, strict_json
from desktop_app.domain.ids import EntryId, Fingerprint, RecordId
from desktop_app.domain.record import KINDS, element
from desktop_app.domain.strict_json import Malformed

AUTHOR = Fingerprint("a1" * 32)
OTHER = Fingerprint("b2" * 32)
SALT = b"s" * 16
TAG = "tags/" + "0" * 16
OPENINGS = [
    log.write_opening(AUTHOR, name, SALT, value)
    for name, value in (("title", "Назва"), (TAG, None))
]
FOUNDING = log.write_founding(AUTHOR, "acquired", "photo", b"n" * 16, OPENINGS)
FOLLOWING = log.write_entry(
    RecordId("c3" * 32), [EntryId("d4" * 32), EntryId("c3" * 32)], AUTHOR, "changed", OPENINGS
)
plain = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | plain | st.just("ab" * 32) | st.just(""),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(plain, below, max_size=3),
    max_leaves=6,
)


def test_a_founding_entry_reads_as_it_was_written() -> None:
    entry = log.read_entry(FOUNDING)

    assert entry.founding
    assert entry.record == entry.id == log.entry_id(FOUNDING)
    assert (entry.author, entry.type, entry.kind, entry.follows) == (
        AUTHOR,
        "acquired",
        "photo",
        (),
    )
    assert entry.sets == {log.commitment(one) for one in OPENINGS}
    assert {name: one.value for name, one in log.open_all(entry, OPENINGS).items()} == {
        "title": "Назва",
        TAG: None,
    }


def test_a_following_entry_reads_as_it_was_written() -> None:
    entry = log.read_entry(FOLLOWING)

    assert not entry.founding
    assert (entry.record, entry.kind) == ("c3" * 32, None)
    assert entry.follows == ("c3" * 32, "d4" * 32)


@given(st.sampled_from(KINDS), st.lists(st.tuples(plain.filter(bool), anything), max_size=5))
def test_whatever_values_an_entry_commits_to_are_read_again(kind: str, said: Any) -> None:
    fields = {element("tags", name): value for name, value in said}
    openings = [log.write_opening(AUTHOR, name, SALT, value) for name, value in fields.items()]
    entry = log.read_entry(log.write_founding(AUTHOR, "x", kind, b"n" * 16, openings))

    assert len(entry.sets) == len(fields)
    for raw in openings:
        try:
            opened = log.read_opening(raw, entry)
        except Malformed:
            continue  # a number or a depth that the format does not have
        assert opened.raw == raw
        assert opened.value == fields[opened.name]


def edited(raw: bytes, **changes: Any) -> bytes:
    body = json.loads(raw)
    for key, value in changes.items():
        if value is ...:
            del body[key]
        else:
            body[key] = value
    return strict_json.write(body)


HEX = "e5" * 32
BREAKS: list[tuple[bytes, dict[str, Any]]] = [
    *((FOUNDING, {key: ...}) for key in ("v", "record", "follows", "author", "type", "sets")),
    *((FOUNDING, {key: ...}) for key in ("kind", "nonce")),
    *((FOLLOWING, {key: ...}) for key in ("v", "record", "follows", "author", "type", "sets")),
    *((FOUNDING, {"v": value}) for value in (0, -1, True, "1", None, [], 2**53)),
    *((FOUNDING, {"record": value}) for value in (HEX, None, 0, [])),
    *((FOLLOWING, {"record": value}) for value in ("", HEX.upper(), HEX[:-1], HEX + "0", None, 5)),
    *((FOUNDING, {"follows": value}) for value in ([HEX], None, {}, "")),
    *((FOLLOWING, {"follows": value}) for value in ([], [HEX] * 2, ["f" * 64, HEX], [HEX.upper()])),
    *((FOLLOWING, {"follows": value}) for value in ([HEX, None], [""], [[HEX]], HEX)),
    (FOLLOWING, {"follows": [f"{n:064x}" for n in range(65)]}),
    *((FOLLOWING, {"author": value}) for value in ("", HEX.upper(), "g" * 64, None, [HEX])),
    *((FOLLOWING, {"type": value}) for value in ("", "x" * 41, "слова", None, 5, ["x"])),
    *((FOLLOWING, {"type": value}) for value in ("\x1b[2J", "two\nlines", "\x00")),
    *((FOLLOWING, {"sets": value}) for value in (None, {}, [HEX, HEX], ["f" * 64, HEX], ["x"])),
    (FOLLOWING, {"sets": [f"{n:064x}" for n in range(257)]}),
    *((FOUNDING, {"kind": value}) for value in ("", "song", "Photo", None, ["photo"])),
    *((FOUNDING, {"nonce": value}) for value in ("", "0" * 31, "0" * 33, "Z" * 32, None, 0)),
    (FOLLOWING, {"kind": "photo"}),
    (FOLLOWING, {"nonce": "0" * 32}),
    (FOLLOWING, {"more": 1}),
    (FOUNDING, {"more": None}),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "changes"), BREAKS, ids=lambda value: ascii(value)[-40:])
def test_every_rule_of_an_entry_is_kept(raw: bytes, changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        log.read_entry(edited(raw, **changes))


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b'"x"', b"1", b" " * (256 << 10) + FOUNDING, FOUNDING + b"x"]
)
def test_what_is_no_entry_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        log.read_entry(raw)


def test_a_later_version_may_say_more_and_keeps_its_number() -> None:
    entry = log.read_entry(edited(FOLLOWING, v=2, more={"x": [1]}))

    assert entry.version == 2


def test_sixty_four_predecessors_and_256_fields_are_read() -> None:
    many = [f"{n:064x}" for n in range(256)]

    assert len(log.read_entry(edited(FOLLOWING, follows=many[:64], sets=many)).sets) == 256


def committing(raw: bytes) -> log.Entry:
    return log.read_entry(log.write_founding(AUTHOR, "x", "case", b"n" * 16, [raw]))


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        [AUTHOR, "title", "00" * 16],
        [AUTHOR, "title", "00" * 16, 1, 2],
        [OTHER, "title", "00" * 16, 1],
        [None, "title", "00" * 16, 1],
        [AUTHOR, "", "00" * 16, 1],
        [AUTHOR, "x" * 101, "00" * 16, 1],
        [AUTHOR, None, "00" * 16, 1],
        [AUTHOR, ["title"], "00" * 16, 1],
        [AUTHOR, "two\nlines", "00" * 16, 1],
        [AUTHOR, "a b", "00" * 16, 1],
        [AUTHOR, "\x1b[2J", "00" * 16, 1],
        [AUTHOR, "title", "00" * 15, 1],
        [AUTHOR, "title", "AA" * 16, 1],
        [AUTHOR, "title", "zz" * 16, 1],
        [AUTHOR, "title", None, 1],
        [AUTHOR, "title", "00" * 16, [[[[[[[[1]]]]]]]]],
        [AUTHOR, "title", "00" * 16, 2**53],
    ],
    ids=lambda body: ascii(body)[-40:],
)
def test_every_rule_of_an_opening_is_kept(body: Any) -> None:
    raw = strict_json.write(body)

    with pytest.raises(Malformed):
        log.read_opening(raw, committing(raw))


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[1.5]", b'["a","b","c",NaN]', b" " * 50])
def test_noise_that_is_committed_to_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        log.read_opening(raw, committing(raw))


def test_an_opening_that_is_too_long_or_of_another_entry_is_malformed() -> None:
    with pytest.raises(Malformed):
        log.read_opening(b" " * (16 << 20) + b"  ", committing(b""))
    with pytest.raises(Malformed):
        log.read_opening(OPENINGS[0], committing(OPENINGS[1]))
    with pytest.raises(Malformed):
        log.open_all(committing(OPENINGS[0]), [OPENINGS[0], OPENINGS[0]])


@given(st.binary(max_size=80))
def test_noise_is_malformed_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(Malformed):
        log.read_entry(raw)


@given(st.data(), st.sampled_from([FOUNDING, FOLLOWING]))
def test_an_entry_with_any_value_anywhere_is_read_or_malformed(data: Any, raw: bytes) -> None:
    key = data.draw(st.sampled_from([*json.loads(raw), "kind", "nonce", "extra"]))
    with contextlib.suppress(Malformed):
        changed = edited(raw, **{key: data.draw(anything)})
        log.read_entry(changed)


@given(st.sampled_from([FOUNDING, FOLLOWING, OPENINGS[0]]), st.data())
def test_a_flipped_bit_is_another_entry_or_malformed(raw: bytes, data: Any) -> None:
    flipped = bytearray(raw)
    flipped[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    if raw is OPENINGS[0]:
        with pytest.raises(Malformed):
            log.read_opening(bytes(flipped), log.read_entry(FOUNDING))
        return
    with contextlib.suppress(Malformed):
        assert log.read_entry(bytes(flipped)).id != log.entry_id(raw)
