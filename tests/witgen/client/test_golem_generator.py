"""What Golem's own tests assert of its generator, asserted of ours.

`CHECKS` is the table: each test of Golem's suite, and the tests here that assert what it checks. The
inputs are written for this file after the descriptions of those tests.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from oracle import binary, document, write_tree

from witgen.client import Client, client
from witgen.client.caller import add_client
from witgen.client.package import caller_files, component_files
from witgen.load import load_texts

pytestmark = pytest.mark.skipif(binary() is None, reason="wasm-tools is not installed")

# Golem's test → ours. `wit`, `stub_wasm`, `add_dep`, `compose` are the files of its suite.
CHECKS = {
    "wit::all_wit_types": (
        "test_all_types_names",
        "test_all_types_members",
        "test_all_types_are_those_of_the_exports_package",
    ),
    "wit::many_ways_to_export": ("test_many_ways_to_export",),
    "stub_wasm::all_wit_types": (
        "test_the_component_exports_every_function_with_its_types",
        "test_the_component_exports_polling_resources",
    ),
    "stub_wasm::resource": ("test_a_resource_takes_what_its_constructor_takes",),
    "stub_wasm::circular_resources": ("test_resources_that_name_each_other",),
    "stub_wasm::inline_resources": ("test_a_resource_declared_in_the_world",),
    "add_dep::all_wit_types_no_collision": ("test_a_client_is_added_with_its_packages",),
    "add_dep::all_wit_types_re_add_with_changes": ("test_a_changed_client_replaces_the_old_one",),
    "add_dep::many_ways_to_export_no_collision": ("test_a_client_is_added_with_its_packages",),
    "add_dep::direct_circular": ("test_circles_of_components",),
    "add_dep::direct_circular_readd": ("test_circles_of_components",),
    "add_dep::direct_circular_same_world_name": ("test_circles_of_components",),
    "add_dep::indirect_circular": ("test_circles_of_components",),
    "add_dep::indirect_circular_readd": ("test_circles_of_components",),
    "add_dep::self_circular": ("test_circles_of_components",),
}

KINDS = {
    "bool": "bool",
    "u8": "u8",
    "u16": "u16",
    "u32": "u32",
    "u64": "u64",
    "s8": "s8",
    "s16": "s16",
    "s32": "s32",
    "s64": "s64",
    "f32": "f32",
    "f64": "f64",
    "char": "char",
    "string": "string",
    "list": "list<string>",
    "list-of-records": "list<item>",
    "option": "option<string>",
    "nested-option": "option<option<u8>>",
    "result": "result<string, u8>",
    "result-ok": "result<string>",
    "result-err": "result<_, string>",
    "result-empty": "result",
    "tuple": "tuple<string, u8, bool>",
    "pair": "pair",
    "item": "item",
    "order": "order",
    "status": "status",
    "colour": "colour",
    "permissions": "permissions",
    "alias": "label",
}
ALL_TYPES = f"""package test:main;
interface api {{
  type label = string;
  type pair = tuple<string, f64>;
  record item {{ id: u64, name: label, tags: list<string>, size: option<pair> }}
  record order {{ items: list<item>, status: status }}
  variant status {{ open, held(string), done(item) }}
  enum colour {{ red, green, blue }}
  flags permissions {{ read, write, exec }}
  nothing: func();
  take: func(x: item);
  give: func() -> item;
  many: func(a: u8, b: string, c: list<order>, d: option<colour>) -> result<order, string>;
{"".join(f"  id-{name}: func(x: {text}) -> {text};" + chr(10) for name, text in KINDS.items())}}}
world api-world {{ export api; }}
"""
RESULTS = sorted([*(f"id-{name}" for name in KINDS), "give", "many"])
SILENT = ["nothing", "take"]

MANY_WAYS = {
    "main.wit": """package test:exports;
interface iface1 { func2: func() -> bool; }
interface iface6 { record rec1 { a: bool } func6: func(r: rec1); }
interface unused { f: func(); }
world api {
  use test:sub2/iface10.{rec1};
  import unused;
  export func1: func() -> rec1;
  export iface1;
  export iface6;
  export inline-iface: interface { func4: func() -> bool; }
  export test:sub/iface4;
  export test:sub2/iface10;
}
""",
    "deps/sub/sub.wit": """package test:sub;
interface iface4 { record rec1 { b: u8 } func5: func(r: rec1) -> bool; }
""",
    "deps/sub2/sub2.wit": """package test:sub2;
interface iface10 { record rec1 { c: u8 } func10: func() -> rec1; }
""",
}
RESOURCE = """package test:main;
interface api {
  resource cart {
    constructor(user: string, size: u8);
    add: func(name: string);
    count: func() -> u32;
    merge: static func(a: borrow<cart>, b: cart) -> cart;
  }
}
world api-world { export api; }
"""
CIRCULAR = """package test:main;
interface api {
  resource r1 { constructor(); func1: func() -> r2; }
  resource r2 { constructor(); func2: func() -> r1; }
}
world api-world { export api; }
"""
INLINE_RESOURCE = """package test:main;
world api-world {
  export api: interface { resource cart { constructor(user: string); count: func() -> u32; } }
}
"""


def made(files: Mapping[str, str] | str, **options: Any) -> Client:
    return client(load_texts({"a.wit": files} if isinstance(files, str) else files), **options)


class Read:
    """The document that the reference tool makes of a WIT tree."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.data = document(write_tree(folder, files))
        self.packages = {package["name"]: package for package in self.data["packages"]}

    def interface(self, package: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.data["interfaces"][self.packages[package]["interfaces"][name]]
        return found

    def declared(self, ty: int) -> int:
        """The declaration behind the names of a resource."""
        kind = self.data["types"][ty]["kind"]
        return ty if kind == "resource" else self.declared(kind["type"])

    def shape(self, ty: object) -> object:
        """A type in words, its names looked through."""
        if ty is None or isinstance(ty, str):
            return ty
        assert isinstance(ty, int)
        typedef = self.data["types"][ty]
        kind = typedef["kind"]
        if kind == "resource":
            return f"resource {typedef['name']}"
        ((word, body),) = kind.items()
        match word:
            case "type":
                return self.shape(body)
            case "handle":
                ((mode, resource),) = body.items()
                return f"{mode} {self.data['types'][self.declared(resource)]['name']}"
            case "record":
                return {field["name"]: self.shape(field["type"]) for field in body["fields"]}
            case "variant":
                return {case["name"]: self.shape(case.get("type")) for case in body["cases"]}
            case "enum":
                return [case["name"] for case in body["cases"]]
            case "flags":
                return {flag["name"] for flag in body["flags"]}
            case "tuple":
                return tuple(self.shape(item) for item in body["types"])
            case "list" | "option":
                return (word, self.shape(body))
            case "result":
                return (word, self.shape(body.get("ok")), self.shape(body.get("err")))
            case _:
                raise AssertionError(word)

    def signature(
        self, function: dict[str, Any], *, method: bool = False
    ) -> tuple[list[object], object]:
        params = function["params"][1:] if method else function["params"]
        result = self.shape(function.get("result"))
        return [self.shape(param["type"]) for param in params], result


@pytest.fixture
def all_types(tmp_path: Path) -> Read:
    return Read(tmp_path, caller_files(made(ALL_TYPES)))


def members(read: Read, package: str, interface: str, resource: str) -> dict[str, Any]:
    """The functions of a resource of an interface, by their own names."""
    functions = read.interface(package, interface)["functions"]
    dot = f"]{resource}."
    return {name.partition(dot)[2]: f for name, f in functions.items() if dot in name}


def test_all_types_names(all_types: Read) -> None:
    package = all_types.packages["test:main-client"]

    assert list(package["worlds"]) == ["wasm-rpc-client-api-world"]
    assert set(package["interfaces"]) == {"api-world-client", "api-world-types"}


def test_all_types_members(all_types: Read) -> None:
    found = members(all_types, "test:main-client", "api-world-client", "api")

    wanted = {
        f"{prefix}{f}" for f in (*RESULTS, *SILENT) for prefix in ("", "blocking-", "schedule-")
    }
    assert set(found) == wanted | {"custom"}
    futures = {
        name
        for name, ty in all_types.interface("test:main-client", "api-world-client")["types"].items()
        if name.startswith("future-") and all_types.data["types"][ty]["kind"] == "resource"
    }
    assert futures == {f"future-{name}-result" for name in RESULTS}
    for name in RESULTS:
        assert all_types.shape(found[name]["result"]) == f"own future-{name}-result"
    for name in SILENT:
        assert found[name].get("result") is None


def test_all_types_are_those_of_the_exports_package(tmp_path: Path) -> None:
    """With `--types use`, the client `use`s them from `-exports`, as Golem's does."""
    read = Read(tmp_path, caller_files(made(ALL_TYPES, types="use")))
    types = read.interface("test:main-exports", "api")["types"]
    client_types = read.interface("test:main-client", "api-world-client")["types"]

    named = ["label", "pair", "item", "order", "status", "colour", "permissions"]
    assert set(types) == set(named)
    for name in named:
        assert read.data["types"][client_types[name]]["kind"] == {"type": types[name]}
    kinds = {name: read.data["types"][types[name]]["kind"] for name in named}
    assert {name: next(iter(kind)) for name, kind in kinds.items()} == {
        "label": "type",
        "pair": "tuple",
        "item": "record",
        "order": "record",
        "status": "variant",
        "colour": "enum",
        "permissions": "flags",
    }


def test_many_ways_to_export(tmp_path: Path) -> None:
    read = Read(tmp_path, caller_files(made(MANY_WAYS)))

    assert "wasm-rpc-client-api" in read.packages["test:exports-client"]["worlds"]
    wanted = {
        "api-inline-functions": "func1",
        "iface1": "func2",
        "iface6": "func6",
        "api-inline-iface": "func4",
        "iface4": "func5",
        "iface10": "func10",
    }
    for resource, function in wanted.items():
        found = members(read, "test:exports-client", "api-client", resource)
        assert {function, f"blocking-{function}"} <= set(found)
    functions = read.interface("test:exports-client", "api-client")["functions"]
    constructed = {name.removeprefix("[constructor]") for name in functions if "[con" in name}
    assert constructed == set(wanted)
    for resource in wanted:
        function = functions[f"[constructor]{resource}"]
        assert [param["name"] for param in function["params"]] == ["worker-name"]


def test_equal_type_names_of_several_interfaces_stay_apart(tmp_path: Path) -> None:
    read = Read(tmp_path, caller_files(made(MANY_WAYS)))

    def argument(resource: str, function: str) -> object:
        found = members(read, "test:exports-client", "api-client", resource)[function]
        return read.signature(found, method=True)

    assert argument("iface6", "blocking-func6") == ([{"a": "bool"}], None)
    assert argument("iface4", "blocking-func5") == ([{"b": "u8"}], "bool")
    assert argument("iface10", "blocking-func10") == ([], {"c": "u8"})
    assert argument("api-inline-functions", "blocking-func1") == ([], {"c": "u8"})


def test_the_component_exports_every_function_with_its_types(tmp_path: Path) -> None:
    target = Read(tmp_path / "target", {"a.wit": ALL_TYPES.encode()})
    read = Read(tmp_path / "client", component_files(made(ALL_TYPES)))
    remote = target.interface("test:main", "api")["functions"]
    found = members(read, "test:main-client", "api-world-client", "api")

    for name, function in remote.items():
        blocking = read.signature(found[f"blocking-{name}"], method=True)
        assert blocking == target.signature(function)
        params, _ = target.signature(function)
        assert read.signature(found[name], method=True)[0] == params


def test_the_component_exports_polling_resources(tmp_path: Path) -> None:
    target = Read(tmp_path / "target", {"a.wit": ALL_TYPES.encode()})
    read = Read(tmp_path / "client", component_files(made(ALL_TYPES)))
    remote = target.interface("test:main", "api")["functions"]

    for name in RESULTS:
        found = members(read, "test:main-client", "api-world-client", f"future-{name}-result")
        assert set(found) == {"subscribe", "get"}
        assert read.shape(found["subscribe"]["result"]) == "own pollable"
        _, result = target.signature(remote[name])
        assert read.shape(found["get"]["result"]) == ("option", result)


def test_a_resource_takes_what_its_constructor_takes(tmp_path: Path) -> None:
    read = Read(tmp_path, caller_files(made(RESOURCE)))
    functions = read.interface("test:main-client", "api-world-client")["functions"]
    found = members(read, "test:main-client", "api-world-client", "cart")

    params = [param["name"] for param in functions["[constructor]cart"]["params"]]
    assert params == ["worker-name", "user", "size"]
    custom = [param["name"] for param in found["custom"]["params"]]
    assert custom == ["worker-id", "user", "size"]
    assert read.signature(found["blocking-add"], method=True) == (["string"], None)
    assert read.signature(found["blocking-count"], method=True) == ([], "u32")
    assert read.signature(found["blocking-merge"]) == (["borrow cart", "own cart"], "own cart")


def test_resources_that_name_each_other(tmp_path: Path) -> None:
    read = Read(tmp_path, caller_files(made(CIRCULAR)))
    one = members(read, "test:main-client", "api-world-client", "r1")
    two = members(read, "test:main-client", "api-world-client", "r2")

    assert read.shape(one["blocking-func1"]["result"]) == "own r2"
    assert read.shape(two["blocking-func2"]["result"]) == "own r1"


def test_a_resource_declared_in_the_world(tmp_path: Path) -> None:
    made_client = made(INLINE_RESOURCE)
    read = Read(tmp_path, caller_files(made_client))
    found = members(read, "test:main-client", "api-world-client", "cart")

    assert {"custom", "count", "blocking-count", "schedule-count"} == set(found)
    cart = next(resource for resource in made_client.resources if resource.name == "cart")
    assert cart.remote_constructor_name == "test:main-exports/api-world-api.{cart.new}"


EMPTY_CALLER = {"caller.wit": b"package test:caller;\nworld caller {}\n"}


@pytest.mark.parametrize("target", [ALL_TYPES, MANY_WAYS], ids=["all-types", "many-ways"])
@pytest.mark.parametrize("types", ["auto", "use"])
def test_a_client_is_added_with_its_packages(
    target: Mapping[str, str] | str, types: str, tmp_path: Path
) -> None:
    added = made(target, types=types)
    alone = Read(tmp_path / "client", caller_files(added))
    read = Read(tmp_path / "caller", add_client(EMPTY_CALLER, added))

    assert {"wasi:io@0.2.0", "wasi:clocks@0.2.0", "golem:rpc@0.2.0"} <= set(read.packages)
    assert set(read.packages) == {*alone.packages, "test:caller"}
    name = next(name for name in alone.packages if name.endswith("-client"))
    for interface in alone.packages[name]["interfaces"]:
        here, there = read.interface(name, interface), alone.interface(name, interface)
        assert list(here["types"]) == list(there["types"])
        for function, body in there["functions"].items():
            assert read.signature(here["functions"][function]) == alone.signature(body)


def test_a_changed_client_replaces_the_old_one(tmp_path: Path) -> None:
    before = add_client(EMPTY_CALLER, made(ALL_TYPES))
    changed = made(ALL_TYPES.replace("nothing: func();", "something: func(x: colour) -> item;"))

    after = add_client(EMPTY_CALLER, changed)

    read = Read(tmp_path, after)
    found = members(read, "test:main-client", "api-world-client", "api")
    assert {"something", "blocking-something"} <= set(found)
    assert "blocking-nothing" not in found
    assert set(after) == set(before)


def component(name: str, world: str, *clients: str) -> bytes:
    """A component that calls others: before any client is there, its world imports none."""
    return (
        f"package test:{name};\ninterface api-{name} {{ run: func(x: string) -> u64; }}\n"
        f"world {world} {{\n  export api-{name};\n}}\n"
    ).encode()


@pytest.mark.parametrize(
    ("edges", "same_world"),
    [
        ({"a": "b", "b": "a"}, False),
        ({"a": "b", "b": "a"}, True),
        ({"a": "b", "b": "c", "c": "a"}, False),
        ({"a": "a"}, False),
        ({"a": "a", "b": "a"}, False),
    ],
    ids=["direct", "direct, one world name", "indirect", "self", "self and another"],
)
def test_circles_of_components(edges: dict[str, str], *, same_world: bool, tmp_path: Path) -> None:
    """Each calls the next; a second round, on the WIT that imports clients, changes nothing."""
    worlds = {name: "app" if same_world else f"world-{name}" for name in edges}
    sources = {name: {"a.wit": component(name, worlds[name])} for name in edges}

    def round_(current: Mapping[str, Mapping[str, bytes]]) -> dict[str, dict[str, bytes]]:
        clients = {
            name: client(load_texts({path: data.decode() for path, data in files.items()}))
            for name, files in current.items()
        }
        return {name: dict(add_client(current[name], clients[edges[name]])) for name in edges}

    first = round_(sources)

    assert round_(first) == first
    for name, callee in edges.items():
        read = Read(tmp_path / name, first[name])
        (world,) = (w for w in read.data["worlds"] if w["name"] == worlds[name])
        imported = [item["interface"]["id"] for item in world["imports"].values()]
        wanted = read.packages[f"test:{callee}-client"]["interfaces"][f"{worlds[callee]}-client"]
        assert wanted in imported
        assert members(read, f"test:{callee}-client", f"{worlds[callee]}-client", f"api-{callee}")


@pytest.mark.parametrize("golem", CHECKS)
def test_the_table_names_tests(golem: str) -> None:
    here = vars(sys.modules[__name__])

    assert CHECKS[golem]
    assert [name for name in CHECKS[golem] if not callable(here.get(name))] == []
