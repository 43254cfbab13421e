"""What generated classes stand on: resources that drop themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
import wasmtime
from small_counter import COUNTER, INC

from runtime_shim import BadArguments, Deployment, Host, Instance, MemoryEngine, ShimError, Trap
from runtime_shim.typed import Function, Handle, Invoker, Prim, Remote, RemoteResource, Value


class Refusing(Invoker):
    """A caller whose worker traps, whatever it is asked."""

    def invoke(
        self,
        component: str,
        worker: str | None,
        function: str,
        args: tuple[Value, ...] = (),
        *,
        key: str | None = None,
    ) -> Value:
        raise Trap("the heap is broken")


Leaving = Callable[[BaseException | None], None]


class Sheet(RemoteResource):
    _DROP = "a:b/api.{sheet.drop}"


def sheet() -> Sheet:
    return Sheet._of(Handle("urn:worker:id/w", 7), Remote(Refusing(), "a:b", "w"))


async def leave(error: BaseException | None) -> None:
    async with sheet():
        if error is not None:
            raise error


def leave_at_once(error: BaseException | None) -> None:
    with sheet():
        if error is not None:
            raise error


def leave_later(error: BaseException | None) -> None:
    asyncio.run(leave(error))


@pytest.mark.parametrize("leaving", [leave_at_once, leave_later])
@pytest.mark.parametrize("error", [KeyError("lamp"), ShimError("the instance is closed")])
def test_the_error_of_a_block_wins(leaving: Leaving, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        leaving(error)

    assert caught.value is error
    (note,) = error.__notes__
    assert note == "then <Sheet urn:worker:id/w#7> could not be dropped: Trap: the heap is broken"
    del error.__notes__  # both ways of leaving raise this one


@pytest.mark.parametrize("leaving", [leave_at_once, leave_later])
def test_a_drop_that_fails_alone_is_raised(leaving: Leaving) -> None:
    with pytest.raises(Trap, match="the heap is broken"):
        leaving(None)


def test_an_interrupt_is_not_hidden() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        leave_at_once(KeyboardInterrupt())

    assert caught.value.__notes__


class TestWithoutTheNameOfAWorker:
    """Each call would leave a durable worker that nobody finds again."""

    ADD = Function(INC, ("by", Prim.U32), result=Prim.U32)

    @pytest.fixture
    def host(self) -> Iterator[Host]:
        data = bytes(wasmtime.wat2wasm(COUNTER))
        components = {
            "test:counter": Deployment(data), "test:once": Deployment(data, durable=False)
        }  # fmt: skip
        with Host(engine=MemoryEngine(), components=components) as host:
            yield host

    def test_a_durable_component_is_refused(self, host: Host) -> None:
        with pytest.raises(BadArguments, match="`test:counter` are durable: name the one to call"):
            Remote(host, "test:counter", None)
        assert Remote(host, "test:counter", "w").ask(self.ADD, 2) == 2
        assert Remote(host, "test:counter", "w").ask(self.ADD, 3) == 5

    def test_an_ephemeral_one_gets_a_worker_for_each_call(self, host: Host) -> None:
        once = Remote(host, "test:once", None)
        assert (once.ask(self.ADD, 2), once.ask(self.ADD, 2)) == (2, 2)

    def test_an_instance_has_no_workers(self) -> None:
        with Instance(bytes(wasmtime.wat2wasm(COUNTER))) as instance:
            assert Remote(instance, "test:counter", None).ask(self.ADD, 2) == 2

    def test_an_unknown_component_is_told_at_once(self, host: Host) -> None:
        with pytest.raises(ShimError, match="no component is deployed as `test:countr`"):
            Remote(host, "test:countr", None)
