"""The function and the arguments of `witgen run`: short names, a list, and what to write instead."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runtime_shim.exports.members import split
from witgen.app.offered import Offered, meant, offered
from witgen.cli.common import FINDINGS, Failure, fail, read_bytes
from witgen.diagnostics import DiagnosticError, counted, nearest

if TYPE_CHECKING:
    from runtime_shim.values import Value
    from runtime_shim.values import types as t


def check_component(file: Path) -> None:
    """Fail for a file that is something else, such as a manifest."""
    if not read_bytes(file, "the component").startswith(b"\0asm"):
        manifest = file.suffix in {".yaml", ".yml"}
        hints = ("name a component of it: `witgen run COMPONENT`",) if manifest else ()
        fail("RUN5001", f"`{file}` is not a component", *hints, status=FINDINGS)


def listing(component: str, file: Path) -> str:
    """The functions of a component, each with a call of it."""
    try:
        functions = offered(file)
    except DiagnosticError as error:
        raise Failure(error.diagnostics, FINDINGS) from error
    if not functions:
        fail("RUN5004", f"{component} exports no function")
    return "\n".join(f"{one.name}: {one.type}\n    {_call(component, one)}" for one in functions)


def _call(component: str, one: Offered) -> str:
    if one.problem is not None:
        return f"cannot be called: {one.problem}"
    return shlex.join(["witgen", "run", component, one.short, *one.samples])


def full_name(component: str, function: str, file: Path) -> str:
    """The full name of a function given by its member alone; other names are left as they are."""
    if {*"/:{"} & {*function}:
        return function
    known = [one.name for one in _offered(file)]
    found = meant(function, known)
    if len(found) > 1:
        names = (f"`{name}`" for name in found)
        fail("RUN5004", f"`{function}` is a function of {len(found)} interfaces", *names)
    if known and not found:
        near = nearest(function, [split(name)[1] for name in known])
        full = [] if near is None else meant(near, known)
        hints = [f"did you mean `{name}`?" for name in (full if len(full) > 1 else [near]) if name]
        lists = f"`{shlex.join(['witgen', 'run', component])}` lists its functions"
        fail("RUN5004", f"{component} has no function `{function}`", *hints, lists)
    return found[0] if found else function


def values(
    component: str, file: Path, function: str, signature: t.FunctionType, texts: Sequence[str]
) -> tuple[Value, ...]:
    """The arguments of a call."""
    from runtime_shim.errors import WaveError
    from runtime_shim.values import wave

    params = signature.params
    if len(texts) != len(params):
        wanted = ", ".join(name for name, _ in params) or "none"
        count = counted(len(params), "argument")
        fail(
            "APP4007",
            f"`{function}` takes {count} ({wanted}), not {len(texts)}",
            *(f"`{_call(component, one)}`" for one in _of(file, function)),
        )
    made: list[Value] = []
    for at, (text, (name, kind)) in enumerate(zip(texts, params, strict=True)):
        try:
            made.append(wave.parse(text, kind))
        except WaveError as error:
            samples = [one.samples[at] for one in _of(file, function)]
            fail("APP4007", f"argument `{name}`: {error}", *_written(text, kind, samples))
    return tuple(made)


def _offered(file: Path) -> tuple[Offered, ...]:
    """What a component offers; nothing, if the host has to say what is wrong with it."""
    try:
        return offered(file)
    except (DiagnosticError, OSError):
        return ()


def _of(file: Path, function: str) -> list[Offered]:
    """What a function is like, besides its type."""
    return [one for one in _offered(file) if one.name == function]


def _written(text: str, kind: t.Type, samples: Sequence[str]) -> tuple[str, ...]:
    """How to write a value, where the message does not say it already."""
    from runtime_shim.values.types import Prim

    if kind is Prim.STRING:
        bare = text.strip("\"'").replace("\\", "\\\\").replace('"', '\\"')
        quoted = shlex.quote(f'"{bare}"')
        return (f"a string has double quotes, and the shell needs quotes around them: {quoted}",)
    if isinstance(kind, Prim) and kind is not Prim.CHAR:
        return ()
    return tuple(f"for example {shlex.quote(sample)}" for sample in samples)
