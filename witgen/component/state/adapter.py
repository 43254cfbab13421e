"""The core module that reads and writes what the core instances of a component keep."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from witgen.component.wasmtime_tools import wat2wasm

# Odd numbers with about as many ones as zeros.
_FACTORS = (
    "0xa24baed4963ee407",
    "0x9fb21c651e98df25",
    "0xd1342543de82ef95",
    "0xc2b2ae3d27d4eb4f",
)


@cache
def _template(file: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(file).read_text("utf-8")


def adapter(memories: Sequence[bool], variables: Sequence[str]) -> bytes:
    """The module.

    Args:
        memories: For each memory, whether its addresses have 64 bits.
        variables: The type of each global.
    """
    count = len(memories)

    def each(operation: str) -> str:
        return " ".join(f"${operation}{number}" for number in range(count))

    own = [
        f'  (import "" "m{number}" (memory $m{number} {"i64 " * wide}0))'
        for number, wide in enumerate(memories)
    ]
    own += [
        f'  (import "" "g{number}" (global $g{number} (mut {type})))'
        for number, type in enumerate(variables)
    ]
    start = 0x10008 + 8 * count
    return wat2wasm(
        _template("adapter.wat").format(
            imports="\n".join(own),
            sizes=each("size"),
            hashes=each("hash"),
            reads=each("read"),
            xors=each("xor"),
            grows=each("grow"),
            memories="\n".join(_memory(number, wide) for number, wide in enumerate(memories)),
            count=count,
            told=8 + 8 * count + 16 * len(variables),
            tell="\n".join(_tell(number, type, start) for number, type in enumerate(variables)),
            globals=16 * len(variables),
            set="\n".join(
                f"    (global.set $g{number} ({type}.load $own offset={16 * number} (local.get 2)))"
                for number, type in enumerate(variables)
            ),
        )
    )


def _memory(number: int, wide: bool) -> str:
    size = f"(memory.size $m{number})"
    lanes = [
        f"      (local.set ${lane} (i64.mul (i64.rotl (i64.xor (local.get ${lane}) "
        f"(i64.load $m{number} offset={32 * half + 8 * place} (local.get $at))) (i64.const 29)) "
        f"(i64.const {_FACTORS[place]})))"
        for half in range(2)
        for place, lane in enumerate("abcd")
    ]
    lines = [
        f"    (v128.store $m{number} offset={offset} (local.get $at) (v128.xor "
        f"(v128.load $m{number} offset={offset} (local.get $at)) "
        f"(v128.load $own offset={offset} (local.get 1))))"
        for offset in range(0, 64, 16)
    ]
    return _template("memory.wat").format(
        number=number,
        address="i64" if wide else "i32",
        page="(i64.extend_i32_u (local.get 0))" if wide else "(local.get 0)",
        size=size if wide else f"(i64.extend_i32_u {size})",
        rounds="\n".join(lanes),
        lines="\n".join(lines),
    )


def _tell(number: int, type: str, start: int) -> str:
    """What writes a global into 16 bytes, those that it does not need zero."""
    at = start + 16 * number
    zero = f"    (v128.store $own (i32.const {at}) (v128.const i64x2 0 0))\n"
    return f"{zero}    ({type}.store $own (i32.const {at}) (global.get $g{number}))"
