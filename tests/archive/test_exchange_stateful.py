"""Three archives of a team, random edits, parcels lost, doubled, late: in the end all say the same.

Source: FORMATS 4, "exchanges come to rest", and the attacks S01-S04 and S19.
"""

import contextlib
import itertools
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from desktop_app.archive import intake, records
from desktop_app.archive.archive import Archive
from desktop_app.archive.intake import Options
from desktop_app.bundle import opening
from desktop_app.domain.ids import EntryId, RecordId
from desktop_app.errors import AlreadyReceived
from desktop_app.storage import blobs, held
from desktop_app.storage import records as stored
from tests.helpers.archives import reopened
from tests.helpers.parcels import (
    NearOpener,
    archives,
    entry_ids,
    folded,
    follows,
    give,
    said_here,
    send,
    sound,
    take,
    tell,
)
from tests.helpers.tampering import PlainReader

NAMES = ("Alice", "Bob", "Carol")
ROUNDS = 4  # what one has goes to a second and from there to a third; receipts go back
WHO = st.integers(0, 2)
WHICH = st.integers(0, 99)
WORDS = st.sampled_from(["адзін", "два", "тры", "чатыры"])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three closed archives that know each other; only to be copied."""
    base = tmp_path_factory.mktemp("stateful")
    with archives(base / "template", *NAMES):
        return base / "template"


class Team(RuleBasedStateMachine):
    """What three people may do, and a courier who is not always lucky."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.base = self.template.parent / os.urandom(6).hex()
        shutil.copytree(self.template, self.base)
        self.team = [reopened(self.base / name) for name in NAMES]
        self.posted: list[tuple[int, Path]] = []
        self.acknowledged: set[EntryId] = set()
        self.files: set[str] = set()
        self.chance = random.Random(0)

    @rule(who=WHO, word=WORDS, sensitivity=st.integers(0, 3))
    def write(self, who: int, word: str, sensitivity: int) -> None:
        tell(self.team[who], word, sensitivity=sensitivity, speaker=word)
        self._remember(who)

    @rule(who=WHO, number=st.integers(0, 4))
    def take_a_file(self, who: int, number: int) -> None:
        path = self.base / f"{number}.txt"
        path.write_text(f"Файл {number}. " * 30, encoding="utf-8")
        intake.take_in(self.team[who], [path], Options(tags=("file",), case="Справа"), PlainReader)
        self._remember(who)

    @rule(who=WHO, which=WHICH, word=WORDS)
    def retitle(self, who: int, which: int, word: str) -> None:
        for record in self._record(who, which):
            records.change(self.team[who], record, {"title": word})
            self._remember(who)

    @rule(who=WHO, which=WHICH, sensitivity=st.integers(0, 3))
    def reclassify(self, who: int, which: int, sensitivity: int) -> None:
        for record in self._record(who, which):
            records.change(self.team[who], record, {"sensitivity": sensitivity})
            self._remember(who)

    @rule(who=WHO, which=WHICH, word=WORDS, other=WORDS)
    def tag(self, who: int, which: int, word: str, other: str) -> None:
        for record in self._record(who, which):
            records.change(self.team[who], record, {}, tags=[word], untag=[other] * (word != other))
            self._remember(who)

    @rule(who=WHO, which=WHICH, word=WORDS)
    def reword(self, who: int, which: int, word: str) -> None:
        archive = self.team[who]
        for record in self._record(who, which):
            now, _log = stored.fold_record(archive.connection, record)
            if now.kind == "testimony":
                said_here(archive, follows(archive.signer, record, now.heads, text=word))
                self._remember(who)

    @rule(who=WHO, choice=st.sampled_from("12"))
    def decide_everything(self, who: int, choice: str) -> None:
        archive = self.team[who]
        for record in records.every(archive):
            now, _log = stored.fold_record(archive.connection, record)
            for field in now.conflicts:
                records.decide(archive, record, field, choice)
        self._remember(who)

    @rule(who=WHO, to=WHO, which=st.none() | WHICH)
    def post(self, who: int, to: int, which: int | None) -> None:
        readers = [one for one in range(3) if one != who] if who == to else [to]
        only = () if which is None else self._record(who, which)
        stick = send(self.team[who], [self.team[one] for one in readers], self.base, only)
        self.posted += [(one, stick) for one in readers]

    @precondition(lambda self: self.posted)
    @rule(which=WHICH, again=st.booleans())
    def deliver(self, which: int, again: bool) -> None:
        to, stick = self.posted[which % len(self.posted)]
        if not again:
            self.posted.remove((to, stick))
        with contextlib.suppress(AlreadyReceived):
            assert take(self.team[to], stick).refused == ()

    @precondition(lambda self: self.posted)
    @rule(which=WHICH)
    def lose(self, which: int) -> None:
        self.posted.pop(which % len(self.posted))

    @rule(who=WHO)
    def restart(self, who: int) -> None:
        self.team[who].close()
        self.team[who] = reopened(self.base / NAMES[who])
        assert self.team[who].alarms == []

    def teardown(self) -> None:
        try:
            self._come_to_rest()
        finally:
            for archive in self.team:
                archive.close()
            shutil.rmtree(self.base)

    def _come_to_rest(self) -> None:
        for to, stick in reversed(self.posted):  # late, and in the wrong order
            with contextlib.suppress(AlreadyReceived):
                take(self.team[to], stick)
        for _round in range(ROUNDS):
            self._meet_all()
        hashes = [folded(archive) for archive in self.team]
        assert hashes[0] == hashes[1] == hashes[2]
        logs = [entry_ids(archive) for archive in self.team]
        assert logs[0] == logs[1] == logs[2]
        assert self.acknowledged <= logs[0]
        for archive in self.team:
            assert sound(archive) == []
            self._has_every_file(archive)
        for report in self._meet_all():
            assert (report.new, report.changed, report.waiting) == ([], [], 0)
        assert [entry_ids(archive) for archive in self.team] == logs
        assert [folded(archive) for archive in self.team] == hashes

    def _meet_all(self) -> list:  # type: ignore[type-arg]  # of reports
        pairs = itertools.permutations(self.team, 2)
        return [give(here, there, self.base) for here, there in pairs]

    def _has_every_file(self, archive: Archive) -> None:
        there = {one.sha256 for one in blobs.every(archive.connection)}
        assert self.files <= there
        for record in records.every(archive):
            now, _log = stored.fold_record(archive.connection, record)
            named = {one.sha256 for one in now.attachments}
            assert held.of_record(archive.connection, record) == named
            assert named <= there

    def _record(self, who: int, which: int) -> Iterator[RecordId]:
        every = sorted(records.every(self.team[who]))
        if every:
            yield every[which % len(every)]

    def _remember(self, who: int) -> None:
        """What an archive has acknowledged must be everywhere in the end."""
        self.acknowledged |= entry_ids(self.team[who])
        self.files |= {one.sha256 for one in blobs.every(self.team[who].connection)}


@pytest.mark.parametrize("part", ["short lives", "long lives"])
def test_whatever_is_lost_doubled_or_late_a_team_comes_to_say_the_same(
    template: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(opening, "OpenerProcess", NearOpener)
    monkeypatch.setattr(os, "fsync", lambda _number: None)  # no power is cut here
    monkeypatch.setattr(Team, "template", template, raising=False)
    examples, steps = {"short lives": (10, 12), "long lives": (5, 40)}[part]
    run_state_machine_as_test(
        Team,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
