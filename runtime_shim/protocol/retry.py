"""When a trapped invocation is retried: Golem's policy (its `[retry]` configuration).

It has no state: the attempt and the time of the next one are columns of the journal, so a killed
process neither adds nor loses an attempt.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runtime_shim.protocol.ids import WorkerId


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how soon. The defaults are those of Golem's worker executor.

    Attributes:
        max_attempts: The total number of attempts; None for no limit.
        min_delay: Seconds before the second attempt.
        max_delay: The longest delay in seconds, jitter included.
        multiplier: What the delay grows by. Golem truncates it to an integer; here 1.5 is 1.5.
        jitter: The largest random addition, as a fraction of the delay.
    """

    max_attempts: int | None = 3
    min_delay: float = 0.1
    max_delay: float = 1.0
    multiplier: float = 3.0
    jitter: float = 0.15

    def __post_init__(self) -> None:
        """Reject invalid policies.

        Raises:
            ValueError: a negative or infinite number, or a multiplier below 1.
        """
        numbers = (self.min_delay, self.max_delay, self.multiplier, self.jitter)
        if not all(0 <= number < float("inf") for number in numbers) or self.multiplier < 1:
            raise ValueError(f"not a retry policy: {self}")
        if self.max_attempts is not None and self.max_attempts < 0:
            raise ValueError(f"not a retry policy: {self}")

    def delay(self, attempt: int, chance: Callable[[], float] = random.random) -> float | None:
        """Seconds to wait after `attempt` (from 1) failed, or None if that was the last.

        Jitter is added first and the cap is applied last, as Golem's `get_delay` does.

        Args:
            attempt: The attempt that failed.
            chance: Returns a random number in [0, 1).
        """
        if self.max_attempts is not None and attempt >= self.max_attempts:
            return None
        try:
            base = self.min_delay * self.multiplier ** (attempt - 1)
        except OverflowError:
            return self.max_delay if self.min_delay else 0.0
        return min(self.max_delay, base + base * chance() * self.jitter)


DEFAULT = RetryPolicy()


@dataclass(frozen=True, slots=True)
class RetryPolicies:
    """The policy of a worker: its own, else its component's, else the host's."""

    default: RetryPolicy = DEFAULT
    components: Mapping[str, RetryPolicy] = field(default_factory=dict)
    workers: Mapping[WorkerId, RetryPolicy] = field(default_factory=dict)

    def of(self, worker: WorkerId) -> RetryPolicy:
        """The policy of `worker`."""
        return self.workers.get(worker) or self.components.get(worker.component, self.default)
