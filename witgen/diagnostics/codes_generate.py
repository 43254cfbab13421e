"""Family GEN2: what cannot be generated, and what was renamed."""

from __future__ import annotations

from witgen.diagnostics.code import Code

GENERATE = (
    Code(
        "GEN2003",
        "nothing-exported",
        "A client offers what the target's world exports, and this one exports nothing. `--emit"
        " host` alone generates typed Python for it, for programs that embed the component.",
    ),
    Code("GEN2004", "unknown-option", "An option has a value that it does not accept."),
    Code(
        "GEN2101",
        "cannot-travel",
        "Calls between workers carry plain values and handles of resources that the target"
        " exports. Streams, futures, error-contexts, maps, fixed-length lists, handles of other"
        " resources, asynchronous functions and accessors cannot be called from another worker."
        " `--skip-unsupported` leaves such functions out. Typed Python for a world (`--emit host`"
        " alone) also supports resources of imports, but nothing else from this list, and no"
        " resources that the host itself provides.",
    ),
    Code(
        "GEN2102",
        "left-out",
        "A function that cannot be called from another worker was left out of the client, as"
        " `--skip-unsupported` asks.",
    ),
    Code(
        "GEN2103",
        "no-client",
        "`--emit host` alone generates typed Python for a world and, if the world can be called"
        " from other workers, for its client. This one cannot, so only the first was generated.",
    ),
    Code(
        "GEN2104",
        "no-bindings",
        "A client comes with typed Python for its target's world, for programs that embed the"
        " component. This world has functions that cannot be bound, so it was left out.",
    ),
    Code(
        "GEN2201",
        "resource-renamed",
        "Two resources of the client would have the same name, or a name that the client needs"
        " itself. Interfaces are then also named after their package, resources after their "
        "interface. The generated host stubs map each name.",
    ),
    Code(
        "GEN2202",
        "future-renamed",
        "Two functions with results have the same name, and so would their futures. The futures"
        " are then also named after the client's resource.",
    ),
    Code(
        "GEN2203",
        "member-renamed",
        "A function is named `custom`, or like its own resource, or like a member derived from"
        " another function (`blocking-f`, `schedule-f`). `-function` is appended to the names of "
        "its members; the remote function is still called by its own name. The optional `try-f`"
        " and `trigger-f` are renamed themselves if their name is taken.",
    ),
    Code(
        "GEN2204",
        "parameter-renamed",
        "A parameter has the same name as one that the client adds, or one that methods already"
        " have. One of the two is renamed; nothing changes on the wire.",
    ),
    Code(
        "GEN2205",
        "type-renamed",
        "Two types of the client interface have the same name, or a name that a resource has or"
        " that breaks the Python bindings. They are then also named after their package and "
        "interface.",
    ),
    Code(
        "GEN2206",
        "static-takes-worker",
        "A static function without a handle among its arguments could not know which worker to"
        " call, so its members take the worker's name first.",
    ),
    Code(
        "GEN2207",
        "ephemeral-resource",
        "Every call of an ephemeral component has its own worker, which is gone afterwards"
        " together with its resources. A handle that one call returns cannot be used in the next.",
    ),
    Code(
        "GEN2302",
        "dependency-differs",
        "The caller's `deps` contain a package with this name and version but other content."
        " Nothing is overwritten; remove or update it.",
    ),
    Code(
        "GEN2303",
        "no-caller-world",
        "A client is imported by the worlds of the caller's own package, which has none.",
    ),
    Code(
        "GEN2304",
        "caller-in-client",
        "The client uses types of the caller's own package, and packages cannot depend on each"
        " other. `--types inline` declares the types in the client instead.",
    ),
    Code(
        "GEN2305",
        "module-renamed",
        "componentize-py names an interface's module after the interface alone unless another"
        " imported interface has the same name. The client adds such an interface, so the caller's "
        "code would no longer find the module. The option shown fixes its name.",
    ),
)
