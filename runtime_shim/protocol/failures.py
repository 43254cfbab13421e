"""When failures of a kind are tried again, whatever is configured."""

from __future__ import annotations

from runtime_shim.errors import OutOfMemory, Trap
from runtime_shim.protocol.retry import RetryPolicy

OUT_OF_MEMORY = RetryPolicy(
    max_attempts=10, min_delay=0.1, max_delay=5.0, multiplier=2.0, jitter=0.15
)
"""For guests that run out of memory, whatever is configured. Golem tries forever; here it ends."""
NEVER = RetryPolicy(max_attempts=1)


def policy_for(trap: Trap, configured: RetryPolicy) -> RetryPolicy:
    """The policy for a kind of failure: some are never retried, some have one of their own."""
    if not trap.retriable:
        return NEVER
    return OUT_OF_MEMORY if isinstance(trap, OutOfMemory) else configured
