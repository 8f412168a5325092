"""Text in the encodings that people here have used, long and short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.extraction import charset

RUSSIAN = (
    "Сегодня утром в квартиру пришли четверо в штатском, показали бумагу без подписи и увели мужа. "
    "Соседка видела номер машины. Адвоката к нему не пускают третий день, передачу не взяли."
)
BELARUSIAN = (
    "Уранку ў кватэру прыйшлі чацвёра ў цывільным, паказалі паперу без подпісу і забралі мужа. "
    "Суседка бачыла нумар машыны. Адваката да яго не пускаюць трэці дзень, перадачу не ўзялі."
)
UKRAINIAN = (
    "Уранці до квартири прийшли четверо в цивільному, показали папір без підпису і забрали "
    "чоловіка. Сусідка бачила номер машини. Адвоката до нього не пускають третій день її життя."
)
POLISH = (
    "Rano do mieszkania przyszło czterech mężczyzn po cywilnemu, pokazali kartkę bez podpisu i "
    "zabrali męża. Sąsiadka widziała numer samochodu. Adwokata nie wpuszczają już trzeci dzień."
)
LITHUANIAN = (
    "Rytą į butą atėjo keturi vyrai civiliais drabužiais, parodė popierių be parašo ir išsivedė "
    "vyrą. Kaimynė matė automobilio numerį. Advokato pas jį neįleidžia jau trečią dieną."
)
GERMAN = (
    "Am Morgen kamen vier Männer in Zivil in die Wohnung, zeigten ein Papier ohne Unterschrift und "
    "führten ihren Mann ab. Die Nachbarin hörte Geräusche auf der Straße."
)
CASES = [
    (RUSSIAN, ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "utf-16-le", "utf-32-be")),
    (BELARUSIAN, ("cp1251", "koi8-u", "iso8859-5", "mac-cyrillic", "utf-16-be", "utf-8-sig")),
    (UKRAINIAN, ("cp1251", "koi8-u", "cp1125", "iso8859-5", "utf-16")),
    (POLISH, ("cp1250", "iso8859-2", "cp852")),
    (LITHUANIAN, ("cp1257", "iso8859-13", "cp775")),
    (GERMAN, ("cp1252", "iso8859-15", "cp850")),
]


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, encoding) for text, many in CASES for encoding in many]
)
def test_a_letter_is_read_in_the_encoding_it_was_written_in(text: str, encoding: str) -> None:
    # KOI8-U has no ў: what cannot be written is left out, as people did.
    content = text.encode(encoding, "ignore")
    expected = content.decode(encoding)
    assert charset.decode_wide_first(content)[0] == expected


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_text_in_capitals_is_read(encoding: str) -> None:
    text = "ПОСТАНОВЛЕНИЕ О ПРЕКРАЩЕНИИ УГОЛОВНОГО ДЕЛА"
    assert charset.decode(text.encode(encoding))[0] == text


def test_belarusian_in_cp866_is_typed_with_a_latin_i() -> None:
    text = BELARUSIAN.replace("і", "i")
    assert charset.decode(text.encode("cp866"))[0] == text


def test_what_the_file_declares_is_believed_if_it_fits() -> None:
    assert charset.decode(b"\xe0\xe1", "koi8-r")[0] == "Ю\u0410".replace("\u0410", "А")
    assert charset.decode("щ".encode(), "koi8-r")[0] == "щ"  # UTF-8 proves itself
    assert charset.decode("Слово".encode("cp1251"), "no-such-charset")[0] == "Слово"
    assert charset.decode("Слово".encode("cp1251"), "zip")[0] == "Слово"


def test_a_wrong_byte_in_utf_8_costs_one_letter() -> None:
    assert charset.decode("Дакументы".encode() + b"\xff")[0] == "Дакументы\ufffd"


def test_a_mail_part_in_a_shifting_encoding_is_read_as_it_says() -> None:
    text = "こんにちは"
    assert charset.decode_declared(text.encode("iso2022-jp"), "iso-2022-jp") == text


@given(content=st.binary(max_size=400), declared=st.text(max_size=12))
def test_no_bytes_are_an_error(content: bytes, declared: str) -> None:
    charset.decode_wide_first(content, declared)[0].encode("utf-8", "surrogatepass")
    charset.decode_declared(content, declared)
