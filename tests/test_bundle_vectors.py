"""Every vector of bundles gives what its index says: to the program, and to a reader without it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop_app.archive import contacts, intake, receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.bundle import card
from desktop_app.bundle.card import Card
from desktop_app.crypto.recipients import new_identity, recipient_of
from desktop_app.crypto.signing import Signer
from desktop_app.domain.fold import fold_lines
from desktop_app.errors import (
    AppError,
    BundleDamaged,
    BundleMalformed,
    BundleTooNew,
    NotForUs,
    PartMissing,
    SignatureWrong,
    UnknownSender,
    WrongFile,
)
from desktop_app.storage import contacts as stored
from desktop_app.storage import meta
from tests.helpers.archives import make_archive, make_reader, reopened
from tests.helpers.bundle_vectors import FOLDER, INDEX, laid_out, named
from tests.independent_reader import Result, read_bundle
from tests.vectors.make_bundle_v1 import ALICE, DORA

OUTCOMES: dict[type[AppError], str] = {
    WrongFile: "wrong-file",
    NotForUs: "not-for-you",
    PartMissing: "part-missing",
    BundleDamaged: "damaged",
    UnknownSender: "unknown-sender",
    SignatureWrong: "signature-wrong",
    BundleMalformed: "malformed",
    BundleTooNew: "too-new",
}
READER = INDEX["reader"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The archive of the reader of all vectors: it knows Alice, and Dora as one of the team."""
    folder = tmp_path_factory.mktemp("vectors") / "archive"
    with make_archive(folder, "Боб") as made, made.connection.transaction():
        secret = READER["secret"]
        meta.write(made.connection, meta.SIGNING_SEED, bytes.fromhex(READER["signing_seed"]))
        made.connection.execute("DELETE FROM reading_key")
        made.connection.execute(
            "INSERT INTO reading_key VALUES (?, ?, 0)", (recipient_of(secret), secret)
        )
    with reopened(folder) as archive:
        assert archive.fingerprint == READER["fingerprint"]
        for person, signer in zip(INDEX["contacts"], (ALICE, DORA), strict=True):
            assert signer.public.hex() == person["public"]
            add(archive, signer, person["name"], team=person["team"])
        yield archive


def add(archive: Archive, signer: Signer, name: str, *, team: bool) -> None:
    theirs = Card(name, 1, signer.public, (new_identity().recipient,), "2026-11-23")
    raw = card.write_file(card.make(theirs, signer))
    contacts.add(archive, raw, name, team=team, digits=card.digits(signer.public))


def known_to(archive: Archive) -> dict[str, tuple[bytes, bool]]:
    return {one.fingerprint: (one.public, one.team) for one in contacts.every(archive)}


def by_the_program(archive: Archive, stick: Path) -> Result:
    try:
        inspection = receive.inspect(archive, stick)
    except AppError as error:
        assert list(archive.blobs.staging.iterdir()) == []
        return Result(next(word for kind, word in OUTCOMES.items() if isinstance(error, kind)))
    with inspection:
        report = inspection.report
        return Result(
            "opens",
            tuple(sorted(one.entry for one in report.refused)),
            tuple(sorted(line for one in report.effects for line in fold_lines(one.record))),
            tuple(sorted(name for one in report.effects for name in one.record.waiting)),
        )


@pytest.mark.parametrize("case", INDEX["cases"], ids=named)
def test_the_program_gives_what_the_index_says(
    case: dict[str, Any], reader: Archive, tmp_path: Path
) -> None:
    laid_out(case, tmp_path)

    found = by_the_program(reader, tmp_path)

    assert found.outcome == case["expected"]
    assert_as_told(found, case)


@pytest.mark.parametrize("case", INDEX["cases"], ids=named)
def test_the_independent_reader_gives_the_same(
    case: dict[str, Any], reader: Archive, tmp_path: Path
) -> None:
    path = laid_out(case, tmp_path)

    found = read_bundle(path, READER["secret"], READER["fingerprint"], known_to(reader))

    assert found.outcome == case["expected"]
    assert_as_told(found, case)


def assert_as_told(found: Result, case: dict[str, Any]) -> None:
    if found.outcome == "opens":
        told = INDEX["contents"][case["file"]]
        assert list(found.refused) == told["refused"]
        assert list(found.fold) == told["fold"]
        assert list(found.waiting) == told["waiting"]


def test_no_vector_is_left_out() -> None:
    cases = {case["file"] for case in INDEX["cases"]}

    assert {path.name for path in FOLDER.iterdir()} == cases | {"index.json"}
    assert {case["expected"] for case in INDEX["cases"]} == {"opens", *OUTCOMES.values()}
    assert set(INDEX["contents"]) == {
        case["file"] for case in INDEX["cases"] if case["expected"] == "opens"
    }


@pytest.mark.parametrize("team", [True, False], ids=["team", "edition"])
def test_the_independent_reader_opens_what_the_program_sends(team: bool, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with make_archive(tmp_path / "a", "Прамень") as ours, make_archive(tmp_path / "b") as theirs:
        meet(ours, theirs, team=team)
        fill(ours, tmp_path)
        plan = share.make_plan(ours, ["Бэта"], records.every(ours))
        sent = share.carry_out(ours, plan, stick).written.folder
        secret = stored.reading_keys(theirs.connection)[0].secret

        found = read_bundle(sent, secret, theirs.fingerprint, known_to(theirs))
        stranger = read_bundle(sent, secret, theirs.fingerprint, {})
        ourselves = read_bundle(sent, READER["secret"], READER["fingerprint"], known_to(theirs))
        program = by_the_program(theirs, stick)

    assert len(plan.leaves) == 4
    assert found._replace(files={}) == program
    assert not found.refused
    assert len([one for one in found.files if one.startswith("data/blobs/")]) == 1
    assert (stranger.outcome, ourselves.outcome) == ("unknown-sender", "not-for-you")


def meet(one: Archive, other: Archive, *, team: bool) -> None:
    for here, there, name in ((one, other, "Бэта"), (other, one, "Альфа")):
        theirs = contacts.card_file(contacts.own_card(there))
        digits = contacts.digits(there.signer.public)
        contacts.add(here, theirs, name, team=team, digits=digits)
    contacts.set_clearance(one, "Бэта", 3)


def fill(archive: Archive, folder: Path) -> None:
    """Put a testimony with its speaker, a file, and a case into an archive; change some of it."""
    source = folder / "ліст.txt"
    source.write_text("Ліст з камеры чатыры.", encoding="utf-8")
    intake.take_in(archive, [source], intake.Options(case="АЗ-1"), make_reader)
    told = records.Testimony("Двор", "Сойка", "Нас было дзевяць.", "2020-08~", "be", 2)
    records.write_testimony(archive, told)
    for record in records.every(archive):
        records.change(archive, record, {"title": "Іншая назва"}, tags=["суд"])


def test_the_independent_reader_is_short_and_uses_none_of_our_code() -> None:
    for name in ("independent_reader.py", "independent_fold.py"):
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 250
        assert "desktop_app" not in text
