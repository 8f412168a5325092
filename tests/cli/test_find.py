"""`skrynia find`: queries, filters, orders, snippets and pages, as text and as JSON."""

import pytest

from tests.cli.conftest import Filled
from tests.helpers.command import json_of, skrynia

HIT_KEYS = {"record", "kind", "title", "snippet", "page", "score"}


def found(library: Filled, *query: str) -> list[str]:
    value = json_of("find", library.folder, *query)
    assert value["total"] == len(value["hits"])
    return [hit["record"] for hit in value["hits"]]


def test_find_json_has_the_agreed_keys(library: Filled) -> None:
    value = json_of("find", library.folder, "перадачу")
    assert value.keys() >= {"total", "milliseconds", "hits"}
    assert value["total"] == 1
    assert value["milliseconds"] > 0
    (hit,) = value["hits"]
    assert hit.keys() >= HIT_KEYS
    assert hit["record"] == library.letter
    assert hit["kind"] == "document"
    assert "перадачу" in hit["snippet"]
    (start, end) = hit["marked"][0]
    assert hit["snippet"][start:end] == "перадачу"


def test_the_page_of_a_pdf_is_told(library: Filled) -> None:
    (hit,) = json_of("find", library.folder, "quagmire")["hits"]
    assert (hit["record"], hit["page"]) == (library.report, 2)
    ended = skrynia("find", library.folder, "quagmire")
    assert "[quagmire]" in ended.out
    assert "(page 2)" in ended.out
    assert "1 of 1 record." in ended.out


def test_where_there_are_no_pages_none_is_told(library: Filled) -> None:
    (hit,) = json_of("find", library.folder, "сухары")["hits"]
    assert hit["page"] in (None, 0)


def test_the_attachment_of_a_mail_is_found_and_names_its_mail(library: Filled) -> None:
    (hit,) = json_of("find", library.folder, "gooseberry")["hits"]
    value = json_of("show", library.folder, hit["record"])
    assert value["attachments"][0]["name"] == "plates.txt"
    assert value["fields"]["family"] == [library.mail]
    assert found(library, "numberplate") == [library.mail]
    assert json_of("show", library.folder, library.mail)["fields"]["title"] == "About the van"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind:photo", ["photo"]),
        ("kind:document сухары", ["letter"]),
        ("kind:photo сухары", []),
        ("tag:перадача kind:photo", ["photo"]),
        ("tag:іншае", []),
        ("date:2020-08-09", ["photo"]),
        ("date:2020-08", ["photo", "mail"]),
        ("date:2020-08-10..", ["mail"]),
        ("date:..2020-08-09", ["photo"]),
        ("date:2020-08-09..2020-08-10", ["photo", "mail"]),
        ("date:2019", []),
        ("сухары OR quagmire", ["letter", "report"]),
        ("сухары АБО quagmire", ["letter", "report"]),
        ("сухары quagmire", []),
        ("kind:document -сухары -quagmire -gooseberry -numberplate", []),
        ('"прынеслі перадачу"', ["letter"]),
        ('"перадачу прынеслі"', []),
        ("шкарп*", ["letter"]),
        ("СУХАРЫ", ["letter"]),
        ("title:van", ["mail"]),
    ],
)
def test_queries_and_filters_find_what_they_should(
    query: str, names: list[str], library: Filled
) -> None:
    wanted = {getattr(library, name) for name in names}
    assert set(found(library, "--", query)) == wanted


@pytest.mark.parametrize(
    "query", ['"', "(", "a AND", "*", "a..b", "date:", "kind:", "NOT", "~", "\x00", "x" * 5000,
              "date:9999-99", "\u202e", "'; DROP TABLE record; --", "NEAR(a b)", "tag:\"", "🂡"]
)  # fmt: skip
def test_nothing_that_is_typed_is_an_error(query: str, library: Filled) -> None:
    if "\x00" in query:
        query = "a\x01b"  # no argument of a process can hold a NUL
    ended = skrynia("find", library.folder, "--json", "--", query)
    assert ended.code == 0
    assert ended.json["total"] >= 0


def test_several_words_need_no_quotes(library: Filled) -> None:
    assert found(library, "сухары", "шкарпэткі") == [library.letter]


def test_a_limit_shortens_the_page_and_not_the_total(library: Filled) -> None:
    value = json_of("find", library.folder, "kind:document", "--limit", "2")
    assert (len(value["hits"]), value["total"]) == (2, 4)
    assert json_of("find", library.folder, "kind:document", "--limit", "0")["hits"] == []


def test_newest_brings_first_what_came_last(library: Filled) -> None:
    hits = json_of("find", library.folder, "tag:перадача", "--sort", "newest")["hits"]
    order = [hit["record"] for hit in hits]
    assert order[0] == library.photo
    assert order.index(library.mail) < order.index(library.report) < order.index(library.letter)


def test_date_brings_the_latest_first_and_the_undated_last(filled: Filled) -> None:
    for record, date in ((filled.letter, "2021-05"), (filled.report, "1999")):
        assert skrynia("record", "set", filled.folder, record, "--date", date).code == 0
    hits = json_of("find", filled.folder, "tag:перадача", "--sort", "date")["hits"]
    order = [hit["record"] for hit in hits]
    assert order[:4] == [filled.letter, filled.mail, filled.photo, filled.report]
    assert len(order) == 5  # the undated attachment of the mail


def test_what_is_not_there_is_said_in_words(library: Filled) -> None:
    ended = skrynia("find", library.folder, "няматакогаслова")
    assert ended.code == 0
    assert "Nothing found." in ended.out
