"""Add a client to a caller's WIT: its worlds import the client, and its `deps` are completed.

The caller's own text stays unchanged except for one line in each world. Existing packages are kept
if they have what the client needs, so that doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from witgen.client.caller_packages import Files, Parsed, add_packages, check_packages, parse
from witgen.client.model import Client
from witgen.diagnostics import Diagnostic, WitError, did_you_mean
from witgen.load import folder_inputs, resolve_inputs
from witgen.resolve import model as m
from witgen.resolve.text import package_text
from witgen.syntax import ast
from witgen.syntax.trees import Trees
from witgen.value import state


def add_client(caller: Mapping[str, bytes], client: Client, *, world: str | None = None) -> Files:
    """The files of a caller whose worlds import a client; see `Caller.with_client`."""
    return Caller(dict(caller)).with_client(client, world=world).files


@state
class Caller:
    """A caller's WIT in memory.

    Attributes:
        files: Relative path → content, the files of a WIT folder: `*.wit` and `deps/**`.
        trees: What was parsed of it, also for what is made from it.
    """

    files: Files
    trees: Trees = field(default_factory=Trees)
    _resolve: m.Resolve | None = None

    def resolve(self) -> m.Resolve:
        """The packages and worlds, with all features.

        Raises:
            WitError: The WIT is wrong.
        """
        if self._resolve is None:
            inputs = folder_inputs(self.files, "the caller")
            self._resolve = resolve_inputs(inputs, (), all_features=True, trees=self.trees)
        return self._resolve

    def with_client(self, client: Client, *, world: str | None = None) -> Caller:
        """A copy whose worlds import a client.

        Args:
            client: The client to import.
            world: The only world to change; by default all worlds of the caller's package.

        Returns:
            The copy, its files sorted. Applied to it again, nothing changes.

        Raises:
            WitError: The caller's WIT is wrong, has no such world, or its `deps` have something
                else under the name of a package that the client needs.
        """
        parsed = parse(self.files, self.trees)
        files = dict(self.files)
        kept = add_packages(files, parsed, client)
        grown = Caller(dict(sorted(files.items())), self.trees)
        resolve = grown.resolve()
        check_packages(parsed, client, kept, resolve)
        chosen = _worlds(resolve, parsed, world)
        edited: Files = {}
        for path, document in parsed.root.items():
            names = [d for d in document.items if isinstance(d, ast.WorldDef)]
            wanted = [
                d for d in names if d.name.name in chosen and not _imports(resolve, d, client)
            ]
            if wanted:
                edited[path] = _insert(files[path], document, wanted, client)
        if not edited:
            return grown
        made = Caller(grown.files | edited, self.trees)
        made.resolve()
        return made


def _worlds(resolve: m.Resolve, parsed: Parsed, world: str | None) -> frozenset[str]:
    names = list(resolve.packages[resolve.root].worlds)
    if world is None:
        if not names:
            message = f"the caller's package `{parsed.package}` has no world to import the client"
            raise WitError([Diagnostic("GEN2303", message)])
        return frozenset(names)
    if world not in names:
        hint = did_you_mean(world, names)
        raise WitError([Diagnostic("GEN2303", f"the caller has no world `{world}`", help=hint)])
    return frozenset((world,))


def _imports(resolve: m.Resolve, definition: ast.WorldDef, client: Client) -> bool:
    world = resolve.packages[resolve.root].worlds[definition.name.name]
    return any(
        isinstance(key, int) and resolve.interface_id(key) == client.interface_name
        for key in resolve.worlds[world].imports
    )


def _insert(
    data: bytes, document: ast.Document, worlds: list[ast.WorldDef], client: Client
) -> bytes:
    """The text with an import at the beginning of each world."""
    text = data.decode()
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix("\ufeff")
    newline = "\r\n" if "\r\n" in text else "\n"
    name, at, version = package_text(client.package).partition("@")
    interface = client.resolve.interfaces[client.interface].name
    line = f"{newline}  import {name}/{interface}{at}{version};"
    for definition in sorted(worlds, key=lambda d: d.name.end, reverse=True):
        place = _after_brace(text, definition.name.end - document.base)
        end = "" if text[place:].lstrip(" \t").startswith(("\n", "\r\n")) else newline
        text = text[:place] + line + end + text[place:]
    return (mark + text).encode()


def _after_brace(text: str, place: int) -> int:
    """The offset after the next `{` that is not in a comment."""
    while text[place] != "{":
        if text.startswith("//", place):
            place = text.index("\n", place)
        elif text.startswith("/*", place):
            place = _after_comment(text, place)
        else:
            place += 1
    return place + 1


def _after_comment(text: str, place: int) -> int:
    depth = 0
    while True:
        if text.startswith("/*", place):
            depth, place = depth + 1, place + 2
        elif text.startswith("*/", place):
            depth, place = depth - 1, place + 2
            if depth == 0:
                return place
        else:
            place += 1
