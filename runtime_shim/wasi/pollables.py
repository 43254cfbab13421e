"""Pollables made by the host.

Python cannot make a `wasi:io` pollable, but a component can: this one, instantiated in the store of
the guest that needs it, returns those of wasmtime's own monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from wasmtime import Engine
from wasmtime.component import Component, Func, Linker, ResourceAny

from runtime_shim.boundary.context import Context, HostFailure

_TEXT = """
(component
  (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $own (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $own))))))
  (core func $lowered (canon lower (func $clock "subscribe-duration")))
  (core module $module
    (import "clock" "subscribe" (func $subscribe (param i64) (result i32)))
    (func (export "make") (param i64) (result i32) (call $subscribe (local.get 0))))
  (core instance $core
    (instantiate $module (with "clock" (instance (export "subscribe" (func $lowered))))))
  (func (export "make") (param "nanoseconds" u64) (result (own $pollable))
    (canon lift (core func $core "make"))))
"""


@cache
def _factory(engine: Engine) -> tuple[Component, Linker]:
    linker = Linker(engine)
    linker.add_wasip2()
    return Component(engine, _TEXT), linker


@dataclass(slots=True)
class Timers:
    """What makes the pollables of an instance."""

    make: Func | None = None


def timer(context: Context, nanoseconds: int) -> ResourceAny:
    """A pollable that is ready in `nanoseconds`; 0 is ready now."""
    timers = context.state(Timers)
    if timers.make is None:
        component, linker = _factory(context.engine)
        instance = linker.instantiate(context.store, component)
        timers.make = instance.get_func(context.store, "make")
        if timers.make is None:  # it is written above
            raise HostFailure("the pollable component has no `make`")
    pollable: Any = timers.make(context.store, nanoseconds)
    if not isinstance(pollable, ResourceAny):  # by its type above
        raise HostFailure("the pollable component made no pollable")
    return pollable
