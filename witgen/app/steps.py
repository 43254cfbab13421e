"""The steps of a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from witgen.diagnostics import Diagnostic, WitError, did_you_mean

Step = Literal["generate", "componentize", "compose", "metadata"]
STEPS: tuple[Step, ...] = ("generate", "componentize", "compose", "metadata")
_ELSEWHERE: Mapping[str, Step] = MappingProxyType(
    {
        "gen-rpc": "generate",
        "link": "compose",
        "link-rpc": "compose",
        "add-metadata": "metadata",
    }
)


def steps(names: Sequence[str]) -> tuple[Step, ...]:
    """Steps by name, in their order.

    Raises:
        WitError: There is no such step.
    """
    problems = []
    for name in names:
        if name not in STEPS:
            hints = (
                (f"it is called `{_ELSEWHERE[name]}` here",)
                if name in _ELSEWHERE
                else did_you_mean(name, STEPS) or (f"one of {', '.join(STEPS)}",)
            )
            problems.append(Diagnostic("APP4003", f"there is no step `{name}`", help=hints))
    if problems:
        raise WitError(problems)
    return tuple(step for step in STEPS if step in names)
