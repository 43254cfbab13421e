"""A server on the loopback that counts what it is asked."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Peer:
    """A server on the loopback that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None, bytes]] = []
        self.gate = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                peer.asked.append((self.command, self.path, self.headers["idempotency-key"], body))
                if self.path == "/hang":
                    peer.gate.wait(10)
                if self.path == "/slow":
                    time.sleep(0.3)
                if self.path == "/cut":
                    self.connection.close()
                    return
                said = f"{len(peer.asked)}:{self.headers['host'].partition(':')[0]}:".encode()
                self.send_response({"/missing": 404, "/moved": 302}.get(self.path, 200))
                if self.path == "/moved":
                    self.send_header("location", f"http://{peer.authority}/elsewhere")
                self.send_header("content-length", str(len(said + body)))
                self.end_headers()
                self.wfile.write(said + body)

            do_POST = do_GET  # noqa: N815 -- the name that the server calls

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A guest that hangs up is part of the tests."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.authority = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Let everything go on, and stop."""
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
