"""The commands about an application, and the mistakes that newcomers make: each says what to do."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from application import App, application, inside, wit
from component_parts import part

from witgen.app.lock import alone
from witgen.cli import building

Cli = Callable[..., Any]


@pytest.fixture
def shop(cli: Cli, tmp_path: Path) -> App:
    return application(tmp_path, {"cart": [("wasm-rpc", "stock")], "stock": []})


class TestBuild:
    def test_it_builds_and_then_is_up_to_date(self, cli: Cli, shop: App) -> None:
        first, again, checked = cli("build"), cli("build"), cli("build", "--check")

        assert (first.status, first.out) == (0, "")
        assert "done  build t:cart" in first.err
        assert again.err == "everything is up to date: 2 components\n"
        assert (checked.status, checked.err) == (0, again.err)

    def test_check_tells_and_does_nothing(self, cli: Cli, shop: App) -> None:
        done = cli("build", "--check", "--explain-rebuild")

        assert done.status == 1
        assert "would generate t:cart\n    not built yet\n" in done.err
        assert not (shop.root / "golem-temp").exists()

    @pytest.mark.parametrize(
        "temp",
        [
            "",
            "tempDir: made",
            "tempDir:   made/by build # ours",
            "'tempDir' : 'made'",
            'tempDir: "a # b"',
            "# tempDir: no\ntempDir: ./yes",
        ],
    )
    def test_what_is_up_to_date_needs_no_yaml(self, cli: Cli, shop: App, temp: str) -> None:
        declared = json.loads((shop.root / "golem.yaml").read_text())
        shop.write("golem.yaml", f"{temp}\n{yaml.safe_dump(declared)}")
        cli("build")
        assert (shop.root / "golem-temp").exists() == (not temp)
        code = (
            "import sys; sys.argv[1:] = ['build']\n"
            "import witgen.cli\n"
            "try: witgen.cli.main()\n"
            "except SystemExit as end: assert not end.code\n"
            "print(sorted({'yaml', 'jinja2', 'rich', 'wasmtime', 'lark'} & sys.modules.keys()))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=shop.root, capture_output=True, text=True, check=True
        )

        assert done.stdout == "[]\n"
        assert "up to date" in done.stderr

    def test_a_part_of_what_is_up_to_date_is(self, cli: Cli, shop: App) -> None:
        cli("build")

        assert cli("build", "--step", "generate", "--check").status == 0
        assert cli("build", "t:cart").err == "everything is up to date: 2 components\n"

    def test_drift_is_shown_as_a_difference(self, cli: Cli, shop: App) -> None:
        cli("build", "--step", "generate")
        shop.write("stock/wit/stock.wit", wit("stock", "f: func(); more: func() -> u8;"))

        done = cli("build", "--step", "generate", "--check", "--diff")

        assert done.status == 1
        assert "--- a/cart/wit-generated/deps/t-stock-client/client.wit\n" in done.out
        assert "+    blocking-more: func() -> u8;\n" in done.out

    def test_what_failed_is_said_last(self, cli: Cli, shop: App) -> None:
        """Other tasks go on, and what they say may hide it."""
        shop.write("cart/wit/cart.wit", wit("cart", "f: func(x: u33);"))

        lines = cli("build").err.splitlines()

        assert any(line.startswith("  done") for line in lines)
        assert lines[-2:] == [
            "failed: generate t:cart",
            "not tried: build t:cart, finish t:cart",
        ]

    def test_nothing_is_drawn_while_something_is_printed(
        self,
    ) -> None:
        """Rich would erase it."""
        free: list[bool] = []
        talk = SimpleNamespace(
            paint=lambda text, color: text, format="json", say=lambda line: free.append(is_free())
        )
        progress = SimpleNamespace(add_task=lambda what, total: what, remove_task=lambda row: None)
        live = building._Live(cast("Any", talk), progress, explain=True)

        def is_free() -> bool:
            with ThreadPoolExecutor(1) as other:
                return other.submit(live.lock.acquire, blocking=False).result()

        task = cast("Any", SimpleNamespace(name="metadata t:cart"))
        live.begins(task, ("it is new",))
        live.ends(task, failed=False, found=())

        assert (free, is_free()) == ([False] * 3, True)

    def test_a_new_manifest_below_is_seen(self, cli: Cli, shop: App) -> None:
        cli("build")
        shop.write(
            "more/golem.yaml", "components: {t:more: {sourceWit: wit, componentWasm: more.wasm}}"
        )

        assert "component of `t:more` does not exist" in cli("build").err


class TestOthers:
    def test_clean(self, cli: Cli, shop: App) -> None:
        before = sorted(shop.root.rglob("*"))
        cli("build")

        tried = cli("clean", "--dry-run")
        assert "would remove golem-temp" in tried.err
        assert (shop.root / "golem-temp").exists()
        assert "removed cart/wit-generated" in cli("clean").err
        (shop.root / "out").rmdir()
        assert sorted(shop.root.rglob("*")) == before

    def test_clean_keeps_what_others_wrote(self, cli: Cli, shop: App) -> None:
        cli("build")
        mine = shop.write("cart/wit-generated/notes.txt", "mine")
        cli("clean")

        assert [p for p in (shop.root / "cart/wit-generated").rglob("*") if p.is_file()] == [mine]

    def test_clean_in_a_components_folder_is_about_it(self, cli: Cli, shop: App) -> None:
        both = application_in_folders(shop)
        cli("build")
        with inside(both / "stock"):
            cli("clean")

        assert not (both / "stock/wit-generated").exists()
        assert (both / "cart/wit-generated").exists()
        assert (both / "golem-temp").exists()

    def test_clean_waits_for_no_build(self, cli: Cli, shop: App) -> None:
        cli("build")
        with alone(shop.root / "golem-temp"):
            done = cli("clean")

        assert (done.status, "wait until it has finished" in done.err) == (2, True)
        assert (shop.root / "golem-temp/linked-wasm").exists()

    def test_clean_the_cache(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = tmp_path / "cache"
        monkeypatch.setenv("WITGEN_CACHE_DIR", str(cache))
        for name in ("components/a.wasm", "compiled/a.cwasm", "resolve-1", "of somebody else"):
            (cache / name).parent.mkdir(parents=True, exist_ok=True)
            (cache / name).write_bytes(b"x" * 100_000)

        assert "would remove 0.3 MB" in cli("clean", "--cache", "--dry-run").err
        assert len(list(cache.iterdir())) == 4
        assert "components 0.1 MB, compiled 0.1 MB" in cli("doctor").out
        assert "removed 0.3 MB" in cli("clean", "--cache").err
        assert [path.name for path in cache.iterdir()] == ["of somebody else"]
        assert cli("clean", "--cache").status == 0
        assert cli("clean", "--cache", "t:cart").status == 2

    @pytest.mark.parametrize("pattern", [".", "..", "../*", "cart/wit"])
    def test_clean_removes_nothing_else(self, cli: Cli, shop: App, pattern: str) -> None:
        document = json.loads((shop.root / "golem.yaml").read_text())
        shop.write("golem.yaml", json.dumps(document | {"clean": [pattern]}))

        done = cli("clean")

        assert done.status == 2
        assert "APP4305" in done.err
        assert (shop.root / "cart/wit/cart.wit").is_file()

    def test_init_builds(self, cli: Cli, tmp_path: Path) -> None:
        done = cli("init", tmp_path / "my-shop")

        assert done.status == 0
        assert "my-shop:caller" in (tmp_path / "my-shop/golem.yaml").read_text()
        manifest = tmp_path / "my-shop/golem.yaml"
        assert cli("build", "--manifest", manifest, "--step", "generate").status == 0
        assert cli("init", tmp_path / "my-shop").status == 2

    @pytest.mark.parametrize("name", ["interface", "1st", "Ünder", "a--b", "--"])
    def test_init_in_a_folder_that_is_no_package(self, cli: Cli, tmp_path: Path, name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        assert cli("init", "--template", "javascript", "--", folder).status == 0

        done = cli("build", "--manifest", folder / "golem.yaml", "--step", "generate")

        assert done.status == 0, done.err

    def test_init_around_a_component(self, cli: Cli, shop: App) -> None:
        cli("build")
        wasm = shop.root / "out/stock.wasm"

        done = cli("init", "around", "--template", "existing-component", "--component", wasm)

        assert done.status == 0
        assert (shop.root / "around/components/stock.wasm").is_file()

    def test_init_around_a_component_that_exports_more(self, cli: Cli, tmp_path: Path) -> None:
        # componentize-py adds an interface of the binary's own, before all others.
        own = """(core module $m (func (export "f")))
        (core instance $i (instantiate $m)) (func $f (canon lift (core func $i "f")))
        (instance $e (export "f" (func $f)))"""
        text = f'{own} (export "exports" (instance $e)) (export "t:till/api" (instance $e))'
        (tmp_path / "till.wasm").write_bytes(part(text))

        done = cli("init", "around", "--template", "existing-component", "--component", "till.wasm")

        assert done.status == 0
        assert "  t:till:\n" in (tmp_path / "around/golem.yaml").read_text()
        with inside(tmp_path / "around"):
            assert cli("build").status == 0
            assert cli("run", "t:till", "t:till/api.{f}").status == 0

    def test_init_of_javascript_without_its_tools(self, cli: Cli, tmp_path: Path) -> None:
        cli("init", "js", "--template", "javascript")
        with inside(tmp_path / "js"):
            done = cli("build")

        assert (done.status, done.err.count("install it with `npm install`")) == (1, 1)

    def test_add_dependency_keeps_the_rest(self, cli: Cli, tmp_path: Path) -> None:
        text = (
            "# mine\ncomponents:\n  a:b: {sourceWit: w, componentWasm: x.wasm} # b\n"
            "  a:c: {sourceWit: w, componentWasm: y.wasm}\n"
        )
        file = tmp_path / "golem.yaml"
        file.write_text(text)

        cli("add-dependency", "a:b", "--target", "a:c")
        cli("add-dependency", "a:b", "--target", "a:b", "--type", "static-wasm-rpc")
        cli("add-dependency", "a:c", "--target", "a:c")
        cli("add-dependency", "a:b", "--target", "a:c", "--type", "wasm")
        again = cli("add-dependency", "a:b", "--target", "a:c", "--type", "wasm")

        assert "already" in again.err
        assert file.read_text() == text + (
            "\ndependencies:\n"
            "  a:b:\n    - type: wasm\n      target: a:c\n"
            "    - type: static-wasm-rpc\n      target: a:b\n"
            "  a:c:\n    - type: wasm-rpc\n      target: a:c\n"
        )

    @pytest.mark.parametrize("inset", ["", "  "])
    def test_add_dependency_keeps_order_and_indentation(
        self, cli: Cli, tmp_path: Path, inset: str
    ) -> None:
        head = "".join(f"  a:{x}: {{sourceWit: w, componentWasm: {x}}}\n" for x in "bcd")
        first = (
            f"dependencies:\n  a:b:\n{inset}  - type: wasm\n{inset}    target: a:c # the first\n"
        )
        tail = "\n# about the rest\nwitDeps: []\n"
        file = tmp_path / "golem.yaml"
        file.write_text(f"components:\n{head}\n{first}{tail}")

        for of in "bc":
            assert cli("add-dependency", f"a:{of}", "--target", "a:d").status == 0

        added = f"{inset}  - type: wasm-rpc\n{inset}    target: a:d\n"
        assert file.read_text() == (f"components:\n{head}\n{first}{added}  a:c:\n{added}{tail}")

    def test_add_dependency_to_what_is_not_written_by_lines(self, cli: Cli, shop: App) -> None:
        before = (shop.root / "golem.yaml").read_text()

        done = cli("add-dependency", "t:stock", "--target", "t:cart")

        assert done.status == 2
        assert "by hand" in done.err
        assert (shop.root / "golem.yaml").read_text() == before

    def test_custom(self, cli: Cli, shop: App) -> None:
        document = json.loads((shop.root / "golem.yaml").read_text())
        command = f"{json.dumps(sys.executable)} -c \"print('hello')\""
        commands = {"customCommands": {"greet": [{"command": command}]}}
        shop.write("golem.yaml", json.dumps(document | commands))

        assert "hello" in cli("custom", "greet").out
        wrong = cli("custom", "gret")
        assert (wrong.status, "did you mean `greet`?" in wrong.err) == (2, True)

    def test_custom_in_a_components_folder_is_about_it(self, cli: Cli, shop: App) -> None:
        both = application_in_folders(shop)
        for name in ("cart", "stock"):
            command = f"{json.dumps(sys.executable)} -c \"print('hello {name}')\""
            edit(App(both / name), _with_command(f"t:{name}", command))

        assert "hello cart" in cli("custom", "build").out, "a built-in name is a name"
        with inside(both / "stock"):
            done = cli("custom", "build")
            told = cli("custom")

        assert ("hello stock" in done.out, "hello cart" in done.out) == (True, False)
        assert (told.status, "there is build" in told.err) == (2, True)

    def test_a_port_that_is_taken(self, cli: Cli, shop: App) -> None:
        cli("build")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = cli("serve", "--port", str(taken.getsockname()[1]))

        assert (done.status, "`--port 0` picks a free one" in done.err) == (2, True)

    def test_doctor(self, cli: Cli) -> None:
        done = cli("doctor")

        assert done.status == 0
        assert "componentize-py" in done.out


def application_in_folders(app: App) -> Path:
    """The same application with a manifest for each component."""
    document = json.loads((app.root / "golem.yaml").read_text())
    components = document.pop("components")
    template(document).update(
        sourceWit="wit", generatedWit="wit-generated",
        componentWasm="../out/{{ component_name | split(':') | last }}.wasm",
    )  # fmt: skip
    del template(document)["build"][0]["dir"]
    app.write("golem.yaml", json.dumps(document, indent=1))
    for name, value in components.items():
        inner = {"components": {name: value}}
        app.write(f"{name.partition(':')[2]}/golem.yaml", json.dumps(inner, indent=1))
    return app.root


def _with_command(name: str, command: str) -> Callable[[dict[str, Any]], object]:
    commands = {"build": [{"command": command}]}
    return lambda document: document["components"][name].update(customCommands=commands)


def edit(app: App, change: Callable[[dict[str, Any]], object]) -> Path:
    document = json.loads((app.root / "golem.yaml").read_text())
    change(document)
    return app.write("golem.yaml", json.dumps(document, indent=1))


def template(document: dict[str, Any]) -> dict[str, Any]:
    found = document["templates"]["stand-in"]
    assert isinstance(found, dict)
    return found


# What a newcomer does, and the words that help.
MISTAKES: dict[str, tuple[Callable[[App], object], str]] = {
    "no golem.yaml": (lambda a: (a.root / "golem.yaml").unlink(), "`witgen init DIR`"),
    "golem.yml": (
        lambda a: (a.root / "golem.yaml").rename(a.root / "golem.yml"),
        "rename it to `golem.yaml`",
    ),
    "dependencies without dashes": (
        lambda a: edit(
            a,
            lambda d: d["dependencies"].update({"t:cart": {"type": "wasm", "target": "t:stock"}}),
        ),
        "begins with a dash",
    ),
    "dependencies below components": (
        lambda a: edit(a, lambda d: d["components"].update(dependencies=d.pop("dependencies"))),
        "at the left edge, like `components:`",
    ),
    "a target without its namespace": (
        lambda a: edit(a, lambda d: d["dependencies"]["t:cart"][0].update(target="stock")),
        "did you mean `t:stock`?",
    ),
    "a mistake in Python, said above a stack of Rust": (
        lambda a: a.write(
            "tool.py",
            "print('AttributeError: no attribute Api')\nprint('Stack backtrace:')\n"
            "for n in range(99): print(f'  {n}: f\\n             at /x.c:{n}')\nraise SystemExit(1)",
        ),
        "AttributeError: no attribute Api",
    ),
    "a wrong target": (
        lambda a: edit(a, lambda d: d["dependencies"]["t:cart"][0].update(target="t:stok")),
        "did you mean `t:stock`?",
    ),
    "a wrong type": (
        lambda a: edit(a, lambda d: d["dependencies"]["t:cart"][0].update(type="wasm_rpc")),
        "did you mean `wasm-rpc`?",
    ),
    "a key in snake case": (
        lambda a: edit(a, lambda d: template(d).update(source_wit="wit")),
        "did you mean `sourceWit`?",
    ),
    "a package as a path": (
        lambda a: edit(a, lambda d: template(d).update(sourceWit="{{ component_name }}/wit")),
        "did you mean `stock/wit`?",
    ),
    "no WIT where it should be": (
        lambda a: (a.root / "stock/wit").rename(a.root / "stock/wits"),
        "did you mean `stock/wits`?",
    ),
    "broken WIT": (
        lambda a: a.write("stock/wit/stock.wit", "package t:stock; interface api { f: fun(); }"),
        "stock/wit/stock.wit:1:",
    ),
    "missing deps": (
        lambda a: a.write(
            "stock/wit/stock.wit", "package t:stock; world stock { export other:pkg/api; }"
        ),
        "other:pkg",
    ),
    "a world that exports nothing": (
        lambda a: a.write("stock/wit/stock.wit", "package t:stock; world stock {}"),
        "exports nothing",
    ),
    "two worlds": (
        lambda a: a.write("stock/wit/stock.wit", wit("stock") + "world another { export api; }\n"),
        "another",
    ),
    "a caller without a world": (
        lambda a: a.write("cart/wit/cart.wit", "package t:cart; interface i {}"),
        "no world",
    ),
    "a function that cannot travel": (
        lambda a: a.write("stock/wit/stock.wit", wit("stock", "f: func() -> stream<u8>;")),
        "--skip-unsupported",
    ),
    "a program that is not installed": (
        lambda a: edit(a, lambda d: template(d)["build"][0].update(command="componentise-py x")),
        "program `componentise-py` not found",
    ),
    "a command for a shell": (
        lambda a: edit(a, lambda d: template(d)["build"][0].update(command="a | b")),
        "sh -c",
    ),
    "a command that makes nothing": (
        lambda a: a.write("tool.py", "pass"),
        "the `componentWasm` of `t:stock`",
    ),
    "a command that makes a core module": (
        lambda a: a.write(
            "tool.py",
            "import sys,os\nos.makedirs('../out', exist_ok=True)\n"
            "open(sys.argv[1], 'wb').write(b'\\0asm\\1\\0\\0\\0')",
        ),
        "wasm-tools component new",
    ),
    "a folder of a command": (
        lambda a: edit(a, lambda d: template(d)["build"][0].update(dir="nowhere")),
        "where a command runs, does not exist",
    ),
    "a component that is not built": (
        lambda a: edit(a, lambda d: template(d).pop("build")),
        "it has no `build` commands, so the file must already exist",
    ),
    "two components of one name": (
        lambda a: a.write(
            "other/golem.yaml", "components: {t:cart: {sourceWit: w, componentWasm: x}}"
        ),
        "duplicate component `t:cart`",
    ),
    "two targets of one package": (
        lambda a: (
            a.write("twin/wit/twin.wit", wit("stock")),
            a.write("twin/src/code.txt", "x"),
            edit(a, lambda d: d["components"].update({"t:twin": {"template": "stand-in"}})),
            edit(
                a,
                lambda d: d["dependencies"]["t:cart"].append(
                    {"type": "wasm-rpc", "target": "t:twin"}
                ),
            ),
        ),
        "its own package",
    ),
    "a folder of one's own as generatedWit": (
        lambda a: a.write("cart/wit-generated/cart.wit", "package mine:own;"),
        "was not generated by witgen",
    ),
    "other packages in deps": (
        lambda a: a.write(
            "cart/wit/deps/t-stock-client/client.wit", "package t:stock-client; interface x {}"
        ),
        "t:stock-client",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_says_what_to_do(cli: Cli, shop: App, mistake: str) -> None:
    make, said = MISTAKES[mistake]
    make(shop)

    done = cli("build")

    assert done.status in {1, 2}
    assert said in done.err
    assert "internal error" not in done.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("build", "--step", "link"), "it is called `compose` here"),
        (("build", "--step", "generat"), "did you mean `generate`?"),
        (("build", "t:crat"), "did you mean `t:cart`?"),
        (("build", "--manifest", "golm.yaml"), "did you mean `golem.yaml`?"),
        (("build", "--profile", "release"), "there is no profile `release`"),
        (("buld",), "did you mean `build`?"),
        (("run", "t:crat", "t:cart/api.{f}"), "did you mean `t:cart`?"),
        (("run", "cart", "t:cart/api.{f}"), "did you mean `t:cart`?"),
        (("run", "t:cart", "t:cart/api.{f}"), "build the application with `witgen build`"),
        (("add-dependency", "t:cart"), "--target"),
        (("init", "x", "--template", "existing-component"), "--component"),
    ],
)
def test_a_slip_on_the_command_line_has_a_hint(
    cli: Cli, shop: App, args: tuple[str, ...], said: str
) -> None:
    done = cli(*args)

    assert done.status == 2
    assert said in done.err
