"""Compile components, with a cache of machine code on disk.

A componentize-py component takes seconds to compile and milliseconds to map, so the compiled form
is kept in the user's cache folder (`WITGEN_CACHE_DIR` overrides the place), under a name that
depends on all inputs. A damaged entry is compiled again. The folder is kept below a size.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import platformdirs
import wasmtime
from wasmtime.component import Component

from runtime_shim.boundary import ffi, probe
from runtime_shim.errors import InvalidComponent

NO_DEADLINE = 1 << 62
"""Epoch ticks after which a store without its own deadline would be interrupted: never."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What changes the generated code.

    Attributes:
        fuel: Whether code counts the instructions that it executes (about a third slower).
        concurrent: Whether there are streams, futures and asynchronous functions.
    """

    fuel: bool = False
    concurrent: bool = field(default=False, repr=False)


@cache
def engine(options: EngineOptions) -> wasmtime.Engine:
    """The engine with these options; engines are thread-safe and made once.

    Raises:
        UnsupportedWasmtime: this release of wasmtime-py does not fit.
    """
    probe.require()
    config = wasmtime.Config()
    config.wasm_component_model = True
    config.wasm_component_model_implements = True  # imports under a name of their own
    config.epoch_interruption = True
    config.consume_fuel = options.fuel
    ffi.concurrency(config, options.concurrent)
    return wasmtime.Engine(config)


def cache_dir() -> Path:
    """Where compiled components are kept."""
    override = os.environ.get("WITGEN_CACHE_DIR")
    return Path(override) if override else Path(platformdirs.user_cache_dir("witgen"))


def digest(data: bytes) -> str:
    """The sha256 of `data`, in hex: how a component is identified everywhere."""
    return hashlib.sha256(data).hexdigest()


def cached_component(key: str, options: EngineOptions) -> Component | None:
    """The compiled component that the cache has under `key`."""
    return _from_cache(_entry(key, options), options)


def is_cached(key: str, options: EngineOptions) -> bool:
    """Whether the cache has something under `key`, which may turn out to be damaged."""
    return _sum_file(_entry(key, options)).exists()


def load_component(
    data: bytes, options: EngineOptions, key: str, name: str
) -> tuple[Component, EngineOptions]:
    """The compiled form of the component `data`, from the cache if possible, and what it was made with.

    Args:
        data: The component.
        options: What changes the generated code.
        key: What it is kept under.
        name: What it is called where its compilation, if it takes seconds, is logged.

    Raises:
        InvalidComponent: `data` is not a valid component.
    """
    cached = cached_component(key, options)
    if cached is not None:
        return cached, options
    if data[:4] != b"\0asm":
        raise InvalidComponent("not a component: the file does not start with the magic number")
    if data[4:8] != b"\x0d\0\x01\0":
        raise InvalidComponent("not a component: a core module or an unknown binary version")
    if len(data) > 1e6:
        logging.getLogger("runtime_shim").info(
            "compiling %s (%.1f MB), once", name, len(data) / 1e6
        )
    try:
        component = Component(engine(options), data)
    except wasmtime.WasmtimeError as error:
        said = _reason(error)
        if "component model async feature" in said:
            return load_component(data, replace(options, concurrent=True), key, name)
        head = "this host cannot run it" if " feature " in said else "not a valid component"
        raise InvalidComponent(f"{head}: {said}") from None
    _store(_entry(key, options), bytes(component.serialize()))
    return component, options


def _reason(error: wasmtime.WasmtimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "unknown reason"


def _entry(key: str, options: EngineOptions) -> Path:
    parts = (
        key,
        version("wasmtime"),
        platform.machine(),
        repr(options),
        f"epoch,cm,implements,{'async' if options.concurrent else 'sync'}",
    )
    return cache_dir() / "compiled" / f"{digest(chr(10).join(parts).encode())}.cwasm"


def _sum_file(entry: Path) -> Path:
    return entry.with_suffix(".sum")


def _from_cache(entry: Path, options: EngineOptions) -> Component | None:
    """The entry, if complete. Machine code is mapped and run, so its checksum is compared first."""
    try:
        expected = _sum_file(entry).read_text("ascii")
        with entry.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != expected:
            return None
        found = Component.deserialize_file(engine(options), str(entry))
    except (OSError, ValueError, wasmtime.WasmtimeError):
        return None
    with suppress(OSError):  # a cache that cannot be written is not an error
        os.utime(entry)  # what was used stays longer
    return found


def _store(entry: Path, compiled: bytes) -> None:
    """Write the entry, then its checksum, each atomically; a read-only cache is not an error."""
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        _replace(entry, compiled)
        _replace(_sum_file(entry), digest(compiled).encode("ascii"))
    except OSError:
        return
    from runtime_shim.boundary import disk_cache

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
