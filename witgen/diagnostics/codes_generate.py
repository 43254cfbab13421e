"""Family GEN2: what cannot be generated, and what was named differently."""

from __future__ import annotations

from witgen.diagnostics.code import Code

GENERATE = (
    Code(
        "GEN2003",
        "nothing-exported",
        "A client is made of what the target's world exports, and this one exports nothing."
        " `--emit host` alone makes typed Python of it, for programs that embed the component.",
    ),
    Code("GEN2004", "unknown-option", "An option has a value that is none of its choices."),
    Code(
        "GEN2101",
        "cannot-travel",
        "Calls between workers carry plain values and handles of resources that the target"
        " exports. Streams, futures, error-contexts, maps, fixed-length lists, handles of other"
        " resources, asynchronous functions and accessors cannot be"
        " called from another worker. `--skip-unsupported` leaves such functions out. Typed Python"
        " of a world (`--emit host` alone) takes resources of imports as well, but none of the rest,"
        " and no resources that the host itself provides.",
    ),
    Code(
        "GEN2102",
        "left-out",
        "A function that cannot be called from another worker is not in the client, as"
        " `--skip-unsupported` asks for.",
    ),
    Code(
        "GEN2103",
        "no-client",
        "`--emit host` alone makes typed Python of a world and, where the world can be called from"
        " other workers, of its client. Here it cannot, and only the first was made.",
    ),
    Code(
        "GEN2104",
        "no-bindings",
        "Beside a client stands typed Python of its target's world, for programs that embed the"
        " component. This world has functions that cannot be bound, so it was left out.",
    ),
    Code(
        "GEN2201",
        "resource-renamed",
        "Two things that become resources of the client have one name, or a name that the client"
        " needs itself. Interfaces are then named after their package, resources after their"
        " interface. The generated host stubs know what each name stands for.",
    ),
    Code(
        "GEN2202",
        "future-renamed",
        "Two functions with a result have one name, and so would their futures. They are then"
        " named after the client's resource as well.",
    ),
    Code(
        "GEN2203",
        "member-renamed",
        "A function is called `custom`, or like its own resource, or like a member that is made"
        " from another function (`blocking-f`, `schedule-f`). Its members get `-function` at the"
        " end of their name; the remote function is called by its own. `try-f` and `trigger-f`,"
        " which are made on demand, give way themselves where a name is taken.",
    ),
    Code(
        "GEN2204",
        "parameter-renamed",
        "A parameter has the name of one that the client adds, or of one that methods have"
        " already. One of the two gets another name; nothing changes on the wire.",
    ),
    Code(
        "GEN2205",
        "type-renamed",
        "Two types of the client interface have one name, or a name that is taken by a resource"
        " or breaks the Python bindings. They are then named after package and interface.",
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
        "Every call of an ephemeral component has a worker of its own, which is gone afterwards"
        " together with its resources. A handle that one call returns is of no use to the next.",
    ),
    Code(
        "GEN2302",
        "dependency-differs",
        "The caller's `deps` have a package of this name and version with something else in it."
        " Nothing is overwritten; remove or update it.",
    ),
    Code(
        "GEN2303",
        "no-caller-world",
        "A client is imported by worlds of the caller's own package, and there is no such world.",
    ),
    Code(
        "GEN2304",
        "caller-in-client",
        "The client uses types of the caller's own package, and packages cannot need each other."
        " `--types inline` declares the types in the client instead.",
    ),
    Code(
        "GEN2305",
        "module-renamed",
        "componentize-py names the module of an interface after the interface alone unless another"
        " one that is imported has the same name. The client brings such a one, so the caller's"
        " code would not find the module any more. The option that is shown pins its name.",
    ),
)
