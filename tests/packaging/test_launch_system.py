"""Missing system libraries: found, installed where that is allowed, named where it is not."""

import subprocess
from collections.abc import Callable

import pytest

from tests.helpers.launcher import ROOT, load

system = load("launch_system")
steps = load("launch_steps")

LISTING = """ii |libegl1|
ii |libglib2.0-0t64|libglib2.0-0 (= 2.84.4-3), gtk-doc
rc |libgl1|
un |strace|
ii |zlib1g|libz1
"""


class Machine:
    """Stands in for the programs of the system: notes what was run, answers as told."""

    def __init__(self, answer: Callable[[list[str]], int]) -> None:
        self.answer = answer
        self.ran: list[list[str]] = []

    def attempt(self, command: list[str], env=None, folder=None) -> subprocess.CompletedProcess:
        self.ran.append(command)
        code = self.answer(command)
        return subprocess.CompletedProcess(command, code, stdout=f"said by {command[-1]}\n")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[list[str]], int]], Machine]:
    def make(answer: Callable[[list[str]], int]) -> Machine:
        machine = Machine(answer)
        monkeypatch.setattr(system, "attempt", machine.attempt)
        monkeypatch.setattr(steps, "attempt", machine.attempt)
        return machine

    return make


def test_what_dpkg_does_not_list_as_installed_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = subprocess.CompletedProcess([], 0, stdout=LISTING)
    monkeypatch.setattr(system, "attempt", lambda command: listing)
    wanted = ["libglib2.0-0", "libegl1", "libgl1", "strace", "age"]
    assert system.missing_packages(wanted) == ["libgl1", "strace", "age"]


def test_the_lists_hold_names_and_no_remarks() -> None:
    wanted = system.wanted_packages(ROOT, for_tests=True)
    assert "libegl1" in wanted
    assert "strace" in wanted
    assert all(" " not in name and "#" not in name for name in wanted)


def test_only_the_tests_ask_for_their_tools() -> None:
    assert "strace" not in system.wanted_packages(ROOT, for_tests=False)


def test_apt_installs_without_fetching_lists_when_those_at_hand_do(machine) -> None:
    apt = machine(lambda command: 0)
    system.install(["libegl1"], ["env"])
    assert [command[-1] for command in apt.ran] == ["libegl1"]
    assert "DEBIAN_FRONTEND=noninteractive" in apt.ran[0]


def test_apt_fetches_the_lists_once_and_tries_again(machine) -> None:
    updated = []

    def answer(command: list[str]) -> int:
        if command[-1] == "update":
            updated.append(1)
        return 0 if updated else 100

    apt = machine(answer)
    system.install(["libegl1"], ["sudo", "-n", "env"])
    assert [command[-1] for command in apt.ran] == ["libegl1", "update", "libegl1"]
    assert all(command[:3] == ["sudo", "-n", "env"] for command in apt.ran)


def test_what_apt_said_is_shown_when_it_fails(machine) -> None:
    machine(lambda command: 100)
    with pytest.raises(steps.SetUpFailed) as failure:
        system.install(["libegl1"], ["env"])
    assert "said by update\nsaid by libegl1\nerror: apt could not" in failure.value.report()


@pytest.fixture
def without_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system, "missing_packages", lambda wanted: ["libegl1", "age"])
    monkeypatch.setattr(system, "apt_rights", lambda: None)


@pytest.mark.usefixtures("without_rights")
def test_without_rights_the_tests_stop_with_the_one_line_to_run() -> None:
    with pytest.raises(steps.SetUpFailed, match="administrator") as failure:
        system.prepare_system(ROOT, for_tests=True, must=True)
    assert failure.value.hint.endswith("sudo apt-get install libegl1 age")


@pytest.mark.usefixtures("without_rights")
def test_without_rights_the_program_goes_on_with_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    system.prepare_system(ROOT, for_tests=False, must=False)
    assert "sudo apt-get install libegl1 age" in capsys.readouterr().err
    system.prepare_system(ROOT, for_tests=False, must=False, remind=False)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("without_rights")
def test_a_python_that_cannot_make_environments_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "can_make_environments", lambda: False)
    with pytest.raises(steps.SetUpFailed, match="administrator"):
        system.prepare_system(ROOT, for_tests=False, must=False)


def test_a_system_without_apt_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    system.prepare_system(ROOT, for_tests=True, must=True)
