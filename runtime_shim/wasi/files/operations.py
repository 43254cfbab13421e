"""`wasi:filesystem` for guests with granted folders, recorded.

Source: wasi:filesystem 0.2 `types.wit`, `preopens.wit`. A descriptor is a path from a granted
folder to a file, and each operation reopens the file: so a rebuilt worker has all its descriptors,
and none of its operations happens again. What a guest reads is in the journal; writes happen after
everything that led to them is on disk, hence at least once. A guest loses access to a file that is
renamed or removed while it holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runtime_shim.offers.provide import HostFunction
from runtime_shim.values import Err, Ok, Value
from runtime_shim.wasi.files import facts
from runtime_shim.wasi.files.changes import Changes, make, remove, unlink
from runtime_shim.wasi.files.contents import Contents
from runtime_shim.wasi.files.finding import Finding
from runtime_shim.wasi.files.granted import Granted
from runtime_shim.wasi.grants import Directory


def functions(directories: Sequence[Directory]) -> dict[str, HostFunction]:
    """What `wasi:filesystem/types` and `wasi:filesystem/preopens` offer."""
    granted = Granted(directories)
    finding, contents, changes = Finding(granted), Contents(granted), Changes(granted)
    methods: dict[str, Callable[..., Value]] = {
        "read-via-stream": contents.read_via_stream,
        "write-via-stream": contents.write_via_stream,
        "append-via-stream": contents.append_via_stream,
        "advise": lambda context, descriptor, offset, length, advice: Ok(),
        "sync-data": contents.sync,
        "sync": contents.sync,
        "get-flags": lambda context, descriptor: Ok(descriptor.flags),
        "get-type": lambda context, descriptor: Ok(descriptor.kind),
        "set-size": contents.set_size,
        "set-times": changes.set_times,
        "read": contents.read,
        "write": contents.write,
        "read-directory": finding.read_directory,
        "create-directory-at": changes.change("create-directory-at", make),
        "stat": finding.look("stat", facts.described),
        "stat-at": finding.look_at("stat-at", facts.described),
        "set-times-at": changes.set_times_at,
        "link-at": changes.link_at,
        "open-at": finding.open_at,
        "readlink-at": finding.readlink_at,
        "remove-directory-at": changes.change("remove-directory-at", remove),
        "rename-at": changes.rename_at,
        # Links would let programs on the host that follow them leave the folder.
        "symlink-at": lambda context, folder, old, new: Err("not-permitted"),
        "unlink-file-at": changes.change("unlink-file-at", unlink),
        "is-same-object": lambda context, one, other: one.path == other.path,
        "metadata-hash": finding.look("metadata-hash", facts.hashed),
        "metadata-hash-at": finding.look_at("metadata-hash-at", facts.hashed),
    }
    return {
        **{f"[method]descriptor.{name}": HostFunction(run) for name, run in methods.items()},
        "[method]directory-entry-stream.read-directory-entry": HostFunction(
            lambda context, entries: Ok(entries.next())
        ),
        "get-directories": HostFunction(finding.directories),
        "filesystem-error-code": HostFunction(lambda context, error: None),
    }
