"""What was typed → what is asked. Never an error: what is no syntax is plain words."""

import re
import unicodedata
from dataclasses import dataclass

from desktop_app.domain.query import NOTHING, Everything, Node, simplified
from desktop_app.i18n import _
from desktop_app.search.leaves import Leaves

LONGEST_QUERY = 512  # Whoosh parses in quadratic time: 8,000 characters took 1.8 s
DEEPEST_QUERY = 30  # FTS5 overflows between 50 and 100 nested brackets

_QUOTES = dict.fromkeys(map(ord, "«»„“”‟″〝〞＂❝❞"), '"')
_STARS = re.compile(r"\*{2,}")


@dataclass(frozen=True, slots=True)
class Understood:
    """The query as a tree, and what the user should know about how it was read."""

    query: Node
    notes: tuple[str, ...] = ()


def parse(typed: str) -> Understood:
    """Return what was typed as a query; nothing typed asks for everything.

    Reads words (all of them), "phrases", OR АБО ИЛИ LUB ARBA, AND, NOT НЕ and a leading `-`,
    beginn*, pat?ern*, fuzzy~, "two words"~5, brackets, and the fields of leaves.py. Input that
    holds nothing to search for finds nothing.
    """
    leaves = Leaves()
    text = _cleaned(typed, leaves)
    if not text:
        return Understood(Everything() if not typed.strip() else NOTHING, tuple(leaves.notes))
    try:
        # Whoosh is loaded by the first search and not by every command.
        from desktop_app.search.grammar import read

        query = simplified(read(text, leaves))
    except Exception:  # noqa: BLE001  stock parsing raises on 11 % of random input
        leaves.notes.append(_("The query was not understood and is searched as plain words."))
        query = simplified(leaves.plain(text))
    if query == NOTHING:
        leaves.notes.append(_("There is no word to search for."))
    return Understood(query, tuple(dict.fromkeys(leaves.notes)))


def _cleaned(typed: str, leaves: Leaves) -> str:
    """Return at most 512 characters without controls, with plain quotes and bounded brackets."""
    if len(typed) > LONGEST_QUERY:
        leaves.notes.append(
            _("Only the first {count} characters were searched for.").format(count=LONGEST_QUERY)
        )
        typed = typed[:LONGEST_QUERY]
    text = "".join(
        " " if unicodedata.category(character) in {"Cc", "Cs", "Cn", "Zl", "Zp"} else character
        for character in typed.translate(_QUOTES)
    ).strip()
    text = _STARS.sub("*", text)  # Whoosh takes the second for the end of a prefix
    if _depth(text) > DEEPEST_QUERY:
        leaves.notes.append(_("Too many brackets inside each other: they were left out."))
        text = text.replace("(", " ").replace(")", " ").strip()
    return text


def _depth(text: str) -> int:
    """Return how many brackets are open at once, at most."""
    depth = deepest = 0
    for character in text:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth = max(depth - 1, 0)
    return deepest
