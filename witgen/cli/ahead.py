"""Compile what was built for this machine, so that the first run does not wait for it."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from witgen.cli.common import Talk

if TYPE_CHECKING:
    from witgen.app.manifest.application import Component


def compile_ahead(components: Sequence[Component], talk: Talk) -> None:
    """Compile components that are not compiled; a run says what is wrong with one."""
    if not components:
        return
    from runtime_shim.boundary.compile import EngineOptions, digest, is_cached
    from runtime_shim.boundary.platforms import require
    from runtime_shim.errors import ShimError
    from runtime_shim.program.loading import NESTINGS
    from runtime_shim.program.program import load
    from witgen.cli.reporting import spoken
    from witgen.cli.supervised import aside

    with suppress(ShimError, OSError), spoken(talk):
        require()
        for component in components:
            data = component.linked_wasm.read_bytes()
            options = EngineOptions(fuel=component.limits.get("fuel") is not None)
            known = digest(data)
            keys = (known, *(nesting.key(known) for nesting in NESTINGS))
            if any(is_cached(key, options) for key in keys):
                continue
            begin = time.perf_counter()
            aside(functools.partial(load, data, known, options, component.name))
            if (took := time.perf_counter() - begin) >= 1:
                done = talk.paint("  done", "green")
                talk.say(f"{done}  compile {component.name}, {took:.1f} s")
