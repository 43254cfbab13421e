"""The engine, and a cache of machine code on disk.

A componentize-py component takes seconds to compile and milliseconds to map, so the compiled form
is kept in the user's cache folder (`WITGEN_CACHE_DIR` overrides the place), under a name that
depends on all inputs. A damaged entry is compiled again. The folder is kept below a size.
"""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import platformdirs
import wasmtime
from wasmtime.component import Component

from runtime_shim.boundary import ffi, probe

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
    return _from_cache(entry_of(key, options), options)


def is_cached(key: str, options: EngineOptions) -> bool:
    """Whether the cache has something under `key`, which may turn out to be damaged."""
    return sum_of(entry_of(key, options)).exists()


def entry_of(key: str, options: EngineOptions) -> Path:
    """The file of the cache for what is kept under `key`."""
    parts = (
        key,
        version("wasmtime"),
        platform.machine(),
        repr(options),
        f"epoch,cm,implements,{'async' if options.concurrent else 'sync'}",
    )
    return cache_dir() / "compiled" / f"{digest(chr(10).join(parts).encode())}.cwasm"


def sum_of(entry: Path) -> Path:
    """The file with the checksum of an entry; one without it does not count."""
    return entry.with_suffix(".sum")


def _from_cache(entry: Path, options: EngineOptions) -> Component | None:
    """The entry, if complete. Machine code is mapped and run, so its checksum is compared first."""
    try:
        expected = sum_of(entry).read_text("ascii")
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
