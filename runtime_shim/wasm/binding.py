"""The path to wasmtime that is in use.

`ffi` where this release of wasmtime-py allows it, else `public`. Both have the same functions, and
one test suite runs over both.
"""

from __future__ import annotations

from typing import Any

from runtime_shim.wasm import ffi

if ffi.AVAILABLE:
    Callee = ffi.Callee
    define: Any = ffi.define
    define_resource: Any = ffi.define_resource
    attach: Any = ffi.attach
