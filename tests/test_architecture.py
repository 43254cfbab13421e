"""Who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Files that import nothing of witgen, and that everything may import.
LEAVES = {"version", "value", "prim", "atomic", "cache"}
# A room may import the rooms that it names here, itself, and the leaves.
ROOMS = {
    "diagnostics": set(),
    "syntax": {"diagnostics"},
    "resolve": {"diagnostics", "syntax"},
    "component": {"diagnostics", "resolve"},
    # What `wkg` keeps beside WIT; reading it takes no more than the syntax.
    "wkg": {"diagnostics", "syntax", "resolve"},
    "load_cache": set(),
    "load": {"diagnostics", "syntax", "resolve", "component", "wkg", "load_cache"},
    "loaded": {"resolve"},
    "client": {"diagnostics", "syntax", "resolve", "component", "load"},
    "emit": {"diagnostics", "resolve", "component", "client"},
    "native": {"diagnostics", "resolve", "component", "client"},
    "compose": {"diagnostics", "resolve", "component"},
    # Compositions that are written down: WIT's syntax and resolver, and the composer below.
    "wac": {"diagnostics", "syntax", "resolve", "component", "compose"},
    # Two versions of a package, by the composer's rules and with places in its text.
    "compare": {"diagnostics", "syntax", "resolve", "component", "load", "compose"},
    "app": {
        "diagnostics",
        "syntax",
        "resolve",
        "component",
        "load",
        "client",
        "emit",
        "native",
        "compose",
        "compare",
        "wkg",
    },
    "testing": {"diagnostics", "resolve"},
}
# The edge, and what starts it: they may import everything.
TOP = {"__init__", "__main__", "cli"}
# The rooms of `runtime_shim`, from the ground up, and what each may import besides itself.
_VALUES = {"errors", "values"}
_REPLAY = {*_VALUES, "protocol"}
_BOUNDARY = {*_VALUES, "protocol"}
_OFFERS = {*_BOUNDARY, "boundary", "exports", "typed", "link"}
_WASI = {*_OFFERS, "offers"}
_GOLEM = {*_WASI, "wasi"}
SHIM_ROOMS = {
    "errors": set(),
    "interface": set(),
    "values": {"errors"},
    "protocol": _VALUES,
    "typed": {*_VALUES, "interface", "protocol"},
    "link": {*_VALUES, "interface"},
    "replay": _REPLAY,
    "queue": {*_REPLAY, "replay"},
    "engines": {*_REPLAY, "replay", "queue"},
    "boundary": _BOUNDARY,
    "exports": {*_VALUES, "boundary"},
    "offers": _OFFERS,
    "wasi": _WASI,
    "adapter": {*_VALUES, "boundary"},
    "golem": _GOLEM,
    "clients": {*_GOLEM, "golem"},
    "program": {*_GOLEM, "golem", "clients", "adapter"},
    "snapshots": {*_GOLEM, "golem", "clients", "adapter", "program", "replay"},
}
# The files beside the rooms: they may import everything.
SHIM_TOP = {
    "__init__",
    "host",
    "instance",
    "restartable",
    "testing",
    "heap",
    "redeploy",
    "update",
    "manifests",
    "told",
}
# Packages, and the only modules that may import them.
OWNERS = {
    "lark": ("witgen/syntax/parser", "runtime_shim/values/wave_parse.py"),
    # The manifest's own templates are jinja's, as a manifest's author expects.
    "jinja2": ("witgen/emit/", "witgen/app/manifest/render.py"),
    "yaml": ("witgen/app/manifest/nodes.py",),
    "black": (),
    # Queues and engines know nothing of WebAssembly.
    "wasmtime": (
        "witgen/component/wasmtime_tools.py",
        *(
            f"runtime_shim/{room}/"
            for room in ("boundary", "offers", "wasi", "adapter", "program", "snapshots")
        ),
    ),
    # Another store needs no change of what asks one.
    "sqlite3": ("runtime_shim/engines/sqlite/",),
    "restate": ("runtime_shim/engines/restate/",),
    "hypercorn": ("runtime_shim/engines/restate/server.py",),
    "componentize_py": ("witgen/app/componentize.py",),
    "click": ("witgen/cli/",),
    "hypothesis": ("witgen/testing/strategies.py",),
    "pytest": ("runtime_shim/testing.py", "witgen/app/fixtures.py"),
    "rich": ("witgen/cli/",),
    "watchfiles": ("witgen/app/watching.py",),
    "platformdirs": ("witgen/cache.py", "runtime_shim/boundary/compile.py"),
}


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "templates" not in path.parts)


@cache
def nodes(path: Path) -> tuple[ast.Import | ast.ImportFrom | ast.ClassDef, ...]:
    """The imports and classes of a file, at any depth; every rule below asks for them."""
    kinds = ast.Import | ast.ImportFrom | ast.ClassDef
    found = ast.walk(ast.parse(path.read_text("utf-8")))
    return tuple(node for node in found if isinstance(node, kinds))


@cache
def imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


@cache
def rooms_of(package: str) -> set[str]:
    """The folders and files of a package."""
    parts = (path.relative_to(ROOT / package).with_suffix("").parts for path in modules(package))
    return {first for first, *_ in parts}


def imported_rooms(name: str, package: str) -> set[str]:
    """The folders and files of a package that a file imports."""
    parts = [module.split(".") for module in imports(ROOT / name)]
    return {part[1] for part in parts if part[0] == package and len(part) > 1} & rooms_of(package)


ALL = [str(path.relative_to(ROOT)) for f in ("witgen", "runtime_shim") for path in modules(f)]


def strays(name: str) -> set[str]:
    """What a file imports, and may not."""
    package, own, *_ = Path(name).with_suffix("").parts
    found = imported_rooms(name, package) - {own}
    if package == "witgen":
        return set() if own in TOP else found - (ROOMS.get(own, set()) | LEAVES)
    # The one exception: wrapping a component takes the reader and writer of components.
    foreign = {module for module in imports(ROOT / name) if module.split(".")[0] == "witgen"}
    known = "witgen.component" if own == "adapter" else None
    foreign = {module for module in foreign if ".".join(module.split(".")[:2]) != known}
    return foreign if own in SHIM_TOP else foreign | (found - SHIM_ROOMS[own])


def test_rooms_import_in_one_direction() -> None:
    assert {name: found for name in ALL if (found := strays(name))} == {}


def test_every_folder_and_file_is_a_room() -> None:
    assert rooms_of("witgen") == ROOMS.keys() | LEAVES | TOP
    assert rooms_of("runtime_shim") == SHIM_ROOMS.keys() | SHIM_TOP


def test_only_these_import_by_name() -> None:
    """An import by a name that is worked out is not seen here."""
    by_name = {name for name in ALL if "import_module" in (ROOT / name).read_text("utf-8")}
    assert by_name == {
        "runtime_shim/__init__.py",
        "runtime_shim/boundary/signals.py",  # a module of Python's own
        "witgen/app/python/library.py",  # the library, in a process of its own
        "witgen/__init__.py",
        "witgen/cli/__init__.py",
    }


def packages(name: str) -> set[str]:
    """The packages that a file imports."""
    return {module.split(".")[0] for module in imports(ROOT / name)}


def test_a_package_has_one_owner() -> None:
    stray = {
        (name, package)
        for name in ALL
        for package in packages(name) & OWNERS.keys()
        if not name.startswith(OWNERS[package])
    }
    assert stray == set()


def test_only_the_edges_know_the_host() -> None:
    edges = ("witgen/app/", "witgen/cli/", "witgen/testing/", "runtime_shim/")
    inside = [name for name in ALL if not name.startswith(edges)]
    assert inside
    assert [name for name in inside if "runtime_shim" in packages(name)] == []


# The packages whose files import each other in one direction.
NO_CIRCLES = ("witgen", "runtime_shim")


def module_name(path: Path) -> str:
    """The module of a file; that of `__init__.py` is its package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def arrows(packages: Iterable[str]) -> dict[str, set[str]]:
    """Module → the modules of `packages` that it imports, for types and lazily as well.

    A package is among them only for what its `__init__.py` has.
    """
    paths = {module_name(path): path for package in packages for path in modules(package)}
    found: dict[str, set[str]] = {}
    for name, path in paths.items():
        found[name] = set()
        for node in nodes(path):
            if isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                found[name] |= inner if inner <= paths.keys() else {*inner, node.module}
    return {name: imported & paths.keys() for name, imported in found.items()}


def test_no_files_import_each_other_in_a_circle() -> None:
    TopologicalSorter(arrows(NO_CIRCLES)).prepare()  # raises CycleError, which names the circle


def test_nothing_inside_imports_from_a_face() -> None:
    faces = {"witgen", "runtime_shim"}
    found = {name for name, imported in arrows(faces).items() if imported & faces}
    assert found == set()


def test_modules_stay_small() -> None:
    long = {name: n for name in ALL if (n := len((ROOT / name).read_text().splitlines())) > 450}
    assert long == {}


def test_classes_stay_small() -> None:
    classes = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name in ALL
        for node in nodes(ROOT / name)
        if isinstance(node, ast.ClassDef)
    }
    assert {name: lines for name, lines in classes.items() if lines > 300} == {}
