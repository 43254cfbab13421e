"""Memory of a process that hosts many workers."""

from __future__ import annotations

import ctypes

_ARENA_MAX = -8  # `M_ARENA_MAX` of malloc.h
_ARENAS = 2


def share_heaps() -> bool:
    """Have the C library's threads share two heaps, where it is glibc; whether it does.

    By default each thread gets a heap of its own, up to eight a core. Instances of workers are made
    and freed by whichever thread comes, so each heap grows to the most that it ever held, and a
    third of the memory lies idle. To be called by a program, before it starts threads: it holds for
    the whole process, as the environment variable MALLOC_ARENA_MAX does.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return False
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    return bool(mallopt(_ARENA_MAX, _ARENAS))
