"""A WIT function as generated Python has it: its name, and what its values are."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from runtime_shim.errors import BadArguments, BadValue
from runtime_shim.typed.held import Held
from runtime_shim.typed.kinds import Kind
from runtime_shim.typed.lift import Lift, lifter
from runtime_shim.typed.lower import Lower, Misfit, lowerer
from runtime_shim.values import Value


class Function:
    """A function that the component implements, or the program.

    Attributes:
        name: How it is invoked; of one that the program implements, its WIT name.
        params: The names and the types of its parameters.
        result: The type of its result; None if it has none.
    """

    def __init__(self, name: str, *params: tuple[str, Kind], result: Kind | None = None) -> None:
        self.name, self.params, self.result = name, params, result

    # --- called by the program ------------------------------------------------------------------

    def lower(self, args: tuple[object, ...], given: list[Held]) -> tuple[Value, ...]:
        """The arguments in normal form; the resources that they give away are added to `given`.

        Raises:
            BadArguments: one is of the wrong kind.
            ResourceGone: One is a resource that no longer belongs to the caller.
        """
        lowers = self._lowers
        if lowers is None:
            return args
        found: list[Value] = []
        try:
            for lower, value in zip(lowers, args, strict=True):
                found.append(value if lower is None else lower(value, given))
        except Misfit as error:
            param = self.params[len(found)][0]
            raise BadArguments(f"{self.name}: {param}{error.path}: {error.message}") from None
        return tuple(found)

    @cached_property
    def _lowers(self) -> list[Lower | None] | None:
        found = [lowerer(kind) for _, kind in self.params]
        return found if any(found) else None

    @cached_property
    def lift(self) -> Lift | None:
        """What converts its result; None if nothing has to be done."""
        return None if self.result is None else lifter(self.result)

    # --- called by the component ----------------------------------------------------------------

    def take(self, args: tuple[Value, ...]) -> list[Any]:
        """The arguments as the program has them."""
        return [
            value if lift is None else lift(value, None)
            for lift, value in zip(self._lifts, args, strict=True)
        ]

    @cached_property
    def _lifts(self) -> list[Lift | None]:
        return [lifter(kind) for _, kind in self.params]

    def give(self, result: object) -> Value:
        """The result in normal form.

        Raises:
            BadValue: it is of the wrong kind.
        """
        if self.result is None:
            return None
        lower = lowerer(self.result)
        if lower is None:
            return result
        try:
            return lower(result, [])
        except Misfit as error:
            raise BadValue(f"its result{error.path}: {error.message}") from None
