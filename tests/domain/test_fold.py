"""The fold is a pure function of the set of entries and openings."""

import hashlib
import random
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_app.domain import log
from desktop_app.domain.fold import Opened, fold, fold_hash, fold_lines
from desktop_app.domain.ids import EntryId, Fingerprint, RecordId
from desktop_app.domain.record import fits

AUTHORS = [Fingerprint(f"{number:064x}") for number in range(3)]
TAG = "tags/aaaaaaaaaaaaaaaa"
# What a name may hold, and what it may not: that is kept in the log and not used.
VALUES: dict[str, list[Any]] = {
    "title": [None, "A", "B", 7],
    "date": [None, "2020", "2021", {"x": 1}],
    "sensitivity": [None, 0, 1, 3, True, "3"],
    "state": [None, "inbox", "erased", "withdrawn", ["erased"]],
    TAG: [None, "A", "a", []],
    "tags/bbbbbbbbbbbbbbbb": [None, "B"],
    "unknown/cccccccccccccccc": [None, {"x": [1]}, True, 1, "1"],
    "@recorded": [1, 2],
}
NAMES = list(VALUES)


def made(
    author: Fingerprint,
    fields: dict[str, Any],
    record: RecordId | None = None,
    follows: list[EntryId] | None = None,
    salt: int = 0,
    version: int = 1,
) -> Opened:
    """Return an entry with its openings; a founding one without `record`."""
    openings = [
        log.write_opening(author, name, salt.to_bytes(16, "big"), value)
        for name, value in {**fields, "nonce": f"{salt}"}.items()
    ]
    if record is None:
        raw = log.write_founding(author, "made", "document", salt.to_bytes(16, "big"), openings)
    else:
        raw = log.write_entry(record, follows or [], author, "changed", openings)
        raw = raw.replace(b'{"v":1', b'{"v":%d' % version)
    entry = log.read_entry(raw)
    return Opened(entry, log.open_all(entry, openings))


@st.composite
def logs(draw: st.DrawFn) -> tuple[RecordId, list[Opened]]:
    """Draw a log: several authors, branches, merges, some of it missing, destroyed or too new."""
    fields = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
    )
    founding = made(AUTHORS[0], draw(fields))
    record, all_ = founding.entry.record, [founding]
    for number in range(draw(st.integers(0, 9))):
        before = draw(st.lists(st.sampled_from(all_), min_size=1, max_size=3))
        ids = list({one.entry.id for one in before})
        if draw(st.integers(0, 9)) == 0:
            ids.append(EntryId(f"{number:064x}"))  # never arrives
        author = draw(st.sampled_from(AUTHORS))
        version = 2 if draw(st.integers(0, 9)) == 0 else 1
        one = made(author, draw(fields), record, ids, number, version)
        if draw(st.integers(0, 5)) == 0:
            one = replace(one, openings={})  # destroyed
        all_.append(one)
    missing = draw(st.sets(st.integers(0, len(all_) - 1), max_size=2))
    return record, [one for at, one in enumerate(all_) if at not in missing]


@given(logs(), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_any_order_and_anything_twice_give_the_same_record(
    drawn: tuple[RecordId, list[Opened]], chance: random.Random
) -> None:
    record, entries = drawn
    shuffled = entries + [one for one in entries if chance.random() < 0.5]
    chance.shuffle(shuffled)
    first, second = fold(record, entries), fold(record, shuffled)

    assert first == second
    assert fold_hash(fold_lines(first)) == fold_hash(fold_lines(second))


@given(logs(), st.randoms(use_true_random=False))
def test_folding_after_each_arrival_ends_at_the_same_record(
    drawn: tuple[RecordId, list[Opened]], chance: random.Random
) -> None:
    record, entries = drawn
    arrived: list[Opened] = []
    now = fold(record, arrived)
    for one in chance.sample(entries, len(entries)):
        arrived.append(one)
        now = fold(record, arrived)
        assert len(now.waiting) <= len(arrived)

    assert now == fold(record, entries)


@given(logs())
def test_every_entry_is_applied_or_waits_and_waiting_ones_are_those_with_gaps(
    drawn: tuple[RecordId, list[Opened]],
) -> None:
    record, entries = drawn
    found = fold(record, entries)
    applied = {one.entry.id for one in entries} - set(found.waiting)

    for one in entries:
        whole = one.entry.version == 1 and (
            one.entry.founding or all(before in applied for before in one.entry.follows)
        )
        assert (one.entry.id in applied) == whole
    followed = {
        before for one in entries if one.entry.id in applied for before in one.entry.follows
    }
    assert set(found.heads) == applied - followed


@given(logs())
def test_a_value_stands_unless_a_descendant_says_otherwise(
    drawn: tuple[RecordId, list[Opened]],
) -> None:
    """The same rule once more, written as slowly and plainly as it reads in the specification."""
    record, entries = drawn
    found = fold(record, entries)
    applied = {one.entry.id: one for one in entries if one.entry.id not in found.waiting}

    def descends(one: EntryId, other: EntryId) -> bool:
        return any(
            before == other or descends(before, other) for before in applied[one].entry.follows
        )

    for name in NAMES:
        setters = [
            one
            for one in applied
            if name in applied[one].openings and fits(name, applied[one].openings[name].value)
        ]
        standing = [
            applied[one].openings[name].value
            for one in setters
            if not any(descends(other, one) for other in setters)
        ]
        expected = {repr(value) for value in standing}
        if name.startswith("@") or expected <= {"None"}:
            assert name not in found.fields
        else:
            shown = [repr(value.value) for value in found.fields[name]]
            assert sorted(shown) == sorted(expected)  # equal values once
            assert (name in found.conflicts) == (len(expected) > 1)


@given(logs())
def test_what_waits_and_narrows_counts_at_once(drawn: tuple[RecordId, list[Opened]]) -> None:
    record, entries = drawn
    found = fold(record, entries)
    narrow = [one for one in entries if one.entry.id in found.waiting]
    for one in narrow:
        value = one.openings["state"].value if "state" in one.openings else None
        if value == "erased":
            assert found.state == "erased"
        if value == "withdrawn":
            assert found.state in ("withdrawn", "erased")
        if "sensitivity" in one.openings and one.openings["sensitivity"].value == 3:
            assert found.sensitivity == 3
    assert all(name in ("state", "sensitivity") for name, _value in found.narrowed)


FOUNDING = made(
    AUTHORS[0], {"title": "A", "tags/aaaaaaaaaaaaaaaa": "х", "sensitivity": 1, "state": "inbox"}
)
RECORD = FOUNDING.entry.record


def after(author: int, before: list[Opened], salt: int = 1, **fields: Any) -> Opened:
    named = {name.replace("__", "/"): value for name, value in fields.items()}
    return made(AUTHORS[author], named, RECORD, [one.entry.id for one in before], salt)


def test_descendants_outdo_and_concurrent_values_conflict_until_somebody_decides() -> None:
    one, other = after(1, [FOUNDING], title="B"), after(2, [FOUNDING], title="C")
    torn = fold(RECORD, [FOUNDING, one, other])
    decided = fold(RECORD, [FOUNDING, one, other, after(0, [one, other], title="B")])

    assert {value.value for value in torn.conflicts["title"]} == {"B", "C"}
    assert decided.conflicts == {}
    assert decided.title == "B"


def test_equal_values_of_two_authors_show_once() -> None:
    found = fold(
        RECORD, [FOUNDING, after(1, [FOUNDING], title="B"), after(2, [FOUNDING], title="B")]
    )

    assert [value.value for value in found.fields["title"]] == ["B"]


def test_a_removal_against_an_edit_is_a_conflict_and_both_stay_visible() -> None:
    gone, kept = (
        after(1, [FOUNDING], tags__aaaaaaaaaaaaaaaa=None),
        after(2, [FOUNDING], tags__aaaaaaaaaaaaaaaa="Х"),
    )
    found = fold(RECORD, [FOUNDING, gone, kept])

    assert {value.value for value in found.conflicts["tags/aaaaaaaaaaaaaaaa"]} == {None, "Х"}
    assert found.many("tags") == ["Х"]


def test_a_removal_alone_removes() -> None:
    assert (
        fold(RECORD, [FOUNDING, after(1, [FOUNDING], tags__aaaaaaaaaaaaaaaa=None)]).many("tags")
        == []
    )


def test_a_title_taken_away_by_one_and_changed_by_another_is_never_called_none() -> None:
    for salt in range(12):
        gone, kept = after(1, [FOUNDING], salt, title=None), after(2, [FOUNDING], salt, title="B")
        assert fold(RECORD, [FOUNDING, gone, kept]).title == "B"


def test_s21_a_withdrawal_whose_predecessors_are_missing_acts_at_once() -> None:
    never = after(1, [FOUNDING], title="never arrives")
    withdrawal = after(2, [never], state="withdrawn", sensitivity=3)
    found = fold(RECORD, [FOUNDING, withdrawal])

    assert found.waiting == (withdrawal.entry.id,)
    assert (found.state, found.sensitivity, found.title) == ("withdrawn", 3, "A")


def test_a_waiting_entry_widens_nothing() -> None:
    raised = after(0, [FOUNDING], sensitivity=3, state="retracted")
    never = after(1, [raised], title="never arrives")
    widening = after(2, [never], sensitivity=0, state="catalogued", title="B")
    found = fold(RECORD, [FOUNDING, raised, widening])

    assert (found.sensitivity, found.state, found.title) == (3, "retracted", "A")


def test_of_two_states_or_sensitivities_the_narrower_counts() -> None:
    one = after(1, [FOUNDING], sensitivity=0, state="trash")
    other = after(2, [FOUNDING], sensitivity=2, state="catalogued")
    found = fold(RECORD, [FOUNDING, one, other])

    assert (found.sensitivity, found.state) == (2, "catalogued")


def test_an_opening_that_was_destroyed_gives_way_to_what_stood_before() -> None:
    """Destroying is for erasure: what the destroyed value outdid must not hide behind it."""
    later = after(1, [FOUNDING], title="mistake")
    found = fold(RECORD, [FOUNDING, replace(later, openings={})])

    assert found.heads == (later.entry.id,)
    assert [value.value for value in found.fields["title"]] == ["A"]


def test_a_thousand_entries_fold_in_a_moment() -> None:
    chain = [FOUNDING]
    for number in range(1000):
        chain.append(after(number % 3, chain[-1:], number, title=f"T{number}"))

    assert fold(RECORD, reversed(chain)).title == "T999"


def test_field_names_cannot_make_two_folds_look_alike() -> None:
    """Lines `record field entry-id` are only one fold's if names hold no space and no line end."""
    first, second = after(1, [FOUNDING], title="B"), after(2, [FOUNDING], date="2020")
    lines = fold_lines(fold(RECORD, [FOUNDING, first, second]))

    assert all(line.count(" ") == 2 and "\n" not in line for line in lines)


def test_the_fold_hash_is_stable() -> None:
    """Changing it would make two releases believe that they differ."""
    lines = fold_lines(fold(RECORD, [FOUNDING]))

    assert fold_hash(lines) == fold_hash(reversed(lines))
    assert fold_hash([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert fold_hash(["b", "a"]) == hashlib.sha256(b"a\nb\n").hexdigest()
