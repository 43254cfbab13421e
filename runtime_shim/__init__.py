"""A thin, durable host for components that call each other over golem:rpc.

What a program imports to embed it. Each name is loaded when it is first used, so importing the
package itself costs next to nothing.

    from runtime_shim import Deployment, Host, SqliteEngine

    with Host(engine=SqliteEngine("shop.db"), components={"shop:cart": Deployment("cart.wasm")}) as host:
        host.invoke("shop:cart", "ann", "shop:cart/api.{add}", ("lamp",))

Generated code also imports `runtime_shim.typed` and `runtime_shim.link`; no module below those is
part of the interface.
"""

TYPE_CHECKING = False  # type checkers take it for true; `typing` would cost more than the package
if TYPE_CHECKING:
    from runtime_shim.engines.direct import DirectEngine
    from runtime_shim.engines.memory import MemoryEngine
    from runtime_shim.engines.sqlite.engine import SqliteEngine
    from runtime_shim.errors import (
        BadArguments,
        Busy,
        InvalidComponent,
        InvocationFailed,
        KeyReused,
        LinkError,
        ResourceGone,
        RpcError,
        ShimError,
        StoreError,
        TimedOut,
        Trap,
        UnknownFunction,
        UnwrapError,
    )
    from runtime_shim.host import Host
    from runtime_shim.instance import Instance
    from runtime_shim.program.deployment import Deployment, Limits
    from runtime_shim.protocol.ids import WorkerId
    from runtime_shim.protocol.retry import RetryPolicies, RetryPolicy
    from runtime_shim.redeploy import Update
    from runtime_shim.values import Err, Ok, Result, Some
    from runtime_shim.wasi.grants import Directory, Grants

__all__ = [
    "BadArguments",
    "Busy",
    "Deployment",
    "DirectEngine",
    "Directory",
    "Err",
    "Grants",
    "Host",
    "Instance",
    "InvalidComponent",
    "InvocationFailed",
    "KeyReused",
    "Limits",
    "LinkError",
    "MemoryEngine",
    "Ok",
    "ResourceGone",
    "Result",
    "RetryPolicies",
    "RetryPolicy",
    "RpcError",
    "ShimError",
    "Some",
    "SqliteEngine",
    "StoreError",
    "TimedOut",
    "Trap",
    "UnknownFunction",
    "UnwrapError",
    "Update",
    "WorkerId",
]

_HOMES = {  # of what is not an error
    "engines.direct": ("DirectEngine",),
    "engines.memory": ("MemoryEngine",),
    "engines.sqlite.engine": ("SqliteEngine",),
    "host": ("Host",),
    "instance": ("Instance",),
    "program.deployment": ("Deployment", "Limits"),
    "protocol.ids": ("WorkerId",),
    "protocol.retry": ("RetryPolicies", "RetryPolicy"),
    "redeploy": ("Update",),
    "values": ("Err", "Ok", "Result", "Some"),
    "wasi.grants": ("Directory", "Grants"),
}

if not TYPE_CHECKING:  # a checker would take every name for one of these
    _HOME = dict.fromkeys(__all__, f"{__name__}.errors")
    _HOME |= {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names}

    def __getattr__(name: str) -> object:
        """A name of the interface, loaded now."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        globals()[name] = found = getattr(import_module(_HOME[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
