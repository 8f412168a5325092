"""The sum that says whether an index and the texts hold the same words at the same places."""

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.word_sum import POSITION_PRIME, RECORD_PRIME, WordSum

KEY = bytes(16)
columns = st.tuples(*[st.lists(st.sampled_from(["а", "б", "в", "г"]), max_size=4)] * 3)
records = st.dictionaries(st.integers(1, 10**6), columns, max_size=6)


def total(of: dict[int, tuple[list[str], ...]], key: bytes = KEY) -> int:
    result = WordSum(key)
    for number, words in of.items():
        result.add(number, words)
    return result.value


@given(records, st.randoms())
def test_the_order_of_adding_does_not_matter(of, chance) -> None:
    order = list(of.items())
    chance.shuffle(order)
    assert total(dict(order)) == total(of)


@given(records, records)
def test_any_difference_is_noticed(one, other) -> None:
    full = [{n: c for n, c in of.items() if any(c)} for of in (one, other)]
    assert (total(one) == total(other)) == (full[0] == full[1])


def test_words_that_change_places_are_noticed() -> None:
    before = {1: ([], ["а", "б"], []), 2: ([], ["б", "а"], [])}
    assert total(before) != total({1: before[2], 2: before[1]})
    assert total(before) != total({1: (["а", "б"], [], []), 2: before[2]})


def test_counted_by_record_and_by_word_it_is_the_same() -> None:
    by_word = WordSum(KEY)
    place = (7 * by_word.record_factor + 2 * by_word.column_factor) % RECORD_PRIME + 1
    by_word.add_word("а", place * (by_word.position_factor % POSITION_PRIME + 1) + place)
    assert by_word.value == total({7: ([], ["а", "а"], [])})
    assert by_word.value != total({7: ([], ["а", "а"], [])}, bytes([1]) * 16)
