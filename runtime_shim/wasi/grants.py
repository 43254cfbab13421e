"""What a component may do outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder that a guest may use: where it is, under what name, and whether it may write."""

    host: str
    guest: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Grants:
    """What a component may do outside; by default nothing.

    Attributes:
        directories: Folders that it sees.
        http: Hosts it may send requests to (`wasi:http/outgoing-handler`): `HOST[:PORT]`,
            without a port on any, an IPv6 address in brackets.
    """

    directories: tuple[Directory, ...] = ()
    http: tuple[str, ...] = ()

    def allows(self, host: str, port: int) -> bool:
        """Whether it may make HTTP requests to `host`, an IPv6 address without brackets."""
        name = f"[{host}]" if ":" in host else host
        return any(grant.lower() in {name, f"{name}:{port}"} for grant in self.http)
