"""The reference implementation side by side, where `wac` is on the PATH.

Both make programs that give the values that are computed here; where one refuses, the page on written
compositions says why.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from component_parts import (
    API_PLUG,
    SOCKET,
    TYPES_PLUG,
    adder,
    caller,
    check_valid,
    part,
    run,
)
from wac_graphs import graph_packages, graph_text
from wac_parts import LIBRARY, X, Y, arithmetic, compose_text, wit, world_of

from witgen.compose import compose
from witgen.compose.check import types_only
from witgen.diagnostics import ComposeError
from witgen.wac import Dependency, wac_composition

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("wac") is None, reason="wac is not installed"),
]
VERSIONS = ("1.0.0", "1.0.3", "1.2.0")


def wac(*arguments: str, folder: Path) -> tuple[bytes | None, str]:
    """(what wac makes, None where it refuses; what it says)."""
    done = subprocess.run(["wac", *arguments], cwd=folder, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None, done.stderr.decode()


def write_packages(packages: dict[str, bytes], folder: Path) -> None:
    """Packages where wac looks for them."""
    for name, data in packages.items():
        file = folder / "deps" / f"{name.replace(':', '/')}.wasm"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def text(random_: random.Random) -> tuple[str, int]:
    """A composition of adders, and what its `go` answers."""
    lines = ["package t:app;"]
    adders = [f"x{number}" for number in range(random_.randint(1, 4))]
    chains = [f"y{number}" for number in range(random_.randint(1, 6))]
    lines += [f"let {name} = new t:add {{}};" for name in adders]
    for chain in chains:
        name = random_.choice(adders)
        spelled = random_.choice(
            [f"...{name}", f"x: {name}.x", f'"{X}": {name}["{X}"]', f"x: ({name}).x"]
        )
        lines.append(f"let {chain} = new t:chain {{ {spelled} }};")
    first, second = random_.choice(adders), random_.choice(chains)
    arguments = [f"x: {first}.x", random_.choice([f"...{second}", f'"{Y}": {second}.y'])]
    lines.append(f"let c = new t:caller {{ {', '.join(arguments)} }};")
    lines.append(random_.choice(["export c.go;", "export c...;", 'export c["go"];']))
    return "\n".join(lines), (1 + 10) + (1 + 10 + 100)


@pytest.mark.parametrize("seed", range(4))
def test_texts_make_the_same_programs(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 -- cases, not secrets
    write_packages(arithmetic(), tmp_path)
    for _ in range(125):
        source, expected = text(random_)
        (tmp_path / "app.wac").write_text(source)
        theirs, said = wac("compose", "app.wac", folder=tmp_path)

        assert theirs is not None, f"{said}\n{source}"
        assert run(theirs) == expected, source
        assert run(compose_text(source, arithmetic())) == expected, source


@pytest.mark.parametrize("seed", range(4))
def test_texts_of_shared_types_differ_only_as_documented(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed + 20)  # noqa: S311 -- cases, not secrets
    # By its own name: wac merges imports of one interface, whatever they are called.
    own = Dependency("t:t", wit(LIBRARY.replace("package t:lib", "package t:t")), "t.wasm")
    packages = [*(given for given in graph_packages() if given.name != own.name), own]
    write_packages({given.name: bytes(given.data) for given in packages}, tmp_path)
    for _ in range(125):
        source = graph_text(random_)
        (tmp_path / "app.wac").write_text(source)
        theirs, said = wac("compose", "app.wac", folder=tmp_path)
        try:
            ours = b"".join(wac_composition(source, packages).pieces())
        except ComposeError as error:
            # A type of an instance that is not exported, beside an equal one of another instance.
            codes = {found.code for found in error.diagnostics}
            assert theirs is None or codes == {"CMP3018"}, source
            continue
        check_valid(ours)
        if theirs is None:
            assert "failed validation" in said, f"{said}\n{source}"
            continue
        mine, other = world_of(ours), world_of(theirs)
        # Types of an instance that is not exported, beside equal ones of another instance.
        types = mine.imports.keys() - other.imports.keys()
        assert all(types_only(mine.imports[name]) for name in types), source
        assert mine.imports.keys() - types == other.imports.keys(), source
        assert mine.exports.keys() == other.exports.keys(), source


def plugs_and_socket(random_: random.Random) -> tuple[list[bytes], bytes, int]:
    """A plug graph with versions, half of them with types and a resource; and what `go` answers."""
    if random_.random() < 0.5:
        socket, *plugs = (
            part(text.replace("a:b/types@1.0.0", f"a:b/types@{random_.choice(VERSIONS)}"))
            for text in (SOCKET, API_PLUG, TYPES_PLUG)
        )
        random_.shuffle(plugs)
        return plugs, socket, 3 + 4 + 100
    count = random_.randint(1, 5)
    plugs = [adder(f"a:b/p{n}@{random_.choice(VERSIONS)}", 2**n) for n in range(count)]
    wanted = [f"a:b/p{n}@{random_.choice(VERSIONS)}" for n in range(count)]
    return plugs, caller(*wanted), count + 2**count - 1


def test_plugs_make_the_same_programs(tmp_path: Path) -> None:
    random_ = random.Random(7)  # noqa: S311 -- cases, not secrets
    made = 0
    for _ in range(60):
        plugs, socket, expected = plugs_and_socket(random_)
        (tmp_path / "socket.wasm").write_bytes(socket)
        options = []
        for number, plug in enumerate(plugs):
            (tmp_path / f"plug{number}.wasm").write_bytes(plug)
            options += ["--plug", f"plug{number}.wasm"]
        ours = compose(socket, plugs)
        theirs, _said = wac("plug", *options, "socket.wasm", folder=tmp_path)

        check_valid(ours)
        assert run(ours) == expected
        # Plugs of wac are not plugged into each other: what needs that stays open there.
        if theirs is not None and not world_of(theirs).imports:
            made += 1
            assert run(theirs) == expected
    assert made > 0


@pytest.mark.parametrize(
    "source",
    [
        "package t:app; export new t:chain {}.y;",
        "package t:app; let x = new t:add {}; export x;",
        "package t:app; export y;",
    ],
)
def test_both_refuse(tmp_path: Path, source: str) -> None:
    write_packages(arithmetic(), tmp_path)
    (tmp_path / "app.wac").write_text(source)

    assert wac("compose", "app.wac", folder=tmp_path)[0] is None
    with pytest.raises(ComposeError):
        compose_text(source, arithmetic())
