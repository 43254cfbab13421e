"""What travels between callers, the server and hosts, as bytes with a version.

A message is the version, then parts, each after its length. What is small and has structure is one
part in the encoding of values; arguments, entries and outcomes are parts as they were encoded.
Messages come from whoever reaches the server: `parted` and `parse` raise `StoreError` for all others.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zlib import crc32

from runtime_shim.errors import StoreError, TooLarge
from runtime_shim.protocol.ids import CallId, WorkerId
from runtime_shim.protocol.keys import NO_CALL, root_key
from runtime_shim.protocol.records import Environment
from runtime_shim.values import Err, Ok, Value
from runtime_shim.values.codec import decode, encode

VERSION = b"w1"
LARGEST = 24 << 20
"""The most bytes of a message; the server breaks connections with more than 32 MiB."""
_LENGTH = struct.Struct(">I")
_LONGEST_KEY = 200

Outcome = Ok[Value] | Err[Value]
"""`Ok(value)`, or `Err((kind, message))` with `kind` as in `RpcError`."""


def joined(*parts: bytes, most: int = LARGEST, what: str = "a message") -> bytes:
    """A message of these parts, with `most` bytes; `what` it is called in errors.

    Raises:
        TooLarge: The server would not take it.
    """
    data = VERSION + b"".join(_LENGTH.pack(len(part)) + part for part in parts)
    if len(data) > most:
        raise TooLarge(f"{what} of {len(data):,} bytes is too large: {most:,} at most")
    return data


def parted(data: bytes) -> list[bytes]:
    """The parts of a message.

    Raises:
        StoreError: It is not one, or of another version.
    """
    if not data.startswith(VERSION):
        raise StoreError(f"a message has an unknown version {bytes(data[:2])!r}")
    parts, at = [], len(VERSION)
    while at < len(data):
        start = at + _LENGTH.size
        if start > len(data):
            raise StoreError("a message is cut")
        at = start + int(_LENGTH.unpack_from(data, start - _LENGTH.size)[0])
        if at > len(data):
            raise StoreError("a message is cut")
        parts.append(data[start:at])
    return parts


def fields(data: bytes, *kinds: type | tuple[type, ...]) -> Any:
    """The items of an encoded tuple, which must have these types.

    Raises:
        StoreError: It has others.
    """
    found = decode(data)
    if (
        type(found) is not tuple
        or len(found) != len(kinds)
        or not all(map(isinstance, found, kinds))
    ):
        raise StoreError("a message has other fields than expected")
    return found


def texts(found: Iterable[Any]) -> tuple[str, ...]:
    """`found`, which must be texts.

    Raises:
        StoreError: They are not.
    """
    items = tuple(found)
    if not all(isinstance(item, str) for item in items):
        raise StoreError("a message has something other than a text")
    return items


def object_key(worker: WorkerId) -> str:
    """What the server knows a worker by. A component's name has no slash."""
    return f"{worker.component}/{worker.name}"


def worker_of(key: str) -> WorkerId:
    """The worker that the server knows by this key."""
    component, _, name = key.partition("/")
    return WorkerId(component, name)


@dataclass(frozen=True, slots=True)
class Services:
    """The names of an application's services, which share a server with others.

    Attributes:
        application: Its name.
    """

    application: str

    @property
    def worker(self) -> str:
        """The objects that are durable workers."""
        return f"{self.application}.Worker"

    @property
    def ephemeral(self) -> str:
        """The objects that are calls of ephemeral workers."""
        return f"{self.application}.Ephemeral"

    @property
    def log(self) -> str:
        """The objects with the older history of workers."""
        return f"{self.application}.Log"

    @property
    def blob(self) -> str:
        """The objects with what is kept beside workers."""
        return f"{self.application}.Blob"

    def place(self, worker: WorkerId, identity: str, *, durable: bool) -> tuple[str, str]:
        """The service and the object that run a call; keys of ephemeral ones are the component's."""
        if durable:
            return self.worker, object_key(worker)
        return self.ephemeral, f"{worker.component}/{identity}"


@dataclass(frozen=True, slots=True)
class Request:
    """A call on its way to a worker.

    Attributes:
        name: The worker's.
        function: Its invocation name; empty where nothing is to run since it was cancelled.
        args: The encoded arguments.
        key: Its key, if it comes from outside.
        base: What its derived keys follow from, if it is a guest's.
        environment: What the worker is created with.
        chain: The workers that wait for it, and for nothing else; none where one does not wait.
        caller: The worker that makes it, empty for a call from outside.
        call: What it is known by there.
    """

    name: str
    function: str
    args: bytes
    key: str | None
    base: uuid.UUID | None
    environment: Environment
    chain: tuple[str, ...] = ()
    caller: str = ""
    call: CallId = NO_CALL

    @property
    def identity(self) -> str:
        """What the server knows it by, beside the worker; also what fits in a header."""
        if self.key is None:
            return f"g.{self.base}"
        return outside(self.key)

    def root(self, worker: WorkerId) -> uuid.UUID:
        """What its derived keys follow from."""
        return self.base or root_key(worker, self.key or "")

    def of(self, function: str, args: bytes) -> bool:
        """Whether this is what was asked."""
        return not self.function or (self.function, checksum(self.args)) == (
            function,
            checksum(args),
        )

    def pack(self) -> bytes:
        """Its bytes. Raises `TooLarge`."""
        environment = self.environment
        known = (self.key, None if self.base is None else str(self.base))
        made = (dict(environment.variables), environment.arguments)
        head = (self.name, self.function, *known, *made, self.chain, self.caller, tuple(self.call))
        return joined(encode(head), self.args)

    @classmethod
    def parse(cls, data: bytes) -> Request:
        """Read it back. Raises `StoreError`."""
        match parted(data):
            case [head, args]:
                pass
            case _:
                raise StoreError("a request has other parts than expected")
        optional = (str, type(None))
        kinds = (str, str, optional, optional, dict, tuple, tuple, str, tuple)
        name, function, key, base, variables, arguments, chain, caller, call = fields(head, *kinds)
        if (key is None) == (base is None) or len(call) != 2:
            raise StoreError("a request has no key, or two")
        texts(variables.values())
        try:
            found = None if base is None else uuid.UUID(base)
        except ValueError:
            raise StoreError("a request has a base that is not a UUID") from None
        if not all(type(number) is int for number in call):
            raise StoreError("a request has something other than a number")
        made = Environment(variables, texts(arguments))
        return cls(name, function, args, key, found, made, texts(chain), caller, CallId(*call))


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a call.

    Attributes:
        state: `done`, `failed` or `cancelled`.
        function: What was called; empty if it was cancelled before it began.
        checksum: That of the arguments.
        outcome: The encoded outcome.
    """

    state: str
    function: str
    checksum: int
    outcome: bytes

    def pack(self) -> bytes:
        """Its bytes. Raises `TooLarge`."""
        return joined(encode((self.state, self.function, self.checksum)), self.outcome)

    @classmethod
    def parse(cls, data: bytes) -> Answer:
        """Read it back. Raises `StoreError`."""
        match parted(data):
            case [head, outcome]:
                state, function, checksum = fields(head, str, str, int)
                return cls(state, function, checksum, outcome)
            case _:
                raise StoreError("an answer has other parts than expected")

    def of(self, function: str, args: bytes) -> bool:
        """Whether this call was asked so."""
        return not self.function or (self.function, self.checksum) == (function, checksum(args))

    def read(self) -> Outcome:
        """The outcome. Raises `StoreError`."""
        return read_outcome(self.outcome)


def checksum(args: bytes) -> int:
    """That of encoded arguments; equal ones in normal form have equal bytes."""
    return crc32(args)


def read_outcome(data: bytes) -> Outcome:
    """An outcome from its bytes.

    Raises:
        StoreError: They are not those of one.
    """
    found = decode(data)
    match found:
        case Ok() | Err(value=(str(), str())):
            return found
        case _:
            raise StoreError("an answer has something other than an outcome")


def outside(key: str) -> str:
    """What the server knows a key from outside by."""
    name = quote(key, safe="", errors="surrogatepass")
    if len(name) <= _LONGEST_KEY:
        return f"k.{name}"
    return f"h.{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"
