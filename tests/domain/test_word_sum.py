"""The sum that says whether two collections of words are the same."""

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.word_sum import WordSum

KEY = bytes(16)
records = st.lists(st.lists(st.sampled_from(["а", "б", "в", "г"]), max_size=4), max_size=6)


def total(of: list[list[str]], key: bytes = KEY) -> int:
    result = WordSum(key)
    for words in of:
        result.add(words)
    return result.value


@given(records, st.randoms())
def test_order_and_repetition_do_not_matter(of: list[list[str]], chance: object) -> None:
    shuffled = [[*words, *words] for words in of]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert total(shuffled) == total(of)


@given(records, st.integers(0, 5), st.sampled_from(["а", "б"]))
def test_one_word_more_or_less_is_noticed(of: list[list[str]], at: int, word: str) -> None:
    changed = [set(words) ^ {word} if number == at else words for number, words in enumerate(of)]
    assert (total(changed) == total(of)) == (at >= len(of))  # type: ignore[arg-type]  # sets do


def test_words_counted_by_record_and_by_word_give_the_same() -> None:
    by_word = WordSum(KEY)
    by_word.add_word("а", 2)
    by_word.add_word("б", 1)
    assert by_word.value == total([["а", "б"], ["а"]])
    assert by_word.value != total([["а", "б"], ["а"]], bytes([1]) * 16)
