"""Guests that send back what they get: one function for each kind of type, and a caller of them.

Both are written from one table. The target `conf:echo` returns each value as it came. The caller
calls the client of the target with each value of a list, in one of several ways, and returns what
came back; so that one invocation tries many values. It declares the types anew: what a component
exports cannot be made of types that only another one in its composition has.
"""

from __future__ import annotations

import extra_guests

SHARED = """
interface types {
  enum color { red, green, blue }
  flags rights { read, write, %own }
  record point { x: s32, y: f64 }
  record person { name: string, age: option<u8>, home: option<point>, tags: list<string> }
  variant shape { dot(point), line(tuple<point, point>), blob(list<u8>), nothing }
}
"""
"""An interface of types only, which the client uses."""


def _many(word: str, count: int) -> str:
    return ", ".join(f"{word}{number}" for number in range(count))


LOCAL = f"""
  use types.{{color, rights, point, person, shape}};
  enum single {{ only }}
  enum crowd {{ {_many("c", 300)} }}
  flags one-flag {{ f0 }}
  flags byte-flags {{ {_many("f", 8)} }}
  flags word-flags {{ {_many("f", 9)} }}
  flags most-flags {{ {_many("f", 32)} }}
  record small {{ value: u8 }}
  record wide {{ {", ".join(f"f{n}: u{(8, 16, 32, 64)[n % 4]}" for n in range(20))} }}
  record python {{ %class: u8, def: bool, none: option<u8>, self: string, %type: color }}
  record everything {{
    a: bool, b: u8, c: u16, d: u32, e: u64, f: s8, g: s16, h: s32, i: s64, j: f32, k: f64,
    l: char, m: string, n: list<u8>, o: list<shape>, p: option<option<u8>>,
    q: result<option<u8>, color>, r: result, s: tuple<rights, color>, t: person, u: most-flags,
  }}
  variant leaf {{ leaf }}
  variant mixed {{
    nothing, tiny(u8), float(f32), double(f64), long(s64), text(string), pair(tuple<u64, f32>),
    maybe(option<u32>), either(result<u8, string>), colored(color), listed(list<string>),
    person(person),
  }}
  variant crowded {{ {", ".join(f"c{n}" + ("(string)" if n % 100 == 0 else "") for n in range(300))} }}
  variant keyword {{ %import(u8), ok(string), err(string), none, %result(result<u8>) }}
  type renamed = shape;
"""
"""Types declared beside functions, which the client declares again."""

# Kinds that WIT writes inline; the declared types follow.
INLINE = {
    "bool": "bool",
    "u8": "u8",
    "u16": "u16",
    "u32": "u32",
    "u64": "u64",
    "s8": "s8",
    "s16": "s16",
    "s32": "s32",
    "s64": "s64",
    "f32": "f32",
    "f64": "f64",
    "char": "char",
    "string": "string",
    "bytes": "list<u8>",
    "signed-bytes": "list<s8>",
    "bools": "list<bool>",
    "floats": "list<f32>",
    "doubles": "list<f64>",
    "longs": "list<s64>",
    "chars": "list<char>",
    "strings": "list<string>",
    "byte-lists": "list<list<u8>>",
    "deep-lists": "list<list<list<u16>>>",
    "records": "list<person>",
    "options": "list<option<string>>",
    "option-u8": "option<u8>",
    "option-string": "option<string>",
    "option-bytes": "option<list<u8>>",
    "option-option": "option<option<u8>>",
    "option-thrice": "option<option<option<bool>>>",
    "option-result": "option<result<u8, string>>",
    "option-plain": "option<result>",
    "plain": "result",
    "only-ok": "result<u8>",
    "only-err": "result<_, string>",
    "both": "result<u64, string>",
    "floating": "result<f32, s64>",
    "nested": "result<result<u8, string>, option<string>>",
    "maybe-ok": "result<option<u8>, option<option<u8>>>",
    "ok-list": "result<list<string>, shape>",
    "alone": "tuple<u8>",
    "tuple": "tuple<u8, string, f64>",
    "tuples": "tuple<tuple<bool, char>, list<tuple<u8, u64>>, option<tuple<s8>>>",
    "results": "tuple<result, result<u8>, result<_, u8>, result<u16, s16>>",
}
_DECLARED = (
    "color rights point person shape single crowd one-flag byte-flags word-flags most-flags small wide"
    " python everything leaf mixed crowded keyword renamed"
)
KINDS = INLINE | {f"the-{name}": name for name in _DECLARED.split()}
"""Kind → WIT type."""

SPREAD = ["u8", "s16", "u32", "s64", "f32", "f64", "bool", "char", "string", "color"] * 2
"""The parameters of the function with many."""

TUPLE = f"tuple<{', '.join(SPREAD)}>"

TARGET_WIT = f"""package conf:echo;
{SHARED}
interface values {{
{LOCAL}
{chr(10).join(f"  echo-{name}: func(value: {ty}) -> {ty};" for name, ty in KINDS.items())}
  spread: func({", ".join(f"p{n}: {ty}" for n, ty in enumerate(SPREAD))}) -> {TUPLE};
  /// Nothing in, nothing out.
  touch: func();
  touched: func() -> u32;
  /// No result.
  keep: func(value: mixed);
  kept: func() -> list<mixed>;
{extra_guests.TARGET_WIT}
}}
interface cells {{
  use values.{{mixed}};
  resource cell {{
    constructor(start: mixed);
    get: func() -> mixed;
    set: func(value: mixed);
    swap: func(value: mixed) -> mixed;
    twin: func() -> cell;
    fresh: static func(start: mixed) -> cell;
    same: static func(value: mixed) -> mixed;
    newer: static func(a: borrow<cell>, b: borrow<cell>) -> cell;
    unwrap: static func(cell: cell) -> mixed;
  }}
  /// Its constructor can fail.
  resource guard {{
    constructor(limit: u32) -> result<guard, string>;
    limit: func() -> u32;
  }}
  /// The same through functions of the interface.
  peek: func(cell: borrow<cell>) -> mixed;
  absorb: func(cell: cell) -> mixed;
  through: func(cell: cell) -> cell;
  open: func(value: mixed) -> cell;
}}
world echo {{
  export types;
  export values;
  export cells;
}}
"""

CALLER_WIT = f"""package conf:caller;

interface drive {{
{LOCAL.replace("use types.", "use conf:echo/types.")}
  enum how {{ blocking, asynchronous, scheduled, tried, tried-later }}
{chr(10).join(
    f"  echo-{name}: func(worker: string, how: how, values: list<{ty}>) -> list<{ty}>;"
    for name, ty in KINDS.items()
)}
  spread: func(worker: string, how: how, values: list<{TUPLE}>) -> list<{TUPLE}>;
  touch: func(worker: string, how: how, times: u32) -> u32;
  keep: func(worker: string, how: how, values: list<mixed>) -> list<mixed>;
  cells: func(worker: string, how: how, start: mixed, value: mixed) -> list<mixed>;
  script: func(worker: string, name: string) -> list<string>;
}}
world caller {{ export drive; }}
"""


def _python(name: str) -> str:
    return name.replace("-", "_")


def _is_result(ty: str) -> bool:
    return ty.startswith("result")


def _echo(name: str, ty: str) -> str:
    body = "return unpacked(value)" if _is_result(ty) else "return value"
    return f"    def echo_{_python(name)}(self, value):\n        {body}\n"


CELLS_PYTHON = """from componentize_py_types import Err
from wit_world.exports import cells


class Cell(cells.Cell):
    def __init__(self, start):
        self.value = start

    def get(self):
        return self.value

    def set(self, value):
        self.value = value

    def swap(self, value):
        self.value, old = value, self.value
        return old

    def twin(self):
        return Cell(self.value)

    @classmethod
    def fresh(cls, start):
        return Cell(start)

    @classmethod
    def same(cls, value):
        return value

    @classmethod
    def newer(cls, a, b):
        return Cell(b.value)

    @classmethod
    def unwrap(cls, cell):
        return cell.value


class Guard(cells.Guard):
    def __init__(self, limit):
        if limit > 100:
            raise Err(f"{limit} is too high")
        self.value = limit

    def limit(self):
        return self.value
"""
"""The module of the target's resources, which componentize-py wants to be called like the interface."""


def target_python() -> str:
    """The module `app` of the target."""
    parameters = ", ".join(f"p{n}" for n in range(len(SPREAD)))
    return f'''import time

from componentize_py_types import Err
from cells import Cell
from wit_world import exports

touches = 0
keeping = []
words = []


def unpacked(value):
    """A result, in the way in which functions return one."""
    if isinstance(value, Err):
        raise value
    return value.value


class Values(exports.Values):
{chr(10).join(_echo(name, ty) for name, ty in KINDS.items())}
    def spread(self, {parameters}):
        return ({parameters})

    def touch(self):
        global touches
        touches += 1

    def touched(self):
        return touches

    def keep(self, value):
        keeping.append(value)

    def kept(self):
        return keeping
{extra_guests.TARGET_PYTHON}

class Cells(exports.Cells):
    def peek(self, cell):
        return cell.value

    def absorb(self, cell):
        return cell.value

    def through(self, cell):
        return cell

    def open(self, value):
        return Cell(value)
'''


def _drive(name: str, ty: str) -> str:
    # Lists of u8 and of s8 are bytes in componentize-py.
    values = "map(signed, values)" if ty == "s8" else "values"
    words = [values, f'echo_client.Values(worker), "echo_{_python(name)}"', "how"]
    words += ["result=True"] if _is_result(ty) else []
    words += ["option=True"] if ty.startswith("option") else []
    called = f"each({', '.join(words)})"
    if ty in {"u8", "s8"}:
        called = f"bytes(number & 255 for number in {called})"
    return f"    def echo_{_python(name)}(self, worker, how, values):\n        return {called}\n"


def caller_python() -> str:
    """The module `app` of the caller."""
    return f'''from dataclasses import fields
from enum import Enum

from componentize_py_types import Err, Ok, Some
from scripts import SCRIPTS
from wit_world import exports
from wit_world.exports import drive
from wit_world.exports.drive import How
from wit_world.imports import echo_client, echo_types, poll, wall_clock

AT_ONCE = wall_clock.Datetime(0, 0)


def moved(value, types):
    """A value in the classes that the module `types` has for the same types."""
    if isinstance(value, (list, tuple)):
        return type(value)(moved(item, types) for item in value)
    if isinstance(value, (Ok, Err, Some)):
        return type(value)(moved(value.value, types))
    cls = getattr(types, type(value).__name__, None)
    if cls is None:
        return value
    if isinstance(value, Enum):
        return cls(value.value)
    names = [field.name for field in fields(value)]
    return cls(*[moved(getattr(value, name), types) for name in names])


def signed(byte):
    return byte - 256 if byte > 127 else byte


def outcome(function, *arguments):
    """The result that a function returns or raises, as the value that it stands for."""
    try:
        return Ok(function(*arguments))
    except Err as error:
        return error


def awaited(futures, get="get"):
    waiting = list(futures)
    while waiting:
        ready = set(poll.poll([future.subscribe() for future in waiting]))
        waiting = [future for index, future in enumerate(waiting) if index not in ready]
    return [getattr(future, get)() for future in futures]


def each(values, client, name, how, *, result=False, option=False, spread=False):
    """What comes back for each of the values."""
    values = moved(list(values), echo_types)
    arguments = list(values) if spread else [(value,) for value in values]
    if how == How.BLOCKING:
        function = getattr(client, "blocking_" + name)
        call = (lambda *given: outcome(function, *given)) if result else function
        return moved([call(*given) for given in arguments], drive)
    if how == How.TRIED:
        return moved([getattr(client, "try_" + name)(*given) for given in arguments], drive)
    if how == How.TRIED_LATER:
        futures = [getattr(client, name)(*given) for given in arguments]
        return moved([later.value for later in awaited(futures, "try_get")], drive)
    found = awaited([getattr(client, name)(*given) for given in arguments])
    return moved([value.value for value in found] if option else found, drive)


class Drive(exports.Drive):
{chr(10).join(_drive(name, ty) for name, ty in KINDS.items())}
    def spread(self, worker, how, values):
        return each(values, echo_client.Values(worker), "spread", how, spread=True)

    def touch(self, worker, how, times):
        target = echo_client.Values(worker)
        for _ in range(times):
            match how:
                case How.BLOCKING:
                    target.blocking_touch()
                case How.ASYNCHRONOUS:
                    target.touch()
                case How.SCHEDULED:
                    target.schedule_touch(AT_ONCE)
        return target.blocking_touched()

    def keep(self, worker, how, values):
        target = echo_client.Values(worker)
        for value in moved(values, echo_types):
            match how:
                case How.BLOCKING:
                    target.blocking_keep(value)
                case How.ASYNCHRONOUS:
                    target.keep(value)
                case How.SCHEDULED:
                    target.schedule_keep(value, AT_ONCE)
        return moved(target.blocking_kept(), drive)

    def script(self, worker, name):
        return SCRIPTS[name](worker)

    def cells(self, worker, how, start, value):
        start, value = moved(start, echo_types), moved(value, echo_types)
        return moved(self.all_cells(worker, how, start, value), drive)

    def all_cells(self, worker, how, start, value):
        functions, Cell = echo_client.Cells(worker), echo_client.Cell
        cell = Cell(worker, start)
        if how == How.BLOCKING:
            cell.blocking_set(value)
            twin = cell.blocking_twin()
            return [
                cell.blocking_get(),
                cell.blocking_swap(value),
                twin.blocking_get(),
                Cell.blocking_same(worker, value),
                Cell.blocking_fresh(worker, value).blocking_get(),
                Cell.blocking_newer(cell, twin).blocking_get(),
                Cell.blocking_unwrap(twin),
                functions.blocking_peek(cell),
                functions.blocking_absorb(functions.blocking_open(value)),
                functions.blocking_through(cell).blocking_get(),
            ]

        def one(future):
            return awaited([future])[0]

        cell.set(value)
        twin = one(cell.twin())
        return [
            one(cell.get()),
            one(cell.swap(value)),
            one(twin.get()),
            one(Cell.same(worker, value)),
            one(one(Cell.fresh(worker, value)).get()),
            one(one(Cell.newer(cell, twin)).get()),
            one(Cell.unwrap(twin)),
            one(functions.peek(cell)),
            one(functions.absorb(one(functions.open(value)))),
            one(one(functions.through(cell)).get()),
        ]
'''
