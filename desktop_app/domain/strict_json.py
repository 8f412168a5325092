"""JSON as the formats allow it: one way to read it, so that two programs cannot disagree."""

import json
from typing import Any

MAX_DEPTH = 8
MAX_INT = 2**53


class Malformed(ValueError):
    """The bytes are not what the format says. Carries the reason in plain words."""


def read(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value that `raw` holds.

    Strings, whole numbers below 2**53, booleans, null, arrays and objects; UTF-8 without a byte
    order mark; no key twice in an object; no floating point, NaN or infinity; nested at most
    `max_depth` deep; no lone surrogates.

    Raises:
        Malformed: Anything else.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_refuse,
            parse_constant=_refuse,
            parse_int=_whole,
        )
        _check(value, max_depth)
    except Malformed:
        raise
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from None
    return value


def write(value: Any) -> bytes:
    """Return `value` as compact UTF-8 JSON; objects keep their order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def canonical(value: Any) -> bytes:
    """Return `value` in a form in which equal values have equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key stands twice")
    return found


def _refuse(_text: str) -> Any:
    raise Malformed("a number that is not whole")


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= MAX_INT:
        raise Malformed("a number that is too large")
    return int(text)


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if not value.isascii():
            value.encode("utf-8")  # UnicodeEncodeError, a ValueError, for a lone surrogate
        return
    if not isinstance(value, dict | list):
        return
    if depth == 0:
        raise Malformed("nested too deeply")
    if isinstance(value, dict):
        for key in value:
            _check(key, depth)
    for part in value.values() if isinstance(value, dict) else value:
        _check(part, depth - 1)
