"""Manifests → `Application`: names looked up, duplicates and contradictions reported."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from witgen.app.manifest import model as m
from witgen.app.manifest.application import Application, Command, Component, Dependency
from witgen.app.manifest.check import check
from witgen.app.manifest.find import Found, Manifests, find
from witgen.app.manifest.properties import Maker, check_profiles, layers, merged
from witgen.diagnostics import Diagnostic, Label, Sink, WitError, did_you_mean

_TEMP = "golem-temp"


def application(
    start: Path, *, manifest: Path | None = None, profile: str | None = None
) -> Application:
    """The application that a folder belongs to.

    Args:
        start: Where to start looking for golem.yaml.
        manifest: Its first manifest, if known.
        profile: The profile to build, wherever one has this name.

    Raises:
        WitError: There is no manifest, or it has errors; with all errors found.
    """
    sink = Sink()
    manifests = find(start, manifest, sink)
    made = _Resolver(manifests, profile, sink).run()
    if not sink.errors:
        check(made, sink)
    if sink.errors:
        raise WitError(sink.diagnostics)
    return made


@dataclass(slots=True)
class _Resolver:
    manifests: Manifests
    profile: str | None
    sink: Sink
    temp: Path = field(init=False)

    def run(self) -> Application:
        self.temp = self._temp()
        templates = {word: t for word, (t, _) in self._joined("templates", "template").items()}
        components = self._joined("components", "component")
        dependencies = self._dependencies([word.text for word in components])
        having = [*templates.values(), *(c for c, _ in components.values())]
        for part in having:
            check_profiles(part, self.sink)
        self._check_profile(having)
        made: dict[str, Component] = {}
        broken = self._broken([*components, *templates])
        for word, (component, folder) in components.items():
            if word in broken or component.template in broken:
                continue
            maker = Maker(folder, self.temp, {"component_name": word.text}, self.sink)
            parts = layers(component, templates, self.profile, self.sink)
            if parts is None:
                continue
            found = merged(parts)
            result = maker.component(word, found, tuple(dependencies.get(word.text, ())))
            if result is not None:
                made[word.text] = result
        return Application(
            root=self.manifests.root,
            temp=self.temp,
            components=dict(sorted(made.items())),
            wit_deps=self._wit_deps(),
            backend=self._word("backend"),
            snapshots=self._word("snapshots") == "true",
            custom_commands=self._custom(),
            clean=tuple(
                (found.path.parent, self._maker(found).text(word))
                for found in self.manifests.found
                for word in found.document.clean or ()
            ),
            manifests=tuple(found.path for found in self.manifests.found),
            listing=self.manifests.listing,
            warnings=self.sink.warnings,
        )

    def _broken(self, words: list[m.Word]) -> set[m.Word]:
        """The components and templates with errors; what they lack is not reported."""
        made: set[m.Word] = set()
        for error in self.sink.errors:
            above = [
                w for w in words if w.place.file == error.file and w.place.line <= (error.line or 0)
            ]
            made |= {max(above, key=lambda w: (w.place.line, w.place.column))} if above else set()
        return made

    def _maker(self, found: Found) -> Maker:
        return Maker(found.path.parent, Path(), {}, self.sink)

    def _temp(self) -> Path:
        given = self._only("temp_dir", "tempDir")
        if given is None:
            return self.manifests.root / _TEMP
        found, word = given
        return self._maker(found).path(word)

    def _wit_deps(self) -> tuple[Path, ...]:
        given = self._only("wit_deps", "witDeps")
        if given is None:
            return ()
        found, words = given
        return tuple(self._maker(found).path(word) for word in words)

    def _word(self, name: str) -> str:
        """A word allowed in one manifest only; empty without it."""
        given = self._only(name, name)
        return "" if given is None else str(given[1].text)

    def _only(self, name: str, key: str) -> tuple[Found, Any] | None:
        """The value of a key allowed in one manifest only."""
        having = [f for f in self.manifests.found if getattr(f.document, name) is not None]
        for other in having[1:]:
            place = _place(getattr(other.document, name), other)
            first = _place(getattr(having[0].document, name), having[0])
            message = f"`{key}` may be given in one manifest only"
            labels = (Label(first, "first given here"),)
            self.sink.add(Diagnostic("APP4206", message, place, labels=labels))
        return (having[0], getattr(having[0].document, name)) if having else None

    def _joined(self, name: str, what: str) -> dict[m.Word, tuple[Any, Path]]:
        """Merge a table of all manifests, with the folder of each entry's manifest."""
        made: dict[m.Word, tuple[Any, Path]] = {}
        for found in self.manifests.found:
            for word, value in (getattr(found.document, name) or {}).items():
                if word in made:
                    self._twice(what, word, next(w for w in made if w == word))
                else:
                    made[word] = value, found.path.parent
        return made

    def _twice(self, what: str, word: m.Word, first: m.Word) -> None:
        message = f"duplicate {what} `{word}`"
        labels = (Label(first.place, "first defined here"),)
        self.sink.add(Diagnostic("APP4206", message, word.place, labels=labels))

    def _custom(self) -> dict[str, tuple[Command, ...]]:
        made: dict[m.Word, tuple[Command, ...]] = {}
        for found in self.manifests.found:
            for word, commands in (found.document.custom_commands or {}).items():
                if word in made:
                    self._twice("custom command", word, next(w for w in made if w == word))
                made[word] = self._maker(found).commands(commands)
        return {word.text: commands for word, commands in made.items()}

    def _check_profile(self, having: Iterable[m.Template]) -> None:
        if self.profile is None:
            return
        known = {word.text for part in having for word in part.profiles or ()}
        if self.profile not in known:
            hints = did_you_mean(self.profile, known) or (
                f"known: {', '.join(sorted(known))}" if known else "no manifest has `profiles`",
            )
            self.sink.add(
                Diagnostic("APP4207", f"there is no profile `{self.profile}`", help=hints)
            )

    # --- dependencies ---------------------------------------------------------------------------

    def _dependencies(self, names: list[str]) -> Mapping[str, list[Dependency]]:
        made: dict[str, list[Dependency]] = {}
        for found in self.manifests.found:
            for word, listed in (found.document.dependencies or {}).items():
                if word.text not in names:
                    hints = did_you_mean(word.text, names) or (
                        f"known: {', '.join(sorted(names)) or 'none'}",
                    )
                    message = f"there is no component `{word}`"
                    self.sink.add(Diagnostic("APP4207", message, word.place, help=hints))
                for written in listed or ():
                    others = [name for name in names if name != word.text]
                    dependency = self._dependency(written, found, names, others)
                    if dependency is not None:
                        self._add(made.setdefault(word.text, []), dependency)
        return made

    def _add(self, listed: list[Dependency], dependency: Dependency) -> None:
        for other in listed:
            if (other.target, other.path) == (dependency.target, dependency.path):
                labels = (Label(other.place, f"as `{other.type}` here"),)
                message = f"`{dependency.label}` is listed as a dependency twice"
                self.sink.add(Diagnostic("APP4209", message, dependency.place, labels=labels))
                return
        listed.append(dependency)

    def _dependency(
        self, written: m.Dependency, found: Found, names: list[str], others: list[str]
    ) -> Dependency | None:
        if written.url is not None:
            self._wrong(
                written.url,
                "witgen loads nothing from a network, so `url` is not supported",
                "download it and use `path`",
            )
            return None
        given = [word for word in (written.target, written.path) if word is not None]
        if len(given) != 1:
            message = "a dependency needs either a `target` or a `path`"
            self.sink.add(Diagnostic("APP4209", message, written.place))
            return None
        if written.type is None:
            return None
        kind = cast("m.DependencyType", written.type.text)
        if written.path is not None:
            path = self._maker(found).path(written.path)
            return Dependency(kind, None, path, written.path.place)
        assert written.target is not None
        if written.target.text not in names:
            known = (f"others are {', '.join(sorted(others))}",) if others else ()
            hints = did_you_mean(written.target.text, others) or (
                *known,
                "use `path` for components outside this application",
            )
            message = f"there is no component `{written.target}`"
            self.sink.add(Diagnostic("APP4207", message, written.target.place, help=hints))
            return None
        return Dependency(kind, written.target.text, None, written.target.place)

    def _wrong(self, word: m.Word, message: str, *hints: str) -> None:
        self.sink.add(Diagnostic("APP4209", message, word.place, help=hints))


def _place(value: Any, found: Found) -> Any:
    first = value[0] if isinstance(value, tuple) and value else value
    return first.place if isinstance(first, m.Word) else found.document.place


def relative(path: Path, root: Path) -> str:
    """A path relative to the application, with forward slashes."""
    return Path(os.path.relpath(path, root)).as_posix()
