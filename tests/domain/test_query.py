"""The tree of a query."""

from desktop_app.domain.query import (
    NOTHING,
    And,
    Everything,
    Filter,
    Not,
    Or,
    Word,
    asked,
    simplified,
)

A, B, C = Word("a"), Word("b"), Word("c")


def test_nested_groups_of_a_kind_are_merged() -> None:
    assert simplified(And((A, And((B, And((C,))))))) == And((A, B, C))
    assert simplified(Or((A, Or((B, C)), A))) == Or((A, B, C))
    assert simplified(And((A, Or((B, C))))) == And((A, Or((B, C))))


def test_groups_of_one_and_of_none_vanish() -> None:
    assert simplified(And((A,))) == A
    assert simplified(And(())) == Everything()
    assert simplified(Or(())) == NOTHING
    assert simplified(Or((A, NOTHING))) == A
    assert simplified(And((A, Everything()))) == A


def test_two_negations_are_none() -> None:
    assert simplified(Not(Not(A))) == A
    assert simplified(Not(And((Not(A),)))) == A


def test_what_is_excluded_is_not_asked_for() -> None:
    query = And((A, Not(Or((B, Filter("tag", "x")))), Or((C, Filter("kind", "photo")))))
    assert list(asked(query)) == [A, C, Filter("kind", "photo")]
