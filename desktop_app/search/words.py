"""What a word is: one tokeniser for what is indexed, what is typed and what is marked.

A word is a run of letters and digits after NFKC and case folding, without accents, except that the
letters й, ў and ї (and Japanese voiced sounds) stay what they are; so ё = е and ż = z, but й ≠ и.
An apostrophe between letters belongs to the word, however it is typed. Hyphens and everything else
split. Soft hyphens, zero-width and direction characters vanish. Scripts without spaces give a word
per character; as typed runs are searched as phrases (see syntax.py), they are found all the same.

Joined by spaces, these words are exactly the tokens of FTS5's
`unicode61 remove_diacritics 0 tokenchars ''''` (tests/search/test_words.py proves it).
"""

import re
import unicodedata
from collections.abc import Iterator

TOKENISER_VERSION = 1  # raise it with every change of what comes out: indexes must be rebuilt then

LONGEST_WORD = 64  # longer runs (base64, encoded data) are cut; a SHA-256 in hex still fits

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CHUNK = re.compile(r"\S+")
# Runs without the usual punctuation, which no word can hold and nothing is joined across.
_PART = re.compile(r"[^\s!-&(-/:-@\[-_{-~«»“”„–—…]+")
# What needs a look into the table below: all but ASCII, Slavic Cyrillic and usual punctuation.
_SPECIAL = re.compile(r"[^\x00-_a-\x7f\xa0«»а-яєіїўґ–—“”„…]")
# Han, kana, Thai, Lao, Myanmar, Khmer: written without spaces.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_APOSTROPHES = frozenset("'’ʼ‘`´ʹʻʽˈ′‛＇ꞌ")
# unicode61 takes these letters of New Tai Lue and Vedic for marks: its tables are Unicode 6.1.
_NO_LETTERS_IN_FTS5 = frozenset(map(chr, (*range(0x19B0, 0x19C1), 0x19C8, 0x19C9, 0x1CF2, 0x1CF3)))
_LONGEST_CHUNK = 512  # normalising a run of marks takes quadratic time: longer chunks are cut
_PIECE = 256


def words(text: str) -> list[str]:
    """Return the words of `text` in their order, as they are indexed."""
    if len(text) > _LONGEST_CHUNK and max(map(len, text.split()), default=0) > _LONGEST_CHUNK:
        return [word for chunk in text.split() for word in _chunk_words(chunk)]
    return _plain_words(text)


def spans(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, word) for every word, as offsets into `text`.

    Args:
        text: where to look.
        start: where to begin; a chunk that this offset cuts is read from here on.
        end: where to stop; likewise.
    """
    for chunk in _CHUNK.finditer(text, start, len(text) if end is None else end):
        for at, raw in _parts(chunk.group()):
            offset = chunk.start() + at
            expected = _plain_words(raw)
            if len(expected) == 1 and raw.isalnum():
                yield offset, offset + len(raw), expected[0]
            elif expected:
                yield from _inner_spans(raw, expected, offset)


def stands_alone(character: str) -> bool:
    """Return whether a character is a word of its own, whatever stands beside it."""
    return _UNSPACED.match(character) is not None


def _plain_words(text: str) -> list[str]:
    folded = _fold(text)
    found = _WORD.findall(folded)
    if found and (
        max(map(len, found)) > LONGEST_WORD
        or (not folded.isascii() and _UNSPACED.search(folded) is not None)
    ):
        return [word[first:last] for word in found for first, last in _cuts(word)]
    return found


def _fold(text: str) -> str:
    """Return `text` with every character as it is indexed; what is no letter may stay."""
    if text.isascii():
        return text.lower().replace("`", "'")
    if "´" in text:  # NFKC would make a space and a mark of it
        text = text.replace("´", "'")
    text = unicodedata.normalize("NFKC", text).casefold()
    specials = set(_SPECIAL.findall(text))
    if len(specials) > 30:
        return text.translate(_CHARACTERS)
    for special in specials:
        text = text.replace(special, _CHARACTERS[ord(special)])
    return text


def _parts(chunk: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and text of the runs in a chunk that may hold words."""
    for part in _PART.finditer(chunk):
        raw, at = part.group(), part.start()
        if len(chunk) <= _LONGEST_CHUNK:
            yield at, raw
        else:
            for first in range(0, len(raw), _PIECE):
                yield at + first, raw[first : first + _PIECE]


def _chunk_words(chunk: str) -> list[str]:
    return [word for _, raw in _parts(chunk) for word in _plain_words(raw)]


def _inner_spans(raw: str, expected: list[str], offset: int) -> Iterator[tuple[int, int, str]]:
    """Yield the words of a run, found by folding it a character and its marks at a time."""
    letters: list[str] = []
    origin: list[tuple[int, int]] = []
    for cluster in _clusters(raw):
        folded = _fold(raw[slice(*cluster)])
        letters.append(folded)
        origin += [cluster] * len(folded)
    found = [
        (
            offset + origin[match.start() + first][0],
            offset + origin[match.start() + last - 1][1],
            match.group()[first:last],
        )
        for match in _WORD.finditer("".join(letters))
        for first, last in _cuts(match.group())
    ]
    if [word for _, _, word in found] == expected:
        yield from found
    else:  # letters that join across clusters (Hangul in parts): the whole run stands for them
        yield from ((offset, offset + len(raw), word) for word in expected)


def _clusters(raw: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a character with the marks and invisible characters after it."""
    start = 0
    for at in range(1, len(raw)):
        if not _vanishes(raw[at]):
            yield start, at
            start = at
    yield start, len(raw)


def _cuts(word: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a run of letters that are words of their own."""
    start = 0
    for at, character in enumerate(word):
        alone = stands_alone(character)
        if alone or at - start >= LONGEST_WORD:
            yield from _trimmed(word, start, at)
            start = at
        if alone:
            yield at, at + 1
            start = at + 1
    yield from _trimmed(word, start, len(word))


def _trimmed(word: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the range without the apostrophes that a cut left at its ends, if anything is left."""
    while start < end and word[start] == "'":
        start += 1
    while start < end and word[end - 1] == "'":
        end -= 1
    if start < end:
        yield start, end


def _vanishes(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}


class _Characters(dict[int, str]):
    """What becomes of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if character in _NO_LETTERS_IN_FTS5:
        return " "
    if _vanishes(character):
        return ""
    if character in "йўї" or "\u3040" <= character <= "\u30ff" or "\uac00" <= character <= "\ud7a3":
        return character
    parts = unicodedata.normalize("NFKD", character).casefold()
    if parts == character:
        return character
    return "".join(map(_fold_character, parts))


# The memory of a pure function, not state: at most an entry a character.
_CHARACTERS = _Characters()
