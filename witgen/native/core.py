"""The core modules of a client component: its memory, its heap, and its code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from witgen.client import Client
from witgen.component.abi import Abi, align_to
from witgen.component.name_section import end, is_end, only_functions
from witgen.component.wasmtime_tools import wat2wasm
from witgen.native.describe import BASE, Descriptions
from witgen.native.forms import Form, forms_of, identifier, link, quoted, short_name, text_of
from witgen.native.stubs import Lifted, Stubs, destructor_name, new_name

_PAGE = 65536
_PER_RESOURCE = 3
_IMPORT = re.compile(r'\(import\s+"([^"]*)"\s+"([^"]*)"')
_MODULES = ("memory", "heap")
OUTSIDE = "x"
"""The module that everything else is imported from."""


@dataclass(frozen=True, slots=True)
class Import:
    """A function that the code imports.

    Attributes:
        group: `memory`, `heap`, `host`, or `own` for those of the client's resource types.
        name: What it is called there.
        short: What the module calls it, within the group's module.
    """

    group: str
    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Code:
    """The core modules, and what they need and offer.

    Attributes:
        memory: The module with the memory.
        heap: The module with what outlives calls; None where nothing does.
        main: The module with the code.
        imports: The functions that `main` imports, in order.
        lifted: The exported functions, by name.
        remote: The names of the remote resources, in the order of their destructors.
    """

    memory: bytes
    heap: bytes | None
    main: bytes
    imports: tuple[Import, ...]
    lifted: dict[str, Lifted]
    remote: tuple[str, ...]

    @property
    def host(self) -> tuple[str, ...]:
        """The code's names of what it needs of the host, directly or to export it."""
        imported = [item.name for item in self.imports if item.group == "host"]
        hosted = [item.core for item in self.lifted.values() if item.hosted]
        return tuple(dict.fromkeys([*imported, *hosted]))


def code(client: Client, *, strip: bool = False) -> Code:
    """The core modules of a client; stripped, they name only functions that identify a trap."""
    remote = [r for r in client.resources if r.remote_drop is not None]
    places = {r.resource: _PER_RESOURCE * number for number, r in enumerate(remote)}
    abi = Abi(client.resolve)
    stubs = Stubs(client, abi, Descriptions(client.resolve, abi, places))
    stubs.make()
    names = tuple(r.name for r in remote)
    main, imports = _main(client, stubs, names)
    base = align_to(BASE + len(stubs.data.data), 8)
    memory = text_of("memory.wat").replace("@BASE@", str(base))
    memory = memory.replace("@PAGES@", str(base // _PAGE + 1))

    def assembled(text: str) -> bytes:
        return only_functions(wat2wasm(text), is_end if strip else _is_told)

    return Code(
        assembled(memory),
        assembled(_heap(names)) if names else None,
        assembled(main),
        imports,
        stubs.lifted,
        names,
    )


def _is_told(function: str) -> bool:
    """Whether a function's name is of use in a backtrace: imports are not, they call out."""
    return not function.startswith(("new ", "rep ", "close "))


def _heap(remote: Sequence[str]) -> str:
    """The heap; destructors are called before the code that they are in is instantiated."""
    destructors = "\n".join(
        f'  (func (export "drop {name}") (param i32)'
        f" (call_indirect (param i32) (local.get 0) (i32.const {number})))"
        for number, name in enumerate(remote)
    )
    text = text_of("heap.wat").replace("@RESOURCES@", str(len(remote)))
    return text.replace("@DESTRUCTORS@", destructors)


def _main(client: Client, stubs: Stubs, remote: Sequence[str]) -> tuple[str, tuple[Import, ...]]:
    """The text of the code, and the functions that it imports."""
    forms = [*forms_of("calls.wat"), *forms_of("wire.wat")]
    forms += forms_of("handles.wat" if remote else "no_handles.wat")
    forms += [*_constants(client, stubs), *_resources(client, remote), *stubs.forms]
    roots = ["$memory"]
    roots += [identifier(name) for name, made in stubs.lifted.items() if not made.hosted]
    roots += [destructor_name(name) for name in remote]
    roots += ["$destructors"] if remote else []
    needed = link(forms, roots)
    imports: list[Import] = []
    text = ["(module $client"]
    for form in needed:
        match = _IMPORT.match(form.text)
        if match is None:
            text.append(form.text)
            continue
        group, name = match[1], match[2]
        short = name if group in _MODULES else short_name(len(imports))
        module = group if group in _MODULES else OUTSIDE
        text.append(f'(import "{module}" "{short}"{form.text[match.end():]}')
        if "(func " in form.text:
            imports.append(Import(group, name, short))
    if remote:
        elements = " ".join(destructor_name(name) for name in remote)
        text.append(f"(elem (table $destructors) (i32.const 0) func {elements})")
    text.append(f"(data (i32.const {BASE}) {quoted(bytes(stubs.data.data))}))")
    return "\n".join(text), tuple(imports)


def _constants(client: Client, stubs: Stubs) -> list[Form]:
    """What the shared code takes from the client."""
    name, length = stubs.data.text(client.component)
    complaint = ": the reply has another type" if client.tries else ""
    at, complaint_length = stubs.data.text(complaint)
    failures = list(stubs.failures.values())
    unknown = identifier(end("unknown-component", client.component))
    number = client.component_id.int
    halves = " ".join(f"(i64.const {half})" for half in (number >> 64, number & (1 << 64) - 1))
    if client.tries:
        worker = f"(call $connect {halves} (local.get 0) (local.get 1))"
        component = f"(call $connect-ephemeral {halves})"
    else:
        worker = component = f"(call {unknown}) (unreachable)"
    return [
        _global("component", name),
        _global("component-length", length),
        _global("complaint", at),
        _global("complaint-length", complaint_length),
        Form(
            "$failures",
            f"(table $failures funcref (elem {' '.join(failures)}))",
            tuple(failures),
        ),
        Form(unknown, f"(func {unknown} unreachable)"),
        Form("$unknown-worker", f"(func $unknown-worker (param i32 i32) (result i32) {worker})"),
        Form("$unknown-component", f"(func $unknown-component (result i32) {component})"),
    ]


def _global(name: str, value: int) -> Form:
    return Form(f"${name}", f"(global ${name} i32 (i32.const {value}))")


def _resources(client: Client, remote: Sequence[str]) -> list[Form]:
    """The functions of the client's resource types, and the runtime's table of them."""
    names = [*(r.name for r in client.resources), *(f.name for f in client.futures)]
    forms = [_import(f"new {name}", new_name(name), "(param i32) (result i32)") for name in names]
    elements: list[str] = []
    for name in remote:
        rep, drop = identifier(f"rep {name}"), identifier(f"close {name}")
        forms.append(_import(f"rep {name}", rep, "(param i32) (result i32)"))
        forms.append(_import(f"drop {name}", drop, "(param i32)"))
        elements += [new_name(name), rep, drop]
    table = f"(table $resources funcref (elem {' '.join(elements)}))"
    forms.append(Form("$resources", table, tuple(elements)))
    size = len(remote)
    text = f'(import "heap" "destructors" (table $destructors {size} funcref))'
    forms.append(Form("$destructors", text))
    return forms


def _import(name: str, id: str, type: str) -> Form:
    return Form(id, f'(import "own" "{name}" (func {id} {type}))')
