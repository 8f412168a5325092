"""The import directions, checked on the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "desktop_app"
# Standard library only; anyone may import them.
COMMON = {
    "__version__",
    "errors",
    "files",
    "frames",
    "i18n",
    "log",
    "paths",
    "sandbox",
    "settings",
    "syscalls",
}
MAY_IMPORT = {
    "domain": set(),
    "crypto": {"domain"},
    "extraction": {"domain"},
    "search": {"domain"},
    "storage": {"domain", "crypto"},
    "bundle": {"domain", "crypto"},
    "archive": {"domain", "crypto", "storage", "search", "extraction", "bundle"},
    "cli": {"domain", "archive"},
    "ui": {"domain", "archive"},
}
ANYTHING = {"app", "start", "__main__"}  # the composition root and the door to it
ONLY_IN = {
    "PySide6": "ui",
    "shiboken6": "ui",
    "sqlcipher3": "storage",
    "whoosh": "search",
    "nacl": "crypto",
    "cryptography": "crypto",
    "pyrage": "crypto",
    "shamir_mnemonic": "crypto",
    "segno": "archive",
    "zxcvbn": "crypto",
    "PIL": "extraction",
    "pillow_heif": "extraction",
    "pypdfium2": "extraction",
    "pypdfium2_raw": "extraction",
    "defusedxml": "extraction",
}
# The program talks to no network. A worker is reached through pipes, not sockets.
NOWHERE = (
    "asyncio",
    "ftplib",
    "http",
    "imaplib",
    "poplib",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib.request",
    "webbrowser",
    "xmlrpc",
    "PySide6.QtNetwork",
    "PySide6.QtNetworkAuth",
    "PySide6.QtWebChannel",
    "PySide6.QtWebEngineCore",
    "PySide6.QtWebEngineQuick",
    "PySide6.QtWebEngineWidgets",
    "PySide6.QtWebSockets",
    "PySide6.QtWebView",
)
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """Yield every dotted name a module imports, including inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import on line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    """Return the part of the house a module belongs to: its folder, or its own name."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def complaint(part: str, name: str) -> str:
    """Return why `part` may not import `name`; empty when it may."""
    top, _, rest = name.partition(".")
    if any(name == banned or name.startswith(banned + ".") for banned in NOWHERE):
        return f"{name} is imported nowhere"
    if part in ANYTHING or part == "__init__":
        return ""
    if top == "desktop_app" and (target := rest.partition(".")[0]) != part:
        allowed = COMMON | MAY_IMPORT.get(part, set())
        return "" if target in allowed else f"{part} may not import {name}"
    if part != ONLY_IN.get(top, part):
        return f"{part} may not import {name}"
    return ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    part = part_of(path)
    complaints = [complaint(part, name) for name in imported(path.read_text(encoding="utf-8"))]
    assert list(filter(None, complaints)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_lies_in_a_part_that_the_rules_know(path: Path) -> None:
    assert part_of(path) in MAY_IMPORT.keys() | COMMON | ANYTHING | {"__init__"}


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("domain", "desktop_app.crypto.sealing"),
        ("extraction", "desktop_app.crypto"),
        ("search", "sqlcipher3.dbapi2"),
        ("archive", "PIL.Image"),
        ("cli", "desktop_app.storage.records"),
        ("paths", "desktop_app.archive"),
        ("log", "nacl.signing"),
        ("app", "socket.socket"),
        ("crypto", "urllib.request.urlopen"),
        ("ui", "PySide6.QtNetwork.QTcpSocket"),
    ],
)
def test_the_rules_refuse(part: str, name: str) -> None:
    assert complaint(part, name)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("archive", "desktop_app.storage.records"),
        ("storage", "desktop_app.errors"),
        ("crypto", "nacl.signing"),
        ("extraction", "urllib.parse.unquote"),
        ("app", "desktop_app.storage.connection"),
    ],
)
def test_the_rules_allow(part: str, name: str) -> None:
    assert complaint(part, name) == ""
