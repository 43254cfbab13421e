"""`witgen compose`: plug components together."""

from __future__ import annotations

import gc
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from witgen.cli.backends import Backend, backend_option
from witgen.cli.common import Choice, Talk, existing, fail, product, surroundings, talkative
from witgen.diagnostics import ComposeError, Diagnostic, counted
from witgen.value import replace

if TYPE_CHECKING:
    from witgen.component.cursor import Buffer
    from witgen.compose import Composition, Part, Plan

_CLIENT_OF = "client of "
_PLUG = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<file>.+)")


@click.command(
    "compose",
    short_help="Plug components into a socket component and into each other.",
    epilog="Examples: witgen compose caller.wasm --client house/wit -o app.wasm; "
    "witgen compose app.wasm --plug a=store.wasm --wire 'x:y/cache@1.0.0=a.x:y/store@1.0.0' "
    "-o out.wasm; witgen compose app.wac --dep x:app=app.wasm --dep x:store=store.wasm",
)
@click.argument("socket", metavar="SOCKET.wasm|FILE.wac")
@click.option(
    "--plug",
    "plugs",
    multiple=True,
    metavar="[NAME=]P.wasm",
    help="A component to plug in; NAME is what --wire calls it, by default the file's name "
    "without suffix.",
)
@click.option(
    "--client",
    "clients",
    multiple=True,
    metavar="TARGET[,kind=ephemeral][,name=N][,world=W][,with=try+trigger]",
    help="Generate the client of TARGET, build it and plug it in.",
)
@click.option(
    "--dep",
    "dependencies",
    multiple=True,
    metavar="NS:NAME[@VERSION]=FILE",
    help="A package that FILE.wac refers to, a component or WIT: --dep x:store=store.wasm.",
)
@click.option(
    "--deps-dir",
    metavar="FOLDER",
    help="Where packages are that no --dep gives: FOLDER/NS/NAME.wasm, by default `deps` here or "
    "beside FILE.wac.",
)
@click.option(
    "-i",
    "--import-missing",
    is_flag=True,
    help="Import what FILE.wac does not give, as `...` at the end of all arguments does.",
)
@backend_option
@click.option(
    "-o",
    "--output",
    metavar="OUT.wasm",
    help="The composed component, by default stdout, as for `-`; where that is a terminal, FILE.wac "
    "goes to FILE.wasm.",
)
@click.option("-t", "--wat", is_flag=True, help="Write text; wasm-tools must be installed.")
@click.option(
    "--semver",
    type=Choice(["compatible", "exact"]),
    default="compatible",
    show_default=True,
    help="Whether 1.2.0 may implement an import of 1.1.0; with exact, names must be equal.",
)
@click.option(
    "--wire",
    "wires",
    multiple=True,
    metavar="[PART:]IMPORT=PLUG.EXPORT",
    help="Implement an import by an export, whatever their names: "
    "--wire 'x:y/cache@1.0.0=store.x:y/kv@2.0.0'.",
)
@click.option(
    "--leave-open",
    "left_open",
    multiple=True,
    metavar="[PART:]IMPORT",
    help="Leave an import open although a plug offers it; breaks a circle of plugs.",
)
@click.option("--graph", type=Choice(["mermaid", "dot"]), help="Draw the composition on stdout.")
@click.option("--explain", is_flag=True, help="Explain which export implements which import.")
@click.option("--wasi", is_flag=True, help="List each import of WASI in --graph and --explain.")
@click.option("--no-imports", is_flag=True, help="Exit 1 if anything remains imported.")
@click.option(
    "--allow-import",
    "allowed",
    multiple=True,
    metavar="GLOB",
    help="Exit 1 if anything else remains imported: --allow-import 'wasi:*'.",
)
@click.option(
    "--targets",
    metavar="WIT[#WORLD]",
    help="Exit 1 unless the result fits a world: --targets wit#service. Without plugs and -o, "
    "SOCKET.wasm itself is checked and nothing is written.",
)
@click.option(
    "--define-types",
    is_flag=True,
    help="Define types in the result instead of importing them, where no import and no export needs "
    "them as imports.",
)
@click.option(
    "--strip",
    is_flag=True,
    help="Leave out names, producers and debug information, also in the parts.",
)
@talkative
def command(
    *,
    socket: str,
    plugs: tuple[str, ...],
    clients: tuple[str, ...],
    dependencies: tuple[str, ...],
    deps_dir: str | None,
    import_missing: bool,
    output: str | None,
    wat: bool,
    backend: Backend,
    semver: Literal["compatible", "exact"],
    wires: tuple[str, ...],
    left_open: tuple[str, ...],
    graph: Literal["mermaid", "dot"] | None,
    explain: bool,
    wasi: bool,
    no_imports: bool,
    allowed: tuple[str, ...],
    targets: str | None,
    define_types: bool,
    strip: bool,
    talk: Talk,
) -> None:
    """Compose SOCKET.wasm with the components that implement its imports.

    Imports that no plug implements remain imports; only the socket's exports are exported. Given
    FILE.wac instead, compose what it describes from the packages given with --dep.
    """
    from witgen.cli.wac import is_wac, written

    allow = allowed if allowed or no_imports else None
    unnamed = output is None and targets is None
    # A drawing goes to stdout too.
    beside = not wat and (graph is not None or sys.stdout.isatty())
    if is_wac(socket):
        for option, used, instead in (
            ("--plug", bool(plugs), "use --dep for components"),
            ("--client", bool(clients), "compose the client before, and use --dep"),
            ("--wire", bool(wires), "the text says what each part is given: new a:b { x: part.y }"),
            (
                "--leave-open",
                bool(left_open),
                "end the part in the text with `...`: new a:b { ... }",
            ),
        ):
            if used:
                fail("APP4003", f"{option} applies only to components", instead)
        if semver == "exact" and targets is None:
            fail(
                "APP4003",
                "--semver applies only to components",
                "FILE.wac decides itself which export is meant",
            )
        made = written(
            socket,
            dependencies,
            allow,
            semver,
            define_types=define_types,
            strip=strip,
            folder=deps_dir,
            fill=import_missing,
        )
        if unnamed:
            output = str(Path(socket).with_suffix(".wasm")) if beside else "-"
    else:
        for option, used, instead in (
            ("--dep", bool(dependencies), "use --plug for components"),
            ("--deps-dir", deps_dir is not None, "use --plug for components"),
            ("--import-missing", import_missing, "what no plug implements stays an import"),
        ):
            if used:
                fail("APP4003", f"{option} applies only to a FILE.wac", instead)
        if unnamed and beside:
            fail("APP4003", "no output file given", "give one with -o OUT.wasm")
        if not plugs and not clients and targets is None:
            fail("APP4003", "nothing to plug in", "give a component with --plug or --client")
        if unnamed:
            output = "-"
        made = _plugged(
            socket,
            plugs,
            clients,
            (wires, left_open),
            allow,
            semver,
            define_types=define_types,
            strip=strip,
            backend=backend,
            talk=talk,
        )
    if allow is not None and (types := [i.name for i in made.plan().imports if i.types_only]):
        talk.say(f"imports of types only, for which no host is needed: {', '.join(types)}")
    pieces = made.pieces()
    if targets is not None:
        from witgen.cli.targets import check_target

        world = check_target(pieces, output or socket, targets, semver)
        talk.say(f"{output or socket} fits the world {world}")
    if explain or graph or talk.verbose:
        from witgen.compose.views import folded, graph_text

        planned = made.plan() if wasi else folded(made.plan())
        if explain or talk.verbose:
            _explain(planned, talk)
        if graph:
            product(graph_text(planned, graph), None)
    if output is not None:
        _write(made, pieces, output, talk, wat=wat)
    # Before it exits, Python looks for cycles in everything that is left: a tenth of the whole
    # time.
    gc.freeze()


def _write(
    made: Composition, pieces: Sequence[Buffer], output: str, talk: Talk, *, wat: bool
) -> None:
    if wat:
        from witgen.cli.wat import printed

        pieces = [printed(pieces)]
    if output == "-":
        product(b"".join(pieces), None)
        size = sum(map(len, pieces))
    else:
        from witgen.atomic import write_pieces

        with surroundings():
            size = write_pieces(output, pieces)
    count = sum(not node.outside and node.component is None for node in made.graph.nodes)
    talk.say(
        f"{'stdout' if output == '-' else output}: {size:,} bytes from {counted(count, 'component')}"
    )


def _plugged(
    socket: str,
    plugs: Sequence[str],
    clients: Sequence[str],
    decided: tuple[Sequence[str], Sequence[str]],
    allow: Sequence[str] | None,
    semver: Literal["compatible", "exact"],
    *,
    define_types: bool,
    strip: bool,
    backend: Backend,
    talk: Talk,
) -> Composition:
    """A socket with its plugs; `decided` is what `--wire` and `--leave-open` say."""
    from witgen.compose.api import composition
    from witgen.compose.connections import parse_connections, parse_left_open

    wanted = [_client(text) for text in clients]
    parts = [_part(socket), *(_part(*_named(text)) for text in plugs)]
    connections = parse_connections(decided[0], parts)
    left_open = parse_left_open(decided[1], parts)
    parts += [client.part(backend, talk) for client in wanted]
    try:
        return composition(
            parts[0],
            parts[1:],
            allow_imports=allow,
            semver=semver,
            connections=connections,
            leave_open=left_open,
            define_types=define_types,
            strip=strip,
        )
    except ComposeError as error:
        raise ComposeError(map(_located, error.diagnostics)) from None


def _located(one: Diagnostic) -> Diagnostic:
    """A finding whose advice names the folder of a component's WIT, where golem.yaml does."""
    from witgen.app.manifest.find import shown
    from witgen.cli.applications import declared_here
    from witgen.compose.matching import CLIENT

    def named(line: str) -> str:
        if (found := re.fullmatch(CLIENT.format(r"`([^`]+)`"), line)) is None:
            return line
        component = declared_here().get(found[1])
        if component is None:
            return line
        folder = shlex.quote(shown(component.source_wit))
        return f"make that with `--client {folder}` instead of `--plug`"

    return replace(one, help=tuple(map(named, one.help)))


def _named(text: str) -> tuple[str, str | None]:
    """Split `[NAME=]FILE` into (file, name); a file's own name may contain `=`."""
    match = None if Path(text).exists() else _PLUG.fullmatch(text)
    return (match["file"], match["name"]) if match else (text, None)


def _part(path: str, name: str | None = None) -> Part:
    """Map a component file into memory; exit 2 if that fails."""
    from witgen.compose.files import map_part

    if existing(path, "the component").is_dir():
        fail("APP4001", f"the component `{path}` is a folder, not a file")
    with surroundings():
        return map_part(path, name)


@dataclass(frozen=True, slots=True)
class _Client:
    target: str
    kind: str = "durable"
    name: str | None = None
    world: str | None = None
    extras: tuple[str, ...] = ()

    def part(self, backend: Backend, talk: Talk) -> Part:
        """The client component, generated and built."""
        from witgen.cli.backends import client_component
        from witgen.client import client
        from witgen.compose import Part
        from witgen.load import load

        existing(self.target, "the target")
        made = client(
            load(self.target),
            self.world,
            kind=self.kind,
            component=self.name,
            extras=self.extras,
        )
        talk.show(made.warnings)
        return Part(f"{_CLIENT_OF}{self.target}", client_component(made, backend, talk))


_SETTINGS = ("kind", "name", "world", "with")


def _client(text: str) -> _Client:
    """`TARGET,key=value,…`."""
    from witgen.cli.generate import chosen_extras
    from witgen.diagnostics import did_you_mean

    target, *settings = text.split(",")
    found: dict[str, str] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in _SETTINGS or not value:
            hint = did_you_mean(key, _SETTINGS) or ("kind=, name=, world= or with=",)
            fail("APP4003", f"--client does not understand `{setting}`", *hint)
        found[key] = value
    if found.get("kind", "durable") not in {"durable", "ephemeral"}:
        fail(
            "APP4003",
            f"--client: `{found['kind']}` is not a valid kind",
            "use durable or ephemeral",
        )
    extras = chosen_extras((found.pop("with", ""),))
    return _Client(target, **found, extras=extras)


def _explain(plan: Plan, talk: Talk) -> None:
    """Print parts, wires and open imports on stderr; each part's file is named once."""
    from witgen.compose.views import short_names

    short = short_names([part.name for part in plan.parts])
    for part in plan.parts:
        name = short[part.name]
        file = "" if name == part.name else f", {part.name.removeprefix(_CLIENT_OF)}"
        unused = "" if part.used else ", not used"
        talk.say(f"part   {name}: {part.size:,} bytes{unused}{file}")
    for wire in plan.wires:
        export = "" if wire.export == wire.import_ else f"{wire.export} of "
        talk.say(
            f"wire   {wire.import_} of {short[wire.consumer]}: by {export}{short[wire.supplier]}"
        )
    for item in plan.imports:
        needed = ", ".join(short[part] for part, _ in item.needed_by)
        note = " (types only)" if item.types_only else ""
        talk.say(f"import {item.name}{note}: needed by {needed}")
    for name in plan.exports:
        talk.say(f"export {name}")
    for whose, name in plan.left_out:
        talk.say(f"left out: export {name} of {short[whose]}, the initialiser of componentize-py")
