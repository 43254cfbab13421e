"""Outgoing HTTP of a guest in Python, by componentize-py: the published bindings, `poll` and all."""

from __future__ import annotations

import time
from pathlib import Path

import http_guest
import pytest
from http_peer import Peer

from runtime_shim.engines.sqlite.engine import SqliteEngine
from runtime_shim.host import Host
from runtime_shim.program.deployment import Deployment
from runtime_shim.wasi.grants import Grants
from witgen.app.componentize import Source, componentize

pytestmark = pytest.mark.long

WORLD = """
package test:py-fetcher;

world py-fetcher {
  import wasi:http/types@0.2.0;
  import wasi:http/outgoing-handler@0.2.0;
  export fetch: func(authority: string, paths: list<string>, body: list<u8>) -> list<string>;
}
"""
APP = """
import wit_world
from componentize_py_types import Err
from wit_world.imports import outgoing_handler, poll
from wit_world.imports import types as http
from wit_world.imports.streams import StreamError_Closed


def send(authority, path, body):
    request = http.OutgoingRequest(http.Fields())
    request.set_scheme(http.Scheme_Http())
    request.set_authority(authority)
    request.set_path_with_query(path)
    request.set_method(http.Method_Post())
    outgoing = request.body()
    future = outgoing_handler.handle(request, None)
    with outgoing.write() as stream:
        stream.blocking_write_and_flush(body)
    http.OutgoingBody.finish(outgoing, None)
    return future


def read(future):
    result = future.get()
    if isinstance(result.value, Err):
        return type(result.value.value).__name__
    response = result.value.value
    stream = response.consume().stream()
    said = b""
    while True:
        try:
            said += stream.blocking_read(1 << 16)
        except Err as error:
            if not isinstance(error.value, StreamError_Closed):
                raise
            return f"{response.status()} {said.decode()}"


class WitWorld(wit_world.WitWorld):
    def fetch(self, authority, paths, body):
        futures = {path: send(authority, path, body) for path in paths}
        said = {}
        while futures:
            names = list(futures)
            for index in poll.poll([futures[name].subscribe() for name in names]):
                said[names[index]] = read(futures.pop(names[index]))
        return [said[path] for path in paths]
"""


def wit() -> bytes:
    """The world, and what it needs of WASI: types as published, for they are merged with others."""
    packages = http_guest.WIT[http_guest.WIT.index("package wasi:io@0.2.0 {") :]
    for old, new in (
        ("      append: func(name: string, value: list<u8>) -> result<_, header-error>;\n", ""),
        ("status: func() -> u16", "status: func() -> status-code"),
        ("    type headers = fields;", "    type status-code = u16;\n    type headers = fields;"),
    ):
        assert old in packages
        packages = packages.replace(old, new)
    return (WORLD + packages).encode()


def test_requests_side_by_side_recorded(tmp_path: Path) -> None:
    guest = componentize(Source({"w.wit": wit()}, "py-fetcher", {"app.py": APP.encode()}, "app"))
    grants = Grants(http=("127.0.0.1",))
    peer = Peer()

    def fetch(key: str, *paths: str) -> list[str]:
        with Host(
            engine=SqliteEngine(tmp_path / "s.db"),
            components={"test:py-fetcher": Deployment(guest.data, grants=grants)},
        ) as host:
            args = (peer.authority, list(paths), b"x")
            said: list[str] = host.invoke("test:py-fetcher", "w", "fetch", args, key=key)
            return said

    fetch("warm", "/")
    begin = time.perf_counter()
    said = fetch("k", "/slow", "/missing")
    assert time.perf_counter() - begin < 1.5
    assert [answer[:4] for answer in said] == ["200 ", "404 "]
    asked = len(peer.asked)
    assert fetch("k", "/slow", "/missing") == said
    assert fetch("cut", "/cut") == ["ErrorCode_ConnectionTerminated"]
    assert len(peer.asked) == asked + 1
    peer.close()
