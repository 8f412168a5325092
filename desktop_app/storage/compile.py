"""From a query tree to SQL: one FTS5 expression where that can say it, conditions for the rest.

FTS5 has no way to say: everything, NOT alone or inside OR, filters and dates. So the largest parts
of the tree that it can say become MATCH expressions, and the rest conditions on the record `r`.
The texts put together here are ours alone; every value is a named parameter, and words stand in
FTS5's double quotes.
"""

from dataclasses import dataclass, field

from desktop_app.domain.query import (
    And,
    DateRange,
    Everything,
    Filter,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Word,
    asked,
    simplified,
)

_DEEPEST_MATCH = 20  # FTS5's parser overflows between 50 and 100 nested brackets
_HIDDEN_STATES = ("erased", "trash")
_COLUMNS = {"title", "body", "about"}
_MATCHING = "SELECT rowid FROM word_index WHERE word_index MATCH"
_LABELLED_RECORDS = "SELECT label.record_no FROM label"
_LABEL_OF_RECORD = "SELECT 1 FROM label WHERE label.record_no = r.record_no"
_LABELS = {"tag", "case", "lang", "place"}


@dataclass(slots=True)
class Compiled:
    """What a search needs: the MATCH that leads, or None; conditions; the parameters of both."""

    match: str | None = None
    conditions: list[str] = field(default_factory=list)
    values: dict[str, str | int] = field(default_factory=dict)

    def bind(self, value: str | int) -> str:
        """Keep a value; return the parameter that stands for it."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"


def compiled(query: Node) -> Compiled:
    """Return the statement's parts for a query that search/expand.py has expanded.

    Raises:
        ValueError: The query still holds patterns or fuzzy words, or a field nobody knows.
    """
    query = simplified(query)
    result = Compiled()
    parts = query.parts if isinstance(query, And) else (query,)
    result.match, rest = _leading_match(parts)
    if result.match is not None:
        result.values["match"] = result.match
    result.conditions = [_condition(part, result) for part in rest]
    return result


def hidden_states(query: Node) -> tuple[str, ...]:
    """Return the states whose records the query leaves out because it does not ask for them."""
    wanted = {leaf.value for leaf in asked(simplified(query)) if isinstance(leaf, Filter)}
    return tuple(state for state in _HIDDEN_STATES if state not in wanted)


def _leading_match(parts: tuple[Node, ...], depth: int = 0) -> tuple[str | None, list[Node]]:
    """Return one MATCH for all parts that have one, and the other parts."""
    positive: list[str] = []
    negative: list[str] = []
    rest: list[Node] = []
    for part in parts:
        text = match_text(part.part if isinstance(part, Not) else part, depth)
        if text is None:
            rest.append(part)
        elif isinstance(part, Not):
            negative.append(text)
        else:
            positive.append(text)
    if not positive:
        return None, list(parts)
    match = " AND ".join(positive)
    return (f"({match}) NOT ({' OR '.join(negative)})" if negative else match), rest


def match_text(node: Node, depth: int = 0) -> str | None:
    """Return the FTS5 expression for a node, or None if it has none."""
    match node:
        case Word(text, column):
            return _in_column(_quoted(text), column)
        case Prefix(text, column):
            return _in_column(f"{_quoted(text)} *", column)
        case Phrase(words, column):
            return _in_column(_quoted(" ".join(words)), column)
        case Near(words, distance, column):
            terms = " ".join(map(_quoted, words))
            return _in_column(f"NEAR({terms}, {int(distance)})", column)
        case Or(parts) if parts and depth < _DEEPEST_MATCH:
            texts = [match_text(part, depth + 1) for part in parts]
            return None if None in texts else f"({' OR '.join(filter(None, texts))})"
        case And(parts) if depth < _DEEPEST_MATCH:
            leading, rest = _leading_match(parts, depth + 1)
            return None if leading is None or rest else f"({leading})"
        case _:
            return None


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


def _in_column(text: str, column: str | None) -> str:
    if column is None:
        return text
    if column not in _COLUMNS:
        raise ValueError(f"no column {column}")
    return f"{column} : {text}"


def _condition(node: Node, result: Compiled) -> str:
    """Return SQL that is true or false, never NULL, for a record `r`."""
    text = match_text(node)
    if text is not None:
        return f"r.record_no IN ({_MATCHING} {result.bind(text)})"
    match node:
        case And(parts):
            return _joined(" AND ", parts, result) if parts else "1"
        case Or(parts):
            return _joined(" OR ", parts, result) if parts else "0"
        case Not(part):
            return f"NOT ({_condition(part, result)})"
        case Everything():
            return "1"
        case Filter():
            return _filter(node, result)
        case DateRange():
            return _dates(node, result)
        case _:
            raise ValueError(f"{type(node).__name__} has to be expanded before it is searched")


def _joined(operator: str, parts: tuple[Node, ...], result: Compiled) -> str:
    return "(" + operator.join(_condition(part, result) for part in parts) + ")"


def _filter(node: Filter, result: Compiled) -> str:
    if node.field in _LABELS:
        family, key = result.bind(node.field), result.bind(node.value)
        given = f"label.family = {family} AND label.key = {key}"
        if result.match is None:  # the label can lead, so that a rare one is found at once
            return f"r.record_no IN ({_LABELLED_RECORDS} WHERE {given})"
        return f"EXISTS ({_LABEL_OF_RECORD} AND {given})"
    if node.field == "kind":
        return f"r.kind = {result.bind(node.value)}"
    if node.field == "state":
        return f"r.state = {result.bind(node.value)}"
    if node.field == "sensitivity":
        return f"r.sensitivity = {result.bind(int(node.value))}"
    raise ValueError(f"no filter {node.field}")


def _dates(node: DateRange, result: Compiled) -> str:
    conditions = ["r.date_first IS NOT NULL", "r.date_last IS NOT NULL"]
    if node.first is not None:
        conditions.append(f"r.date_last >= {result.bind(node.first.isoformat())}")
    if node.last is not None:
        conditions.append(f"r.date_first <= {result.bind(node.last.isoformat())}")
    return f"({' AND '.join(conditions)})"
