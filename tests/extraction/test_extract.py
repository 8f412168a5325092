"""The extractor as its callers see it, with workers that crash, hang and lie."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop_app import errors
from desktop_app.domain.reading import Limits, Outcome, Reading
from desktop_app.extraction import extract, kinds
from desktop_app.extraction.extract import Extractor
from desktop_app.extraction.readers import READERS
from tests.helpers import lying_worker, samples, strange_worker

STRANGE = (sys.executable, "-I", "-B", str(Path(strange_worker.__file__)))
LYING = (sys.executable, "-I", "-B", str(Path(lying_worker.__file__)))
GOOD = {
    "outcome": "read",
    "kind": "document",
    "media_type": "text/plain",
    "reader": "text/1",
    "why": "",
    "flags": [],
    "facts": [],
    "pages": [3],
    "thumbnail": [],
    "members": [],
}


def frame(tag: bytes, body: bytes) -> bytes:
    return tag + len(body).to_bytes(4, "big") + body


def reply(*bodies: bytes, **changes: object) -> bytes:
    head = frame(b"J", json.dumps({**GOOD, **changes}).encode())
    return head + b"".join(frame(b"B", body) for body in bodies)


def lie(content: bytes, limits: Limits | None = None) -> Reading:
    with Extractor(limits or Limits(time_s=5), LYING) as extractor:
        return answered(extractor, content)


def answered(extractor: Extractor, content: bytes) -> Reading:
    """Return what becomes of an answer of these bytes."""
    words = (b"flood", b"silent", b"before")
    return extractor.read(content if content in words else content.hex().encode(), "a.txt")


def test_a_text_is_read() -> None:
    with Extractor(Limits()) as extractor:
        reading = extractor.read("Дакументы пра 9 жніўня".encode(), "a.txt")
    assert reading.outcome is Outcome.READ
    assert reading.pages == ("Дакументы пра 9 жніўня",)
    assert (reading.kind, reading.media_type) == ("document", "text/plain")


def test_content_may_be_a_view_of_memory() -> None:
    with Extractor(Limits()) as extractor:
        reading = extractor.read(memoryview(b"some words here"), "a.txt")
    assert reading.pages == ("some words here",)


def test_one_worker_reads_many_files() -> None:
    with Extractor(Limits()) as extractor:
        pids = {started(extractor, number) for number in range(20)}
    assert len(pids) == 1


def started(extractor: Extractor, number: int) -> int:
    assert extractor.read(f"file {number}".encode(), "a.txt").pages == (f"file {number}",)
    assert extractor._process is not None
    return extractor._process._popen.pid


def test_a_program_that_once_held_much_memory_keeps_its_worker() -> None:
    """A child inherits its parent's peak in ru_maxrss; deriving a key takes up to a gibibyte."""
    ballast = bytes(range(256)) * (640 << 12)  # 640 MiB
    assert len(ballast) > extract.PEAK_BYTES
    with Extractor(Limits()) as extractor:
        assert len({started(extractor, number) for number in range(3)}) == 1


def test_a_worn_worker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "FILES_PER_WORKER", 2)
    with Extractor(Limits()) as extractor:
        readings = [extractor.read(b"some words", "a.txt") for _file in range(5)]
        assert extractor._process is not None
        assert extractor._process.files == 1
    assert all(reading.outcome is Outcome.READ for reading in readings)


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        ("exit", Outcome.CRASHED),
        ("crash", Outcome.CRASHED),
        ("abort", Outcome.CRASHED),
        ("leave", Outcome.CRASHED),
        ("allocate", Outcome.TOO_LARGE),
        ("allocate slowly", Outcome.TOO_LARGE),
        ("raise", Outcome.DAMAGED),
        ("recurse", Outcome.DAMAGED),
        ("print", Outcome.READ),
    ],
)
def test_h02_a_parser_that_fails_costs_only_its_file(act: str, outcome: Outcome) -> None:
    with Extractor(Limits(time_s=20, memory_bytes=512 << 20), STRANGE) as extractor:
        reading = extractor.read(act.encode(), "a.txt")
        assert reading.outcome is outcome
        assert (reading.why != "") == (outcome is not Outcome.READ)
        assert extractor.read(b"the next file", "b.txt").pages == ("the next file",)


@pytest.mark.parametrize("act", ["hang", "sleep"])
def test_h02_an_endless_loop_is_stopped(act: str) -> None:
    with Extractor(Limits(time_s=0.5), STRANGE) as extractor:
        extractor.warm()
        begun = time.monotonic()
        reading = extractor.read(act.encode(), "a.txt")
        assert time.monotonic() - begun < 5
        assert reading.outcome is Outcome.CRASHED
        assert "too long" in reading.why
        assert extractor.read(b"the next file", "b.txt").outcome is Outcome.READ


def test_h02_a_document_that_cannot_be_drawn_still_gives_its_text() -> None:
    with Extractor(Limits(time_s=20), STRANGE) as extractor:
        reading = extractor.read(b"%PDF-1.4 x", "a.pdf")
    assert reading.outcome is Outcome.READ
    assert reading.pages == ("the text alone",)


def test_a_worker_that_died_between_files_is_not_the_next_files_fault() -> None:
    with Extractor(Limits()) as extractor:
        pid = started(extractor, 1)
        os.kill(pid, signal.SIGKILL)
        assert started(extractor, 2) != pid


def test_a_good_reply_is_taken() -> None:
    assert lie(reply(b"abc")).pages == ("abc",)


def test_h04_control_characters_do_not_come_through() -> None:
    facts = [["title", "a\x1b]0;owned\x07\nb\x9b31m", "x:\x00y"]]
    reading = lie(reply(b"a\x1b[2Jb\x00\tc\n\xc2\x9b", pages=[12], facts=facts))
    assert reading.pages == ("a[2Jb\tc\n",)
    assert reading.facts[0].value == "a ]0;owned b 31m"
    assert reading.facts[0].source == "x: y"


LIES = {
    "nothing like a frame": b"hello",
    "a frame of 4 GB": b"J\xff\xff\xff\xff{",
    "flood": b"flood",
    "bad JSON": frame(b"J", b"{"),
    "not an object": frame(b"J", b"[]"),
    "deep JSON": frame(b"J", b"[" * 1_000_000),
    "a fraction": frame(b"J", b'{"a":1.5}'),
    "NaN": frame(b"J", b'{"a":NaN}'),
    "a long number": frame(b"J", b'{"a":' + b"9" * 100_000 + b"}"),
    "bad UTF-8 in JSON": frame(b"J", b'{"a":"\xff"}'),
    "unknown outcome": reply(b"abc", outcome="fine"),
    "outcome is a list": reply(b"abc", outcome=[]),
    "unknown kind": reply(b"abc", kind="person"),
    "media type with an escape": reply(b"abc", media_type="text/\x1b[2J"),
    "media type without end": reply(b"abc", media_type="x" * 1000),
    "pages are a word": reply(b"abc", pages="abc"),
    "a page of negative length": reply(b"abc", pages=[4, -1]),
    "a page of length true": reply(b"a", pages=[True]),
    "more text than allowed": reply(b"abc", pages=[65 << 20]),
    "more text than said": reply(b"abcd"),
    "less text than said": reply(b"ab"),
    "text that is not UTF-8": reply(b"\xff\xfe\xfd"),
    "half a surrogate pair": reply(b"\xed\xa0\x80"),
    "too many pages": reply(b"", pages=[0] * 20_001),
    "too many facts": reply(b"abc", facts=[["a", "b", "c"]] * 101),
    "a fact of two": reply(b"abc", facts=[["a", "b"]]),
    "a fact without end": reply(b"abc", facts=[["a", "b" * 3000, "c"]]),
    "a fact with half a pair": reply(b"abc", facts=[["a", "\ud800", "c"]]),
    "a huge picture": reply(b"abc", b"", thumbnail=[60_000, 60_000]),
    "a picture without width": reply(b"abc", b"", thumbnail=[0, 10]),
    "a picture of one side": reply(b"abc", b"", thumbnail=[10]),
    "less pixels than said": reply(b"abc", b"123", thumbnail=[2, 2]),
    "too many members": reply(b"abc", members=[["a", 0]] * 201),
    "huge members": reply(b"abc", members=[["a", 200 << 20], ["b", 200 << 20]]),
    "a member without name": reply(b"abc", members=[[None, 0]]),
    "tag of another frame": frame(b"B", b"{}"),
    "flags without end": reply(b"abc", flags=["x"] * 51),
}


@pytest.mark.parametrize("what", sorted(LIES))
def test_h04_a_lying_worker_is_killed(what: str) -> None:
    with Extractor(Limits(time_s=5), LYING) as extractor:
        begun = time.monotonic()
        reading = answered(extractor, LIES[what])
        assert reading.outcome is Outcome.CRASHED, reading
        assert extractor._process is None
        assert answered(extractor, reply(b"abc")).pages == ("abc",)
        assert time.monotonic() - begun < 12


@pytest.mark.parametrize("content", [b"silent", b"before"])
def test_h04_a_silent_worker_is_killed(content: bytes) -> None:
    assert lie(content, Limits(time_s=0.5)).outcome is Outcome.CRASHED


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(noise=st.binary(min_size=1, max_size=200))
def test_h04_noise_is_a_breach_and_nothing_worse(noise: bytes) -> None:
    from io import BytesIO

    from desktop_app.extraction.replies import read_reply
    from desktop_app.frames import Breach, Ended

    for content in (noise, frame(b"J", noise), reply(noise)):
        try:
            read_reply(BytesIO(content), Limits())
        except (Breach, Ended):
            continue


def test_no_worker_is_a_clear_error() -> None:
    with (
        Extractor(Limits(), ("/no/such/program",)) as extractor,
        pytest.raises(errors.WorkerMissing),
    ):
        extractor.warm()


def test_a_program_that_is_no_worker_is_a_clear_error() -> None:
    command = (sys.executable, "-I", "-c", "print('hello')")
    with Extractor(Limits(), command) as extractor, pytest.raises(errors.WorkerMissing):
        extractor.read(b"words", "a.txt")


def test_what_no_reader_reads_needs_no_worker() -> None:
    with Extractor(Limits(file_bytes=100), ("/no/such/program",)) as extractor:
        film = extractor.read(b"\0\0\0\x18ftypisom" + bytes(50), "a.mp4")
        empty = extractor.read(b"", "a.txt")
        large = extractor.read(b"word " * 100, "a.txt")
    assert (film.kind, film.outcome) == ("recording", Outcome.UNREAD)
    assert empty.outcome is Outcome.EMPTY
    assert large.outcome is Outcome.TOO_LARGE


def test_a_worker_is_asked_only_about_what_has_a_reader() -> None:
    asked = {one for one in {*kinds._READ, *READERS} if kinds.can_be_read(one)}
    assert asked - {kinds.ZIP} == set(READERS)  # a worker looks into a zip to tell what it is


def test_rtf_is_kept_without_a_worker() -> None:
    with Extractor(Limits(), ("/no/such/program",)) as extractor:
        reading = extractor.read(b"{\\rtf1 words}", "a.rtf")
    assert (reading.media_type, reading.outcome) == ("application/rtf", Outcome.UNREAD)
    assert reading.why == "no reader for this kind of file"


def sentences() -> list[str]:
    """Return every sentence of this part for `Reading.why`, as it stands in the source."""
    trees = [
        ast.parse(path.read_text("utf-8")) for path in Path(extract.__file__).parent.glob("*.py")
    ]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    marked = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "N_"]
    return [ast.literal_eval(call.args[0]) for call in marked]


def test_what_is_said_of_a_file_fits_behind_its_name_and_on_a_line_of_its_own() -> None:
    found = sentences()
    assert len(found) > 20
    for sentence in found:
        assert len(sentence) <= 60, sentence
        assert sentence[0].islower() or sentence.startswith("PDF"), sentence
        assert not sentence.endswith("."), sentence


def test_h07_the_kind_comes_from_the_content_and_the_name_is_told() -> None:
    with Extractor(Limits()) as extractor:
        photo = extractor.read(samples.picture("PNG"), "letter.pdf")
        letter = extractor.read(samples.docx(samples.paragraph("Заява")), "photo.jpg")
        honest = extractor.read(samples.docx(samples.paragraph("Заява")), "a.docx")
    assert (photo.kind, photo.media_type) == ("photo", "image/png")
    assert photo.flags == ("wrong-extension",)
    assert letter.kind == "document"
    assert letter.flags == ("wrong-extension",)
    assert letter.pages[0].strip() == "Заява"
    assert honest.flags == ()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_does_not_reach_the_worker_and_it_ends_with_its_parent() -> None:
    words = (
        "import os, signal, sys\n"
        "from desktop_app.domain.reading import Limits\n"
        "from desktop_app.extraction.extract import Extractor\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "extractor = Extractor(Limits())\n"
        "extractor.warm()\n"
        "os.killpg(0, signal.SIGINT)\n"
        "assert extractor.read(b'some words', 'a.txt').pages == ('some words',)\n"
        "print(extractor._process._popen.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", words], stdout=subprocess.PIPE, start_new_session=True
    )
    pid = int(done.stdout)
    for _attempt in range(100):
        if not is_running(pid):
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its parent")


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_closed_extractor_leaves_neither_process_nor_thread() -> None:
    import threading

    before = threading.active_count()
    extractor = Extractor(Limits())
    pid = started(extractor, 1)
    extractor.close()
    assert not is_running(pid)
    assert threading.active_count() == before
