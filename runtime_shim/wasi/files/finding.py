"""Looking around in granted folders: opening, listing, describing."""

from __future__ import annotations

import os
from collections.abc import Callable

from runtime_shim.boundary.context import Context
from runtime_shim.values import Err, Ok, Value
from runtime_shim.wasi.files import facts
from runtime_shim.wasi.files.facts import Descriptor, Entries
from runtime_shim.wasi.files.granted import Granted
from runtime_shim.wasi.files.paths import Place

Run = Callable[..., Value]


class Finding:
    """The operations that find files."""

    def __init__(self, granted: Granted) -> None:
        self._granted = granted

    def directories(self, context: Context) -> Value:
        """The granted folders; the first answer stays in the journal."""
        found = context.step(
            "wasi:filesystem preopens",
            lambda: [
                (guest, directory.writable)
                for guest, directory in self._granted.directories.items()
            ],
        )
        return [
            (
                Descriptor(
                    guest, (), "directory", frozenset({"read", *["mutate-directory"] * writable})
                ),
                guest,
            )
            for guest, writable in found
        ]

    def open_at(
        self,
        context: Context,
        folder: Descriptor,
        path_flags: frozenset[str],
        path: str,
        how: frozenset[str],
        flags: frozenset[str],
    ) -> Value:
        """A descriptor of what a path leads to."""
        change = bool(how & {"create", "truncate"} or flags & {"write", "mutate-directory"})
        done = self._granted.step(
            context,
            f"open-at {folder.path} {path}",
            lambda: self._granted.at(
                folder,
                path,
                lambda place: facts.opened(place, how, flags),
                follow="symlink-follow" in path_flags and "exclusive" not in how,
                change=change,
            ),
            changes=change,
        )
        if isinstance(done, Err):
            return done
        kind, parts = done.value
        return Ok(Descriptor(folder.root, tuple(parts), kind, flags))

    def look(self, what: str, describe: Callable[[os.stat_result], Value]) -> Run:
        """A property of an open file."""

        def run(context: Context, descriptor: Descriptor) -> Value:
            return self._granted.step(
                context,
                f"{what} {descriptor.path}",
                lambda: self._granted.opened(
                    descriptor, os.O_RDONLY, lambda file: describe(os.fstat(file))
                ),
            )

        return run

    def look_at(self, what: str, describe: Callable[[os.stat_result], Value]) -> Run:
        """A property of the file at a path."""

        def run(context: Context, folder: Descriptor, flags: frozenset[str], path: str) -> Value:
            return self._granted.step(
                context,
                f"{what} {folder.path} {path}",
                lambda: self._granted.at(
                    folder,
                    path,
                    lambda place: describe(facts.status(place)),
                    follow="symlink-follow" in flags,
                ),
            )

        return run

    def read_directory(self, context: Context, folder: Descriptor) -> Value:
        """The entries of a folder, by name."""

        def live(opened: int) -> Value:
            with os.scandir(opened) as found:
                names = [
                    (facts.kind(entry.stat(follow_symlinks=False)), entry.name) for entry in found
                ]
            for _, name in names:
                name.encode()  # a name that is not valid text cannot be given to the guest
            return sorted(names, key=lambda item: item[1])

        done = self._granted.step(
            context,
            f"read-directory {folder.path}",
            lambda: self._granted.opened(folder, os.O_RDONLY, live),
        )
        return done if isinstance(done, Err) else Ok(Entries(done.value))

    def readlink_at(self, context: Context, folder: Descriptor, path: str) -> Value:
        """Where a symbolic link leads."""

        def live(place: Place) -> str:
            target = os.readlink(place.name, dir_fd=place.folder)
            target.encode()
            return target

        return self._granted.step(
            context,
            f"readlink-at {folder.path} {path}",
            lambda: self._granted.at(folder, path, live, follow=False),
        )
