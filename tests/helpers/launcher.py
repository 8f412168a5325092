"""The modules of packaging/, which is no package: loaded the way Python runs launch.py."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
LAUNCH = ROOT / "packaging" / "launch.py"


def load(name: str) -> ModuleType:
    """Return a module of packaging/ by its file's name."""
    folder = str(ROOT / "packaging")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)
