"""The language of `where` parameters: C#-like comparisons over the fields of a resource.

    Status=="AUTHORISED" && Date>=DateTime(2026,1,1)
    Contact.ContactID==Guid("…") OR Name.ToLower().Contains("ltd")

This module reads text into a tree; `filtering` checks the tree against a resource's fields and runs it. Operators:
`== != < <= > >= = <>`, `&& || AND OR`, `!` and NOT, parentheses. Literals: "text", numbers, true, false, null,
Guid("…"), DateTime(y, m, d[, h, m, s]) and DateTime.Parse("…"). The names of fields, methods and
types are read in any case.

A quote inside a text is doubled: `"24"" screen"`. A backslash in a text is a syntax error: integrations report that
Xero refuses one before a quote; that it refuses one in any other place is unverified.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias
from uuid import UUID

from standins.xero.dates import NotADateError, milliseconds, read_moment
from standins.xero.errors import QueryParseError


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: str, Decimal, bool, None; a Guid is a str, a DateTime milliseconds."""

    type: str
    value: object


@dataclass(frozen=True, slots=True)
class Path:
    """A field, such as Contact.Name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A method on an operand, such as Name.Contains("x")."""

    target: "Node"
    method: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands and one of == != < <= > >=."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """Two conditions joined by `and` or `or`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """A condition turned round."""

    operand: "Node"


Node: TypeAlias = Literal | Path | Call | Compare | Logic | Not

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|"")*")
      | (?P<number>-?\d+(?:\.\d+)?[mM]?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<operator>&&|\|\||==|!=|<>|<=|>=|[<>=!().,])
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"==": "==", "=": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_ARGUMENTS = {"contains": 1, "startswith": 1, "endswith": 1, "equals": 1, "tolower": 0, "toupper": 0, "tostring": 0}
_CONSTANTS: dict[str, tuple[str, object]] = {
    "null": ("Null", None),
    "true": ("Boolean", True),
    "false": ("Boolean", False),
}


class _Token(NamedTuple):
    kind: str
    text: str


def parse_where(text: str) -> Node:
    """Return the tree of a where parameter. Raises QueryParseError in the words of Xero's parser."""
    parser = _Parser(_tokens(text))
    tree = parser.disjunction()
    if parser.token.kind != "end":
        raise QueryParseError("Syntax error")
    return tree


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            where = position + len(text[position:]) - len(text[position:].lstrip())
            if text[where] == "'":
                raise QueryParseError("Character literal must contain exactly one character")
            if text[where] == '"':
                backslash = text.find("\\", where)
                raise QueryParseError("Unterminated string literal" if backslash < 0 else "Syntax error '\\'")
            raise QueryParseError(f"Syntax error '{text[where]}'")
        position = match.end()
        found.append(_Token(match.lastgroup or "", match[match.lastgroup or 0]))
    return [*found, _Token("end", "")]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._next]

    def disjunction(self) -> Node:
        left = self._conjunction()
        while self._take_word("||", "or"):
            left = Logic("or", left, self._conjunction())
        return left

    def _conjunction(self) -> Node:
        left = self._negation()
        while self._take_word("&&", "and"):
            left = Logic("and", left, self._negation())
        return left

    def _negation(self) -> Node:
        if self._take_word("!", "not"):
            return Not(self._negation())
        left = self._operand()
        operator = _COMPARISONS.get(self.token.text) if self.token.kind == "operator" else None
        if operator is None:
            return left
        self._next += 1
        return Compare(operator, left, self._operand())

    def _operand(self) -> Node:
        token = self.token
        self._next += token.kind != "end"
        if token.kind == "string":
            node: Node = Literal("String", token.text[1:-1].replace('""', '"'))
        elif token.kind == "number":
            node = Literal("Decimal", Decimal(token.text.rstrip("mM")))
        elif token.kind == "name":
            node = self._named(token.text)
        elif token.text == "(":
            node = self.disjunction()
            self._expect(")")
        else:
            raise QueryParseError("Expression expected")
        while isinstance(node, Literal | Call) and self._take("."):
            node = self._call(node, self._name())
        return node

    def _named(self, name: str) -> Node:
        if name.lower() in _CONSTANTS:
            return Literal(*_CONSTANTS[name.lower()])
        if name.lower() == "guid":
            return Literal("Guid", self._guid())
        if name.lower() == "datetime":
            return Literal("DateTime", self._date_time())
        while self._take("."):
            following = self._name()
            if self.token.text == "(":
                return self._call(Path(name), following)
            name = f"{name}.{following}"
        return Path(name)

    def _call(self, target: Node, method: str) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        while not self._take(")"):
            arguments.append(self._operand())
            self._take(",")
        if len(arguments) != _ARGUMENTS.get(method.lower()):
            raise QueryParseError(f"No applicable method '{method}' exists in type 'String'")
        return Call(target, method, tuple(arguments))

    def _date_time(self) -> int:
        if self._take("."):
            if self._name().lower() != "parse":
                raise QueryParseError("No applicable method exists in type 'DateTime'")
            text = self._text_argument()
            try:
                return milliseconds(read_moment(text))
            except NotADateError as error:
                raise QueryParseError("String was not recognized as a valid DateTime.") from error
        self._expect("(")
        parts: list[int] = []
        while not self._take(")"):
            if self.token.kind != "number":
                raise QueryParseError("Expression expected")
            parts.append(int(Decimal(self.token.text.rstrip("mM"))))
            self._next += 1
            self._take(",")
        try:
            return milliseconds(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type] # 3 to 6 ints, else TypeError
        except (TypeError, ValueError) as error:
            raise QueryParseError("No applicable constructor exists in type 'DateTime'") from error

    def _guid(self) -> str:
        text = self._text_argument()
        try:
            return str(UUID(text))
        except ValueError as error:
            raise QueryParseError("Guid should contain 32 digits with 4 dashes") from error

    def _text_argument(self) -> str:
        self._expect("(")
        node = self._operand()
        self._expect(")")
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            raise QueryParseError("Expression expected")
        return node.value

    def _name(self) -> str:
        if self.token.kind != "name":
            raise QueryParseError("Identifier expected")
        self._next += 1
        return self._tokens[self._next - 1].text

    def _take(self, text: str) -> bool:
        found = self.token.kind == "operator" and self.token.text == text
        self._next += found
        return found

    def _take_word(self, symbol: str, word: str) -> bool:
        if self._take(symbol):
            return True
        found = self.token.kind == "name" and self.token.text.lower() == word
        self._next += found
        return found

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise QueryParseError(f"'{text}' expected")
