"""How hard a passphrase is to guess."""

import unicodedata

from zxcvbn import zxcvbn

WEAK = 3  # below this, of 0..4, people are warned
_MOST = 72  # zxcvbn refuses longer ones
_FROM_KEYS = str.maketrans(
    "йцукенгшщзхъфывапролджэячсмитьбюўі", "qwertyuiop[]asdfghjkl;'zxcvbnm,.os"
)


def strength(passphrase: str) -> int:
    """Return 0 (guessed at once) to 4 (hard), the lower of two readings.

    A word typed in another keyboard layout is no better than the word: the second reading maps
    Cyrillic keys to the Latin ones below them.
    """
    plain = unicodedata.normalize("NFKC", passphrase)[:_MOST]
    if not plain:
        return 0
    mapped = plain.casefold().translate(_FROM_KEYS)
    return min(int(zxcvbn(one)["score"]) for one in {plain, mapped})
