"""Guests in Python are checked before componentize-py starts; what would work is never rejected."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from application import App, Heard

from witgen.app.building import run
from witgen.app.plan import Task
from witgen.app.python.check import Guest, check
from witgen.app.python.invocation import TOOL, faults, invocation
from witgen.app.python.said import failure
from witgen.app.scaffold import scaffold
from witgen.diagnostics import Diagnostic
from witgen.diagnostics.render import render_text

# As `componentize-py bindings` writes them.
BINDINGS = {
    "wit_world/__init__.py": "class WitWorld(Protocol):\n    pass\n",
    "wit_world/exports/__init__.py": """\
class Api(Protocol):
    @abstractmethod
    def add(self, by: int) -> int:
        raise NotImplementedError
    @abstractmethod
    async def wait(self) -> None:
        raise NotImplementedError
""",
    "wit_world/exports/api.py": "class Item:\n    name: str\n",
    "wit_world/imports/__init__.py": "",
    "wit_world/imports/cart_client.py": "class Api:\n    pass\n",
}
GOOD = """\
class Api:
    def add(self, by): return by
    async def wait(self): pass
"""
BASKET = """\
class Basket(Protocol):
    def __init__(self, owner: str) -> None: ...
    @classmethod
    def many(cls, count: int) -> List[Self]: ...
"""


def nothing() -> Sequence[Path]:
    return ()


Checked = Callable[..., str]


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """What is said of modules, by name."""
    monkeypatch.chdir(tmp_path)

    def run(
        modules: dict[str, str],
        bindings: dict[str, str] | None = None,
        installed: Callable[[], Sequence[Path] | None] = nothing,
    ) -> str:
        for folder, files in (
            ("bindings", BINDINGS | (bindings or {})),
            ("src", {f"{name}.py": text for name, text in modules.items()}),
        ):
            for name, text in files.items():
                path = tmp_path / folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        guest = Guest("app", (Path("src"),), Path("bindings"), "wit_world", installed)
        return told(check(guest))

    return run


def told(found: Sequence[Diagnostic]) -> str:
    return render_text(found)


class TestRejected:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "class Api\n",
                "error[APP4106]: this is not valid Python: expected ':'\n --> src/app.py:1:10\n",
            ),
            (
                "import requestz\n" + GOOD,
                "error[APP4107]: there is no module `requestz`\n --> src/app.py:1:8\n",
            ),
            (
                "import jsn\n" + GOOD,
                "help: did you mean `json`?",
            ),
            (
                "from typing import Lisst\n" + GOOD,
                "error[APP4107]: `typing` has no `Lisst`\n --> src/app.py:1:20\n",
            ),
            ("from json.decoder import JSONDecodeEror\n" + GOOD, "did you mean `JSONDecodeError`?"),
            (
                "import os.pth\n" + GOOD,
                "error[APP4107]: there is no module `os.pth`\n --> src/app.py:1:8\n",
            ),
            ("import xml.etree.ElmentTree as E\n" + GOOD, "did you mean `ElementTree`?"),
            (
                "from . import helper\n" + GOOD,
                "error[APP4107]: `app` is in no package: `.` leads nowhere\n --> src/app.py:1:6\n",
            ),
            ("from .helper import help\n" + GOOD, "help: write `from helper import …`"),
            (
                "from wit_world.imports import card_client\n" + GOOD,
                "error[APP4107]: `wit_world.imports` has no `card_client`\n --> src/app.py:1:31\n",
            ),
            ("from wit_world.imports import card_client\n" + GOOD, "did you mean `cart_client`?"),
            (
                "from wit_world.imports.card_client import Api as C\n" + GOOD,
                "there is no module `wit_world.imports.card_client`",
            ),
            (
                "from wit_world.imports.cart_client import Apy\n" + GOOD,
                "`wit_world.imports.cart_client` has no `Apy`",
            ),
            ("import helper\n" + GOOD, "error[APP4107]: there is no module `nowhere`"),
            ("from helper import hlp\n" + GOOD, "error[APP4107]: `helper` has no `hlp`"),
            ("from helper import hlp\n" + GOOD, "did you mean `help`?"),
            ("x = 1\n", "error[APP4108]: the module `app` has no class `Api`\n --> src/app.py\n"),
            (
                GOOD.replace("Api", "Apy"),
                (
                    "1 | class Apy:\n  |       ^^^ did you mean `Api`?\n  = help: the world asks for"
                    " `class Api`\n  = help: with `def add(self, by: int) -> int`\n"
                ),
            ),
            (
                GOOD.replace("add", "ad"),
                (
                    "error[APP4109]: the class `Api` has no function `add`\n --> src/app.py:2:9\n  |\n"
                    "2 |     def ad(self, by): return by\n  |         ^^ did you mean this?\n"
                    "  = help: the WIT asks for `def add(self, by: int) -> int`\n"
                ),
            ),
            (
                "class Api:\n    async def wait(self): pass\n",
                "error[APP4109]: the class `Api` has no function `add`\n --> src/app.py:1:7\n",
            ),
            (
                "from helper import Api\n",
                "error[APP4109]: the class `Api` has no function `wait`\n --> src/helper.py:4:7\n",
            ),
            (
                "from wit_world import exports\nclass Api(exports.Api):\n    def add(self, by): ...\n",
                "has no function `wait`",
            ),
            *(
                (
                    GOOD.replace("(self, by)", parameters),
                    (
                        "error[APP4110]: `Api.add` has other parameters than the WIT gives it\n"
                        " --> src/app.py:2:9\n"
                    ),
                )
                for parameters in (
                    "()",
                    "(by)",
                    "(self)",
                    "(self, by, more)",
                    "(self, by, *, more)",
                    "(self, *, by)",
                )
            ),
            (
                GOOD.replace("def add", "async def add"),
                "error[APP4110]: `Api.add` is `async`, and the function in the WIT is not",
            ),
        ],
    )
    def test_what_cannot_work(self, checked: Checked, text: str, said: str) -> None:
        helper = "import nowhere\ndef help(): pass\n\nclass Api:\n    def add(self, by): pass\n"

        assert said in checked({"app": text, "helper": helper})

    def test_a_missing_app(self, checked: Checked) -> None:
        said = checked({"apps": GOOD})

        assert "error[APP4102]: there is no module `app` to build from" in said
        assert "did you mean `apps`?" in said

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (None, "there is no module `api`, which implements the exported resource `Basket`"),
            ("class Bask: pass\n", "the module `api` has no class `Basket`"),
            (
                "class Basket:\n    @staticmethod\n    def many(count): ...\n",
                "has no function `__init__`",
            ),
            (
                (
                    "class Basket:\n    def __init__(self): ...\n    @staticmethod\n"
                    "    def many(cls, count): ...\n"
                ),
                "`Basket.many` has other parameters",
            ),
        ],
    )
    def test_a_resource_is_in_a_module_of_its_interface(
        self, checked: Checked, text: str | None, said: str
    ) -> None:
        modules = {"app": GOOD} | ({"api": text} if text else {})

        assert said in checked(modules, {"wit_world/exports/api.py": BASKET})

    def test_all_is_told_at_once(self, checked: Checked) -> None:
        text = (
            "import requestz\nclass Api:\n    def ad(self, by): ...\n    def wait(self, x): ...\n"
        )

        assert checked({"app": text}).count("error[") == 3

    def test_a_world_that_imports_nothing(self, checked: Checked, tmp_path: Path) -> None:
        checked({"app": GOOD})
        for file in (tmp_path / "bindings/wit_world/imports").iterdir():
            file.unlink()
        (tmp_path / "bindings/wit_world/imports").rmdir()
        guest = Guest("app", (Path("src"),), Path("bindings"), "wit_world", nothing)
        Path("src/app.py").write_text("from wit_world.imports import cart_client\n" + GOOD)

        assert "declare what it calls in golem.yaml" in told(check(guest))


class TestAccepted:
    @pytest.mark.parametrize(
        "text",
        [
            GOOD,
            GOOD.replace("(self, by)", "(this, amount, more=1, *rest, **named)"),
            GOOD.replace("(self, by)", "(*everything)"),
            GOOD.replace("async def wait", "def wait"),
            "class Base:\n    async def wait(self): ...\nclass Api(Base):\n    def add(self, by): ...\n",
            "from helper import Api\n",
            "from helper import *\n",
            "from helper import Made\nclass Api(Made): pass\n",
            "import helper\nclass Api(helper.Api): pass\n",
            "import helper\nApi = helper.make()\n",
            "if 1:\n    class Api:\n        def add(self, by): ...\n        def wait(self): ...\n",
            "class Api:\n    def __getattr__(self, name): ...\n",
            "class Api:\n    add = wait = None\n",
            "class Api:\n    def __init__(self):\n        self.add = self.wait = print\n",
            "class Api: pass\nApi.add = Api.wait = print\n",
            "@decorated\nclass Api: pass\n",
            "class Api(metaclass=Made): pass\n",
            (
                "import functools\nclass Api:\n    @functools.cache\n    def add(self): ...\n"
                "    def wait(self): ...\n"
            ),
            "try:\n    import nowhere\nexcept ImportError:\n    pass\n" + GOOD,
            "def f():\n    import nowhere\n" + GOOD,
            "import typing\nif typing.TYPE_CHECKING:\n    import nowhere\n" + GOOD,
            "import json, os.path, compression, annotationlib, _socket\n" + GOOD,
            "import poll_loop, componentize_py_types\nfrom componentize_py_types import Err\n"
            + GOOD,
            "from wit_world import exports\nfrom wit_world.imports import cart_client\n" + GOOD,
            "from wit_world.exports.api import Item\nimport wit_world.imports.cart_client\n" + GOOD,
            "from package import inner\nfrom package.inner import x\n" + GOOD,
            "from package import later\nfrom native import whatever\n" + GOOD,
            "globals()['Api'] = object\n",
            # Of later Pythons, of other systems, and what is not sure to be a slip.
            "from calendar import Month, JANUARY\nfrom uuid import uuid7\n" + GOOD,
            "from os import lchmod\nfrom signal import SIGCLD\nfrom json import whatever\n" + GOOD,
            "from http.server import HTTPSServer\nimport pathlib.types, string.templatelib\n"
            + GOOD,
            "from importlib import resources\nfrom xml.etree import ElementTree\n" + GOOD,
            "import xml.etree.ElementTree, concurrent.futures\nfrom os.path import join\n" + GOOD,
            "try:\n    from typing import Lisst\nexcept ImportError:\n    pass\n" + GOOD,
            "import typing\nif typing.TYPE_CHECKING:\n    from typing import Lisst\n" + GOOD,
            "def f():\n    from . import helper\n" + GOOD,
            "# -*- coding: latin-1 -*-\n" + GOOD,
            '"\\d"\n' + GOOD,
        ],
    )
    @pytest.mark.filterwarnings("error")
    def test_what_works(self, checked: Checked, tmp_path: Path, text: str) -> None:
        helper = GOOD + "from elsewhere import *\nclass Made(Other): pass\ndef make(): return Api\n"
        package = "def __getattr__(name): ...\n"
        (tmp_path / "src").mkdir()
        (tmp_path / "src/native.cpython-314-wasm32-wasi.so").touch()

        assert "error" not in checked(
            {
                "app": text,
                "helper": helper,
                "elsewhere": "",
                "package/__init__": package,
                "package/inner": "from . import inner as x\nfrom .inner import x\n",
            }
        )

    @pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads the guest's")
    @pytest.mark.parametrize(
        "line",
        [
            "type X = int",
            "def f[T](x: T): ...",
            "class C[T]: ...",
            "x = t'{1}'",
            """x = f'{"'"}'""",
        ],
    )
    def test_a_newer_python_is_not_judged(self, checked: Checked, line: str) -> None:
        assert checked({"app": f"{line}\n"}) == ""

    def test_installed_packages_are_found(self, checked: Checked, tmp_path: Path) -> None:
        (tmp_path / "site/requests").mkdir(parents=True)
        text = {"app": "import requests.sessions\n" + GOOD}

        assert checked(text, installed=lambda: (tmp_path / "site",)) == ""
        assert checked(text, installed=lambda: None) == ""
        assert "no module `requests" in checked(text)

    def test_a_module_of_the_guest_with_the_name_of_a_library(self, checked: Checked) -> None:
        assert (
            checked({"app": "from typing import Lisst\n" + GOOD, "typing": "Lisst = list\n"}) == ""
        )

    def test_modules_beside_witgen_are_not_run(
        self, checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "json.py").write_text("import pathlib\npathlib.Path('run').touch()\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

        assert "has no `loadz`" in checked({"app": "from json import loadz\n" + GOOD})
        assert not (tmp_path / "run").exists()

    def test_a_class_that_inherits_itself(self, checked: Checked) -> None:
        assert checked({"app": "class Api(Api): pass\n"}) == ""


class TestInvocation:
    def test_what_it_asks_for(self) -> None:
        call = invocation(
            f"{TOOL} -q -d wit -w shop --world-module bound componentize app -p src -p lib -o x.wasm"
            " -s".split(),
            Path("cart"),
        )

        assert call is not None
        assert (call.app, call.world) == ("app", "bound")
        assert call.folders == (Path("cart/src"), Path("cart/lib"))
        assert call.options == ("-q", "-d", "wit", "-w", "shop", "--world-module", "bound")

    @pytest.mark.parametrize(
        "text",
        [
            "cargo build componentize",
            f"{TOOL} bindings out",
            f"{TOOL} componentize",
            f"{TOOL} componentize app -m sdk=world",
            f"{TOOL} componentize app --intersect-world x",
            f"{TOOL} componentize app -p",
        ],
    )
    def test_others_are_left_alone(self, text: str) -> None:
        assert invocation(text.split(), Path()) is None

    def test_modules_with_worlds_of_their_own_are_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "sdk").mkdir()
        (tmp_path / "sdk/componentize-py.toml").touch()

        assert invocation([TOOL, "componentize", "app"], tmp_path) is None

    def test_the_real_bindings(self, tmp_path: Path) -> None:
        tool = Path(sys.executable).with_name(TOOL)
        (tmp_path / "wit").mkdir()
        (tmp_path / "wit/shop.wit").write_text(
            "package t:shop;\ninterface api { add: func(by: u32) -> u32; resource lot { "
            "constructor(name: string); bid: func(); } }\n"
            "world shop { export api; export hello: func(); }\n"
        )
        (tmp_path / "app.py").write_text("class Api:\n    def add(self): ...\n")
        call = invocation(f"{tool} -q -d wit componentize app".split(), tmp_path)

        assert call is not None
        found = faults(str(tool), call, tmp_path, {})

        assert sorted(one.code for one in found) == ["APP4102", "APP4108", "APP4110"]

    def test_wit_that_it_cannot_read_is_its_own_to_tell(self, tmp_path: Path) -> None:
        tool = Path(sys.executable).with_name(TOOL)
        call = invocation([str(tool), "-d", "nowhere", "componentize", "app"], tmp_path)

        assert call is not None
        assert faults(str(tool), call, tmp_path, {}) == ()


OUTPUT = """\
Traceback (most recent call last):
  File "/usr/bin/componentize-py", line 8, in <module>
    sys.exit(script())
             ^^^^^^^^
AssertionError: {said}

Caused by:
    {cause}

Stack backtrace:
   0: <anyhow::Error>::msg::<alloc::string::String>
"""
DEEP = """\
loading
Traceback (most recent call last):
  File "/0/app.py", line 1, in <module>
    import helper
  File "/0/helper.py", line 2, in load
    return json.loads("{")
  File "/python/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
json.decoder.JSONDecodeError: Expecting value: line 1
"""


class TestSaid:
    def test_the_users_frames_and_the_error_once(self, tmp_path: Path) -> None:
        (tmp_path / "app.py").write_text("import helper\n")
        (tmp_path / "helper.py").write_text('def load():\n    return json.loads("{")\n')
        output = OUTPUT.replace("{said}", DEEP).replace("{cause}", "JSONDecodeError: Expecting")

        found = failure(output, [tmp_path])

        assert found is not None
        assert found.message == "json.decoder.JSONDecodeError: Expecting value: line 1"
        assert found.place is not None
        assert Path(found.place.file).name == "helper.py"
        assert (found.place.line, found.place.column) == (2, 5)
        assert [label.place.source for label in found.labels] == ["import helper"]
        assert found.help == ("it printed: loading",)

    def test_a_call_of_an_import_while_loading(self) -> None:
        cause = "1: called trapping stub: t:cart-client/cart-client#[constructor]api"

        found = failure(OUTPUT.format(said="", cause=cause), [Path()])

        assert found is not None
        assert (
            "calls `t:cart-client/cart-client#[constructor]api` while it is loaded" in found.message
        )

    @pytest.mark.parametrize("output", ["", "killed", OUTPUT.format(said="no world", cause="")])
    def test_anything_else_is_shown_as_it_is(self, output: str) -> None:
        assert failure(output, [Path()]) is None

    def test_a_file_that_is_gone(self) -> None:
        found = failure(OUTPUT.format(said=DEEP, cause=""), [Path("gone")])

        assert found is not None
        assert found.place is not None
        assert found.place.line == 2


class TestBindings:
    def guests(self, root: Path) -> App:
        for path, data in scaffold(Path("shop"), "python", None).items():
            App(root).write(path, data)
        return App(root)

    def test_they_are_written_with_the_generated_wit(self, tmp_path: Path) -> None:
        app = self.guests(tmp_path)
        made = tmp_path / "golem-temp/bindings"

        outcome = app.build(steps=("generate",))

        assert outcome.diagnostics == []
        assert (made / "shop_caller/wit_world/imports/counter_client.py").is_file()
        assert not (made / "shop_counter/wit_world/imports").exists()
        assert app.build(steps=("generate",)).done == {}
        wit = (tmp_path / "counter/wit/counter.wit").read_text()
        app.write("counter/wit/counter.wit", wit.replace("add:", "reset: func();\n  add:"))
        assert "bindings shop:caller" in app.build(steps=("generate",)).done
        client = made / "shop_caller/wit_world/imports/counter_client.py"
        assert "def blocking_reset(self)" in client.read_text()

    def test_a_fresh_checkout_without_them_is_up_to_date(self, tmp_path: Path) -> None:
        app = self.guests(tmp_path)
        app.build(steps=("generate",))
        shutil.rmtree(tmp_path / "golem-temp")

        assert app.build(steps=("generate",), check=True).done == {}

    @pytest.mark.parametrize("fault", ["no tool", "no folder", "a wrong option"])
    def test_nothing_depends_on_them(self, tmp_path: Path, fault: str) -> None:
        app = self.guests(tmp_path)
        text = (tmp_path / "golem.yaml").read_text()
        old, new = {
            "no tool": ("componentize-py", "nowhere/componentize-py"),
            "no folder": ("dir: \"{{ component_name | split(':') | last }}\"", "dir: nowhere"),
            "a wrong option": ("-d wit-generated", "-d nowhere"),
        }[fault]
        assert old in text
        app.write("golem.yaml", text.replace(old, new))

        assert app.build(steps=("generate",)).diagnostics == []


# What stands in for componentize-py: that of the component `slow` waits until others are told of.
TOOL_STAND_IN = f"""#!{sys.executable}
import pathlib, sys, time
if "bindings" in sys.argv:
    world = pathlib.Path(sys.argv[-1], "wit_world")
    world.mkdir(parents=True)
    (world / "__init__.py").write_text("class WitWorld(Protocol):\\n    pass\\n")
    sys.exit()
end = time.monotonic() + 30
while pathlib.Path.cwd().name == "slow" and not pathlib.Path("../told").exists():
    if time.monotonic() > end:
        sys.exit("nobody was told of anything")
    time.sleep(0.01)
out = pathlib.Path(sys.argv[-1])
out.parent.mkdir(exist_ok=True)
out.write_bytes(b"\\0asm\\x0d\\0\\x01\\0")
"""


@dataclass
class Telling(Heard):
    """Notes in a file that something failed."""

    file: Path = Path()

    def ends(self, task: Task, *, failed: bool, found: Sequence[Diagnostic]) -> None:
        super().ends(task, failed=failed, found=found)
        if failed:
            self.file.touch()


class TestEarly:
    def guests(self, root: Path) -> App:
        app = App(root)
        app.write("componentize-py", TOOL_STAND_IN).chmod(0o755)
        components = {}
        for name in ("slow", "typo"):
            app.write(f"{name}/app.py", "")
            app.write(f"{name}/wit/{name}.wit", f"package t:{name};\nworld {name} {{}}\n")
            tool = f"../componentize-py -d wit componentize app -o ../out/{name}.wasm"
            components[f"t:{name}"] = {
                "sourceWit": f"{name}/wit",
                "componentWasm": f"out/{name}.wasm",
                "build": [{"command": tool, "dir": name, "sources": ["*.py"]}],
            }
        app.write("golem.yaml", json.dumps({"components": components}))
        return app

    def test_it_does_not_wait_for_other_builds(self, tmp_path: Path) -> None:
        app = self.guests(tmp_path)
        app.write("typo/app.py", "def f(:\n")

        _, outcome = run(app.request(jobs=1), Telling(file=tmp_path / "told"))

        assert [one.code for one in outcome.diagnostics] == ["APP4106"]
        assert (tmp_path / "out/slow.wasm").is_file()

    def test_what_is_undone_is_as_it_was_built(self, tmp_path: Path) -> None:
        app = self.guests(tmp_path)
        app.write("told", "")
        assert app.build().diagnostics == []

        app.write("typo/app.py", "def f(:\n")
        assert [one.code for one in app.build().diagnostics] == ["APP4106"]
        assert "build t:typo 1" in app.build(check=True).done
        app.write("typo/app.py", "")

        assert app.build(check=True).done == {}
        assert app.build().done == {}
