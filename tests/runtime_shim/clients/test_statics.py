"""Statics that name their worker, and members that are called like constructor and drop."""

from __future__ import annotations

from typing import Any

import pytest
from resource_cells import (
    MAKE,
    METHOD_DROP,
    METHOD_NEW,
    PAIR,
    PEEK,
    STATIC_DROP,
    STATIC_NEW,
    SUM,
    cell,
)

from runtime_shim.clients.convention import client_import, link_by_convention
from runtime_shim.errors import LinkError, RpcError
from runtime_shim.link import ClientLink, ClientResource, Member, Mode

pytestmark = pytest.mark.usefixtures("path")


class TestNames:
    """`{res.new}` is the constructor and `{res.drop}` the drop, whatever else has the name."""

    def names(self, mini: Any, *exports: str) -> list[str]:
        program = mini.deploy("test:cells", cell(*exports))
        return [item.name.removeprefix("test:cells/api.") for item in program.names.all]

    def member(self, mini: Any, spelling: str) -> str:
        found = mini.registry.program("test:cells").names.resolve(f"test:cells/api.{spelling}")
        return "[drop]cell" if found.function is None else str(found.member)

    @pytest.mark.parametrize(
        ("spelling", "member"),
        [
            ("{cell.new}", "[constructor]cell"),
            ("{[constructor]cell}", "[constructor]cell"),
            ("{[static]cell.new}", "[static]cell.new"),
            ("{[method]cell.new}", "[static]cell.new"),  # so Golem's host calls statics
            ("{cell.drop}", "[drop]cell"),
            ("{[drop]cell}", "[drop]cell"),
            ("{[resource-drop]cell}", "[drop]cell"),
            ("{[method]cell.drop}", "[method]cell.drop"),
            ("{cell.sum}", "[static]cell.sum"),
            ("{[static]cell.sum}", "[static]cell.sum"),
            ("{[method]cell.sum}", "[static]cell.sum"),
            ("{dropped}", "dropped"),
        ],
    )
    @pytest.mark.parametrize("package", ["test:cells", "test:cells-exports"])
    def test_all_together(self, mini: Any, spelling: str, member: str, package: str) -> None:
        mini.deploy("test:cells", cell(MAKE, STATIC_NEW, METHOD_DROP, SUM))
        assert self.member(mini, spelling) == member
        found = mini.registry.program("test:cells").names
        assert found.resolve(f"{package}/api.{spelling}").name == (
            found.resolve(f"test:cells/api.{spelling}").name
        )

    def test_each_export_has_a_name_of_its_own(self, mini: Any) -> None:
        names = self.names(mini, MAKE, METHOD_NEW, STATIC_DROP, PEEK)
        assert names == [
            "{[constructor]cell}",
            "{[method]cell.new}",
            "{[static]cell.drop}",
            "{cell.peek}",
            "{dropped}",
            "{[drop]cell}",
        ]
        assert all(self.member(mini, n) == n[1:-1] for n in names if "]" in n)

    def test_plain_names_where_nothing_clashes(self, mini: Any) -> None:
        assert self.names(mini, MAKE, SUM) == [
            "{cell.new}",
            "{cell.sum}",
            "{dropped}",
            "{cell.drop}",
        ]

    def test_a_member_new_without_a_constructor(self, mini: Any) -> None:
        assert "{cell.new}" in self.names(mini, STATIC_NEW)
        assert self.member(mini, "{cell.new}") == "[static]cell.new"

    @pytest.mark.parametrize("spelling", ["{[constructor]cell}", "{[method]cell.sums}"])
    def test_what_is_not_there(self, mini: Any, spelling: str) -> None:
        mini.deploy("test:cells", cell(STATIC_NEW, SUM))
        with pytest.raises(RpcError, match="has no function"):
            mini.run("test:cells/w", f"test:cells/api.{spelling}")

    def test_they_run(self, mini: Any) -> None:
        mini.deploy("test:cells", cell(MAKE, STATIC_NEW, METHOD_DROP))

        def run(spelling: str, *args: Any) -> Any:
            return mini.run("test:cells/w", f"test:cells/api.{spelling}", *args)

        handle = run("{cell.new}", 7)
        assert run("{[static]cell.new}", 7) == 1007
        assert run("{[method]cell.drop}", handle) == 1007
        assert run("{dropped}") == 0
        run("{cell.drop}", handle)
        assert run("{dropped}") == 7

    def test_an_implicit_resource_is_made_by_its_constructor(self, mini: Any) -> None:
        mini.deploy("test:cells", cell(STATIC_NEW, METHOD_DROP))
        with pytest.raises(RpcError, match="constructor"):
            mini.run("test:cells/w", "test:cells/api.{cell(1).drop}")


NAME = '(param "worker-name" string)'
CLIENT = """
(component
  (import "test:cells-client/cells-client" (instance $client
    (export "cell" (type $cell (sub resource)))
    {extra}
    (export "[static]cell.blocking-sum" (func {name} (param "by" u32) (result u32)))))
  (core module $libc (memory (export "memory") 1) (data (i32.const 8) "name"))
  (core instance $l (instantiate $libc))
  (core func $sum (canon lower (func $client "[static]cell.blocking-sum")
    (memory (core memory $l "memory"))))
  (core module $m
    (import "c" "sum" (func $sum (param {core} i32) (result i32)))
    (func (export "sum") (param i32) (result i32) (call $sum {values} (local.get 0))))
  (core instance $i (instantiate $m (with "c" (instance (export "sum" (func $sum))))))
  (func (export "sum") (param "by" u32) (result u32) (canon lift (core func $i "sum"))))
"""
NAMED = {"name": NAME, "core": "i32 i32", "values": "(i32.const 8) (i32.const 4)"}
BARE = {"name": "", "core": "", "values": ""}


def stub(*, durable: bool, worker: bool, name: str = "[static]cell.blocking-sum") -> ClientLink:
    member = Member(name, "test:cells/api.{cell.sum}", Mode.BLOCKING, worker=worker)
    own = ClientResource(
        "cell", "test:cells/api.{cell.new}", "test:cells/api.{cell.drop}", (member,)
    )
    return ClientLink("test:cells-client/cells-client", "test:cells", durable, (own,), ())


class TestStaticsThatNameTheirWorker:
    @pytest.mark.parametrize("stubbed", [True, False])
    def test_durable(self, mini: Any, stubbed: bool) -> None:
        mini.deploy("test:cells", cell(MAKE, SUM))
        links = (stub(durable=True, worker=True),) if stubbed else ()
        mini.deploy("test:caller", CLIENT.format(extra="", **NAMED), links=links)
        assert mini.run("test:caller/c", "sum", 5) == 1005
        assert next((w.name, [f for f, *_ in e]) for w, e in mini.journal.items()) == (
            "name",
            ["test:cells/api.{cell.sum}"],
        )

    @pytest.mark.parametrize("stubbed", [True, False])
    def test_ephemeral(self, mini: Any, stubbed: bool) -> None:
        mini.deploy("test:cells", cell(MAKE, SUM), durable=False)
        links = (stub(durable=False, worker=True),) if stubbed else ()
        mini.deploy("test:caller", CLIENT.format(extra="", **BARE), links=links)
        assert mini.run("test:caller/c", "sum", 5) == 1005
        assert mini.run("test:caller/c", "sum", 6) == 1006
        assert len([w for w in mini.journal if w.component == "test:cells"]) == 2
        assert mini.replay("test:caller/c") == [(1005, 1005), (1006, 1006)]

    def test_the_target_is_not_deployed(self, mini: Any) -> None:
        links = (stub(durable=True, worker=True),)
        mini.deploy("test:caller", CLIENT.format(extra="", **NAMED), links=links)
        with pytest.raises(RpcError, match="Could not find any component with the given id"):
            mini.run("test:caller/c", "sum", 5)

    def test_golems_static_finds_no_worker(self, mini: Any) -> None:
        mini.deploy("test:cells", cell(MAKE, SUM))
        mini.deploy("test:caller", CLIENT.format(extra="", **BARE))
        with pytest.raises(RpcError, match="without a handle among its arguments"):
            mini.run("test:caller/c", "sum", 5)

    @pytest.mark.parametrize(
        ("shape", "link", "said"),
        [
            (NAMED, stub(durable=True, worker=False), "type mismatch"),
            (NAMED, stub(durable=False, worker=True), "type mismatch"),
            (
                BARE,
                stub(durable=True, worker=True),
                "is not a valid blocking member with the worker's name as its first parameter",
            ),
        ],
    )
    def test_a_stub_that_does_not_fit(
        self, mini: Any, shape: dict[str, str], link: ClientLink, said: str
    ) -> None:
        mini.deploy("test:cells", cell(MAKE, SUM))
        program = mini.deploy("test:caller", CLIENT.format(extra="", **shape), links=(link,))
        with pytest.raises(LinkError, match=said):
            program.link()

    def test_a_method_names_no_worker(self, mini: Any) -> None:
        method = "[method]cell.blocking-peek"
        extra = f'(export "{method}" (func (param "self" (borrow $cell)) {NAME} (result u32)))'
        mini.deploy("test:cells", cell(MAKE, PEEK, SUM))
        program = mini.deploy(
            "test:caller",
            CLIENT.format(extra=extra, **NAMED),
            links=(stub(durable=True, worker=True, name=method),),
        )
        with pytest.raises(LinkError, match="is not a valid"):
            program.link()

    def test_by_convention_a_handle_needs_no_name(self, mini: Any) -> None:
        extra = """(export "[constructor]cell" (func (param "w" string) (param "start" u32)
                 (result (own $cell))))
          (export "[static]cell.blocking-peek" (func (param "of" (borrow $cell)) (result u32)))
          (export "[static]cell.blocking-new" (func (param "w" string) (param "by" u32)
            (result u32)))
          (export "[method]cell.blocking-drop" (func (param "self" (borrow $cell)) (result u32)))"""
        target = mini.deploy("test:cells", cell(MAKE, PEEK, SUM, STATIC_NEW, METHOD_DROP))
        program = mini.deploy("test:caller", CLIENT.format(extra=extra, **NAMED))
        (interface,) = program.shape.imports.values()
        parsed = client_import(interface.name)
        assert parsed is not None
        (own,) = link_by_convention(interface, parsed, target.names, durable=True).resources
        assert (own.constructor, own.drop) == (
            "test:cells/api.{[constructor]cell}",
            "test:cells/api.{[drop]cell}",
        )
        assert [(m.name, m.function.partition(".")[2], m.worker) for m in own.members] == [
            ("[static]cell.blocking-peek", "{cell.peek}", False),
            ("[static]cell.blocking-new", "{[static]cell.new}", True),
            ("[method]cell.blocking-drop", "{[method]cell.drop}", False),
            ("[static]cell.blocking-sum", "{cell.sum}", True),
        ]
        program.link()


LENDER = """
(component
  (import "test:cells-client/cells-client" (instance $client
    (export "cell" (type $cell (sub resource)))
    (export "[constructor]cell" (func (param "w" string) (param "start" u32) (result (own $cell))))
    (export "[static]cell.blocking-pair"
      (func (param "a" (borrow $cell)) (param "b" (borrow $cell)) (result u32)))))
  (alias export $client "cell" (type $cell))
  (core module $libc (memory (export "memory") 1) (data (i32.const 8) "name"))
  (core instance $l (instantiate $libc))
  (core func $new (canon lower (func $client "[constructor]cell") (memory (core memory $l "memory"))))
  (core func $pair (canon lower (func $client "[static]cell.blocking-pair")))
  (core func $drop (canon resource.drop $cell))
  (core module $m
    (import "c" "new" (func $new (param i32 i32 i32) (result i32)))
    (import "c" "pair" (func $pair (param i32 i32) (result i32)))
    (import "c" "drop" (func $drop (param i32)))
    (func (export "pairs") (result i32) (local i32 i32 i32)
      (local.set 0 (call $new (i32.const 8) (i32.const 4) (i32.const 3)))
      (local.set 1 (call $new (i32.const 8) (i32.const 4) (i32.const 5)))
      (local.set 2 (call $pair (local.get 0) (local.get 1)))
      (local.set 2 (i32.add (local.get 2) (call $pair (local.get 1) (local.get 1))))
      (call $drop (local.get 0))
      (call $drop (local.get 1))
      (local.get 2)))
  (core instance $i (instantiate $m (with "c" (instance
    (export "new" (func $new)) (export "pair" (func $pair)) (export "drop" (func $drop))))))
  (func (export "pairs") (result u32) (canon lift (core func $i "pairs"))))
"""


def test_two_resources_are_lent_at_once(mini: Any) -> None:
    mini.deploy("test:cells", cell(MAKE, PAIR))
    mini.deploy("test:caller", LENDER)

    assert mini.run("test:caller/c", "pairs") == 35 + 55
    assert mini.run("test:cells/name", "test:cells/api.{dropped}") == 8
