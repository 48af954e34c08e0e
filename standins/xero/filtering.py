"""Runs a where tree and an order over the fields of a resource.

A resource names its fields in a table of `Field`s. A field may come with `find`, an index for equality, or `since`, an
index for later-than: a condition that such an index answers is looked up, and only what it returns is tested further.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from standins.xero.errors import QueryParseError, ServerError
from standins.xero.where import Call, Compare, Literal, Logic, Node, Not, Path, parse_where

T = TypeVar("T")
Getter = Callable[[T], Any]


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A field that where and order may name: its type in Xero (String, Decimal, DateTime, Guid, Boolean)."""

    type: str
    get: Callable[[T], Any]
    find: Callable[[Any], Collection[T]] | None = None
    since: Callable[[int], Collection[T]] | None = None


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """A where parameter made ready: a test, and the records an index leaves to be tested (None: all).

    `exact`: the index has answered the whole of it, and the test would only agree.
    """

    test: Callable[[T], bool]
    candidates: Collection[T] | None
    exact: bool


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TEXT_METHODS: dict[str, Callable[..., Any]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "equals": operator.eq,
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "tostring": lambda text: text,
}
_TEXT_RESULTS = {"tolower", "toupper", "tostring"}
_OF_ANY_TYPE = {("tostring", "Guid"), *(("equals", kind) for kind in ("Guid", "Decimal", "DateTime", "Boolean"))}


def make_filter(where: str, noun: str, fields: Mapping[str, Field[T]]) -> Filter[T]:
    """Return the filter of a where parameter over records of `noun`. Raises QueryParseError."""
    tree = parse_where(where)
    compiler = _Compiler(noun, fields)
    test, kind = compiler.compile(tree)
    if kind != "Boolean":
        raise QueryParseError("Expression of type 'Boolean' expected")
    found = compiler.candidates(tree)
    exact = found is not None and isinstance(tree, Compare) and tree.operator == "=="
    return Filter(lambda record: bool(test(record)), found, exact)


def make_order(order: str, noun: str, fields: Mapping[str, Field[T]]) -> Callable[[Iterable[T]], list[T]]:
    """Return a sort for `order`: fields with ASC or DESC, commas between. Raises QueryParseError."""
    keys: list[tuple[Getter[T], bool]] = []
    for part in order.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].upper() not in {"ASC", "DESC"}):  # noqa: PLR2004 - a field and a direction
            raise QueryParseError("Syntax error")
        keys.append((_field(words[0], noun, fields).get, words[-1].upper() == "DESC"))

    def sort(records: Iterable[T]) -> list[T]:
        found = list(records)
        for get, descending in reversed(keys):
            found.sort(key=lambda record, get=get: _sortable(get(record)), reverse=descending)
        return found

    return sort


def _sortable(value: Any) -> tuple[bool, Any]:
    return (False, 0) if value is None else (True, value)


def _field(name: str, noun: str, fields: Mapping[str, Field[T]]) -> Field[T]:
    field = fields.get(name) or {known.lower(): field for known, field in fields.items()}.get(name.lower())
    if field is None:
        first, _, rest = name.partition(".")
        inner = f"{first}.".lower()
        owner, missing = (first, rest) if rest and any(f.lower().startswith(inner) for f in fields) else (noun, first)
        raise QueryParseError(f"No property or field '{missing}' exists in type '{owner}'")
    return field


class _Compiler(Generic[T]):
    def __init__(self, noun: str, fields: Mapping[str, Field[T]]) -> None:
        self._noun = noun
        self._fields = fields

    def compile(self, node: Node) -> tuple[Getter[T], str]:
        """Return what computes the node for a record, and the node's type."""
        match node:
            case Literal(kind, value):
                return (lambda _record: value), kind
            case Path(name):
                field = _field(name, self._noun, self._fields)
                return field.get, field.type
            case Call():
                return self._call(node)
            case Compare():
                return self._compare(node)
            case Logic(joined, left, right):
                one, other = self._condition(left), self._condition(right)
                if joined == "and":
                    return (lambda record: one(record) and other(record)), "Boolean"
                return (lambda record: one(record) or other(record)), "Boolean"
            case Not(operand):
                inner = self._condition(operand)
                return (lambda record: not inner(record)), "Boolean"

    def candidates(self, node: Node) -> Collection[T] | None:
        """Return a superset of what the node lets through, when an index knows one."""
        match node:
            case Compare(sign, left, right):
                if isinstance(left, Literal):
                    sign, left, right = _MIRRORED.get(sign, sign), right, left
                if isinstance(left, Path) and isinstance(right, Literal) and right.value is not None:
                    field = _field(left.name, self._noun, self._fields)
                    if sign == "==" and field.find:
                        return field.find(right.value)
                    if sign in {">", ">="} and field.since:
                        return field.since(_whole(right.value))
                return None
            case Logic("and", left, right):
                found = [c for c in (self.candidates(left), self.candidates(right)) if c is not None]
                return min(found, key=len, default=None)
            case Logic("or", left, right):
                one, other = self.candidates(left), self.candidates(right)
                if one is None or other is None:
                    return None
                both = {id(record): record for record in (*one, *other)}
                return both.values()
            case _:
                return None

    def _condition(self, node: Node) -> Getter[T]:
        test, kind = self.compile(node)
        if kind != "Boolean":
            raise QueryParseError("Expression of type 'Boolean' expected")
        return test

    def _call(self, node: Call) -> tuple[Getter[T], str]:
        target, kind = self.compile(node.target)
        name = node.method.lower()
        arguments = [self.compile(argument) for argument in node.arguments]
        fits = kind == "String" or (name, kind) in _OF_ANY_TYPE
        if not fits or any(argument_kind != kind for _, argument_kind in arguments):
            raise QueryParseError(f"No applicable method '{node.method}' exists in type '{kind}'")
        method = _TEXT_METHODS[name]

        def run(record: T) -> Any:
            value = target(record)
            if value is None:
                # Xero runs the condition as .NET does: a record without the field breaks the whole list
                raise ServerError("Object reference not set to an instance of an object.")
            return method(value, *(get(record) for get, _ in arguments))

        return run, "String" if name in _TEXT_RESULTS else "Boolean"

    def _compare(self, node: Compare) -> tuple[Getter[T], str]:
        (left, one), (right, other) = self.compile(node.left), self.compile(node.right)
        ordered = node.operator in _OPERATORS
        if (one != other and "Null" not in {one, other}) or (ordered and one in {"Guid", "Boolean"}):
            raise QueryParseError(f"Operator '{node.operator}' incompatible with operand types '{one}' and '{other}'")
        if node.operator == "==":
            return (lambda record: left(record) == right(record)), "Boolean"
        if node.operator == "!=":
            return (lambda record: left(record) != right(record)), "Boolean"
        compare = _OPERATORS[node.operator]

        def run(record: T) -> bool:
            a, b = left(record), right(record)
            return a is not None and b is not None and compare(a, b)

        return run, "Boolean"


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | Decimal) else 0
