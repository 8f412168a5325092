"""Turns bytes of unknown encoding into text: by marks, by UTF-8's own proof, then by letters.

The single-byte encodings are told apart by how often their letters occur in the languages of
`letters`, and by whether the bytes beyond ASCII make whole words or stand within Latin ones.
"""

import codecs
import math
import re
from functools import cache

from desktop_app.extraction import letters
from desktop_app.extraction.sniff import ebcdic, wide_text

_SAMPLE_BYTES = 256 << 10
# How likely each is beforehand, as a logarithm; of equals the first one is taken.
_CYRILLIC = {
    "cp1251": 0.0,
    "koi8-u": -1.0,
    "cp866": -1.0,
    "koi8-r": -1.5,
    "iso8859-5": -2.0,
    "mac-cyrillic": -2.5,
    "cp1125": -3.0,
    "cp855": -4.0,
}
_LATIN = {
    "cp1252": 0.0,
    "cp1250": -0.5,
    "cp1257": -0.5,
    "iso8859-2": -0.7,
    "iso8859-13": -0.7,
    "cp1254": -1.0,
    "iso8859-15": -1.0,
    "iso8859-4": -2.0,
    "cp852": -1.5,
    "cp775": -1.5,
    "cp850": -1.5,
    "mac-latin2": -2.0,
    "mac-roman": -2.0,
}
_CAPITAL = 0.06  # how often a letter is a capital, but for texts all in capitals
_RARE, _ODD, _CONTROL = 1e-5, 3e-6, 1e-8
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_LATIN_I = re.compile(rb"[\x80-\xff][iI]|[iI][\x80-\xff]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")


def decode(content: bytes, declared: str = "") -> tuple[str, str]:
    """Return the text and the name of the encoding it was taken for; never raises.

    Args:
        content: all of it, or the beginning.
        declared: an encoding that the file or its container names, believed if it fits.
    """
    if not content.startswith(_MARKS):
        try:
            return content.decode("utf-8"), "ascii" if content.isascii() else "utf-8"
        except UnicodeDecodeError:
            pass
    if content.startswith(codecs.BOM_UTF8):
        return content[3:].decode("utf-8", "replace"), "utf-8"
    wide = wide_text(content[:4096])
    if wide:
        return content.decode(wide, "replace").removeprefix("\ufeff"), wide
    return _narrow(content, declared)


def decode_wide_first(content: bytes, declared: str = "") -> tuple[str, str]:
    """Like `decode`, for a whole file: UTF-16 without a mark is looked for before ASCII.

    Latin text in UTF-16 is made of bytes that are valid UTF-8, too, with a NUL at every letter.
    """
    if b"\0" in content[:4096]:
        wide = wide_text(content[:4096])
        if wide:
            return content.decode(wide, "replace").removeprefix("\ufeff"), wide
    return decode(content, declared)


def _narrow(content: bytes, declared: str) -> tuple[str, str]:
    """Decode what is neither UTF-8 nor wide."""
    known = _codec(declared)
    if known not in ("", "utf-8", "ascii", "utf-16", "utf-32"):
        try:
            return content.decode(known), known
        except UnicodeError:
            pass
    if _mostly_utf8(content[:_SAMPLE_BYTES]):
        return content.decode("utf-8", "replace"), "utf-8"
    encoding = "cp500" if ebcdic(content[:4096]) else guess(content)
    return content.decode(encoding, "replace"), encoding


def _codec(name: str) -> str:
    """Return Python's name of a text encoding; empty if it has none."""
    try:
        found = codecs.lookup(name.strip(" \"'"))
    except (LookupError, ValueError):
        return ""
    if not found._is_text_encoding:  # noqa: SLF001 (else "zip" or "hex" in a mail would unpack)
        return ""
    # What calls itself ISO 8859-1 is nearly always Windows 1252 (WHATWG Encoding, "latin1").
    return {"iso8859-1": "cp1252"}.get(found.name, found.name)


def _mostly_utf8(sample: bytes) -> bool:
    """Return whether this is UTF-8 with a few wrong bytes in it."""
    high = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    good = sum(len(found) for found in _SEQUENCE.findall(sample))
    return good > 0.9 * high


def guess(content: bytes) -> str:
    """Return the single-byte encoding in which `content` reads most like a language."""
    sample = content[:_SAMPLE_BYTES]
    counts = [(byte - 128, sample.count(byte)) for byte in set(sample) if byte >= 128]
    alone, mixed = _words(sample)
    # CP866 has no Belarusian і, so a Latin one is typed; RUSCII (cp1125), else the same, has it.
    typed_i = len(_LATIN_I.findall(sample))
    mixed = max(0, mixed - 3 * typed_i)
    scores = []
    for name, prior in _CYRILLIC.items():
        less = 3.0 * mixed + (4.0 * typed_i if name == "cp1125" else 0)
        scores.append((_score(counts, name, "cyrillic") + prior - less, name))
    for name, prior in _LATIN.items():
        scores.append((_score(counts, name, "latin") + prior - 3.0 * alone, name))
    _best, encoding = max(scores, key=lambda pair: pair[0])  # the first of equals
    return encoding


def _words(sample: bytes) -> tuple[int, int]:
    """Count bytes beyond ASCII: in words wholly of them, and in words with ASCII letters."""
    alone = mixed = 0
    for word in _WORD.findall(sample[:32768]):
        high = len(word.translate(None, bytes(range(128))))
        if high == len(word):
            alone += high if high > 2 else 0
        else:
            mixed += high
    return alone, mixed


def _score(counts: list[tuple[int, int]], encoding: str, script: str) -> float:
    """Return the best logarithmic likelihood over the languages of a script."""
    return max(
        sum(count * weights[at] for at, count in counts) for weights in _weights(encoding, script)
    )


@cache
def _weights(encoding: str, script: str) -> list[list[float]]:
    """Return for each language, and its text in capitals, a weight for each byte from 128."""
    signs = [bytes([byte]).decode(encoding, "ignore") or "\x00" for byte in range(128, 256)]
    tables = letters.CYRILLIC if script == "cyrillic" else letters.LATIN
    weights = []
    for table in tables.values():
        shares = _shares(table)
        for capitals in (False, True):
            weights.append([math.log(_share(sign, shares, capitals=capitals)) for sign in signs])
    return weights


def _shares(table: str) -> dict[str, float]:
    pairs = re.findall(r"(\S|\xa0)([\d.]+)", f"{letters.SIGNS} {table}")
    return {sign: float(number) / 1000 for sign, number in pairs}


def _share(sign: str, shares: dict[str, float], *, capitals: bool) -> float:
    if sign in "\x00" or "\x7f" < sign < "\xa0":
        return _CONTROL
    small = sign.lower()
    if small != sign:
        return shares.get(small, _RARE) * (1 if capitals else _CAPITAL)
    if sign not in shares:
        return _RARE if sign.isalpha() else _ODD
    return shares[sign] * (_CAPITAL if capitals and sign.isalpha() else 1)


def decode_declared(content: bytes, declared: str) -> str:
    """Return text of which a mail names the encoding, in any form that Python knows."""
    known = _codec(declared)
    if known and known not in ("ascii", "utf-8"):
        try:
            return content.decode(known)
        except UnicodeError:
            pass
    return decode(content, declared)[0]
