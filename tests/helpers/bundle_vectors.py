"""The vectors of bundles: what they are, and how a damaged one is made out of a file."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "vectors" / "bundle-v1"
INDEX: dict[str, Any] = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))


def named(case: Mapping[str, Any]) -> str:
    """Return a name for one case."""
    change = " ".join(f"{name} {value}" for name, value in case.get("change", {}).items())
    return f"{case['file']} {change}".strip()


def laid_out(case: Mapping[str, Any], stick: Path) -> Path:
    """Copy a case onto a stick, changed as it says; return its file or folder there."""
    name = str(case["file"])
    source, target = FOLDER / name, stick / name
    if source.is_file():
        shutil.copy(source, target)
    else:
        shutil.copytree(source, target)
    _change(target, case.get("change", {}))
    return target


def _change(target: Path, change: Mapping[str, Any]) -> None:
    if "leave_out" in change:
        (target / change["leave_out"]).unlink()
    if "swap" in change:
        first, second = (target / name for name in change["swap"])
        one, other = first.read_bytes(), second.read_bytes()
        first.write_bytes(other)
        second.write_bytes(one)
    if "copy" in change:
        shutil.copy(target / change["copy"][0], target / change["copy"][1])
    file = target / change["in"] if "in" in change else target
    if "flip" in change:
        raw = bytearray(file.read_bytes())
        raw[change["flip"]] ^= 1
        file.write_bytes(raw)
    if "cut" in change:
        file.write_bytes(file.read_bytes()[: -change["cut"]])
    if "append" in change:
        file.write_bytes(file.read_bytes() + bytes.fromhex(change["append"]))
