"""Family CMP3: components and composition."""

from __future__ import annotations

from witgen.diagnostics.code import Code

COMPOSE = (
    Code(
        "CMP3001",
        "malformed-binary",
        "The file is not a valid component: it is truncated, damaged, text, or a core module, or"
        " something in it does not follow the rules of components. The offset says where. Build it"
        " again, or check that this is the right file. If it uses a proposal that wasmtime does not"
        " know, install wasm-tools, which is asked then.",
    ),
    Code(
        "CMP3002",
        "no-wit-form",
        "The binary is well-formed but holds something that WIT cannot express, such as a core"
        " module as an import, or it contains no world.",
    ),
    Code(
        "CMP3003",
        "bad-text",
        "The WebAssembly text could not be assembled.",
    ),
    Code(
        "CMP3004",
        "invalid-binary",
        "The binary is well-formed, but wasmtime found it invalid when compiling it.",
    ),
    Code(
        "CMP3011",
        "unused-plug",
        "No import of the socket, or of a plug that the socket needs, has the name of one of this"
        " plug's exports or a compatible version of it. Leave the plug out, or check names and"
        " versions: versions are compatible if the first number that is not zero is the same.",
    ),
    Code(
        "CMP3012",
        "several-suppliers",
        "Two plugs export what one import needs. Leave one out, or name the intended one"
        " with `--wire`. One that imports what it exports begins a chain, the other ends it.",
    ),
    Code(
        "CMP3013",
        "circle",
        "Plugs need each other in a cycle, but a component can only be instantiated after"
        " everything that it imports. Leave one import of the cycle open with `--leave-open`, or move"
        " what both need into a third component.",
    ),
    Code(
        "CMP3014",
        "type-mismatch",
        "An export has the name of an import but another type; the message says where they"
        " differ. Build both components against the same WIT.",
    ),
    Code(
        "CMP3015",
        "stranded-import",
        "An import remains open but uses a resource that a plug defines, so nothing outside could"
        " implement it. Plug in a component that implements it as well.",
    ),
    Code(
        "CMP3016",
        "import-circle",
        "Merged imports use each other's types in a cycle, so they cannot be put in any order."
        " The parts were built against different versions of these interfaces.",
    ),
    Code(
        "CMP3017",
        "merge-conflict",
        "Two parts import the same interface, or compatible versions of it, with different types,"
        " so that one import cannot serve both. Build both against the same WIT.",
    ),
    Code(
        "CMP3018",
        "stranded-export",
        "An export mentions a type of a part that the result neither imports nor exports under a"
        " name: a resource of a plug that only a record of the export mentions, for example. `use` it"
        " in the export's interface, or export the interface that declares it as well.",
    ),
    Code(
        "CMP3019",
        "open-import",
        "An open import is not allowed by the import policy. Plug in a component that exports it,"
        " or allow it. Interfaces with types only need no implementation and do not count.",
    ),
    Code(
        "CMP3020",
        "unencodable",
        "The composed component cannot be written because a part refers to a type before"
        " declaring it.",
    ),
    Code(
        "CMP3021",
        "bad-wire",
        "An explicit wire names a part, an import or an export that does not exist, or wires one"
        " import twice. It has the form `[part:]import=plug.export`, where part and plug are the"
        " names given with `--plug name=FILE`, or the files' names without folder and suffix.",
    ),
    Code(
        "CMP3022",
        "off-target",
        "A component does not fit a world: it imports something that the world does not offer,"
        " lacks an export that the world requires, or has one with another type. The message says "
        "which.",
    ),
)
