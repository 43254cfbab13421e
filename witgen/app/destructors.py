"""Destructors for the resources of a Python client, which componentize-py leaves empty.

In what componentize-py 0.25 builds, the bindings call `wit_dylib_resource_dtor` of its runtime when a
handle of an exported resource was dropped, and the runtime does nothing: the Python object, of which it
holds a reference for the handle, stays forever, with all that it holds of the host. Here a function
takes its place that calls the object, as `resource()`, and gives the reference back.

An `own` that a caller gives away arrives in `wit_dylib_push_own`, which asks what the handle stands for
and then forgets the handle. Now the handle is dropped when it was asked, without a call of the object,
and the reference is given back when Python has one of its own.

Source: componentize-py 0.25.1, `runtime/src/lib.rs`; the names are those of wit-dylib.
"""

from __future__ import annotations

from witgen.component.body import sections
from witgen.component.cursor import Buffer, Cursor, Malformed
from witgen.component.fronts import Module, read_module, with_fronts
from witgen.component.writer import u32
from witgen.diagnostics import Diagnostic, WitError

_DROPPED, _GIVEN = "wit_dylib_resource_dtor", "wit_dylib_push_own"
_REP, _DROP = "[resource-rep]", "[resource-drop]"
_CPYTHON = (
    "PyErr_PrintEx",
    "PyGILState_Ensure",
    "PyGILState_Release",
    "PyObject_CallNoArgs",
    "_Py_DecRef",
)
# `$given` is 0, or 1 while an `own` arrives, and then the object that the handle stood for.
_RUNTIME = {
    _DROPPED: """
(func (param $type i32) (param $object i32)
  (local $state i32) (local $answer i32)
  (if (global.get $given)
    (then
      (global.set $given (local.get $object))
      (return)))
  (local.set $state (call $PyGILState_Ensure))
  (local.set $answer (call $PyObject_CallNoArgs (local.get $object)))
  (if (i32.eqz (local.get $answer))
    (then
      (call $PyErr_PrintEx (i32.const 0))
      (unreachable)))
  (call $_Py_DecRef (local.get $answer))
  (call $_Py_DecRef (local.get $object))
  (call $PyGILState_Release (local.get $state)))
""",
    _GIVEN: """
(func (param $call i32) (param $type i32) (param $handle i32)
  (local $object i32)
  (global.set $given (i32.const 1))
  (call $wit_dylib_push_own (local.get $call) (local.get $type) (local.get $handle))
  (local.set $object (global.get $given))
  (global.set $given (i32.const 0))
  (if (i32.gt_u (local.get $object) (i32.const 1))
    (then (call $_Py_DecRef (local.get $object)))))
""",
}
_ASKED = """
(func (param $handle i32) (result i32)
  (call $rep{0} (local.get $handle))
  (call $drop{0} (local.get $handle)))
"""


def with_destructors(component: Buffer) -> bytes:
    """A component of componentize-py whose exported resources are called when they are dropped.

    Args:
        component: What it built.

    Returns:
        The component with the same imports and exports; nothing but the code in front of those
            functions was added.

    Raises:
        WitError: It is laid out in another way than that of the release that is known.
    """
    pieces: list[Buffer] = [component[:8]]
    changed = 0
    try:
        for kind, section in sections(Cursor(component, 8)):
            contents: Buffer = section.data[section.position : section.end]
            if kind == 1 and (replaced := _changed(contents)) is not None:
                contents = replaced
                changed += 1
            pieces += [bytes((kind,)), u32(len(contents)), contents]
    except (Malformed, KeyError) as error:
        raise _unknown(str(error)) from None
    if changed != 2:
        raise _unknown(f"{changed} of two core modules were found")
    return b"".join(pieces)


def _changed(data: Buffer) -> bytes | None:
    """The runtime or the bindings with what is put in front of them; None for other modules."""
    module = read_module(data)
    if _DROPPED in module.exports:
        return _runtime(module)
    if ("env", _DROPPED) in module.imports:
        return _bindings(module)
    return None


def _runtime(module: Module) -> bytes:
    names = {name: module.imports["env", name] for name in _CPYTHON}
    names[_GIVEN] = module.exports[_GIVEN]
    fronts = {module.exports[name]: text for name, text in _RUNTIME.items()}
    return with_fronts(module, fronts, names, ["given"])


def _bindings(module: Module) -> bytes:
    names: dict[str, int] = {}
    fronts: dict[int, str] = {}
    for (interface, name), rep in module.imports.items():
        if name.startswith(_REP):
            number = len(fronts)
            drop = module.imports[interface, _DROP + name.removeprefix(_REP)]
            names |= {f"rep{number}": rep, f"drop{number}": drop}
            fronts[rep] = _ASKED.format(number)
    return with_fronts(module, fronts, names)


def _unknown(reason: str) -> WitError:
    return WitError(
        [
            Diagnostic(
                "APP4105",
                "the component is not one of componentize-py 0.25.1, so its resources could not be"
                f" given destructors: {reason}",
                help=("`pip install componentize-py==0.25.1`",),
            )
        ]
    )
