"""HTML: what a reader would see."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.reading import Outcome
from tests.helpers import samples
from tests.helpers.reading import facts_of, read, text_of

PAGE = (
    '<!DOCTYPE html><html lang="be"><head><title>Навіна &amp; каментар</title>'
    '<meta name="author" content="Рэдакцыя"><style>p {color: red}</style>'
    "<script>alert('x < y')</script></head><body><h1>Затрыманні</h1><p>Першы<br>радок"
    "<table><tr><td>a<td>b<tr><td>c</table><img src=x alt='подпіс'><!-- нябачнае --></body></html>"
)


def test_text_title_and_facts() -> None:
    outcome, found = read(PAGE.encode(), "a.html")
    assert outcome is Outcome.READ
    text = found.pages[0]
    for words in ("Навіна & каментар", "Затрыманні\nПершы\nрадок", "a\tb", "подпіс"):
        assert words in text
    for words in ("color", "alert", "нябачнае", "<"):
        assert words not in text
    facts = facts_of(found)
    assert facts["title"] == "Навіна & каментар"
    assert facts["author"] == "Рэдакцыя"
    assert facts["language"] == "be"


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-8", "iso-8859-5"])
@pytest.mark.parametrize("form", ['<meta charset="{}">', '<meta content="text/html; charset={}">'])
def test_the_encoding_that_a_page_names(encoding: str, form: str) -> None:
    page = f"<html>{form.format(encoding)}<p>Привет</html>"
    assert "Привет" in text_of(page.encode(encoding), "a.html")


def test_a_page_that_names_a_wrong_encoding_or_none() -> None:
    words = "<p>Сегодня утром в квартиру пришли четверо</p>"
    for meta in ("", '<meta charset="utf-8">', '<meta charset="us-ascii">', '<meta charset="x">'):
        page = f"<html>{meta}{words}</html>".encode("cp1251")
        assert "Сегодня утром" in text_of(page, "a.html")
    assert "Сегодня" in text_of(words.encode("utf-16"), "a.html")


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="http://example.org/x.png">',
        '<link rel=stylesheet href="//example.org/x.css"><style>@import url(http://e.org)</style>',
        '<iframe src="file:///etc/passwd"></iframe>',
        '<object data="\\\\server\\share\\x"></object>',
        '<meta http-equiv="refresh" content="0;url=http://example.org/">',
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;',
    ],
)
def test_h05_what_a_page_names_elsewhere_is_not_read(markup: str) -> None:
    text = text_of(f"<html>{markup}<p>тэкст</p></html>".encode(), "a.html")
    assert "тэкст" in text
    assert "root:" not in text


def test_a_page_that_is_only_a_picture_shows_it() -> None:
    picture = base64.b64encode(samples.picture("PNG", (640, 320))).decode()
    outcome, found = read(f'<html><img src="data:image/png;base64,{picture}">'.encode(), "a.html")
    assert outcome is Outcome.READ
    assert found.thumbnail is not None
    assert found.thumbnail.width == 320


def test_other_xml_gives_its_text() -> None:
    page = "<?xml version='1.0'?><list><name>Прозвішча</name><year>1975</year></list>"
    assert text_of(page.encode(), "a.xml") == "Прозвішча1975"


@pytest.mark.parametrize("part", ["<!--", "<a ", "<![CDATA[", "<?", "</", "<", "&#", "<!"])
def test_h01_markup_without_end_takes_no_time(part: str) -> None:
    begun = time.monotonic()
    read(f"<html><p>x</p>{part * 50_000}".encode(), "a.html")
    assert time.monotonic() - begun < 5


@given(noise=st.text(alphabet="<>/!-[]\"'= &;#xabscriptyle\n", max_size=300))
def test_no_markup_is_an_error(noise: str) -> None:
    outcome, _found = read(f"<html><p>x</p>{noise}".encode(), "a.html")
    assert outcome is Outcome.READ
