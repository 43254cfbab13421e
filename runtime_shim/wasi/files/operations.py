"""`wasi:filesystem` for guests with granted folders, recorded.

Source: wasi:filesystem 0.2 `types.wit`, `preopens.wit`. A descriptor is a way from a granted folder
to a file, and each operation opens the file anew: so a worker that is rebuilt has all descriptors
that it had, and none of its operations happens again. What a guest reads is in the journal; what it
writes is written after all that led to it is on disk, hence at least once. A file that was renamed or
removed while a guest holds it is gone for the guest.
"""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Callable, Sequence

from runtime_shim.boundary.context import Context
from runtime_shim.offers.provide import HostFunction
from runtime_shim.values import Case, Err, Ok, Value
from runtime_shim.wasi.files import facts
from runtime_shim.wasi.files.facts import Descriptor, Entries
from runtime_shim.wasi.files.paths import PLAIN, Place, located
from runtime_shim.wasi.grants import Directory
from runtime_shim.wasi.streams import WINDOW, Sink, Source

Run = Callable[..., Value]


class _Files:
    """The operations on granted folders."""

    def __init__(self, directories: Sequence[Directory]) -> None:
        self._granted = {directory.guest: directory for directory in directories}

    # --- recording -----------------------------------------------------------------------------

    def _step(
        self, context: Context, what: str, live: Callable[[], Value], *, changes: bool = False
    ) -> Value:
        """`Ok` of what `live` gives, or `Err` of an error code; recorded."""

        def run() -> Value:
            try:
                return Ok(live())
            except (OSError, ValueError, OverflowError) as error:
                return Err(facts.code_of(error))

        return context.step(f"wasi:filesystem {what}", run, external=changes)

    def _root(self, descriptor: Descriptor, *, change: bool = False) -> str:
        """Where the granted folder is; it may have been granted otherwise in an earlier process."""
        directory = self._granted.get(descriptor.root)
        if directory is None:
            raise facts.refused(errno.EACCES)
        if change and not directory.writable:
            raise facts.refused(errno.EPERM)
        return directory.host

    def _at(
        self,
        descriptor: Descriptor,
        path: str,
        run: Callable[[Place], Value],
        *,
        follow: bool,
        change: bool = False,
    ) -> Value:
        """What `run` gives for a path below a folder."""
        with located(
            self._root(descriptor, change=change), descriptor.parts, path, follow=follow
        ) as place:
            return run(place)

    def _opened(
        self,
        descriptor: Descriptor,
        flags: int,
        run: Callable[[int], Value],
        *,
        change: bool = False,
    ) -> Value:
        """What `run` gives for the open file of a descriptor."""
        if change and "write" not in descriptor.flags:
            raise facts.refused(errno.EBADF)
        root = self._root(descriptor, change=change)
        *base, name = descriptor.parts or (".",)
        with located(root, tuple(base), name, follow=False) as place:
            opened = os.open(place.name, flags | PLAIN, dir_fd=place.folder)
        try:
            return run(opened)
        finally:
            os.close(opened)

    # --- finding -------------------------------------------------------------------------------

    def directories(self, context: Context) -> Value:
        """The granted folders; what was granted when it was asked first stays in the journal."""
        found = context.step(
            "wasi:filesystem preopens",
            lambda: [(guest, directory.writable) for guest, directory in self._granted.items()],
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
        change = bool(how & {"create", "truncate"} or flags & {"write", "mutate-directory"})
        done = self._step(
            context,
            f"open-at {folder.path} {path}",
            lambda: self._at(
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
        """Something of an open file."""

        def run(context: Context, descriptor: Descriptor) -> Value:
            return self._step(
                context,
                f"{what} {descriptor.path}",
                lambda: self._opened(
                    descriptor, os.O_RDONLY, lambda file: describe(os.fstat(file))
                ),
            )

        return run

    def look_at(self, what: str, describe: Callable[[os.stat_result], Value]) -> Run:
        """Something of what a path leads to."""

        def run(context: Context, folder: Descriptor, flags: frozenset[str], path: str) -> Value:
            return self._step(
                context,
                f"{what} {folder.path} {path}",
                lambda: self._at(
                    folder,
                    path,
                    lambda place: describe(facts.status(place)),
                    follow="symlink-follow" in flags,
                ),
            )

        return run

    def read_directory(self, context: Context, folder: Descriptor) -> Value:
        def live(opened: int) -> Value:
            with os.scandir(opened) as found:
                names = [
                    (facts.kind(entry.stat(follow_symlinks=False)), entry.name) for entry in found
                ]
            for _, name in names:
                name.encode()  # a name that is no text cannot be given to the guest
            return sorted(names, key=lambda item: item[1])

        done = self._step(
            context,
            f"read-directory {folder.path}",
            lambda: self._opened(folder, os.O_RDONLY, live),
        )
        return done if isinstance(done, Err) else Ok(Entries(done.value))

    def readlink_at(self, context: Context, folder: Descriptor, path: str) -> Value:
        def live(place: Place) -> str:
            target = os.readlink(place.name, dir_fd=place.folder)
            target.encode()
            return target

        return self._step(
            context,
            f"readlink-at {folder.path} {path}",
            lambda: self._at(folder, path, live, follow=False),
        )

    # --- reading and writing -------------------------------------------------------------------

    def read(self, context: Context, descriptor: Descriptor, length: int, offset: int) -> Value:
        done = self._read(context, descriptor, length, offset)
        return done if isinstance(done, Err) else Ok((done.value, not done.value and length > 0))

    def _read(self, context: Context, descriptor: Descriptor, length: int, offset: int) -> Value:
        most = min(length, WINDOW)

        def live() -> bytes:
            if "read" not in descriptor.flags:
                raise facts.refused(errno.EBADF)
            return bytes(
                self._opened(descriptor, os.O_RDONLY, lambda file: os.pread(file, most, offset))
            )

        return self._step(context, f"read {descriptor.path} {offset} {most}", live)

    def write(self, context: Context, descriptor: Descriptor, data: bytes, offset: int) -> Value:
        return self._step(
            context,
            f"write {descriptor.path} {offset} {len(data)} {zlib.crc32(data):08x}",
            lambda: self._opened(
                descriptor, os.O_WRONLY, lambda file: os.pwrite(file, data, offset), change=True
            ),
            changes=True,
        )

    def append(self, context: Context, descriptor: Descriptor, data: bytes) -> Value:
        return self._step(
            context,
            f"append {descriptor.path} {len(data)} {zlib.crc32(data):08x}",
            lambda: self._opened(
                descriptor,
                os.O_WRONLY | os.O_APPEND,
                lambda file: os.write(file, data),
                change=True,
            ),
            changes=True,
        )

    def read_via_stream(self, context: Context, descriptor: Descriptor, offset: int) -> Value:
        return Ok(_Reading(self, descriptor, offset))

    def write_via_stream(self, context: Context, descriptor: Descriptor, offset: int) -> Value:
        at = offset

        def write(context: Context, data: bytes) -> bool:
            nonlocal at
            while data:
                done = self.write(context, descriptor, data, at)
                if isinstance(done, Err):
                    return False
                at += done.value
                data = data[done.value :]
            return True

        return Ok(Sink(write))

    def append_via_stream(self, context: Context, descriptor: Descriptor) -> Value:
        def write(context: Context, data: bytes) -> bool:
            return isinstance(self.append(context, descriptor, data), Ok)

        return Ok(Sink(write))

    def set_size(self, context: Context, descriptor: Descriptor, size: int) -> Value:
        return self._step(
            context,
            f"set-size {descriptor.path} {size}",
            lambda: self._opened(
                descriptor, os.O_WRONLY, lambda file: os.ftruncate(file, size), change=True
            ),
            changes=True,
        )

    def sync(self, context: Context, descriptor: Descriptor) -> Value:
        return self._step(
            context,
            f"sync {descriptor.path}",
            lambda: self._opened(descriptor, os.O_RDONLY, os.fsync),
        )

    # --- changing folders ----------------------------------------------------------------------

    def change(self, what: str, run: Callable[[Place], None]) -> Run:
        """Something done to a name in a folder."""

        def change(context: Context, folder: Descriptor, path: str) -> Value:
            return self._step(
                context,
                f"{what} {folder.path} {path}",
                lambda: self._at(folder, path, run, follow=False, change=True),
                changes=True,
            )

        return change

    def rename_at(
        self, context: Context, folder: Descriptor, old: str, other: Descriptor, new: str
    ) -> Value:
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
            root = self._root(other, change=True)
            with located(root, other.parts, new, follow=False) as there:
                return self._at(
                    folder,
                    old,
                    lambda here: run(
                        here.name, there.name, src_dir_fd=here.folder, dst_dir_fd=there.folder
                    ),
                    follow=False,
                    change=True,
                )

        return self._step(
            context, f"{what} {folder.path} {old} {other.path} {new}", live, changes=True
        )

    def set_times(
        self, context: Context, descriptor: Descriptor, access: Case, change: Case
    ) -> Value:
        def live(file: int) -> None:
            os.utime(file, ns=facts.times(os.fstat(file), access, change))

        return self._step(
            context,
            f"set-times {descriptor.path}",
            lambda: self._opened(descriptor, os.O_WRONLY, live, change=True),
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
        def live(place: Place) -> None:
            times = facts.times(facts.status(place), access, change)
            os.utime(place.name, ns=times, dir_fd=place.folder, follow_symlinks=False)

        return self._step(
            context,
            f"set-times-at {folder.path} {path}",
            lambda: self._at(folder, path, live, follow="symlink-follow" in flags, change=True),
            changes=True,
        )


class _Reading(Source):
    """An input stream over a file."""

    __slots__ = ("_descriptor", "_files", "_offset")

    def __init__(self, files: _Files, descriptor: Descriptor, offset: int) -> None:
        super().__init__()
        self._files = files
        self._descriptor = descriptor
        self._offset = offset

    def take(self, context: Context, length: int) -> bytes | None:
        """The next bytes; None at the end of the file, and where it cannot be read any more."""
        done = self._files._read(context, self._descriptor, length, self._offset)  # noqa: SLF001
        if isinstance(done, Err) or (length and not done.value):
            return None
        self._offset += len(done.value)
        return bytes(done.value)


def _make(place: Place) -> None:
    os.mkdir(place.name, dir_fd=place.folder)


def _remove(place: Place) -> None:
    os.rmdir(place.name, dir_fd=place.folder)


def _unlink(place: Place) -> None:
    os.unlink(place.name, dir_fd=place.folder)


def functions(directories: Sequence[Directory]) -> dict[str, HostFunction]:
    """What `wasi:filesystem/types` and `wasi:filesystem/preopens` offer."""
    files = _Files(directories)
    methods: dict[str, Callable[..., Value]] = {
        "read-via-stream": files.read_via_stream,
        "write-via-stream": files.write_via_stream,
        "append-via-stream": files.append_via_stream,
        "advise": lambda context, descriptor, offset, length, advice: Ok(),
        "sync-data": files.sync,
        "sync": files.sync,
        "get-flags": lambda context, descriptor: Ok(descriptor.flags),
        "get-type": lambda context, descriptor: Ok(descriptor.kind),
        "set-size": files.set_size,
        "set-times": files.set_times,
        "read": files.read,
        "write": files.write,
        "read-directory": files.read_directory,
        "create-directory-at": files.change("create-directory-at", _make),
        "stat": files.look("stat", facts.described),
        "stat-at": files.look_at("stat-at", facts.described),
        "set-times-at": files.set_times_at,
        "link-at": files.link_at,
        "open-at": files.open_at,
        "readlink-at": files.readlink_at,
        "remove-directory-at": files.change("remove-directory-at", _remove),
        "rename-at": files.rename_at,
        # A link is a way out for whoever follows it on the host.
        "symlink-at": lambda context, folder, old, new: Err("not-permitted"),
        "unlink-file-at": files.change("unlink-file-at", _unlink),
        "is-same-object": lambda context, one, other: one.path == other.path,
        "metadata-hash": files.look("metadata-hash", facts.hashed),
        "metadata-hash-at": files.look_at("metadata-hash-at", facts.hashed),
    }
    return {
        **{f"[method]descriptor.{name}": HostFunction(run) for name, run in methods.items()},
        "[method]directory-entry-stream.read-directory-entry": HostFunction(
            lambda context, entries: Ok(entries.next())
        ),
        "get-directories": HostFunction(files.directories),
        "filesystem-error-code": HostFunction(lambda context, error: None),
    }
