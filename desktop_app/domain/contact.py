"""People we exchange with: their keys, and how far they are trusted."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from desktop_app.domain.ids import Fingerprint

MAX_NAME = 60
TEAM_CLEARANCE = 2
OTHER_CLEARANCE = 0

# Letters of one alphabet that look like another's, large ones first, since they lose their looks
# in lower case. Source: the Cyrillic, Greek and Latin part of Unicode TS 39, "Confusables", as
# far as names in our languages could be faked with it. Strokes (i, I, l, 1, |) are all one.
_LARGE = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧІI|ВНЅЈԌ", "abezhlkmnoptyxlllbhsjg")
_SMALL = str.maketrans(
    "авекмнорстухіїјѕԁӏүһԛԝьзбґєαβεικνορτυχγηωıil1j0",
    "abekmhopctyxlljsdlyhqwb36reabelkvoptuxynwlllljo",
)


class Trust(StrEnum):
    """How sure we are whose key it is."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"  # the digits were compared
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whose card we hold."""

    number: int  # of the row in this archive; 0 before it is stored
    name: str  # what this archive calls them
    fingerprint: Fingerprint
    public: bytes  # 32 bytes, Ed25519
    card_number: int
    recipients: tuple[str, ...]  # age1...
    trust: Trust
    team: bool
    clearance: int  # the highest sensitivity that they may see

    @property
    def verified(self) -> bool:
        """Whether we may send to them and open what they send."""
        return self.trust is Trust.VERIFIED


def look(name: str) -> str:
    """Return a form in which names that look alike are equal, whatever their alphabet."""
    parts = unicodedata.normalize("NFKD", name).translate(_LARGE)
    folded = unicodedata.normalize("NFKD", parts.casefold()).translate(_SMALL)
    return "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LN")
