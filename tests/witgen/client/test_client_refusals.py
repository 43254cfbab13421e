"""What no client can be made of, and what is said of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shop_clients import ONE, codes, make, refusal, target

from witgen.client import client
from witgen.diagnostics import WitError
from witgen.diagnostics.codes import CODES
from witgen.resolve import model as m


class TestRefusals:
    @pytest.mark.parametrize(
        ("function", "reason"),
        [
            ("f: func(s: stream<u8>)", "its parameter `s` is or contains a stream"),
            ("f: func() -> future<u8>", "its result is or contains a future"),
            ("f: func(e: error-context)", "its parameter `e` is or contains an error-context"),
            ("f: func(x: list<option<map<string, u8>>>)", "its parameter `x` is or contains a map"),
            ("f: func() -> list<u8, 4>", "its result is or contains a fixed-length list"),
            ("f: async func()", "it is asynchronous"),
            ("f: get() -> u8", "it is an accessor"),
        ],
    )
    def test_what_cannot_travel(self, function: str, reason: str) -> None:
        end = "" if function.endswith("}") else ";"
        body = f"interface api {{ {function}{end} ok: func(); }} world shop {{ export api; }}"
        (found,) = refusal(body).diagnostics
        made = make(body, skip_unsupported=True)

        assert found.code == "GEN2101"
        assert found.message.endswith(reason)
        assert codes(made) == ["GEN2102"]
        assert [x.remote.name for x in made.resources[0].members] == ["ok"] * 3

    def test_resources_that_are_not_exported(self) -> None:
        (found,) = refusal(
            "interface kinds { resource r; }"
            " interface api { use kinds.{r}; f: func(r: borrow<r>); } world shop { export api; }"
        ).diagnostics

        assert "the resource `r`, which the target does not export" in found.message

    def test_one_diagnostic_a_function(self) -> None:
        error = refusal(
            "interface api { f: func(a: stream, b: future); g: async func(); h: func(); }"
            " world shop { export api; }"
        )

        assert len(error.diagnostics) == 2

    def test_a_world_without_exports(self) -> None:
        (found,) = refusal("world shop { import f: func(); }").diagnostics

        assert found.code == "GEN2003"

    def test_several_worlds(self) -> None:
        error = refusal("world a { export f: func(); } world b { export f: func(); }")

        assert error.diagnostics[0].code == "RES1082"
        assert "`a`, `b`" in error.diagnostics[0].message

    def test_no_world(self) -> None:
        assert refusal("interface a {}").diagnostics[0].code == "RES1082"
        with pytest.raises(WitError):
            client(m.Resolve())

    def test_a_world_that_is_nearly_right(self) -> None:
        (found,) = refusal(ONE, world="shopp").diagnostics

        assert found.code == "RES1083"
        assert found.help == ("did you mean `shop`?",)

    def test_worlds_of_other_packages_are_named_in_full(self) -> None:
        resolve = target(
            "interface x {}", lib="package o:l@1.0.0; world w { export f: func() -> u8; }"
        )

        assert client(resolve, "o:l/w@1.0.0").package == m.PackageName("o", "l-client", "1.0.0")

    @pytest.mark.parametrize(
        "options",
        [{"kind": "durably"}, {"types": "usee"}, {"golem_rpc": "0.1.0"}, {"component": ""}],
    )
    def test_options_that_are_no_choices(self, options: dict[str, str]) -> None:
        assert refusal(ONE, **options).diagnostics[0].code == "GEN2004"

    def test_all_wrong_options_are_told(self) -> None:
        assert len(refusal(ONE, kind="x", types="y").diagnostics) == 2


def test_every_code_is_registered_and_every_registered_one_used() -> None:
    sources = Path(__file__).parents[3] / "witgen"
    texts = [
        p.read_text("utf-8")
        for room in ("client", "emit", "cli")
        for p in (sources / room).rglob("*.py")
    ]
    used = {code for found in texts for code in re.findall(r'"(GEN2\d{3})"', found)}

    assert used == {code for code in CODES if code.startswith("GEN2")}
