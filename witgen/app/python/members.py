"""What classes have: those that the bindings ask for, and those of the guest."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.python.modules import Module, statements

# Decorators that leave the parameters as they are written.
_PLAIN = {"staticmethod", "classmethod", "abstractmethod", "override", "final"}
_EMPTY_BASES = {"object", "Protocol", "ABC", "Generic"}


@dataclass(frozen=True)
class Asked:
    """A function that the bindings ask for.

    Attributes:
        text: As it can be written.
        count: How many arguments it is given besides `self`.
        is_async: Whether it is declared so.
    """

    text: str
    count: int
    is_async: bool


@dataclass(frozen=True)
class Shape:
    """A class that the bindings ask for, with its functions."""

    name: str
    functions: dict[str, Asked]


@dataclass(frozen=True)
class Own:
    """A function of a guest."""

    module: Module
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def is_async(self) -> bool:
        """Whether calling it gives a coroutine."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many positional arguments besides `self`."""
        args = self.node.args
        bound = 0 if "staticmethod" in map(_last, self.node.decorator_list) else 1
        most = len(args.posonlyargs) + len(args.args)
        least = most - len(args.defaults)
        if any(default is None for default in args.kw_defaults):
            return False
        return least <= count + bound and (args.vararg is not None or count + bound <= most)


@dataclass
class Members:
    """What a class of a guest has.

    Attributes:
        module: Where it is defined.
        node: Its definition.
        functions: Its functions; None for members whose parameters are unknown.
        whole: Whether it can have no others.
    """

    module: Module
    node: ast.ClassDef
    functions: dict[str, Own | None] = field(default_factory=dict)
    whole: bool = True


def shapes(path: Path) -> list[Shape]:
    """The protocols in a module of the bindings."""
    tree = ast.parse(path.read_bytes())
    return [
        Shape(
            node.name,
            {
                f.name: _asked(f)
                for f in node.body
                if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
            },
        )
        for node in tree.body
        if isinstance(node, ast.ClassDef) and "Protocol" in map(_last, node.bases)
    ]


def _asked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Asked:
    is_async = isinstance(node, ast.AsyncFunctionDef)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    text = f"{'async ' if is_async else ''}def {node.name}({ast.unparse(node.args)}){returns}"
    return Asked(text, len(node.args.args) - 1, is_async)


def members(
    module: Module, name: str, load: Callable[[str], Module | None], world: str, depth: int = 0
) -> Members | None:
    """What a class has, with what it inherits; None if no class of that name can be read.

    Args:
        module: Where the name is used.
        name: The name.
        load: Reads a module of the guest.
        world: The package of the bindings, whose classes have nothing.
        depth: How many steps led here.
    """
    if depth > 20:  # a class that inherits itself
        return None
    node = None
    for one in statements(module.tree.body):
        if isinstance(one, ast.ClassDef) and one.name == name:
            node = one
    if node is None:
        origin = module.imported.get(name)
        other = load(origin.module) if origin and origin.name else None
        if other is None or origin is None or origin.name is None:
            return None
        return members(other, origin.name, load, world, depth + 1)
    found = Members(module, node)
    found.whole = not node.keywords and not node.decorator_list
    for base in node.bases:
        _inherit(found, base, load, world, depth)
    for one in node.body:
        _add(found, one)
    for inner in ast.walk(module.tree):  # `self.f = …`, and `Api.f = …` beside the class
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            found.functions.setdefault(inner.attr, None)
    found.whole &= "__getattr__" not in found.functions
    return found


def _add(found: Members, statement: ast.stmt) -> None:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        plain = {_last(one) for one in statement.decorator_list} <= _PLAIN
        found.functions[statement.name] = Own(found.module, statement) if plain else None
        return
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found.functions[name] = None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.functions[name] = None


def _inherit(
    found: Members, base: ast.expr, load: Callable[[str], Module | None], world: str, depth: int
) -> None:
    root = base
    while isinstance(root, ast.Attribute | ast.Subscript):
        root = root.value
    if not isinstance(root, ast.Name):
        found.whole = False
        return
    origin = found.module.imported.get(root.id)
    if origin is not None and origin.module.partition(".")[0] == world:
        return
    if _last(base) in _EMPTY_BASES:
        return
    inherited = None
    if isinstance(base, ast.Name):
        inherited = members(found.module, base.id, load, world, depth + 1)
    if inherited is None:
        found.whole = False
        return
    found.functions |= inherited.functions
    found.whole &= inherited.whole


def _last(node: ast.expr) -> str:
    """The last name of a dotted one, such as of a decorator or a base."""
    if isinstance(node, ast.Subscript | ast.Call):
        return _last(node.value if isinstance(node, ast.Subscript) else node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
