"""Whether the installed release of wasmtime-py is one that `ffi` was written for."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import wasmtime
from wasmtime.component import Func, ResourceAny

from runtime_shim.boundary.layout import ENTRY, KINDS, SIZE
from runtime_shim.errors import UnsupportedWasmtime

_SYMBOLS = (
    "wasmtime_component_func_call",
    "wasmtime_component_val_clone",
    "wasmtime_component_val_delete",
    "wasmtime_component_linker_instance_add_func",
    "wasmtime_component_linker_instance_add_resource",
    "wasmtime_component_resource_any_clone",
    "wasmtime_component_resource_any_delete",
    "wasmtime_component_resource_any_drop",
    "wasmtime_component_resource_any_to_host",
    "wasmtime_component_resource_host_new",
    "wasmtime_component_resource_host_to_any",
    "wasmtime_component_resource_host_rep",
    "wasmtime_component_resource_host_delete",
    "wasmtime_error_new",
    "wasmtime_store_epoch_deadline_callback",
    "wasmtime_config_concurrency_support_set",
)


def _fits() -> bool:
    """Whether the private layer has the shapes that `ffi` relies on."""
    try:
        from wasmtime import _ffi  # what is looked at

        value: Any = _ffi.wasmtime_component_val_t
        entry: Any = _ffi.wasmtime_component_valrecord_entry_t
        result: Any = _ffi.wasmtime_component_valresult_t
        variant: Any = _ffi.wasmtime_component_valvariant_t
        sizes = (
            sys.byteorder == "little",
            ctypes.sizeof(ctypes.c_void_p) == 8,
            ctypes.sizeof(value) == SIZE,
            value.of.offset == 8,
            ctypes.sizeof(entry) == ENTRY,
            entry.val.offset == ENTRY - SIZE,
            result.val.offset == 8,
            variant.val.offset == 16,
        )
        kinds = all(
            getattr(_ffi, f"WASMTIME_COMPONENT_{kind.upper()}").value == number
            for kind, number in KINDS.items()
        )
        symbols = all(hasattr(_ffi.dll, name) for name in _SYMBOLS)
        private = all(
            (
                hasattr(wasmtime.Store, "_context"),
                hasattr(wasmtime.WasmtimeError, "_from_ptr"),
                hasattr(ResourceAny, "_from_ptr"),
                hasattr(Func, "_from_raw"),
            )
        )
    except (ImportError, AttributeError):
        return False
    return all(sizes) and kinds and symbols and private


AVAILABLE = _fits()


KNOWN = ("50.0.1",)
"""The releases of wasmtime-py that the layout was compared with."""


def require() -> None:
    """See that `ffi` fits the release of wasmtime-py that is installed.

    Raises:
        UnsupportedWasmtime: it does not.
        UnsupportedPlatform: the host does not run on this system.
    """
    if sys.platform not in {"linux", "darwin"}:
        from runtime_shim.boundary import platforms

        platforms.require()
    if not AVAILABLE:
        from importlib.metadata import version

        raise UnsupportedWasmtime(
            f"wasmtime {version('wasmtime')} lays values out in memory in another way than this host "
            f"expects; known to work: {', '.join(KNOWN)}"
        )
