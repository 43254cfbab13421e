"""The path to wasmtime that is in use.

`ffi` where this release of wasmtime-py allows it, else `public`; `WITGEN_WASMTIME_PATH=public` chooses
the latter, for comparison. Both have the same functions, and one test suite runs over both.
"""

from __future__ import annotations

import os
from typing import Any

from runtime_shim.boundary import ffi, public


class Path:
    """One of the two, as a set of functions."""

    def __init__(self, module: Any) -> None:
        self.callee: type[ffi.Callee | public.Callee] = module.Callee
        self.define = module.define
        self.define_resource = module.define_resource
        self.attach = module.attach


DIRECT = Path(ffi)
PUBLIC = Path(public)


def preferred() -> Path:
    """The path for new components."""
    if ffi.AVAILABLE and os.environ.get("WITGEN_WASMTIME_PATH") != "public":
        return DIRECT
    return PUBLIC
