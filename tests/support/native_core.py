"""The core modules of a client without the component around them: thousands of calls a second.

The host's part of the canonical ABI is done here by hand, for replies only.
"""

from __future__ import annotations

import atexit
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import wasmtime

from witgen.client import Client
from witgen.native.core import Code, code

Node = tuple[str, Any]
KINDS = [
    *("record-value", "variant-value", "enum-value", "flags-value"),
    *("tuple-value", "list-value", "option-value", "result-value"),
    *("prim-u8", "prim-u16", "prim-u32", "prim-u64", "prim-s8", "prim-s16", "prim-s32"),
    *("prim-s64", "prim-float32", "prim-float64", "prim-char", "prim-bool", "prim-string"),
    "handle",
]
"""The cases of `wit-node`, in their order."""
_FORMATS = {
    "prim-u8": "<B",
    "prim-u16": "<H",
    "prim-u32": "<I",
    "prim-u64": "<Q",
    "prim-s8": "<b",
    "prim-s16": "<h",
    "prim-s32": "<i",
    "prim-s64": "<q",
    "prim-float32": "<f",
    "prim-float64": "<d",
    "prim-bool": "<?",
    "enum-value": "<I",
}
_ENGINE = wasmtime.Engine()


@dataclass
class CoreGuest:
    """The compiled modules of a client.

    Attributes:
        client: The client; one without resources of workers, unless its heap is not used.
    """

    client: Client
    code: Code = field(init=False)
    modules: list[wasmtime.Module] = field(init=False)

    def __post_init__(self) -> None:
        self.code = code(self.client)
        parts = (self.code.memory, self.code.main, self.code.heap)
        self.modules = [wasmtime.Module(_ENGINE, part) for part in parts if part is not None]
        for module in self.modules:
            atexit.register(module.close)  # before the interpreter takes wasmtime apart

    def start(self) -> CoreInstance:
        """A fresh instance."""
        return CoreInstance(self)


class CoreInstance:
    """Running core modules.

    Attributes:
        answer: Writes what a call is answered with, given the address of the host's result.
    """

    def __init__(self, guest: CoreGuest) -> None:
        self.guest = guest
        self.store = wasmtime.Store(_ENGINE)
        self.answer: Callable[[int], None] = lambda _: None
        arena = wasmtime.Instance(self.store, guest.modules[0], [])
        self.arena: Any = arena.exports(self.store)
        heap: Any = None
        if guest.code.heap is not None:
            heap = wasmtime.Instance(self.store, guest.modules[2], []).exports(self.store)
        outside = {item.short: item.name for item in guest.code.imports}
        imports: list[Any] = []
        for wanted in guest.modules[1].imports:
            name = wanted.name or ""
            if wanted.module == "memory":
                imports.append(self.arena[name])
            elif wanted.module == "heap":
                imports.append(heap[name])
            else:
                run = self._function(outside[name], len(wanted.type.results))
                imports.append(wasmtime.Func(self.store, wanted.type, run))
        main = wasmtime.Instance(self.store, guest.modules[1], imports)
        self.main: Any = main.exports(self.store)

    def _function(self, name: str, results: int) -> Callable[..., Any]:
        if name in {"invoke-and-await", "get"}:
            return lambda *args: self.answer(args[-1])
        return lambda *_: 7 if results else None

    def call(self, function: str, *args: Any) -> Any:
        """An exported function of the client interface, by its core values."""
        return self.main[self.guest.code.lifted[function].core](self.store, *args)

    def release(self) -> None:
        """What follows a call whose result lies in memory."""
        self.arena["release"](self.store, 0)

    def close(self) -> None:
        """Give its address space back at once."""
        self.store.close()

    def write(self, data: bytes) -> int:
        """Bytes, where the canonical ABI would put them."""
        at: int = self.arena["realloc"](self.store, 0, 0, 8, len(data))
        self.arena["memory"].write(self.store, data, at)
        return at

    def read(self, at: int, size: int) -> bytes:
        """Bytes of the memory."""
        return bytes(self.arena["memory"].read(self.store, at, at + size))

    def nodes(self, nodes: Sequence[Node]) -> tuple[int, int]:
        """A list of nodes in memory: address and length."""
        return self.write(b"".join(self._node(*item) for item in nodes)), len(nodes)

    def reply(self, nodes: Sequence[Node], offset: int = 0) -> None:
        """Answer calls with these nodes; `offset` is where the result lies in what is returned."""

        def answer(at: int) -> None:
            address, count = self.nodes(nodes)
            head = b"\1\0\0\0" if offset else b""
            data = head + struct.pack("<BxxxII", 0, address, count)
            self.arena["memory"].write(self.store, data, at)

        self.answer = answer

    def _node(self, kind: str, payload: Any) -> bytes:
        body = self._payload(kind, payload)
        # What is not part of the payload is anything at all.
        return bytes((KINDS.index(kind),)) + b"\xaa" * 7 + body + b"\xaa" * (16 - len(body))

    def _payload(self, kind: str, payload: Any) -> bytes:
        match kind:
            case "record-value" | "tuple-value" | "list-value":
                return self._list(struct.pack(f"<{len(payload)}i", *payload), len(payload))
            case "flags-value":
                return self._list(bytes(payload), len(payload))
            case "variant-value":
                return struct.pack("<I", payload[0]) + _optional(payload[1])
            case "option-value":
                return _optional(payload)
            case "result-value":
                return bytes((payload[0] == "err",)) + b"\xaa" * 3 + _optional(payload[1])
            case "prim-string":
                data = payload.encode()
                return self._list(data, len(data))
            case "prim-char":
                return struct.pack("<I", ord(payload))
            case "handle":
                data = payload[0].encode()
                return self._list(data, len(data)) + struct.pack("<Q", payload[1])
            case _:
                return struct.pack(_FORMATS[kind], payload)

    def _list(self, data: bytes, length: int) -> bytes:
        return struct.pack("<II", self.write(data), length)


def _optional(index: int | None) -> bytes:
    return b"\0\xaa\xaa\xaa" if index is None else struct.pack("<Bxxxi", 1, index)
