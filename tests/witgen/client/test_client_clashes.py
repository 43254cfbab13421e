"""The names that a client interface chooses where Golem's would clash."""

from __future__ import annotations

import pytest
from shop_clients import codes, make, target, text

from witgen.client import Routing, client


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
