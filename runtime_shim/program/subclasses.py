"""A second look at arguments that converters refused: values of subclasses are taken as their base."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runtime_shim.boundary.context import Context
from runtime_shim.boundary.lower import FAILURES
from runtime_shim.errors import BadArguments
from runtime_shim.values import Value


def again(
    caller: Callable[[Context, Sequence[Value]], Value],
    normal: Callable[[str, tuple[Value, ...]], tuple[Value, ...]],
    context: Context,
    function: str,
    args: tuple[Value, ...],
    error: Exception,
) -> Value:
    """Call with the bases of values of subclasses.

    Args:
        caller: The converters of the function.
        normal: Gives the normal form of its arguments.
        context: Where it runs.
        function: Its name.
        args: What was refused.
        error: Why.

    Raises:
        BadArguments: Something else is wrong with them.
    """
    bases = normal(function, args)
    if bases is not args:
        try:
            return caller(context, bases)
        except (BadArguments, *FAILURES) as other:
            error = other
    raise BadArguments(f"{function}: {error}") from None
