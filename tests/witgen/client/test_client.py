"""The rules of the client interface, and the names that it chooses where they would clash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from witgen.client import Client, Mode, Routing, client
from witgen.client.package import caller_files, component_files
from witgen.diagnostics import WitError
from witgen.diagnostics.codes import CODES
from witgen.load import load_texts
from witgen.resolve import model as m


def target(body: str, package: str = "acme:shop@1.0.0", **deps: str) -> m.Resolve:
    files = {"shop.wit": f"package {package};\n{body}"}
    files |= {f"deps/{name}/{name}.wit": text for name, text in deps.items()}
    return load_texts(files)


def make(body: str, package: str = "acme:shop@1.0.0", **options: object) -> Client:
    return client(target(body, package), **options)  # type: ignore[arg-type]


def text(made: Client) -> str:
    return caller_files(made)["client.wit"].decode()


def codes(made: Client) -> list[str]:
    return [warning.code for warning in made.warnings]


def refusal(body: str, package: str = "acme:shop@1.0.0", **options: object) -> WitError:
    with pytest.raises(WitError) as caught:
        make(body, package, **options)
    return caught.value


ONE = "interface api { add: func(value: u64); get: func() -> u64; } world shop { export api; }"


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


class TestHoles:
    def test_one_interface_name_of_two_packages(self) -> None:
        resolve = target(
            "interface tools { f: func() -> u8; }"
            " world shop { export tools; export other:lib/tools; }",
            lib="package other:lib; interface tools { f: func() -> u8; }",
        )
        made = client(resolve)

        assert [r.name for r in made.resources] == ["acme-shop-tools", "other-lib-tools"]
        assert [f.name for f in made.futures] == [
            "future-acme-shop-tools-f-result",
            "future-other-lib-tools-f-result",
        ]
        assert {x.remote.invocation for r in made.resources for x in r.members} == {
            "acme:shop/tools@1.0.0.{f}",
            "other:lib/tools.{f}",
        }
        assert codes(made) == ["GEN2201", "GEN2201", "GEN2202", "GEN2202"]

    def test_an_interface_and_a_resource_of_one_name(self) -> None:
        made = make("interface api { resource api { m: func(); } } world shop { export api; }")

        assert [(r.name, r.stands_for) for r in made.resources] == [
            ("api", "acme:shop/api@1.0.0"),
            ("api-api", "acme:shop/api@1.0.0.api"),
        ]
        assert made.resources[1].members[0].remote.invocation == "acme:shop/api@1.0.0.{api.m}"

    def test_names_that_differ_in_dashes_only_clash(self) -> None:
        resolve = target(
            "interface my-api { f: func(); } world shop { export my-api; export other:lib/myapi; }",
            lib="package other:lib; interface myapi { f: func(); }",
        )

        assert [r.name for r in client(resolve).resources] == [
            "acme-shop-my-api",
            "other-lib-myapi",
        ]

    def test_two_versions_of_a_package_get_numbers(self) -> None:
        resolve = target(
            "world shop { export o:l/i@1.0.0; export o:l/i@2.0.0; }",
            a="package o:l@1.0.0; interface i { f: func(); }",
            b="package o:l@2.0.0; interface i { f: func(); }",
        )

        assert [r.name for r in client(resolve).resources] == ["o-l-i", "o-l-i-2"]

    @pytest.mark.parametrize(
        ("function", "members"),
        [
            ("custom", ["blocking-custom-function", "custom-function", "schedule-custom-function"]),
            ("api", ["blocking-api-function", "api-function", "schedule-api-function"]),
            ("blocking-x", ["blocking-blocking-x", "blocking-x", "schedule-blocking-x"]),
        ],
    )
    def test_functions_named_like_members(self, function: str, members: list[str]) -> None:
        made = make(f"interface api {{ {function}: func(); }} world shop {{ export api; }}")
        (resource,) = made.resources

        assert [x.function.item_name for x in resource.members] == members
        assert {x.remote.invocation for x in resource.members} == {
            f"acme:shop/api@1.0.0.{{{function}}}"
        }

    def test_the_plain_function_keeps_its_members(self) -> None:
        made = make(
            "interface api { blocking-x: func(); schedule-x: func(); x: func(); }"
            " world shop { export api; }"
        )
        bases = {x.remote.name: x.function.item_name for x in made.resources[0].members[1::3]}

        assert bases == {
            "blocking-x": "blocking-x-function",
            "schedule-x": "schedule-x-function",
            "x": "x",
        }
        assert codes(made) == ["GEN2203", "GEN2203"]

    def test_parameters_named_like_added_ones(self) -> None:
        made = make(
            "interface api { f: func(scheduled-for: u8, self: u8);"
            " resource r { constructor(worker-name: u8, worker-id: u8); } }"
            " world shop { export api; }"
        )
        api, resource = made.resources

        assert [p.name for p in api.members[2].function.params] == [
            "self",
            "scheduled-for",
            "self-value",
            "golem-scheduled-for",
        ]
        assert resource.constructor is not None
        assert resource.custom is not None
        assert resource.constructor.params[0].name == "golem-worker-name"
        assert resource.custom.params[0].name == "golem-worker-id"

    def test_a_component_id_parameter_of_an_ephemeral_target(self) -> None:
        made = make(
            "interface api { resource r { constructor(component-id: u8); } }"
            " world shop { export api; }",
            kind="ephemeral",
        )

        assert made.resources[1].custom is not None
        assert made.resources[1].custom.params[0].name == "golem-component-id"
        assert "GEN2207" in codes(made)

    def test_a_static_without_a_handle_takes_the_workers_name(self) -> None:
        body = "interface api { resource r { s: static func(x: u8); } } world shop { export api; }"
        durable, ephemeral = make(body), make(body, kind="ephemeral")

        assert [p.name for p in durable.resources[1].members[0].function.params] == [
            "worker-name",
            "x",
        ]
        assert [p.name for p in ephemeral.resources[1].members[0].function.params] == ["x"]
        for made in (durable, ephemeral):
            assert {x.routing for x in made.resources[1].members} == {Routing.WORKER}
            assert [p.name for p in made.resources[1].members[0].remote.params] == ["x"]
        assert codes(durable) == ["GEN2206"]

    def test_members_named_new_and_drop_are_spelled_out(self) -> None:
        made = make(
            "interface api { resource r { constructor(); new: static func(r: r); drop: func(); } }"
            " world shop { export api; }"
        )
        resource = made.resources[1]

        assert resource.remote_constructor_name == "acme:shop/api@1.0.0.{[constructor]r}"
        assert resource.remote_drop == "acme:shop/api@1.0.0.{[drop]r}"
        assert {x.remote.invocation for x in resource.members} == {
            "acme:shop/api@1.0.0.{[static]r.new}",
            "acme:shop/api@1.0.0.{[method]r.drop}",
        }

    def test_a_plain_result_travels(self) -> None:
        made = make("interface api { f: func() -> result; } world shop { export api; }")

        assert "get: func() -> option<result>;" in text(made)

    def test_names_that_the_client_needs_itself(self) -> None:
        made = make(
            "interface custom { record wasi-io-pollable { a: u8 } f: func(p: wasi-io-pollable); }"
            " world shop { export custom; }"
        )

        assert [r.name for r in made.resources] == ["acme-shop-custom"]
        assert "wasi-io-pollable as acme-shop-custom-wasi-io-pollable" in text(made)

    def test_warnings_are_told_once(self) -> None:
        made = make(
            "interface api { f: func(self: u8) -> u8; custom: func() -> u8; }"
            " world shop { export api; }"
        )

        assert len(made.warnings) == len(set(made.warnings)) == 2


class TestRefusals:
    @pytest.mark.parametrize(
        ("function", "reason"),
        [
            ("f: func(s: stream<u8>)", "its parameter `s` is or has a stream"),
            ("f: func() -> future<u8>", "its result is or has a future"),
            ("f: func(e: error-context)", "its parameter `e` is or has an error-context"),
            ("f: func(x: list<option<map<string, u8>>>)", "its parameter `x` is or has a map"),
            ("f: func() -> list<u8, 4>", "its result is or has a fixed-length list"),
            ("f: async func()", "it is asynchronous"),
            ("f: get() -> u8", "it is an accessor"),
            ("resource r { constructor() -> result<r>; }", "it is a constructor that can fail"),
        ],
    )
    def test_what_cannot_travel(self, function: str, reason: str) -> None:
        end = "" if function.endswith("}") else ";"
        body = f"interface api {{ {function}{end} ok: func(); }} world shop {{ export api; }}"
        (found,) = refusal(body).diagnostics
        made = make(body, skip_unsupported=True)

        assert found.code == "GEN2101"
        assert found.message.endswith(reason)
        assert codes(made) == ["GEN2102"]
        assert [x.remote.name for x in made.resources[0].members] == ["ok"] * 3

    def test_resources_that_are_not_exported(self) -> None:
        (found,) = refusal(
            "interface kinds { resource r; }"
            " interface api { use kinds.{r}; f: func(r: borrow<r>); } world shop { export api; }"
        ).diagnostics

        assert "the resource `r`, which the target does not export" in found.message

    def test_one_diagnostic_a_function(self) -> None:
        error = refusal(
            "interface api { f: func(a: stream, b: future); g: async func(); h: func(); }"
            " world shop { export api; }"
        )

        assert len(error.diagnostics) == 2

    def test_a_world_without_exports(self) -> None:
        (found,) = refusal("world shop { import f: func(); }").diagnostics

        assert found.code == "GEN2003"

    def test_several_worlds(self) -> None:
        error = refusal("world a { export f: func(); } world b { export f: func(); }")

        assert error.diagnostics[0].code == "RES1082"
        assert "`a`, `b`" in error.diagnostics[0].message

    def test_no_world(self) -> None:
        assert refusal("interface a {}").diagnostics[0].code == "RES1082"
        with pytest.raises(WitError):
            client(m.Resolve())

    def test_a_world_that_is_nearly_right(self) -> None:
        (found,) = refusal(ONE, world="shopp").diagnostics

        assert found.code == "RES1083"
        assert found.help == ("did you mean `shop`?",)

    def test_worlds_of_other_packages_are_named_in_full(self) -> None:
        resolve = target(
            "interface x {}", lib="package o:l@1.0.0; world w { export f: func() -> u8; }"
        )

        assert client(resolve, "o:l/w@1.0.0").package == m.PackageName("o", "l-client", "1.0.0")

    @pytest.mark.parametrize(
        "options",
        [{"kind": "durably"}, {"types": "usee"}, {"golem_rpc": "0.1.0"}, {"component": ""}],
    )
    def test_options_that_are_no_choices(self, options: dict[str, str]) -> None:
        assert refusal(ONE, **options).diagnostics[0].code == "GEN2004"

    def test_all_wrong_options_are_told(self) -> None:
        assert len(refusal(ONE, kind="x", types="y").diagnostics) == 2


def test_every_code_is_registered_and_every_registered_one_used() -> None:
    sources = Path(__file__).parents[3] / "witgen"
    texts = [
        p.read_text("utf-8") for room in ("client", "emit") for p in (sources / room).rglob("*.py")
    ]
    used = {code for found in texts for code in re.findall(r'"(GEN2\d{3})"', found)}

    assert used == {code for code in CODES if code.startswith("GEN2")}
