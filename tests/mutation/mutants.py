"""Every mutant of a source file: one small change each, made by mutmut's operators.

mutmut and not cosmic-ray, because its operators also take arguments and assigned values away. Its runner is not used:
it leaves out every decorated function and every constant, and expects each module's name to be its place in the tree.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

from tests.house import ROOT

OPERATORS = [(kind, operator) for kind, operator in mutation_operators if operator is not operator_string]
"""Words for people are most of the strings here, and no test should hold each letter of them."""
NOT_CHANGED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.TypeAlias)
"""What only type checkers read, and what fails at import however it is changed."""


@dataclass
class Mutant:
    """One change of one file: its `number` among the file's mutants; it is in the lines from `line` to `last`."""

    path: str
    number: int
    line: int
    last: int
    _module: cst.Module
    _node: cst.CSTNode
    _changed: cst.CSTNode

    @property
    def name(self) -> str:
        """Where it is, for a table and for `--only`."""
        return f"{self.path}:{self.number}"

    @cached_property
    def source(self) -> str:
        """The whole file with the change. Made when it is asked for: a file has hundreds of mutants."""
        return self._module.deep_replace(self._node, self._changed).code

    @cached_property
    def difference(self) -> tuple[str, str]:
        """The lines that differ, without their margins, of the file and of the mutant; both empty where none does."""
        lines = difflib.ndiff(self._module.code.splitlines(), self.source.splitlines())
        changed = [line for line in lines if line[:2] in ("- ", "+ ")]
        old, new = (" ".join(line[2:].strip() for line in changed if line[0] == sign) for sign in "-+")
        return old, new


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield the mutants of a file, in the order of its text."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text()))
    finder = _Finder()
    wrapper.visit(finder)
    relative = path.relative_to(ROOT).as_posix()
    for number, (node, changed, line, last) in enumerate(sorted(finder.found, key=lambda found: found[2])):
        yield Mutant(relative, number, line, last, wrapper.module, node, changed)


class _Finder(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, int, int]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, NOT_CHANGED) or _is_for_type_checkers(node):
            return False
        position = self.get_metadata(PositionProvider, node, None)
        if position is not None:
            self.found += [(node, changed, position.start.line, position.end.line) for changed in _changes(node)]
        return True


def _changes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what may stand in the place of a node; a call that stands alone may also be left out."""
    for kind, operator in OPERATORS:
        if isinstance(node, kind):
            yield from (changed for changed in operator(node) if not _is_as_false(node, changed))
    if isinstance(node, cst.Expr) and not isinstance(
        node.value, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis
    ):
        yield cst.Pass()


def _is_as_false(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    """Say whether an argument False became None, which is false too; True in its place is another mutant."""
    if not isinstance(node, cst.Call) or not isinstance(changed, cst.Call) or len(node.args) != len(changed.args):
        return False
    pairs = [(old.value, new.value) for old, new in zip(node.args, changed.args, strict=True) if old is not new]
    return [tuple(getattr(value, "value", None) for value in pair) for pair in pairs] == [("False", "None")]


def _is_for_type_checkers(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.If):
        return isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING"
    if isinstance(node, cst.Assign) and isinstance(node.value, cst.Call) and isinstance(node.value.func, cst.Name):
        return node.value.func.value in {"TypeVar", "ParamSpec"}
    return False
