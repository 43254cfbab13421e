"""The bytes of native clients: what the reference tool says of them, and what they are made of."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest
from golden_cases import CASES, golden_client
from native_host import Guest, Outside
from oracle import binary, write_tree

import witgen
from witgen.client import Client, client
from witgen.component import decode
from witgen.component.body import read_component, sections
from witgen.component.cursor import Cursor
from witgen.component.name_section import is_end, only_functions
from witgen.component.wasmtime_tools import validate, wat2wasm
from witgen.compose.metadata import stripped
from witgen.diagnostics import WitError
from witgen.emit import generate
from witgen.load import load_texts
from witgen.native import client_bytes
from witgen.native.core import code
from witgen.resolve import model as m

ORACLE = binary()
needs_oracle = pytest.mark.skipif(ORACLE is None, reason="wasm-tools is not installed")


@cache
def made(case: str) -> tuple[Client, bytes]:
    found = golden_client(case)
    return found, client_bytes(found)


def of(wit: str, **options: object) -> Client:
    return client(load_texts({"x.wit": wit}), **options)  # type: ignore[arg-type]


SMALL = "package a:b; interface i { f: func(a: string) -> u32; } world w { export i; }"
HOUSE = """package auction:service;
interface api {
  record lot { id: u64, title: string, reserve: option<u32>, tags: list<string> }
  enum status { open, sold, passed }
  flags rights { see, bid, close }
  record bid { bidder: string, amount: u32, limit: option<u32> }
  variant outcome { accepted(u32), outbid(bid), closed }
  add: func(a: u32, b: u32) -> u32;
  echo: func(text: string, times: u32) -> string;
  open: func(lot: lot, rights: rights) -> result<status, string>;
  place: func(lot: u64, bid: bid) -> outcome;
  search: func(lots: list<lot>) -> list<lot>;
  note: func(text: string);
}
world auction { export api; }
"""
CELL = "package a:b; interface i { resource r { g: func(); } } world w { export i; }"


@needs_oracle
@pytest.mark.parametrize("case", CASES)
class TestReference:
    def test_it_validates_all_features(self, case: str) -> None:
        assert ORACLE is not None
        done = subprocess.run(
            [ORACLE, "validate", "--features", "all", "-"],
            input=made(case)[1],
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr.decode()) == (0, "")

    def test_it_conforms_to_the_world_of_the_python_sources(
        self, case: str, tmp_path: Path
    ) -> None:
        assert ORACLE is not None
        made_for, data = made(case)
        files = generate(made_for, emit=["python"])
        wit = {p.removeprefix("python/wit/"): d for p, d in files.items() if ".wit" in p}
        folder = write_tree(tmp_path / "wit", wit)
        (tmp_path / "client.wasm").write_bytes(data)
        command: list[str | Path] = [
            ORACLE,
            "component",
            "targets",
            folder,
            tmp_path / "client.wasm",
        ]
        command += ["-w", made_for.component_world, "--all-features"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert (done.returncode, done.stderr.decode()) == (0, "")


@pytest.mark.parametrize("case", CASES)
class TestCases:
    def test_it_exports_the_client_interface(self, case: str) -> None:
        made_for, data = made(case)
        wanted = made_for.resolve.interfaces[made_for.interface]
        resolve = decode(data)
        (found,) = (
            resolve.interfaces[item.id]
            for item in resolve.worlds[0].exports.values()
            if isinstance(item, m.InterfaceItem)
            and resolve.interface_id(item.id) == made_for.interface_name
        )
        assert list(found.types) == list(wanted.types)
        assert set(found.functions) == set(wanted.functions)

    def test_it_imports_no_more_than_its_world(self, case: str) -> None:
        made_for, data = made(case)
        world = made_for.resolve.worlds[made_for.component_world_id]
        allowed = {made_for.resolve.interface_id(k) for k in world.imports if isinstance(k, int)}
        assert set(read_component(data).type.imports) <= allowed

    def test_the_same_client_gives_the_same_bytes(self, case: str) -> None:
        assert client_bytes(golden_client(case)) == made(case)[1]

    def test_stripping_leaves_only_the_names_of_ends(self, case: str) -> None:
        made_for, data = made(case)
        small = client_bytes(made_for, strip=True)
        assert len(small) < len(data)
        assert b"producers" in data
        assert b"producers" not in small
        names = function_names(code(made_for, strip=True).main)
        assert names
        assert all(map(is_end, names))
        remotes = {p.remote.invocation for r in made_for.resources for p in r.members}
        assert {f"witgen:trap/rpc/{remote}" for remote in remotes} <= set(names)
        validate(small)


def function_names(module: bytes) -> list[str]:
    for kind, section in sections(Cursor(module, 8)):
        if kind == 0 and section.name() == "name":
            for part, names in sections(section):
                if part == 1:
                    return [(names.u32(), names.name())[1] for _ in range(names.count("name"))]
    return []


def code_names(component: bytes) -> list[bytes]:
    """The names of functions in the core modules of a component and of those within it."""
    found: list[bytes] = []
    for kind, section in sections(Cursor(component, 8)):
        body = bytes(section.take(section.end - section.position))
        if kind == 1:
            found += [text.encode() for text in function_names(body)]
        elif kind == 4:
            found += code_names(body)
    return found


class TestSizes:
    def test_what_a_client_does_not_need_is_not_there(self) -> None:
        plain = code(of(SMALL))
        assert plain.heap is None
        names = [name for item in plain.imports for name in (item.name,)]
        assert "resolve-component-id" not in names
        assert "connect-ephemeral" not in names
        assert code(of(CELL)).heap is not None

    def test_a_client_without_futures_imports_no_pollables(self) -> None:
        data = client_bytes(of("package a:b; interface i { f: func(); } world w { export i; }"))
        functions = read_component(data).type.imports["golem:rpc/types@0.2.0"]
        assert "[method]wasm-rpc.async-invoke-and-await" not in getattr(functions, "exports", {})

    def test_sizes_stay_small(self) -> None:
        house = of(HOUSE)

        assert len(client_bytes(of(SMALL))) < 7_500
        assert len(client_bytes(house)) < 16 * 1024
        assert len(client_bytes(house, strip=True)) < 12 * 1024
        assert sum(len(r.members) for r in house.resources) == 18

    def test_facade(self) -> None:
        assert witgen.native_client(of(SMALL)) == client_bytes(of(SMALL))


class TestNames:
    def test_a_component_name_may_be_anything(self) -> None:
        name = 'a "quoted"\\ \n\0 naïve 名'
        outside = Outside(known=False)
        instance = Guest(of(SMALL, component=name)).start(outside)

        with pytest.raises(Exception, match="witgen:trap/unknown-component/"):
            instance.call("[constructor]i", "w")

        assert outside.events == [f"resolve {name} w"]

    def test_modules_without_names_stay_as_they_are(self) -> None:
        module = wat2wasm('(module (func (export "f")))')
        assert only_functions(module, lambda _: True) == module

    def test_other_names_go(self) -> None:
        module = wat2wasm(
            "(module $m (func $f (param $p i32)) (func $g) (global $x i32 (i32.const 1)))"
        )
        assert function_names(only_functions(module, lambda name: name == "g")) == ["g"]
        assert b"name" not in only_functions(module, lambda _: False)

    def test_compositions_keep_the_names_of_ends_when_stripped(self) -> None:
        whole = made("auction")[1]
        part = stripped(whole)
        validate(bytes(part))
        assert len(part) < len(whole)
        assert b"witgen:trap/rpc/acme:auction/api@1.2.0.{open}" in bytes(part)
        assert b"[method]api.blocking-open" not in code_names(bytes(part))

    def test_malformed_names_are_stripped(self) -> None:
        plain = wat2wasm("(component (core module))")
        module = plain[plain.index(b"\0asm\1") :]
        bad = module + b"\0\x08\4name\1\x7f\x7f"
        component = plain[:8] + b"\1" + bytes((len(bad),)) + bad
        assert b"name" not in bytes(stripped(component))


class TestRefusals:
    def test_types_nested_too_deep_are_diagnostics(self) -> None:
        chain = "type t0 = list<u8>;" + "".join(f"type t{n + 1} = list<t{n}>;" for n in range(120))
        wit = f"package a:b; interface i {{ {chain} f: func(a: t120); }} world w {{ export i; }}"
        with pytest.raises(WitError) as caught:
            client_bytes(of(wit))
        assert all(d.code.startswith("CMP30") for d in caught.value.diagnostics)

    @pytest.mark.parametrize("depth", [1, 30, 80])
    def test_types_nested_deep_work(self, depth: int) -> None:
        deep = "u8"
        for number in range(depth):
            deep = ("option<%s>", "list<%s>", "tuple<%s>", "result<%s>")[number % 4] % deep
        wit = (
            f"package a:b; interface i {{ f: func(a: {deep}) -> {deep}; }} world w {{ export i; }}"
        )
        validate(client_bytes(of(wit)))


class TestUses:
    @pytest.mark.parametrize("types", ["auto", "use", "inline"])
    @pytest.mark.parametrize(
        "shared",
        [
            "type t = u32;",
            "type t = string; record u { t: t }",
            "type t = list<u8>;",
            "enum t { a }",
        ],
    )
    def test_names_of_other_interfaces(self, shared: str, types: str) -> None:
        wit = f"""package a:b; interface s {{ {shared} }}
          interface i {{ use s.{{t as renamed}}; type again = renamed; f: func(a: again) -> renamed; }}
          world w {{ export i; }}"""
        data = client_bytes(of(wit, types=types))
        validate(data)
        (found,) = (i for i in decode(data).interfaces if i.name == "w-client")
        assert "[method]i.blocking-f" in found.functions
