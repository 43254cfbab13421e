"""Types that are defined in the result instead of being imported."""

from __future__ import annotations

import random

import pytest
from component_parts import check_valid, part, run
from refusals import refused
from wac_parts import dummy, wit, world_of

from witgen.compose import LeftOpen, compose, composition
from witgen.wac import Dependency, wac_composition

TYPES = """(import "a:b/types@VERSION" (instance $t
  (type $r (record (field "x" u32))) (export "pair" (type (eq $r)))))
 (alias export $t "pair" (type $pair))"""
FACE = """(instance $a (alias outer 1 $pair (type $o)) (export "pair" (type $p (eq $o)))
  (export "use" (func (param "it" $p) (result u32))))"""
SOCKET = f"""{TYPES} (import "a:b/api" {FACE})
 (core func $use (canon lower (func $a "use")))
 (core module $m (import "" "use" (func $use (param i32) (result i32)))
   (func (export "go") (result i32) (call $use (i32.const 42))))
 (core instance $i (instantiate $m (with "" (instance (export "use" (func $use))))))
 (func $go (result u32) (canon lift (core func $i "go")))
 (export "go" (func $go))"""
PLUG = f"""{TYPES}
 (core module $m (func (export "use") (param i32) (result i32) local.get 0))
 (core instance $i (instantiate $m))
 (func $use (param "it" $pair) (result u32) (canon lift (core func $i "use")))
 (component $shim
   (type $r (record (field "x" u32))) (import "pair" (type $pair (eq $r)))
   (import "use" (func $use (param "it" $pair) (result u32)))
   (export $p "pair" (type $pair))
   (export "use" (func $use) (func (param "it" $p) (result u32))))
 (instance $e (instantiate $shim (with "pair" (type $pair)) (with "use" (func $use))))
 (export "a:b/api" (instance $e))"""
WIT = """package t:t;
interface first { enum tint { red, blue } record dot { tint: tint } }
interface second { use first.{dot as point}; record line { ends: list<point> } }
interface owner { resource thing; free: func(); }
interface owning { use owner.{thing}; record owned { it: thing } }
interface api { use second.{line}; draw: func(it: line) -> bool; }
interface keep { use owning.{owned}; keep: func(it: owned); }
interface paint { use first.{tint}; paint: func() -> tint; }
world plug { export api; }
world paints { export paint; }
world socket { import api; export go: func(); }
world plain { use second.{line}; export draw: func(it: line); }
world both { import api; export api; }
world holds { export keep; }
"""


def sockets(*versions: str) -> list[bytes]:
    texts = (SOCKET, PLUG)
    return [part(text.replace("VERSION", v)) for text, v in zip(texts, versions, strict=True)]


@pytest.mark.parametrize(
    ("versions", "imported"),
    [
        (("1.0.0", "1.0.0"), ["1.0.0"]),
        (("1.0.0", "1.2.0"), ["1.2.0"]),
        (("1.0.0", "2.0.0"), ["1.0.0", "2.0.0"]),
    ],
)
def test_types_that_only_parts_share_are_defined(
    versions: tuple[str, str], imported: list[str]
) -> None:
    socket, plug = sockets(*versions)

    out = compose(socket, [plug], define_types=True)

    check_valid(out)
    assert list(world_of(compose(socket, [plug])).imports) == [
        f"a:b/types@{version}" for version in imported
    ]
    assert not world_of(out).imports
    assert run(out) == 42
    assert out == compose(socket, [plug], define_types=True)


@pytest.mark.parametrize(
    ("world", "plugs", "imports", "left"),
    [
        ("socket", ("plug",), ["first", "second"], []),
        ("socket", (), ["first", "second", "api"], ["first", "second", "api"]),
        ("plug", (), ["first", "second"], ["first", "second"]),
        ("paints", (), ["first"], []),
        ("plain", (), ["first", "second", "line"], ["first", "second", "line"]),
        ("both", (), ["first", "second", "api"], ["first", "second", "api"]),
        ("holds", (), ["owner", "owning"], ["owner", "owning"]),
    ],
)
def test_what_imports_and_exports_need_stays_imported(
    world: str, plugs: tuple[str, ...], imports: list[str], left: list[str]
) -> None:
    parts = [dummy(name, WIT) for name in (world, *plugs)]

    before, after = (compose(parts[0], parts[1:], define_types=define) for define in (False, True))

    check_valid(after)
    for data, wanted in ((before, imports), (after, left)):
        found = [name.removeprefix("t:t/") for name in world_of(data).imports]
        assert found == wanted, found
    assert world_of(before).exports.keys() == world_of(after).exports.keys()


def test_what_is_left_open_on_request_stays_imported() -> None:
    socket, plug = sockets("1.0.0", "2.0.0")
    left = [LeftOpen("a:b/types@2.0.0")]

    out = compose(socket, [plug], leave_open=left, define_types=True)

    check_valid(out)
    assert list(world_of(out).imports) == ["a:b/types@2.0.0"]


def test_what_differs_is_told_as_before() -> None:
    socket, _ = sockets("1.0.0", "1.0.0")
    other = part(PLUG.replace("VERSION", "1.0.0").replace('"x" u32', '"x" s32'))

    before, after = (refused(socket, [other], define_types=define) for define in (False, True))

    assert [d.code for d in before] == ["CMP3017"]
    assert [d.message for d in before] == [d.message for d in after]


def test_a_plan_lists_who_defines_the_types() -> None:
    socket, plug = sockets("1.0.0", "1.0.0")

    plan = composition(socket, [plug], define_types=True).plan()

    assert plan.parts[-1].name == "types of a:b/types@1.0.0"
    assert ("types of a:b/types@1.0.0", "plug") in {(w.supplier, w.consumer) for w in plan.wires}
    assert not plan.imports


def test_a_text_keeps_what_it_imports_itself() -> None:
    packages = [Dependency(f"t:{name}", dummy(name, WIT), name) for name in ("socket", "plug")]
    packages.append(Dependency("t:t", wit(WIT), "wit"))
    given = "first, ", ""
    made = [
        wac_composition(
            f"""package t:app; {first and "import first: t:t/first;"}
            let p = new t:plug {{ {first}... }}; export new t:socket {{ ...p, {first}... }}.go;""",
            packages,
            define_types=True,
        )
        for first in given
    ]

    for found, imports in zip(made, (["t:t/first"], []), strict=True):
        out = b"".join(found.pieces())
        check_valid(out)
        assert list(world_of(out).imports) == imports


def worlds(random_: random.Random) -> str:
    """Interfaces that use types of each other, a plug that exports some and a socket of any."""
    lines = ["package t:t;"]
    count = random_.randint(2, 5)
    types: list[str] = []
    for n in range(count):
        used = {name: random_.choice(["u8", name]) for name in types if random_.random() < 0.5}
        uses = [f"use i{name[1:]}.{{{name}}};" for name in used if used[name] == name]
        fields = ", ".join(f"f{k}: list<{type}>" for k, type in enumerate(["u8", *used.values()]))
        function = f"f: func(x: t{n}) -> t{n};" if random_.random() < 0.5 else ""
        lines.append(f"interface i{n} {{ {' '.join(uses)} record t{n} {{ {fields} }} {function} }}")
        types.append(f"t{n}")
    faces = [f"i{n};" for n in range(count)]
    plugged = random_.choice([faces, [random_.choice(faces)]])
    lines.append(f"world plug {{ {' '.join(f'export {face}' for face in plugged)} }}")
    exported = random_.choice([[], [random_.choice(faces)]])
    lines.append(
        f"world socket {{ {' '.join(f'import {face}' for face in faces)} "
        f"{' '.join(f'export {face}' for face in exported)} export go: func(); }}"
    )
    return "\n".join(lines)


def compose_worlds(seed: int, rounds: int) -> None:
    random_ = random.Random(seed)  # noqa: S311 -- cases, not secrets
    fewer = 0
    for _ in range(rounds):
        text = worlds(random_)
        parts = [dummy(world, text) for world in ("socket", "plug")]
        before, after = (
            composition(parts[0], parts[1:], define_types=define, refuse_unused=False)
            for define in (False, True)
        )
        out = b"".join(after.pieces())
        check_valid(out)
        assert before.plan().exports == after.plan().exports, text
        old, new = ({item.name for item in made.plan().imports} for made in (before, after))
        assert old >= new, text
        assert len(after.graph.nodes) - len(before.graph.nodes) == len(old - new), text
        fewer += old > new
    assert fewer


def test_random_worlds_stay_valid() -> None:
    compose_worlds(1, 12)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many_random_worlds_stay_valid(seed: int) -> None:
    compose_worlds(seed + 40, 150)
