"""The guard of conftest.py catches what it says it catches."""

import logging
import os
import socket
import threading
from pathlib import Path

import pytest

from tests.helpers.guard import Forbidden, Guard

pytest_plugins = ["pytester"]


def test_a_write_beside_the_tests_folder_is_refused_and_noted(guard: Guard) -> None:
    target = Path.home().parents[3] / "skrynia-must-not-exist"
    with pytest.raises(Forbidden):
        target.write_text("secret", encoding="utf-8")
    with pytest.raises(Forbidden):
        target.mkdir()
    assert len(guard.take_offences()) == 2
    assert not target.exists()


def test_renaming_out_of_the_tests_folder_is_refused(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x", encoding="utf-8")
    with pytest.raises(Forbidden):
        (tmp_path / "a").rename("/skrynia-must-not-exist")
    assert guard.take_offences()


def test_a_link_does_not_lead_a_write_out(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "way-out").symlink_to("/var")
    with pytest.raises(Forbidden):
        (tmp_path / "way-out" / "skrynia-must-not-exist").write_bytes(b"x")
    (tmp_path / "another").symlink_to("/skrynia-must-not-exist")
    with pytest.raises(Forbidden):
        (tmp_path / "another").write_bytes(b"x")
    assert len(guard.take_offences()) == 2


def test_an_internet_socket_is_refused(guard: Guard) -> None:
    with pytest.raises(Forbidden):
        socket.socket(socket.AF_INET)
    assert "socket" in guard.take_offences()[0]


def test_pipes_unix_sockets_and_the_own_folder_are_free(guard: Guard, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    theirs.close()
    for descriptor in os.pipe():
        os.close(descriptor)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"x")
    Path(os.devnull).write_bytes(b"x")
    assert guard.take_offences() == []


def test_a_persons_own_folders_are_not_the_real_ones(tmp_path_factory) -> None:
    base = tmp_path_factory.getbasetemp()
    assert Path.home().is_relative_to(base)
    assert Path(os.environ["XDG_RUNTIME_DIR"]).is_relative_to(base)


OFFENDERS = """
import logging, socket, threading

def test_log():
    logging.getLogger("x").warning("smoke")

def test_thread():
    threading.Thread(target=threading.Event().wait, name="idle", daemon=True).start()

def test_socket_that_nobody_misses():
    try:
        socket.socket(socket.AF_INET)
    except AssertionError:
        pass

def test_write():
    open("/skrynia-must-not-exist", "w")

def test_good(tmp_path):
    (tmp_path / "a").touch()
"""


def test_an_offence_fails_the_test(pytester: pytest.Pytester) -> None:
    root = Path(__file__).parents[1]
    pytester.makeconftest((root / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(OFFENDERS)
    pytester.syspathinsert(root)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    shown = result.stdout.str()
    assert "logged WARNING from x: smoke" in shown
    assert "left the thread idle running" in shown
    assert f"opened a socket of family {socket.AF_INET}" in shown
    assert "wrote outside its own folder: /skrynia-must-not-exist" in shown
    result.assert_outcomes(passed=4, failed=1, errors=4)


def test_an_expected_warning_may_be_cleared(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("smoke")
    assert [record.getMessage() for record in caplog.records] == ["smoke"]
    caplog.clear()


def test_a_thread_that_ends_is_no_offence() -> None:
    threading.Thread(target=lambda: None).start()
