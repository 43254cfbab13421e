"""The heaps of a process with many threads."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from runtime_shim import heap

# Counts the heaps that sixteen threads make, which glibc begins at multiples of 64 MiB.
COUNT = """
import ctypes, sys, threading
from runtime_shim.heap import share_heaps
if sys.argv[1] == "share":
    assert share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
found, gate = set(), threading.Barrier(16)
def work():
    gate.wait()
    for _ in range(50):
        found.add(libc.malloc(5000) >> 26)
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(found))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another one")
def test_threads_share_two_heaps() -> None:
    def heaps(how: str) -> int:
        command = [sys.executable, "-c", COUNT, how]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert heaps("share") <= 3 < heaps("leave")


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not heap.share_heaps()
