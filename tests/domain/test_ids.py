"""A reference can be read aloud, and a slip of the tongue is caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.ids import RecordId, read_reference, reference

records = st.binary(min_size=32, max_size=32).map(lambda raw: RecordId(raw.hex()))


@given(records)
def test_a_reference_is_three_groups_of_four_digits_and_reads_as_itself(record: RecordId) -> None:
    made = reference(record)

    assert [len(group) for group in made.split("-")] == [4, 4, 4]
    assert read_reference(made) == made
    assert read_reference(made.replace("-", "")) == made
    assert read_reference(" " + made.replace("-", " \u2013 ") + " ") == made


@given(records, st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_is_caught(record: RecordId, at: int, more: int) -> None:
    digits = reference(record).replace("-", "")
    wrong = digits[:at] + str((int(digits[at]) + more) % 10) + digits[at + 1 :]

    assert read_reference(wrong) is None


@given(records, st.integers(0, 10))
def test_every_swap_of_two_neighbours_is_caught(record: RecordId, at: int) -> None:
    digits = reference(record).replace("-", "")
    wrong = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]

    assert wrong == digits or read_reference(wrong) is None


@given(st.text(max_size=30))
def test_no_text_ends_in_an_exception(typed: str) -> None:
    found = read_reference(typed)

    assert found is None or found.replace("-", "").isdigit()


@pytest.mark.parametrize(
    "typed", ["", "12", "٠" * 12, "０" * 12, "²" * 12, "-" * 12, "0000-0000-0001", "a" * 12]
)
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert read_reference(typed) is None


def test_references_are_spread_evenly() -> None:
    made = {reference(RecordId(f"{number:064x}")) for number in range(1000)}
    made |= {reference(RecordId(f"{number << 192:064x}")) for number in range(1, 1000)}

    assert len(made) >= 1000
