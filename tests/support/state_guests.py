"""Components of random shape that keep state everywhere, and what compares their state."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from typing import Any

import wasmtime
from component_parts import part
from wasmtime.component import Component, Instance, Linker

from witgen.component.state.instrument import Instrumented, Part

_TYPES = ("i32", "i64", "f32", "f64", "v128")
_START = {"i32": "7", "i64": "-9", "f32": "1.5", "f64": "-0x1p-1074", "v128": "i64x2 1 -1"}
_MIXED = {
    "i32": ("(i64.extend_i32_u {})", "(i32.wrap_i64 {})"),
    "i64": ("{}", "{}"),
    "f32": (
        "(i64.extend_i32_u (i32.reinterpret_f32 {}))",
        "(f32.reinterpret_i32 (i32.wrap_i64 {}))",
    ),
    "f64": (
        "(i64.reinterpret_f64 {})",
        "(f64.reinterpret_i64 (i64.or {} (i64.const 0x7ff0000000000000)))",
    ),
    "v128": ("(i64x2.extract_lane 1 {})", "(i64x2.splat {})"),
}  # a global as a number, and a number as one; the floats are not numbers


def machine(chance: random.Random, wide: Sequence[bool], variables: Sequence[str]) -> str:
    """A core module whose `step` mixes a number with all that it keeps, and changes that.

    Its first memory is another module's; it has data, a table, and a start function.
    """
    lines = ['(import "libc" "memory" (memory $m0 1))']
    for number, long in enumerate(wide, 1):
        lines.append(f"(memory $m{number} {'i64 ' * long}{chance.randint(1, 3)} 40)")
    for number, type in enumerate(variables):
        lines.append(f"(global $g{number} (mut {type}) ({type}.const {_START[type]}))")
    lines.append(f'(data (memory $m0) (i32.const {chance.randrange(60_000)}) "some data")')
    lines.append("(type $turn (func (param i64) (result i64)))")
    factors = [chance.getrandbits(64) | 1 for _ in range(3)]
    for number, factor in enumerate(factors):
        lines.append(f"(func $t{number} (type $turn) (i64.mul (local.get 0) (i64.const {factor})))")
    lines.append("(table $t funcref (elem $t0 $t1 $t2))")
    body = []
    for number, long in enumerate([False, *wide]):
        address = "i64" if long else "i32"
        at = f"(i64.and (i64.shr_u (local.get $s) (i64.const {chance.randint(1, 30)})) (i64.const 0xffff))"
        at = at if long else f"(i32.wrap_i64 {at})"
        end = f"({address}.sub ({address}.shl (memory.size $m{number}) ({address}.const 16)) ({address}.const 16))"
        size = (
            f"(memory.size $m{number})" if long else f"(i64.extend_i32_u (memory.size $m{number}))"
        )
        body.append(
            f"""
          (if (i64.eqz (i64.and (local.get $s) (i64.const {chance.choice((15, 31, 63))})))
            (then (drop (memory.grow $m{number} ({address}.const 1)))))
          (i64.store16 $m{number} {at} (local.get $s))
          (i64.store $m{number} offset=5 {end} (i64.add (i64.load $m{number} {end}) (local.get $s)))
          (local.set $s (i64.xor (local.get $s) (i64.mul (i64.load16_u $m{number} {at}) {size})))"""
        )
    for number, type in enumerate(variables):
        read, write = _MIXED[type]
        body.append(f"""
          (local.set $s (i64.add (local.get $s) {read.format(f"(global.get $g{number})")}))
          (global.set $g{number} {write.format("(local.get $s)")})""")
    lines.append(f"""(func $step (export "step") (param $s i64) (result i64) (local $n i32)
      (loop $next
        (local.set $s (call_indirect $t (type $turn) (i64.rotl (local.get $s) (i64.const 11))
          (i32.rem_u (i32.wrap_i64 (local.get $s)) (i32.const 3))))
        {"".join(body)}
        (br_if $next (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 9))))
      (local.get $s))
    (func $begin (drop (call $step (i64.const {chance.getrandbits(40)}))))
    (start $begin)""")
    return "\n".join(lines)


def guest(seed: int) -> tuple[bytes, int]:
    """A component of components that keep state, and how many functions `f0`, `f1`… it exports.

    Each takes a number and answers one.
    """
    text, count = _component(random.Random(seed), 2)  # noqa: S311 -- the same each time
    return part(text), count


def _component(chance: random.Random, depth: int) -> tuple[str, int]:
    text: list[str] = []
    count = 0
    for number in range(chance.randint(0 if depth else 1, 2)):
        wide = [chance.random() < 0.4 for _ in range(chance.randint(0, 2))]
        core = machine(chance, wide, chance.choices(_TYPES, k=chance.randint(0, 4)))
        text.append(f"""
          (core module $libc{number} (memory (export "memory") 1 30)
            (global (export "sp") (mut i32) (i32.const 65536)))
          (core instance $libc{number} (instantiate $libc{number}))
          (core module $m{number} {core})
          (core instance $i{number}
            (instantiate $m{number} (with "libc" (instance $libc{number}))))
          (func $f{count} (param "s" u64) (result u64)
            (canon lift (core func $i{number} "step")))""")
        count += 1
    for number in range(chance.randint(1, 2) if depth else 0):
        inner, functions = _component(chance, depth - 1)
        text.append(f"(component $c{number} {inner})")
        for copy in range(chance.randint(1, 2)):
            made = f"$c{number}x{copy}"
            text.append(f"(instance {made} (instantiate $c{number}))")
            for function in range(functions):
                text.append(f'(alias export {made} "f{function}" (func $f{count}))')
                count += 1
    text += [f'(export "f{function}" (func $f{function}))' for function in range(count)]
    return "\n".join(text), count


class Live:
    """An instance of an instrumented component, and what its added functions answer."""

    def __init__(self, made: Instrumented) -> None:
        config = wasmtime.Config()
        config.cranelift_opt_level = "none"
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        self.parts = made.parts
        linker = Linker(engine)
        self._instance: Instance = linker.instantiate(self.store, Component(engine, made.data))

    def call(self, function: str, *args: Any) -> Any:
        """What an exported function answers."""
        found = self._instance.get_func(self.store, function)
        assert found is not None
        return found(self.store, *args)

    def do(self, part: Part, what: int, a: int = 0, b: int = 0, data: bytes = b"") -> bytes:
        """What one of the operations answers (`witgen/component/state/adapter.wat`)."""
        answer: str = self.call(part.name, what, a, b, data.decode("latin1"))
        return answer.encode("latin1")

    def image(self) -> list[list[bytes]]:
        """All memories, then all variables, of each part."""
        return [self._image(part) for part in self.parts]

    def _image(self, part: Part) -> list[bytes]:
        sizes, variables = self.told(part)
        pages = [struct.pack(f"<{16 * size}I", *range(16 * size)) for size in sizes]
        return [*(self.do(part, 2, 0, n, page) for n, page in enumerate(pages)), variables]

    def told(self, part: Part) -> tuple[tuple[int, ...], bytes]:
        """The size of each memory in pages of 64 KiB, and the variables."""
        told = self.do(part, 0)
        count = len(part.memories)
        return struct.unpack_from(f"<{count}Q", told, 8), told[8 * count + 8 :]

    def become(self, other: Live) -> None:
        """Take the state of another instance."""
        for own, mine, theirs in zip(self.parts, self.image(), other.image(), strict=True):
            sizes, _ = self.told(own)
            wanted, variables = other.told(own)
            for number, (size, want) in enumerate(zip(sizes, wanted, strict=True)):
                self.do(own, 4, want - size, number)
                have = mine[number] + bytes(65536 * (want - size))
                mixed = int.from_bytes(have) ^ int.from_bytes(theirs[number])
                lines = mixed.to_bytes(65536 * want)
                places = [at for at in range(0, len(lines), 64) if any(lines[at : at + 64])]
                numbers = struct.pack(f"<{len(places)}I", *(at >> 6 for at in places))
                changed = b"".join(lines[at : at + 64] for at in places)
                self.do(own, 3, 0, number, numbers + changed)
            self.do(own, 5, data=variables)
