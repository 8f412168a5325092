"""Mail as it really is written."""

import base64
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desktop_app.domain.reading import Limits, Outcome
from tests.helpers import samples
from tests.helpers.reading import facts_of, read, text_of


def mail(text: str = "Добры дзень", subject: str = "Ліст") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Аліна <a@example.org>", "b@example.org"
    message["Subject"], message["Date"] = subject, "Mon, 10 Aug 2020 12:30:00 +0300"
    message.set_content(text)
    return message


def raw(headers: str, body: bytes = b"body", encoding: str = "ascii") -> bytes:
    standing = "From: a@example.org\nDate: Mon, 10 Aug 2020 12:30:00 +0300\nTo: b@example.org\n"
    return (standing + headers).encode(encoding) + b"\n\n" + body


def test_headers_and_body_are_text_and_facts() -> None:
    outcome, found = read(mail().as_bytes(), "a.eml")
    assert outcome is Outcome.READ
    for words in ("Subject: Ліст", "From: Аліна <a@example.org>", "Добры дзень"):
        assert words in found.pages[0]
    facts = facts_of(found)
    assert facts["subject"] == "Ліст"
    assert facts["from"] == "Аліна <a@example.org>"
    assert facts["sent"] == "2020-08-10T12:30:00+03:00"


def test_attachments_are_members_with_their_bytes() -> None:
    message = mail()
    content = samples.picture("PNG")
    message.add_attachment(content, maintype="image", subtype="png", filename="фота.png")
    message.add_attachment("радок", filename="../../etc/list.txt")
    _outcome, found = read(message.as_bytes(), "a.eml")
    assert [member.name for member in found.members] == ["фота.png", ".._.._etc_list.txt"]
    assert found.members[0].content == content
    assert found.members[1].content.decode().strip() == "радок"
    assert "фота.png" in found.pages[0]


def test_a_mail_within_a_mail_is_a_member_that_can_be_read_again() -> None:
    inner = mail("унутраны тэкст", "Унутры")
    inner.add_attachment(b"%PDF-1.4 x", maintype="application", subtype="pdf", filename="x.pdf")
    outer = mail()
    outer.add_attachment(inner)
    _outcome, found = read(outer.as_bytes(), "a.eml")
    assert [member.name for member in found.members] == ["Унутры.eml"]
    outcome, within = read(found.members[0].content, found.members[0].name)
    assert outcome is Outcome.READ
    assert "унутраны тэкст" in within.pages[0]
    assert [member.name for member in within.members] == ["x.pdf"]


def test_html_is_read_only_where_there_is_no_plain_text() -> None:
    both = mail("просты тэкст")
    both.add_alternative("<p>прыгожы <b>тэкст</b></p>", subtype="html")
    text = text_of(both.as_bytes(), "a.eml")
    assert "просты тэкст" in text
    assert "прыгожы" not in text
    only = EmailMessage()
    only["From"], only["Subject"], only["To"] = "a@example.org", "x", "b@example.org"
    only.set_content("<p>прыгожы <b>тэкст</b><script>x()</script>", subtype="html")
    text = text_of(only.as_bytes(), "a.eml")
    assert "прыгожы тэкст" in text
    assert "x()" not in text


@pytest.mark.parametrize("encoding", ["koi8-r", "windows-1251", "iso-8859-5", "cp866", "utf-8"])
def test_bodies_in_the_encoding_that_they_name(encoding: str) -> None:
    head = f"Subject: x\nContent-Type: text/plain; charset={encoding}"
    assert "Привет из тюрьмы" in text_of(raw(head, "Привет из тюрьмы".encode(encoding)), "a.eml")


@pytest.mark.parametrize(
    "charset", ["", "; charset=us-ascii", "; charset=no-such", "; charset=zip"]
)
def test_bodies_that_name_no_encoding_or_a_wrong_one(charset: str) -> None:
    head = f"Subject: x\nContent-Type: text/plain{charset}"
    assert "Привет из тюрьмы" in text_of(raw(head, "Привет из тюрьмы".encode("cp1251")), "a.eml")


def word(text: str, encoding: str) -> str:
    return f"=?{encoding}?B?{base64.b64encode(text.encode(encoding)).decode()}?="


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (word("Допрос", "koi8-r"), "Допрос"),
        (word("Первая ", "utf-8") + word("часть", "utf-8"), "Первая часть"),
        (word("Первая ", "utf-8") + "\n " + word("часть", "utf-8"), "Первая часть"),
        ("=?no-such?B?0KXQsNGC0LA=?=", "Хата"),
        ("=?utf-8?Q?=D0=A5=D0=B0?= end", "Ха end"),
        ("=?utf-8?B?!!!broken", "=?utf-8?B?!!!broken"),
        ("  folded\n\t subject ", "folded subject"),
    ],
)
def test_subjects_as_programs_write_them(subject: str, expected: str) -> None:
    _outcome, found = read(raw(f"Subject: {subject}"), "a.eml")
    assert facts_of(found)["subject"] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r"])
def test_subjects_with_bare_bytes(encoding: str) -> None:
    content = raw("Subject: Протокол задержания от 10 августа", encoding=encoding)
    _outcome, found = read(content, "a.eml")
    assert facts_of(found)["subject"] == "Протокол задержания от 10 августа"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: multipart/mixed",
        "Content-Type: multipart/mixed; boundary=x",
        "Content-Type: ;;;=",
        "Content-Type: text/plain; charset*=%%%\nContent-Transfer-Encoding: wrong",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: x-uuencode",
        "Date: the day before yesterday",
        "Content-Disposition: attachment; filename*=utf-8''%D0%",
        "Content-Disposition: attachment; filename*0*=x; filename*5=y",
        "To: <<<>>>@@@,,,",
    ],
)
def test_what_is_wrong_in_a_mail_is_put_up_with(head: str) -> None:
    outcome, found = read(raw(f"Subject: усё роўна\n{head}", encoding="utf-8"), "a.eml")
    assert outcome is Outcome.READ
    assert "усё роўна" in found.pages[0]


def test_too_many_attachments_are_told() -> None:
    message = mail()
    for number in range(5):
        message.add_attachment("x", filename=f"{number}.txt")
    outcome, found = read(message.as_bytes(), "a.eml", Limits(members=3))
    assert outcome is Outcome.TOO_LARGE
    assert len(found.members) == 3
    assert found.flags == ["truncated"]


def test_h01_a_mail_nested_a_thousand_deep_is_still_text() -> None:
    content = b"From: a\nTo: b\nSubject: x\n"
    for number in range(1000):
        content += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
    outcome, found = read(content + b"\nword", "a.eml")
    assert outcome is Outcome.READ
    assert "Subject: x" in found.pages[0]


def test_a_mailbox_gives_a_page_per_mail() -> None:
    one = b"From a@example.org Mon Aug 10\n" + mail("першы", "A").as_bytes()
    two = b"From a@example.org Tue Aug 11\n" + mail("другі", "B").as_bytes()
    outcome, found = read(one + b"\n" + two, "in.mbox")
    assert outcome is Outcome.READ
    assert len(found.pages) == 2
    assert "першы" in found.pages[0]
    assert "другі" in found.pages[1]


@given(noise=st.binary(max_size=500))
@example(b"%PDF-1.7\n1 0 obj\n")
@example(b"%PDF-")
def test_noise_after_good_headers_is_no_error(noise: bytes) -> None:
    outcome, _found = read(raw("Subject: x") + noise, "a.eml")
    assert outcome is Outcome.READ
