"""Changing granted folders: making, removing, renaming, linking, times."""

from __future__ import annotations

import os
from collections.abc import Callable

from runtime_shim.boundary.context import Context
from runtime_shim.values import Case, Value
from runtime_shim.wasi.files import facts
from runtime_shim.wasi.files.facts import Descriptor
from runtime_shim.wasi.files.granted import Granted
from runtime_shim.wasi.files.paths import Place, located

Run = Callable[..., Value]


class Changes:
    """The operations that change folders."""

    def __init__(self, granted: Granted) -> None:
        self._granted = granted

    def change(self, what: str, run: Callable[[Place], None]) -> Run:
        """Change a name in a folder."""

        def change(context: Context, folder: Descriptor, path: str) -> Value:
            return self._granted.step(
                context,
                f"{what} {folder.path} {path}",
                lambda: self._granted.at(folder, path, run, follow=False, change=True),
                changes=True,
            )

        return change

    def rename_at(
        self, context: Context, folder: Descriptor, old: str, other: Descriptor, new: str
    ) -> Value:
        """Rename a file or folder, also into another granted folder."""
        return self._both(context, "rename-at", os.rename, folder, old, other, new)

    def link_at(
        self,
        context: Context,
        folder: Descriptor,
        flags: frozenset[str],
        old: str,
        other: Descriptor,
        new: str,
    ) -> Value:
        """Make a hard link."""

        def link(source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
            os.link(
                source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, follow_symlinks=False
            )

        return self._both(context, "link-at", link, folder, old, other, new)

    def _both(
        self,
        context: Context,
        what: str,
        run: Callable[..., None],
        folder: Descriptor,
        old: str,
        other: Descriptor,
        new: str,
    ) -> Value:
        def live() -> Value:
            root = self._granted.root(other, change=True)
            with located(root, other.parts, new, follow=False) as there:
                return self._granted.at(
                    folder,
                    old,
                    lambda here: run(
                        here.name, there.name, src_dir_fd=here.folder, dst_dir_fd=there.folder
                    ),
                    follow=False,
                    change=True,
                )

        return self._granted.step(
            context, f"{what} {folder.path} {old} {other.path} {new}", live, changes=True
        )

    def set_times(
        self, context: Context, descriptor: Descriptor, access: Case, change: Case
    ) -> Value:
        """Set the times of an open file."""

        def live(file: int) -> None:
            os.utime(file, ns=facts.times(os.fstat(file), access, change))

        return self._granted.step(
            context,
            f"set-times {descriptor.path}",
            lambda: self._granted.opened(descriptor, os.O_WRONLY, live, change=True),
            changes=True,
        )

    def set_times_at(
        self,
        context: Context,
        folder: Descriptor,
        flags: frozenset[str],
        path: str,
        access: Case,
        change: Case,
    ) -> Value:
        """Set the times of what a path leads to."""

        def live(place: Place) -> None:
            times = facts.times(facts.status(place), access, change)
            os.utime(place.name, ns=times, dir_fd=place.folder, follow_symlinks=False)

        return self._granted.step(
            context,
            f"set-times-at {folder.path} {path}",
            lambda: self._granted.at(
                folder, path, live, follow="symlink-follow" in flags, change=True
            ),
            changes=True,
        )


def make(place: Place) -> None:
    """Make a folder."""
    os.mkdir(place.name, dir_fd=place.folder)


def remove(place: Place) -> None:
    """Remove an empty folder."""
    os.rmdir(place.name, dir_fd=place.folder)


def unlink(place: Place) -> None:
    """Remove a file."""
    os.unlink(place.name, dir_fd=place.folder)
