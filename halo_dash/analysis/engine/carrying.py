"""Whether a cell of code goes on from where the same cell left off before.

The text of such a cell is the same each time and so may be what it prints, and still each time does more:
`page += 1`, `rest = rest[50:]`, `found.append(…)`. The state of a session cannot tell: it counts its cells.
"""

from __future__ import annotations

import ast

_CHANGING = frozenset({
    "add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft",
    "remove", "reverse", "setdefault", "sort", "subtract", "update",
})  # fmt: skip
"""Methods of the values that cells have."""


def carries_on(code: str) -> bool:
    """Whether the cell changes a variable whose value from before it reads. Nothing is executed."""
    reader = _Reader()
    try:
        reader.visit(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(reader.found & reader.changed)


class _Reader(ast.NodeVisitor):
    """Reads a cell from top to bottom, as if every branch were taken once."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        """Read before the cell itself gave them a value."""
        self.changed: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        """A variable."""
        if isinstance(node.ctx, ast.Load):
            if node.id not in self.changed:
                self.found.add(node.id)
        else:
            self.changed.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value comes before the name."""
        for each in (node.value, *node.targets):
            self.visit(each)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Reads what it changes."""
        self.visit(node.value)
        self._change(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """The value comes before the name."""
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        """What is gone through comes before the name."""
        for each in (node.iter, node.target, *node.body, *node.orelse):
            self.visit(each)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """An item that is set or deleted changes what holds it."""
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._change(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        """A method that changes its object, or `next`."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            self._change(node.func.value)
        elif isinstance(node.func, ast.Name) and node.func.id == "next" and node.args:
            self._change(node.args[0])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Its names are its own."""
        self.changed.add(node.name)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        """Its names are its own, and come before what they are used in."""
        within = _Reader()
        for each in node.generators:
            for part in (each.iter, each.target, *each.ifs):
                within.visit(part)
        for made in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            within.visit(made)
        targets = (name for each in node.generators for name in ast.walk(each.target))
        own = {each.id for each in targets if isinstance(each, ast.Name)}
        self.found |= within.found - own - self.changed
        self.changed |= within.changed - own

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815 - as ast calls them

    def _change(self, node: ast.expr) -> None:
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name):
            if node.id not in self.changed:
                self.found.add(node.id)
            self.changed.add(node.id)
