"""The properties of one component: its template's and its own, for the chosen profile."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from runtime_shim.wasi.grants import Directory, Grants
from witgen.app import grants
from witgen.app.limits import Limit, parsed
from witgen.app.manifest import model as m
from witgen.app.manifest.application import Command, Component, Dependency, slug
from witgen.app.manifest.decode import keys
from witgen.app.manifest.render import render
from witgen.diagnostics import Diagnostic, Place, Sink, did_you_mean

# Understood only by a shell.
_SHELL = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&"})
_MERGED = frozenset({"custom_commands", "env"})


def layers(
    component: m.Component, templates: Mapping[m.Word, m.Template], profile: str | None, sink: Sink
) -> list[m.Properties] | None:
    """A component's layers, later ones overriding earlier ones; None if its template is unknown.

    Args:
        component: As written.
        templates: All templates.
        profile: The chosen profile.
        sink: Receives errors.
    """
    made: list[m.Properties] = []
    if component.template is not None:
        template = templates.get(component.template)
        if template is None:
            known = [word.text for word in templates]
            hints = did_you_mean(component.template.text, known) or (
                f"known: {', '.join(sorted(known)) or 'none'}",
            )
            sink.add(
                Diagnostic(
                    "APP4207",
                    f"there is no template `{component.template}`",
                    component.template.place,
                    help=hints,
                )
            )
            return None
        made += _variant(template, profile)
    return [*made, *_variant(component, profile)]


def _variant(of: m.Template, profile: str | None) -> list[m.Properties]:
    names = {word.text: value for word, value in (of.profiles or {}).items()}
    default = of.default_profile.text if of.default_profile else ""
    chosen = profile if profile in names else default
    return [of, names[chosen]] if chosen in names else [of]


def check_profiles(of: m.Template, sink: Sink) -> None:
    """Report a template or component that has profiles but no valid default."""
    names = {word.text: word for word in of.profiles or ()}
    default = of.default_profile
    if names and default is None:
        sink.add(
            Diagnostic(
                "APP4205",
                "`profiles` require a `defaultProfile`",
                next(iter(names.values())).place,
                help=(f"one of {', '.join(sorted(names))}",),
            )
        )
    elif names and default is not None and default.text not in names:
        hints = did_you_mean(default.text, names) or (f"known: {', '.join(sorted(names))}",)
        message = f"there is no profile `{default}`"
        sink.add(Diagnostic("APP4207", message, default.place, help=hints))


def merged(parts: Sequence[m.Properties]) -> dict[str, Any]:
    """The properties of layers by field: later ones replace earlier ones, tables are merged."""
    made: dict[str, Any] = {}
    for part in parts:
        for key in keys(m.Properties).values():
            value = getattr(part, key.field)
            if value is None:
                continue
            made[key.field] = (
                {**made.get(key.field, {}), **value} if key.field in _MERGED else value
            )
    return made


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes a component from its properties.

    Attributes:
        folder: The folder of the manifest that declares it.
        temp: Where intermediate files go.
        variables: The names that expressions may use.
        sink: Receives errors.
    """

    folder: Path
    temp: Path
    variables: Mapping[str, str]
    sink: Sink

    def component(
        self, word: m.Word, found: Mapping[str, Any], dependencies: tuple[Dependency, ...]
    ) -> Component | None:
        """The component, None if something required is missing."""
        missing = [name for name in ("source_wit", "component_wasm") if name not in found]
        for name in missing:
            key = next(k for k in keys(m.Properties).values() if k.field == name)
            self.error("APP4205", f"component `{word}` has no `{key.name}`", word.place, key.doc)
        if missing:
            return None
        file = slug(word.text)
        given = found.get("component_type")
        return Component(
            name=word.text,
            folder=self.folder,
            source_wit=self.path(found["source_wit"]),
            generated_wit=self._or(found.get("generated_wit"), self.temp / "generated-wit" / file),
            component_wasm=self.path(found["component_wasm"]),
            linked_wasm=self._or(
                found.get("linked_wasm"), self.temp / "linked-wasm" / f"{file}.wasm"
            ),
            build=self.commands(found.get("build", ())),
            custom_commands=self.custom(found.get("custom_commands", {})),
            clean=tuple(self.text(pattern) for pattern in found.get("clean", ())),
            kind=cast("m.ComponentType", given.text if given else "durable"),
            env={
                key.text: self.text(value)
                for key, value in found.get("env", {}).items()
                if value is not None
            },
            limits={} if found.get("limits") is None else self.limits(found["limits"]),
            grants=Grants() if found.get("grants") is None else self.grants(found["grants"]),
            dependencies=dependencies,
            place=word.place,
        )

    def limits(self, written: m.Limits) -> dict[str, Limit]:
        """The limits that are given."""
        made: dict[str, Limit] = {}
        for name in keys(m.Limits):
            word: m.Word | None = getattr(written, name)
            if word is None:
                continue
            try:
                made[name] = parsed(name, self.text(word))
            except ValueError as error:
                self.error("APP4204", f"`{name}` {error}", word.place)
        return made

    def grants(self, written: m.Grants) -> Grants:
        """What is granted; folders need not exist before workers run."""
        folders: dict[str, Directory] = {}
        for word in written.directories or ():
            try:
                made = grants.directory(self.text(word), self.folder)
            except ValueError as error:
                self.error("APP4204", f"a folder {error}", word.place)
                continue
            if made.guest in folders:
                self.error("APP4206", f"the folder `{made.guest}` is granted twice", word.place)
            folders[made.guest] = made
        hosts: list[str] = []
        for word in written.http or ():
            try:
                hosts.append(grants.http(self.text(word)))
            except ValueError as error:
                self.error("APP4204", f"a host {error}", word.place)
        return Grants(tuple(folders.values()), tuple(hosts))

    def _or(self, word: m.Word | None, default: Path) -> Path:
        return default if word is None else self.path(word)

    def custom(
        self, table: Mapping[m.Word, tuple[m.Command, ...]]
    ) -> dict[str, tuple[Command, ...]]:
        """Custom commands by name."""
        return {name.text: self.commands(commands) for name, commands in table.items()}

    def commands(self, commands: Iterable[m.Command]) -> tuple[Command, ...]:
        """Commands with their paths made absolute."""
        return tuple(made for c in commands if (made := self._command(c)) is not None)

    def _command(self, command: m.Command) -> Command | None:
        if command.command is None:
            return None
        text = self.text(command.command)
        folder = self.folder if command.dir is None else self.path(command.dir)
        inner = Maker(folder, self.temp, self.variables, self.sink)
        return Command(
            text=text,
            args=self._split(text, command.command.place),
            folder=folder,
            rmdirs=tuple(inner.path(word) for word in command.rmdirs or ()),
            mkdirs=tuple(inner.path(word) for word in command.mkdirs or ()),
            sources=_optional(inner, command.sources),
            targets=_optional(inner, command.targets),
            place=command.command.place,
        )

    def _split(self, text: str, place: Place) -> tuple[str, ...]:
        try:
            args = shlex.split(text)
        except ValueError as error:
            self.error("APP4210", f"cannot split the command: {error}".lower(), place)
            return ()
        if not args:
            self.error("APP4210", "the command is empty", place)
        for arg in args:
            if arg in _SHELL or (arg.endswith(";") and arg != args[-1]):
                self.error(
                    "APP4210",
                    f"commands run without a shell, so `{arg}` has no effect",
                    place,
                    "write several commands, or use sh -c '…'",
                )
                break
        return tuple(args)

    def path(self, word: m.Word) -> Path:
        """An absolute path."""
        text = self.text(word)
        if not text or "\0" in text:
            self.error("APP4204", "a path must not be empty", word.place)
            return self.folder
        return Path(os.path.normpath(self.folder / text))

    def text(self, word: m.Word) -> str:
        """The text with its expressions evaluated."""
        return render(word, self.variables, self.sink)

    def error(self, code: str, message: str, place: Place, *hints: str) -> None:
        """Report an error."""
        self.sink.add(Diagnostic(code, message, place, help=hints))


def _optional(maker: Maker, words: tuple[m.Word, ...] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(maker.text(word) for word in words)
