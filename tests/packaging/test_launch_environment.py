"""The environment: made once, made anew when a pin changes, taken up again when interrupted."""

from pathlib import Path

import pytest

from tests.helpers.launcher import ROOT, load

environment = load("launch_environment")
steps = load("launch_steps")


class Pip:
    """Stands in for venv and pip: notes each run, makes the files that they would make."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ran: list[str] = []
        self.fails_at = ""

    def run(self, command: list[str], failed: str, hint: str = "", env=None) -> str:
        step = Path(command[-1]).name if "-r" in command else command[2]
        step = "project" if "--editable" in command else step
        if step == self.fails_at:
            raise steps.SetUpFailed(failed, hint, output="no such file")
        self.ran.append(step)
        if step in ("venv", "project"):
            program = environment.program(self.root, "python" if step == "venv" else "skrynia")
            program.parent.mkdir(parents=True, exist_ok=True)
            program.touch()
        return ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    requirements = tmp_path / "packaging" / "requirements"
    requirements.mkdir(parents=True)
    for layer in ("build", "run", "test"):
        (requirements / f"{layer}.txt").write_text(f"{layer}==1 --hash=sha256:0\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return tmp_path


@pytest.fixture
def pip(root: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    pip = Pip(root)
    monkeypatch.setattr(environment, "run_quietly", pip.run)
    return pip


ALL = ["venv", "build.txt", "run.txt", "project"]


def prepare(root: Path, pip: Pip, *, for_tests: bool = False) -> list[str]:
    pip.ran = []
    environment.prepare_environment(root, for_tests=for_tests)
    return pip.ran


def test_the_first_start_makes_everything_and_the_second_nothing(root: Path, pip: Pip) -> None:
    assert prepare(root, pip) == ALL
    assert prepare(root, pip) == []


def test_it_was_set_up_only_when_the_last_step_was_done(root: Path, pip: Pip) -> None:
    pip.fails_at = "project"
    with pytest.raises(steps.SetUpFailed):
        environment.prepare_environment(root, for_tests=False)
    assert not environment.was_set_up(root)
    pip.fails_at = ""
    prepare(root, pip)
    assert environment.was_set_up(root)


def test_the_tests_add_their_libraries_to_what_is_there(root: Path, pip: Pip) -> None:
    prepare(root, pip)
    assert prepare(root, pip, for_tests=True) == ["test.txt"]
    assert prepare(root, pip) == []


@pytest.mark.parametrize("layer", ["build", "run", "test"])
def test_a_changed_pin_makes_it_anew(root: Path, pip: Pip, layer: str) -> None:
    prepare(root, pip, for_tests=True)
    (root / "packaging" / "requirements" / f"{layer}.txt").write_text("other==2\n")
    assert prepare(root, pip) == ALL


def test_a_changed_test_pin_is_nothing_to_one_who_never_tests(root: Path, pip: Pip) -> None:
    prepare(root, pip)
    (root / "packaging" / "requirements" / "test.txt").write_text("other==2\n")
    assert prepare(root, pip) == []


def test_a_changed_project_file_only_installs_the_project_again(root: Path, pip: Pip) -> None:
    prepare(root, pip)
    (root / "pyproject.toml").write_text("[project]\nversion = '2'\n")
    assert prepare(root, pip) == ["project"]


@pytest.mark.parametrize("step", ["build.txt", "run.txt", "project"])
def test_an_interrupted_set_up_goes_on_where_it_stopped(root: Path, pip: Pip, step: str) -> None:
    pip.fails_at = step
    with pytest.raises(steps.SetUpFailed):
        environment.prepare_environment(root, for_tests=False)
    pip.fails_at = ""
    assert prepare(root, pip) == ALL[ALL.index(step) :]


def test_an_environment_that_was_half_made_is_made_anew(root: Path, pip: Pip) -> None:
    (root / ".venv" / "bin").mkdir(parents=True)
    assert prepare(root, pip) == ALL


@pytest.mark.parametrize("content", ["", "{", "[]", '{"python": "2.7"}'], ids=repr)
def test_a_stamp_that_says_nothing_right_makes_it_anew(root: Path, pip: Pip, content: str) -> None:
    prepare(root, pip)
    (root / ".venv" / environment.STAMP).write_text(content)
    assert prepare(root, pip) == ALL


def test_a_python_that_went_away_makes_it_anew(root: Path, pip: Pip) -> None:
    prepare(root, pip)
    environment.program(root, "python").unlink()
    assert prepare(root, pip) == ALL


def test_a_folder_that_was_moved_gets_its_own(root: Path, pip: Pip) -> None:
    prepare(root, pip)
    moved = root.parent / f"{root.name}-moved"
    root.rename(moved)
    pip.root = moved
    assert prepare(moved, pip) == ALL


def test_settings_that_lead_pip_astray_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "elsewhere")
    monkeypatch.setenv("PIP_PROXY", "kept")
    assert "PIP_TARGET" not in environment.clean_environment()
    assert environment.clean_environment()["PIP_PROXY"] == "kept"


def test_own_code_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "desktop_app").mkdir()
    (tmp_path / "desktop_app" / "a.py").write_text("A = 1\n")
    environment.compile_own_code(tmp_path)
    assert list((tmp_path / "desktop_app" / "__pycache__").glob("a.*.pyc"))


def test_every_layer_has_its_file() -> None:
    assert environment.wanted_stamp(ROOT).keys() >= {"build", "run", "test", "project"}
