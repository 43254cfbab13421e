"""Families APP4 and RUN5: usage, the environment, and running."""

from __future__ import annotations

from witgen.diagnostics.code import Code

APP = (
    Code(
        "APP4001",
        "missing-path",
        "A file or folder given on the command line does not exist, cannot be read, or is a"
        " folder where a file is needed. Nothing was written.",
    ),
    Code(
        "APP4002",
        "refused-by-the-system",
        "The operating system refused to read or write: permissions, a full disk, a file where a"
        " folder is needed. Files are written completely or not at all.",
    ),
    Code(
        "APP4003",
        "wrong-usage",
        "An option has a value that it does not accept, or requires another option that is"
        " missing. `--help` lists all options, with an example.",
    ),
    Code(
        "APP4004",
        "file-in-the-way",
        "A file exists where witgen would write, and the folder's `.witgen.json` does not list"
        " it, so witgen did not generate it. Move it away or generate into another folder.",
    ),
    Code(
        "APP4005",
        "unknown-component",
        "The component is neither a file nor deployed with `--deploy NAME=FILE`, or two files"
        " would be deployed under one name.",
    ),
    Code(
        "APP4006",
        "unusable-stub",
        "A folder given with `--link` does not hold one generated package with a binding. Give"
        " the folder `host` that `witgen generate` writes.",
    ),
    Code(
        "APP4007",
        "wrong-argument",
        "The arguments on the command line do not fit the function. They are WAVE text: `3`,"
        ' `"text"`, `{x: 1}`, `[1, 2]`, `some(3)`, `ok(3)`; strings need their double quotes, and'
        " the shell needs quotes around those.",
    ),
    Code(
        "APP4101",
        "hidden-bindings",
        "componentize-py makes modules named after the world and `wit_world`; a module of the"
        " application with such a name hides them, and the build fails in ways that are hard to"
        " read. Rename the module.",
    ),
    Code(
        "APP4102",
        "missing-app-module",
        "The module that implements the world, or the one with the classes of an exported resource, is"
        " not among the sources. A resource of the interface `api` is a class in the module `api`.",
    ),
    Code(
        "APP4103",
        "build-failed",
        "componentize-py could not build the component; the help lines are the end of its output.",
    ),
    Code(
        "APP4104",
        "missing-tool",
        "A tool that this step needs is not installed; the message says what to install.",
    ),
    Code(
        "APP4105",
        "unknown-layout",
        "What componentize-py built is not laid out as its release 0.25.1 does it, so the resources of"
        " the client could not be given destructors. Install that release.",
    ),
    Code(
        "APP4106",
        "invalid-python",
        "A module of a guest is not valid Python. It was read before componentize-py started.",
    ),
    Code(
        "APP4107",
        "unknown-import",
        "A module of a guest imports a module or a name that does not exist: neither in the folders"
        " given to componentize-py with `-p`, nor in the bindings `wit_world`, nor in Python, nor"
        " among the installed packages.",
    ),
    Code(
        "APP4108",
        "missing-class",
        "The world exports an interface, a resource or functions, and the module that implements them"
        " has no class of that name. The class of an interface `shopping-cart` is `ShoppingCart`,"
        " the class of the world's own functions is `WitWorld`.",
    ),
    Code(
        "APP4109",
        "missing-function",
        "A class that implements an interface lacks one of its functions. componentize-py would build"
        " the component, and the first call of the function would fail.",
    ),
    Code(
        "APP4110",
        "wrong-parameters",
        "A function of a guest cannot be called with the arguments that the WIT declares: there are"
        " too many or too few, or `self` is missing, or it is `async` and the WIT says otherwise."
        " The names of parameters do not matter.",
    ),
    Code(
        "APP4111",
        "failing-module",
        "componentize-py loads the guest's modules while it builds the component, and one of them"
        " failed. What a module does when it is loaded must not need imports of the component, files"
        " or the network: do it in a function instead.",
    ),
)

RUN = (
    Code(
        "RUN5001",
        "not-a-component",
        "The file is not a WebAssembly component: it is text, a core module, truncated, or not"
        " WebAssembly at all. Or it needs what the host does not have, such as imports that are"
        " asynchronous functions.",
    ),
    Code(
        "RUN5002",
        "open-client-import",
        "In static mode every client import has to be implemented by a client component that was"
        " composed into the caller; this one is open. Compose it, or link dynamically.",
    ),
    Code(
        "RUN5003",
        "unlinkable-import",
        "The component imports something that the host does not offer, or offers with another"
        " type.",
    ),
    Code(
        "RUN5004",
        "unknown-function",
        "The component has no function of that name. Names are `ns:pkg/interface.{function}`, for"
        " resources `ns:pkg/interface.{resource.method}`, and `function` for the world's own "
        "functions.",
    ),
    Code(
        "RUN5005",
        "unfit-value",
        "A value does not fit the type of the parameter, or the function has a type that no host can"
        " pass: a stream or a future. Asynchronous functions cannot be called either.",
    ),
    Code(
        "RUN5006",
        "unusable-store",
        "The store cannot be read or written, or is damaged, or lacks the build of a component that a"
        " worker was created with. Nothing in it was changed. `witgen worker check` looks for damage,"
        " and a copy by `witgen worker backup` may replace it; `witgen worker update` moves workers to"
        " another build.",
    ),
    Code(
        "RUN5007",
        "failed-invocation",
        "The invocation trapped or a remote call failed, and another attempt would not help or"
        " all attempts are used up. The worker stays failed until it is revived or deleted.",
    ),
    Code(
        "RUN5008",
        "unknown-worker",
        "The store has no worker of that name, or the worker has no invocation with that key."
        " Workers are named `COMPONENT/NAME`; `witgen worker list STORE` shows them.",
    ),
    Code(
        "RUN5009",
        "damaged-store",
        "Something in the store is not as it was written, or does not fit with the rest of it. A"
        " host stops when it finds that. Replace the store with a backup that passes"
        " `witgen worker check`.",
    ),
    Code(
        "RUN5010",
        "unsupported-wasmtime",
        "The host reads and writes values in the memory of wasmtime-py directly, so it works with"
        " releases whose layout it knows.",
    ),
    Code(
        "RUN5011",
        "unsupported-platform",
        "The host runs on Linux and macOS, on x86-64 and ARM64: it relies on their locks of files"
        " and on wasmtime-py's builds for them. Everything else of witgen runs wherever Python"
        " does.",
    ),
    Code(
        "RUN5012",
        "reused-key",
        "The idempotency key belongs to a call that the worker got before, of another function or"
        " with other arguments. Nothing was called: the answer would be that of the other call.",
    ),
    Code(
        "RUN5013",
        "diverging-build",
        "A worker cannot be moved to another build of its component: that build would not have done"
        " what the worker did, refuses a call that is queued, or the worker is in the middle of a"
        " call. It keeps the build that it has. `--check` tells without changing anything; a worker"
        " that is in the middle of a call is moved once the call is over.",
    ),
    Code(
        "RUN5014",
        "locked-store",
        "Another host uses the store: one at a time may. The message names its process where the"
        " system tells. Looking at a store and copying it need no lock.",
    ),
    Code(
        "RUN5015",
        "store-of-another-version",
        "The store has the format of another version of witgen. `witgen worker migrate` makes one of"
        " today's format of an older one, and keeps a copy.",
    ),
    Code(
        "RUN5016",
        "not-a-store",
        "The file is not a store of witgen: another database, or something else. It was not changed.",
    ),
)
