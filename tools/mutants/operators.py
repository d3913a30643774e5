"""Planted faults: every small change of a source file that a test ought to notice."""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

Place = tuple[tuple[str, int | None], ...]

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_PAIRS: Final = (
    ("min", "max"), ("minimum", "maximum"), ("any", "all"), ("early", "late"), ("first", "last"),
    ("first_day", "last_day"), ("since_first", "since_last"), ("ALWAYS", "NEVER"),
    ("TRUE", "FALSE"), ("Every", "Some"),
)  # fmt: skip
_NAMES: Final = {
    **dict(_PAIRS),
    **{two: one for one, two in _PAIRS},
    "ends_by": "through",
    "ends_by_day": "through_day",
}
_OF_TYPES: Final = frozenset({"annotation", "returns", "decorator_list", "bases", "type_params"})
"""Parts that say what something is; only the annotation of a field says what it may hold."""
_CLASS: Final = re.compile(r"[A-Z]\w*[a-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change. `key` stays the same while the function around it does."""

    key: str
    operator: str
    line: int
    lines: tuple[int, int]
    before: str
    after: str
    place: Place
    make: Callable[[Any], ast.AST | None]

    def of(self, tree: ast.Module) -> ast.Module:
        """A copy of the file's tree with the change in it."""
        mutated = copy.deepcopy(tree)
        node: ast.AST = mutated
        for field, index in self.place[:-1]:
            node = _child(node, field, index)
        field, index = self.place[-1]
        made = self.make(_child(node, field, index))
        if index is None:
            setattr(node, field, made)
        else:
            getattr(node, field)[index] = made
        return ast.fix_missing_locations(mutated)


def _child(node: ast.AST, field: str, index: int | None) -> ast.AST:
    child = getattr(node, field)
    found: ast.AST = child if index is None else child[index]
    return found


def mutants(source: str) -> Iterator[Mutant]:
    """Every change of a file, in the order of its text."""
    seen: dict[tuple[str, str, str, str], count[int]] = {}
    for place, node, scope, lines in _nodes(ast.parse(source), (), "", (1, 1)):
        for operator, make in _changes(node):
            made = make(copy.deepcopy(node))
            before, after = _text(node), _text(made) if made else "(left out)"
            number = next(seen.setdefault((scope, operator, before, after), count()))
            yield Mutant(
                key=f"{scope}|{operator}|{before}|{after}|{number}",
                operator=operator,
                line=getattr(node, "lineno", lines[0]),
                lines=lines,
                before=before,
                after=after,
                place=place,
                make=make,
            )


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 160 else text[:157] + "..."


def _nodes(
    node: ast.AST, place: Place, scope: str, lines: tuple[int, int]
) -> Iterator[tuple[Place, ast.AST, str, tuple[int, int]]]:
    """Nodes that may be changed: place, name of the scope, lines that run when the node does."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        scope = f"{scope}.{node.name}".lstrip(".")
    for field, value in ast.iter_fields(node):
        if field in _OF_TYPES and not (field == "annotation" and isinstance(node, ast.AnnAssign)):
            continue
        for index, child in _children(value):
            if isinstance(child, ast.expr_context | ast.operator | ast.cmpop | ast.boolop):
                continue
            if _said_only(child):
                continue
            at = (*place, (field, index))
            within = _lines(node, child, lines)
            yield at, child, scope, within
            yield from _nodes(child, at, scope, within)


def _children(value: object) -> Iterator[tuple[int | None, ast.AST]]:
    if isinstance(value, ast.AST):
        yield None, value
    elif isinstance(value, list):
        yield from ((index, each) for index, each in enumerate(value) if isinstance(each, ast.AST))


def _said_only(node: ast.AST) -> bool:
    """A docstring, an import, what is unreachable, or the text of an error."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return True
        case _:
            return False


def _lines(parent: ast.AST, child: ast.AST, lines: tuple[int, int]) -> tuple[int, int]:
    if not hasattr(child, "lineno"):
        return lines
    simple = isinstance(child, ast.stmt) and not hasattr(child, "body")
    header = isinstance(parent, ast.If | ast.For | ast.While | ast.With | ast.Match)
    if simple or (header and isinstance(child, ast.expr)):
        return child.lineno, getattr(child, "end_lineno", None) or child.lineno
    return (child.lineno, child.lineno) if isinstance(child, ast.stmt) else lines


Change = tuple[str, Callable[[Any], ast.AST | None]]


def _changes(node: ast.AST) -> Iterator[Change]:  # noqa: C901 - one case for each operator
    match node:
        case ast.Compare(ops=[op]):
            yield "comparison", lambda n: _with(n, ops=[_COMPARISONS[type(op)]()])
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                changed = [*ops]
                changed[index] = _COMPARISONS[type(op)]()
                yield "comparison", partial(_with, ops=changed)
        case ast.BinOp(op=sign) | ast.AugAssign(op=sign) if type(sign) in _ARITHMETIC:
            if not _of_types(node):
                yield "arithmetic", lambda n: _with(n, op=_ARITHMETIC[type(sign)]())
        case ast.BoolOp(op=joint):
            other = ast.Or() if isinstance(joint, ast.And) else ast.And()
            yield "and/or", lambda n: _with(n, op=other)
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub()):
            yield "dropped operator", lambda n: n.operand
        case ast.Constant():
            yield from _constants(node)
        case ast.Name(id=name, ctx=ast.Load()) if name in _NAMES:
            yield "name", lambda n: _with(n, id=_NAMES[name])
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in _NAMES:
            yield "name", lambda n: _with(n, attr=_NAMES[name])
        case _:
            yield from _flow(node)


def _constants(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", lambda n: _with(n, value=not value)
    elif isinstance(value, int):
        yield "constant", lambda n: _with(n, value=value + 1)
        if value > 0:
            yield "constant", lambda n: _with(n, value=value - 1)


def _flow(node: ast.AST) -> Iterator[Change]:  # noqa: C901 - one case for each operator
    match node:
        case ast.If() | ast.IfExp():
            for forced in (True, False):
                yield "condition", partial(_with, test=ast.Constant(forced))
        case ast.While():
            yield "condition", lambda n: _with(n, test=ast.Constant(value=False))
        case ast.comprehension(ifs=ifs):
            for index in range(len(ifs)):
                kept = ifs[:index] + ifs[index + 1 :]
                yield "condition", partial(_with, ifs=kept)
        case ast.match_case(guard=ast.expr()):
            yield "condition", lambda n: _with(n, guard=None)
        case ast.Return(value=ast.expr() as value) if not _plain(value):
            yield "returned value", lambda n: _with(n, value=ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield "left out", lambda n: ast.copy_location(ast.Pass(), n)
        case ast.Continue():
            yield "continue/break", lambda n: ast.copy_location(ast.Break(), n)
        case ast.Break():
            yield "continue/break", lambda n: ast.copy_location(ast.Continue(), n)
        case _:
            pass


def _with(node: ast.AST, **changed: object) -> ast.AST:
    for field, value in changed.items():
        setattr(node, field, value)
    return node


def _plain(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _of_types(node: ast.AST) -> bool:
    """`A | None` unites types; `a | b` is arithmetic."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitOr):
        return False
    return any(
        isinstance(side, ast.Subscript | ast.Constant)
        or (isinstance(side, ast.Name) and _CLASS.match(side.id) is not None)
        or _of_types(side)
        for side in (node.left, node.right)
    )
