"""What a guest can do with a client beyond Golem's rules: scripts that the conformance caller runs.

Each takes the name of a worker and tells what happened, line by line.
"""

from __future__ import annotations

TARGET_WIT = """
  /// Ends the worker.
  fail: func(message: string) -> string;
  /// Keeps the worker busy.
  nap: func(milliseconds: u32) -> u32;
  /// Remembers a word; how many it has.
  say: func(word: string) -> u32;
  said: func() -> list<string>;
"""
"""More functions of the target."""

TARGET_PYTHON = """
    def fail(self, message):
        raise RuntimeError(message)

    def nap(self, milliseconds):
        time.sleep(milliseconds / 1000)
        return milliseconds

    def say(self, word):
        words.append(word)
        return len(words)

    def said(self):
        return words
"""

CALLER_PYTHON = '''"""Scripts: what a worker's client does beyond Golem's rules."""

import gc
from uuid import UUID, uuid5

from componentize_py_types import Err, Ok
from wit_world.imports import echo_client, echo_types, poll, wall_clock
from wit_world.imports import golem_rpc_types as rpc

ECHO = uuid5(UUID("9C19B15A-C83D-46F7-9BC3-EAD7923733F4"), "conf:echo").int
NOBODY = rpc.ComponentId(rpc.Uuid(1, 2))
NAP = 120  # milliseconds


def told(outcome):
    """A result, or an error's kind and message."""
    if isinstance(outcome, Err):
        return f"{type(outcome.value).__name__.partition('_')[2]}: {outcome.value.value}"
    return f"ok {outcome.value!r}"


def tried(function, *arguments):
    try:
        return told(Ok(function(*arguments)))
    except Err as error:
        return told(error)


def awaited(future):
    """What a future says when it is ready."""
    poll.poll([future.subscribe()])
    return told(future.try_get())


def missing(worker):
    by_name = echo_client.Values(worker)
    by_id = echo_client.Values.custom(rpc.WorkerId(NOBODY, worker))
    return [
        tried(by_name.try_said),
        tried(by_name.try_touch),
        awaited(by_name.said()),
        tried(by_id.try_said),
        awaited(by_id.said()),
        tried(echo_client.Cell.try_same, worker, echo_types.Mixed_Nothing()),
    ]


def failing(worker):
    values = echo_client.Values(worker)
    return [
        tried(values.try_say, "before"),
        tried(values.try_fail, "on purpose"),
        tried(values.try_say, "after"),
        awaited(values.said()),
    ]


def other(worker):
    """A component whose functions are of other types."""
    values = echo_client.Values(worker)
    return [tried(values.try_said), awaited(values.say("x")), tried(values.try_touched)]


def trigger(worker):
    values = echo_client.Values(worker)
    values.trigger_say("a")
    values.trigger_say("b")
    count = values.blocking_say("c")
    values.trigger_say("d")
    return [str(count), *values.blocking_said()]


def trigger_fail(worker):
    """Nobody hears of a failure."""
    echo_client.Values(worker).trigger_fail("unheard")
    return ["sent"]


def cancel(worker):
    values = echo_client.Values(worker)
    nap, first, second = values.nap(NAP), values.say("first"), values.say("second")
    first.cancel()
    first.cancel()
    nap.cancel()  # it runs already
    return [awaited(first), awaited(nap), awaited(second), *values.blocking_said()]


def cancel_finished(worker):
    values = echo_client.Values(worker)
    future = values.say("done")
    poll.poll([future.subscribe()])
    future.cancel()
    return [awaited(future), *values.blocking_said()]


def cancel_and_get(worker):
    """The answer of a cancelled call is an error, and `get` has no place for it."""
    values = echo_client.Values(worker)
    values.nap(NAP)
    future = values.say("never")
    future.cancel()
    return [future.get()]


def cells(worker):
    """Handles travel in the results of `try` members as in others."""
    functions, cell = echo_client.Cells(worker), echo_client.Cell(worker, echo_types.Mixed_Tiny(1))
    twin = cell.try_twin()
    fresh = echo_client.Cell.try_fresh(worker, echo_types.Mixed_Tiny(2))
    newer = echo_client.Cell.try_newer(cell, fresh)
    future = functions.open(echo_types.Mixed_Tiny(3))
    poll.poll([future.subscribe()])
    opened = future.try_get().value
    cell.trigger_swap(echo_types.Mixed_Tiny(4))
    return [str(c.blocking_get().value) for c in (cell, twin, fresh, newer, opened)]


def guards(worker):
    """A constructor that can fail; componentize-py's bindings know only `custom` to do so."""
    here = rpc.WorkerId(rpc.ComponentId(rpc.Uuid(ECHO >> 64, ECHO & (1 << 64) - 1)), worker)
    guard = echo_client.Guard.custom(here, 7)
    refused = tried_guard(here, 1000)
    return [str(guard.blocking_limit()), refused, tried_guard(here, 100)]


def unfinished(worker):
    """Calls that fail, futures that nobody asks, and handles that are given away in all ways."""
    here = rpc.WorkerId(rpc.ComponentId(rpc.Uuid(ECHO >> 64, ECHO & (1 << 64) - 1)), worker)
    values, functions = echo_client.Values(worker), echo_client.Cells(worker)
    nobody = echo_client.Values.custom(rpc.WorkerId(NOBODY, worker))
    outcomes = [
        tried(nobody.try_said),
        awaited(nobody.said()),
        tried_guard(here, 1000),
        tried_guard(here, 100),
    ]
    values.nap(NAP)
    values.say("unheard")
    functions.absorb(new_cell(worker))
    functions.trigger_absorb(new_cell(worker))
    functions.schedule_absorb(new_cell(worker), wall_clock.Datetime(0, 0))
    outcomes.append(tried(functions.try_absorb, new_cell(worker)))
    gc.collect()  # an error holds the frames that it passed, and they their handles
    return outcomes


def orphan(worker):
    """A handle whose worker has failed before it is dropped."""
    cell = new_cell(worker)
    tried(echo_client.Values(worker).try_fail, "on purpose")
    gc.collect()
    del cell
    return ["not reached"]


def new_cell(worker):
    return echo_client.Cell(worker, echo_types.Mixed_Tiny(1))


def tried_guard(here, limit):
    try:
        return f"made: {echo_client.Guard.custom(here, limit).blocking_limit()}"
    except Err as error:
        return f"refused: {error.value}"


SCRIPTS = {
    script.__name__: script
    for script in (
        missing,
        failing,
        other,
        trigger,
        trigger_fail,
        cancel,
        cancel_finished,
        cancel_and_get,
        cells,
        guards,
        unfinished,
        orphan,
    )
}
'''
"""The module `scripts` of the caller."""
