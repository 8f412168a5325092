"""The line of a text that shows why it was found, with the words to mark in it.

Texts may have megabytes, so places that may hold a word are found by `str.find` and by regular
expressions first; only the window that wins is read by the tokeniser, which decides what is marked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.search.candidates import Candidate, by_tokeniser, candidates
from desktop_app.search.marks import Marks
from desktop_app.search.words import spans

_PAGES_READ = 2000  # of a text with more pages, those after them give no snippets
_SPARE = 60  # characters read beyond the width, as folding makes lines shorter
_READ_AT_LAST = 20_000  # characters; about 2 ms
_ENOUGH = 200  # candidates after which no better window is looked for
_SPACE = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb\ud800-\udfff]+")
# What cannot be seen or turns the direction of writing could make a line look like something else.
_INVISIBLE = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+"
)
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of text, what to mark in it, and the page it stands on.

    Attributes:
        text: at most a little more than the width asked for; no line breaks, no controls.
        marked: (start, end) offsets into `text`, in order, not overlapping.
        page: counted from 1; None where the text has only one.
    """

    text: str
    marked: tuple[tuple[int, int], ...]
    page: int | None


def snippet(pages: Sequence[str], marks: Marks, width: int = 160) -> Snippet:
    """Return the window with the most different words of the query, or the text's beginning."""
    best_page, start, most = 0, 0, 0
    for number, page in enumerate(pages[:_PAGES_READ]):
        count, where = _best_window(candidates(page, marks, _ENOUGH), width)
        if count > most:
            best_page, start, most = number, where, count
            if most >= marks.different:
                break
    if not pages:
        return Snippet("", (), None)
    if not most and marks.different and (found := by_tokeniser(pages[0], marks, _READ_AT_LAST)):
        start, most = found[0][0], 1
    text, marked = _cut(pages[best_page], start, width, marks, centred=most > 0)
    return Snippet(text, marked, best_page + 1 if len(pages) > 1 else None)


def _best_window(found: list[Candidate], width: int) -> tuple[int, int]:
    """Return how many different words the best window has, and where its first word starts."""
    best, where = 0, 0
    first, inside = 0, dict[int, int]()
    for last, (_at, end, what) in enumerate(found):
        inside[what] = inside.get(what, 0) + 1
        while end - found[first][0] > width and first < last:
            left = found[first][2]
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            first += 1
        if len(inside) > best:
            best, where = len(inside), found[first][0]
    return best, where


def _cut(
    page: str, start: int, width: int, marks: Marks, *, centred: bool
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the window as one line, with a little before its first word, cut between words."""
    begin = _space_before(page, max(start - width // 4, 0), start) if centred else 0
    stop = min(begin + width + _SPARE, len(page))
    found = list(spans(page, begin, _space_after(page, stop, stop + 100)))
    found = [span for span in found if span[1] <= stop] or found[:1]
    marked = marks.in_words(found)
    return _one_line(page, begin, stop, marked, width)


def _space_before(page: str, earliest: int, at: int) -> int:
    """Return the start of the first whole word from `earliest` on, at most `at`."""
    if earliest == 0:
        return 0
    match = _SPACE.search(page, earliest - 1, at)
    return match.end() if match else at


def _space_after(page: str, at: int, latest: int) -> int:
    match = _SPACE.search(page, at, latest)
    return match.start() if match else min(latest, len(page))


def _one_line(
    page: str, begin: int, stop: int, marked: list[tuple[int, int]], width: int
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Fold whitespace and drop what cannot be shown, and move the marks along with it."""
    pieces: list[str] = []
    moved: list[tuple[int, int]] = []
    length, at = 0, begin
    for first, last in [*marked, (stop, stop)]:
        between = _clean(page[at:first], after_space=not pieces or pieces[-1].endswith(" "))
        inner = _clean(page[first:last], after_space=False)
        pieces += [between, inner]
        length += len(between)
        if inner:
            moved.append((length, length + len(inner)))
        length += len(inner)
        at = last
    text = "".join(pieces)
    text, moved = _shortened(text, moved, width)
    lead = _ELLIPSIS if begin > 0 else ""
    tail = _ELLIPSIS if stop < len(page) or len(text) < length else ""
    shift = len(lead)
    return lead + text + tail, tuple((first + shift, last + shift) for first, last in moved)


def _clean(text: str, *, after_space: bool) -> str:
    text = _CONTROLS.sub(" ", _INVISIBLE.sub("", text))
    return text.lstrip(" ") if after_space else text


def _shortened(
    text: str, marked: list[tuple[int, int]], width: int
) -> tuple[str, list[tuple[int, int]]]:
    """Cut the line at a space so that it is no longer than `width`, unless one word is."""
    if len(text) <= width:
        return text.rstrip(), marked
    at = text.rfind(" ", 0, width + 1)
    if at <= 0 or (marked and at < marked[0][1]):
        at = max(width, marked[0][1] if marked else 0)
    text = text[:at].rstrip()
    return text, [(first, last) for first, last in marked if last <= len(text)]
