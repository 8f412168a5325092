"""Office documents behind a password: an OLE container around an encrypted package."""

from desktop_app.domain.reading import Outcome
from desktop_app.extraction.found import Ask, Found, Refusal
from desktop_app.i18n import N_


def read(_ask: Ask, _found: Found) -> None:
    """Say that it is locked; raises `Refusal` always."""
    raise Refusal(Outcome.LOCKED, N_("needs a password"))
