"""A caller that was written against client interfaces and knows nothing of how they are linked."""

import os
from pathlib import Path

import wit_world
from componentize_py_types import Err
from wit_world.imports import (
    counters_client,
    host,
    missing_client,
    monotonic_clock,
    poll,
    wall_clock,
)
from wit_world.imports import types as rpc
from wit_world.imports.counters_types import Point, Shape_Poly

KEPT = None
NOTED = 0


def in_a_while(milliseconds):
    now = wall_clock.now()
    due = now.seconds * 10**9 + now.nanoseconds + milliseconds * 10**6
    return wall_clock.Datetime(due // 10**9, due % 10**9)


def hold(path, text):
    """Open a file, and keep it open for `more`."""
    global HELD
    HELD = path.open("w+")


def more(path, text):
    HELD.write(text)
    HELD.flush()
    HELD.seek(0)
    return HELD.read()


HELD = None
FILE_ACTIONS = {
    "write": lambda path, text: path.write_text(text),
    "append": lambda path, text: path.open("a").write(text),
    "read": lambda path, text: path.read_text(),
    "list": lambda path, text: sorted(item.name for item in path.iterdir()),
    "size": lambda path, text: path.stat().st_size,
    "kind": lambda path, text: (path.is_dir(), path.is_file()),
    "mkdir": lambda path, text: path.mkdir(),
    "rmdir": lambda path, text: path.rmdir(),
    "unlink": lambda path, text: path.unlink(missing_ok=False),
    "rename": lambda path, text: path.rename(text),
    "hardlink": lambda path, text: Path(text).hardlink_to(path),
    "symlink": lambda path, text: path.symlink_to(text),
    "readlink": lambda path, text: path.readlink(),
    "truncate": lambda path, text: os.truncate(path, int(text)),
    "touch": lambda path, text: os.utime(path, (5, 7)),
    "mtime": lambda path, text: path.stat().st_mtime,
    "hold": hold,
    "more": more,
}


class WitWorld(wit_world.WitWorld):
    def tour(self, worker):
        api = counters_client.Api(worker)
        api.blocking_inc_global_by(1)
        api.inc_global_by(2)
        said = [str(api.blocking_get_global_value())]
        shape = Shape_Poly([Point(-1, 2), Point(3, -4)])
        said.append(str(api.blocking_echo_shape(shape) == shape))
        for text in ("good", "bad"):
            try:
                said.append(str(api.blocking_check(text)))
            except Err as error:
                said.append(error.value)
        future = api.slow(1)
        future.subscribe().block()
        said.append(str(future.get()))
        identity = host.resolve_worker_id("test:counters", worker)
        custom = counters_client.Api.custom(identity)
        said.append(str(custom.blocking_get_global_value()))
        return " ".join(said)

    def parallel(self, workers, milliseconds):
        futures = [counters_client.Api(f"p{i}").slow(milliseconds) for i in range(workers)]
        waiting, total = list(futures), 0
        while waiting:
            ready = poll.poll([future.subscribe() for future in waiting])
            total += sum(waiting[index].get() for index in ready)
            waiting = [f for index, f in enumerate(waiting) if index not in ready]
        return total

    def race(self, call, timer):
        future = counters_client.Api("racer").slow(call)
        clock = monotonic_clock.subscribe_duration(timer * 1_000_000)
        return poll.poll([future.subscribe(), clock])

    def resources(self, worker):
        a = counters_client.Counter(worker, "a")
        b = counters_client.Counter(worker, "b")
        c = counters_client.Counter(worker, "c")
        for counter in (a, b, c):
            counter.inc_by(1)
            counter.blocking_inc_by(2)
        merged = counters_client.Counter.blocking_merge(a, b)
        future = merged.get_value()
        future.subscribe().block()
        assert future.get() == 6
        with merged, a:
            pass
        with c:
            pass
        return counters_client.Api(worker).blocking_get_dropped()

    def keep(self, worker):
        global KEPT
        if KEPT is None:
            KEPT = counters_client.Counter(worker, "kept")
        KEPT.blocking_inc_by(1)
        return KEPT.blocking_get_value()

    def schedule(self, worker, by, milliseconds, cancel):
        token = counters_client.Api(worker).schedule_inc_global_by(by, in_a_while(milliseconds))
        if cancel:
            token.cancel()

    def call_failing(self, worker, message):
        counters_client.Api(worker).blocking_fail(message)

    def unknown(self):
        missing_client.Api("w").blocking_f()

    def loop(self, worker, times):
        api = counters_client.Api(worker)
        for _ in range(times):
            api.blocking_inc_global_by(1)
        return api.blocking_get_global_value()

    def add_times(self, worker, times):
        api, total = counters_client.Api(worker), 0
        for _ in range(times):
            total = api.blocking_add(total, 1)
        return total

    def shape_times(self, worker, times):
        api = counters_client.Api(worker)
        shape = Shape_Poly([Point(1, 2), Point(3, 4)])
        for _ in range(times):
            api.blocking_echo_shape(shape)

    def raw(self, worker, function):
        connection = rpc.WasmRpc(host.resolve_worker_id("test:counters", worker))
        try:
            return repr(connection.invoke_and_await(function, []))
        except Err as error:
            return f"{type(error.value).__name__}: {error.value.value}"

    def raw_async(self, worker):
        connection = rpc.WasmRpc(host.resolve_worker_id("test:counters", worker))
        argument = rpc.WitValue([rpc.WitNode_PrimU64(7)])
        future = connection.async_invoke_and_await("test:counters/api.{slow}", [argument])
        future.subscribe().block()
        return repr(future.get())

    def who(self):
        metadata = host.get_self_metadata()
        key = rpc.uuid_to_string(host.generate_idempotency_key())
        return metadata.worker_id.worker_name, key, repr(host.resolve_component_id("no:such"))

    def gather(self, worker):
        counters = [counters_client.Counter(worker, f"counter{n}") for n in (1, 2, 3)]
        for counter in counters:
            counter.inc_by(1)
            counter.inc_by(2)
        futures = [counter.get_value() for counter in counters]
        found, waiting = [0, 0, 0], [0, 1, 2]
        while waiting:
            ready = poll.poll([futures[number].subscribe() for number in waiting])
            for number in [waiting[index] for index in ready]:
                found[number] = futures[number].get()
                waiting.remove(number)
        return found

    def ephemeral(self, component):
        identity = host.resolve_component_id(component)
        one, other = rpc.WasmRpc.ephemeral(identity), rpc.WasmRpc.ephemeral(identity)
        said = [connection.invoke_and_await("who", []) for connection in (one, one, other)]
        return [" ".join(n.value for n in s.nodes if isinstance(n.value, str)) for s in said]

    def call_itself(self):
        connection = rpc.WasmRpc(host.get_self_metadata().worker_id)
        try:
            return repr(connection.invoke_and_await("noted", []))
        except Err as error:
            return f"{type(error.value).__name__}: {error.value.value}"

    def note_later(self, milliseconds):
        connection = rpc.WasmRpc(host.get_self_metadata().worker_id)
        connection.schedule_cancelable_invocation(in_a_while(milliseconds), "note", [])

    def note(self):
        global NOTED
        NOTED += 1

    def noted(self):
        return NOTED

    def file(self, action, path, text):
        try:
            return str(FILE_ACTIONS[action](Path(path), text))
        except OSError as error:
            return type(error).__name__
