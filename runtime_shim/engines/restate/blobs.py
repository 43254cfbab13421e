"""What is kept beside workers and found by a name: the builds that they belong to.

A blob is an object of its own: its bytes in messages, then a first message that says what makes it whole.
Whoever reads it while it is written, or half of it, finds nothing.
"""

from __future__ import annotations

from zlib import crc32

from runtime_shim.engines.restate.admin import Admin
from runtime_shim.engines.restate.ingress import Ingress
from runtime_shim.engines.restate.wire import LARGEST, Services, fields, joined, parted
from runtime_shim.errors import StoreError
from runtime_shim.values.codec import encode

_MESSAGE = 4 << 20  # bytes


class Blobs:
    """Those of an application.

    Args:
        ingress: The way to the server.
        services: The application's services.
    """

    def __init__(self, ingress: Ingress, services: Services) -> None:
        self._ingress = ingress
        self._service = services.blob

    def about(self, name: str) -> str | None:
        """What was said of a blob that is there. Raises `StoreError`."""
        found = self._read(name, 0, 1)
        return None if not found else str(fields(found[0], str, int, int)[0])

    def get(self, name: str) -> tuple[str, bytes] | None:
        """What was said of a blob, and its bytes, if all of it is there. Raises `StoreError`."""
        first = self._read(name, 0, 1)
        if not first:
            return None
        about, count, checksum = fields(first[0], str, int, int)
        messages: list[bytes] = []
        while len(messages) < count:
            found = self._read(name, len(messages) + 1, count + 1)
            if not found:
                return None
            messages += found
        data = b"".join(messages)
        return (about, data) if crc32(data) == checksum else None

    def put(self, name: str, about: str, data: bytes) -> None:
        """Keep a blob instead of the one with its name. Raises `StoreError`."""
        self.drop(name)
        count = 0
        for start in range(0, len(data), _MESSAGE):
            count += 1
            self._append(name, count, data[start : start + _MESSAGE])
        self._append(name, 0, encode((about, count, crc32(data))))

    def drop(self, name: str) -> None:
        """Forget a blob. Raises `StoreError`."""
        self._ingress.act((self._service, name), "clear", b"w1")

    def _append(self, name: str, number: int, message: bytes) -> None:
        data = joined(encode(number), message)
        self._ingress.act((self._service, name), "append", data)

    def _read(self, name: str, start: int, stop: int) -> list[bytes]:
        found = self._ingress.act((self._service, name), "read", encode((start, stop)))
        if len(found) > 2 * LARGEST:
            raise StoreError("a message is too large")
        return parted(found)


class SeenBlobs(Blobs):
    """Those of an application, read without a host.

    Args:
        admin: The server's side for operators.
        ingress: The way to the server.
        services: The application's services.
    """

    def __init__(self, admin: Admin, ingress: Ingress, services: Services) -> None:
        super().__init__(ingress, services)
        self._admin = admin

    def _read(self, name: str, start: int, stop: int) -> list[bytes]:
        found = self._admin.kept(self._service, name, f"{start}")
        return [] if found is None else [found]
