"""Linking by convention: what is read off both components' types, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from runtime_shim.clients.convention import client_import
from runtime_shim.errors import LinkError, OpenImport, RpcError, Trap
from runtime_shim.link import ClientLink, Mode
from runtime_shim.protocol.ids import WorkerId
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Handle

pytestmark = pytest.mark.usefixtures("path")

TARGET = """
(component
  (component $inner
    (core module $m
      (global $n (mut i32) (i32.const 0))
      (func (export "drop") (param i32))
      (func (export "add") (param i32) (result i32)
        (global.set $n (i32.add (global.get $n) (local.get 0))) (global.get $n))
      (func (export "id") (param i32) (result i32) (local.get 0))
      (func (export "fail") (param i32) unreachable)
      (func (export "note") (param i32)
        (global.set $n (i32.add (global.get $n) (local.get 0)))))
    (core instance $i (instantiate $m))
    (type $cell (resource (rep i32) (dtor (core func $i "drop"))))
    (core func $new (canon resource.new $cell))
    (core module $r (import "" "new" (func $new (param i32) (result i32)))
      (func (export "new") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $ri (instantiate $r (with "" (instance (export "new" (func $new))))))
    (export $c "cell" (type $cell))
    (func (export "[constructor]cell") (param "start" u32) (result (own $c))
      (canon lift (core func $ri "new")))
    (func (export "[method]cell.get") (param "self" (borrow $c)) (result u32)
      (canon lift (core func $i "id")))
    (func (export "add") (param "by" u32) (result u32) (canon lift (core func $i "add")))
    (func (export "fail") (param "by" u32) (canon lift (core func $i "fail")))
    (func (export "note") (param "by" u32) (canon lift (core func $i "note"))))
  (instance $api (instantiate $inner))
  (export "test:calc/api@1.0.0" (instance $api)))
"""

CANCELLATION = """
  (import "golem:rpc/types@0.2.0" (instance $rpc
    (export "cancellation-token" (type (sub resource)))))
  (alias export $rpc "cancellation-token" (type $token))
"""

DATETIME = """
    (type $datetime-record (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $datetime-record)))
"""


def client(*members: str, name: str = "test:calc-client/calc-client", before: str = "") -> str:
    """A component that imports a client interface with these members and does nothing."""
    body = "\n    ".join(members)
    return f"""(component {before}
  (import "{name}" (instance {body})))"""


API = '(export "api" (type $api (sub resource)))'
NEW = '(export "[constructor]api" (func (param "worker-name" string) (result (own $api))))'
BLOCKING = (
    '(export "[method]api.blocking-add" '
    '(func (param "self" (borrow $api)) (param "by" u32) (result u32)))'
)


def link_of(mini: Any, text: str) -> ClientLink:
    """The link that the convention makes for the client import of a component."""
    from runtime_shim.clients.convention import link_by_convention

    program = mini.deploy("test:caller", text)
    (interface,) = (i for n, i in program.shape.imports.items() if "client" in n)
    parsed = client_import(interface.name)
    assert parsed is not None
    target = mini.registry.program(parsed.component)
    names = target.names if target else None
    return link_by_convention(interface, parsed, names, durable=True)


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("test:calc-client/calc-client", "test:calc"),
        ("test:calc-client/calc-client@1.2.3", "test:calc"),
        ("it:x-client-client/client-client", "it:x-client"),
        ("test:calc/calc-client", None),
        ("test:calc-client/calc", None),
        ("wasi:io/poll@0.2.0", None),
        ("calc-client", None),
        ("", None),
    ],
)
def test_import_names(name: str, component: str | None) -> None:
    parsed = client_import(name)
    assert (parsed and parsed.component) == component


class TestMembers:
    def test_of_every_kind(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        link = link_of(
            mini,
            client(
                "(alias outer 1 $token (type $t))",
                '(export "token" (type $token-here (eq $t)))',
                DATETIME,
                API,
                '(export "future-add-result" (type $future (sub resource)))',
                '(export "[method]future-add-result.get" '
                '(func (param "self" (borrow $future)) (result (option u32))))',
                NEW,
                BLOCKING,
                '(export "[method]api.add" '
                '(func (param "self" (borrow $api)) (param "by" u32) (result (own $future))))',
                '(export "[method]api.note" '
                '(func (param "self" (borrow $api)) (param "by" u32)))',
                '(export "[method]api.schedule-note" (func (param "self" (borrow $api)) '
                '(param "by" u32) (param "at" $datetime) (result (own $token-here))))',
                before=CANCELLATION,
            ),
        )
        (api,) = link.resources
        assert (api.constructor, api.drop, link.futures) == (None, None, ("future-add-result",))
        assert [(m.name, m.function, m.mode, m.future) for m in api.members] == [
            (
                "[method]api.blocking-add",
                "test:calc/api@1.0.0.{add}",
                Mode.BLOCKING,
                None,
            ),
            ("[method]api.add", "test:calc/api@1.0.0.{add}", Mode.ASYNC, "future-add-result"),
            ("[method]api.note", "test:calc/api@1.0.0.{note}", Mode.TRIGGER, None),
            ("[method]api.schedule-note", "test:calc/api@1.0.0.{note}", Mode.SCHEDULED, None),
        ]

    def test_of_a_remote_resource(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        link = link_of(
            mini,
            client(
                '(export "cell" (type $cell (sub resource)))',
                '(export "[constructor]cell" '
                '(func (param "w" string) (param "start" u32) (result (own $cell))))',
                '(export "[method]cell.blocking-get" '
                '(func (param "self" (borrow $cell)) (result u32)))',
            ),
        )
        (cell,) = link.resources
        assert cell.constructor == "test:calc/api@1.0.0.{cell.new}"
        assert cell.drop == "test:calc/api@1.0.0.{cell.drop}"
        assert cell.members[0].function == "test:calc/api@1.0.0.{cell.get}"
        assert link.durable

    def test_of_an_interface_of_types_only(self, mini: Any) -> None:
        export = """
  (component $types (type $e (enum "a")) (export "e" (type $e)))
  (instance $types (instantiate $types))
  (export "test:calc/types" (instance $types)))
"""
        mini.deploy("test:calc", TARGET.rstrip().removesuffix(")") + export)
        made = '(export "[constructor]types" (func (param "w" string) (result (own $types))))'
        link = link_of(mini, client('(export "types" (type $types (sub resource)))', made))
        (types,) = link.resources
        assert (types.constructor, types.drop, types.members) == (None, None, ())
        assert link.durable

    @pytest.mark.parametrize(("parameters", "durable"), [('(param "w" string)', True), ("", False)])
    def test_the_constructor_tells_durable_from_ephemeral(
        self, mini: Any, parameters: str, durable: bool
    ) -> None:
        mini.deploy("test:calc", TARGET)
        constructor = f'(export "[constructor]api" (func {parameters} (result (own $api))))'
        assert link_of(mini, client(API, constructor)).durable is durable


class TestRefused:
    @pytest.mark.parametrize(
        ("members", "message"),
        [
            (
                ['(export "aip" (type $x (sub resource)))'],
                "neither an interface nor a resource `aip`; did you mean `api`?",
            ),
            (
                [API, BLOCKING.replace("blocking-add", "blocking-ad")],
                "does not match any function",
            ),
            (
                [API, BLOCKING.replace("(result u32)", "(result u64)")],
                "type mismatch: `[method]api.blocking-add`",
            ),
            (
                [API, BLOCKING.replace('(param "by" u32)', '(param "by" s32)')],
                "parameter `by`: the caller has s32, the target u32",
            ),
            (
                [API, BLOCKING.replace('(param "by" u32)', "")],
                "the caller's parameters are 0, the target's 1",
            ),
            (
                [API, BLOCKING.replace("(result u32)", "")],
                "the result: the caller has nothing, the target u32",
            ),
            (
                [API, BLOCKING.replace("blocking-add", "schedule-add")],
                "does not match any function",
            ),
            (
                [API, BLOCKING.replace("blocking-add", "add")],
                "does not match any function",
            ),
            (
                ['(export "add" (func (param "by" u32)))'],
                "does not belong to a resource",
            ),
        ],
    )
    def test_what_the_target_does_not_have(
        self, mini: Any, members: list[str], message: str
    ) -> None:
        mini.deploy("test:calc", TARGET)
        program = mini.deploy("test:caller", client(*members))
        with pytest.raises(LinkError) as error:
            program.link()
        assert message in str(error.value)

    @pytest.mark.parametrize(
        "text",
        [
            '(component (import "test:other/thing" (instance (export "f" (func)))))',
            '(component (import "f" (func)))',
            '(component (import "test:o/t" (instance (export "r" (type (sub resource))))))',
        ],
    )
    def test_imports_that_nothing_provides(self, mini: Any, text: str) -> None:
        program = mini.deploy("test:caller", text)
        with pytest.raises(LinkError, match="nothing provides the import `"):
            program.link()

    def test_static_mode_refuses_open_clients(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        program = mini.deploy("test:caller", client(API, NEW, BLOCKING), dynamic=False)
        with pytest.raises(OpenImport, match="`test:calc-client/calc-client` is open"):
            program.link()

    @pytest.mark.parametrize(
        "text",
        [
            """(component (import "test:t/types" (instance
              (type $e (enum "a")) (export "e" (type (eq $e))))))""",
            '(component (import "golem:rpc/types@0.2.2" (instance)))',
            '(component (type $e (enum "a")) (import "timeline" (type (eq $e))))',
        ],
    )
    def test_imports_of_types_need_nothing(self, mini: Any, text: str) -> None:
        mini.deploy("test:caller", text, dynamic=False).link()


CALLER = """
(component
  (import "test:calc-client/calc-client" (instance $client
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func {parameters} (result (own $api))))
    (export "[method]api.blocking-add"
      (func (param "self" (borrow $api)) (param "by" u32) (result u32)))
    (export "[method]api.note" (func (param "self" (borrow $api)) (param "by" u32)))
    (export "[method]api.blocking-fail" (func (param "self" (borrow $api)) (param "by" u32)))
    (export "cell" (type $cell (sub resource)))
    (export "[constructor]cell" (func {parameters} (param "start" u32) (result (own $cell))))
    (export "[method]cell.blocking-get" (func (param "self" (borrow $cell)) (result u32)))))
  (alias export $client "api" (type $api))
  (alias export $client "cell" (type $cell))
  (core module $libc (memory (export "memory") 1) (data (i32.const 8) "name")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $l (instantiate $libc))
  (core func $new (canon lower (func $client "[constructor]api") (memory (core memory $l "memory"))
    (realloc (core func $l "realloc"))))
  (core func $add (canon lower (func $client "[method]api.blocking-add")))
  (core func $note (canon lower (func $client "[method]api.note")))
  (core func $fail (canon lower (func $client "[method]api.blocking-fail")))
  (core func $drop (canon resource.drop $api))
  (core func $cell-new (canon lower (func $client "[constructor]cell")
    (memory (core memory $l "memory")) (realloc (core func $l "realloc"))))
  (core func $cell-get (canon lower (func $client "[method]cell.blocking-get")))
  (core func $cell-drop (canon resource.drop $cell))
  (core module $m
    (import "c" "new" (func $new (param {core}) (result i32)))
    (import "c" "add" (func $add (param i32 i32) (result i32)))
    (import "c" "note" (func $note (param i32 i32)))
    (import "c" "fail" (func $fail (param i32 i32)))
    (import "c" "drop" (func $drop (param i32)))
    (import "c" "cell-new" (func $cell-new (param {core} i32) (result i32)))
    (import "c" "cell-get" (func $cell-get (param i32) (result i32)))
    (import "c" "cell-drop" (func $cell-drop (param i32)))
    (global $kept (mut i32) (i32.const 0))
    (func (export "twice") (result i32) (local i32)
      (local.set 0 (call $new {values}))
      (call $note (local.get 0) (i32.const 5))
      (drop (call $add (local.get 0) (i32.const 1)))
      (call $add (local.get 0) (i32.const 10))
      (call $drop (local.get 0)))
    (func (export "fail") (call $fail (call $new {values}) (i32.const 1)))
    (func (export "cells") (result i32) (local i32 i32 i32)
      (local.set 0 (call $cell-new {values} (i32.const 7)))
      (local.set 1 (call $cell-new {values} (i32.const 9)))
      (local.set 2 (i32.add (call $cell-get (local.get 0)) (call $cell-get (local.get 1))))
      (call $cell-drop (local.get 1))
      (call $cell-drop (local.get 0))
      (local.get 2))
    (func (export "keep") (result i32)
      (if (i32.eqz (global.get $kept))
        (then (global.set $kept (call $cell-new {values} (i32.const 3)))))
      (call $cell-get (global.get $kept))))
  (core instance $i (instantiate $m (with "c" (instance
    (export "new" (func $new)) (export "add" (func $add)) (export "note" (func $note))
    (export "fail" (func $fail)) (export "drop" (func $drop))
    (export "cell-new" (func $cell-new)) (export "cell-get" (func $cell-get))
    (export "cell-drop" (func $cell-drop))))))
  (func (export "twice") (result u32) (canon lift (core func $i "twice")))
  (func (export "fail") (canon lift (core func $i "fail")))
  (func (export "cells") (result u32) (canon lift (core func $i "cells")))
  (func (export "keep") (result u32) (canon lift (core func $i "keep"))))
"""
DURABLE = CALLER.format(
    parameters='(param "worker-name" string)', core="i32 i32", values="(i32.const 8) (i32.const 4)"
)
EPHEMERAL = CALLER.format(parameters="", core="", values="")


def called(mini: Any, component: str = "test:calc") -> list[tuple[str, str]]:
    """(worker, function) of what ran in the component, in order for each worker."""
    return [
        (worker.name, function.partition(".{")[2])
        for worker, entries in mini.journal.items()
        if worker.component == component
        for function, *_ in entries
    ]


class TestRunning:
    def test_a_durable_target_is_found_by_name(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        mini.deploy("test:caller", DURABLE)
        assert mini.run("test:caller/c", "twice") == 16
        assert mini.run("test:caller/c", "twice") == 32
        assert called(mini)[:3] == [("name", "note}"), ("name", "add}"), ("name", "add}")]

    def test_an_ephemeral_target_gets_a_name_a_handle_and_an_instance_a_call(
        self, mini: Any
    ) -> None:
        mini.deploy("test:calc", TARGET, durable=False)
        mini.deploy("test:caller", EPHEMERAL)
        assert mini.run("test:caller/c", "twice") == 10, "nothing is left of the earlier calls"
        assert mini.run("test:caller/c", "twice") == 10
        names = {worker for worker, _ in called(mini)}
        assert len(names) == 2
        assert len(called(mini)) == 6
        assert mini.replay("test:caller/c") == [(10, 10), (10, 10)]

    def test_remote_resources_are_dropped_in_order(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        mini.deploy("test:caller", DURABLE)
        assert mini.run("test:caller/c", "cells") == 16
        functions = [function for _, function in called(mini)]
        assert functions == ["cell.new}"] * 2 + ["cell.get}"] * 2 + ["cell.drop}"] * 2
        (entries,) = (e for worker, e in mini.journal.items() if worker.component == "test:calc")
        assert [args[0].id for _, args, *_ in entries[-2:]] == [2, 1]

    def test_a_kept_resource_survives_unloading(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        mini.deploy("test:caller", DURABLE)
        assert mini.run("test:caller/c", "keep") == 3
        assert mini.replay("test:caller/c") == [(3, 3)]
        assert mini.run("test:caller/c", "keep") == 3
        assert "cell.drop}" not in [function for _, function in called(mini)]

    def test_a_failure_names_component_function_and_error(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        mini.deploy("test:caller", DURABLE)
        with pytest.raises(RpcError) as error:
            mini.run("test:caller/c", "fail")
        assert (
            "calling test:calc/api@1.0.0.{fail} of test:calc/name failed: remote-internal-error: "
            "wasm trap: wasm `unreachable` instruction executed" in error.value.message
        )

    def test_a_target_that_is_not_deployed(self, mini: Any) -> None:
        mini.deploy("test:caller", DURABLE).link()
        message = "Could not find any component with the given id: test:calc"
        for function in ("twice", "cells"):
            with pytest.raises(RpcError, match=message):
                mini.run("test:caller/c", function)

    def test_a_handle_of_no_worker_does_not_end_who_gets_it(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        mini.deploy("test:taker", TAKER)
        cell = mini.run("test:calc/w", "test:calc/api@1.0.0.{cell.new}", 6)
        assert mini.run("test:taker/c", "take", cell) == 6
        kept = mini.instances[WorkerId("test:taker", "c")]
        for uri in ("urn:worker:x/y", "", cell.uri.replace("-", "_"), cell.uri.partition("/")[0]):
            with pytest.raises(
                RpcError, match=r"protocol-error: take: .*Could not find any component"
            ):
                mini.run("test:taker/c", "take", Handle(uri, 1))
        assert mini.instances[WorkerId("test:taker", "c")] is kept

    def test_a_client_of_an_interface_cannot_be_given_away(self, mini: Any) -> None:
        mini.deploy("test:calc", TARGET)
        program = mini.deploy("test:giver", GIVER)
        instance = program.instantiate(WorkerId("test:giver", "g"), Environment())
        invocation: Any = type("Invocation", (), {"replaying": False})()
        with pytest.raises(Trap, match="is not a resource and cannot be passed on") as trap:
            instance.call("give", (), invocation)
        assert not trap.value.retriable, "the next attempt would do the same"


GIVER = """
(component
  (import "test:calc-client/calc-client" (instance $client
    (export "api" (type $api (sub resource)))
    (export "[constructor]api" (func (param "worker-name" string) (result (own $api))))))
  (alias export $client "api" (type $api))
  (core module $libc (memory (export "memory") 1))
  (core instance $l (instantiate $libc))
  (core func $new (canon lower (func $client "[constructor]api")
    (memory (core memory $l "memory"))))
  (core module $m (import "" "new" (func $new (param i32 i32) (result i32)))
    (func (export "give") (result i32) (call $new (i32.const 0) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func (export "give") (result (own $api)) (canon lift (core func $i "give"))))
"""
TAKER = """
(component
  (import "test:calc-client/calc-client" (instance $client
    (export "cell" (type $cell (sub resource)))
    (export "[method]cell.blocking-get" (func (param "self" (borrow $cell)) (result u32)))))
  (alias export $client "cell" (type $cell))
  (core func $get (canon lower (func $client "[method]cell.blocking-get")))
  (core module $m (import "" "get" (func $get (param i32) (result i32)))
    (func (export "take") (param i32) (result i32) (call $get (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "get" (func $get))))))
  (func (export "take") (param "cell" (own $cell)) (result u32) (canon lift (core func $i "take"))))
"""
