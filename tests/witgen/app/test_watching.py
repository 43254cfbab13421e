"""What a build reads, and builds that follow its changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from application import App, application

from witgen.app import watching
from witgen.app.watching import Watch, sources
from witgen.diagnostics import WitError

PATIENCE = 60.0  # seconds, of which a machine at rest needs less than one


@pytest.fixture
def app(tmp_path: Path) -> App:
    made = application(tmp_path / "app", {"one": [("wasm-rpc", "two")], "two": []})
    made.build()
    return made


def changed(app: App, act: Callable[[], object], **options: Any) -> list[str]:
    """What differs after something was done."""
    before = sources(app.request(**options))
    act()
    after = sources(app.request(**options))
    return after.changed(before)


class TestSources:
    @pytest.mark.parametrize(
        "path",
        ["one/src/code.txt", "one/src/new.txt", "two/wit/two.wit", "golem.yaml", "pyproject.toml"],
    )
    def test_what_a_build_reads_counts(self, app: App, path: str) -> None:
        text = (app.root / path).read_text() if (app.root / path).exists() else ""
        assert changed(app, lambda: app.write(path, f"{text}\n")) == [path]

    def test_what_is_removed_counts(self, app: App) -> None:
        assert changed(app, (app.root / "one/src/code.txt").unlink) == ["one/src/code.txt"]

    @pytest.mark.parametrize(
        "path",
        [
            "out/one.wasm",
            "one/wit-generated/one.wit",
            "golem-temp/witgen-build.json.tmp",
            "one/src/.code.txt.swp",
            "one/src/code.txt~",
            "one/src/4913",
            "one/src/#code.txt#",
            "one/src/.#code.txt",
            "one/src/__pycache__/code.pyc",
            "app.db",
            "README.md",
        ],
    )
    def test_what_it_makes_and_what_editors_leave_does_not(self, app: App, path: str) -> None:
        assert not changed(app, lambda: app.write(path, "other"))

    def test_the_same_contents_are_no_change(self, app: App) -> None:
        path = app.root / "one/src/code.txt"
        assert not changed(app, lambda: path.write_text(path.read_text()))

    def test_other_components_do_not_count(self, app: App) -> None:
        def edit() -> None:
            app.write("one/src/code.txt", "x")

        assert not changed(app, edit, components=("t:two",))
        with pytest.raises(WitError):
            sources(app.request(components=("t:three",)))

    def test_a_command_without_sources_reads_its_folder(self, app: App) -> None:
        manifest = json.loads((app.root / "golem.yaml").read_text())
        del manifest["templates"]["stand-in"]["build"][0]["sources"]
        app.write("golem.yaml", json.dumps(manifest))
        app.build()
        assert changed(app, lambda: app.write("two/src/new.txt", "")) == ["two/src/new.txt"]
        assert not changed(app, app.build)

    def test_a_broken_manifest_has_none(self, app: App) -> None:
        app.write("golem.yaml", "components: [")
        with pytest.raises(WitError):
            sources(app.request())

    def test_folders_outside_are_watched(self, app: App) -> None:
        text = (app.root / "golem.yaml").read_text()
        (app.root.parent / "shared").mkdir()
        app.write("golem.yaml", text.replace('"src"', '"src", "../../shared/**/*.py"'))
        found = sources(app.request())
        assert found.folders == {app.root, app.root.parent / "shared"}


@contextmanager
def watching_(app: App, build: Callable[[Sequence[str]], None]) -> Iterator[Queue[list[str]]]:
    """Builds that follow changes; what each was told goes to the queue."""
    told: Queue[list[str]] = Queue()
    watch = Watch()

    def again(files: Sequence[str]) -> None:
        build(files)
        told.put([*files])

    thread = threading.Thread(target=watch.builds, args=(app.request(), again))
    thread.start()
    try:
        assert told.get(timeout=PATIENCE) == [], "the first build"
        yield told
    finally:
        watch.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert told.empty(), "nothing else was built"


def test_a_build_follows_each_change(app: App) -> None:
    with watching_(app, lambda files: None) as told:
        app.write("one/src/code.txt", "another")
        assert told.get(timeout=PATIENCE) == ["one/src/code.txt"]
        app.write("one/src/.code.txt.swp", "x")  # an editor's
        app.write("out/one.wasm", "x")
        app.write("two/src/deep/new.txt", "x")
        assert told.get(timeout=PATIENCE) == ["two/src/deep/new.txt"]


def test_what_changes_during_a_build_is_built_after_it(app: App) -> None:
    def build(files: Sequence[str]) -> None:
        if files == ["one/src/code.txt"]:
            app.write("two/src/code.txt", "late")

    with watching_(app, build) as told:
        app.write("one/src/code.txt", "another")
        assert told.get(timeout=PATIENCE) == ["one/src/code.txt"]
        assert told.get(timeout=PATIENCE) == ["two/src/code.txt"]


def test_what_a_build_writes_is_not_built_again(app: App) -> None:
    def build(files: Sequence[str]) -> None:
        app.build()

    with watching_(app, build) as told:
        app.write(
            "two/wit/two.wit",
            "package t:two;\ninterface api { g: func(); }\nworld two { export api; }\n",
        )
        assert told.get(timeout=PATIENCE) == ["two/wit/two.wit"]


def test_a_manifest_is_broken_and_repaired(app: App) -> None:
    text = (app.root / "golem.yaml").read_text()
    with watching_(app, lambda files: None) as told:
        for broken in ("[", "components: [", text):
            # At once, as editors do: an empty file would be another manifest.
            app.write(".golem.yaml.new", broken).replace(app.root / "golem.yaml")
            assert told.get(timeout=PATIENCE) == ["golem.yaml"]
        app.write("one/src/code.txt", "another")
        assert told.get(timeout=PATIENCE) == ["one/src/code.txt"]


def test_a_system_that_does_not_let_watch(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object) -> Iterator[object]:
        raise RuntimeError("OS file watch limit reached")

    monkeypatch.setattr(watching, "_changes", refused)
    with pytest.raises(OSError, match="cannot watch for changes: OS file watch limit reached"):
        Watch().builds(app.request(), lambda files: None)
