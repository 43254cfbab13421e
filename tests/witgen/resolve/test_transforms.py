"""Worlds chosen, turned round, and cut out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from oracle import binary

from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve.document import to_dict
from witgen.resolve.importize import importize
from witgen.resolve.printer import to_wit
from witgen.resolve.prune import only_world
from witgen.resolve.select import select_world

TEXT = """\
package a:b@1.0.0;

interface types { record point { x: s32, y: s32 } }
interface deep { use types.{point}; resource shape { at: func() -> point; } }
interface api { use deep.{shape}; draw: func(s: borrow<shape>) -> list<option<string>>; }
interface other { f: func(); }

world app {
  import other;
  import log: func(text: string);
  use types.{point};
  resource local;
  export api;
  export run: func(p: point) -> local;
  export inline: interface { use types.{point}; g: func() -> point; }
}
world small { import other; }
"""


def oracle_importized(text: str, world: str, folder: Path) -> object:
    (folder / "a.wit").write_text(text)
    done = subprocess.run(
        [binary() or "", "component", "wit", "a.wit", "--json", "--importize-world", world],
        cwd=folder,
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("world", ["app", "small"])
def test_turning_a_world_round_gives_the_document_of_the_reference(
    world: str, tmp_path: Path
) -> None:
    resolve = load_texts({"a.wit": TEXT})

    turned = importize(resolve, select_world(resolve, world))

    assert to_dict(turned) == oracle_importized(TEXT, world, tmp_path)


def test_the_turned_world_can_have_a_name() -> None:
    resolve = load_texts({"a.wit": TEXT})

    turned = importize(resolve, select_world(resolve, "app"), "caller")

    assert list(turned.packages[turned.root].worlds) == ["small", "caller"]
    assert turned.worlds[turned.packages[turned.root].worlds["caller"]].exports == {}


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("small", TEXT, "RES1085"),
        (None, "package a:b; world app { resource run; export run: func(); }", "RES1084"),
    ],
)
def test_what_cannot_be_turned_round(name: str | None, text: str, code: str) -> None:
    resolve = load_texts({"a.wit": text})

    with pytest.raises(WitError) as caught:
        importize(resolve, select_world(resolve, "app"), name)

    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_world_is_cut_out_with_what_it_needs() -> None:
    resolve = load_texts({"a.wit": TEXT})

    small = only_world(resolve, select_world(resolve, "small"))

    assert to_dict(small) == to_dict(
        load_texts(
            {
                "a.wit": "package a:b@1.0.0; interface other { f: func(); } world small { import other; }"
            }
        )
    )


def test_a_world_that_was_cut_out_loads_to_the_same_document() -> None:
    resolve = load_texts({"a.wit": TEXT})

    app = only_world(resolve, select_world(resolve, "app"))

    assert to_dict(load_texts({"a.wit": to_wit(app)})) == to_dict(app)


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        (None, "RES1082", "name one of them"),
        ("ap", "RES1083", "did you mean `app`?"),
        ("app@1.0.0", "RES1083", "did you mean `a:b/app@1.0.0`?"),
        ("a:b/ap", "RES1083", "did you mean `a:b/app`?"),
        ("a:b/app@1.0.1", "RES1083", "did you mean `a:b/app@1.0.0`?"),
        ("other:package/app", "RES1083", "worlds of `a:b@1.0.0`: `app`, `small`"),
        ("", "RES1083", "worlds of `a:b@1.0.0`: `app`, `small`"),
        ("zzz", "RES1083", "worlds of `a:b@1.0.0`: `app`, `small`"),
    ],
)
def test_a_world_that_is_not_there(name: str | None, code: str, hint: str) -> None:
    resolve = load_texts({"a.wit": TEXT})

    with pytest.raises(WitError) as caught:
        select_world(resolve, name)

    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.help) == (code, (hint,))


def test_a_world_is_chosen_by_name_by_path_or_because_it_is_the_only_one() -> None:
    resolve = load_texts({"a.wit": TEXT})
    single = load_texts({"a.wit": "package a:b; world w {}"})

    assert resolve.worlds[select_world(resolve, "small")].name == "small"
    for name in ("a:b/app@1.0.0", "a:b/app", "%a:%b/%app", "%app"):
        assert resolve.worlds[select_world(resolve, name)].name == "app"
    assert single.worlds[select_world(single, None)].name == "w"


def test_a_world_of_a_package_in_several_versions_needs_its_version() -> None:
    text = "package a:b; package c:d@1.0.0 { world w {} } package c:d@2.0.0 { world w {} }"
    resolve = load_texts({"a.wit": text})

    with pytest.raises(WitError) as caught:
        select_world(resolve, "c:d/w")

    assert [d.code for d in caught.value.diagnostics] == ["RES1086"]
    assert "`1.0.0`, `2.0.0`" in caught.value.diagnostics[0].message
    chosen = resolve.worlds[select_world(resolve, "c:d/w@2.0.0")]
    assert resolve.packages[chosen.package].name.version == "2.0.0"


def test_a_package_without_a_version_is_meant_when_it_is_there() -> None:
    text = "package a:b; package c:d { world w {} } package c:d@2.0.0 { world w {} }"
    resolve = load_texts({"a.wit": text})

    chosen = resolve.worlds[select_world(resolve, "c:d/w")]

    assert resolve.packages[chosen.package].name.version is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "cannot be called ``"),
        ("Two words", "` ` is not allowed"),
        ("types", "already has an interface `types`"),
    ],
)
def test_names_that_the_turned_world_cannot_have(name: str, message: str) -> None:
    resolve = load_texts({"a.wit": TEXT})

    with pytest.raises(WitError) as caught:
        importize(resolve, select_world(resolve, "app"), name)

    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "RES1085"
    assert message in diagnostic.message
