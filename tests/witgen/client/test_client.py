"""The rules of the client interface."""

from __future__ import annotations

import pytest
from shop_clients import ONE, codes, make, target, text

from witgen.client import Mode, Routing, client
from witgen.client.package import caller_files, component_files
from witgen.resolve import model as m


class TestRules:
    def test_the_documented_example(self) -> None:
        assert text(make(ONE, "acme:shop")) == (
            """package acme:shop-client;

interface shop-client {
  use wasi:io/poll@0.2.0.{pollable as wasi-io-pollable};
  use wasi:clocks/wall-clock@0.2.0.{datetime as wasi-clocks-datetime};
  use golem:rpc/types@0.2.0.{component-id as golem-rpc-component-id, """
            """worker-id as golem-rpc-worker-id, cancellation-token as golem-rpc-cancellation-token};

  resource future-get-result {
    subscribe: func() -> wasi-io-pollable;
    get: func() -> option<u64>;
  }

  resource api {
    constructor(worker-name: string);
    custom: static func(worker-id: golem-rpc-worker-id) -> api;
    blocking-add: func(value: u64);
    add: func(value: u64);
    schedule-add: func(value: u64, scheduled-for: wasi-clocks-datetime) -> """
            """golem-rpc-cancellation-token;
    blocking-get: func() -> u64;
    get: func() -> future-get-result;
    schedule-get: func(scheduled-for: wasi-clocks-datetime) -> golem-rpc-cancellation-token;
  }
}

world wasm-rpc-client-shop {
  export shop-client;
}
"""
        )

    def test_an_ephemeral_client_names_no_worker(self) -> None:
        made = make(ONE, kind="ephemeral")

        assert "constructor();" in text(made)
        assert "custom: static func(component-id: golem-rpc-component-id) -> api;" in text(made)
        assert not made.durable

    def test_modes_and_invocation_names(self) -> None:
        (resource,) = make(ONE).resources

        assert [(x.function.name, x.remote.invocation, x.mode) for x in resource.members] == [
            ("[method]api.blocking-add", "acme:shop/api@1.0.0.{add}", Mode.BLOCKING),
            ("[method]api.add", "acme:shop/api@1.0.0.{add}", Mode.TRIGGER),
            ("[method]api.schedule-add", "acme:shop/api@1.0.0.{add}", Mode.SCHEDULED),
            ("[method]api.blocking-get", "acme:shop/api@1.0.0.{get}", Mode.BLOCKING),
            ("[method]api.get", "acme:shop/api@1.0.0.{get}", Mode.ASYNC),
            ("[method]api.schedule-get", "acme:shop/api@1.0.0.{get}", Mode.SCHEDULED),
        ]
        assert resource.members[4].future == "future-get-result"

    def test_inline_interfaces_and_world_functions_go_by_golems_names(self) -> None:
        made = make(
            "world shop { export till: interface { sum: func() -> u8; resource r { m: func(); } }"
            " export open: func(); export close: func(); }"
        )

        assert [r.name for r in made.resources] == ["shop-till", "r", "shop-inline-functions"]
        found = {x.remote.invocation for r in made.resources for x in r.members}
        assert found == {
            "acme:shop-exports/shop-till@1.0.0.{sum}",
            "acme:shop-exports/shop-till@1.0.0.{r.m}",
            "acme:shop-exports/shop-inline-functions@1.0.0.{open}",
            "acme:shop-exports/shop-inline-functions@1.0.0.{close}",
        }

    def test_foreign_interfaces_keep_their_package(self) -> None:
        resolve = target(
            "world shop { export other:lib/tools@0.2.0; }",
            lib="package other:lib@0.2.0; interface tools { f: func(); }",
        )
        (resource,) = client(resolve).resources

        assert resource.name == "tools"
        assert resource.members[0].remote.invocation == "other:lib/tools@0.2.0.{f}"

    def test_a_resource_statics_first(self) -> None:
        made = make(
            "interface api { resource r { m: func(); constructor(x: u8); s: static func(r: r); } }"
            " world shop { export api; }"
        )
        interface, resource = made.resources

        assert interface.members == ()
        assert [x.function.name for x in resource.members[::3]] == [
            "[static]r.blocking-s",
            "[method]r.blocking-m",
        ]
        assert resource.remote_constructor_name == "acme:shop/api@1.0.0.{r.new}"
        assert resource.remote_drop == "acme:shop/api@1.0.0.{r.drop}"
        assert [p.name for p in resource.constructor.params] == [  # type: ignore[union-attr]
            "worker-name",
            "x",
        ]
        assert {x.routing for x in resource.members} == {Routing.ARGUMENT, Routing.HANDLE}

    def test_an_interface_of_types_alone_is_a_resource_too(self) -> None:
        made = make("interface kinds { record k { a: u8 } } world shop { export kinds; }")

        assert [r.name for r in made.resources] == ["kinds"]
        assert "use acme:shop/kinds@1.0.0.{k};" in text(made)
        assert made.types is None

    def test_the_component_is_named_after_the_package_without_its_version(self) -> None:
        assert make(ONE).component == "acme:shop"
        assert make(ONE, component="x").component == "x"

    def test_a_component_is_known_by_the_package_that_it_exports(self) -> None:
        resolve = target(
            "world root { export exports: interface { init: func(); } export open: func();"
            " export acme:auction/api@1.0.0; }",
            "root:component",
            auction="package acme:auction@1.0.0; interface api { f: func(); }",
        )
        made = client(resolve)

        assert made.interface_name == "acme:auction-client/root-client@1.0.0"
        assert made.component == "acme:auction"
        assert [r.members[0].remote.invocation for r in made.resources] == [
            "acme:auction/api@1.0.0.{f}",
            "acme:auction-exports/root-inline-functions@1.0.0.{open}",
        ]

    def test_docs_are_carried_over(self) -> None:
        made = make("/// A.\ninterface api { /// F.\nf: func(); } world shop { export api; }")

        assert made.resources[0].docs == "A."
        assert text(made).count("/// F.") == 3

    def test_docs_that_break_bindings_are_made_harmless(self) -> None:
        made = make(
            'interface api { /// A \\ and """.\nf: func(e: e);'
            ' enum e { /// """\nx } } world shop { export api; }'
        )

        assert text(made).count("/// A \\\\ and '''.") == 3
        assert "/// '''" in text(made)
        assert made.resources[0].members[0].remote.docs == 'A \\ and """.'


class TestVersions:
    @pytest.mark.parametrize(
        ("golem_rpc", "wasi", "api"),
        [("0.2.0", "0.2.0", "1.1.6"), ("0.2.1", "0.2.3", "1.1.7"), ("0.2.2", "0.2.3", "1.1.7")],
    )
    def test_what_goes_together(self, golem_rpc: str, wasi: str, api: str) -> None:
        files = component_files(make(ONE, golem_rpc=golem_rpc))

        assert {path.split("/")[1] for path in files if path.startswith("deps/")} == {
            f"golem-rpc-{golem_rpc}",
            f"golem-api-{api}",
            f"wasi-io-{wasi}",
            f"wasi-clocks-{wasi}",
        }
        named = b"named-wit-type-node" in files[f"deps/golem-rpc-{golem_rpc}/package.wit"]
        assert named is (golem_rpc == "0.2.2")

    def test_the_targets_own_copies_do_not_matter(self) -> None:
        resolve = target(
            "interface api { use golem:rpc/types@0.2.0.{uuid}; f: func(u: uuid); }"
            " world shop { export api; }",
            rpc="package golem:rpc@0.2.0; interface types { record uuid { low-bits: u64 } }",
        )
        made = client(resolve)

        assert "record uuid {\n    low-bits: u64,\n  }" in text(made)
        assert b"resource wasm-rpc" in caller_files(made)["deps/golem-rpc-0.2.0/package.wit"]


class TestTypes:
    SPLIT = (
        "interface money { record price { cents: u64 } }"
        " interface stock { use money.{price}; enum grade { good } f: func(p: price) -> grade; }"
        " world shop { export stock; }"
    )

    def test_types_are_used_where_there_are_types_only(self) -> None:
        made = make(self.SPLIT)

        assert "use acme:shop/money@1.0.0.{price};" in text(made)
        assert "interface shop-types {\n  enum grade" in text(made)
        assert set(caller_files(made)) >= {"deps/acme-shop-1.0.0/package.wit"}
        assert b"stock" not in caller_files(made)["deps/acme-shop-1.0.0/package.wit"]

    def test_inline_declares_all_in_the_client_interface(self) -> None:
        made = make(self.SPLIT, types="inline")

        assert "use acme:shop" not in text(made)
        assert made.types is None
        assert text(made).index("record price") < text(made).index("resource stock")

    def test_use_is_golems_way(self) -> None:
        made = make(self.SPLIT, types="use")

        assert "use acme:shop-exports/stock@1.0.0.{price, grade};" in text(made)
        assert text(made).count("export ") == 1
        exports = caller_files(made)["deps/acme-shop-exports-1.0.0/package.wit"].decode()
        assert "interface stock {\n  use acme:shop/money@1.0.0.{price};" in exports

    def test_a_types_only_interface_that_does_not_travel_is_not_used(self) -> None:
        made = make(
            "interface kinds { record k { a: u8 } type m = map<string, u8>; }"
            " interface api { use kinds.{k}; f: func(k: k); } world shop { export api; }"
        )

        assert "interface shop-types {\n  record k" in text(made)
        assert "map<" not in b"".join(caller_files(made).values()).decode()

    def test_types_with_handles_are_the_clients(self) -> None:
        made = make(
            "interface api { resource r; record box { r: r } f: func(b: box) -> list<box>; }"
            " world shop { export api; }"
        )
        boxes = [t for t in made.resolve.types if t.name == "box"]

        assert [t.owner for t in boxes] == [m.InterfaceOwner(made.interface)]

    def test_a_type_named_like_its_interface_gets_another_name_here_only(self) -> None:
        made = make(
            "interface shape { record shape { a: u8 } f: func(s: shape); }"
            " world shop { export shape; }"
        )

        assert "use shop-types.{shape as acme-shop-shape-shape};" in text(made)
        assert codes(made) == ["GEN2205"]

    def test_equal_names_are_all_qualified(self) -> None:
        made = make(
            "interface a { record t { x: u8 } f: func(t: t); }"
            " interface b { record t { y: u8 } g: func(t: t); }"
            " world shop { export a; export b; }"
        )

        assert "use shop-types.{acme-shop-a-t, acme-shop-b-t};" in text(made)
        assert codes(made) == ["GEN2205", "GEN2205"]

    def test_types_of_the_world_itself(self) -> None:
        made = make("world shop { record r { a: u8 } export f: func(r: r) -> r; }")

        assert "interface shop-types {\n  record r" in text(made)
