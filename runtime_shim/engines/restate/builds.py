"""The builds of components that workers belong to: those that are deployed, and those that the server keeps.

A worker belongs to the build that it was created with, and any host may have to run it. So a host hands
the bytes of its builds to the server, and takes from there what it does not have.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from runtime_shim.engines.restate.blobs import Blobs
from runtime_shim.errors import StoreError

if TYPE_CHECKING:
    from runtime_shim.protocol.seams import Program

log = logging.getLogger("runtime_shim")

_MOST = 1 << 30  # bytes of a component


class Builds:
    """Those of a host.

    Args:
        programs: The deployed components by name.
        blobs: Where the server keeps builds.

    Attributes:
        programs: The deployed components by name.
        blobs: Where the server keeps builds.
    """

    def __init__(self, programs: Mapping[str, Program], blobs: Blobs) -> None:
        self.programs = programs
        self.blobs = blobs
        self._made: dict[tuple[str, str], Program] = {}
        self._making = threading.Lock()

    def of(self, component: str, digest: str) -> Program | None:
        """A build of a deployed component; None if neither this host nor the server has it.

        Raises:
            StoreError: It cannot be used here, or the server cannot be asked.
        """
        program = self.programs[component]
        if program.digest == digest:
            return program
        with self._making:
            known = component, digest
            if known not in self._made:
                binary = kept(self.blobs, component, digest)
                if binary is None:
                    return None
                self._made[known] = program.earlier(binary)
            return self._made[known]

    def keep(self) -> None:
        """Have the server keep the deployed builds, by a thread of its own."""
        threading.Thread(target=self._keep, name="builds", daemon=True).start()

    def _keep(self) -> None:
        try:
            for name, program in self.programs.items():
                if program.binary is not None:
                    keep(self.blobs, name, program.digest, zlib.compress(program.binary, 1))
        except StoreError as error:  # the next host with these builds does it
            log.info("the server does not have all builds yet: %s", error)

    def replace(self, programs: Mapping[str, Program], kept: Iterable[str]) -> None:
        """Have other programs deployed, which the server keeps first.

        Args:
            programs: Those, by component.
            kept: The components whose programs of today go on serving the workers of their build.
        """
        for name, program in programs.items():
            if program.binary is not None:
                keep(self.blobs, name, program.digest, zlib.compress(program.binary, 1))
        with self._making:
            gone = programs.keys() - set(kept)
            made = {known: one for known, one in self._made.items() if known[0] not in gone}
            made |= {(name, self.programs[name].digest): self.programs[name] for name in kept}
            self._made = made
            self.programs = {**self.programs, **programs}


def keep(blobs: Blobs, component: str, digest: str, packed: bytes) -> None:
    """Have the server keep a build, which was compressed. Raises `StoreError`."""
    if blobs.about(_name(component, digest)) is None:
        blobs.put(_name(component, digest), digest, packed)


def kept(blobs: Blobs, component: str, digest: str) -> bytes | None:
    """The bytes of a build, if the server has them. Raises `StoreError`."""
    found = blobs.get(_name(component, digest))
    if found is None:
        return None
    unpacking = zlib.decompressobj()
    try:
        binary = unpacking.decompress(found[1], _MOST)
    except zlib.error:
        binary = b""
    if not unpacking.eof or hashlib.sha256(binary).hexdigest() != digest:
        raise StoreError(f"the build {digest:.12} of {component} is damaged in the server")
    return binary


def _name(component: str, digest: str) -> str:
    return f"build/{component}/{digest}"
