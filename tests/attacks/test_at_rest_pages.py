"""V03-V05b: the encrypted database, page by page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from desktop_app.archive import records
from desktop_app.errors import AppError
from desktop_app.storage.connection import DATABASE, WAL
from tests.helpers.archives import reopened
from tests.helpers.tampering import (
    PAGE_BYTES,
    QUERIES,
    copied,
    dump,
    look,
    notices,
    pages,
    put_back,
    put_page,
    seen,
)

PLACES = (40, PAGE_BYTES // 2, PAGE_BYTES - 20)  # in the content twice, and in the page's MAC


def truth(folder: Path) -> dict[str, object]:
    with reopened(folder) as archive:
        found = dict(seen(archive))
    assert None not in found.values()
    return found


def shown_wrong(folder: Path, expected: dict[str, object]) -> list[str]:
    """Return for what find or show gave something else than the truth or a plain refusal."""
    try:
        with reopened(folder, despite_damage=True) as archive:
            return [
                what
                for what, value in seen(archive)
                if value is not None and value != expected.get(what)
            ]
    except AppError:
        return []


def flips(folder: Path) -> Iterator[tuple[int, int]]:
    """Flip one bit after the other, on every page, each in an otherwise sound database."""
    sound = (folder / DATABASE).read_bytes()
    for index in range(len(sound) // PAGE_BYTES):
        for place in PLACES if index < 2 else (PLACES[index % 3],):
            page = bytearray(sound[index * PAGE_BYTES : (index + 1) * PAGE_BYTES])
            page[place] ^= 1 << (index % 8)
            put_back(folder, sound)
            put_page(folder / DATABASE, index, bytes(page))
            yield index, place
    put_back(folder, sound)


def test_v03_a_flipped_bit_on_any_page_is_noticed(folder: Path) -> None:
    unnoticed = [at for at in flips(folder) if not notices(folder)]

    assert unnoticed == []
    assert notices(folder) == []


def test_v03_a_flipped_bit_on_any_page_shows_nothing_wrong(folder: Path) -> None:
    expected = truth(folder)
    wrong = []
    for at in flips(folder):
        for query in QUERIES:
            try:
                with reopened(folder) as archive:
                    found = look(archive, query)
            except AppError:
                continue
            if found != expected[query]:
                wrong.append((at, query))
    assert wrong == []


def test_v03_one_connection_never_shows_anything_wrong_after_a_damaged_page(folder: Path) -> None:
    expected = truth(folder)
    wrong = {at: found for at in flips(folder) if (found := shown_wrong(folder, expected))}

    assert wrong == {}


@pytest.mark.parametrize("cut", [1, PAGE_BYTES, 5 * PAGE_BYTES + 7])
def test_v03_a_database_that_is_cut_short_is_noticed(folder: Path, cut: int) -> None:
    database = folder / DATABASE
    database.write_bytes(database.read_bytes()[:-cut])

    assert notices(folder)


def test_v03_pages_put_behind_the_end_do_no_harm(folder: Path) -> None:
    expected = truth(folder)
    database = folder / DATABASE
    database.write_bytes(database.read_bytes() + bytes(PAGE_BYTES))

    assert shown_wrong(folder, expected) == []


def test_v04_swapped_pages_are_noticed(folder: Path) -> None:
    sound, before = (folder / DATABASE).read_bytes(), pages(folder / DATABASE)
    unnoticed = []
    for first in range(len(before) - 1):
        second = first + 1 if first % 2 else len(before) - 1
        if first == second:
            continue
        put_back(folder, sound)
        put_page(folder / DATABASE, first, before[second])
        put_page(folder / DATABASE, second, before[first])
        if not notices(folder):
            unnoticed.append((first, second))
    assert unnoticed == []


def test_v05_one_old_page_put_back_is_noticed_whichever_it_is(original: Path, folder: Path) -> None:
    change_much(folder)
    rows, sound = dump(folder), (folder / DATABASE).read_bytes()
    old_pages, new_pages = pages(original / DATABASE), pages(folder / DATABASE)
    differ = [at for at, page in enumerate(old_pages) if page != new_pages[at]]
    unnoticed = []
    for index in differ:
        put_back(folder, sound)
        put_page(folder / DATABASE, index, old_pages[index])
        if not notices(folder) and (told := told_otherwise(folder, rows)):
            unnoticed.append((index, told))
    assert len(differ) > 20
    assert unnoticed == []


def change_much(folder: Path) -> None:
    """Change what lies on most pages: a new title and tag for every record, no new files."""
    with reopened(folder) as archive:
        for number, record in enumerate(records.every(archive)):
            fields = {"title": f"Іншая назва {number}", "sensitivity": 3, "date": "2021"}
            records.change(archive, record, fields, tags=[f"новая{number}"], untag=["2020"])


def told_otherwise(folder: Path, rows: dict[str, object]) -> list[str]:
    """Return the tables that tell something else than before; none: the page was not in use."""
    try:
        now = dump(folder)
    except sqlcipher.Error:
        return ["cannot be read"]
    return [name for name in rows if rows[name] != now.get(name)]


def test_v05b_an_old_wal_beside_a_newer_file_is_noticed_at_unlock(
    original: Path, tmp_path: Path
) -> None:
    folder = copied(original, tmp_path / "new")
    old_wal = tmp_path / "old-wal"
    with reopened(folder) as archive:
        first, second = records.every(archive)[:2]
        records.change(archive, first, {"title": "Раней"})
        shutil.copyfile(folder / WAL, old_wal)
        records.change(archive, second, {"title": "Пазней"}, tags=["пазней"])
    change_much(folder)
    shutil.copyfile(old_wal, folder / WAL)

    with pytest.raises(AppError):
        reopened(folder).close()


def test_v05b_an_old_wal_with_one_transaction_after_it_is_noticed_at_unlock(
    original: Path, tmp_path: Path
) -> None:
    folder = copied(original, tmp_path / "new")
    old_wal = tmp_path / "old-wal"
    with reopened(folder) as archive:
        shutil.copyfile(folder / WAL, old_wal) if (folder / WAL).exists() else None
        first, second = records.every(archive)[:2]
        records.change(archive, first, {"title": "Раней"})
        shutil.copyfile(folder / WAL, old_wal)
    with reopened(folder) as archive:
        records.change(archive, second, {"sensitivity": 3})
    shutil.copyfile(old_wal, folder / WAL)

    noticed = notices(folder)
    assert noticed
