"""The language of queries: Whoosh's parser, with the plugins that do no harm.

Only syntax.py imports this, when something is searched: Whoosh takes a while to load. Never add
PlusMinus (`12-14` became NOT 14), Range, GtLt or its date parser (silently wrong). Any exception
of Whoosh is caught in syntax.py and means plain words.
"""

from typing import Any

from whoosh.qparser import QueryParser, plugins, syntax

from desktop_app.domain.query import NOTHING, And, Node, Not, Or
from desktop_app.search.leaves import Leaves

_FIELDS = r"(?:(?<=^)|(?<=[\s(\-]))(?P<text>{names}):(?=[^\s:])"
# Only in capitals: "не вернулся" must not lose "вернулся".
_AND = r"(?<=[\s)])AND(?=[\s(])"
_OR = r"(?<=[\s)])(?:OR|АБО|ИЛИ|LUB|ARBA)(?=[\s(])"
_NOT = r"(?:(?<=^)|(?<=[\s(]))(?:(?:NOT|НЕ)(?=[\s(])|-(?=[^\s\-)]))"


def read(typed: str, leaves: Leaves) -> Node:
    """Return the tree of a cleaned query; its leaves are made by `leaves`.

    Raises:
        Exception: whatever Whoosh raises on input that it did not expect.
    """
    parser = QueryParser(None, None, plugins=_plugins(leaves))
    return _node(parser.process(typed), leaves)


def _plugins(leaves: Leaves) -> list[Any]:
    names = "|".join(sorted(leaves.fields))
    return [
        plugins.WhitespacePlugin(),
        plugins.PhrasePlugin(),
        plugins.FieldsPlugin(expr=_FIELDS.format(names=names)),
        plugins.GroupPlugin(),
        plugins.WildcardPlugin(),
        plugins.FuzzyTermPlugin(),
        plugins.OperatorsPlugin(
            And=_AND, Or=_OR, Not=_NOT, AndNot=None, AndMaybe=None, Require=None
        ),
    ]


def _node(node: Any, leaves: Leaves) -> Node:
    """Return our node for one of Whoosh's syntax tree."""
    if isinstance(node, syntax.NotGroup):
        part = _group(node, And, leaves)
        return part if part is NOTHING else Not(part)
    if isinstance(node, syntax.OrGroup):
        return _group(node, Or, leaves)
    if isinstance(node, syntax.GroupNode):
        return _group(node, And, leaves)
    field = getattr(node, "fieldname", None)
    if isinstance(node, plugins.PhrasePlugin.PhraseNode):
        return leaves.quoted(node.text, node.slop, field)
    if isinstance(node, plugins.PrefixPlugin.PrefixNode):
        return leaves.pattern(node.text + "*", field)
    if isinstance(node, plugins.WildcardPlugin.WildcardNode):
        return leaves.pattern(node.text, field)
    if isinstance(node, plugins.FuzzyTermPlugin.FuzzyTermNode):
        return leaves.fuzzy(node.text, node.maxdist, field)
    if isinstance(node, syntax.TextNode):
        return leaves.plain(node.text, field)
    return NOTHING  # an operator without anything to work on


def _group(group: Any, kind: type[And] | type[Or], leaves: Leaves) -> Node:
    """Return the parts that say something; punctuation and stray operators do not."""
    parts = [part for part in (_node(node, leaves) for node in group) if part is not NOTHING]
    return kind(tuple(parts)) if parts else NOTHING
