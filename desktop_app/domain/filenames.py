"""Names for files that are taken out: safe on every system, and never misleading."""

import unicodedata

_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "clock$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
_UNSAFE = frozenset('/\\:*?"<>|%')
_MOST_BYTES = 180  # of 255, so that a number and a folder still fit
_KEPT_EXTENSION_BYTES = 20


def safe_name(name: str) -> str:
    """Return `name` as a file name that shows what it is and that every system takes.

    Separators and reserved signs become `_`; control characters and those that turn the
    direction of writing or have no width vanish; the extension is kept when it is shortened.
    """
    kept = "".join(
        "_" if sign in _UNSAFE else sign
        for sign in unicodedata.normalize("NFC", name)
        if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )
    kept = _shortened(kept.strip().rstrip(". "))
    if kept.startswith("."):
        kept = "_" + kept
    if not kept:
        return "file"
    stem = kept.partition(".")[0].rstrip()
    return "_" + kept if stem.casefold() in _RESERVED else kept


def distinct(names: list[str]) -> list[str]:
    """Return the names, numbered where a system that ignores case would mix two up."""
    seen: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 1
        while candidate.casefold() in seen:
            number += 1
            stem, dot, extension = name.rpartition(".")
            candidate = f"{stem} ({number}).{extension}" if dot and stem else f"{name} ({number})"
        seen.add(candidate.casefold())
        result.append(candidate)
    return result


def _shortened(name: str) -> str:
    if len(name.encode()) <= _MOST_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > _KEPT_EXTENSION_BYTES:
        stem, extension = name, ""
    tail = dot + extension if extension else ""
    room = _MOST_BYTES - len(tail.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + tail
