"""S20: what somebody outside the team learns from an edition, byte by byte."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.archive import contacts, intake, receive, records, share
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.domain import log
from desktop_app.domain.ids import RecordId
from desktop_app.errors import NothingToSend, Revoked
from desktop_app.storage import entries
from desktop_app.storage import records as stored
from tests.helpers.archives import make_archive
from tests.helpers.parcels import (
    Hand,
    give,
    know,
    new_folder,
    send,
    sound,
    stored_lines,
    take,
    tell,
    title,
)
from tests.helpers.parcels import follows as follow
from tests.helpers.tampering import PlainReader

Team = tuple[Archive, Archive, Archive]
FILE = "Скарга ў пракуратуру. ".encode() * 40


@pytest.fixture
def outside(team: Team, tmp_path: Path) -> Iterator[tuple[Archive, Archive]]:
    """Dan and Eva, outside the team, cleared for 1 by Alice."""
    with (
        make_archive(tmp_path / "outside-dan", "Dan-the-lawyer") as dan,
        make_archive(tmp_path / "outside-eva", "Eva-of-the-court") as eva,
    ):
        for one in (dan, eva):
            know(team[0], one, team=False, clearance=1)
            know(one, team[0], team=False, clearance=1)
        yield dan, eva


@pytest.fixture
def source(team: Team, tmp_path: Path) -> RecordId:
    """A record with a file, several authors, a case, and fields that stay."""
    alice, bob, carol = team
    folder = tmp_path / "Справа-Кавалёвай"
    folder.mkdir()
    (folder / "імя-файла-сведкі.txt").write_bytes(FILE)
    options = Options(tags=("2020",), case="Вялікая справа", sensitivity=1)
    intake.take_in(alice, [folder], options, PlainReader)
    (record,) = [
        one
        for one in records.every(alice)
        if stored.fold_record(alice.connection, one)[0].kind == "document"
    ]
    records.change(alice, record, {"title": "Скарга", "date": "2020-08"})
    for other in (bob, carol):
        give(alice, other, tmp_path)
    records.change(bob, record, {"title": "Скарга, другая"}, tags=["ад Боба"])
    give(bob, alice, tmp_path)
    unknown = follow(
        carol.signer,
        record,
        stored.fold_record(alice.connection, record)[0].heads,
        informant="Ганна Кавалёва, тэл. 291112233",
        **{"@recorded": 1_599_999_999_999},
    )
    Hand(carol.signer, alice).deliver(tmp_path, [unknown])
    return record


def plain(reader: Archive, stick: Path) -> dict[str, bytes]:
    """Return everything that the reader of a parcel gets to see, by name."""
    with receive.inspect(reader, stick) as inspection:
        opened = inspection._opened
        staging = reader.blobs.staging
        found = {one.path: b"".join(receive.read_staged(staging, one)) for one in opened.files}
        return {**found, "head": opened.head_raw, "signature": opened.signature}


def spread(files: dict[str, bytes]) -> bytes:
    """Return all bytes, those under base64 too, in every depth."""
    whole = b"\n".join([*(name.encode() for name in files), *files.values()])
    parts, layer = [whole], [whole]
    while layer:
        found = [re.findall(rb'"([A-Za-z0-9+/]{8,}={0,2})"', piece) for piece in layer]
        layer = [base64.b64decode(one) for ones in found for one in ones if len(one) % 4 == 0]
        parts += layer
    text = b"\n".join(parts)
    return text + json.dumps(text.decode("utf-8", "replace"), ensure_ascii=False).encode()


def forbidden(team: Team, source: RecordId, others: tuple[Archive, ...]) -> dict[str, bytes]:
    """Return what must be nowhere in the edition, by what it is."""
    alice, bob, carol = team
    found: dict[str, bytes] = {
        "a name of the file": "імя-файла-сведкі".encode(),
        "the folder": "Кавалёв".encode(),
        "the case": "Вялікая справа".encode(),
        "an informant": b"291112233",
        "the field": b"informant",
    }
    for line in stored_lines(alice, source):
        entry = log.read_entry(line.signed.raw)
        found[f"entry {entry.type}"] = line.id.encode()
        found[f"signature of {entry.type}"] = line.signed.signature
        for commitment in entry.sets:
            found[f"commitment {commitment[:6]}"] = commitment.encode()
        for raw in line.openings:
            opening = log.read_opening(raw, entry)
            found[f"salt of {opening.name} {entry.type}"] = json.loads(raw)[2].encode()
            if opening.name.startswith("@recorded"):
                found[f"time of {entry.type}"] = str(opening.value).encode()
                found[f"seconds of {entry.type}"] = str(opening.value // 1000).encode()
    for record in records.every(alice):
        found[f"record {record[:8]}"] = record.encode()
    for other in (bob, carol, *others):
        found[f"author {other.nickname}"] = other.fingerprint.encode()
        found[f"key of {other.nickname}"] = other.signer.public
        found[f"key of {other.nickname}, hex"] = other.signer.public.hex().encode()
        found[f"key of {other.nickname}, base64"] = base64.b64encode(other.signer.public)
        found[f"name of {other.nickname}"] = other.nickname.encode()
    return found


def test_s20_an_edition_tells_nothing_that_was_left_out(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    dan, eva = outside
    send(alice, eva, tmp_path, [source])
    seen = spread(plain(dan, send(alice, dan, tmp_path, [source])))

    assert "Скарга, другая".encode() in seen  # it does tell what it may
    assert FILE in seen
    assert alice.fingerprint.encode() in seen
    for what, bytes_ in forbidden(team, source, (eva,)).items():
        assert bytes_ not in seen, what
        if len(bytes_) == 64 and re.fullmatch(rb"[0-9a-f]{64}", bytes_):
            assert bytes.fromhex(bytes_.decode()) not in seen, what


def test_s20_the_next_edition_tells_what_changed_and_no_more(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    dan, eva = outside
    take(dan, send(alice, dan, tmp_path, [source]))
    take(alice, send(dan, alice, tmp_path))
    (told,) = records.every(dan)
    tag = "ад Боба"
    records.change(alice, source, {"title": "Скарга, трэцяя"}, untag=[tag])
    files = plain(dan, stick := send(alice, dan, tmp_path, [source]))
    seen = spread(files)
    for what, bytes_ in forbidden(team, source, (eva,)).items():
        assert bytes_ not in seen, what
    assert files["data/entries/0001.jsonl"].count(b"\n") == 1
    take(dan, stick)
    assert title(dan, told) == "Скарга, трэцяя"
    assert records.show(dan, told).record.many("tags") == ["2020"]
    assert sound(dan) == []


def test_s20_two_editions_of_one_record_have_nothing_in_common(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    """Beside what both were told: the words, the file, and that Alice told it."""
    alice, _bob, _carol = team
    dan, eva = outside
    seen = [
        spread({k: v for k, v in files.items() if not k.startswith("data/blobs/")})
        for files in (plain(one, send(alice, one, tmp_path, [source])) for one in (dan, eva))
    ]
    shared = {hashlib.sha256(FILE).hexdigest(), alice.fingerprint}
    common = [set(re.findall(rb"(?<![0-9a-f])[0-9a-f]{32,}", one)) for one in seen]
    assert {one.decode() for one in common[0] & common[1]} <= shared
    pieces = [set(re.findall(rb"[A-Za-z0-9+/]{60,}", one)) for one in seen]
    own = spread({"card": contacts.card_file(contacts.own_card(alice))})
    allowed = (own, base64.b64encode(alice.signer.public), *(one.encode() for one in shared))
    left = [one for one in pieces[0] & pieces[1] if not any(one in told for told in allowed)]
    assert [base64.b64decode(one + b"=" * (-len(one) % 4)) for one in left] == []


def test_s20_an_edition_is_one_founding_entry_by_the_sharer(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    dan, _eva = outside
    take(dan, send(alice, dan, tmp_path, [source]))
    (told,) = records.every(dan)
    (line,) = stored_lines(dan, told)
    entry = log.read_entry(line.signed.raw)

    assert told != source
    assert (entry.author, entry.founding) == (alice.fingerprint, True)
    names = {log.read_opening(one, entry).name.partition("/")[0] for one in line.openings}
    assert names <= {"title", "date", "tags", "languages", "sensitivity", "attachments"}
    assert sound(dan) == []


def test_s20_a_record_of_three_hundred_tags_has_an_edition_that_can_be_read(
    team: Team, outside: tuple[Archive, Archive], tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    dan, _eva = outside
    record = tell(alice)
    for start in (0, 150):
        records.change(alice, record, {}, tags=[f"tag {start + n}" for n in range(150)])
    report = give(alice, dan, tmp_path)

    assert report.refused == ()
    tagged = [one for one in records.every(dan) if records.show(dan, one).record.many("tags")]
    (told,) = tagged
    assert len(records.show(dan, told).record.many("tags")) == 300


def test_s20_what_comes_back_on_an_edition_changes_nothing_and_says_why(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    dan, eva = outside
    take(dan, send(alice, dan, tmp_path, [source]))
    (told,) = records.every(dan)
    assert title(alice, source) == "Скарга, другая"
    before = entries.record_ids(alice.connection)
    answer = follow(dan.signer, told, [told], title="by Dan", state="erased")
    report = Hand(dan.signer, alice).deliver(tmp_path, [answer])

    assert entries.record_ids(alice.connection) == before
    assert ["edition" in one.reason for one in report.refused] == [True]
    # Somebody else who says something of Dan's edition learns no more from the answer.
    line = follow(eva.signer, told, [told], title="by Eva")
    other = Hand(eva.signer, alice).deliver(tmp_path, [line])
    assert other.refused
    assert entries.record_ids(alice.connection) == before


def test_s20_a_raised_sensitivity_or_a_conflict_keeps_the_next_edition_back(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, bob, _carol = team
    records.change(alice, source, {"title": "by Alice"})
    records.change(bob, source, {"title": "by Bob"})
    give(bob, alice, tmp_path)
    plan = share.make_plan(alice, ["Dan-the-lawyer"], [source])
    assert plan.leaves == ()
    assert "title" in plan.withheld[-1].reason
    records.decide(alice, source, "title", "1")
    assert len(share.make_plan(alice, ["Dan-the-lawyer"], [source]).leaves) == 1
    records.change(alice, source, {"sensitivity": 2})
    assert share.make_plan(alice, ["Dan-the-lawyer"], [source]).leaves == ()


def test_s20_a_plan_that_was_agreed_to_is_decided_again_and_never_wider(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    plan = share.make_plan(alice, ["Dan-the-lawyer"], [source])
    records.change(alice, source, {"sensitivity": 3})
    with pytest.raises(NothingToSend):
        share.carry_out(alice, plan, new_folder(tmp_path))


@pytest.mark.parametrize("what", ["revoke", "clearance"])
def test_s20_a_plan_does_not_outlive_the_trust_that_it_was_made_on(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path, what: str
) -> None:
    """Between the plan and its carrying out a person may learn that somebody was detained."""
    alice, _bob, _carol = team
    plan = share.make_plan(alice, ["Dan-the-lawyer"], [source])
    if what == "revoke":
        contacts.revoke(alice, "Dan-the-lawyer")
    else:
        contacts.set_clearance(alice, "Dan-the-lawyer", 0)
    stick = new_folder(tmp_path)
    with pytest.raises((Revoked, NothingToSend)):
        share.carry_out(alice, plan, stick)
    assert list(stick.iterdir()) == []


def test_s20_a_contact_who_joins_the_team_and_one_who_leaves_it(
    team: Team, outside: tuple[Archive, Archive], source: RecordId, tmp_path: Path
) -> None:
    alice, _bob, _carol = team
    dan, _eva = outside
    take(dan, send(alice, dan, tmp_path, [source]))
    know(alice, dan, team=True)
    know(dan, alice, team=True)
    take(dan, send(alice, dan, tmp_path, [source]))

    assert {source} <= set(records.every(dan))
    assert sound(dan) == []
    assert entries.record_ids(dan.connection)
