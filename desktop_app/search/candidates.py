"""Places in a text that probably hold a word of the query, found without reading every word.

`str.find` for the usual spellings of a word goes through a megabyte in well under a millisecond; a
regular expression that allows for case, accents and soft hyphens takes some 10 ms and is used only
where the first finds nothing.
"""

import re
from functools import lru_cache

from desktop_app.search.marks import FEW_WORDS, Marks
from desktop_app.search.words import spans, stands_alone, words

Candidate = tuple[int, int, int]  # start, end, number of the word or phrase

_READ_FOR_MANY = 200_000  # characters of a text that are read when there are very many words
_FEW_MISSING = 3
_RANGES = ((0xC0, 0x250), (0x400, 0x530), (0x1E00, 0x1F00))  # Latin and Cyrillic letters
_INVISIBLE = "[\xad\u0300-\u036f\u200b-\u200d\u2060]*"
_GAP = r"[\W_]{1,40}"
_NO_GAP = r"[\W_]{0,40}"
_AFTER = r"(?!['’]?[^\W_])"
_APOSTROPHES = ("'", "’", "ʼ", "`", "‘")
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def candidates(text: str, marks: Marks, most: int) -> list[Candidate]:
    """Return probable places in their order, up to `most` for each word, prefix and phrase."""
    found: list[Candidate] = []
    number = 0
    for phrase in marks.phrases[:FEW_WORDS]:
        found += _by_expression(text, phrase, number, most, whole=True)
        number += 1
    for prefix in marks.prefixes[:FEW_WORDS]:
        places = _in_usual_spellings(text, prefix, number, most, whole=False)
        found += places or _by_expression(text, (prefix,), number, most, whole=False)
        number += 1
    if len(marks.words) > FEW_WORDS:
        return sorted(found + _by_reading(text, marks.words, number, most))
    return sorted(found + _of_words(text, sorted(marks.words), number, most))


def _of_words(text: str, wanted: list[str], number: int, most: int) -> list[Candidate]:
    """Return places of whole words; a few that are not there may be spelled in unusual ways."""
    found: list[Candidate] = []
    missing: list[tuple[int, str]] = []
    for at, word in enumerate(wanted, number):
        places = _in_usual_spellings(text, word, at, most, whole=True)
        found += places
        if not places:
            missing.append((at, word))
    for at, word in missing[: FEW_WORDS if not found else _FEW_MISSING]:
        found += _by_expression(text, (word,), at, most, whole=True)
    return found


def _in_usual_spellings(
    text: str, word: str, number: int, most: int, *, whole: bool
) -> list[Candidate]:
    found: list[Candidate] = []
    for form in dict.fromkeys((word, word.capitalize(), word.upper())):
        found += _by_find(text, form, number, most, whole=whole)
    return found


def _by_find(text: str, form: str, number: int, most: int, *, whole: bool) -> list[Candidate]:
    found: list[Candidate] = []
    at = text.find(form)
    anywhere = stands_alone(form[0])
    while at >= 0 and len(found) < most:
        end = at + len(form)
        if anywhere or (_begins(text, at) and not (whole and _goes_on(text, end))):
            found.append((at, end, number))
        at = text.find(form, end)
    return found


def _begins(text: str, at: int) -> bool:
    """Return whether a word may begin here: no letter before, nor an apostrophe after a letter."""
    before = text[at - 1] if at else " "
    if before in _APOSTROPHES and at > 1:
        before = text[at - 2]
    return not before.isalnum()


def _goes_on(text: str, end: int) -> bool:
    """Return whether a word goes on here, with a letter or an apostrophe before a letter."""
    after = text[end : end + 2]
    return after[:1].isalnum() or (after[:1] in _APOSTROPHES and after[1:].isalnum())


def _by_expression(
    text: str, phrase: tuple[str, ...], number: int, most: int, *, whole: bool
) -> list[Candidate]:
    found: list[Candidate] = []
    for match in _expression(phrase, whole).finditer(text):
        at = match.start()
        if stands_alone(text[at]) or _begins(text, at):
            found.append((at, match.end(), number))
            if len(found) >= most:
                break
    return found


def _by_reading(text: str, wanted: frozenset[str], number: int, most: int) -> list[Candidate]:
    """Return places of any of very many words, as long as they are spelled without accents."""
    found: list[Candidate] = []
    for match in _TOKEN.finditer(text, 0, _READ_FOR_MANY):
        if match.group().lower().replace("ё", "е").replace("’", "'") in wanted:
            found.append((match.start(), match.end(), number))
            if len(found) >= most:
                break
    return found


def by_tokeniser(text: str, marks: Marks, most_characters: int) -> list[Candidate]:
    """Return the exact first place near a text's beginning, for spellings nothing else finds."""
    begun = text[:most_characters]
    # Reading the words is five times faster than finding where they stand.
    if not marks.in_words([(at, at + 1, word) for at, word in enumerate(words(begun))]):
        return []
    return [(start, end, 0) for start, end in marks.in_words(list(spans(begun)))[:1]]


@lru_cache(256)
def _expression(phrase: tuple[str, ...], whole: bool) -> re.Pattern[str]:
    text = ""
    for word in phrase:
        if text:
            text += _NO_GAP if stands_alone(word[0]) else _GAP
        text += _INVISIBLE.join(map(_letter, word))
    return re.compile(text + (_AFTER if whole and not stands_alone(word[-1]) else ""))


def _letter(letter: str) -> str:
    """Return an expression for the characters that are indexed as this letter."""
    return _classes().get(letter) or f"[{re.escape(letter + letter.upper())}]"


@lru_cache(1)
def _classes() -> dict[str, str]:
    """Return, for each letter, an expression for the usual characters that fold to it."""
    same: dict[str, str] = {"'": "'’ʼ‘`´"}
    for first, last in _RANGES:
        for code in range(first, last):
            folded = words(chr(code))
            if len(folded) == 1 and len(folded[0]) == 1:
                same[folded[0]] = same.get(folded[0], folded[0] + folded[0].upper()) + chr(code)
    return {letter: f"[{re.escape(alike)}]" for letter, alike in same.items()}
