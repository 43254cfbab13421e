"""What is around a Restate server: more nodes of it, and haproxy in front of hosts."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from restate_server import Server, die_with_us, free_ports, healthy

_SERVERS = """\
  server host{port} 127.0.0.1:{port} proto h2 check check-proto h1 inter 500ms fall 2 rise 1 \
on-marked-down shutdown-sessions
"""
_PROXY = """\
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  option redispatch 1
  retries 2
  retry-on conn-failure

frontend hosts
  bind 127.0.0.1:{port} proto h2
  default_backend hosts

backend hosts
  balance {balance}
  hash-type consistent
  option httpchk GET /health
  timeout check 1500ms
{servers}
"""
STICKY, TURNS = "hdr(x-restate-service-key)", "roundrobin"


def nodes(folder: Path, count: int) -> list[Server]:
    """A server; or several that keep two copies of everything."""
    if count == 1:
        return [Server(folder)]
    made = []
    for number in range(1, count + 1):
        more = {
            "RESTATE_CLUSTER_NAME": folder.name,
            "RESTATE_AUTO_PROVISION": json.dumps(number == 1),
            "RESTATE_DEFAULT_REPLICATION": "2",
        }
        made.append(Server(folder, f"n{number}", more))
    addresses = json.dumps([one.node for one in made])
    for one in made:
        one.more |= {
            "RESTATE_METADATA_CLIENT__ADDRESSES": addresses,
            "RESTATE_ADVERTISED_ADDRESS": one.node,
        }
    return made


def start(servers: Sequence[Server]) -> None:
    """Start them together, and wait until all serve."""
    for one in servers:
        one.launch()
    for one in servers:
        one.wait()


@dataclass
class Proxy:
    """haproxy in front of hosts.

    Attributes:
        folder: Where its configuration goes.
        hosts: Their ports.
        balance: How it chooses one of them.
    """

    folder: Path
    hosts: Sequence[int]
    balance: str = STICKY
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What the server is told."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; it is there when a host is."""
        servers = "".join(_SERVERS.format(port=port) for port in self.hosts)
        file = self.folder / f"haproxy-{self.port}.cfg"
        file.write_text(_PROXY.format(port=self.port, balance=self.balance, servers=servers))
        found = installed()
        assert found is not None, missing()
        with (self.folder / "log-haproxy").open("ab") as log:
            self.process = subprocess.Popen(
                [found, "-db", "-f", str(file)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_us,  # noqa: PLW1509 -- one call of C
            )

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def installed() -> str | None:
    """Where haproxy is."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


def missing() -> str | None:
    """Why there can be no balancer here; None if there can."""
    return None if installed() else "haproxy is not installed"


def served(port: int) -> None:
    """Wait until a host answers there."""
    end = time.monotonic() + 60
    while not healthy(port, "/health"):
        assert time.monotonic() < end, "the host does not start"
        time.sleep(0.02)
