"""Strict JSON and the fold, by resources/spec/archive-v1.md, with none of the program's code."""

import json
import re
from collections.abc import Mapping
from typing import Any

Entries = Mapping[str, Mapping[str, Any]]
ID = '"[0-9a-f]{64}"'  # as json.dumps writes it
MANY = ("languages", "tags", "cases", "family", "attachments", "origins")
TEXTS = ("title", "description", "date", "place", "reference", "pseudonym", "text", *MANY[:2])
SHAPES = dict.fromkeys(TEXTS, '".*"') | dict.fromkeys(("cases", "family", "speaker"), ID)
SHAPES["state"] = '"(trash|inbox|catalogued|sealed|retracted|withdrawn|erased)"'
SHAPES |= {"sensitivity": "[0-3]", "origins": r'\[".*", ".*"\]'}
SHAPES["attachments"] = rf'\[{ID}, ".*", [0-9]+\]'
PARTS = {"attachments": ("sha256", "media_type", "size_bytes"), "origins": ("name", "path")}


def fold(entries: Entries) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of the fold and what waits."""
    before: dict[str, set[str]] = {}  # of every entry that reaches back to its founding one
    setters: dict[str, list[str]] = {}
    lines: list[str] = []
    for one in [*entries] * len(entries):  # each round finds one more at least
        follows = set(entries[one]["follows"])
        reaches = follows <= before.keys() and (follows or entries[one]["record"] == one)
        if reaches and entries[one]["v"] == 1:
            before[one] = follows.union(*(before[name] for name in follows))
    for one in sorted(before):
        for name, value in entries[one]["said"].items():
            if not name.startswith("@") and fits(name, value):
                setters.setdefault(f"{entries[one]['record']} {name}", []).append(one)
    for field, found in setters.items():
        outdone = set().union(*(before[one] for one in found))
        values = [(one, entries[one]["said"][field[65:]]) for one in found if one not in outdone]
        shown = {json.dumps(value, sort_keys=True): one for one, value in reversed(values)}
        lines += [f"{field} {one}" for one in shown.values() if set(shown) != {"null"}]
    return tuple(sorted(lines)), tuple(sorted(entries.keys() - before.keys()))


def fits(name: str, value: Any) -> bool:
    family, slash, _rest = name.partition("/")
    if value is None or family not in SHAPES:
        return True
    if family in PARTS and isinstance(value, dict):
        value = [value.get(part) for part in PARTS[family]]
    return (family in MANY) == bool(slash) and looks(value, SHAPES[family])


def looks(value: Any, pattern: str) -> bool:
    return re.fullmatch(pattern, json.dumps(value, sort_keys=True)) is not None


def read_json(raw: bytes) -> Any:
    """Return a value; a ValueError says that it is no strict JSON."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def depth(value: Any) -> int:
        if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
            raise ValueError("a number that it cannot hold")
        inside = value.values() if isinstance(value, dict) else value
        return 1 + max(map(depth, inside), default=0) if isinstance(value, dict | list) else 0

    try:
        value = json.loads(raw.decode(), object_pairs_hook=unique)
        json.dumps(value, ensure_ascii=False).encode()  # fails for half a pair
        too_deep = depth(value) > 8
    except RecursionError:
        too_deep = True
    if too_deep:
        raise ValueError("nested too deeply")
    return value
