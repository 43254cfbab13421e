"""Running the past of a worker again, in an instance that has not been through all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime_shim.errors import BadArguments, Divergence, Trap, UnknownFunction
from runtime_shim.protocol.past import Past
from runtime_shim.replay.past import Replay, outgrown
from runtime_shim.values.codec import encode

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import History, Instance, Invocation, Program


def caught_up(
    program: Program,
    invocation: Invocation,
    history: History,
    kept: tuple[int, str, Instance | None],
) -> Instance:
    """An instance that has been through the worker's history: the one that lags, or a new one.

    Args:
        program: The worker's component.
        invocation: What it is about to run.
        history: What it has been through before.
        kept: An instance, and the number and the mark of the state that it is in.

    Raises:
        Divergence: It did something other than recorded.
        StoreError: It has outgrown a limit; `HostTrouble` if it may be rebuilt later.
    """
    reached, mark, instance = kept
    missing = None if instance is None else history.after(reached, mark)
    if instance is None or missing is None:
        if instance is not None:
            instance.close()
        reached, missing = 0, history.after(0, "")
        instance = program.instantiate(invocation.worker, invocation.environment)
    try:
        for seq, past in enumerate(missing or (), reached):
            _replay(instance, past, invocation, seq)
    except BaseException as error:
        instance.close()
        if isinstance(error, Trap):
            meant = outgrown(invocation.worker, error)
            if meant is not error:  # or it would be its own cause, instead of the one that it has
                raise meant from error
        raise
    return instance


def _replay(instance: Instance, past: Past, invocation: Invocation, seq: int) -> None:
    replay = Replay(past, invocation, seq)
    try:
        value = instance.call(past.function, past.args, replay)
    except (UnknownFunction, BadArguments) as error:
        raise Divergence(
            f"{past.function} succeeded in the journal and now fails: {error}"
        ) from None
    replay.finish()
    if value != past.result and encode(value) != encode(past.result):  # NaN is not itself
        raise Divergence(f"{past.function} returned another value than the one in its journal")
