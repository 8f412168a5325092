"""What a carrier can tell without any key: whether a package is whole."""

from collections.abc import Callable
from pathlib import Path

from desktop_app.bundle import courier
from desktop_app.bundle.courier import Checked
from desktop_app.errors import NoBundle

Progress = Callable[[int, int], None]  # bytes done, of how many; may raise Cancelled


def check(folder: Path, *, progress: Progress = lambda _done, _total: None) -> list[Checked]:
    """Return what is intact, damaged and missing of every package that lies in `folder`.

    Raises:
        NoBundle: None does.
        MediumGone: It cannot be read.
    """
    if not folder.exists():
        raise NoBundle(folder=folder)
    return courier.check(folder, progress)


__all__ = ["Checked", "check"]
