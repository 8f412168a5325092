"""H06: names for files that are taken out."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop_app.domain.filenames import distinct, safe_name

RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{n}" for n in range(10)),
    *(f"lpt{n}" for n in range(10)),
}


def fits_everywhere(name: str) -> bool:
    return (
        bool(name)
        and len(name.encode()) <= 200
        and not set(name) & set('\\/:*?"<>|\0')
        and all(unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in name)
        and not name.startswith((".", " "))
        and not name.endswith((".", " "))
        and name.partition(".")[0].rstrip(" ").casefold() not in RESERVED
        and name == unicodedata.normalize("NFC", name)
    )


@given(st.text(max_size=300))
@example("a" * 178 + ".\u0301")
@example("\u0301" * 200)
@example(". .con. ")
@example("." + " " * 300 + ".txt")
@example("CON .txt")
@example("x." + "y" * 300)
@example("Z" * 180 + " .a")
@example("\u0958.txt")
@example("ﷺ" * 100)
def test_every_name_becomes_one_that_fits_everywhere(name: str) -> None:
    assert fits_everywhere(safe_name(name))


@given(st.text(max_size=40))
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("скарга.pdf", "скарга.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("two\nlines\r.txt", "twolines.txt"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Lpt¹.log", "_Lpt¹.log"),
        ("../../etc/passwd", "_.._.._etc_passwd"),
        ("C:\\Windows\\x", "C__Windows_x"),
        (".bashrc", "_.bashrc"),
        ("", "file"),
        (" . ", "file"),
        ("\u202e\u200b", "file"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("name. . .", "name"),
        ("%APPDATA%.txt", "_APPDATA_.txt"),
    ],
    ids=ascii,
)
def test_known_tricks_lose_their_point(name: str, becomes: str) -> None:
    assert safe_name(name) == becomes


def test_a_long_name_keeps_its_extension_and_is_cut_between_letters() -> None:
    made = safe_name("ў" * 255 + ".jpeg")

    assert made.endswith("ў.jpeg")
    assert len(made.encode()) <= 181


@given(
    st.lists(
        st.sampled_from(
            ["a.txt", "A.txt", "a (2).txt", "a (2) (2).txt", "b", "B", ".c", "é.x", "É.X"]
        ),
        max_size=12,
    )
)
def test_no_two_names_are_one_on_a_system_that_ignores_case(names: list[str]) -> None:
    made = distinct([safe_name(name) for name in names])

    assert len({name.casefold() for name in made}) == len(names)
    assert all(fits_everywhere(name) for name in made)


@given(st.lists(st.text(max_size=200), max_size=6))
def test_twins_stay_apart_whatever_they_hold(names: list[str]) -> None:
    made = distinct([safe_name(name) for name in names])
    keys = {
        unicodedata.normalize("NFD", unicodedata.normalize("NFD", one).casefold()) for one in made
    }

    assert len(keys) == len(names)
