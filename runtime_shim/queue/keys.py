"""What a call is known by, when it is made again or somebody looks: most calls need none of it."""

from __future__ import annotations

import uuid
from zlib import crc32

from runtime_shim.errors import Divergence, KeyReused
from runtime_shim.protocol.ids import Identity, KeyId
from runtime_shim.protocol.keys import derived_key, root_key
from runtime_shim.queue.recorded import Settled
from runtime_shim.queue.task import Request, Task
from runtime_shim.values.codec import decode


def base_of(task: Task) -> uuid.UUID:
    """What the keys of a task's calls and requests follow from: few ever ask, so it is not kept."""
    below: list[Task] = []
    while task.base is None and task.fixed is None and task.origin is None and task.caller:
        below.append(task)
        task = task.caller
    if task.base is None:
        if task.fixed is not None:
            task.base = uuid.UUID(bytes=task.fixed[:16])
        elif task.origin is not None:
            task.base = task.origin()
        else:
            task.base = root_key(task.worker, str(task.identity[1]))
    base = task.base
    while below:
        task = below.pop()
        base = task.base = derived_key(base, int(task.identity[1]))
    return base


def same(found: Task | Settled, function: str, request: Request) -> None:
    """See that what was found of a call was the same request.

    Raises:
        KeyReused: It did not, and the caller is outside.
        Divergence: It did not, and the caller is a guest, which did something else this time.
    """
    if found.function == function and (
        found.encoded == request.data or decode(found.encoded) == request.args
    ):
        return
    identity = request.identity
    if not isinstance(identity, KeyId):
        raise Divergence(
            f"step {identity[1]} called {found.function} at first, and calls {function} now, or "
            "gives other arguments"
        )
    other = (
        " with other arguments" if found.function == function else f"; this one is of {function}"
    )
    raise KeyReused(f"the key {identity.key!r:.100} belongs to a call of {found.function}{other}")


def serial(identity: Identity, fixed: bytes | None = None) -> int:
    """The number of a call to a worker without a history."""
    if isinstance(identity, KeyId):
        return crc32(identity.key.encode())
    return crc32((fixed or b"")[16:] or b"%d.%d" % identity)
