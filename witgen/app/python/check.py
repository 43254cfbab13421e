"""Whether a guest's modules fit its bindings: what they import, and what they implement."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from witgen.app.manifest.find import shown
from witgen.app.python.library import Wanted, slips
from witgen.app.python.members import Members, Shape, members, shapes
from witgen.app.python.modules import Module, find, parse, statements
from witgen.diagnostics import Diagnostic, Place, did_you_mean

# Modules that the guest's Python has and an older one has not.
_STDLIB = sys.stdlib_module_names | {"annotationlib", "compression"}
_PROVIDED = ("componentize_py_", "poll_loop")
_MOST = 8


@dataclass(frozen=True)
class Guest:
    """A guest to check.

    Attributes:
        app: The module that implements its world.
        folders: Where its modules are.
        bindings: The folder with its bindings.
        world: The package of its bindings.
        installed: The folders of installed packages; asked only if a module is nowhere else.
    """

    app: str
    folders: tuple[Path, ...]
    bindings: Path
    world: str
    installed: Callable[[], Sequence[Path] | None]


def check(guest: Guest) -> tuple[Diagnostic, ...]:
    """What is wrong with a guest: nothing that componentize-py and Python would accept."""
    made = _Check(guest)
    made.run()
    return tuple(made.found)


@dataclass
class _Check:
    guest: Guest
    found: list[Diagnostic] = field(default_factory=list)
    modules: dict[str, Module | None] = field(default_factory=dict)
    library: dict[Wanted, Place] = field(default_factory=dict)

    def run(self) -> None:
        guest = self.guest
        wanted: dict[str, list[Shape]] = {guest.app: []}
        root = guest.bindings / guest.world
        for path in (root / "__init__.py", *sorted((root / "exports").glob("*.py"))):
            # An interface is a class of the app; its resources are in a module of its name.
            owner = guest.app if path.name == "__init__.py" else path.stem
            wanted.setdefault(owner, []).extend(s for s in shapes(path) if s.functions)
        for name, classes in wanted.items():
            if name == guest.app or classes:
                self._implements(name, classes)
        for module in list(self.modules.values()):
            if module is not None:
                self._imports(module)
        for one, meant in slips(self.library).items():
            message = f"`{one.module}` has no `{one.member}`"
            if one.imported:
                message = f"there is no module `{one.module}.{one.member}`"
            hint = f"did you mean `{meant}`?"
            self.found.append(Diagnostic("APP4107", message, self.library[one], help=(hint,)))

    # --- modules --------------------------------------------------------------------------------

    def module(self, name: str) -> Module | None:
        """One of the guest's modules, read once."""
        if name in self.modules:
            return self.modules[name]
        self.modules[name] = None
        path = find(name, self.guest.folders)
        if path is None or not path.is_file():
            return None
        try:
            read = parse(name, path, path.read_bytes())
        except OSError:
            return None
        if isinstance(read, SyntaxError):
            self.found.append(_syntax(read, path))
            return None
        self.modules[name] = read
        return read

    def _implements(self, name: str, classes: Sequence[Shape]) -> None:
        if find(name, self.guest.folders) is None:
            self.found.append(self._no_module(name, classes))
            return
        module = self.module(name)
        if module is not None:
            for shape in classes:
                self._class(module, shape)

    def _no_module(self, name: str, classes: Sequence[Shape]) -> Diagnostic:
        if name != self.guest.app:
            which = " and ".join(f"`{shape.name}`" for shape in classes)
            message = f"there is no module `{name}`, which implements the exported resource {which}"
            return Diagnostic("APP4102", message, help=(f"write `{name}.py` beside the app",))
        files = [path.stem for folder in self.guest.folders for path in folder.glob("*.py")]
        hints = did_you_mean(name, files) or (f"modules there: {_listed(files)}",)
        return Diagnostic("APP4102", f"there is no module `{name}` to build from", help=hints)

    # --- imports --------------------------------------------------------------------------------

    def _imports(self, module: Module) -> None:
        for node in module.tree.body:
            if isinstance(node, ast.Import):
                for one in node.names:
                    self._exists(module, one.name, module.place(one, one.name))
                    parent, _, last = one.name.rpartition(".")
                    if parent and self._of_library(parent):
                        wanted = Wanted(parent, last, imported=True)
                        self.library.setdefault(wanted, module.place(one, one.name))
            elif isinstance(node, ast.ImportFrom) and node.level > module.depth:
                self.found.append(_no_package(module, node))
            elif isinstance(node, ast.ImportFrom):
                name = module.absolute(node)
                if self._of_library(name):
                    for one in node.names:
                        wanted = Wanted(name, one.name, imported=False)
                        self.library.setdefault(wanted, module.place(one, one.name))
                known = self._exists(module, name, module.place(node, node.module or ""))
                if known is not None:
                    self._has(module, node, known)

    def _of_library(self, name: str) -> bool:
        """Whether a module can only be one of Python's library."""
        first = name.partition(".")[0]
        return first in sys.stdlib_module_names and find(first, self.guest.folders) is None

    def _exists(self, module: Module, name: str, place: Place) -> Module | None:
        """The module of that name, if it was read; reports one that does not exist."""
        first = name.partition(".")[0]
        if not name or first in _STDLIB or first.startswith(_PROVIDED):
            return None
        bound = first == self.guest.world
        folders = (self.guest.bindings,) if bound else self.guest.folders
        path = find(name, folders)
        if path is not None:
            return self._read(name, path, bound)
        if not bound and find(first, folders) is None:
            more = self.guest.installed()
            if more is None or find(first, more) is not None:
                return None
            hints = did_you_mean(first, [*_STDLIB, *self._beside()]) or (
                (
                    f"guests find what is in {_listed([shown(folder) for folder in folders])} and packages"
                    " that are installed"
                ),
            )
        else:
            hints = self._near(name, folders)
        self.found.append(Diagnostic("APP4107", f"there is no module `{name}`", place, help=hints))
        return None

    def _read(self, name: str, path: Path, bound: bool) -> Module | None:
        if not bound:
            return self._followed(name)
        if not path.is_file():
            return None
        read = parse(name, path, path.read_bytes())
        return read if isinstance(read, Module) else None

    def _followed(self, name: str) -> Module | None:
        new = name not in self.modules
        module = self.module(name)
        if new and module is not None:
            self._imports(module)
        return module

    def _has(self, module: Module, node: ast.ImportFrom, known: Module) -> None:
        bound = known.name.partition(".")[0] == self.guest.world
        folders = (self.guest.bindings,) if bound else self.guest.folders
        for one in node.names:
            full = f"{known.name}.{one.name}"
            if one.name == "*" or known.names is None or one.name in known.names:
                continue
            if find(full, folders) is not None:
                if not bound:
                    self._followed(full)
                continue
            hints = did_you_mean(one.name, self._offered(known, folders)) or self._near(
                full, folders
            )
            message = f"`{known.name}` has no `{one.name}`"
            self.found.append(
                Diagnostic("APP4107", message, module.place(one, one.name), help=hints)
            )

    def _near(self, name: str, folders: Sequence[Path]) -> tuple[str, ...]:
        """The modules beside one that does not exist."""
        if name == f"{self.guest.world}.imports":
            return ("the component imports nothing: declare what it calls in golem.yaml",)
        parent, _, last = name.rpartition(".")
        where = find(parent, folders) if parent else None
        if where is None:
            return ()
        folder = where.parent if where.is_file() else where
        beside = sorted(path.stem for path in folder.glob("[a-z]*.py"))
        return did_you_mean(last, beside) or ((f"it has {_listed(beside)}",) if beside else ())

    def _offered(self, known: Module, folders: Sequence[Path]) -> set[str]:
        folder = known.path.parent
        beside = folder.glob("[a-z]*.py") if known.path.name == "__init__.py" else ()
        return {path.stem for path in beside} | set(known.names or ())

    def _beside(self) -> Iterator[str]:
        for folder in self.guest.folders:
            yield from (path.stem for path in folder.glob("*.py"))

    # --- classes --------------------------------------------------------------------------------

    def _class(self, module: Module, shape: Shape) -> None:
        if module.names is None:
            return
        if shape.name not in module.names:
            self.found.append(_no_class(module, shape))
            return
        found = members(module, shape.name, self.module, self.guest.world)
        if found is not None:
            self.found += _unfit(shape, found)


def _no_package(module: Module, node: ast.ImportFrom) -> Diagnostic:
    dots = "." * node.level
    what = f"{dots}{node.module}" if node.module else dots
    where = f"is in {module.depth} packages" if module.depth > 1 else "is in one package"
    message = (
        f"`{module.name}` {where if module.depth else 'is in no package'}: `{what}` leads nowhere"
    )
    plain = node.module or ", ".join(one.name for one in node.names)
    hint = f"write `from {plain} import …`" if node.module else f"write `import {plain}`"
    return Diagnostic("APP4107", message, module.place(node, what), help=(hint,))


def _syntax(error: SyntaxError, path: Path) -> Diagnostic:
    line, column = error.lineno or 0, max(1, error.offset or 1)
    end = error.end_offset if error.end_lineno == error.lineno else None
    place = Place(
        str(path), line, column, max(1, (end or 0) - column), (error.text or "").rstrip("\n")
    )
    return Diagnostic(
        "APP4106", f"this is not valid Python: {error.msg}", place if line else Place(str(path))
    )


def _no_class(module: Module, shape: Shape) -> Diagnostic:
    classes = {n.name: n for n in statements(module.tree.body) if isinstance(n, ast.ClassDef)}
    near = _nearest(shape.name, classes) or (next(iter(classes)) if len(classes) == 1 else None)
    place, label = Place(str(module.path)), ""
    if near is not None:
        place, label = module.place(classes[near], near), f"did you mean `{shape.name}`?"
    asked = [f"with `{function.text}`" for function in shape.functions.values()]
    more = [f"and {len(asked) - _MOST} more"] if len(asked) > _MOST else []
    hints = (f"the world asks for `class {shape.name}`", *asked[:_MOST], *more)
    message = f"the module `{module.name}` has no class `{shape.name}`"
    return Diagnostic("APP4108", message, place, label, help=hints)


def _unfit(shape: Shape, found: Members) -> Iterator[Diagnostic]:
    for name, asked in shape.functions.items():
        if name not in found.functions:
            if found.whole and (name != "__init__" or asked.count):
                yield _no_function(shape, name, found)
            continue
        own = found.functions[name]
        if own is None:
            continue
        place = own.module.place(own.node, own.node.name)
        whole = f"`{shape.name}.{name}`"
        if not own.takes(asked.count):
            message = f"{whole} has other parameters than the WIT gives it"
            label = f"the WIT asks for `{asked.text}`"
            yield Diagnostic("APP4110", message, place, label)
        elif own.is_async and not asked.is_async:
            message = f"{whole} is `async`, and the function in the WIT is not"
            yield Diagnostic("APP4110", message, place, f"the WIT asks for `{asked.text}`")


def _no_function(shape: Shape, name: str, found: Members) -> Diagnostic:
    asked = shape.functions[name].text
    extra = [own for own in found.functions if own not in shape.functions]
    near = _nearest(name, extra)
    function = found.functions[near] if near is not None else None
    if function is not None:
        place, label = (
            function.module.place(function.node, function.node.name),
            "did you mean this?",
        )
    else:
        place, label = found.module.place(found.node, shape.name), ""
    message = f"the class `{shape.name}` has no function `{name}`"
    return Diagnostic("APP4109", message, place, label, help=(f"the WIT asks for `{asked}`",))


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The one that is probably meant, letters' case aside."""
    low = name.lower()
    return next((k for k in known if k.lower() == low or did_you_mean(low, [k.lower()])), None)


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in sorted(set(names))]
    more = f" and {len(shown) - _MOST} more" if len(shown) > _MOST else ""
    return (", ".join(shown[:_MOST]) or "none") + more
