"""Granted folders: what is done in them is recorded, and stays inside."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence

from runtime_shim.boundary.context import Context
from runtime_shim.values import Err, Ok, Value
from runtime_shim.wasi.files import facts
from runtime_shim.wasi.files.facts import Descriptor
from runtime_shim.wasi.files.paths import PLAIN, Place, located
from runtime_shim.wasi.grants import Directory

_OF_THE_HOST = {errno.EMFILE, errno.ENFILE}  # descriptors, which guests have none of


class Granted:
    """The folders that a component was granted.

    Args:
        directories: The grants.
    """

    def __init__(self, directories: Sequence[Directory]) -> None:
        self.directories = {directory.guest: directory for directory in directories}

    def step(
        self, context: Context, what: str, live: Callable[[], Value], *, changes: bool = False
    ) -> Value:
        """`Ok` of the result of `live`, or `Err` of an error code; recorded."""

        def run() -> Value:
            try:
                return Ok(live())
            except (OSError, ValueError, OverflowError) as error:
                if getattr(error, "errno", None) in _OF_THE_HOST:
                    raise  # not an answer to record: it may be open the next time
                return Err(facts.code_of(error))

        return context.step(f"wasi:filesystem {what}", run, external=changes)

    def root(self, descriptor: Descriptor, *, change: bool = False) -> str:
        """The path of the granted folder; the grant may have differed in an earlier process."""
        directory = self.directories.get(descriptor.root)
        if directory is None:
            raise facts.refused(errno.EACCES)
        if change and not directory.writable:
            raise facts.refused(errno.EPERM)
        return directory.host

    def at(
        self,
        descriptor: Descriptor,
        path: str,
        run: Callable[[Place], Value],
        *,
        follow: bool,
        change: bool = False,
    ) -> Value:
        """The result of `run` for a path below a folder."""
        with located(
            self.root(descriptor, change=change), descriptor.parts, path, follow=follow
        ) as place:
            return run(place)

    def opened(
        self,
        descriptor: Descriptor,
        flags: int,
        run: Callable[[int], Value],
        *,
        change: bool = False,
    ) -> Value:
        """The result of `run` for the open file of a descriptor."""
        if change and "write" not in descriptor.flags:
            raise facts.refused(errno.EBADF)
        root = self.root(descriptor, change=change)
        *base, name = descriptor.parts or (".",)
        with located(root, tuple(base), name, follow=False) as place:
            opened = os.open(place.name, flags | PLAIN, dir_fd=place.folder)
        try:
            return run(opened)
        finally:
            os.close(opened)
