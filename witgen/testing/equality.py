"""When two values are the same one."""

from __future__ import annotations

import math
import struct

from runtime_shim.values import Case, Err, Ok, Some, Value


def same(left: Value, right: Value) -> bool:
    """Whether two values in normal form are indistinguishable in WIT.

    Unlike `==`, a NaN is the same as any other NaN (their payloads are not kept on the way: Canonical
    ABI, "canonicalize_nan"), `-0.0` differs from `0.0`, and `True` differs from `1`.
    """
    if type(left) is not type(right):
        return False
    match left:
        case float():
            return _same_float(left, right)
        case list() | tuple():
            return len(left) == len(right) and all(map(same, left, right))
        case dict():
            return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
        case Case():
            return left.name == right.name and same(left.value, right.value)
        case Some() | Ok() | Err():
            return same(left.value, right.value)
        case _:
            return bool(left == right)


def _same_float(left: float, right: float) -> bool:
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return struct.pack("<d", left) == struct.pack("<d", right)
