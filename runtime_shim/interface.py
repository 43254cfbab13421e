"""The interface that generated code stands on, by number, and what becomes of code made for another."""

from __future__ import annotations

INTERFACE = 2
"""It grows when code that was generated before does not work any more. The templates have it too."""

AGAIN = "generate it again with `witgen generate TARGET -o DIR`, or with `witgen build`"


class OtherInterface(ImportError):
    """Generated code was made for another interface."""


def made_for(number: int) -> None:
    """Say, in generated code, which interface it was made for.

    Raises:
        OtherInterface: this is another one.
    """
    if number != INTERFACE:
        raise OtherInterface(
            f"this was generated for interface {number} of runtime_shim, which has interface "
            f"{INTERFACE}: {AGAIN}"
        )


def absent(module: str, name: str) -> OtherInterface | AttributeError:
    """The error for a name that a module lacks; only older or newer generated code asks for one."""
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    return OtherInterface(f"{module} has no `{name}`; where generated code asks for it, {AGAIN}")
