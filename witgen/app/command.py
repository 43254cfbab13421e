"""Run one command of a manifest without a shell; log its output, and end its children with it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from witgen.app.manifest.application import Command
from witgen.app.manifest.find import shown
from witgen.app.python.invocation import invocation
from witgen.app.python.said import failure
from witgen.diagnostics import Diagnostic, WitError
from witgen.value import replace

_TAIL = 15
_BACKTRACE = re.compile(
    r"\s*stack backtrace:\s*$", re.IGNORECASE
)  # from programs in Rust, says nothing new
_MOST_SHOWN = 1 << 16
# How to install the programs that manifests usually call.
_INSTALL: Mapping[str, str] = MappingProxyType(
    {
        "componentize-py": "install it with `pip install componentize-py`",
        "jco": "install it with `npm install @bytecodealliance/jco` and call it as `npx jco`",
        "npx": "it comes with Node.js: https://nodejs.org",
        "npm": "it comes with Node.js: https://nodejs.org",
        "node": "get it from https://nodejs.org",
        "cargo": "get it from https://rustup.rs",
        "cargo-component": "install it with `cargo install cargo-component`",
        "wit-bindgen": "install it with `cargo install wit-bindgen-cli`",
        "tinygo": "get it from https://tinygo.org",
    }
)


@dataclass(slots=True)
class Processes:
    """The running processes, so that they can be ended together.

    Attributes:
        running: The processes.
        stopped: Whether no more may start.
        begun: Called with the process id of each that starts.
        lock: Held to read or change the others.
    """

    running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    stopped: bool = False
    begun: Callable[[int], None] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """End all, and let no more start."""
        with self.lock:
            self.stopped = True
            for process in self.running:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()
    except ProcessLookupError:
        return


def run(
    command: Command, root: Path, processes: Processes, log: Path | None, whose: str = ""
) -> None:
    """Run a command; its output goes to a log.

    Args:
        command: What to run.
        root: The application's folder; nothing outside it is removed.
        processes: Where the process is registered while it runs.
        log: The file for its output; None to show it to the user.
        whose: The component it runs for; a template's command serves several.

    Raises:
        WitError: It cannot be started, or failed.
        OSError: A folder cannot be made or removed.
    """
    _prepare(command, root)
    path, environment = program(command)
    with _output(log) as output:
        try:
            process = subprocess.Popen(
                [path, *command.args[1:]],
                cwd=command.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=hasattr(os, "setsid"),
            )
        except OSError as error:
            message = f"cannot start `{command.args[0]}`: {error.strerror or error}"
            raise _error("APP4303", message, command) from None
        status = _wait(process, processes)
    if status and not processes.stopped:
        raise _failed(command, status, log, whose)


@contextmanager
def _output(log: Path | None) -> Iterator[BinaryIO | None]:
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        yield file


def _wait(process: subprocess.Popen[bytes], processes: Processes) -> int:
    with processes.lock:
        processes.running.add(process)
        processes.begun(process.pid)
        if processes.stopped:
            _end(process)
    try:
        return process.wait()
    finally:
        with processes.lock:
            processes.running.discard(process)
            # An interrupt while waiting must not leave it running.
            _end(process)


def _prepare(command: Command, root: Path) -> None:
    if not command.folder.is_dir():
        message = f"the folder `{command.folder.name}`, where a command runs, does not exist"
        raise _error("APP4304", message, command)
    for folder in command.rmdirs:
        if folder == root or root not in folder.parents:
            message = f"`rmdirs` names `{shown(folder)}`, which is not within the application"
            raise _error("APP4305", message, command)
        shutil.rmtree(folder, ignore_errors=not folder.exists())
    for folder in command.mkdirs:
        folder.mkdir(parents=True, exist_ok=True)


def program(command: Command) -> tuple[str, dict[str, str]]:
    """The program's path and the environment; tools beside this Python are found too.

    Raises:
        WitError: There is no such program.
    """
    beside = str(Path(sys.executable).parent)
    search = os.pathsep.join(filter(None, (os.environ.get("PATH", ""), beside)))
    name = command.args[0]
    path = name if os.sep not in name else str(command.folder / name)
    found = shutil.which(path, path=search)
    if found is None:
        hint = _INSTALL.get(name, "install it, or give its path")
        if "node_modules" in Path(path).parts:
            hint = "install it with `npm install`"
        raise _error("APP4303", f"program `{name}` not found", command, hint)
    return found, os.environ | {"PATH": search}


def _failed(command: Command, status: int, log: Path | None, whose: str) -> WitError:
    how = f"with status {status}" if status > 0 else f"by signal {-status}"
    text = "" if log is None else _end_of(log).decode("utf-8", "replace")
    call = invocation(command.args, command.folder)
    if call is not None and log is not None and (own := failure(text, call.folders)) is not None:
        return WitError([replace(own, help=(*own.help, f"full output: {shown(log)}"))])
    lines = text.rstrip().splitlines()
    frames = next((n for n, line in enumerate(lines) if _BACKTRACE.match(line)), len(lines))
    told = [line for line in lines[:frames] if line.strip()]
    said = told[-_TAIL:]
    if log is not None and (said != told or frames < len(lines)):
        said.append(f"full output: {shown(log)}")
    of = f" of `{whose}`" if whose else ""
    return _error("APP4301", f"`{command.text:.200}`{of} ended {how}", command, *said)


def _end_of(log: Path) -> bytes:
    """The end of the output, which may be long."""
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _MOST_SHOWN))
        return file.read()


def _error(code: str, message: str, command: Command, *hints: Iterable[str] | str) -> WitError:
    return WitError([Diagnostic(code, message, command.place, help=tuple(map(str, hints)))])
