"""Compile components that the cache of machine code does not have."""

from __future__ import annotations

import logging
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import wasmtime
from wasmtime.component import Component

from runtime_shim.adapter.compiling import COMPILED, COMPILING
from runtime_shim.boundary import disk_cache
from runtime_shim.boundary.compile import (
    EngineOptions,
    cached_component,
    digest,
    engine,
    entry_of,
    sum_of,
)
from runtime_shim.errors import InvalidComponent
from witgen.component.validation import ends_wasmtime

_LARGE = 1e6  # bytes


def compiled(
    data: bytes, options: EngineOptions, key: str, name: str
) -> tuple[Component, EngineOptions]:
    """Compile the component `data`, keep it in the cache, and say with what it was compiled.

    Args:
        data: The component.
        options: What changes the generated code.
        key: What it is kept under.
        name: What it is called where its compilation, if it takes seconds, is logged.

    Raises:
        InvalidComponent: `data` is not a valid component, or wasmtime cannot say whether it is.
    """
    if data[:4] != b"\0asm":
        raise InvalidComponent("not a component: the file does not start with the magic number")
    if data[4:8] != b"\x0d\0\x01\0":
        raise InvalidComponent("not a component: a core module or an unknown binary version")
    log = logging.getLogger("runtime_shim")
    if len(data) > _LARGE:
        log.info(COMPILING, name, len(data) / 1e6)
    try:
        return _compiled(data, options, key, name)
    finally:
        if len(data) > _LARGE:
            log.info(COMPILED, name)


def _compiled(
    data: bytes, options: EngineOptions, key: str, name: str
) -> tuple[Component, EngineOptions]:
    if ends_wasmtime(data):
        raise InvalidComponent("not a component for this host: wasmtime crashes over it")
    try:
        component = Component(engine(options), data)
    except wasmtime.WasmtimeError as error:
        said = _reason(error)
        if "component model async feature" in said:
            concurrent = replace(options, concurrent=True)
            found = cached_component(key, concurrent)
            return (found, concurrent) if found else _compiled(data, concurrent, key, name)
        head = "this host cannot run it" if " feature " in said else "not a valid component"
        raise InvalidComponent(f"{head}: {said}") from None
    _store(entry_of(key, options), bytes(component.serialize()))
    return component, options


def _reason(error: wasmtime.WasmtimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "unknown reason"


def _store(entry: Path, machine_code: bytes) -> None:
    """Write the entry, then its checksum, each atomically; a read-only cache is not an error."""
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        _replace(entry, machine_code)
        _replace(sum_of(entry), digest(machine_code).encode("ascii"))
    except OSError:
        return
    disk_cache.trim(entry.parent)


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
