"""The systems that the host runs on: those with wheels of wasmtime-py on which it is tested."""

from __future__ import annotations

import platform
import sys

from runtime_shim.errors import UnsupportedPlatform

_SYSTEMS = {"linux": "Linux", "darwin": "macOS"}
_MACHINES = {"x86_64": "x86-64", "amd64": "x86-64", "aarch64": "ARM64", "arm64": "ARM64"}


def require() -> None:
    """See that the host runs here.

    Raises:
        UnsupportedPlatform: with the name of this system.
    """
    machine = platform.machine()
    if sys.platform not in _SYSTEMS or machine.lower() not in _MACHINES:
        here = f"{platform.system() or sys.platform} on {machine or 'an unknown machine'}"
        raise UnsupportedPlatform(
            f"the host runs on Linux and macOS (x86-64, ARM64), not on {here}"
        )
