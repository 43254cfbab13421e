"""Types in the words of WIT, for messages."""

from __future__ import annotations

from typing import assert_never

from witgen.component import types as t
from witgen.diagnostics import counted


def kind(extern: t.Extern) -> str:
    """What an import or export is, with its article."""
    match extern:
        case t.ModuleType():
            return "a core module"
        case t.FuncType():
            return "a function"
        case t.ValueType():
            return "a value"
        case t.TypeEq() | t.TypeSub():
            return "a type"
        case t.InstanceType():
            return "an interface"
        case t.ComponentType():
            return "a component"
        case _:
            assert_never(extern)


def member(name: str, extern: t.Extern) -> str:
    """A member of an interface as a step of a path: `func run`, `resource pollable`."""
    match extern:
        case t.FuncType():
            return f"func {name}"
        case t.TypeSub():
            return f"resource {name}"
        case t.TypeEq():
            return f"type {name}"
        case t.InstanceType():
            return f"interface {name}"
        case t.ComponentType():
            return f"component {name}"
        case t.ModuleType():
            return f"core module {name}"
        case t.ValueType():
            return f"value {name}"
        case _:
            assert_never(extern)


def type_text(type: t.ValType | None) -> str:
    """A type as WIT writes it; a named type by its name."""
    match type:
        case None:
            return "_"
        case t.Prim():
            return type.value
        case t.Ref(_, _, path):
            return f"`{path[-1]}`"
        case t.Record(fields):
            return f"a record of {counted(len(fields), 'field')}"
        case t.Variant(cases):
            return f"a variant of {counted(len(cases), 'case')}"
        case t.Flags(names):
            return counted(len(names), "flag")
        case t.Enum(names):
            return f"an enum of {counted(len(names), 'case')}"
        case t.List(element):
            return f"list<{type_text(element)}>"
        case t.FixedList(element, length):
            return f"list<{type_text(element)}, {length}>"
        case t.Map(key, value):
            return f"map<{type_text(key)}, {type_text(value)}>"
        case t.Tuple(types):
            return f"tuple<{', '.join(map(type_text, types))}>"
        case t.Option(element):
            return f"option<{type_text(element)}>"
        case t.Result(ok, err):
            return _result(ok, err)
        case t.Own(resource):
            return f"own<{type_text(resource)}>"
        case t.Borrow(resource):
            return f"borrow<{type_text(resource)}>"
        case t.Stream(payload):
            return "stream" if payload is None else f"stream<{type_text(payload)}>"
        case t.Future(payload):
            return "future" if payload is None else f"future<{type_text(payload)}>"
        case _:
            assert_never(type)


def _result(ok: t.ValType | None, err: t.ValType | None) -> str:
    if err is not None:
        return f"result<{type_text(ok)}, {type_text(err)}>"
    return "result" if ok is None else f"result<{type_text(ok)}>"
