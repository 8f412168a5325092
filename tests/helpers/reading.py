"""Reads a sample with a reader in this process: quicker than a worker, and easier to look into."""

from desktop_app.domain.reading import Limits, Outcome
from desktop_app.extraction.found import Ask, Found
from desktop_app.extraction.readers import READERS, refine
from desktop_app.extraction.sniff import sniff
from desktop_app.extraction.worker import read_into


def read(content: bytes, name: str, limits: Limits | None = None) -> tuple[Outcome, Found]:
    """Return how the reading ended and what was found."""
    limits = limits or Limits()
    guess = refine(sniff(content[: 64 << 10], name), content, name)
    found = Found(limits, guess.media_type, flags=list(guess.flags))
    outcome, _why = read_into(found, Ask(content, name, guess, limits), READERS)
    return outcome, found


def read_with_why(content: bytes, name: str) -> tuple[Outcome, str]:
    """Return how the reading ended and the sentence about it."""
    limits = Limits()
    guess = refine(sniff(content[: 64 << 10], name), content, name)
    ask = Ask(content, name, guess, limits)
    return read_into(Found(limits, guess.media_type), ask, READERS)


def text_of(content: bytes, name: str) -> str:
    """Return the text of a sample that must be readable."""
    outcome, found = read(content, name)
    assert outcome is Outcome.READ, outcome
    return "\n".join(found.pages)


def facts_of(found: Found) -> dict[str, str]:
    """Return the facts by name, the first of each."""
    return {fact.name: fact.value for fact in reversed(found.facts)}
