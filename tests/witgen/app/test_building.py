"""`witgen build`: what changes is built, what depends on it is built, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from application import App, application, wit

from witgen.app.ledger import NAME as LEDGER
from witgen.app.settled import settled
from witgen.diagnostics import WitError

CHAIN = {"a": [("wasm-rpc", "b")], "b": [("wasm-rpc", "c")], "c": [], "d": []}


def done(app: App, **options: object) -> set[str]:
    outcome = app.build(**options)
    assert outcome.diagnostics == []
    return set(outcome.done)


class TestIncremental:
    def test_everything_is_built_once(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)

        first = done(app)

        assert {n for n in first if n.startswith("build ")} == {f"build t:{x} 1" for x in "abcd"}
        assert (tmp_path / "golem-temp/linked-wasm/t_a.wasm").is_file()
        assert done(app) == set()

    def test_a_caller_imports_its_targets(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)

        text = (tmp_path / "a/wit-generated/a.wit").read_text()

        assert "import t:b-client/b-client;" in text
        assert (tmp_path / "a/wit-generated/deps/t-b-client/client.wit").is_file()
        assert (tmp_path / "a/wit/a.wit").read_text() == wit("a")

    def test_a_targets_wit_reaches_its_dependants_only(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        app.write("c/wit/c.wit", wit("c", "f: func(); g: func() -> u8;"))

        again = done(app)

        assert {n for n in again if n.startswith("build ")} == {"build t:b 1", "build t:c 1"}
        assert "generate t:a" not in again
        assert "blocking-g" in (tmp_path / "b/wit-generated/deps/t-c-client/client.wit").read_text()

    def test_a_source_rebuilds_its_component_only(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        app.write("c/src/code.txt", "other code")

        assert done(app) == {"build t:c 1", "metadata t:c"}

    def test_times_decide_nothing(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        for path in tmp_path.rglob("*"):
            os.utime(path, (1, 1))

        assert done(app) == set()

    def test_a_change_with_the_times_and_size_of_before_is_seen(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        code = tmp_path / "c/src/code.txt"
        status = code.stat()
        code.write_text("the code of C")
        os.utime(code, ns=(status.st_atime_ns, status.st_mtime_ns))

        assert done(app) == {"build t:c 1", "metadata t:c"}

    def test_a_new_and_a_removed_source_are_changes(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        extra = app.write("d/src/inner/more.txt", "more")
        assert "build t:d 1" in done(app)
        extra.unlink()
        assert "build t:d 1" in done(app)
        app.write("d/src/.hidden", "not a source")
        assert done(app) == set()

    @pytest.mark.parametrize("product", ["out/c.wasm", "golem-temp/linked-wasm/t_c.wasm"])
    def test_a_product_that_is_gone_is_made_again(self, tmp_path: Path, product: str) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        (tmp_path / product).unlink()

        assert "metadata t:c" in done(app) or product.startswith("out")
        assert (tmp_path / product).is_file()

    def test_generated_wit_that_was_edited_is_restored(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        generated = tmp_path / "a/wit-generated/a.wit"
        before = generated.read_bytes()
        generated.write_bytes(before + b"// edited\n")

        outcome = app.build()

        assert set(outcome.done) == {"generate t:a"}
        assert generated.read_bytes() == before
        [warning] = outcome.diagnostics
        assert (warning.code, str(warning.severity)) == ("APP4309", "warning")
        assert "a/wit-generated/a.wit` is generated" in warning.message
        assert done(app) == set()

    def test_a_type_of_binding_is_one_word(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [("wasm-rpc", "b")], "b": []})
        done(app)
        text = (tmp_path / "golem.yaml").read_text()
        app.write("golem.yaml", text.replace('"wasm-rpc"', '"static-wasm-rpc"'))

        outcome = app.build(backend="native")

        assert {"build-client t:b", "compose t:a", "metadata t:a"} <= set(outcome.done)
        assert "build t:a 1" not in outcome.done
        # The stand-in imports nothing, which is told.
        assert [d.code for d in outcome.diagnostics] == ["APP4307"]

    def test_a_backend_is_remembered(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [("static-wasm-rpc", "b")], "b": []})
        app.build(backend="native")

        assert app.build().done == {}
        assert app.build(check=True).done == {}
        assert app.build(backend="native").done == {}
        checked = set(app.build(backend="python", check=True).done)
        assert {"build-client t:b", "compose t:a"} <= checked
        assert app.build().done == {}, "a check remembers nothing"
        app.write("pyproject.toml", '[tool.witgen]\nbackend = "python"\n')
        assert "build-client t:b" in app.build(check=True).done, "what is written counts more"
        text = (tmp_path / "golem.yaml").read_text()
        app.write("golem.yaml", text.rstrip()[:-1] + ', "backend": "native"}')
        assert app.build(check=True).done == {}, "golem.yaml goes before pyproject.toml"

    def test_a_change_of_kind_reaches_dependants(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [("wasm-rpc", "b")], "b": []})
        done(app)
        changed = application(
            tmp_path, {"a": [("wasm-rpc", "b")], "b": []}, kinds={"b": "ephemeral"}
        )

        again = done(changed)

        assert {"generate t:a", "build t:a 1"} <= again
        assert "build t:b 1" not in again

    def test_a_dependency_that_is_taken_away_is_gone(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [("wasm-rpc", "b")], "b": []})
        done(app)
        changed = application(tmp_path, {"a": [], "b": []})

        assert {"generate t:a", "build t:a 1"} <= done(changed)
        assert not (tmp_path / "a/wit-generated/deps").exists()

    @pytest.mark.parametrize(
        "needs",
        [
            {"a": [("wasm-rpc", "a")]},
            {"a": [("wasm-rpc", "b")], "b": [("wasm-rpc", "a")]},
            {"a": [("wasm-rpc", "b")], "b": [("static-wasm-rpc", "c")], "c": [("wasm-rpc", "a")]},
        ],
        ids=["self", "pair", "circle"],
    )
    def test_circles_build(self, tmp_path: Path, needs: dict[str, list[tuple[str, str]]]) -> None:
        app = application(tmp_path, needs)

        outcome = app.build(backend="native")

        assert [d.code for d in outcome.diagnostics if d.code != "APP4307"] == []
        for name, listed in needs.items():
            text = (tmp_path / f"{name}/wit-generated/{name}.wit").read_text()
            assert all(f"import t:{t}-client/{t}-client;" in text for _, t in listed)
        assert app.build(backend="native").done == {}

    def test_force_does_everything(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        first = done(app)

        assert done(app, force=True) == first

    def test_what_was_moved_is_as_up_to_date_as_before(self, tmp_path: Path) -> None:
        app = application(tmp_path / "one", CHAIN)
        done(app)
        (tmp_path / "one").rename(tmp_path / "two")
        moved = App(tmp_path / "two")

        assert str(tmp_path) not in (moved.root / "golem-temp" / LEDGER).read_text()
        assert settled(moved.root, None, (), (), [None, None])
        assert done(moved) == set()
        moved.write("c/src/code.txt", "other code")
        assert done(moved) == {"build t:c 1", "metadata t:c"}

    @pytest.mark.parametrize(
        ("components", "steps"),
        [(("t:aa",), ()), ((), ("compile",)), (("t:a", "b"), ("generate",))],
    )
    def test_a_wrong_name_is_not_settled(
        self, tmp_path: Path, components: tuple[str, ...], steps: tuple[str, ...]
    ) -> None:
        done(application(tmp_path, {"a": []}))

        assert settled(tmp_path, None, (), (), [None, None])
        assert settled(tmp_path, None, ("t:a",), ("generate",), [None, None])
        assert settled(tmp_path, None, components, steps, [None, None]) is None


class TestRecord:
    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b'{"version":1}', b"\0\xff", b"[" * 100_000]
    )
    def test_a_damaged_record_is_no_record(self, tmp_path: Path, content: bytes) -> None:
        app = application(tmp_path, {"a": []})
        done(app)
        (tmp_path / "golem-temp" / LEDGER).write_bytes(content)

        assert "build t:a 1" in done(app)
        assert done(app) == set()

    def test_a_failed_task_is_done_again(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [], "b": []})
        done(app)
        tool = (tmp_path / "tool.py").read_text()
        app.write("tool.py", "import sys; print('no luck'); sys.exit(3)")
        app.write("a/src/code.txt", "changed")

        outcome = app.build()

        (found,) = outcome.diagnostics
        assert found.code == "APP4301"
        assert "with status 3" in found.message
        assert "no luck" in found.help
        assert outcome.skipped == ["metadata t:a"]
        app.write("tool.py", tool)
        assert done(app) == {"build t:a 1", "metadata t:a"}

    def test_all_failures_are_reported(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [], "b": []})
        app.write("tool.py", "import sys; sys.exit(1)")

        outcome = app.build()

        assert [d.code for d in outcome.diagnostics] == ["APP4301", "APP4301"]

    def test_what_many_tasks_meet_is_told_once_and_nothing_is_hidden(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        app = application(tmp_path, {"a": [("wasm-rpc", "b")], "b": []})
        app.write("a/wit/a.wit", wit("a", "f: func(x: u32 y: u32);"))
        app.write("b/wit/b.wit", wit("b", "f: func(x: u33);"))

        outcome = app.build()

        found = sorted((str(d.file), d.code) for d in outcome.diagnostics)
        assert found == [("a/wit/a.wit", "WIT0025"), ("b/wit/b.wit", "RES1021")]
        assert {"build t:a 1", "build t:b 1"} <= set(outcome.skipped)

    def test_files_are_named_by_their_paths(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A caller with clients is resolved in memory, where its files are named from its folder."""
        monkeypatch.chdir(tmp_path)
        app = application(tmp_path, {"a": [("wasm-rpc", "b")], "b": []})
        app.write("a/wit/a.wit", wit("a", "f: func(x: u33);"))

        (found,) = app.build().diagnostics

        assert (found.code, str(found.file)) == ("RES1021", "a/wit/a.wit")

    def test_a_tools_own_frames_are_not_told(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": []})
        app.write(
            "tool.py",
            r"import sys; print('no luck\n\nStack backtrace:\n   0: main\n   1: x'); sys.exit(3)",
        )

        (found,) = app.build().diagnostics

        said, log = found.help
        assert said == "no luck"
        assert log.startswith("full output: ")

    def test_a_command_without_sources_runs_each_time(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": []})
        text = (tmp_path / "golem.yaml").read_text()
        app.write("golem.yaml", text.replace('"sources"', '"mkdirs"'))
        done(app)

        assert done(app) == {"build t:a 1"}


class TestCheck:
    def test_nothing_is_written(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        before = sorted(tmp_path.rglob("*"))

        outcome = app.build(check=True)

        assert "build t:a 1" in outcome.done
        assert sorted(tmp_path.rglob("*")) == before

    def test_it_is_clean_after_a_build(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)

        assert app.build(check=True).done == {}

    def test_generated_wit_counts_without_a_record(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        (tmp_path / "golem-temp" / LEDGER).unlink()

        assert app.build(check=True, steps=("generate",)).done == {}

    def test_drift_is_shown(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        app.write("c/wit/c.wit", wit("c", "g: func();"))

        outcome = app.build(check=True, steps=("generate",))

        assert set(outcome.done) == {"generate t:b", "generate t:c"}
        assert set(outcome.drift) == {tmp_path / "b/wit-generated", tmp_path / "c/wit-generated"}

    def test_what_follows_a_change_counts(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        app.write("c/wit/c.wit", wit("c", "g: func();"))

        outcome = app.build(check=True)

        assert {"build t:b 1", "metadata t:b", "build t:c 1"} <= set(outcome.done)
        assert "build t:a 1" not in outcome.done


class TestSelection:
    def test_a_component_is_built_with_what_it_needs(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"a": [("wasm", "b")], "b": [], "c": []})

        outcome = app.build(components=("t:a",))

        assert {"build t:a 1", "build t:b 1", "compose t:a"} <= set(outcome.done)
        assert "build t:c 1" not in outcome.done

    def test_an_rpc_target_need_not_be_built(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)

        outcome = app.build(components=("t:a",))

        assert {n for n in outcome.done if n.startswith("build ")} == {"build t:a 1"}

    def test_steps(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)

        assert done(app, steps=("generate",)) == {f"generate t:{name}" for name in "abcd"}
        assert not (tmp_path / "out").exists()

    def test_an_unknown_component_has_a_hint(self, tmp_path: Path) -> None:
        app = application(tmp_path, {"alpha": []})

        with pytest.raises(WitError) as caught:
            app.build(components=("t:alpah",))

        assert caught.value.diagnostics[0].help == ("did you mean `t:alpha`?",)


class TestReasons:
    def test_they_name_what_changed(self, tmp_path: Path) -> None:
        app = application(tmp_path, CHAIN)
        done(app)
        app.write("c/src/code.txt", "changed")
        app.write("c/src/new.txt", "new")
        (tmp_path / "out/d.wasm").unlink()

        outcome = app.build(check=True)

        assert outcome.done["build t:c 1"] == (
            "`c/src/code.txt` has changed",
            "`c/src/new.txt` is new",
        )
        assert outcome.done["build t:d 1"] == ("`out/d.wasm` is missing",)


def builds(app: App, needs: dict[str, list[tuple[str, str]]]) -> set[str]:
    """Write other dependencies, build, and tell whose own commands ran and who was composed anew."""
    changed = application(app.root, needs)
    outcome = changed.build(backend="native")
    assert [d.code for d in outcome.diagnostics if d.code != "APP4307"] == []
    assert changed.build(backend="native").done == {}, "it is settled"
    kinds = ("generate", "build", "compose")
    return {name.removesuffix(" 1") for name in outcome.done if name.split()[0] in kinds}


def test_adding_and_changing_dependencies_builds_again(tmp_path: Path) -> None:
    """As in Golem's `adding_and_changing_rpc_deps_retriggers_build`."""
    app = application(tmp_path, {"a": [], "b": []})
    assert builds(app, {"a": [], "b": []}) == {
        "generate t:a", "generate t:b", "build t:a", "build t:b",
    }  # fmt: skip
    imports = tmp_path / "a/wit-generated/a.wit"
    dynamic, static = ("wasm-rpc", "b"), ("static-wasm-rpc", "b")

    added = builds(app, {"a": [dynamic], "b": []})
    assert added == {"generate t:a", "build t:a"}
    assert "import t:b-client/b-client;" in imports.read_text()

    # The caller's WIT does not know how it is bound, so that only the composition is new.
    assert builds(app, {"a": [static], "b": []}) == {"compose t:a"}
    assert builds(app, {"a": [dynamic], "b": []}) == set()

    assert builds(app, {"a": [dynamic, ("wasm-rpc", "a")], "b": []}) == added
    assert "import t:a-client/a-client;" in imports.read_text()

    # Each calls the other, and itself.
    both = {"a": [dynamic, ("wasm-rpc", "a")], "b": [("static-wasm-rpc", "a"), ("wasm-rpc", "b")]}
    assert builds(app, both) == {"generate t:b", "build t:b", "compose t:b"}

    assert builds(app, {"a": [], "b": []}) == {
        "generate t:a", "generate t:b", "build t:a", "build t:b",
    }  # fmt: skip
    assert "import" not in imports.read_text()
    assert not (tmp_path / "a/wit-generated/deps").exists()
