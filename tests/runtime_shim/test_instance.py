"""Components in this process, without a journal: what the guest gets, and what ends it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import wasmtime

from runtime_shim.errors import (
    BadArguments,
    InvalidComponent,
    ShimError,
    Trap,
    UnknownFunction,
)
from runtime_shim.instance import Instance
from runtime_shim.program.deployment import Limits
from runtime_shim.protocol.records import Environment
from runtime_shim.typed import Caller, Function, Remote
from runtime_shim.values import Case, Err
from runtime_shim.values.types import Prim

API = "test:counters/api"
SPIN = """(component
  (core module $m (func (export "spin") (loop $again (br $again))))
  (core instance $i (instantiate $m))
  (func (export "spin") (canon lift (core func $i "spin"))))"""


@pytest.fixture
def printed() -> list[bytes]:
    return []


@pytest.fixture
def instance(counters: bytes, printed: list[bytes]) -> Iterator[Instance]:
    environment = Environment({"A": "1"}, ("x", "y"))
    with Instance(counters, environment=environment, output=printed.append) as made:
        yield made


@pytest.mark.parametrize(
    "environment",
    [Environment({"A": "\ud800"}), Environment({"\ud800": ""}), Environment({}, ("\ud800",))],
)
def test_an_environment_that_is_not_text_is_refused(environment: Environment) -> None:
    with pytest.raises(BadArguments, match="must not contain lone surrogates"):
        Instance(bytes(wasmtime.wat2wasm(SPIN)), environment=environment)


class TestGuest:
    def test_it_keeps_its_state(self, instance: Instance) -> None:
        instance.call(f"{API}.{{inc-global-by}}", 3)
        instance.call(f"{API}.{{inc-global-by}}", 4)

        assert instance.call(f"{API}.{{get-global-value}}") == 7

    def test_instances_are_apart(self, instance: Instance, counters: bytes) -> None:
        instance.call(f"{API}.{{inc-global-by}}", 3)
        with Instance(counters) as other:
            assert other.call(f"{API}.{{get-global-value}}") == 0

    def test_values_are_in_normal_form(self, instance: Instance) -> None:
        shape = Case("poly", [{"x": 1, "y": -1}])

        assert instance.call(f"{API}.{{echo-shape}}", shape) == shape
        assert instance.call(f"{API}.{{check}}", "") == Err("not good: ")

    def test_resources_are_handles(self, instance: Instance) -> None:
        counter = instance.call(f"{API}.{{counter.new}}", "a")
        instance.call(f"{API}.{{counter.inc-by}}", counter, 5)

        assert instance.call(f"{API}.{{counter.get-value}}", counter) == 5
        instance.call(f"{API}.{{counter.drop}}", counter)
        with pytest.raises(BadArguments, match="resource not found"):
            instance.call(f"{API}.{{counter.get-value}}", counter)

    def test_wasi_is_served(self, instance: Instance, printed: list[bytes]) -> None:
        variables, arguments = instance.call(f"{API}.{{environment}}")
        first, second = (instance.call(f"{API}.{{random}}") for _ in range(2))
        before = time.monotonic()
        instance.call(f"{API}.{{slow}}", 50)

        assert ("A", "1") in variables
        assert arguments == ["x", "y"]
        assert first[0] != second[0]
        assert abs(first[1] / 1e9 - time.time()) < 60
        assert time.monotonic() - before >= 0.05

    def test_its_output_is_given(self, instance: Instance, printed: list[bytes]) -> None:
        instance.call(f"{API}.{{inc-global-by}}", 3)

        assert b"".join(printed) == b"total 3\n"


class TestEnds:
    def test_a_trap_names_its_reason(self, instance: Instance) -> None:
        with pytest.raises(Trap, match="no way"):
            instance.call(f"{API}.{{fail}}", "no way")
        with pytest.raises(Trap, match="already trapped"):
            instance.call(f"{API}.{{get-global-value}}")

    def test_a_deadline(self, counters: bytes) -> None:
        endless = wasmtime.wat2wasm(
            '(component (core module $m (func (export "f") (loop $l (br $l))))'
            "(core instance $i (instantiate $m))"
            '(func (export "f") (canon lift (core func $i "f"))))'
        )
        with (
            Instance(bytes(endless), limits=Limits(deadline=0.2)) as made,
            pytest.raises(Trap, match="longer than its deadline"),
        ):
            made.call("f")

    def test_fuel(self) -> None:
        spinning = bytes(wasmtime.wat2wasm(SPIN))
        with (
            Instance(spinning, limits=Limits(fuel=1000)) as made,
            pytest.raises(Trap, match="fuel"),
        ):
            made.call("spin")


class TestMistakes:
    def test_an_unknown_function_is_nearly_right(self, instance: Instance) -> None:
        with pytest.raises(UnknownFunction, match="did you mean"):
            instance.call(f"{API}.{{ad}}", 1, 2)

    @pytest.mark.parametrize("arguments", [(), (1,), (1, 2, 3), (1, -1), ("1", 2), (1, 2.0)])
    def test_wrong_arguments(self, instance: Instance, arguments: tuple[object, ...]) -> None:
        with pytest.raises(BadArguments, match=r"\{add\}"):
            instance.call(f"{API}.{{add}}", *arguments)
        assert instance.call(f"{API}.{{add}}", 1, 2) == 3

    def test_what_is_no_component(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidComponent):
            Instance(b"\0asm\x01\0\0\0")
        with pytest.raises(FileNotFoundError):
            Instance(tmp_path / "none.wasm")

    def test_functions_and_their_types(self, instance: Instance) -> None:
        assert f"{API}.{{add}}" in instance.functions()
        assert instance.signature(f"{API}.{{add}}").result is Prim.U32

    def test_nothing_can_be_queued(self, instance: Instance) -> None:
        assert not hasattr(instance, "send")
        assert not hasattr(instance, "cancel")
        assert not isinstance(instance, Caller)
        with pytest.raises(ShimError, match=r"\{add\} cannot be queued: Instance has no queue"):
            Remote(instance, "a:b", None).tell(Function(f"{API}.{{add}}"), at=None, key=None)
