"""Hypothesis strategies for types and their values, and components that echo any type."""

from __future__ import annotations

from typing import Any, assert_never

from hypothesis import strategies as st

from runtime_shim.values import Case, Err, Ok, Some
from runtime_shim.values import types as t
from runtime_shim.values.types import INTEGERS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NAMES = st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), min_size=1, max_size=4, unique=True)


def named(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    """(name, item) a few."""
    return NAMES.flatmap(
        lambda names: st.tuples(*[st.tuples(st.just(name), inner) for name in names])
    )


TYPES: st.SearchStrategy[t.Type] = st.recursive(
    st.sampled_from(t.Prim)
    | NAMES.map(lambda names: t.Enum(tuple(names)))
    | NAMES.map(lambda names: t.Flags(tuple(names))),
    lambda inner: inner.map(t.List)
    | inner.map(t.Option)
    | st.builds(t.Result, st.none() | inner, st.none() | inner)
    | st.lists(inner, min_size=1, max_size=4).map(lambda items: t.Tuple(tuple(items)))
    | named(inner).map(t.Record)
    | named(st.none() | inner).map(t.Variant),
    max_leaves=8,
)


def values(ty: t.Type) -> st.SearchStrategy[Any]:
    """The values of a type, in normal form."""
    match ty:
        case t.Prim():
            return _primitives(ty)
        case t.List(item):
            return (
                st.binary(max_size=6) if item is t.Prim.U8 else st.lists(values(item), max_size=3)
            )
        case t.Option(item):
            some = values(item)
            return st.none() | (some.map(Some) if isinstance(item, t.Option) else some)
        case t.Result(ok, err):
            return _payload(ok).map(Ok) | _payload(err).map(Err)
        case t.Tuple(items):
            return st.tuples(*[values(item) for item in items])
        case t.Record(fields):
            return st.fixed_dictionaries({name: values(item) for name, item in fields})
        case t.Variant(cases):
            return st.one_of(
                *[st.builds(Case, st.just(name), _payload(item)) for name, item in cases]
            )
        case t.Enum(names):
            return st.sampled_from(names)
        case t.Flags(names):
            return st.frozensets(st.sampled_from(names))
        case t.Own() | t.Borrow():
            raise AssertionError("no resources here")
        case _:
            assert_never(ty)


def _primitives(ty: t.Prim) -> st.SearchStrategy[Any]:
    if ty in INTEGERS:
        return st.integers(*INTEGERS[ty])
    match ty:
        case t.Prim.BOOL:
            return st.booleans()
        case t.Prim.F32:
            return st.floats(width=32, allow_nan=False)
        case t.Prim.F64:
            return st.floats(allow_nan=False)
        case t.Prim.CHAR:
            return st.characters(exclude_categories=["Cs"])
        case _:
            return TEXT


def _payload(ty: t.Type | None) -> st.SearchStrategy[Any]:
    return st.none() if ty is None else values(ty)


TYPED_VALUES = TYPES.flatmap(lambda ty: st.tuples(st.just(ty), values(ty)))


class _Text:
    """Writes types as component text: named ones are defined and exported by an instance type."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, ty: t.Type) -> str:
        match ty:
            case t.Prim():
                return str(ty)
            case t.List(item):
                return f"(list {self.write(item)})"
            case t.Option(item):
                return f"(option {self.write(item)})"
            case t.Result(ok, err):
                left = "" if ok is None else self.write(ok)
                right = "" if err is None else f"(error {self.write(err)})"
                return f"(result {left} {right})"
            case t.Tuple(items):
                return f"(tuple {' '.join(map(self.write, items))})"
            case t.Record(fields):
                inner = [f'(field "{name}" {self.write(item)})' for name, item in fields]
                return self._define(f"(record {' '.join(inner)})")
            case t.Variant(cases):
                inner = [
                    f'(case "{name}" {"" if item is None else self.write(item)})'
                    for name, item in cases
                ]
                return self._define(f"(variant {' '.join(inner)})")
            case t.Enum(names):
                return self._define(f"(enum {_quoted(names)})")
            case t.Flags(names):
                return self._define(f"(flags {_quoted(names)})")
            case _:
                raise AssertionError("no resources here")

    def _define(self, text: str) -> str:
        number = len(self.lines)
        self.lines.append(
            f'(type $d{number} {text}) (export "n{number}" (type $t{number} (eq $d{number})))'
        )
        return f"$t{number}"


def _quoted(names: tuple[str, ...]) -> str:
    return " ".join(f'"{name}"' for name in names)


_CORE = {t.Prim.F32: "f32", t.Prim.F64: "f64", t.Prim.U64: "i64", t.Prim.S64: "i64"}


def flatten(ty: t.Type | None) -> list[str]:
    """The core types of a value (Canonical ABI, `flatten_type`)."""
    match ty:
        case None:
            return []
        case t.Prim():
            return ["i32", "i32"] if ty is t.Prim.STRING else [_CORE.get(ty, "i32")]
        case t.List():
            return ["i32", "i32"]
        case t.Tuple(items):
            return [core for item in items for core in flatten(item)]
        case t.Record(fields):
            return [core for _, item in fields for core in flatten(item)]
        case t.Option(item):
            return _flatten_cases([None, item])
        case t.Result(ok, err):
            return _flatten_cases([ok, err])
        case t.Variant(cases):
            return _flatten_cases([item for _, item in cases])
        case _:
            return ["i32"]


def _flatten_cases(cases: list[t.Type | None]) -> list[str]:
    joined: list[str] = []
    for case in cases:
        for index, core in enumerate(flatten(case)):
            if index == len(joined):
                joined.append(core)
            elif joined[index] != core:
                both = {joined[index], core}
                joined[index] = "i32" if both == {"i32", "f32"} else "i64"
    return ["i32", *joined]


def echo_component(ty: t.Type, name: str = "test:echo-host/host") -> str:
    """A component that exports `echo: func(value: T) -> T` and asks the import's `echo`."""
    text = _Text()
    written = text.write(ty)
    flat = flatten(ty)
    params = flat if len(flat) <= 16 else ["i32"]
    spilled = len(flat) > 1
    result = "" if spilled else f"(result {flat[0]})"
    out = "i32" if spilled else flat[0]
    gets = " ".join(f"(local.get {index})" for index in range(len(params)))
    call = f"(call $f {gets} {'(i32.const 16)' if spilled else ''})"
    abi = """(memory (core memory $l "memory")) (realloc (core func $l "realloc"))"""
    return f"""(component
  (import "{name}" (instance $host {" ".join(text.lines)}
    (export "echo" (func (param "value" {written}) (result {written})))))
  {_aliases(text, "$host")}
  (core module $libc (memory (export "memory") 2) (global $top (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
      (local.set 4 (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get 4) (local.get 3)))
      (local.get 4)))
  (core instance $l (instantiate $libc))
  (core func $f (canon lower (func $host "echo") {abi}))
  (core module $m
    (import "h" "f" (func $f (param {" ".join(params)} {"i32" if spilled else ""}) {result}))
    (func (export "g") (param {" ".join(params)}) (result {out})
      {call} {"(i32.const 16)" if spilled else ""}))
  (core instance $i (instantiate $m (with "h" (instance (export "f" (func $f))))))
  (func (export "echo") (param "value" {written}) (result {written})
    (canon lift (core func $i "g") {abi})))"""


def _aliases(text: _Text, instance: str) -> str:
    return " ".join(
        f'(alias export {instance} "n{number}" (type $t{number}))'
        for number in range(len(text.lines))
    )
