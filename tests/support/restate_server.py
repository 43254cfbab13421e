"""A Restate server for tests: one for each process of them, on the loopback with ports of its own.

    python tests/support/restate_server.py install

puts it into a cache folder, where tests look for it; so does `WITGEN_RESTATE_SERVER`, the path of its
binary. Without one, tests that need it are skipped.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

VERSION = "1.7.12"
CACHE = Path.home() / ".cache" / "witgen-restate"


def binary() -> str | None:
    """The server, if it is installed."""
    named = os.environ.get("WITGEN_RESTATE_SERVER") or shutil.which("restate-server")
    found = CACHE.glob("node_modules/@restatedev/restate-server-*/bin/restate-server")
    return named or next(map(str, found), None)


def missing_modules() -> str | None:
    """Why no host can run on Restate here; None if one can."""
    for module in ("restate", "hypercorn"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: pip install 'witgen[restate]'"
    return None


def missing() -> str | None:
    """Why nothing can run on Restate here; None if something can."""
    if reason := missing_modules():
        return reason
    if binary() is None:
        return f"there is no Restate server: python {Path(__file__).name} install"
    return None


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass
class Server:
    """A server that can be killed and started again.

    Attributes:
        folder: Where it keeps its data.
        name: Its name as a node.
        more: Settings beside those below.
    """

    folder: Path
    name: str = "n1"
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    ports: list[int] = field(default_factory=lambda: free_ports(3))

    @property
    def ingress(self) -> str:
        """Where calls enter."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def admin(self) -> str:
        """Where operators ask."""
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def node(self) -> str:
        """Where other nodes reach it."""
        return f"http://127.0.0.1:{self.ports[2]}"

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it."""
        ingress, admin, node = map(str, self.ports)
        settings = {
            "DO_NOT_TRACK": "1",
            "RESTATE_DISABLE_TELEMETRY": "true",
            "RESTATE_BIND_IP": "127.0.0.1",
            "RESTATE_LISTEN_MODE": "tcp",
            "RESTATE_ADVERTISED_HOST": "127.0.0.1",
            "RESTATE_BIND_PORT": node,
            "RESTATE_INGRESS__BIND_PORT": ingress,
            "RESTATE_ADMIN__BIND_PORT": admin,
            "RESTATE_ADMIN__DISABLE_WEB_UI": "true",
            "RESTATE_DEFAULT_NUM_PARTITIONS": "4",
            "RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE": "256 MiB",
            "RESTATE_LOG_FILTER": "error",
        }
        found = binary()
        assert found is not None, missing()
        command = [found, "--node-name", self.name, "--base-dir", str(self.folder / "data")]
        with (self.folder / f"log-{self.name}").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--no-logo"],
                env=os.environ | settings | self.more,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_us,  # noqa: PLW1509 -- one call of C
            )

    def wait(self) -> None:
        """Wait until it serves."""
        assert self.process is not None, "it was not started"
        end = time.monotonic() + 60
        for port, path in ((self.ports[1], "/health"), (self.ports[0], "/restate/health")):
            while not healthy(port, path):
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < end, f"the server does not start: {self.log()}"
                time.sleep(0.05)

    def log(self) -> str:
        """The end of what it has said."""
        return (self.folder / f"log-{self.name}").read_text()[-2000:]

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


def die_with_us() -> None:
    """Have Linux kill a child whose parent was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def healthy(port: int, path: str) -> bool:
    """Whether something answers there that all is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@functools.cache
def server() -> Server:
    """The server of this process, started when it is first asked for."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="witgen-restate-"))
    made = Server(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(made.kill)
    made.start()
    return made


def install() -> None:
    """Install the server into the cache folder unless there is one, running no scripts of packages."""
    if binary() is not None:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm, which comes with Node, is needed to install a Restate server")
    wanted = f"@restatedev/restate-server@{VERSION}"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(CACHE))
    subprocess.run([npm, "install", *quiet, wanted], check=True)


if __name__ == "__main__" and sys.argv[1:] == ["install"]:
    install()
