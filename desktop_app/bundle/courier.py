"""What somebody who carries a bundle can find out: intact or not. No key, no archive."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop_app import files
from desktop_app.bundle.medium import SUMS, Found, find, medium_errors
from desktop_app.bundle.volumes import after, check_code, hash_file
from desktop_app.errors import NoBundle, UnsafeFolder

_MAX_SUMS = 1 << 20


@dataclass(frozen=True, slots=True)
class Checked:
    """One bundle, compared with its list of sums. It says nothing of who made it."""

    found: Found
    intact: int  # how many volumes are as the list says
    damaged: tuple[int, ...]
    missing: tuple[int, ...]
    check_code: str  # empty without a readable list

    @property
    def ok(self) -> bool:
        """Whether every volume on the list is there and as it should be."""
        return bool(self.check_code) and not self.damaged and not self.missing


def nothing(_done: int, _total: int) -> None:
    """Report to nobody."""


def check(folder: Path, progress: Callable[[int, int], None] = nothing) -> list[Checked]:
    """Return how the bundles in `folder` are, by name.

    A volume that is not on the list counts as damaged. Without a list nothing can be said:
    no volume is counted, and there is no check code.

    Raises:
        NoBundle: There is none.
        MediumGone: It cannot be read.
    """
    bundles = find(folder)
    if not bundles:
        raise NoBundle(folder=folder)
    total = sum(found.total_bytes for found in bundles)

    def report(done: int) -> None:
        progress(done, total)

    done = 0
    checked = []
    for found in bundles:
        checked.append(_check(found, after(done, report)))
        done += found.total_bytes
    return checked


def first_damaged(found: Found, most: int = 0) -> int | None:
    """Return the first volume that is not as the list says, or None.

    Args:
        found: The bundle.
        most: How many volumes to read at most; 0 reads all.
    """
    for number, path in list(zip(found.numbers, found.volumes, strict=True))[: most or None]:
        if found.sums and not _is_intact(found, number, path, lambda _at: None):
            return number
    return None


def _check(found: Found, progress: Callable[[int], None]) -> Checked:
    if not found.sums:
        return Checked(found, 0, (), found.missing, "")
    damaged, done = [], 0
    for number, path, size in zip(found.numbers, found.volumes, found.sizes, strict=True):
        if not _is_intact(found, number, path, after(done, progress)):
            damaged.append(number)
        done += size
    intact = len(found.volumes) - len(damaged)
    with medium_errors(), files.open_plain(_sums_path(found)) as file:
        code = check_code(file.read(_MAX_SUMS))
    return Checked(found, intact, tuple(damaged), found.missing, code)


def _is_intact(found: Found, number: int, path: Path, progress: Callable[[int], None]) -> bool:
    try:
        with medium_errors():
            sha256, _size = hash_file(path, progress)
    except UnsafeFolder:
        return False
    return sha256 == found.sums.get(number)


def _sums_path(found: Found) -> Path:
    with medium_errors():
        named = [path for path in found.folder.iterdir() if path.name.upper() == SUMS]
    return named[0]
