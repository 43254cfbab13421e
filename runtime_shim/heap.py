"""Memory of a process that hosts many workers."""

from __future__ import annotations

import ctypes

_ARENA_MAX = -8  # `M_ARENA_MAX` of malloc.h
_ARENAS = 2


def share_heaps() -> bool:
    """Make the threads of glibc share two heaps; return whether that worked.

    By default each thread gets its own heap, up to eight per core. Instances of workers are created
    and freed by arbitrary threads, so each heap grows to its own maximum, and a third of the memory
    lies idle. A program should call this before it starts threads: it applies to the whole process,
    like the environment variable MALLOC_ARENA_MAX.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return bool(mallopt(_ARENA_MAX, _ARENAS))
