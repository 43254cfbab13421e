"""One component: invocation names, values, traps, resources. Its text is short enough to read."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import weakref
from typing import Any

import pytest

from runtime_shim.errors import BadArguments, InvalidComponent, RpcError, Trap, UnknownFunction
from runtime_shim.protocol.ids import WorkerId, component_uuid
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Handle

pytestmark = pytest.mark.usefixtures("path")

CALC = """
(component
  (core module $m
    (memory (export "memory") 1)
    (global $count (mut i32) (i32.const 0))
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "inc") (param i32) (result i32)
      (global.set $count (i32.add (global.get $count) (local.get 0)))
      (global.get $count))
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0))
      (i32.store (i32.const 12) (local.get 1))
      (i32.const 8))
    (func (export "boom") unreachable)
    (func $deep (export "deep") (call $deep)))
  (core instance $i (instantiate $m))
  (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func $inc (param "by" u32) (result u32) (canon lift (core func $i "inc")))
  (func $echo (param "text" string) (result string)
    (canon lift (core func $i "echo") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc"))))
  (func $boom (canon lift (core func $i "boom")))
  (func $deep (canon lift (core func $i "deep")))
  (instance $api
    (export "add" (func $add)) (export "inc" (func $inc)) (export "echo" (func $echo))
    (export "boom" (func $boom)) (export "deep" (func $deep)))
  (export "test:calc/api@1.2.0" (instance $api))
  (export "top" (func $inc)))
"""

COUNTER = """
(component
  (component $inner
    (core module $table
      (global $dropped (mut i32) (i32.const 0))
      (func (export "drop") (param i32)
        (global.set $dropped (i32.add (i32.mul (global.get $dropped) (i32.const 10))
          (local.get 0))))
      (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $t (instantiate $table))
    (type $counter (resource (rep i32) (dtor (core func $t "drop"))))
    (core func $new (canon resource.new $counter))
    (core func $release (canon resource.drop $counter))
    (core module $m
      (import "r" "new" (func $new (param i32) (result i32)))
      (import "r" "drop" (func $drop (param i32)))
      (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0))
      (func (export "consume") (param i32) (call $drop (local.get 0)))
      (func (export "pair") (param i32 i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m (with "r" (instance
      (export "new" (func $new)) (export "drop" (func $release))))))
    (export $c "counter" (type $counter))
    (func (export "[constructor]counter") (param "start" u32) (result (own $c))
      (canon lift (core func $i "new")))
    (func (export "[method]counter.get") (param "self" (borrow $c)) (result u32)
      (canon lift (core func $i "get")))
    (func (export "consume") (param "counter" (own $c)) (canon lift (core func $i "consume")))
    (func (export "pair") (param "a" (own $c)) (param "b" (own $c)) (result (own $c))
      (canon lift (core func $i "pair")))
    (func (export "dropped") (result u32) (canon lift (core func $t "dropped"))))
  (instance $api (instantiate $inner))
  (export "test:res-exports/api" (instance $api)))
"""

ADD = "test:calc/api@1.2.0.{add}"


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            ADD,
            "test:calc/api.{add}",
            "test:calc-exports/api@1.2.0.{add}",
            "test:calc-exports/api.{add}",
        ],
    )
    def test_spellings_of_a_function(self, mini: Any, name: str) -> None:
        mini.deploy("test:calc", CALC)
        assert mini.run("test:calc/w", name, 40, 2) == 42

    @pytest.mark.parametrize(
        "name",
        [
            "top",
            "{top}",
            "test:calc.{top}",
            "test:calc-exports.{top}",
            "test:calc-exports/calc-inline-functions.{top}",
        ],
    )
    def test_spellings_of_a_world_function(self, mini: Any, name: str) -> None:
        mini.deploy("test:calc", CALC)
        assert mini.run("test:calc/w", name, 7) == 7

    @pytest.mark.parametrize(
        ("new", "get", "drop"),
        [
            ("{counter.new}", "{counter.get}", "{counter.drop}"),
            ("{[constructor]counter}", "{[method]counter.get}", "{[drop]counter}"),
        ],
    )
    @pytest.mark.parametrize("package", ["test:res-exports", "test:res"])
    def test_spellings_of_a_resource(
        self, mini: Any, package: str, new: str, get: str, drop: str
    ) -> None:
        mini.deploy("test:res", COUNTER)
        handle = mini.run("test:res/w", f"{package}/api.{new}", 5)
        assert mini.run("test:res/w", f"{package}/api.{get}", handle) == 5
        mini.run("test:res/w", f"{package}/api.{drop}", handle)
        assert mini.run("test:res/w", f"{package}/api.{{dropped}}") == 5

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("test:calc/api.{ad}", "did you mean `test:calc/api@1.2.0.{add}`"),
            ("test:calc/api@2.0.0.{add}", "did you mean `test:calc/api@1.2.0.{add}`"),
            ("test:other/api.{top}", "did you mean `top`"),
            ("", "no function ``"),
            ("{}", "no function `{}`"),
            ("test:calc/api.{add", "no function"),
            ("x" * 10_000, "no function"),
        ],
    )
    def test_unknown(self, mini: Any, name: str, hint: str) -> None:
        program = mini.deploy("test:calc", CALC)
        with pytest.raises(UnknownFunction) as error:
            program.check(name, ())
        assert hint in str(error.value)

    def test_list_of_names_and_signatures(self, mini: Any) -> None:
        program = mini.deploy("test:res", COUNTER)
        assert [export.name for export in program.names.all] == [
            "test:res-exports/api.{counter.new}",
            "test:res-exports/api.{counter.get}",
            "test:res-exports/api.{consume}",
            "test:res-exports/api.{pair}",
            "test:res-exports/api.{dropped}",
            "test:res-exports/api.{counter.drop}",
        ]
        signature = program.signature("test:res/api.{counter.drop}")
        assert [name for name, _ in signature.params] == ["self"]


class TestArguments:
    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ((1,), "takes 2 arguments (a, b), 1 given"),
            ((1, 2, 3), "takes 2 arguments"),
            ((1, -1), "b: -1 is out of the range of u32"),
            ((1, 2**32), "b: 4294967296 is out of the range"),
            ((1, True), "b: an integer is expected, not True"),
            ((1.0, 2), "a: an integer is expected"),
            (("x", 2), "a: an integer is expected, not 'x'"),
            ((None, 2), "a: an integer is expected"),
        ],
    )
    def test_wrong_ones_do_not_run(self, mini: Any, args: tuple[Any, ...], message: str) -> None:
        program = mini.deploy("test:calc", CALC)
        with pytest.raises(BadArguments, match="test:calc") as error:
            program.check(ADD, args)
        assert message in str(error.value)
        with pytest.raises(RpcError, match="protocol-error") as remote:
            mini.run("test:calc/w", ADD, *args)
        assert message in str(remote.value)
        assert mini.run("test:calc/w", ADD, 1, 2) == 3, "the instance is still good"

    @pytest.mark.parametrize("text", ["", "héllo", "\0", "𝄞" * 1000, "x" * 100_000])
    def test_strings(self, mini: Any, text: str) -> None:
        mini.deploy("test:calc", CALC, memory=1 << 20)
        if len(text.encode()) < 60_000:
            assert mini.run("test:calc/w", "test:calc/api.{echo}", text) == text
        else:
            with pytest.raises(RpcError, match="realloc"):
                mini.run("test:calc/w", "test:calc/api.{echo}", text)


class TestTraps:
    def test_poisons_the_instance(self, mini: Any) -> None:
        program = mini.deploy("test:calc", CALC)
        instance = program.instantiate(WorkerId("test:calc", "w"), Environment())
        with pytest.raises(Trap, match="wasm `unreachable` instruction executed") as trap:
            instance.call("test:calc/api.{boom}", (), invocation_of(mini))
        assert trap.value.retriable
        with pytest.raises(Trap, match="has already trapped"):
            instance.call(ADD, (1, 2), invocation_of(mini))
        instance.close()

    def test_leaves_nothing_for_the_collector(self, mini: Any, path: str) -> None:
        if path == "public":
            pytest.skip("frames of wasmtime-py hold a failed call until cycles are collected")
        program = mini.deploy("test:calc", CALC)
        instance = program.instantiate(WorkerId("test:calc", "w"), Environment())
        alive = weakref.ref(instance._context)
        gc.disable()
        try:
            with contextlib.suppress(Trap):
                instance.call("test:calc/api.{boom}", (), invocation_of(mini))
            del instance
            assert alive() is None
        finally:
            gc.enable()

    def test_stack_overflow_is_final(self, mini: Any) -> None:
        program = mini.deploy("test:calc", CALC)
        instance = program.instantiate(WorkerId("test:calc", "w"), Environment())
        with pytest.raises(Trap, match="stack") as trap:
            instance.call("test:calc/api.{deep}", (), invocation_of(mini))
        assert not trap.value.retriable

    def test_state_starts_anew_after_a_trap(self, mini: Any) -> None:
        mini.deploy("test:calc", CALC)
        assert mini.run("test:calc/w", "top", 3) == 3
        assert mini.run("test:calc/w", "top", 3) == 6
        with pytest.raises(RpcError, match="unreachable"):
            mini.run("test:calc/w", "test:calc/api.{boom}")
        assert mini.run("test:calc/w", "top", 3) == 3


class TestResources:
    NEW, GET = "test:res/api.{counter.new}", "test:res/api.{counter.get}"

    def test_handles_name_the_worker_and_count_up(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)
        handles = [mini.run("test:res/w", self.NEW, i) for i in (7, 8)]
        uri = f"urn:worker:{component_uuid('test:res')}/w"
        assert handles == [Handle(uri, 1), Handle(uri, 2)]
        assert mini.replay("test:res/w") == [(handle, handle) for handle in handles]

    def test_own_moves_and_borrow_stays(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)
        a, b = (mini.run("test:res/w", self.NEW, i) for i in (3, 4))
        assert mini.run("test:res/w", self.GET, a) == 3
        again = mini.run("test:res/w", "test:res/api.{pair}", a, b)
        assert (again.id, mini.run("test:res/w", self.GET, again)) == (3, 3)
        for moved in (a, b):
            with pytest.raises(RpcError, match="resource not found: `counter` number"):
                mini.run("test:res/w", self.GET, moved)

    def test_consumed_ones_run_their_destructor(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)
        for i in (1, 2, 3):
            handle = mini.run("test:res/w", self.NEW, i)
            mini.run("test:res/w", "test:res/api.{consume}", handle)
        assert mini.run("test:res/w", "test:res/api.{dropped}") == 123

    def test_a_failed_call_keeps_the_handles(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)
        a = mini.run("test:res/w", self.NEW, 3)
        for second in (a, Handle(a.uri, 99), Handle("urn:worker:x/y", 1), 5):
            with pytest.raises(RpcError, match="protocol-error"):
                mini.run("test:res/w", "test:res/api.{pair}", a, second)
        assert mini.run("test:res/w", self.GET, a) == 3

    def test_foreign_handles(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)
        handle = mini.run("test:res/w", self.NEW, 1)
        mini.run("test:res/other", self.NEW, 1)
        with pytest.raises(RpcError, match="belonging to a different worker"):
            mini.run("test:res/other", self.GET, handle)
        with pytest.raises(RpcError, match="belonging to a different worker"):
            mini.run("test:res/other", "test:res/api.{counter.drop}", handle)

    def test_dropped_twice(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)
        handle = mini.run("test:res/w", self.NEW, 1)
        mini.run("test:res/w", "test:res/api.{counter.drop}", handle)
        with pytest.raises(RpcError, match="resource not found"):
            mini.run("test:res/w", "test:res/api.{counter.drop}", handle)
        assert mini.run("test:res/w", "test:res/api.{dropped}") == 1


TWO_RESOURCES = """
(component
  (component $inner
    (core module $t (func (export "drop") (param i32)))
    (core instance $t (instantiate $t))
    (type $a (resource (rep i32) (dtor (core func $t "drop"))))
    (type $b (resource (rep i32)))
    (core func $new-a (canon resource.new $a))
    (core func $new-b (canon resource.new $b))
    (core func $drop-a (canon resource.drop $a))
    (core module $m
      (import "r" "a" (func $a (param i32) (result i32)))
      (import "r" "b" (func $b (param i32) (result i32)))
      (import "r" "drop" (func $drop (param i32)))
      (func (export "new-a") (result i32) (call $a (i32.const 4)))
      (func (export "new-b") (result i32) (call $b (i32.const 5)))
      (func (export "get") (param i32) (result i32) (local.get 0))
      (func (export "both") (param i32 i32) (call $drop (local.get 1))))
    (core instance $i (instantiate $m (with "r" (instance (export "a" (func $new-a))
      (export "b" (func $new-b)) (export "drop" (func $drop-a))))))
    (export $xa "a" (type $a))
    (export $xb "b" (type $b))
    (func (export "[constructor]a") (result (own $xa)) (canon lift (core func $i "new-a")))
    (func (export "[constructor]b") (result (own $xb)) (canon lift (core func $i "new-b")))
    (func (export "[method]a.get") (param "self" (borrow $xa)) (result u32)
      (canon lift (core func $i "get")))
    (func (export "[method]b.get") (param "self" (borrow $xb)) (result u32)
      (canon lift (core func $i "get")))
    (func (export "both") (param "lent" (borrow $xa)) (param "given" (own $xa))
      (canon lift (core func $i "both"))))
  (instance $api (instantiate $inner))
  (export "test:two/api" (instance $api)))
"""


class TestForgedHandles:
    """Anybody can write a handle down: it must not end the worker that gets it."""

    @pytest.fixture(autouse=True)
    def _deployed(self, path: str, mini: Any) -> None:
        mini.deploy("test:two", TWO_RESOURCES)

    @staticmethod
    def run(mini: Any, member: str, *args: Any) -> Any:
        return mini.run("test:two/w", f"test:two/api.{{{member}}}", *args)

    def refused(self, mini: Any, message: str, member: str, *args: Any) -> None:
        """Nothing ran: the instance is as it was."""
        instance = mini.instances[WorkerId("test:two", "w")]
        with pytest.raises(RpcError, match=f"protocol-error: .*{message}"):
            self.run(mini, member, *args)
        assert mini.instances[WorkerId("test:two", "w")] is instance

    @pytest.mark.parametrize("member", ["b.get", "b.drop"])
    def test_of_another_resource(self, mini: Any, member: str) -> None:
        a, b = self.run(mini, "a.new"), self.run(mini, "b.new")
        self.refused(mini, "resource not found: `b` number 1", member, a)
        assert (self.run(mini, "a.get", a), self.run(mini, "b.get", b)) == (4, 5)

    def test_lent_and_given_away_at_once(self, mini: Any) -> None:
        a, other = self.run(mini, "a.new"), self.run(mini, "a.new")
        self.refused(mini, "`a` number 1 is lent in the same call", "both", a, a)
        self.run(mini, "both", a, other)
        assert self.run(mini, "a.get", a) == 4
        self.refused(mini, "resource not found", "a.get", other)

    @pytest.mark.parametrize("number", [0, -1, 2**64, True, "1", None, []])
    def test_numbers_that_are_none(self, mini: Any, number: Any) -> None:
        a = self.run(mini, "a.new")
        program = mini.registry.program("test:two")
        for member in ("a.get", "a.drop"):
            name, forged = f"test:two/api.{{{member}}}", (Handle(a.uri, number),)
            if number != 0:
                with pytest.raises(BadArguments, match=r"self\.id"):
                    program.check(name, forged)
            if number is not True:  # it is 1 here, and nothing but the check before the journal
                self.refused(mini, "", member, *forged)
        assert self.run(mini, "a.get", a) == 4

    @pytest.mark.parametrize("uri", [[], None, b"", "\ud800"])
    def test_uris_that_are_none(self, mini: Any, uri: Any) -> None:
        a = self.run(mini, "a.new")
        with pytest.raises(BadArguments, match=r"self\.uri"):
            mini.registry.program("test:two").check("test:two/api.{a.get}", (Handle(uri, a.id),))
        self.refused(mini, "different worker", "a.get", Handle(uri, a.id))


class TestImplicitResources:
    def test_are_made_once_for_their_arguments(self, mini: Any) -> None:
        mini.deploy("test:res", COUNTER)

        def run(name: str) -> Any:
            return mini.run("test:res/w", name)

        assert run("test:res/api.{counter(7).get}") == 7
        assert run("test:res/api.{counter( 7 ).get}") == 7
        assert run("test:res/api.{counter(9).get}") == 9
        assert mini.run("test:res/w", TestResources.NEW, 1).id == 3
        run("test:res/api.{counter(7).drop}")
        assert run("test:res/api.{dropped}") == 7
        assert run("test:res/api.{counter(7).get}") == 7
        replayed = mini.replay("test:res/w")
        assert [old for old, _ in replayed] == [new for _, new in replayed]

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("test:res/api.{counter(x).get}", BadArguments),
            ("test:res/api.{counter().get}", BadArguments),
            ("test:res/api.{counter(1, 2).get}", BadArguments),
            ("test:res/api.{counter(-1).get}", BadArguments),
            ("test:res/api.{counter(1).nothing}", UnknownFunction),
            ("test:res/api.{nothing(1).get}", UnknownFunction),
            ("test:res/api.{counter(1).new}", BadArguments),
            ("test:res/api.{counter(1)}", UnknownFunction),
            ("test:res/api.{counter(1.get}", UnknownFunction),
        ],
    )
    def test_refused(self, mini: Any, name: str, error: type[Exception]) -> None:
        program = mini.deploy("test:res", COUNTER)
        with pytest.raises(error):
            program.check(name, ())


class TestLoading:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "not a component"),
            (b"(component)", "magic number"),
            (b"\0asm\x01\0\0\0", "core module"),
            (b"\0asm\x0d\0\x01\0garbage", "not a valid component"),
            (b"\0asm\x0d\0\x01\0\x07\x02\x01\x64", "this host cannot run it: `error-context` req"),
        ],
    )
    def test_broken_bytes(self, mini: Any, data: bytes, message: str) -> None:
        with pytest.raises(InvalidComponent, match=message):
            mini.deploy("test:broken", data)

    def test_cache(self, mini: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path))
        mini.deploy("test:calc", CALC)
        (entry,) = tmp_path.glob("compiled/*.cwasm")
        good = entry.read_bytes()
        for bad in (b"", b"garbage", good[:-1], good[: len(good) // 2], good[:-1] + b"\xff"):
            entry.write_bytes(bad)
            mini.deploy("test:calc", CALC)
            assert mini.run("test:calc/w", ADD, 1, 2) == 3
            written = hashlib.sha256(entry.read_bytes()).hexdigest()
            assert entry.with_suffix(".sum").read_text() == written, "written anew"
        assert sorted(path.suffix for path in entry.parent.iterdir()) == [".cwasm", ".sum"]

    def test_a_cache_that_cannot_be_written(
        self, mini: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("WITGEN_CACHE_DIR", str(tmp_path / "file"))
        mini.deploy("test:calc", CALC)
        assert mini.run("test:calc/w", ADD, 1, 2) == 3


def invocation_of(mini: Any) -> Any:
    """An invocation that records nothing that these tests look at."""
    from types import SimpleNamespace

    return SimpleNamespace(key="k", replaying=False, step=lambda kind, live: live())
