"""The pinned requirements: all there, all hashed, all explained."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "packaging" / "requirements"
LAYERS = ["build", "run", "test"]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<rest>.*)$")


def blocks(layer: str) -> list[str]:
    """Return each requirement of a layer with the lines that go on from it."""
    text = (REQUIREMENTS / f"{layer}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def pins(layer: str) -> dict[str, str]:
    """Return name → version of a layer."""
    return {match["name"]: match["version"] for match in map(PIN.match, blocks(layer)) if match}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_requirement_is_pinned_and_hashed(layer: str) -> None:
    assert blocks(layer)
    for block in blocks(layer):
        match = PIN.match(block)
        assert match, block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", match["rest"]), block


@pytest.mark.parametrize("layer", LAYERS)
def test_all_that_is_asked_for_is_pinned(layer: str) -> None:
    asked = (REQUIREMENTS / f"{layer}.in").read_text(encoding="utf-8").split()
    names = {re.split(r"[=<>~]", name)[0].lower() for name in asked}
    assert names <= pins(layer).keys()


def test_no_two_layers_disagree_about_a_version() -> None:
    seen: dict[str, str] = {}
    for layer in LAYERS:
        for name, version in pins(layer).items():
            assert seen.setdefault(name, version) == version, name


@pytest.mark.parametrize("layer", LAYERS)
def test_no_requirement_is_an_address(layer: str) -> None:
    text = (REQUIREMENTS / f"{layer}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--?\w", text, flags=re.MULTILINE)


def test_the_page_explains_every_library_in_the_version_that_is_pinned() -> None:
    page = (REQUIREMENTS / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\S+) \| (\S+) \|", page, flags=re.MULTILINE))
    explained = {row for row in rows if row[0] not in ("library", "---")}
    assert explained == {pin for layer in LAYERS for pin in pins(layer).items()}


def test_nothing_brings_a_browser_or_a_refused_library() -> None:
    refused = {"pyside6", "pyside6-addons", "keyring", "numpy", "av", "imagehash", "kreuzberg"}
    assert refused.isdisjoint(pins("run"))
