"""Reads components that are valid, as wasmtime's validator says, without compiling them.

wasmtime validates all of a component before it compiles the first function. So it is given the
component behind a function that is wrong: where nothing else is wrong, the component is valid. Of its
core modules it is given the outside there, and then each by itself, as it is.

wasmtime's library is called directly: importing its package takes longer than composing small
components.
"""

from __future__ import annotations

import ctypes
import re
import sys
from bisect import bisect_right
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from witgen.component.body import COMPONENT_VERSION, MAGIC, Binary, read_component
from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.rewriting import rewritten
from witgen.component.writer import u32
from witgen.value import value

# A core module with one function, which takes a value from an empty stack.
_WRONG = bytes.fromhex("0061736d01000000 010401600000 03020100 0a05010300 1a0b")
_BEFORE = MAGIC + COMPONENT_VERSION + b"\x01" + u32(len(_WRONG)) + _WRONG
# Bytes that are sooner copied than taken apart.
_SMALL = 1 << 16
_CUSTOM, _CODE, _DATA, _DATA_COUNT = 0, 10, 11, 12
# The body of a function that only traps, which fits every type.
_TRAP = b"\x03\0\0\x0b"
_PLACE = re.compile(r"at offset (?:([0-9]+):|0x([0-9a-f]+))")
# What stands around the words of wasmtime's validator.
_NOISE = re.compile(
    r"^(?: +(?:\d+: )?|error: )(?:WebAssembly translation error|Invalid input WebAssembly code at offset \d+: )?"
    r"| \(at offset 0x[0-9a-f]+\)$"
)
# What wasmtime says, outside of names, of proposals that it does not know.
_NAMES = re.compile("`[^`]*`")
_UNKNOWN = re.compile(r"feature|proposal|not enabled|required for|immediate must be zero")
_PROPOSALS = (
    "branch_hinting",
    "compact_imports",
    "component_model_accessors",
    "component_model_async",
    "component_model_async_stackful",
    "component_model_canonical_names",
    "component_model_implements",
    "component_model_map",
    "component_model_more_async_builtins",
    "custom_page_sizes",
    "exceptions",
    "function_references",
    "gc",
    "memory64",
    "multi_memory",
    "stack_switching",
    "tail_call",
    "threads",
    "wide_arithmetic",
)


def read_valid(data: Buffer) -> Binary:
    """Read a component that is valid as a whole, its core modules too.

    What wasmtime cannot judge is for wasm-tools to judge.

    Raises:
        Malformed: The bytes are not a component, or it is not valid, or nothing here can check that.
    """
    binary = read_component(data)
    fault = _fault_apart(data) if binary.compares_components else _fault(data, binary)
    if fault is None and not binary.compares_labels:
        return binary
    if fault is None or fault == _CRASH or _UNKNOWN.search(_NAMES.sub("", fault.said)):
        # Imports what takes longer than composing small components.
        from witgen.component import wasm_tools

        said = wasm_tools.fault(data)
        if said is None:
            found = fault or _CLOSE
            reason = "wasmtime cannot check this, and wasm-tools, which can, is not installed"
            raise Malformed(f"{_words(found.said)}; {reason}", found.offset)
        fault = _Fault.of(said) if said else None
    if fault is not None:
        raise Malformed(_words(fault.said), fault.offset)
    return binary


def ends_wasmtime(data: Buffer) -> bool:
    """Whether wasmtime ends the process when it is given a component, valid or not."""
    try:
        if not read_component(data).compares_components:
            return False
    except Malformed:
        pass  # by our rules, which need not be those of wasmtime
    return _fault_apart(data) == _CRASH


def _words(said: str) -> str:
    """What a validator says, without what stands around it."""
    causes = said.partition("Caused by:\n")[2] or said
    lines = (" ".join(_NOISE.sub("", line).split()) for line in causes.splitlines())
    return ": ".join(line for line in lines if line)


class _Fault(NamedTuple):
    """What a validator says is wrong, and where."""

    said: str
    offset: int

    @classmethod
    def of(cls, said: str) -> _Fault:
        """A fault at the place that is in its words."""
        place = _PLACE.search(said)
        return cls(said, int(place[1] or f"0x{place[2]}", 0) if place else 0)


_CLOSE = _Fault("labels that are compared differ only in case and hyphens", 0)
_CRASH = _Fault("wasmtime crashes over types of components or core modules in it", 0)


def _fault(data: Buffer, binary: Binary) -> _Fault | None:
    """The first fault of a component that was read."""
    wasmtime = _wasmtime()
    outside: list[tuple[int, Buffer]] = [(0, data)]
    if len(data) > _SMALL:
        outside = [(0, data[:8]), *rewritten(Cursor(data, 8), _outside)]
    size = sum(len(piece) for _, piece in outside)
    first = _BEFORE + b"\x04" + u32(size)
    fault = wasmtime.component_fault(b"".join((first, *(piece for _, piece in outside))))
    if fault is not None and fault.offset >= len(first):
        starts = list(accumulate((len(piece) for _, piece in outside), initial=len(first)))
        at = min(bisect_right(starts, fault.offset), len(outside)) - 1
        return _Fault(fault.said, outside[at][0] + fault.offset - starts[at])
    found = (wasmtime.module_fault(data, *module) for module in binary.modules)
    return next(filter(None, found), None)


def _fault_apart(data: Buffer) -> _Fault | None:
    """`_fault` in a process of its own.

    Where types of components or core modules differ, wasmtime 50 may end the process instead of
    saying so.
    """
    import json
    import subprocess  # both take longer to import than small components to compose

    code = f"from {__name__} import say_fault; say_fault()"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode:
        return _CRASH
    return _Fault(*json.loads(done.stdout)) if done.stdout else None


def say_fault() -> None:
    """Print the first fault of the component on stdin, as JSON; nothing where it has none."""
    import json

    data = sys.stdin.buffer.read()
    try:
        fault = _fault(data, read_component(data))
    except Malformed:
        fault = _wasmtime().component_fault(data)
    if fault is not None:
        sys.stdout.write(json.dumps(fault))


def _outside(in_component: bool, kind: int, section: Cursor) -> Buffer | None:
    """A core module's section without what other modules do not see."""
    if kind == _CUSTOM:
        return b""
    if in_component:
        return None
    if kind == _CODE:
        count = section.count("function body")
        return u32(count) + _TRAP * count
    return b"" if kind in {_DATA, _DATA_COUNT} else None


class _Pointer(ctypes.c_void_p):
    """A pointer that calls answer as it is, not as a number."""


_ANSWERING = (
    "wasm_config_new",
    "wasm_engine_new_with_config",
    "wasmtime_component_new",
    "wasmtime_module_validate",
)


class _Bytes(ctypes.Structure):
    """`wasm_byte_vec_t`."""

    _fields_ = (("size", ctypes.c_size_t), ("data", ctypes.c_void_p))


class _View(ctypes.Structure):
    """`Py_buffer`: how C sees bytes of Python, also those that are only to be read."""

    _fields_ = (
        ("start", ctypes.c_void_p),
        ("owner", ctypes.py_object),
        ("rest", ctypes.c_ssize_t * 10),
    )


@value
class _Wasmtime:
    """wasmtime's C API, with an engine that has all proposals that wasmtime knows."""

    library: ctypes.CDLL
    engine: _Pointer

    def component_fault(self, data: bytes) -> _Fault | None:
        """The first fault of a component; it is compiled if it has none."""
        made, size = _Pointer(), ctypes.c_size_t(len(data))
        new = self.library.wasmtime_component_new
        fault = self._fault(new(self.engine, data, size, ctypes.byref(made)))
        if made.value:
            self.library.wasmtime_component_delete(made)
        return fault

    def module_fault(self, data: Buffer, offset: int, size: int) -> _Fault | None:
        """The first fault of a core module, by its place in a component."""
        view = _View()
        ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(view), 0)
        try:
            start, length = _Pointer(view.start + offset), ctypes.c_size_t(size)
            fault = self._fault(self.library.wasmtime_module_validate(self.engine, start, length))
        finally:
            ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))
        return fault and _Fault(fault.said, offset + fault.offset)

    def _fault(self, error: _Pointer) -> _Fault | None:
        if error.value is None:
            return None
        text = _Bytes()
        self.library.wasmtime_error_message(error, ctypes.byref(text))
        said = ctypes.string_at(text.data, text.size).decode("utf-8", "replace")
        self.library.wasm_byte_vec_delete(ctypes.byref(text))
        self.library.wasmtime_error_delete(error)
        return _Fault.of(said)


@cache
def _wasmtime() -> _Wasmtime:
    spec = find_spec("wasmtime")
    assert spec is not None
    assert spec.origin is not None
    library = ctypes.CDLL(str(next(Path(spec.origin).parent.glob("*/*wasmtime.*"))))
    for name in _ANSWERING:
        getattr(library, name).restype = _Pointer
    config = library.wasm_config_new()
    for proposal in _PROPOSALS:
        # Releases add and remove these.
        enable = getattr(library, f"wasmtime_config_wasm_{proposal}_set", None)
        if enable is not None:
            enable(config, ctypes.c_bool(True))
    library.wasmtime_config_parallel_compilation_set(config, ctypes.c_bool(False))
    return _Wasmtime(library, library.wasm_engine_new_with_config(config))
